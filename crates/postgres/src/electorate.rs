//! Who may vote in a sitting, for transactions and for read models alike.

use std::collections::BTreeSet;

use plenum_domain::id::{CommitteeId, EventId, SessionId, UserId};
use plenum_domain::rules::{Electorate, Voters};
use plenum_ports::StoreError;
use sqlx::PgConnection;

use crate::error::failed;

/// What was said, or in a sitting of a committee its members, with the people that this means now.
pub(crate) async fn of(
    connection: &mut PgConnection,
    said: &Voters,
    session: SessionId,
    event: Option<EventId>,
) -> Result<Electorate, StoreError> {
    let committee = sqlx::query_scalar!("SELECT committee_id FROM sessions WHERE id = $1", session.get())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?
        .flatten();
    let voters = said.clone().in_sitting(committee.map(CommitteeId::new));
    let named = match &voters {
        Voters::Members | Voters::List(_) => Vec::new(),
        Voters::Committee { id, with_parts } => sqlx::query_scalar!(
            "SELECT DISTINCT m.user_id
             FROM sessions s
             JOIN committees c ON c.organization_id = s.organization_id AND c.deleted_at IS NULL
             JOIN committee_members m ON m.committee_id = c.id AND m.user_role <> 'observer'
             WHERE s.id = $1 AND (c.id = $2 OR ($3 AND c.id = ANY (committee_tree($2))))",
            session.get(),
            id.get(),
            with_parts,
        )
        .fetch_all(connection)
        .await
        .map_err(failed)?,
        // Grants for the whole server are left out: who runs it votes nowhere by that.
        Voters::Role(role) => sqlx::query_scalar!(
            r#"SELECT r.user_id AS "user_id!"
               FROM sessions s
               JOIN roles r ON r.organization_id = s.organization_id OR r.session_id = s.id
                            OR r.event_id = $2 OR r.committee_id = ANY (committee_line(s.committee_id))
               JOIN users u ON u.id = r.user_id AND NOT u.is_client
               WHERE s.id = $1 AND r.role = $3 AND r.deleted_at IS NULL
               UNION
               SELECT m.user_id
               FROM sessions s
               JOIN committee_members m ON m.committee_id = ANY (committee_line(s.committee_id))
               WHERE s.id = $1 AND CASE m.user_role WHEN 'member' THEN 'voting_member' ELSE m.user_role END = $3"#,
            session.get(),
            event.map(EventId::get),
            role.as_str(),
        )
        .fetch_all(connection)
        .await
        .map_err(failed)?,
    };
    let named: BTreeSet<UserId> = named.into_iter().map(UserId::new).collect();
    Ok(Electorate { voters, named })
}
