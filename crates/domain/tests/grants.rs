//! Ten thousand random sequences of grants, revocations and changes of membership: at no time is the
//! organization without somebody who runs it, and nobody ever hands out more than they may do.

use std::collections::BTreeMap;

use plenum_domain::DateTime;
use plenum_domain::id::{OrganizationId, RoleGrantId, SessionId, UserId};
use plenum_domain::organization::{self, Member, Weight};
use plenum_domain::permission::{
    Action, GrantRoles, Granted, ManageMembers, Permitted, Role, RoleGrant, Roles, Scope, Standing, appoint,
    change_membership, dismiss, keep_an_admin,
};
use proptest::prelude::*;

const SENATE: OrganizationId = OrganizationId::new(1);
const SITTING: SessionId = SessionId::new(1);
const PEOPLE: i32 = 5;

/// Something a person tries.
#[derive(Clone, Debug)]
enum Attempt {
    Grant { by: i32, to: i32, role: Role, wide: bool },
    Revoke { by: i32, which: usize },
    Put { by: i32, user: i32, role: organization::Role, weight: u32 },
    Remove { by: i32, user: i32 },
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let person = || 1..=PEOPLE;
    let role = prop::sample::select(Role::ALL.to_vec());
    let membership = prop::sample::select(organization::Role::ALL.to_vec());
    let attempt = prop_oneof![
        4 => (person(), person(), role, any::<bool>())
            .prop_map(|(by, to, role, wide)| Attempt::Grant { by, to, role, wide }),
        3 => (person(), 0_usize..8).prop_map(|(by, which)| Attempt::Revoke { by, which }),
        3 => (person(), person(), membership, 0_u32..4)
            .prop_map(|(by, user, role, weight)| Attempt::Put { by, user, role, weight }),
        2 => (person(), person()).prop_map(|(by, user)| Attempt::Remove { by, user }),
    ];
    prop::collection::vec(attempt, 1..40)
}

/// The organization as the store would keep it.
struct World {
    members: BTreeMap<UserId, Member>,
    grants: Vec<RoleGrant>,
}

fn member(user_id: UserId, role: organization::Role, weight: u32) -> Member {
    let weight = Weight::new(weight).expect("a weight");
    Member { organization_id: SENATE, user_id, role, weight, joined_at: DateTime::UNIX_EPOCH }
}

impl World {
    fn new() -> Self {
        let owner = UserId::new(1);
        let members = BTreeMap::from([(owner, member(owner, organization::Role::Owner, 1))]);
        Self { members, grants: Vec::new() }
    }

    fn standing(&self, user: UserId, scope: Scope) -> Standing {
        let of = |wanted: Scope| -> Roles {
            let theirs = self.grants.iter().filter(|grant| grant.user_id == user && grant.scope == wanted);
            theirs.map(|grant| grant.role).collect()
        };
        let below = if scope == Scope::Session(SITTING) { of(scope) } else { Roles::NONE };
        let granted = Granted { organization: of(Scope::Organization(SENATE)), below, ..Granted::NONE };
        Standing::in_organization(user, self.members.get(&user).map(|member| member.role)).with(granted)
    }

    fn owns(&self, user: UserId) -> bool {
        self.members.get(&user).is_some_and(|member| member.role == organization::Role::Owner)
    }

    fn administers(&self, user: UserId) -> bool {
        self.grants.iter().any(|grant| {
            grant.user_id == user && grant.role == Role::Admin && grant.scope == Scope::Organization(SENATE)
        })
    }

    fn run_by_others(&self, user: UserId) -> bool {
        (1..=PEOPLE)
            .map(UserId::new)
            .any(|other| other != user && (self.owns(other) || self.administers(other)))
    }

    fn holds(&self, user: UserId, scope: Scope) -> Vec<Action> {
        let standing = self.standing(user, scope);
        Action::ALL.iter().copied().filter(|action| action.allows(&standing)).collect()
    }

    /// Does what the rules allow; the person whose rights may have grown, and who made them grow.
    fn attempt(&mut self, attempt: &Attempt, number: i32) -> Option<(UserId, UserId)> {
        match *attempt {
            Attempt::Grant { by, to, role, wide } => {
                let scope = if wide { Scope::Organization(SENATE) } else { Scope::Session(SITTING) };
                let (by, to) = (UserId::new(by), UserId::new(to));
                let standing = self.standing(by, scope);
                let permit = GrantRoles::permit(&standing).ok()?;
                let allowed = appoint(&permit, &standing, role, scope, Some(to)).ok()?;
                let grant = RoleGrant {
                    id: RoleGrantId::new(number),
                    user_id: to,
                    role: allowed.role(),
                    scope: allowed.scope(),
                    created_at: DateTime::UNIX_EPOCH,
                    granted_by: allowed.by(),
                    deleted_at: None,
                    revoked_by: None,
                };
                self.grants.push(grant);
                Some((to, by))
            }
            Attempt::Revoke { by, which } => {
                let grant = *self.grants.get(which)?;
                let by = UserId::new(by);
                if !dismiss(&self.standing(by, grant.scope), &grant).ok()? {
                    return None;
                }
                let runs = grant.role == Role::Admin && grant.scope == Scope::Organization(SENATE);
                let again = self.grants.iter().filter(|other| {
                    (other.user_id, other.role, other.scope) == (grant.user_id, grant.role, grant.scope)
                });
                let stays = self.owns(grant.user_id) || again.count() > 1;
                keep_an_admin(self.run_by_others(grant.user_id), runs, stays).ok()?;
                self.grants.remove(which);
                None
            }
            Attempt::Put { by, user, role, weight } => {
                let (by, user) = (UserId::new(by), UserId::new(user));
                let standing = self.standing(by, Scope::Organization(SENATE));
                ManageMembers::permit(&standing).ok()?;
                let new = member(user, role, weight);
                let before = self.members.get(&user);
                change_membership(&standing, user, before, Some((role, new.weight))).ok()?;
                let after = role == organization::Role::Owner || self.administers(user);
                keep_an_admin(self.run_by_others(user), self.owns(user), after).ok()?;
                self.members.insert(user, new);
                Some((user, by))
            }
            Attempt::Remove { by, user } => {
                let (by, user) = (UserId::new(by), UserId::new(user));
                let standing = self.standing(by, Scope::Organization(SENATE));
                let before = *self.members.get(&user)?;
                if by != user {
                    ManageMembers::permit(&standing).ok()?;
                    change_membership(&standing, user, Some(&before), None).ok()?;
                }
                keep_an_admin(self.run_by_others(user), self.owns(user), self.administers(user)).ok()?;
                self.members.remove(&user);
                None
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_granted_and_revoked(attempts in attempts()) {
        let mut world = World::new();
        for (number, attempt) in (1..).zip(&attempts) {
            let places = [Scope::Organization(SENATE), Scope::Session(SITTING)];
            let before: Vec<Vec<Vec<Action>>> = (1..=PEOPLE)
                .map(|user| places.iter().map(|place| world.holds(UserId::new(user), *place)).collect())
                .collect();
            let grown = world.attempt(attempt, number);
            let run = (1..=PEOPLE).map(UserId::new).any(|user| world.owns(user) || world.administers(user));
            prop_assert!(run, "nobody runs the organization after {attempt:?}");
            for user in 1..=PEOPLE {
                for (at, place) in places.iter().enumerate() {
                    let had = &before[index(user)][at];
                    let won = world
                        .holds(UserId::new(user), *place)
                        .into_iter()
                        .filter(|action| !had.contains(action))
                        .collect::<Vec<_>>();
                    if won.is_empty() {
                        continue;
                    }
                    let (to, by) = grown.ok_or_else(|| TestCaseError::fail("rights out of nothing"))?;
                    prop_assert_eq!(to, UserId::new(user), "somebody else gained by {:?}", attempt);
                    prop_assert!(to != by, "{:?} gave a person {:?} of their own making", attempt, won);
                    let granter = &before[index(by.get())][at];
                    prop_assert!(
                        won.iter().all(|action| granter.contains(action)),
                        "{attempt:?} gave {won:?}, more than {granter:?}"
                    );
                }
            }
        }
    }
}

/// Where a person stands in a list of all.
fn index(user: i32) -> usize {
    usize::try_from(user - 1).expect("people are numbered from one")
}
