//! Role grants and promises.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, OrganizationId, PendingRoleId, RoleGrantId, SessionId, UserId};
use plenum_domain::permission::{Appointment, Granted, Role, RoleGrant, Scope};
use plenum_domain::rules::{Electorate, Voters};
use plenum_ports::StoreError;
use plenum_ports::repository::{NewPendingRole, PendingRole, Promisee, RoleRepository};

use crate::electorate;
use crate::rows::{self, PendingRoleRow, RoleRow, ScopeColumns, granted};
use crate::store::PgTx;

#[async_trait]
impl RoleRepository for PgTx {
    async fn held(&mut self, user: UserId, place: Scope) -> Result<Granted, StoreError> {
        let columns = ScopeColumns::of(place);
        // Each place leads to the wider ones; without a row for a place that is not there, nothing holds.
        let words = sqlx::query_scalar!(
            r#"SELECT held_roles($1, coalesce(c.organization_id, s.organization_id, $2),
                                 coalesce(s.committee_id, $3), s.id, $5) AS "held!"
               FROM (SELECT coalesce($4, (SELECT e.session_id FROM events e WHERE e.id = $5)) AS session_id) place
               LEFT JOIN sessions s ON s.id = place.session_id
               LEFT JOIN committees c ON c.id = $3"#,
            user.get(),
            columns.organization_id,
            columns.committee_id,
            columns.session_id,
            columns.event_id,
        )
        .fetch_one(self.connection())
        .await;
        granted(user, &self.done(words)?)
    }

    async fn electorate(
        &mut self,
        said: &Voters,
        session: SessionId,
        event: Option<EventId>,
    ) -> Result<Electorate, StoreError> {
        let found = electorate::of(self.connection(), said, session, event).await;
        self.kept(found)
    }

    async fn organization_of(&mut self, scope: Scope) -> Result<Option<OrganizationId>, StoreError> {
        let columns = ScopeColumns::of(scope);
        let id = sqlx::query_scalar!(
            r#"SELECT o.id
               FROM organizations o
               WHERE o.deleted_at IS NULL AND o.id = coalesce(
                   $1,
                   (SELECT c.organization_id FROM committees c WHERE c.id = $2),
                   (SELECT s.organization_id FROM sessions s WHERE s.id = $3),
                   (SELECT s.organization_id FROM events e JOIN sessions s ON s.id = e.session_id
                    WHERE e.id = $4))"#,
            columns.organization_id,
            columns.committee_id,
            columns.session_id,
            columns.event_id,
        )
        .fetch_optional(self.connection())
        .await;
        Ok(self.done(id)?.map(OrganizationId::new))
    }

    async fn get(&mut self, id: RoleGrantId) -> Result<Option<RoleGrant>, StoreError> {
        let row = sqlx::query_as!(
            RoleRow,
            "SELECT id, user_id, role, organization_id, committee_id, session_id, event_id, created_at,
                    granted_by_user_id, deleted_at, revoked_by_user_id
             FROM roles WHERE id = $1",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn find(
        &mut self,
        user: UserId,
        role: Role,
        scope: Scope,
    ) -> Result<Option<RoleGrant>, StoreError> {
        let columns = ScopeColumns::of(scope);
        let row = sqlx::query_as!(
            RoleRow,
            "SELECT id, user_id, role, organization_id, committee_id, session_id, event_id, created_at,
                    granted_by_user_id, deleted_at, revoked_by_user_id
             FROM roles
             WHERE user_id = $1 AND role = $2 AND deleted_at IS NULL AND is_global = $3
               AND organization_id IS NOT DISTINCT FROM $4 AND committee_id IS NOT DISTINCT FROM $5
               AND session_id IS NOT DISTINCT FROM $6 AND event_id IS NOT DISTINCT FROM $7",
            user.get(),
            role.as_str(),
            scope == Scope::Global,
            columns.organization_id,
            columns.committee_id,
            columns.session_id,
            columns.event_id,
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn insert(&mut self, to: UserId, appointment: &Appointment) -> Result<RoleGrant, StoreError> {
        let columns = ScopeColumns::of(appointment.scope());
        let row = sqlx::query_as!(
            RoleRow,
            "INSERT INTO roles (user_id, role, is_global, organization_id, committee_id, session_id, event_id,
                                granted_by_user_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             RETURNING id, user_id, role, organization_id, committee_id, session_id, event_id, created_at,
                       granted_by_user_id, deleted_at, revoked_by_user_id",
            to.get(),
            appointment.role().as_str(),
            appointment.scope() == Scope::Global,
            columns.organization_id,
            columns.committee_id,
            columns.session_id,
            columns.event_id,
            appointment.by().map(UserId::get),
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn revoke(&mut self, id: RoleGrantId, by: Option<UserId>, now: Moment) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE roles SET deleted_at = $3, revoked_by_user_id = $2 WHERE id = $1 AND deleted_at IS NULL",
            id.get(),
            by.map(UserId::get),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("revoke role", 1, answer)
    }

    async fn has_other_admin(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                   SELECT FROM organization_members m
                   JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL AND NOT u.is_client
                   WHERE m.organization_id = $1 AND m.user_role = 'owner' AND m.user_id <> $2)
               OR EXISTS (
                   SELECT FROM roles r
                   JOIN users u ON u.id = r.user_id AND u.disabled_at IS NULL AND NOT u.is_client
                   WHERE r.organization_id = $1 AND r.role = 'admin' AND r.deleted_at IS NULL
                     AND r.user_id <> $2) AS "found!""#,
            organization.get(),
            user.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn promise(&mut self, new: &NewPendingRole) -> Result<PendingRole, StoreError> {
        let columns = ScopeColumns::of(new.appointment.scope());
        let (email, andrew_id) = match &new.to {
            Promisee::Email(email) => (Some(email.as_str()), None),
            Promisee::AndrewId(andrew_id) => (None, Some(andrew_id.as_str())),
        };
        let row = sqlx::query_as!(
            PendingRoleRow,
            "INSERT INTO pending_roles (email, andrew_id, role, organization_id, committee_id, session_id,
                                        event_id, expires_at, granted_by_user_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             RETURNING id, email, andrew_id, role, organization_id, committee_id, session_id, event_id,
                       expires_at, created_at, granted_by_user_id",
            email,
            andrew_id,
            new.appointment.role().as_str(),
            columns.organization_id,
            columns.committee_id,
            columns.session_id,
            columns.event_id,
            new.expires_at,
            new.granted_by.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn pending(&mut self, id: PendingRoleId) -> Result<Option<PendingRole>, StoreError> {
        let row = sqlx::query_as!(
            PendingRoleRow,
            "SELECT id, email, andrew_id, role, organization_id, committee_id, session_id, event_id, expires_at,
                    created_at, granted_by_user_id
             FROM pending_roles WHERE id = $1 AND deleted_at IS NULL",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn claimable(&mut self, who: &[Promisee], now: Moment) -> Result<Vec<PendingRole>, StoreError> {
        let (mut emails, mut andrew_ids) = (Vec::new(), Vec::new());
        for way in who {
            match way {
                Promisee::Email(email) => emails.push(email.as_str()),
                Promisee::AndrewId(andrew_id) => andrew_ids.push(andrew_id.as_str()),
            }
        }
        let found = sqlx::query_as!(
            PendingRoleRow,
            "SELECT id, email, andrew_id, role, organization_id, committee_id, session_id, event_id, expires_at,
                    created_at, granted_by_user_id
             FROM pending_roles
             WHERE deleted_at IS NULL AND expires_at > $3 AND (email = ANY($1) OR andrew_id = ANY($2))
             ORDER BY id
             FOR UPDATE",
            &emails as &[&str],
            &andrew_ids as &[&str],
            now,
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn end_pending(
        &mut self,
        id: PendingRoleId,
        claimed_by: Option<UserId>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE pending_roles SET deleted_at = $3, claimed_by_user_id = $2
             WHERE id = $1 AND deleted_at IS NULL",
            id.get(),
            claimed_by.map(UserId::get),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("end pending role", 1, answer)
    }
}
