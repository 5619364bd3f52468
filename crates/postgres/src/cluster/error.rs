//! What can go wrong with a private cluster, said so that a person knows what to do next.

use std::io;
use std::path::{Path, PathBuf};

use super::locate::MINIMUM_MAJOR;

/// Why a private cluster could not be started, joined or left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No `initdb` and `postgres` were found.
    #[error(
        "PostgreSQL is not installed on this machine. Install it with `{command}` and start again, \
         or set DATABASE_URL to a PostgreSQL server that already runs."
    )]
    NotInstalled {
        /// The one command that installs it here.
        command: String,
    },

    /// Programs were found, but none of them could be run.
    #[error(
        "PostgreSQL's programs were found but cannot be used: {reasons}. Install them with \
         `{command}`, or set DATABASE_URL to a PostgreSQL server that already runs."
    )]
    NotUsable {
        /// Each place and what is wrong with it.
        reasons: String,
        /// The one command that installs a usable version here.
        command: String,
    },

    /// The cluster was made by a version of PostgreSQL that is not installed.
    #[error(
        "the data in {} was made by PostgreSQL {cluster}, and only {found} is installed. Install \
         PostgreSQL {cluster} next to it, or move the data with pg_upgrade.",
        folder.display()
    )]
    OtherMajor {
        /// The folder that holds the data.
        folder: PathBuf,
        /// The major version that made it.
        cluster: u32,
        /// The versions that are installed.
        found: String,
    },

    /// Started as root on a machine with no account to run a database as.
    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor a \
         user `nobody`. Create one with `useradd --system postgres`, or start Plenum as an \
         ordinary user."
    )]
    NoUnprivilegedUser,

    /// The files belong to somebody else.
    #[error(
        "{} belongs to the user with the number {owner}. Start Plenum as that user or as root, or \
         choose another data folder.",
        folder.display()
    )]
    WrongOwner {
        /// The folder in question.
        folder: PathBuf,
        /// The numeric id of its owner.
        owner: u32,
    },

    /// A folder cannot be used, for the reason given.
    #[error("the folder {} cannot be used for the database: {reason}", folder.display())]
    FolderUnusable {
        /// The folder in question.
        folder: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },

    /// Durable and throwaway clusters are never opened as each other.
    #[error(
        "the database in {} was made {made}, and was asked to be opened as {asked}. Choose another \
         data folder.",
        folder.display()
    )]
    OtherDurability {
        /// The folder in question.
        folder: PathBuf,
        /// How it was made.
        made: super::Durability,
        /// How it was asked for.
        asked: super::Durability,
    },

    /// A server answers on the socket, but its process cannot be seen from here.
    #[error(
        "the database in {} is in use by a server that runs elsewhere, probably in another \
         container that shares this folder. Stop it there first, or choose another data folder.",
        folder.display()
    )]
    UsedElsewhere {
        /// The folder in question.
        folder: PathBuf,
    },

    /// Another process keeps the start gate.
    #[error(
        "another process has been starting or stopping the database in {} for more than {seconds} \
         seconds. See that it ends, then start again.",
        folder.display()
    )]
    Busy {
        /// The folder in question.
        folder: PathBuf,
        /// How long this process waited.
        seconds: u64,
    },

    /// `initdb` ended with an error.
    #[error("initdb could not make a database cluster in {}: {output}", folder.display())]
    Initdb {
        /// The folder it was to fill.
        folder: PathBuf,
        /// What it said.
        output: String,
    },

    /// The server process ended instead of becoming ready.
    #[error("PostgreSQL did not start ({status}). The end of {}: {tail}", log.display())]
    ServerEnded {
        /// How it ended.
        status: String,
        /// Where its log is.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },

    /// The server lives but does not answer.
    #[error(
        "PostgreSQL in {} did not answer a query within {seconds} seconds ({last}). Its log is {}.",
        folder.display(),
        log.display()
    )]
    NotReady {
        /// The folder in question.
        folder: PathBuf,
        /// How long this process waited.
        seconds: u64,
        /// Where the server's log is.
        log: PathBuf,
        /// The last refusal.
        last: String,
    },

    /// The server did not stop.
    #[error("PostgreSQL in {} did not stop within {seconds} seconds (process {pid})", folder.display())]
    NotStopped {
        /// The folder in question.
        folder: PathBuf,
        /// How long this process waited.
        seconds: u64,
        /// The process that is still there.
        pid: i32,
    },

    /// A database name with characters that would need quoting.
    #[error("`{0}` is no name for a database: use lower-case letters, digits and underscores")]
    DatabaseName(String),

    /// The running server refused a statement.
    #[error("the private PostgreSQL server refused: {0}")]
    Query(#[from] sqlx::Error),

    /// A file or a process could not be worked with.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The background thread was lost, because the runtime is ending.
    #[error("the runtime ended while the database was being started or stopped")]
    Interrupted,

    /// A version that lacks settings this cluster relies on.
    #[error(
        "PostgreSQL {found} is too old: Plenum needs version {MINIMUM_MAJOR} or later. Install it \
         with `{command}`."
    )]
    TooOld {
        /// The newest version that was found.
        found: u32,
        /// The one command that installs a newer one here.
        command: String,
    },
}

/// Names what was done to which path when an input or output error goes up.
pub(super) trait Context<T> {
    fn context(self, what: &'static str, path: &Path) -> Result<T, ClusterError>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: &'static str, path: &Path) -> Result<T, ClusterError> {
        self.map_err(|source| ClusterError::Io { what, path: path.to_owned(), source })
    }
}
