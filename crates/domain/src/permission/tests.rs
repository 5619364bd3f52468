use super::Role::*;
use std::fmt::Write as _;

use super::*;
use crate::count::Majority;
use crate::event::{
    Ballot, Counted, Event, EventState, Schedule, Secrecy, Terms, Timing, Visibility, VoteOptions,
};
use crate::id::{EventId, OrganizationId, RoleGrantId, SessionId};
use crate::organization::{self, Member, Weight};
use crate::rules::EventRules;
use crate::text::{Description, OptionLabel, Title};
use crate::{DateTime, Moment, Refusal};

const ME: UserId = UserId::new(1);
const OTHER: UserId = UserId::new(2);
const SENATE: Scope = Scope::Organization(OrganizationId::new(3));
const SITTING: Scope = Scope::Session(SessionId::new(7));

fn nobody() -> Standing {
    Standing::in_organization(ME, None)
}

fn member(role: organization::Role) -> Standing {
    Standing::in_organization(ME, Some(role))
}

fn in_organization(role: Role) -> Standing {
    nobody().with(Granted { organization: Roles::of(&[role]), ..Granted::NONE })
}

fn below(role: Role) -> Standing {
    nobody().with(Granted { below: Roles::of(&[role]), ..Granted::NONE })
}

fn everywhere(role: Role) -> Standing {
    nobody().with(Granted { global: Roles::of(&[role]), ..Granted::NONE })
}

fn allowed(standing: &Standing) -> Vec<Action> {
    Action::ALL.iter().copied().filter(|action| action.allows(standing)).collect()
}

#[test]
fn strangers_may_not_know_and_members_may_not_do() {
    assert_eq!(allowed(&nobody()), []);
    assert_eq!(ManageSession::permit(&nobody()).err(), Some(Denied::Unknown));
    let member = Standing { participant: true, ..member(organization::Role::Member) };
    assert!(matches!(ManageSession::permit(&member), Err(Denied::Forbidden { .. })));
    assert_eq!(ViewSession::permit(&member).ok().and_then(|permit| permit.by()), Some(ME));
}

/// What each role may do where it is held in the organization, written down once more on its own.
fn expected(role: Role) -> Vec<Action> {
    use Action::*;
    match role {
        Admin => Action::ALL.iter().copied().filter(|action| *action != ManagePeople).collect(),
        Chair => vec![
            ViewOrganization,
            ManageCommitteeMembers,
            ViewRoles,
            GrantRoles,
            ViewAudit,
            CreateSession,
            ViewSession,
            ViewJoinCode,
            ManageSession,
            ManageAttendance,
            ViewAttendance,
            ManageProxies,
            ViewProxies,
            WriteEvents,
            ConductEvents,
            FollowEvents,
            SeeResultsEarly,
            SeeWhoIsMissing,
            ExportSession,
        ],
        Secretary => vec![
            ViewOrganization,
            ViewRoles,
            ViewSession,
            ViewJoinCode,
            ManageAttendance,
            ViewAttendance,
            ManageProxies,
            ViewProxies,
            WriteEvents,
            FollowEvents,
            ExportSession,
        ],
        Teller => vec![
            ViewOrganization,
            ViewSession,
            ViewJoinCode,
            ViewAttendance,
            FollowEvents,
            SeeResultsEarly,
            SeeWhoIsMissing,
        ],
        MemberManager => {
            vec![ViewOrganization, ManageMembers, ManageCommitteeMembers, ViewRoles, GrantRoles, ViewSession]
        }
        Auditor => vec![
            ViewOrganization,
            ViewRoles,
            ViewAudit,
            ViewSession,
            ViewJoinCode,
            ViewAttendance,
            ViewProxies,
            FollowEvents,
            ExportSession,
        ],
        Observer | VotingMember => vec![ViewOrganization, ViewSession],
    }
}

#[test]
fn the_table_is_what_the_documentation_says() {
    for role in Role::ALL {
        assert_eq!(allowed(&in_organization(role)), expected(role), "{role} in the organization");
    }
    let relations = [
        ("former host", Standing { host: true, ..nobody() }, vec![Action::ViewSession]),
        (
            "guest",
            Standing { participant: true, ..nobody() },
            vec![Action::ViewSession, Action::ViewJoinCode, Action::ViewAttendance, Action::FollowEvents],
        ),
        (
            "host with a plain membership",
            Standing { host: true, ..member(organization::Role::Member) },
            vec![
                Action::ViewOrganization,
                Action::ViewSession,
                Action::ViewJoinCode,
                Action::ManageSession,
                Action::ManageAttendance,
                Action::ViewAttendance,
                Action::ManageProxies,
                Action::ViewProxies,
                Action::WriteEvents,
                Action::ConductEvents,
                Action::FollowEvents,
                Action::SeeResultsEarly,
                Action::SeeWhoIsMissing,
                Action::ExportSession,
            ],
        ),
    ];
    for (who, standing, expected) in relations {
        assert_eq!(allowed(&standing), expected, "{who}");
    }
}

#[test]
fn a_membership_is_worth_its_role() {
    for (membership, role) in [
        (organization::Role::Owner, Admin),
        (organization::Role::Chair, Chair),
        (organization::Role::Member, VotingMember),
        (organization::Role::Observer, Observer),
    ] {
        assert_eq!(allowed(&member(membership)), expected(role), "{membership}");
        assert_eq!(member(membership).here(), Roles::of(&[role]));
    }
}

#[test]
fn a_role_holds_where_it_was_granted_and_below() {
    use Action::*;
    let of_organization = [
        ViewOrganization,
        EditOrganization,
        TransferOwnership,
        RetireOrganization,
        ManageMembers,
        ManageCommittees,
        ManagePeople,
        ManageClients,
        ViewAudit,
    ];
    for role in Role::ALL {
        let narrow: Vec<Action> =
            expected(role).into_iter().filter(|action| !of_organization.contains(action)).collect();
        assert_eq!(allowed(&below(role)), narrow, "{role} below the organization");
        let mut wide = allowed(&everywhere(role));
        wide.retain(|action| *action != ManagePeople);
        assert_eq!(wide, expected(role), "{role} for the whole server");
        assert_eq!(ManagePeople.allows(&everywhere(role)), role == Admin);
    }
}

#[test]
fn roles_of_several_grants_add_up() {
    let both =
        Granted { organization: Roles::of(&[MemberManager]), below: Roles::of(&[Teller]), ..Granted::NONE };
    let standing = member(organization::Role::Member).with(both);
    assert_eq!(standing.here(), Roles::of(&[MemberManager, Teller, VotingMember]));
    assert_eq!(standing.in_general(), Roles::of(&[MemberManager, VotingMember]));
    assert!(Action::ManageMembers.allows(&standing) && Action::SeeResultsEarly.allows(&standing));
    assert!(!Action::ManageSession.allows(&standing));
}

#[test]
fn who_may_know_of_a_place() {
    assert!(!nobody().may_know() && !nobody().belongs());
    for standing in [member(organization::Role::Observer), below(Observer), everywhere(Teller)] {
        assert!(standing.may_know() && standing.belongs());
    }
    for standing in [Standing { host: true, ..nobody() }, Standing { participant: true, ..nobody() }] {
        assert!(standing.may_know() && !standing.belongs());
    }
}

#[test]
fn words_and_sets_of_roles() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(role));
        assert_eq!(role.to_string(), role.as_str());
        assert!(Roles::ALL.contains(role) && !Roles::NONE.contains(role));
    }
    assert_eq!("owner".parse::<Role>(), Err(UnknownRole));
    let set = Roles::of(&[Teller, Admin]);
    assert_eq!(set.iter().collect::<Vec<_>>(), [Admin, Teller]);
    assert_eq!([Admin, Teller].into_iter().collect::<Roles>(), set);
    assert!(set.meets(Roles::of(&[Teller, Chair])) && !set.meets(Roles::of(&[Chair])));
    assert!(Roles::NONE.is_empty() && !set.is_empty());
    assert_eq!(Roles::of(&[Admin]).and(Roles::of(&[Teller])), set);
    assert_eq!(set.and(Roles::of(&[Admin])), set, "what is there already stays");
    assert_eq!((set.with(Teller), set.with(Chair)), (set, Roles::of(&[Admin, Chair, Teller])));
    assert_eq!(format!("{set:?}"), "{Admin, Teller}");
}

#[test]
fn actions_have_names_and_say_who_could() {
    assert_eq!(Action::ManageMembers.name(), "manage_members");
    for action in Action::ALL {
        assert!(action.needs().ends_with('.') && action.needs().len() > 20, "{action:?}");
    }
}

fn granted_by(standing: &Standing, role: Role, scope: Scope, to: Option<UserId>) -> Result<(), Refusal> {
    let permit = GrantRoles::permit(standing).expect("they may grant roles");
    let appointment = appoint(&permit, standing, role, scope, to)?;
    assert_eq!((appointment.role(), appointment.scope(), appointment.by()), (role, scope, Some(ME)));
    Ok(())
}

#[test]
fn nobody_hands_out_more_than_they_hold() {
    let hands_out = [
        (Admin, Role::ALL.to_vec()),
        (Chair, vec![Chair, Secretary, Teller, Auditor, Observer, VotingMember]),
        (MemberManager, vec![MemberManager, Observer, VotingMember]),
    ];
    for (holder, may) in hands_out {
        for role in Role::ALL {
            let beyond = Err(Refusal::RoleBeyondOwn { role: role.as_str() });
            let expected = if may.contains(&role) { Ok(()) } else { beyond };
            for standing in [in_organization(holder), below(holder), everywhere(holder)] {
                assert_eq!(granted_by(&standing, role, SITTING, Some(OTHER)), expected, "{holder} to {role}");
                assert_eq!(granted_by(&standing, role, SENATE, None), expected, "{holder} to {role}");
            }
        }
    }
    for role in [Secretary, Teller, Auditor, Observer, VotingMember] {
        assert!(GrantRoles::permit(&in_organization(role)).is_err(), "{role} grants nothing");
    }
    let host = Standing { host: true, ..member(organization::Role::Member) };
    assert!(GrantRoles::permit(&host).is_err(), "a host grants nothing");
}

#[test]
fn nobody_appoints_themselves() {
    for role in Role::ALL {
        let to_myself = granted_by(&in_organization(Admin), role, SENATE, Some(ME));
        assert_eq!(to_myself, Err(Refusal::RoleToOneself));
    }
}

#[test]
fn the_operator_answers_to_no_rule() {
    let appointment = Appointment::by_operator(Admin, Scope::Global);
    assert_eq!((appointment.role(), appointment.scope(), appointment.by()), (Admin, Scope::Global, None));
}

#[test]
fn what_rules_everything_is_not_promised() {
    for role in Role::ALL {
        assert_eq!(may_pend(role, SENATE), role != Admin);
        assert!(!may_pend(role, Scope::Global));
    }
}

fn grant(role: Role, user_id: UserId) -> RoleGrant {
    RoleGrant {
        id: RoleGrantId::new(4),
        user_id,
        role,
        scope: SENATE,
        created_at: DateTime::UNIX_EPOCH,
        granted_by: None,
        deleted_at: None,
        revoked_by: None,
    }
}

#[test]
fn in_an_organization_as_a_whole_count_its_own_grants_and_those_for_the_server() {
    let held = |scope, role| RoleGrant { scope, ..grant(role, ME) };
    let ended = RoleGrant { deleted_at: Some(DateTime::UNIX_EPOCH), ..held(SENATE, Admin) };
    let grants = [
        held(Scope::Global, Auditor),
        held(SENATE, Teller),
        held(SENATE, Observer),
        held(Scope::Organization(OrganizationId::new(4)), Chair),
        held(SITTING, Secretary),
        ended,
    ];
    let expected = Granted {
        global: Roles::of(&[Auditor]),
        organization: Roles::of(&[Teller, Observer]),
        below: Roles::NONE,
    };
    assert_eq!(Granted::in_organization(&grants, OrganizationId::new(3)), expected);
    assert_eq!(expected.here(), Roles::of(&[Auditor, Teller, Observer]));
}

#[test]
fn a_grant_is_revoked_by_its_holder_or_by_who_could_have_made_it() {
    for role in Role::ALL {
        assert_eq!(dismiss(&nobody(), &grant(role, ME)), Ok(true), "one's own");
        assert_eq!(dismiss(&in_organization(Admin), &grant(role, OTHER)), Ok(true));
        for without in [Secretary, Teller, Auditor, Observer, VotingMember] {
            assert_eq!(dismiss(&in_organization(without), &grant(role, OTHER)), Ok(false));
        }
    }
    assert_eq!(dismiss(&in_organization(Chair), &grant(Teller, OTHER)), Ok(true));
    let beyond = Err(Refusal::RoleBeyondOwn { role: "admin" });
    assert_eq!(dismiss(&in_organization(Chair), &grant(Admin, OTHER)), beyond);
}

fn membership(user_id: UserId, role: organization::Role, weight: u32) -> Member {
    Member {
        organization_id: OrganizationId::new(3),
        user_id,
        role,
        weight: Weight::new(weight).expect("a weight"),
        joined_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn who_manages_members_makes_and_touches_nobody_above_them() {
    use organization::Role as Membership;
    let manager = in_organization(MemberManager);
    for role in Membership::ALL {
        let plain = matches!(role, Membership::Member | Membership::Observer);
        let expected = if plain {
            Ok(())
        } else {
            Err(Refusal::RoleBeyondOwn { role: Role::of_membership(role).as_str() })
        };
        let known = membership(OTHER, role, 1);
        let changes = [
            (None, Some((role, Weight::ONE))),
            (Some(&known), Some((Membership::Member, Weight::ONE))),
            (Some(&known), None),
        ];
        for (before, after) in changes {
            assert_eq!(change_membership(&manager, OTHER, before, after), expected, "{role}");
            assert_eq!(change_membership(&member(Membership::Owner), OTHER, before, after), Ok(()));
        }
    }
}

#[test]
fn nobody_raises_themselves() {
    use organization::Role as Membership;
    let weight = |number| Weight::new(number).expect("a weight");
    let own = |standing: &Standing, before: Option<(Membership, u32)>, after: (Membership, u32)| {
        let before = before.map(|(role, weight)| membership(ME, role, weight));
        change_membership(standing, ME, before.as_ref(), Some((after.0, weight(after.1))))
    };
    let (observer, plain) = (Membership::Observer, Membership::Member);
    let manager = in_organization(MemberManager);
    let upward = Err(Refusal::OwnRoleUpward);
    assert_eq!(own(&manager, Some((observer, 1)), (plain, 1)), upward);
    assert_eq!(own(&manager, Some((plain, 1)), (plain, 2)), upward, "a heavier vote");
    assert_eq!(own(&manager, Some((plain, 2)), (plain, 1)), Ok(()), "a lighter one");
    assert_eq!(own(&manager, Some((plain, 1)), (observer, 1)), Ok(()));
    assert_eq!(own(&manager, None, (observer, 0)), upward, "a membership of one's own making");
    let admin = in_organization(Admin);
    assert_eq!(own(&admin, Some((plain, 1)), (Membership::Owner, 1)), upward);
    assert_eq!(own(&admin, Some((plain, 1)), (plain, 2)), Ok(()), "who sets the weights anyway");
    assert_eq!(change_membership(&manager, ME, Some(&membership(ME, plain, 1)), None), Ok(()));
}

#[test]
fn an_organization_keeps_an_admin() {
    for (others, before, after) in (0..8).map(|bits| (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)) {
        let lost = before && !after && !others;
        let expected = if lost { Err(Refusal::LastOwner) } else { Ok(()) };
        assert_eq!(keep_an_admin(others, before, after), expected);
    }
}

fn minute(count: i64) -> Moment {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(count)
}

/// A motion that can be voted on from minute 10 to minute 20.
fn motion(state: EventState, opens_by_itself: bool) -> Event {
    let labels = ["yes", "no"].map(|label| OptionLabel::parse(label).expect("a label")).to_vec();
    let options = VoteOptions::new(labels).expect("options");
    Event {
        id: EventId::new(1),
        session_id: SessionId::new(7),
        name: Title::parse("Item").expect("a title"),
        state,
        schedule: Schedule { start_time: minute(10), end_time: Some(minute(20)) },
        terms: Terms {
            description: Description::parse("").expect("may be empty"),
            ballot: Ballot::motion(options, Majority::SIMPLE, None).expect("a ballot"),
            visibility: Visibility::Live,
            proxy: false,
            secrecy: Secrecy::Standard,
            timing: Timing { opens_by_itself, ..Timing::default() },
            rules: EventRules::default(),
            follows: None,
            voters: None,
        },
        created_by_user_id: ME,
        created_at: minute(0),
    }
}

#[test]
fn the_schedule_may_close_what_is_due_and_open_what_opens_by_itself_and_nothing_else() {
    let counted = Counted { opened_at: minute(5), closed_at: minute(30) };
    for state in [EventState::Draft, EventState::Active { opened_at: minute(5) }, EventState::Closed(counted)]
    {
        for opens_by_itself in [false, true] {
            let event = motion(state.clone(), opens_by_itself);
            for now in [9, 10, 19, 20, 21] {
                let close = Permit::by_schedule(&event, minute(now));
                let due = matches!(state, EventState::Active { .. }) && now >= 20;
                assert_eq!(
                    close.map(|permit| permit.by()),
                    due.then_some(None),
                    "closing {state:?} at {now}"
                );
                let open = Permit::to_open_by_schedule(&event, minute(now));
                let opens = state == EventState::Draft && opens_by_itself && now >= 10;
                assert_eq!(
                    open.map(|permit| permit.by()),
                    opens.then_some(None),
                    "opening {state:?} at {now}"
                );
            }
        }
    }
}

/// The table as docs/ROLES.md shows it.
fn documented() -> String {
    let observer = member(organization::Role::Observer);
    let more = |with: Standing, action: &Action| action.allows(&with) && !action.allows(&observer);
    let mark = |yes: bool| if yes { "yes" } else { "" };
    let mut text = "| | where it must be held |".to_owned();
    for role in Role::ALL {
        let _ = write!(text, " {role} |");
    }
    text += " host | participant |\n|---|---|";
    text += &"---|".repeat(Role::ALL.len() + 2);
    text += "\n";
    for action in Action::ALL {
        let level = if action.allows(&below(Admin)) {
            "there or wider"
        } else if action.allows(&in_organization(Admin)) {
            "organization or server"
        } else {
            "server"
        };
        let _ = write!(text, "| `{}` | {level} |", action.name());
        for role in Role::ALL {
            let _ = write!(text, " {} |", mark(action.roles().contains(role)));
        }
        let host = more(Standing { host: true, ..observer }, action);
        let participant = more(Standing { participant: true, ..observer }, action);
        let _ = writeln!(text, " {} | {} |", mark(host), mark(participant));
    }
    text
}

#[test]
fn the_documentation_has_the_table() {
    const ROLES: &str = include_str!("../../../../docs/ROLES.md");
    let table = documented();
    assert!(ROLES.contains(&table), "docs/ROLES.md should have this table:\n{table}");
}
