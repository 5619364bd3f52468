//! Waiting lists and presence checks.

use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::presence::{Asked, Waiting};
use plenum_domain::user::User;
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{PresenceCheckLine, WaitingLine};
use sqlx::PgPool;

use super::organizations::role;
use super::{above, below, one_more};
use crate::error::failed;
use crate::rows::{AskedRow, PresenceCheckRow, UserRow, WaitingRow};

pub(super) async fn waiting_list(
    pool: &PgPool,
    id: SessionId,
    page: Page,
) -> Result<Paged<WaitingLine>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT u.id, u.name, u.andrew_id, u.created_at, m.user_role AS "user_role?",
                  w.state, w.since, w.decided_at, w.decided_by_user_id
           FROM waiting_list w
           JOIN users u ON u.id = w.user_id
           JOIN sessions s ON s.id = w.session_id
           LEFT JOIN organization_members m ON m.organization_id = s.organization_id AND m.user_id = u.id
           WHERE w.session_id = $1 AND w.state <> 'admitted' AND u.id > $2::bigint
           ORDER BY u.id
           LIMIT $3"#,
        id.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines = rows.into_iter().map(|row| {
        let role = role(UserId::new(row.id), row.user_role.as_deref())?;
        let user =
            UserRow { id: row.id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        let waiting = WaitingRow {
            session_id: id.get(),
            state: row.state,
            since: row.since,
            decided_at: row.decided_at,
            decided_by_user_id: row.decided_by_user_id,
        };
        Ok(WaitingLine { user: user.try_into()?, role, waiting: Waiting::try_from(waiting)? })
    });
    let lines = lines.collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |line| line.user.id.get().into()))
}

/// A check with its figures.
struct LineRow {
    id: i32,
    session_id: i32,
    created_by_user_id: i32,
    opened_at: plenum_domain::Moment,
    closes_at: plenum_domain::Moment,
    sets_absent: bool,
    closed_at: Option<plenum_domain::Moment>,
    asked: i64,
    answered: i64,
    set_absent: i64,
}

impl From<LineRow> for PresenceCheckLine {
    fn from(row: LineRow) -> Self {
        let check = PresenceCheckRow {
            id: row.id,
            session_id: row.session_id,
            created_by_user_id: row.created_by_user_id,
            opened_at: row.opened_at,
            closes_at: row.closes_at,
            sets_absent: row.sets_absent,
            closed_at: row.closed_at,
        };
        Self {
            check: check.into(),
            asked: row.asked.unsigned_abs(),
            answered: row.answered.unsigned_abs(),
            set_absent: row.set_absent.unsigned_abs(),
        }
    }
}

/// Selects [`LineRow`]s; which checks `c` is the rest of the statement.
macro_rules! lines {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            LineRow,
            r#"SELECT c.id, c.session_id, c.created_by_user_id, c.opened_at, c.closes_at, c.sets_absent,
                      c.closed_at, figures.asked AS "asked!", figures.answered AS "answered!",
                      figures.set_absent AS "set_absent!"
               FROM presence_checks c
               CROSS JOIN LATERAL (
                   SELECT count(*) AS asked, count(answered_at) AS answered,
                          count(*) FILTER (WHERE p.set_absent) AS set_absent
                   FROM presence_check_people p WHERE p.presence_check_id = c.id) figures
               "# + $rest,
            $($argument),+
        )
    };
}

pub(super) async fn checks(
    pool: &PgPool,
    id: SessionId,
    page: Page,
) -> Result<Paged<PresenceCheckLine>, StoreError> {
    let rows = lines!(
        "WHERE c.session_id = $1 AND c.id < $2::bigint ORDER BY c.id DESC LIMIT $3",
        id.get(),
        below(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines: Vec<PresenceCheckLine> = rows.into_iter().map(Into::into).collect();
    Ok(Paged::from_one_more(page, lines, |line| line.check.id.get().into()))
}

pub(super) async fn check(
    pool: &PgPool,
    id: PresenceCheckId,
) -> Result<Option<PresenceCheckLine>, StoreError> {
    let row = lines!("WHERE c.id = $1", id.get()).fetch_optional(pool).await.map_err(failed)?;
    Ok(row.map(Into::into))
}

pub(super) async fn asked(
    pool: &PgPool,
    id: PresenceCheckId,
    page: Page,
) -> Result<Paged<(User, Asked)>, StoreError> {
    let rows = sqlx::query!(
        "SELECT u.id, u.name, u.andrew_id, u.created_at, p.answered_at, p.set_absent
         FROM presence_check_people p
         JOIN users u ON u.id = p.user_id
         WHERE p.presence_check_id = $1 AND p.user_id > $2::bigint
         ORDER BY p.user_id
         LIMIT $3",
        id.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines = rows.into_iter().map(|row| {
        let asked = AskedRow { user_id: row.id, answered_at: row.answered_at, set_absent: row.set_absent };
        let user =
            UserRow { id: row.id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        Ok((User::try_from(user)?, asked.into()))
    });
    let lines = lines.collect::<Result<Vec<(User, Asked)>, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |(user, _)| user.id.get().into()))
}

pub(super) async fn due(pool: &PgPool) -> Result<Vec<PresenceCheckId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM presence_checks WHERE closed_at IS NULL AND closes_at <= clock_timestamp() ORDER BY id",
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(ids.into_iter().map(PresenceCheckId::new).collect())
}
