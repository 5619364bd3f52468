//! A private PostgreSQL cluster for a machine without a configured database.
//!
//! [`Cluster::start`] makes the cluster's files on first use, starts its server or joins the one
//! that runs, and returns when a query has been answered. Any number of processes may use one data
//! folder at a time; the last to leave stops the server. A process or a server that was killed
//! leaves nothing that keeps the next start from working, and loses nothing that was committed.
//!
//! The server is reached through a unix socket that only its own account and root may open. It
//! runs with every durable setting on and writes no statement, no parameter and no value into its
//! log. As root, PostgreSQL's programs run as the user `postgres`, or `nobody` where there is none.
//!
//! The files, in the data folder or where its file `location` points:
//!
//! | name | what |
//! |---|---|
//! | `data` | PostgreSQL's own files |
//! | `run` | the socket, unless its path would be too long |
//! | `start.lock`, `users.lock` | who starts and stops, and who uses it |
//! | `server.log` | what the server says |
//! | `throwaway` | present in clusters made for tests |

mod error;
mod home;
mod locate;
mod locks;
mod process;
mod server;
mod site;
mod user;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};

pub use error::ClusterError;
#[cfg(feature = "testing")]
pub(crate) use home::stable_hash;

use locks::Share;
use site::{Site, connect_options};

/// The only role of a fresh cluster, and the one connections use.
const SUPERUSER: &str = "plenum";
/// The database every cluster has.
const MAINTENANCE_DATABASE: &str = "postgres";
/// How long a stop may take when nobody can be told that it failed.
const DROP_PATIENCE: Duration = Duration::from_secs(10);

/// Whether what is committed survives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Everything acknowledged is on disk. For everything but tests.
    Durable,
    /// Fast, and lost when the machine crashes. Only for tests that do not test durability. A
    /// cluster made so is never opened as a durable one, nor the other way round, and is made anew
    /// when it cannot be started.
    Throwaway,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Durable => "durable",
            Self::Throwaway => "throwaway",
        })
    }
}

/// What kind of cluster to start, and where.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    data_folder: PathBuf,
    max_connections: u16,
    durability: Durability,
    search_path: Option<Vec<PathBuf>>,
    patience: Duration,
}

impl ClusterOptions {
    /// A durable cluster for up to 100 connections in this folder, which is made if missing.
    pub fn new(data_folder: impl Into<PathBuf>) -> Self {
        Self {
            data_folder: data_folder.into(),
            max_connections: 100,
            durability: Durability::Durable,
            search_path: None,
            patience: Duration::from_mins(1),
        }
    }

    /// The most connections at a time. Takes effect when the server is started, not when it is
    /// joined.
    #[must_use]
    pub fn max_connections(mut self, connections: u16) -> Self {
        self.max_connections = connections;
        self
    }

    /// Whether what is committed survives a crash of the machine.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Looks for PostgreSQL's programs in these folders only, instead of on `PATH` and in the
    /// usual places.
    #[must_use]
    pub fn search_path(mut self, folders: Vec<PathBuf>) -> Self {
        self.search_path = Some(folders);
        self
    }

    /// How long to wait for the server to answer or to stop; a minute unless said otherwise.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// How a process came by a running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It started it.
    Started,
    /// The server was running already.
    Joined,
}

/// What leaving a cluster did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Nobody else used it: the server was stopped.
    Stopped,
    /// Others use it: the server runs on.
    StillUsed,
}

/// One user's hold on a running cluster. Leaving it, by [`Cluster::stop`] or by dropping it, stops
/// the server if nobody else holds it.
#[derive(Debug)]
pub struct Cluster {
    site: Site,
    socket_folder: PathBuf,
    origin: Origin,
    share: Option<Share>,
}

impl Cluster {
    /// Starts the server or joins the one that runs. When this returns, a query has been answered.
    ///
    /// # Errors
    ///
    /// Each error says what a person can do about it; see [`ClusterError`].
    pub async fn start(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let options = options.clone();
        in_background(move || Self::start_blocking(options)).await
    }

    fn start_blocking(options: ClusterOptions) -> Result<Self, ClusterError> {
        let site = Site::open(options)?;
        let gate = site.enter_gate(site.options.patience)?;
        let share = Share::take(&site.home, &gate)?;
        match site.bring_up() {
            Ok((socket_folder, origin)) => Ok(Self { site, socket_folder, origin, share: Some(share) }),
            Err(error) => {
                // A server that was started but never answered must not be left behind.
                if share.leave(&site.home, &gate).unwrap_or(false) {
                    let _ = process::stop(&site.home, DROP_PATIENCE);
                }
                Err(error)
            }
        }
    }

    /// How to connect to a database of this cluster.
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        connect_options(&self.socket_folder, database)
    }

    /// Makes a database unless it is there.
    ///
    /// # Errors
    ///
    /// If the name needs quoting or the server refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<(), ClusterError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
            return Err(ClusterError::DatabaseName(name.to_owned()));
        }
        let options = self.connect_options(MAINTENANCE_DATABASE);
        let mut connection = PgConnection::connect_with(&options).await?;
        let present: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        if !present {
            let statement = format!("CREATE DATABASE \"{name}\"");
            let made = sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await;
            match made {
                Ok(_) => {}
                // Another process was faster: either the name is taken now, or it was while the
                // server wrote its own entry.
                Err(error) if code_of(&error).is_some_and(|c| c == "42P04" || c == "23505") => {}
                Err(error) => return Err(error.into()),
            }
        }
        connection.close().await?;
        Ok(())
    }

    /// Makes sure that the server runs, and starts it again if it has died since. Connections that
    /// were open then are lost; the socket stays where it was.
    ///
    /// # Errors
    ///
    /// As for [`Cluster::start`].
    pub async fn revive(&self) -> Result<Origin, ClusterError> {
        let site = self.site.clone();
        in_background(move || {
            let _gate = site.enter_gate(site.options.patience)?;
            site.bring_up().map(|(_, origin)| origin)
        })
        .await
    }

    /// Whether this process started the server or joined it.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The folder that really holds the cluster's files.
    pub fn folder(&self) -> &Path {
        self.site.home.folder()
    }

    /// The server's log.
    pub fn log_file(&self) -> PathBuf {
        self.site.home.log()
    }

    /// The number of the server's first process.
    ///
    /// # Errors
    ///
    /// If its pid file cannot be read.
    pub fn server_pid(&self) -> Result<Option<u32>, ClusterError> {
        let file = process::read_pid_file(&self.site.home)?;
        Ok(file.and_then(|file| file.pid.try_into().ok()))
    }

    /// Leaves the cluster, and stops the server if nobody else uses it. Open sessions are ended.
    ///
    /// # Errors
    ///
    /// If the server does not stop.
    pub async fn stop(mut self) -> Result<Departure, ClusterError> {
        in_background(move || {
            let patience = self.site.options.patience;
            self.leave(patience)
        })
        .await
    }

    fn leave(&mut self, patience: Duration) -> Result<Departure, ClusterError> {
        let Some(share) = self.share.take() else {
            return Ok(Departure::StillUsed);
        };
        let home = &self.site.home;
        let gate = self.site.enter_gate(patience)?;
        if share.leave(home, &gate)? {
            process::stop(home, patience)?;
            home.forget_socket_folder(&self.socket_folder);
            Ok(Departure::Stopped)
        } else {
            Ok(Departure::StillUsed)
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.leave(DROP_PATIENCE) {
            tracing::warn!(%error, "the private database server was not stopped");
        }
    }
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Files, locks and processes are waited for on a thread that may block.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ClusterError::Interrupted),
        },
    }
}
