//! Joining the server of a cluster, or starting it, and proving that it answers.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};

use super::error::{ClusterError, Context};
use super::home::{self, Home};
use super::locks::Gate;
use super::process::{self, Found};
use super::user::Runner;
use super::{ClusterOptions, Durability, MAINTENANCE_DATABASE, Origin, SUPERUSER, locate, server};

/// One attempt at a query while waiting for the server.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Everything needed to start a server.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) home: Home,
    runner: Runner,
    pub(super) options: ClusterOptions,
}

impl Site {
    pub(super) fn open(options: ClusterOptions) -> Result<Self, ClusterError> {
        let (home, runner) = Home::open(&options.data_folder)?;
        Ok(Self { home, runner, options })
    }

    /// Whoever holds the gate may be waiting for the server with as much patience.
    pub(super) fn enter_gate(&self, patience: Duration) -> Result<Gate, ClusterError> {
        Gate::enter(&self.home, patience * 2)
    }

    /// With the gate held: joins the server that runs, or starts one.
    pub(super) fn bring_up(&self) -> Result<(PathBuf, Origin), ClusterError> {
        self.check_durability()?;
        if let Some(socket_folder) = self.join()? {
            return Ok((socket_folder, Origin::Joined));
        }
        let error = match self.start() {
            Ok(socket_folder) => return Ok((socket_folder, Origin::Started)),
            Err(error) => error,
        };
        // A start whose owner was killed in the middle of it may have become visible only now, and
        // then PostgreSQL has refused a second server. The one that runs is as good.
        if let Some(socket_folder) = self.join()? {
            return Ok((socket_folder, Origin::Joined));
        }
        if !self.may_start_over(&error) {
            return Err(error);
        }
        let data = self.home.data();
        tracing::warn!(%error, folder = %data.display(), "making the test cluster anew");
        std::fs::remove_dir_all(&data).context("remove", &data)?;
        Ok((self.start()?, Origin::Started))
    }

    fn check_durability(&self) -> Result<(), ClusterError> {
        if !self.home.data().exists() {
            return Ok(());
        }
        let made =
            if self.home.throwaway_mark().exists() { Durability::Throwaway } else { Durability::Durable };
        let asked = self.options.durability;
        if made == asked {
            return Ok(());
        }
        Err(ClusterError::OtherDurability { folder: self.home.folder().to_owned(), made, asked })
    }

    /// A throwaway cluster is not worth a repair.
    fn may_start_over(&self, error: &ClusterError) -> bool {
        self.options.durability == Durability::Throwaway
            && self.home.throwaway_mark().exists()
            && matches!(error, ClusterError::ServerEnded { .. } | ClusterError::OtherMajor { .. })
    }

    /// Waits for a living server to answer. `None` when there is none, or it ends meanwhile.
    fn join(&self) -> Result<Option<PathBuf>, ClusterError> {
        let mut wait = Wait::new(self);
        loop {
            match process::find(&self.home)? {
                Found::Nothing => return Ok(None),
                Found::Others(_) => process::wait_out_orphans(&self.home)?,
                Found::Server(file) => {
                    if let Some(socket_folder) = file.socket_folder
                        && wait.answers(&socket_folder)?
                    {
                        return Ok(Some(socket_folder));
                    }
                }
            }
            wait.pause()?;
        }
    }

    fn start(&self) -> Result<PathBuf, ClusterError> {
        let (home, runner) = (&self.home, &self.runner);
        let search = match &self.options.search_path {
            Some(folders) => folders.clone(),
            None => locate::usual_search_path(),
        };
        let data = home.data();
        let major = server::cluster_major(home)?;
        if major.is_none() && data.exists() {
            return Err(ClusterError::FolderUnusable {
                folder: data,
                reason: "it exists and holds no PostgreSQL cluster. Restore it, or move it away \
                         to start afresh."
                    .into(),
            });
        }
        let programs = locate::find(&search, runner, major.map(|major| (major, data.as_path())))?;
        if major.is_none() {
            server::initialize(home, runner, &programs, &self.options)?;
        }
        let socket_folder = home.socket_folder(runner)?;
        process::clear_remains(home, &socket_folder)?;
        let launched = server::launch(home, runner, &programs, &self.options, &socket_folder)?;
        let mut wait = Wait::new(self);
        loop {
            launched.check()?;
            if wait.answers(&socket_folder)? {
                return Ok(socket_folder);
            }
            wait.pause()?;
        }
    }
}

/// Asking the server until it answers.
struct Wait<'site> {
    site: &'site Site,
    began: Instant,
    last: String,
}

impl<'site> Wait<'site> {
    fn new(site: &'site Site) -> Self {
        Self { site, began: Instant::now(), last: "no attempt yet".into() }
    }

    /// "ready" in the pid file comes before sessions are let in, so only an answer is proof.
    fn answers(&mut self, socket_folder: &Path) -> Result<bool, ClusterError> {
        if !home::socket_file(socket_folder).exists() {
            "its socket is not there".clone_into(&mut self.last);
            return Ok(false);
        }
        match ask(&connect_options(socket_folder, MAINTENANCE_DATABASE)) {
            Ok(durable) if durable || self.site.options.durability == Durability::Throwaway => Ok(true),
            Ok(_) => Err(ClusterError::OtherDurability {
                folder: self.site.home.folder().to_owned(),
                made: Durability::Throwaway,
                asked: Durability::Durable,
            }),
            Err(error) => {
                self.last = error;
                Ok(false)
            }
        }
    }

    fn pause(&self) -> Result<(), ClusterError> {
        let patience = self.site.options.patience;
        if self.began.elapsed() > patience {
            return Err(ClusterError::NotReady {
                folder: self.site.home.folder().to_owned(),
                seconds: patience.as_secs(),
                log: self.site.home.log(),
                last: self.last.clone(),
            });
        }
        thread::sleep(process::POLL);
        Ok(())
    }
}

/// One query, which also tells whether the server keeps what it acknowledges.
fn ask(options: &PgConnectOptions) -> Result<bool, String> {
    // A small runtime of its own: the caller's may be ending while this thread still works.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let answer = async {
        let mut connection = PgConnection::connect_with(options).await?;
        let durable: bool = sqlx::query_scalar(
            "SELECT bool_and(current_setting(name) = 'on')
             FROM unnest(ARRAY['fsync', 'synchronous_commit', 'full_page_writes']) AS name",
        )
        .fetch_one(&mut connection)
        .await?;
        connection.close().await?;
        Ok::<bool, sqlx::Error>(durable)
    };
    let answer = runtime.block_on(async { tokio::time::timeout(ATTEMPT, answer).await });
    match answer {
        Ok(Ok(durable)) => Ok(durable),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it took the connection and did not answer".into()),
    }
}

pub(super) fn connect_options(socket_folder: &Path, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_folder)
        .port(home::PORT)
        .username(SUPERUSER)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}
