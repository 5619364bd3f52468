//! From what the driver reports to what the ports know.
//!
//! Nothing a person typed gets into these texts: PostgreSQL quotes values in the messages of some
//! errors and in the details of most, so only codes and names of the schema are taken over.

use plenum_ports::{Constraint, StoreError};
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// The rules of the schema that the application answers for, by name.
const CONSTRAINTS: [(&str, Constraint); 15] = [
    ("sessions_join_code_key", Constraint::JoinCode),
    ("user_sessions_own_key", Constraint::OwnInstance),
    ("proxies_standing_key", Constraint::Mandate),
    ("presence_checks_running_key", Constraint::PresenceCheck),
    ("votes_event_user_session_key", Constraint::VotePerInstance),
    ("votes_event_principal_key", Constraint::VotePerPrincipal),
    ("users_andrew_id_key", Constraint::AndrewId),
    ("users_oidc_subject_key", Constraint::OidcSubject),
    ("organization_members_pkey", Constraint::Membership),
    ("committees_name_key", Constraint::CommitteeName),
    ("api_clients_name_key", Constraint::ClientName),
    ("organization_members_number_key", Constraint::MemberNumber),
    ("roles_live_key", Constraint::RoleGrant),
    ("pending_roles_live_key", Constraint::PendingRole),
    ("nominations_candidate_key", Constraint::Nomination),
];

/// What the failure of a statement means.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) => match error.try_downcast::<PgDatabaseError>() {
            Ok(error) => refused(&error),
            Err(_) => StoreError::Other("an error that is none of PostgreSQL's".to_owned()),
        },
        sqlx::Error::Io(error) => StoreError::Unavailable(format!("the connection broke: {}", error.kind())),
        sqlx::Error::Tls(error) => StoreError::Unavailable(format!("no secure connection: {error}")),
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("every connection is busy".to_owned()),
        sqlx::Error::PoolClosed => StoreError::Unavailable("the pool is closed".to_owned()),
        sqlx::Error::WorkerCrashed => StoreError::Unavailable("the driver's worker is gone".to_owned()),
        // What comes after a column's number may quote its content.
        sqlx::Error::ColumnDecode { index, .. } => {
            StoreError::Other(format!("column {index} cannot be decoded"))
        }
        sqlx::Error::Decode(_) => StoreError::Other("a value cannot be decoded".to_owned()),
        sqlx::Error::Encode(_) => StoreError::Other("a parameter cannot be encoded".to_owned()),
        error => StoreError::Other(error.to_string()),
    }
}

/// What the failure of a `COMMIT` means.
///
/// Once it is sent, only an answer that ends the transaction and not the connection tells that
/// nothing was written.
pub(crate) fn commit_failed(error: sqlx::Error) -> StoreError {
    let fatal = match &error {
        sqlx::Error::Database(error) => {
            let severity = error.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity);
            severity.is_none_or(|severity| matches!(severity, PgSeverity::Fatal | PgSeverity::Panic))
        }
        _ => true,
    };
    match failed(error) {
        StoreError::Unavailable(reason) | StoreError::Other(reason) if fatal => {
            StoreError::UnknownOutcome(reason)
        }
        known => known,
    }
}

fn refused(error: &PgDatabaseError) -> StoreError {
    match (error.code(), error.constraint()) {
        ("23505", Some(name)) => {
            let known = CONSTRAINTS.iter().find(|(constraint, _)| *constraint == name);
            known.map_or_else(|| other(error), |(_, constraint)| StoreError::Violated(*constraint))
        }
        // Newer servers tell a restricting foreign key (23001) from a missing parent (23503).
        // Refused by a trigger, which cannot be unique.
        ("23514", Some("clients_never_vote")) => StoreError::Violated(Constraint::ClientNeverVotes),
        ("23503" | "23001", Some(name)) => StoreError::Referenced { constraint: name.to_owned() },
        ("40001" | "40P01", _) => StoreError::Retry,
        (code, _) => match unavailable(code) {
            Some(reason) => StoreError::Unavailable(format!("{reason} (SQLSTATE {code})")),
            None => other(error),
        },
    }
}

/// Why nothing can be had of the server at present, when the code says that it is so.
fn unavailable(code: &str) -> Option<&'static str> {
    let reason = match code {
        "57P01" | "57P02" | "57P03" => "the server is starting, stopping or recovering",
        "57P04" | "3D000" => "the database is not there",
        "57P05" | "25P03" => "the connection was idle for too long and ended",
        "57014" => "the statement took too long",
        "55P03" => "a lock was held for too long",
        "53300" => "the server has too many connections",
        "53100" => "the server's disk is full",
        "53200" | "53400" | "53000" => "the server has run out of resources",
        "25006" => "the server takes no writes",
        _ => match code.get(..2) {
            Some("08") => "the connection failed",
            Some("28") => "the server does not let this program in",
            Some("58") => "the server's system failed",
            _ => return None,
        },
    };
    Some(reason)
}

/// For the log: which rule of which table.
fn other(error: &PgDatabaseError) -> StoreError {
    use std::fmt::Write;
    let mut text = format!("SQLSTATE {}", error.code());
    for (word, name) in
        [("constraint", error.constraint()), ("table", error.table()), ("column", error.column())]
    {
        if let Some(name) = name {
            let _ = write!(text, ", {word} {name}");
        }
    }
    // The classes whose messages speak of the schema and of the statement, never of a value.
    let plain = ["0A", "23", "25", "3D", "42", "XX"].iter().any(|class| error.code().starts_with(class));
    if plain {
        let _ = write!(text, ": {}", error.message());
    }
    StoreError::Other(text)
}

/// Passes when a statement changed as many rows as it must.
///
/// # Errors
/// [`StoreError::RowCount`] otherwise.
pub(crate) fn expect_rows(statement: &'static str, expected: u64, changed: u64) -> Result<(), StoreError> {
    if changed == expected { Ok(()) } else { Err(StoreError::RowCount { statement, expected, changed }) }
}
