//! Real databases for tests: each test gets its own, made in a moment.
//!
//! A template database is migrated once and cloned for every [`TestDatabase`]. Its name carries a
//! hash of the migrations, so a changed migration makes a new one.
//!
//! The server is, in this order:
//!
//! 1. the one named by `PLENUM_TEST_DATABASE_URL`, whose role must be allowed to create databases;
//! 2. a private cluster in the build folder, shared by all test processes of this user. It is not
//!    durable: what tests durability starts a [`Cluster`](crate::cluster::Cluster) of its own;
//! 3. a container, where PostgreSQL is not installed and Docker is.
//!
//! Each process joins the shared cluster with its first database and leaves it with its last, and
//! the last process to leave stops the server. A run of many processes therefore wants somebody
//! who stays for all of it:
//!
//! ```no_run
//! # async fn run() -> Result<(), plenum_postgres::testing::TestDatabaseError> {
//! let hold = plenum_postgres::testing::hold().await?;
//! let status = std::process::Command::new("cargo")
//!     .args(["test", "--workspace"])
//!     .env(plenum_postgres::testing::URL_VARIABLE, hold.url())
//!     .status();
//! drop(hold);
//! # let _ = status;
//! # Ok(())
//! # }
//! ```
//!
//! With the variable set, the test processes share the holder's server whatever it is, and a
//! container is started once and not once per process.

mod container;
mod server;
mod template;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::cluster::ClusterError;
use server::Server;

/// The variable that names the server to test on, as a URL with a role that may create databases.
pub const URL_VARIABLE: &str = "PLENUM_TEST_DATABASE_URL";

/// What a test's own pool may open. The shared server takes 300 in all.
const POOL_SIZE: u32 = 10;
const PATIENCE: Duration = Duration::from_mins(1);
const CLOSING: Duration = Duration::from_millis(50);

/// Why there is no database to test on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestDatabaseError {
    /// The shared cluster cannot be started.
    #[error("no server to test on: {0}")]
    Cluster(#[from] ClusterError),
    /// PostgreSQL is not installed, and a container could not be started either.
    #[error(
        "no server to test on: {missing} A container could not be started either: {docker}. A \
         server that runs already is named in {URL_VARIABLE}."
    )]
    Container {
        /// What is missing for a cluster.
        missing: ClusterError,
        /// What is missing for a container.
        docker: String,
    },
    /// The server refused.
    #[error("the test server refused: {0}")]
    Query(#[from] sqlx::Error),
    /// A migration failed.
    #[error("the template database could not be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// A database of one test's own, with every migration applied. Gone when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    options: PgConnectOptions,
    pool: PgPool,
    server: Arc<Server>,
}

impl TestDatabase {
    /// A fresh migrated database.
    ///
    /// # Panics
    ///
    /// When there is no server to test on; the message says what to do. [`TestDatabase::open`]
    /// returns an error instead.
    pub async fn new() -> Self {
        match Self::open().await {
            Ok(database) => database,
            Err(error) => panic!("{error}"),
        }
    }

    /// A fresh migrated database.
    ///
    /// # Errors
    ///
    /// When there is no server to test on, or a migration fails.
    pub async fn open() -> Result<Self, TestDatabaseError> {
        let server = server::shared().await?;
        let mut admin = server.connect().await?;
        let template = template::ensure(&server, &mut admin).await?;
        Self::create(server, admin, &template).await
    }

    /// A fresh database without a single table, for tests of the migrations themselves.
    ///
    /// # Errors
    ///
    /// When there is no server to test on.
    pub async fn open_empty() -> Result<Self, TestDatabaseError> {
        let server = server::shared().await?;
        let admin = server.connect().await?;
        Self::create(server, admin, "template1").await
    }

    async fn create(
        server: Arc<Server>,
        mut admin: PgConnection,
        template: &str,
    ) -> Result<Self, TestDatabaseError> {
        let name = template::fresh_name(&mut admin).await?;
        template::clone(&mut admin, &name, template).await?;
        admin.close().await?;
        let options = server.options().database(&name);
        let pool = PgPoolOptions::new()
            .max_connections(POOL_SIZE)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.clone());
        Ok(Self { name, options, pool, server })
    }

    /// A pool of up to ten connections.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// How to connect, for tests that want a pool of their own.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The same as a URL, for programs started by a test.
    pub fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (pool, name, admin) = (self.pool.clone(), self.name.clone(), self.server.options());
        // The test's runtime is in the middle of this very call, so another one does the work.
        // What goes wrong is left to the next sweep.
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                // A connection that a test still holds keeps the pool from closing. It is cut off.
                let _ = tokio::time::timeout(CLOSING, pool.close()).await;
                template::remove(&admin, &name).await
            })
        });
        let _ = worker.join();
    }
}

/// Keeps the server for tests up until it is dropped.
#[derive(Debug)]
pub struct Hold {
    server: Arc<Server>,
}

impl Hold {
    /// The server as a URL, to be handed to test processes in [`URL_VARIABLE`].
    pub fn url(&self) -> String {
        self.server.options().to_url_lossy().to_string()
    }
}

/// Starts the server for tests, prepares the template, and keeps the server up until the returned
/// value is dropped.
///
/// # Errors
///
/// When there is no server to test on, or a migration fails.
pub async fn hold() -> Result<Hold, TestDatabaseError> {
    let server = server::shared().await?;
    let mut admin = server.connect().await?;
    template::ensure(&server, &mut admin).await?;
    admin.close().await?;
    Ok(Hold { server })
}
