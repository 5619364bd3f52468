//! Who votes for whom, and what happened to it.

use plenum_domain::Moment;
use plenum_domain::id::{EventId, OrganizationId, ProxyId, SessionId, UserId};
use plenum_domain::text::{Reason, Title};
use plenum_domain::user::User;
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{MandateLine, MandateNoteLine};
use plenum_ports::repository::MandateNote;
use sqlx::PgPool;

use super::{below, one_more};
use crate::error::failed;
use crate::rows::{Cell, MandateRow, UserRow, mandate_change};

/// A mandate with its people and its place.
struct LineRow {
    id: i32,
    session_id: Option<i32>,
    event_id: Option<i32>,
    organization_id: Option<i32>,
    valid_from: Option<Moment>,
    valid_until: Option<Moment>,
    span_id: Option<i32>,
    principal_user_id: i32,
    holder_user_id: i32,
    user_session_id: Option<i32>,
    created_by_user_id: i32,
    created_at: Moment,
    reason: Option<String>,
    state: String,
    awaits: Option<String>,
    stood_at: Option<Moment>,
    ended_at: Option<Moment>,
    at_organization: i32,
    title: Option<String>,
    principal_name: String,
    principal_andrew_id: String,
    principal_created_at: Moment,
    holder_name: String,
    holder_andrew_id: String,
    holder_created_at: Moment,
    principal_present: bool,
}

impl TryFrom<LineRow> for MandateLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("proxies", column, row.id);
        let principal = UserRow {
            id: row.principal_user_id,
            name: row.principal_name,
            andrew_id: row.principal_andrew_id,
            created_at: row.principal_created_at,
        };
        let holder = UserRow {
            id: row.holder_user_id,
            name: row.holder_name,
            andrew_id: row.holder_andrew_id,
            created_at: row.holder_created_at,
        };
        let mandate = MandateRow {
            id: row.id,
            session_id: row.session_id,
            event_id: row.event_id,
            organization_id: row.organization_id,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            span_id: row.span_id,
            principal_user_id: row.principal_user_id,
            holder_user_id: row.holder_user_id,
            user_session_id: row.user_session_id,
            created_by_user_id: row.created_by_user_id,
            created_at: row.created_at,
            state: row.state,
            awaits: row.awaits,
            stood_at: row.stood_at,
            ended_at: row.ended_at,
        };
        Ok(Self {
            mandate: mandate.try_into()?,
            reason: row.reason.map(|text| cell("reason").check(Reason::parse(&text))).transpose()?,
            organization_id: OrganizationId::new(row.at_organization),
            title: row.title.map(|text| cell("session_id").check(Title::parse(&text))).transpose()?,
            principal: principal.try_into()?,
            holder: holder.try_into()?,
            principal_present: row.principal_present,
        })
    }
}

/// Selects [`LineRow`]s; which mandates `p` is the rest of the statement.
macro_rules! lines {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            LineRow,
            r#"SELECT p.id, p.session_id, p.event_id, p.organization_id, p.valid_from, p.valid_until, p.span_id,
                      p.principal_user_id, p.holder_user_id, p.user_session_id, p.created_by_user_id,
                      p.created_at, p.reason, p.state, p.awaits, p.stood_at, p.ended_at,
                      coalesce(p.organization_id, s.organization_id) AS "at_organization!", s.title AS "title?",
                      principal.name AS principal_name, principal.andrew_id AS principal_andrew_id,
                      principal.created_at AS principal_created_at,
                      holder.name AS holder_name, holder.andrew_id AS holder_andrew_id,
                      holder.created_at AS holder_created_at,
                      EXISTS (SELECT FROM user_sessions own
                              WHERE own.session_id = p.session_id AND own.user_id = p.principal_user_id
                                AND own.proxy IS NULL AND own.join_left = 'joined') AS "principal_present!"
               FROM proxies p
               JOIN users principal ON principal.id = p.principal_user_id
               JOIN users holder ON holder.id = p.holder_user_id
               LEFT JOIN sessions s ON s.id = p.session_id
               "# + $rest,
            $($argument),+
        )
    };
}

fn lines(rows: Vec<LineRow>) -> Result<Vec<MandateLine>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

fn cursor(line: &MandateLine) -> i64 {
    line.mandate.id.get().into()
}

pub(super) async fn of_sitting(pool: &PgPool, id: SessionId) -> Result<Vec<MandateLine>, StoreError> {
    let rows = lines!("WHERE p.session_id = $1 ORDER BY p.id", id.get()).fetch_all(pool).await;
    lines(rows.map_err(failed)?)
}

pub(super) async fn of_user(
    pool: &PgPool,
    user: UserId,
    page: Page,
) -> Result<Paged<MandateLine>, StoreError> {
    // Each of the two ways goes along its own index; one condition with OR would read every mandate.
    let rows = lines!(
        "WHERE p.id IN (
             (SELECT id FROM proxies WHERE principal_user_id = $1 AND id < $2::bigint ORDER BY id DESC LIMIT $3)
             UNION
             (SELECT id FROM proxies WHERE holder_user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3))
         ORDER BY p.id DESC
         LIMIT $3",
        user.get(),
        below(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await;
    Ok(Paged::from_one_more(page, lines(rows.map_err(failed)?)?, cursor))
}

pub(super) async fn spans(
    pool: &PgPool,
    id: OrganizationId,
    page: Page,
) -> Result<Paged<MandateLine>, StoreError> {
    let rows = lines!(
        "WHERE p.organization_id = $1 AND p.id < $2::bigint ORDER BY p.id DESC LIMIT $3",
        id.get(),
        below(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await;
    Ok(Paged::from_one_more(page, lines(rows.map_err(failed)?)?, cursor))
}

pub(super) async fn one(pool: &PgPool, id: ProxyId) -> Result<Option<MandateLine>, StoreError> {
    let row = lines!("WHERE p.id = $1", id.get()).fetch_optional(pool).await.map_err(failed)?;
    row.map(TryInto::try_into).transpose()
}

pub(super) async fn notes(pool: &PgPool, id: ProxyId) -> Result<Vec<MandateNoteLine>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT log.id, log.change, log.at, log.event_id, log.reason,
                  u.id AS "by_id?", u.name AS "by_name?", u.andrew_id AS "by_andrew_id?",
                  u.created_at AS "by_created_at?"
           FROM proxy_log log
           LEFT JOIN users u ON u.id = log.by_user_id
           WHERE log.proxy_id = $1
           ORDER BY log.id"#,
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|row| {
            let by = row.by_id.zip(row.by_name).zip(row.by_andrew_id).zip(row.by_created_at);
            let by = by.map(|(((id, name), andrew_id), created_at)| {
                User::try_from(UserRow { id, name, andrew_id, created_at })
            });
            let by = by.transpose()?;
            let reason = Cell::new("proxy_log", "reason", row.id);
            let note = MandateNote {
                proxy_id: id,
                change: mandate_change(row.id, &row.change)?,
                at: row.at,
                by: by.as_ref().map(|user| user.id),
                event_id: row.event_id.map(EventId::new),
                reason: row.reason.map(|text| reason.check(Reason::parse(&text))).transpose()?,
            };
            Ok(MandateNoteLine { note, by })
        })
        .collect()
}
