//! Role grants and promises.

use std::collections::BTreeSet;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{
    CommitteeId, EventId, OrganizationId, PendingRoleId, RoleGrantId, SessionId, UserId,
};
use plenum_domain::organization;
use plenum_domain::permission::{Appointment, Granted, Role, RoleGrant, Scope, Standing};
use plenum_domain::rules::{Electorate, Voters};

use super::state::{State, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{NewPendingRole, PendingRole, Promisee, RoleRepository};

impl State {
    /// The scope and everything wider, the narrowest first.
    pub(super) fn climb(&self, place: Scope) -> Vec<Scope> {
        let mut line = vec![place];
        if let Scope::Event(id) = place {
            line.extend(self.events.get(&id).map(|event| Scope::Session(event.session_id)));
        }
        let session = match line.last() {
            Some(Scope::Session(id)) => self.sessions.get(id),
            _ => None,
        };
        let committee = match line.last() {
            Some(Scope::Committee(id)) => Some(*id),
            Some(Scope::Session(id)) => self.session_committees.get(id).copied(),
            _ => None,
        };
        let whole = committee.map(|id| self.whole_line(id)).unwrap_or_default();
        let organization = session.map(|session| session.organization_id);
        let organization = organization.or_else(|| {
            committee.and_then(|id| self.committees.get(&id)).map(|row| row.committee.organization_id)
        });
        let parts = whole.into_iter().map(Scope::Committee).filter(|part| *part != place);
        line.extend(parts.collect::<Vec<_>>());
        line.extend(organization.map(Scope::Organization));
        line.push(Scope::Global);
        line
    }

    /// What reaches a person at a place.
    pub(super) fn granted(&self, user: UserId, place: Scope) -> Granted {
        let line = self.climb(place);
        let grants = self.roles.values().filter(|grant| grant.user_id == user && grant.deleted_at.is_none());
        let mut granted = Granted::NONE;
        let stands = |scope: &Scope| match scope {
            Scope::Committee(id) => self.committee(*id).is_some(),
            _ => true,
        };
        for scope in line.iter().filter(|scope| stands(scope)) {
            let Scope::Committee(id) = scope else { continue };
            if let Some(seat) = self.seats.get(&(*id, user)) {
                granted.below = granted.below.with(seat.role.role());
            }
        }
        for grant in grants.filter(|grant| line.contains(&grant.scope) && stands(&grant.scope)) {
            let level = match grant.scope {
                Scope::Global => &mut granted.global,
                Scope::Organization(_) => &mut granted.organization,
                Scope::Committee(_) | Scope::Session(_) | Scope::Event(_) => &mut granted.below,
            };
            *level = level.with(grant.role);
        }
        granted
    }

    /// Who may vote in a sitting, with the people that this means.
    pub(super) fn electorate(&self, said: &Voters, session: SessionId, event: Option<EventId>) -> Electorate {
        let voters = said.clone().in_sitting(self.session_committees.get(&session).copied());
        let organization = self.sessions.get(&session).map(|session| session.organization_id);
        let place = event.map_or(Scope::Session(session), Scope::Event);
        let line: Vec<Scope> = self
            .climb(place)
            .into_iter()
            .filter(|scope| match scope {
                Scope::Committee(id) => self.committee(*id).is_some(),
                // Who runs the server votes nowhere by that.
                scope => *scope != Scope::Global,
            })
            .collect();
        let named = match &voters {
            Voters::Members | Voters::List(_) => BTreeSet::new(),
            Voters::Committee { id, with_parts } => {
                let sits = |at: CommitteeId| {
                    self.committee(at)
                        .is_some_and(|committee| Some(committee.organization_id) == organization)
                        && if *with_parts { self.whole_line(at).contains(id) } else { at == *id }
                };
                let seats = self.seats.values();
                let voting = seats.filter(|seat| seat.role.votes() && sits(seat.committee_id));
                voting.map(|seat| seat.user_id).collect()
            }
            Voters::Role(role) => {
                let seats = self.seats.values().filter(|seat| {
                    seat.role.role() == *role && line.contains(&Scope::Committee(seat.committee_id))
                });
                let grants = self.roles.values().filter(|grant| {
                    grant.role == *role
                        && grant.deleted_at.is_none()
                        && line.contains(&grant.scope)
                        && !self.is_client(grant.user_id)
                });
                seats.map(|seat| seat.user_id).chain(grants.map(|grant| grant.user_id)).collect()
            }
        };
        Electorate { voters, named }
    }

    /// Whether there is such an organization, and it was not deleted.
    pub(super) fn has_organization(&self, id: OrganizationId) -> bool {
        self.organizations.contains_key(&id) && !self.deleted.contains(&id)
    }

    /// Whether a scope is another one or narrower.
    pub(super) fn lies_in(&self, scope: Scope, wider: Scope) -> bool {
        if wider == Scope::Global { scope == Scope::Global } else { self.climb(scope).contains(&wider) }
    }

    /// How a person stands towards the place of a scope.
    pub(super) fn standing_at(&self, scope: Scope, user: UserId) -> Option<Standing> {
        let line = self.climb(scope);
        let standing =
            if let Some(Scope::Session(id)) = line.iter().find(|place| matches!(place, Scope::Session(_))) {
                self.standing(self.sessions.get(id)?, user)
            } else {
                let organization = line.iter().find_map(|place| match place {
                    Scope::Organization(id) => Some(*id),
                    _ => None,
                });
                match organization {
                    Some(id) => {
                        if !self.has_organization(id) {
                            return None;
                        }
                        if let Scope::Committee(committee) = scope {
                            self.committee(committee)?;
                        }
                        self.standing_in(id, user)
                    }
                    None if scope == Scope::Global => Standing::in_organization(user, None),
                    None => return None,
                }
            };
        Some(standing.with(self.granted(user, scope)))
    }

    fn has_scope(&self, scope: Scope) -> Result<(), StoreError> {
        match scope {
            Scope::Global => Ok(()),
            Scope::Organization(id) => {
                refers(self.organizations.contains_key(&id), "roles_organization_id_fkey")
            }
            Scope::Committee(id) => refers(self.committees.contains_key(&id), "roles_committee_id_fkey"),
            Scope::Session(id) => refers(self.sessions.contains_key(&id), "roles_session_id_fkey"),
            Scope::Event(id) => refers(self.events.contains_key(&id), "roles_event_id_fkey"),
        }
    }

    fn grant_role(&mut self, to: UserId, new: &Appointment, now: Moment) -> Result<RoleGrant, StoreError> {
        refers(self.users.contains_key(&to), "roles_user_id_fkey")?;
        self.has_scope(new.scope())?;
        if new.scope() == Scope::Global || new.role() == Role::VotingMember {
            self.no_client(to)?;
        }
        if self.live_grant(to, new.role(), new.scope()).is_some() {
            return Err(StoreError::Violated(Constraint::RoleGrant));
        }
        let id = RoleGrantId::new(self.next_id());
        let grant = RoleGrant {
            id,
            user_id: to,
            role: new.role(),
            scope: new.scope(),
            created_at: now,
            granted_by: new.by(),
            deleted_at: None,
            revoked_by: None,
        };
        self.roles.insert(id, grant);
        Ok(grant)
    }

    pub(super) fn live_grant(&self, user: UserId, role: Role, scope: Scope) -> Option<&RoleGrant> {
        self.roles.values().find(|grant| {
            (grant.user_id, grant.role, grant.scope) == (user, role, scope) && grant.deleted_at.is_none()
        })
    }

    pub(super) fn runs(&self, organization: OrganizationId, except: UserId) -> bool {
        let owners = self.members_of(organization).filter(|member| member.role == organization::Role::Owner);
        let granted = self.roles.values().filter(|grant| {
            grant.role == Role::Admin
                && grant.scope == Scope::Organization(organization)
                && grant.deleted_at.is_none()
        });
        let people = owners.map(|member| member.user_id).chain(granted.map(|grant| grant.user_id));
        people.into_iter().any(|user| user != except && !self.is_disabled(user) && !self.is_client(user))
    }

    fn promise_role(&mut self, new: &NewPendingRole, now: Moment) -> Result<PendingRole, StoreError> {
        self.has_scope(new.appointment.scope())?;
        let promise = PendingRole {
            id: PendingRoleId::new(self.next_id()),
            to: new.to.clone(),
            role: new.appointment.role(),
            scope: new.appointment.scope(),
            expires_at: new.expires_at,
            created_at: now,
            granted_by: new.granted_by,
        };
        let same = |other: &PendingRole| {
            other.to == promise.to && other.role == promise.role && other.scope == promise.scope
        };
        if self.promises.values().any(same) {
            return Err(StoreError::Violated(Constraint::PendingRole));
        }
        self.promises.insert(promise.id, promise.clone());
        Ok(promise)
    }
}

#[async_trait]
impl RoleRepository for MemoryTx {
    async fn electorate(
        &mut self,
        said: &Voters,
        session: SessionId,
        event: Option<EventId>,
    ) -> Result<Electorate, StoreError> {
        self.look(|state| state.electorate(said, session, event))
    }

    async fn held(&mut self, user: UserId, place: Scope) -> Result<Granted, StoreError> {
        self.look(|state| state.granted(user, place))
    }

    async fn organization_of(&mut self, scope: Scope) -> Result<Option<OrganizationId>, StoreError> {
        self.look(|state| {
            state.climb(scope).into_iter().find_map(|scope| match scope {
                Scope::Organization(id) if state.has_organization(id) => Some(id),
                _ => None,
            })
        })
    }

    async fn get(&mut self, id: RoleGrantId) -> Result<Option<RoleGrant>, StoreError> {
        self.look(|state| state.roles.get(&id).copied())
    }

    async fn find(
        &mut self,
        user: UserId,
        role: Role,
        scope: Scope,
    ) -> Result<Option<RoleGrant>, StoreError> {
        self.look(|state| state.live_grant(user, role, scope).copied())
    }

    async fn insert(&mut self, to: UserId, appointment: &Appointment) -> Result<RoleGrant, StoreError> {
        let now = self.time();
        self.change(|state| state.grant_role(to, appointment, now))
    }

    async fn revoke(&mut self, id: RoleGrantId, by: Option<UserId>, now: Moment) -> Result<(), StoreError> {
        self.change(|state| {
            let live = state.roles.get_mut(&id).filter(|grant| grant.deleted_at.is_none());
            let grant = the_row(live, "revoke role")?;
            (grant.deleted_at, grant.revoked_by) = (Some(now), by);
            Ok(())
        })
    }

    async fn has_other_admin(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<bool, StoreError> {
        self.look(|state| state.runs(organization, user))
    }

    async fn promise(&mut self, new: &NewPendingRole) -> Result<PendingRole, StoreError> {
        let now = self.time();
        self.change(|state| state.promise_role(new, now))
    }

    async fn pending(&mut self, id: PendingRoleId) -> Result<Option<PendingRole>, StoreError> {
        self.look(|state| state.promises.get(&id).cloned())
    }

    async fn claimable(&mut self, who: &[Promisee], now: Moment) -> Result<Vec<PendingRole>, StoreError> {
        self.look(|state| {
            let theirs = state.promises.values().filter(|promise| who.contains(&promise.to));
            theirs.filter(|promise| now < promise.expires_at).cloned().collect()
        })
    }

    async fn end_pending(
        &mut self,
        id: PendingRoleId,
        _claimed_by: Option<UserId>,
        _now: Moment,
    ) -> Result<(), StoreError> {
        self.change(|state| the_row(state.promises.remove(&id), "end pending role").map(drop))
    }
}
