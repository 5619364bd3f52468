//! What can go wrong between the application and its store.

/// A rule that the store itself enforces, named so that a use case can answer for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// A join code is in use by a sitting that is not closed.
    JoinCode,
    /// One own instance per person and sitting.
    OwnInstance,
    /// One standing mandate per principal and sitting.
    Mandate,
    /// One presence check at a time in a sitting.
    PresenceCheck,
    /// One vote per event and vote instance.
    VotePerInstance,
    /// One vote per event and principal.
    VotePerPrincipal,
    /// A login name belongs to one person.
    AndrewId,
    /// A provider's subject belongs to one person.
    OidcSubject,
    /// One membership per person and organization.
    Membership,
    /// An API client's name in an organization.
    ClientName,
    /// An API client has no vote.
    ClientNeverVotes,
    /// A member's number in an organization.
    MemberNumber,
    /// A committee's name in an organization.
    CommitteeName,
    /// The same role, in the same scope, is held once by a person.
    RoleGrant,
    /// The same role, in the same scope, is promised once to somebody.
    PendingRole,
    /// A person is nominated once for an office.
    Nomination,
}

/// A failure of the store.
///
/// The `Display` text is for logs and never holds personal data, parameters or secrets.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A uniqueness rule said no.
    #[error("the constraint {0:?} was violated")]
    Violated(Constraint),
    /// A foreign key said no: a row that is still referred to cannot go, and one that refers to nothing
    /// cannot come.
    #[error("the row is still referred to ({constraint})")]
    Referenced {
        /// Name of the foreign key.
        constraint: String,
    },
    /// Serialization failure or deadlock: the whole transaction may be tried again.
    #[error("the transaction has to be tried again")]
    Retry,
    /// No connection, or none in time.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// It is unknown whether the commit took place.
    #[error("the outcome of the commit is unknown: {0}")]
    UnknownOutcome(String),
    /// A stored value that cannot be.
    #[error("corrupt value in {table}.{column}, row {row}: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: i64,
        /// What is wrong with it.
        reason: String,
    },
    /// A statement changed another number of rows than it must.
    #[error("{statement} changed {changed} rows instead of {expected}")]
    RowCount {
        /// Which statement.
        statement: &'static str,
        /// Rows it had to change.
        expected: u64,
        /// Rows it changed.
        changed: u64,
    },
    /// Anything else, for the log.
    #[error("the database refused: {0}")]
    Other(String),
}

impl StoreError {
    /// Whether the same transaction may simply be run again.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Retry)
    }
}
