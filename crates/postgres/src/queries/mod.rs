//! Read models for lists and pages, on the pool, outside any transaction.
//!
//! A list takes as many statements as it has kinds of lines, however long it is. Each statement goes
//! along an index; where the planner would see a choice that is bad for large tables, it is written
//! so that there is none, and says so.

mod access;
mod audit;
mod clients;
mod events;
mod log;
mod mandates;
mod misses;
mod motions;
mod nominations;
mod organizations;
mod presence;
mod roles;
mod rules;
mod sealed;
mod sessions;
#[cfg(test)]
mod tests;
mod votes;

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_domain::attendance::UserSession;
use plenum_domain::committee::{Committee, CommitteeMember};
use plenum_domain::event::Event;
use plenum_domain::id::{
    ClientId, CommitteeId, EventId, NominationId, OfficeId, OrganizationId, PresenceCheckId, ProxyId,
    SessionId, UserId,
};
use plenum_domain::organization::{Member, Organization};
use plenum_domain::permission::{RoleGrant, Scope, Standing};
use plenum_domain::presence::{Asked, Waiting};
use plenum_domain::rules::{Adopted, Electorate, Voters};
use plenum_domain::secret::BareBallot;
use plenum_domain::text::AndrewId;
use plenum_domain::user::User;
use plenum_ports::StoreError;
use plenum_ports::documents::ResultData;
use plenum_ports::keys::{KeyId, KeyStoreId};
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{
    AttendeeLine, AuditFilter, AuditLine, CandidateLine, ClientLine, EventLine, InstanceLine, LoginLine,
    MandateLine, MandateNoteLine, MemberLine, MembershipLine, MotionLine, OfficeLine, PresenceCheckLine,
    Queries, RoleGrantLine, RunningCount, SessionLine, Turnout, VoteLine, WaitingLine,
};
use plenum_ports::repository::{ApiToken, MissKey, PendingRole, TokenHash};
use plenum_ports::repository::{Seal, SealState};
use sqlx::PgPool;
use sqlx::migrate::{Migrate, MigrateError};

use crate::electorate;
use crate::error::failed;
use crate::migrate::MIGRATOR;
use crate::rows::UserRow;

/// The read models in PostgreSQL.
#[derive(Clone, Debug)]
pub struct PgQueries {
    pool: PgPool,
}

impl PgQueries {
    /// Reads with the connections of this pool.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

/// How many rows to fetch for [`Paged::from_one_more`].
fn one_more(page: Page) -> i64 {
    i64::from(page.limit()) + 1
}

/// The cursor of a list that ascends.
fn above(page: Page) -> i64 {
    page.after().unwrap_or(i64::MIN)
}

/// The cursor of a list that descends.
fn below(page: Page) -> i64 {
    page.after().unwrap_or(i64::MAX)
}

/// A piece of a list of people by user id, each with what they are there; from up to one row more than the
/// page asks for.
fn people<T>(
    page: Page,
    rows: impl Iterator<Item = Result<(T, UserRow), StoreError>>,
) -> Result<Paged<(T, User)>, StoreError> {
    let lines = rows.map(|row| row.and_then(|(what, user)| Ok((what, user.try_into()?))));
    let lines = lines.collect::<Result<_, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |(_, user): &(T, User)| user.id.get().into()))
}

/// Whether exactly the migrations built into this program were applied, as they are written here.
async fn is_migrated(pool: &PgPool) -> Result<bool, StoreError> {
    let mut connection = pool.acquire().await.map_err(failed)?;
    let applied = match connection.list_applied_migrations(&MIGRATOR.table_name).await {
        Ok(applied) => applied,
        Err(error) => return migrations_missing(error),
    };
    let expected = MIGRATOR.iter().filter(|migration| !migration.migration_type.is_down_migration());
    if !expected
        .map(|migration| (migration.version, &migration.checksum))
        .eq(applied.iter().map(|migration| (migration.version, &migration.checksum)))
    {
        return Ok(false);
    }
    let dirty = connection.dirty_version(&MIGRATOR.table_name).await;
    dirty.map_or_else(migrations_missing, |version| Ok(version.is_none()))
}

/// `false` for a database that was never migrated, the error for any other.
fn migrations_missing(error: MigrateError) -> Result<bool, StoreError> {
    match error {
        MigrateError::Execute(error) => {
            let undefined_table = "42P01";
            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
            if code.as_deref() == Some(undefined_table) { Ok(false) } else { Err(failed(error)) }
        }
        error => Err(StoreError::Other(error.to_string())),
    }
}

#[async_trait]
impl Queries for PgQueries {
    async fn now(&self) -> Result<Moment, StoreError> {
        sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)
    }

    async fn ready(&self) -> Result<bool, StoreError> {
        is_migrated(&self.pool).await
    }

    async fn login(&self, token: TokenHash) -> Result<Option<LoginLine>, StoreError> {
        access::login(&self.pool, token).await
    }

    async fn api_token(&self, token: TokenHash) -> Result<Option<(ApiToken, User)>, StoreError> {
        access::api_token(&self.pool, token).await
    }

    async fn api_tokens(&self, user: UserId, page: Page) -> Result<Paged<ApiToken>, StoreError> {
        access::api_tokens(&self.pool, user, page).await
    }

    async fn user_by_andrew_id(&self, andrew_id: &AndrewId) -> Result<Option<User>, StoreError> {
        access::user_by_andrew_id(&self.pool, andrew_id).await
    }

    async fn memberships(&self, user: UserId, page: Page) -> Result<Paged<MembershipLine>, StoreError> {
        organizations::memberships(&self.pool, user, page).await
    }

    async fn organization(
        &self,
        id: OrganizationId,
        user: UserId,
    ) -> Result<Option<(Organization, Standing)>, StoreError> {
        organizations::organization(&self.pool, id, user).await
    }

    async fn is_archived(&self, id: OrganizationId) -> Result<bool, StoreError> {
        organizations::is_archived(&self.pool, id).await
    }

    async fn rules_versions(&self, id: OrganizationId, page: Page) -> Result<Paged<Adopted>, StoreError> {
        rules::versions(&self.pool, id, page).await
    }

    async fn rules_version(&self, id: OrganizationId, version: u32) -> Result<Option<Adopted>, StoreError> {
        rules::version(&self.pool, id, version).await
    }

    async fn organizations(
        &self,
        user: UserId,
        page: Page,
    ) -> Result<Paged<(Organization, Standing)>, StoreError> {
        roles::organizations(&self.pool, user, page).await
    }

    async fn standing(&self, scope: Scope, user: UserId) -> Result<Option<Standing>, StoreError> {
        roles::standing(&self.pool, scope, user).await
    }

    async fn role_grants(&self, scope: Scope, page: Page) -> Result<Paged<RoleGrantLine>, StoreError> {
        roles::role_grants(&self.pool, scope, page).await
    }

    async fn pending_roles(&self, scope: Scope, page: Page) -> Result<Paged<PendingRole>, StoreError> {
        roles::pending_roles(&self.pool, scope, page).await
    }

    async fn roles_of(&self, user: UserId) -> Result<Vec<RoleGrant>, StoreError> {
        roles::roles_of(&self.pool, user).await
    }

    async fn clients(&self, id: OrganizationId, page: Page) -> Result<Paged<ClientLine>, StoreError> {
        clients::clients(&self.pool, id, page).await
    }

    async fn client(&self, id: ClientId) -> Result<Option<ClientLine>, StoreError> {
        clients::client(&self.pool, id).await
    }

    async fn committees(&self, id: OrganizationId, page: Page) -> Result<Paged<Committee>, StoreError> {
        roles::committees(&self.pool, id, page).await
    }

    async fn committee_members(
        &self,
        id: CommitteeId,
        page: Page,
    ) -> Result<Paged<(CommitteeMember, User)>, StoreError> {
        roles::committee_members(&self.pool, id, page).await
    }

    async fn members(&self, id: OrganizationId, page: Page) -> Result<Paged<MemberLine>, StoreError> {
        organizations::members(&self.pool, id, page).await
    }

    async fn sessions(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Paged<SessionLine>, StoreError> {
        sessions::sessions(&self.pool, user, organization, page).await
    }

    async fn current_sessions(&self, user: UserId) -> Result<Vec<SessionLine>, StoreError> {
        sessions::current_sessions(&self.pool, user).await
    }

    async fn session(&self, id: SessionId, user: UserId) -> Result<Option<SessionLine>, StoreError> {
        sessions::session(&self.pool, id, user).await
    }

    async fn screen(&self, token: TokenHash) -> Result<Option<SessionId>, StoreError> {
        sessions::screen(&self.pool, token).await
    }

    async fn screen_since(&self, id: SessionId) -> Result<Option<Moment>, StoreError> {
        sessions::screen_since(&self.pool, id).await
    }

    async fn attendees(&self, id: SessionId) -> Result<Vec<AttendeeLine>, StoreError> {
        sessions::attendees(&self.pool, id).await
    }

    async fn mandates(&self, id: SessionId) -> Result<Vec<MandateLine>, StoreError> {
        mandates::of_sitting(&self.pool, id).await
    }

    async fn mandates_of_user(&self, user: UserId, page: Page) -> Result<Paged<MandateLine>, StoreError> {
        mandates::of_user(&self.pool, user, page).await
    }

    async fn span_mandates(&self, id: OrganizationId, page: Page) -> Result<Paged<MandateLine>, StoreError> {
        mandates::spans(&self.pool, id, page).await
    }

    async fn mandate(&self, id: ProxyId) -> Result<Option<MandateLine>, StoreError> {
        mandates::one(&self.pool, id).await
    }

    async fn mandate_notes(&self, id: ProxyId) -> Result<Vec<MandateNoteLine>, StoreError> {
        mandates::notes(&self.pool, id).await
    }

    async fn quorum_facts(&self, id: SessionId) -> Result<(Vec<Member>, Vec<UserSession>), StoreError> {
        sessions::quorum_facts(&self.pool, id).await
    }

    async fn electorate(&self, said: &Voters, session: SessionId) -> Result<Electorate, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        electorate::of(&mut connection, said, session, None).await
    }

    async fn events(&self, id: SessionId, page: Page) -> Result<Paged<Event>, StoreError> {
        events::events(&self.pool, id, page).await
    }

    async fn event(&self, id: EventId, user: UserId) -> Result<Option<EventLine>, StoreError> {
        events::event(&self.pool, id, user).await
    }

    async fn motion(&self, id: EventId) -> Result<MotionLine, StoreError> {
        motions::motion(&self.pool, id).await
    }

    async fn offices(&self, id: SessionId) -> Result<Vec<OfficeLine>, StoreError> {
        nominations::offices(&self.pool, id).await
    }

    async fn office(&self, id: OfficeId) -> Result<Option<OfficeLine>, StoreError> {
        nominations::office(&self.pool, id).await
    }

    async fn office_of_nomination(&self, id: NominationId) -> Result<Option<OfficeId>, StoreError> {
        nominations::office_of_nomination(&self.pool, id).await
    }

    async fn candidates(&self, id: EventId) -> Result<Vec<CandidateLine>, StoreError> {
        nominations::candidates(&self.pool, id).await
    }

    async fn vote_instances(&self, event: &Event, user: UserId) -> Result<Vec<InstanceLine>, StoreError> {
        votes::vote_instances(&self.pool, event.id, user).await
    }

    async fn turnout(&self, event: EventId) -> Result<Turnout, StoreError> {
        votes::turnout(&self.pool, event).await
    }

    async fn missing(&self, event: EventId, page: Page) -> Result<Paged<User>, StoreError> {
        votes::missing(&self.pool, event, page).await
    }

    async fn result(&self, event: EventId) -> Result<Option<ResultData>, StoreError> {
        votes::result(&self.pool, event).await
    }

    async fn running_count(&self, event: &Event) -> Result<RunningCount, StoreError> {
        votes::running_count(&self.pool, event).await
    }

    async fn votes(&self, event: &Event, page: Page) -> Result<Paged<VoteLine>, StoreError> {
        votes::votes(&self.pool, event, page).await
    }

    async fn ballots(&self, event: &Event, page: Page) -> Result<Paged<BareBallot>, StoreError> {
        sealed::ballots(&self.pool, event, page).await
    }

    async fn misses(&self, keys: &[MissKey]) -> Result<Vec<TimeDelta>, StoreError> {
        misses::weights(&self.pool, keys).await
    }

    async fn is_recorded(&self, event: EventId) -> Result<bool, StoreError> {
        sealed::is_recorded(&self.pool, event).await
    }

    async fn open_seals(&self, id: SessionId) -> Result<Vec<Seal>, StoreError> {
        sealed::open_seals(&self.pool, id).await
    }

    async fn seal(&self, event: EventId) -> Result<Option<SealState>, StoreError> {
        sealed::seal(&self.pool, event).await
    }

    async fn keys_to_destroy(&self, store: KeyStoreId) -> Result<Vec<Seal>, StoreError> {
        sealed::keys_to_destroy(&self.pool, store).await
    }

    async fn known_keys(&self, keys: &[KeyId]) -> Result<Vec<KeyId>, StoreError> {
        sealed::known_keys(&self.pool, keys).await
    }

    async fn audit(
        &self,
        id: OrganizationId,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Paged<AuditLine>, StoreError> {
        audit::audit(&self.pool, id, filter, page).await
    }

    async fn attendees_piece(&self, id: SessionId, page: Page) -> Result<Paged<AttendeeLine>, StoreError> {
        sessions::attendees_piece(&self.pool, id, page).await
    }

    async fn waiting_list(&self, id: SessionId, page: Page) -> Result<Paged<WaitingLine>, StoreError> {
        presence::waiting_list(&self.pool, id, page).await
    }

    async fn waits_for(&self, user: UserId) -> Result<Vec<(SessionLine, Waiting)>, StoreError> {
        sessions::waits_for(&self.pool, user).await
    }

    async fn presence_checks(
        &self,
        id: SessionId,
        page: Page,
    ) -> Result<Paged<PresenceCheckLine>, StoreError> {
        presence::checks(&self.pool, id, page).await
    }

    async fn presence_check(&self, id: PresenceCheckId) -> Result<Option<PresenceCheckLine>, StoreError> {
        presence::check(&self.pool, id).await
    }

    async fn asked(&self, id: PresenceCheckId, page: Page) -> Result<Paged<(User, Asked)>, StoreError> {
        presence::asked(&self.pool, id, page).await
    }

    async fn due_presence_checks(&self) -> Result<Vec<PresenceCheckId>, StoreError> {
        presence::due(&self.pool).await
    }

    async fn due_events(&self) -> Result<Vec<EventId>, StoreError> {
        events::due_events(&self.pool).await
    }

    async fn due_openings(&self) -> Result<Vec<EventId>, StoreError> {
        events::due_openings(&self.pool).await
    }
}
