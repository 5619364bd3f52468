//! Committees and who belongs to them.

use async_trait::async_trait;
use plenum_domain::committee::{Committee, CommitteeMember, CommitteeRole};
use plenum_domain::id::{CommitteeId, SessionId, UserId};
use plenum_ports::StoreError;
use plenum_ports::repository::{CommitteeRepository, NewCommittee};

use crate::rows::{self, CommitteeMemberRow, CommitteeRow};
use crate::store::PgTx;

#[async_trait]
impl CommitteeRepository for PgTx {
    async fn get(&mut self, id: CommitteeId) -> Result<Option<Committee>, StoreError> {
        let row = sqlx::query_as!(
            CommitteeRow,
            "SELECT id, organization_id, parent_id, name, created_at FROM committees
             WHERE id = $1 AND deleted_at IS NULL",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn line(&mut self, id: CommitteeId) -> Result<Vec<CommitteeId>, StoreError> {
        let ids = sqlx::query_scalar!(r#"SELECT committee_line($1) AS "line!""#, id.get())
            .fetch_one(self.connection())
            .await;
        Ok(self.done(ids)?.into_iter().map(CommitteeId::new).collect())
    }

    async fn has_parts(&mut self, id: CommitteeId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM committees WHERE parent_id = $1 AND deleted_at IS NULL) AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn insert(&mut self, new: &NewCommittee) -> Result<Committee, StoreError> {
        let row = sqlx::query_as!(
            CommitteeRow,
            "INSERT INTO committees (organization_id, parent_id, name, created_by_user_id)
             VALUES ($1, $2, $3, $4)
             RETURNING id, organization_id, parent_id, name, created_at",
            new.organization_id.get(),
            new.parent_id.map(CommitteeId::get),
            new.name.as_str(),
            new.created_by_user_id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn update(&mut self, committee: &Committee) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE committees SET name = $2, parent_id = $3 WHERE id = $1 AND deleted_at IS NULL",
            committee.id.get(),
            committee.name.as_str(),
            committee.parent_id.map(CommitteeId::get),
        )
        .execute(self.connection())
        .await;
        self.changed("update committee", 1, answer)
    }

    async fn dissolve(&mut self, id: CommitteeId) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE committees SET deleted_at = clock_timestamp() WHERE id = $1 AND deleted_at IS NULL",
            id.get(),
        )
        .execute(self.connection())
        .await;
        self.changed("dissolve committee", 1, answer)
    }

    async fn members(&mut self, id: CommitteeId) -> Result<Vec<CommitteeMember>, StoreError> {
        let found = sqlx::query_as!(
            CommitteeMemberRow,
            "SELECT committee_id, user_id, user_role, joined_at FROM committee_members
             WHERE committee_id = $1
             ORDER BY user_id",
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn member(&mut self, id: CommitteeId, user: UserId) -> Result<Option<CommitteeMember>, StoreError> {
        let row = sqlx::query_as!(
            CommitteeMemberRow,
            "SELECT committee_id, user_id, user_role, joined_at FROM committee_members
             WHERE committee_id = $1 AND user_id = $2",
            id.get(),
            user.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn put_member(
        &mut self,
        id: CommitteeId,
        user: UserId,
        role: CommitteeRole,
    ) -> Result<CommitteeMember, StoreError> {
        let row = sqlx::query_as!(
            CommitteeMemberRow,
            "INSERT INTO committee_members (committee_id, organization_id, user_id, user_role)
             SELECT id, organization_id, $2, $3 FROM committees WHERE id = $1
             ON CONFLICT ON CONSTRAINT committee_members_pkey DO UPDATE SET user_role = excluded.user_role
             RETURNING committee_id, user_id, user_role, joined_at",
            id.get(),
            user.get(),
            role.as_str(),
        )
        .fetch_optional(self.connection())
        .await;
        self.the_row("put committee member", row)?.try_into()
    }

    async fn remove_member(&mut self, id: CommitteeId, user: UserId) -> Result<bool, StoreError> {
        let answer = sqlx::query!(
            "DELETE FROM committee_members WHERE committee_id = $1 AND user_id = $2",
            id.get(),
            user.get(),
        )
        .execute(self.connection())
        .await;
        Ok(self.done(answer)?.rows_affected() == 1)
    }

    async fn convene(&mut self, id: CommitteeId, session: SessionId) -> Result<(), StoreError> {
        let answer =
            sqlx::query!("UPDATE sessions SET committee_id = $2 WHERE id = $1", session.get(), id.get())
                .execute(self.connection())
                .await;
        self.changed("convene session", 1, answer)
    }
}
