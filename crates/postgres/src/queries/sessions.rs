//! Sittings and who is in them.

use std::collections::HashMap;

use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceEntry, UserSession};
use plenum_domain::id::{OrganizationId, SessionId, UserId};
use plenum_domain::organization::Member;
use plenum_domain::permission::Standing;
use plenum_domain::presence::Waiting;
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{AttendeeLine, SessionLine};
use plenum_ports::repository::TokenHash;
use sqlx::PgPool;

use super::organizations::role;
use super::{above, below, one_more};
use crate::error::failed;
use crate::rows::{
    AttendanceRow, Document, MemberRow, OrganizationRow, SessionRow, UserRow, UserSessionRow, WaitingRow,
    all, granted,
};

/// A sitting with its organization and what makes a person's standing.
pub(super) struct LineRow {
    pub(super) id: i32,
    pub(super) organization_id: i32,
    pub(super) join_code: String,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) created_by_user_id: i32,
    pub(super) created_at: Moment,
    pub(super) closed_at: Option<Moment>,
    pub(super) organization_name: String,
    pub(super) organization_data: Document,
    pub(super) user_role: Option<String>,
    pub(super) participant: bool,
    pub(super) held: Vec<String>,
}

impl LineRow {
    /// The sitting as this person stands towards it.
    pub(super) fn into_line(self, user: UserId) -> Result<SessionLine, StoreError> {
        let standing = Standing {
            user_id: user,
            role: role(user, self.user_role.as_deref())?,
            granted: granted(user, &self.held)?,
            host: self.created_by_user_id == user.get(),
            participant: self.participant,
        };
        let organization = OrganizationRow {
            id: self.organization_id,
            name: self.organization_name,
            data: self.organization_data,
        };
        let session = SessionRow {
            id: self.id,
            organization_id: self.organization_id,
            join_code: self.join_code,
            title: self.title,
            status: self.status,
            created_by_user_id: self.created_by_user_id,
            created_at: self.created_at,
            closed_at: self.closed_at,
        };
        Ok(SessionLine { session: session.try_into()?, organization: organization.try_into()?, standing })
    }
}

/// Selects [`LineRow`]s of the person `$1`; the sittings `s` come from the rest of the statement.
macro_rules! lines {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            LineRow,
            r#"SELECT s.id, s.organization_id, s.join_code, s.title, s.status, s.created_by_user_id,
                      s.created_at, s.closed_at, o.name AS organization_name,
                      o.data AS "organization_data: Document",
                      (SELECT m.user_role FROM organization_members m
                       WHERE m.organization_id = s.organization_id AND m.user_id = $1) AS user_role,
                      EXISTS (SELECT FROM user_sessions us
                              WHERE us.session_id = s.id AND us.user_id = $1
                                AND us.proxy IS NULL AND NOT us.barred) AS "participant!",
                      held_roles($1, s.organization_id, s.committee_id, s.id, NULL) AS "held!"
               FROM sessions s
               JOIN organizations o ON o.id = s.organization_id AND o.deleted_at IS NULL
               "# + $rest,
            $($argument),+
        )
    };
}

pub(super) async fn sessions(
    pool: &PgPool,
    user: UserId,
    organization: Option<OrganizationId>,
    page: Page,
) -> Result<Paged<SessionLine>, StoreError> {
    // Each way to a sitting goes along its own index; one condition with OR would read every sitting.
    let rows = lines!(
        "WHERE s.id IN (
             (SELECT latest.id
              FROM organization_members m
              CROSS JOIN LATERAL (
                  SELECT id FROM sessions
                  WHERE organization_id = m.organization_id AND id < $3::bigint
                  ORDER BY id DESC
                  LIMIT $4) latest
              WHERE m.user_id = $1 AND ($2::integer IS NULL OR m.organization_id = $2))
             UNION
             (SELECT latest.id
              FROM roles r
              CROSS JOIN LATERAL (
                  SELECT id FROM sessions
                  WHERE organization_id = r.organization_id AND id < $3
                  ORDER BY id DESC
                  LIMIT $4) latest
              WHERE r.user_id = $1 AND r.deleted_at IS NULL AND ($2 IS NULL OR r.organization_id = $2))
             UNION
             (SELECT s2.id
              FROM roles r
              JOIN sessions s2 ON s2.id = r.session_id OR s2.committee_id = ANY (committee_tree(r.committee_id))
              WHERE r.user_id = $1 AND r.deleted_at IS NULL AND s2.id < $3
                AND num_nonnulls(r.session_id, r.committee_id) = 1
                AND ($2 IS NULL OR s2.organization_id = $2)
              ORDER BY s2.id DESC
              LIMIT $4)
             UNION
             (SELECT id FROM sessions
              WHERE EXISTS (SELECT FROM roles WHERE user_id = $1 AND is_global AND deleted_at IS NULL)
                AND id < $3 AND ($2 IS NULL OR organization_id = $2)
              ORDER BY id DESC
              LIMIT $4)
             UNION
             (SELECT id FROM sessions
              WHERE created_by_user_id = $1 AND ($2 IS NULL OR organization_id = $2) AND id < $3)
             UNION
             (SELECT us.session_id
              FROM user_sessions us
              WHERE us.user_id = $1 AND us.proxy IS NULL AND NOT us.barred AND us.session_id < $3
                AND ($2 IS NULL OR $2 = (SELECT organization_id FROM sessions WHERE id = us.session_id)))
             ORDER BY id DESC
             LIMIT $4)
         ORDER BY s.id DESC",
        user.get(),
        organization.map(OrganizationId::get),
        below(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines = rows.into_iter().map(|row| row.into_line(user)).collect::<Result<_, _>>()?;
    Ok(Paged::from_one_more(page, lines, |line: &SessionLine| line.session.id.get().into()))
}

pub(super) async fn current_sessions(pool: &PgPool, user: UserId) -> Result<Vec<SessionLine>, StoreError> {
    let rows = lines!(
        "WHERE s.status <> 'closed' AND s.id IN (
             SELECT id FROM sessions WHERE created_by_user_id = $1
             UNION
             SELECT session_id FROM user_sessions WHERE user_id = $1 AND proxy IS NULL AND NOT barred)
         ORDER BY s.id DESC
         LIMIT 100",
        user.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.into_iter().map(|row| row.into_line(user)).collect()
}

pub(super) async fn session(
    pool: &PgPool,
    id: SessionId,
    user: UserId,
) -> Result<Option<SessionLine>, StoreError> {
    let row = lines!("WHERE s.id = $2", user.get(), id.get()).fetch_optional(pool).await.map_err(failed)?;
    row.map(|row| row.into_line(user)).transpose()
}

/// A person of a sitting, with whatever else is known of them there.
struct AttendeeRow {
    user_id: i32,
    name: String,
    andrew_id: String,
    created_at: Moment,
    organization_id: i32,
    user_role: Option<String>,
    vote_weight: Option<i32>,
    joined_at: Option<Moment>,
    own_id: Option<i32>,
    join_left: Option<String>,
    barred: Option<bool>,
    timestamp: Option<Moment>,
}

impl AttendeeRow {
    fn into_line(self, id: SessionId, entries: Vec<AttendanceEntry>) -> Result<AttendeeLine, StoreError> {
        let user_id = self.user_id;
        let member = self.user_role.zip(self.vote_weight).zip(self.joined_at).map(
            |((user_role, vote_weight), joined_at)| MemberRow {
                organization_id: self.organization_id,
                user_id,
                user_role,
                vote_weight,
                joined_at,
            },
        );
        let own = self.own_id.zip(self.join_left).zip(self.barred).zip(self.timestamp).map(
            |(((own_id, join_left), barred), timestamp)| UserSessionRow {
                id: own_id,
                user_id,
                session_id: id.get(),
                proxy: None,
                join_left,
                barred,
                timestamp,
            },
        );
        let user =
            UserRow { id: user_id, name: self.name, andrew_id: self.andrew_id, created_at: self.created_at };
        Ok(AttendeeLine {
            user: user.try_into()?,
            member: member.map(Member::try_from).transpose()?,
            own: own.map(UserSession::try_from).transpose()?,
            entries,
        })
    }
}

pub(super) async fn attendees(pool: &PgPool, id: SessionId) -> Result<Vec<AttendeeLine>, StoreError> {
    attendees_above(pool, id, i64::MIN, None).await
}

pub(super) async fn attendees_piece(
    pool: &PgPool,
    id: SessionId,
    page: Page,
) -> Result<Paged<AttendeeLine>, StoreError> {
    let lines = attendees_above(pool, id, above(page), Some(one_more(page))).await?;
    Ok(Paged::from_one_more(page, lines, |line: &AttendeeLine| line.user.id.get().into()))
}

async fn attendees_above(
    pool: &PgPool,
    id: SessionId,
    above: i64,
    limit: Option<i64>,
) -> Result<Vec<AttendeeLine>, StoreError> {
    let people = sqlx::query_as!(
        AttendeeRow,
        r#"SELECT u.id AS "user_id!", u.name AS "name!", u.andrew_id AS "andrew_id!",
                  u.created_at AS "created_at!", s.organization_id AS "organization_id!",
                  m.user_role AS "user_role?", m.vote_weight AS "vote_weight?", m.joined_at AS "joined_at?",
                  own.id AS "own_id?", own.join_left AS "join_left?", own.barred AS "barred?",
                  own.timestamp AS "timestamp?"
           FROM (SELECT id, user_id, join_left, barred, timestamp FROM user_sessions
                 WHERE session_id = $1 AND proxy IS NULL) own
           FULL JOIN (SELECT DISTINCT principal_user_id FROM proxies
                      WHERE session_id = $1 AND state = 'standing') mandate
               ON mandate.principal_user_id = own.user_id
           JOIN users u ON u.id = coalesce(own.user_id, mandate.principal_user_id)
           JOIN sessions s ON s.id = $1
           LEFT JOIN organization_members m ON m.organization_id = s.organization_id AND m.user_id = u.id
           WHERE u.id > $2::bigint
           ORDER BY u.id
           LIMIT $3::bigint"#,
        id.get(),
        above,
        limit,
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let bounds = people.first().zip(people.last()).map(|(first, last)| (first.user_id, last.user_id));
    let mut log = match bounds {
        Some((first, last)) => entries(pool, id, first, last).await?,
        None => HashMap::new(),
    };
    people
        .into_iter()
        .map(|row| {
            let entries = log.remove(&UserId::new(row.user_id)).unwrap_or_default();
            row.into_line(id, entries)
        })
        .collect()
}

/// The attendance log of a sitting, person by person from one to another, in order of time.
async fn entries(
    pool: &PgPool,
    id: SessionId,
    first: i32,
    last: i32,
) -> Result<HashMap<UserId, Vec<AttendanceEntry>>, StoreError> {
    let rows = sqlx::query_as!(
        AttendanceRow,
        "SELECT id, user_id, change, at, by_user_id, true_from, true_until
         FROM attendance_log
         WHERE session_id = $1 AND user_id BETWEEN $2 AND $3
         ORDER BY user_id, at, id",
        id.get(),
        first,
        last,
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let mut log: HashMap<UserId, Vec<AttendanceEntry>> = HashMap::new();
    for row in rows {
        let entry = AttendanceEntry::try_from(row)?;
        log.entry(entry.user_id).or_default().push(entry);
    }
    Ok(log)
}

pub(super) async fn waits_for(
    pool: &PgPool,
    user: UserId,
) -> Result<Vec<(SessionLine, Waiting)>, StoreError> {
    let rows = lines!(
        "WHERE s.status <> 'closed' AND s.id IN (
             SELECT session_id FROM waiting_list WHERE user_id = $1 AND state <> 'admitted')
         ORDER BY s.id
         LIMIT 100",
        user.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let places = sqlx::query_as!(
        WaitingRow,
        "SELECT session_id, state, since, decided_at, decided_by_user_id FROM waiting_list
         WHERE user_id = $1 AND state <> 'admitted'",
        user.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let mut places: HashMap<i32, WaitingRow> = places.into_iter().map(|row| (row.session_id, row)).collect();
    rows.into_iter()
        .filter_map(|row| Some((places.remove(&row.id)?, row)))
        .map(|(place, row)| Ok((row.into_line(user)?, place.try_into()?)))
        .collect()
}

pub(super) async fn quorum_facts(
    pool: &PgPool,
    id: SessionId,
) -> Result<(Vec<Member>, Vec<UserSession>), StoreError> {
    let members = sqlx::query_as!(
        MemberRow,
        "SELECT m.organization_id, m.user_id, m.user_role, m.vote_weight, m.joined_at
         FROM sessions s
         JOIN organization_members m ON m.organization_id = s.organization_id
         WHERE s.id = $1
         ORDER BY m.user_id",
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let instances = sqlx::query_as!(
        UserSessionRow,
        "SELECT id, user_id, session_id, proxy, join_left, barred, timestamp
         FROM user_sessions
         WHERE session_id = $1
         ORDER BY id",
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok((all(members)?, all(instances)?))
}

/// The sitting whose screen a link shows.
pub(super) async fn screen(pool: &PgPool, token: TokenHash) -> Result<Option<SessionId>, StoreError> {
    let id = sqlx::query_scalar!("SELECT session_id FROM screen_links WHERE token_hash = $1", &token.0[..])
        .fetch_optional(pool)
        .await;
    Ok(id.map_err(failed)?.map(SessionId::new))
}

/// Since when a sitting's screen has a link.
pub(super) async fn screen_since(pool: &PgPool, id: SessionId) -> Result<Option<Moment>, StoreError> {
    let since = sqlx::query_scalar!("SELECT created_at FROM screen_links WHERE session_id = $1", id.get());
    since.fetch_optional(pool).await.map_err(failed)
}
