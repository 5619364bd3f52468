//! Committees and who belongs to them.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::committee::{Committee, CommitteeMember, CommitteeRole};
use plenum_domain::id::{CommitteeId, SessionId, UserId};

use super::state::{State, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{CommitteeRepository, NewCommittee};

/// A committee as kept.
#[derive(Clone)]
pub(super) struct CommitteeRow {
    pub(super) committee: Committee,
    pub(super) dissolved: bool,
}

impl State {
    pub(super) fn committee(&self, id: CommitteeId) -> Option<&Committee> {
        self.committees.get(&id).filter(|row| !row.dissolved).map(|row| &row.committee)
    }

    /// A committee and those it is part of, dissolved ones too, the nearest first.
    pub(super) fn whole_line(&self, id: CommitteeId) -> Vec<CommitteeId> {
        let mut line = Vec::new();
        let mut next = Some(id);
        while let Some(row) = next.and_then(|id| self.committees.get(&id)) {
            line.push(row.committee.id);
            next = row.committee.parent_id.filter(|parent| !line.contains(parent));
        }
        line
    }

    fn check_name(&self, committee: &Committee) -> Result<(), StoreError> {
        let name = committee.name.as_str().to_lowercase();
        let taken = self.committees.values().any(|row| {
            !row.dissolved
                && row.committee.id != committee.id
                && row.committee.organization_id == committee.organization_id
                && row.committee.name.as_str().to_lowercase() == name
        });
        if taken { Err(StoreError::Violated(Constraint::CommitteeName)) } else { Ok(()) }
    }

    fn check_parent(&self, committee: &Committee) -> Result<(), StoreError> {
        let Some(parent) = committee.parent_id else { return Ok(()) };
        let found = self.committees.get(&parent);
        let same = found.is_some_and(|row| row.committee.organization_id == committee.organization_id);
        refers(same, "committees_parent_fkey")
    }

    fn add_committee(&mut self, new: &NewCommittee, now: Moment) -> Result<Committee, StoreError> {
        refers(self.organizations.contains_key(&new.organization_id), "committees_organization_id_fkey")?;
        let committee = Committee {
            id: CommitteeId::new(self.next_id()),
            organization_id: new.organization_id,
            parent_id: new.parent_id,
            name: new.name.clone(),
            created_at: now,
        };
        self.check_parent(&committee)?;
        self.check_name(&committee)?;
        let row = CommitteeRow { committee: committee.clone(), dissolved: false };
        self.committees.insert(committee.id, row);
        Ok(committee)
    }

    fn change_committee(&mut self, changed: &Committee) -> Result<(), StoreError> {
        self.check_parent(changed)?;
        self.check_name(changed)?;
        let row = self.committees.get_mut(&changed.id).filter(|row| !row.dissolved);
        the_row(row, "update committee")?.committee.clone_from(changed);
        Ok(())
    }

    fn take_in(
        &mut self,
        id: CommitteeId,
        user: UserId,
        role: CommitteeRole,
        now: Moment,
    ) -> Result<CommitteeMember, StoreError> {
        let committee = self.committees.get(&id).map(|row| row.committee.organization_id);
        let organization = committee.filter(|organization| self.member(*organization, user).is_some());
        refers(organization.is_some(), "committee_members_member_fkey")?;
        let joined_at = self.seats.get(&(id, user)).map_or(now, |seat| seat.joined_at);
        let seat = CommitteeMember { committee_id: id, user_id: user, role, joined_at };
        self.seats.insert((id, user), seat);
        Ok(seat)
    }
}

#[async_trait]
impl CommitteeRepository for MemoryTx {
    async fn get(&mut self, id: CommitteeId) -> Result<Option<Committee>, StoreError> {
        self.look(|state| state.committee(id).cloned())
    }

    async fn line(&mut self, id: CommitteeId) -> Result<Vec<CommitteeId>, StoreError> {
        self.look(|state| {
            let line = state.whole_line(id).into_iter();
            line.filter(|id| state.committee(*id).is_some()).collect()
        })
    }

    async fn has_parts(&mut self, id: CommitteeId) -> Result<bool, StoreError> {
        self.look(|state| {
            state.committees.values().any(|row| !row.dissolved && row.committee.parent_id == Some(id))
        })
    }

    async fn insert(&mut self, new: &NewCommittee) -> Result<Committee, StoreError> {
        let now = self.time();
        self.change(|state| state.add_committee(new, now))
    }

    async fn update(&mut self, committee: &Committee) -> Result<(), StoreError> {
        self.change(|state| state.change_committee(committee))
    }

    async fn dissolve(&mut self, id: CommitteeId) -> Result<(), StoreError> {
        self.change(|state| {
            let row = state.committees.get_mut(&id).filter(|row| !row.dissolved);
            the_row(row, "dissolve committee")?.dissolved = true;
            Ok(())
        })
    }

    async fn members(&mut self, id: CommitteeId) -> Result<Vec<CommitteeMember>, StoreError> {
        self.look(|state| state.seats.values().filter(|seat| seat.committee_id == id).copied().collect())
    }

    async fn member(&mut self, id: CommitteeId, user: UserId) -> Result<Option<CommitteeMember>, StoreError> {
        self.look(|state| state.seats.get(&(id, user)).copied())
    }

    async fn put_member(
        &mut self,
        id: CommitteeId,
        user: UserId,
        role: CommitteeRole,
    ) -> Result<CommitteeMember, StoreError> {
        let now = self.time();
        self.change(|state| state.take_in(id, user, role, now))
    }

    async fn remove_member(&mut self, id: CommitteeId, user: UserId) -> Result<bool, StoreError> {
        self.change(|state| Ok(state.seats.remove(&(id, user)).is_some()))
    }

    async fn convene(&mut self, id: CommitteeId, session: SessionId) -> Result<(), StoreError> {
        self.change(|state| {
            let organization = state.committees.get(&id).map(|row| row.committee.organization_id);
            let of = state.sessions.get(&session).map(|session| session.organization_id);
            let of = the_row(of, "convene session")?;
            refers(organization == Some(of), "sessions_committee_fkey")?;
            state.session_committees.insert(session, id);
            Ok(())
        })
    }
}
