//! Rows of `committees` and `committee_members`.

use plenum_domain::Moment;
use plenum_domain::committee::{Committee, CommitteeMember};
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::text::CommitteeName;
use plenum_ports::StoreError;

use super::Cell;

/// A row of `committees` that was not dissolved.
#[derive(Debug)]
pub(crate) struct CommitteeRow {
    pub(crate) id: i32,
    pub(crate) organization_id: i32,
    pub(crate) parent_id: Option<i32>,
    pub(crate) name: String,
    pub(crate) created_at: Moment,
}

impl TryFrom<CommitteeRow> for Committee {
    type Error = StoreError;

    fn try_from(row: CommitteeRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: CommitteeId::new(row.id),
            organization_id: OrganizationId::new(row.organization_id),
            parent_id: row.parent_id.map(CommitteeId::new),
            name: Cell::new("committees", "name", row.id).check(CommitteeName::parse(&row.name))?,
            created_at: row.created_at,
        })
    }
}

/// A row of `committee_members`.
#[derive(Debug)]
pub(crate) struct CommitteeMemberRow {
    pub(crate) committee_id: i32,
    pub(crate) user_id: i32,
    pub(crate) user_role: String,
    pub(crate) joined_at: Moment,
}

impl TryFrom<CommitteeMemberRow> for CommitteeMember {
    type Error = StoreError;

    fn try_from(row: CommitteeMemberRow) -> Result<Self, StoreError> {
        Ok(Self {
            committee_id: CommitteeId::new(row.committee_id),
            user_id: UserId::new(row.user_id),
            role: Cell::new("committee_members", "user_role", row.user_id).word(&row.user_role)?,
            joined_at: row.joined_at,
        })
    }
}
