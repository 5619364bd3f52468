//! Offices, who is nominated for them, and who stands on the ballots that came of it.

use std::collections::HashMap;

use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId};
use plenum_domain::nomination::Office;
use plenum_domain::text::{OptionLabel, Statement};
use plenum_ports::StoreError;
use plenum_ports::documents::EventData;
use plenum_ports::queries::{CandidateLine, NominationLine, OfficeLine};
use sqlx::PgPool;

use crate::error::failed;
use crate::rows::{Cell, NominationRow, OfficeRow, UserRow, all};

pub(super) async fn offices(pool: &PgPool, id: SessionId) -> Result<Vec<OfficeLine>, StoreError> {
    let rows = sqlx::query_as!(
        OfficeRow,
        r#"SELECT id, session_id, name, seats, data AS "data: _", follows_event_id, created_by_user_id,
                  created_at, closed_at, closed_by_user_id, event_id
           FROM offices WHERE session_id = $1
           ORDER BY id"#,
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    lines(pool, all(rows)?).await
}

pub(super) async fn office(pool: &PgPool, id: OfficeId) -> Result<Option<OfficeLine>, StoreError> {
    let row = sqlx::query_as!(
        OfficeRow,
        r#"SELECT id, session_id, name, seats, data AS "data: _", follows_event_id, created_by_user_id,
                  created_at, closed_at, closed_by_user_id, event_id
           FROM offices WHERE id = $1"#,
        id.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    let office = row.map(TryInto::try_into).transpose()?;
    Ok(lines(pool, office.into_iter().collect()).await?.into_iter().next())
}

pub(super) async fn office_of_nomination(
    pool: &PgPool,
    id: NominationId,
) -> Result<Option<OfficeId>, StoreError> {
    let found = sqlx::query_scalar!("SELECT office_id FROM nominations WHERE id = $1", id.get())
        .fetch_optional(pool)
        .await
        .map_err(failed)?;
    Ok(found.map(OfficeId::new))
}

/// The nominations of all these offices in one statement.
async fn lines(pool: &PgPool, offices: Vec<(Office, EventData)>) -> Result<Vec<OfficeLine>, StoreError> {
    let ids: Vec<i32> = offices.iter().map(|(office, _)| office.id.get()).collect();
    let rows = sqlx::query!(
        "SELECT n.id, n.office_id, n.candidate_user_id, n.nominated_by_user_id, n.nominated_at, n.accepted,
                n.answered_at, n.answered_by_user_id, n.statement, n.option, n.left_out,
                c.name AS candidate_name, c.andrew_id AS candidate_andrew_id, c.created_at AS candidate_since,
                b.name AS by_name, b.andrew_id AS by_andrew_id, b.created_at AS by_since
         FROM nominations n
         JOIN users c ON c.id = n.candidate_user_id
         JOIN users b ON b.id = n.nominated_by_user_id
         WHERE n.office_id = ANY ($1)
         ORDER BY n.id",
        &ids,
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let mut found: HashMap<OfficeId, Vec<NominationLine>> = HashMap::new();
    for row in rows {
        let candidate = UserRow {
            id: row.candidate_user_id,
            name: row.candidate_name,
            andrew_id: row.candidate_andrew_id,
            created_at: row.candidate_since,
        };
        let nominated_by = UserRow {
            id: row.nominated_by_user_id,
            name: row.by_name,
            andrew_id: row.by_andrew_id,
            created_at: row.by_since,
        };
        let nomination = NominationRow {
            id: row.id,
            office_id: row.office_id,
            candidate_user_id: row.candidate_user_id,
            nominated_by_user_id: row.nominated_by_user_id,
            nominated_at: row.nominated_at,
            accepted: row.accepted,
            answered_at: row.answered_at,
            answered_by_user_id: row.answered_by_user_id,
            statement: row.statement,
            option: row.option,
            left_out: row.left_out,
        };
        found.entry(OfficeId::new(row.office_id)).or_default().push(NominationLine {
            nomination: nomination.try_into()?,
            candidate: candidate.try_into()?,
            nominated_by: nominated_by.try_into()?,
        });
    }
    let line = |(office, data): (Office, EventData)| {
        let nominations = found.remove(&office.id).unwrap_or_default();
        OfficeLine { office, data, nominations }
    };
    Ok(offices.into_iter().map(line).collect())
}

pub(super) async fn candidates(pool: &PgPool, id: EventId) -> Result<Vec<CandidateLine>, StoreError> {
    // A runoff has the candidates of the election it follows.
    let rows = sqlx::query!(
        r#"WITH RECURSIVE line (id, follows, depth) AS (
               SELECT id, (data ->> 'follows_event_id')::integer, 0 FROM events WHERE id = $1
               UNION ALL
               SELECT e.id, (e.data ->> 'follows_event_id')::integer, line.depth + 1
               FROM line
               JOIN events e ON e.id = line.follows
               WHERE NOT EXISTS (SELECT FROM offices WHERE event_id = line.id)),
           found AS (
               SELECT o.id FROM line JOIN offices o ON o.event_id = line.id ORDER BY line.depth LIMIT 1)
           SELECT n.id, n.office_id, n.option AS "option!", n.statement,
                  n.candidate_user_id, c.name AS candidate_name, c.andrew_id AS candidate_andrew_id,
                  c.created_at AS candidate_since,
                  n.nominated_by_user_id, b.name AS by_name, b.andrew_id AS by_andrew_id, b.created_at AS by_since
           FROM nominations n
           JOIN users c ON c.id = n.candidate_user_id
           JOIN users b ON b.id = n.nominated_by_user_id
           WHERE n.office_id = (SELECT id FROM found) AND n.option IS NOT NULL
           ORDER BY n.nominated_at, n.id"#,
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|row| Row {
            id: row.id,
            office_id: row.office_id,
            option: row.option,
            statement: row.statement,
            candidate: UserRow {
                id: row.candidate_user_id,
                name: row.candidate_name,
                andrew_id: row.candidate_andrew_id,
                created_at: row.candidate_since,
            },
            by: UserRow {
                id: row.nominated_by_user_id,
                name: row.by_name,
                andrew_id: row.by_andrew_id,
                created_at: row.by_since,
            },
        })
        .map(TryInto::try_into)
        .collect()
}

/// A candidate as the statement finds them.
struct Row {
    id: i32,
    office_id: i32,
    option: String,
    statement: Option<String>,
    candidate: UserRow,
    by: UserRow,
}

impl TryFrom<Row> for CandidateLine {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("nominations", column, row.id);
        let statement = row.statement.as_deref().map(Statement::parse).transpose();
        Ok(Self {
            office_id: OfficeId::new(row.office_id),
            option: cell("option").check(OptionLabel::parse(&row.option))?,
            statement: cell("statement").check(statement)?,
            user: row.candidate.try_into()?,
            nominated_by: row.by.try_into()?,
        })
    }
}
