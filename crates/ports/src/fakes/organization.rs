//! Organizations and their members.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{ClientId, OrganizationId, UserId};
use plenum_domain::organization::{Contact, Member, Organization};
use plenum_domain::permission::Scope;

use super::state::{State, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{NewMember, NewOrganization, OrganizationRepository};

impl State {
    fn put_member(&mut self, id: OrganizationId, new: &NewMember, now: Moment) -> Result<Member, StoreError> {
        refers(self.organizations.contains_key(&id), "organization_members_organization_id_fkey")?;
        refers(self.users.contains_key(&new.user_id), "organization_members_user_id_fkey")?;
        self.no_client(new.user_id)?;
        let member = Member {
            organization_id: id,
            user_id: new.user_id,
            role: new.role,
            weight: new.weight,
            joined_at: self.member(id, new.user_id).map_or(now, |member| member.joined_at),
        };
        self.members.insert((id, new.user_id), member);
        Ok(member)
    }
}

#[async_trait]
impl OrganizationRepository for MemoryTx {
    async fn get(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.look(|state| state.organizations.get(&id).filter(|_| state.has_organization(id)).cloned())
    }

    async fn get_for_update(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        OrganizationRepository::get(self, id).await
    }

    async fn insert(&mut self, organization: &NewOrganization) -> Result<Organization, StoreError> {
        self.change(|state| {
            let id = OrganizationId::new(state.next_id());
            let NewOrganization { name, description, rules, accent } = organization.clone();
            let organization = Organization { id, name, description, rules, accent };
            state.organizations.insert(id, organization.clone());
            Ok(organization)
        })
    }

    async fn update(&mut self, organization: &Organization) -> Result<(), StoreError> {
        self.change(|state| {
            let row = the_row(state.organizations.get_mut(&organization.id), "update organization")?;
            row.clone_from(organization);
            Ok(())
        })
    }

    async fn member(&mut self, id: OrganizationId, user: UserId) -> Result<Option<Member>, StoreError> {
        self.look(|state| state.member(id, user).copied())
    }

    async fn is_archived(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        self.look(|state| state.archived.contains(&id))
    }

    async fn set_archived(&mut self, id: OrganizationId, since: Option<Moment>) -> Result<(), StoreError> {
        self.change(|state| {
            the_row(state.organizations.get(&id), "archive organization")?;
            if since.is_some() {
                state.archived.insert(id);
            } else {
                state.archived.remove(&id);
            }
            Ok(())
        })
    }

    async fn has_running_sessions(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        self.look(|state| {
            let mut theirs = state.sessions.values().filter(|session| session.organization_id == id);
            theirs.any(|session| !session.status.is_closed())
        })
    }

    async fn has_held_votes(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        self.look(|state| {
            let here = |event: &Event| {
                state.sessions.get(&event.session_id).is_some_and(|session| session.organization_id == id)
            };
            state.events.values().any(|event| event.state != EventState::Draft && here(event))
        })
    }

    async fn delete(&mut self, id: OrganizationId, _now: Moment) -> Result<(), StoreError> {
        self.change(|state| {
            the_row(state.has_organization(id).then_some(()), "delete organization")?;
            state.deleted.insert(id);
            Ok(())
        })
    }

    async fn knows(&mut self, id: OrganizationId, user: UserId) -> Result<bool, StoreError> {
        self.look(|state| {
            let here = |session| state.sessions.get(session).is_some_and(|found| found.organization_id == id);
            let inside = |scope| state.climb(scope).contains(&Scope::Organization(id));
            state.member(id, user).is_some()
                || state.client(ClientId::of_user(user)).is_some_and(|client| client.organization_id == id)
                || state
                    .instances
                    .values()
                    .any(|row| (row.user_id == user || row.proxy == Some(user)) && here(&row.session_id))
                || state.roles.values().any(|grant| grant.user_id == user && inside(grant.scope))
        })
    }

    async fn members(&mut self, id: OrganizationId) -> Result<Vec<Member>, StoreError> {
        self.look(|state| state.members_of(id).copied().collect())
    }

    async fn put_members(
        &mut self,
        id: OrganizationId,
        members: &[NewMember],
    ) -> Result<Vec<Member>, StoreError> {
        let now = self.time();
        self.change(|state| members.iter().map(|member| state.put_member(id, member, now)).collect())
    }

    async fn contacts(&mut self, id: OrganizationId) -> Result<Vec<(UserId, Contact)>, StoreError> {
        self.look(|state| {
            let theirs = state.contacts.iter().filter(|((organization, _), _)| *organization == id);
            theirs.map(|((_, user), contact)| (*user, contact.clone())).collect()
        })
    }

    async fn put_contacts(
        &mut self,
        id: OrganizationId,
        contacts: &[(UserId, Contact)],
    ) -> Result<(), StoreError> {
        self.change(|state| {
            for (user, contact) in contacts {
                the_row(state.member(id, *user), "put contacts")?;
                if *contact == Contact::default() {
                    state.contacts.remove(&(id, *user));
                } else {
                    state.contacts.insert((id, *user), contact.clone());
                }
            }
            let theirs = state.contacts.iter().filter(|((organization, _), _)| *organization == id);
            let mut numbers: Vec<String> =
                theirs.filter_map(|(_, contact)| Some(contact.number.as_ref()?.folded())).collect();
            let count = numbers.len();
            numbers.sort();
            numbers.dedup();
            if numbers.len() == count { Ok(()) } else { Err(StoreError::Violated(Constraint::MemberNumber)) }
        })
    }

    async fn remove_member(&mut self, id: OrganizationId, user: UserId) -> Result<bool, StoreError> {
        self.change(|state| {
            let theirs: Vec<_> = state.committees.values().map(|row| &row.committee).collect();
            let theirs = theirs.into_iter().filter(|committee| committee.organization_id == id);
            let ids: Vec<_> = theirs.map(|committee| committee.id).collect();
            state.seats.retain(|(committee, member), _| *member != user || !ids.contains(committee));
            state.contacts.remove(&(id, user));
            Ok(state.members.remove(&(id, user)).is_some())
        })
    }
}
