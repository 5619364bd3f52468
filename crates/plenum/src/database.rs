//! The database: the configured one, or the private cluster of a server for oneself.

use std::str::FromStr;

use plenum_postgres::cluster::{Cluster, ClusterOptions};
use plenum_postgres::migrate::MIGRATOR;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::config::Config;

/// The name of the private cluster's database.
const PRIVATE: &str = "plenum";

/// A reachable database, with the private cluster behind it where there is one.
pub struct Database {
    /// Connections.
    pub pool: PgPool,
    /// The private cluster; holding it keeps it running.
    pub cluster: Option<Cluster>,
}

/// Why the database is not there.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The private cluster does not start.
    #[error(transparent)]
    Cluster(#[from] plenum_postgres::cluster::ClusterError),
    /// The address is no address. It is not repeated: it may hold a password.
    #[error("database.url (DATABASE_URL) is no PostgreSQL address such as postgres://user@host/plenum")]
    Address,
    /// It cannot be reached.
    #[error("{0}. Check database.url (DATABASE_URL), and that the server runs and lets this user in")]
    Unreachable(plenum_ports::StoreError),
    /// The schema cannot be brought up to date.
    #[error("the database could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl Database {
    /// Connects; starts or joins the private cluster when none is configured.
    ///
    /// # Errors
    /// [`DatabaseError`] says what to do.
    pub async fn open(config: &Config) -> Result<Self, DatabaseError> {
        let (options, cluster) = if let Some(url) = &config.database.url {
            (PgConnectOptions::from_str(url.reveal()).map_err(|_| DatabaseError::Address)?, None)
        } else {
            let cluster = Cluster::start(&ClusterOptions::new(config.data_dir.join("postgres"))).await?;
            cluster.ensure_database(PRIVATE).await?;
            (cluster.connect_options(PRIVATE), Some(cluster))
        };
        let pool = plenum_postgres::connect(options, config.database.max_connections)
            .await
            .map_err(DatabaseError::Unreachable)?;
        Ok(Self { pool, cluster })
    }

    /// Brings the schema up to date; several servers starting at once wait for one another.
    ///
    /// # Errors
    /// [`DatabaseError::Migration`].
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        Ok(MIGRATOR.run(&self.pool).await?)
    }

    /// Closes the connections and leaves the private cluster; the last one out stops it.
    ///
    /// # Errors
    /// [`DatabaseError::Cluster`].
    pub async fn close(self) -> Result<(), DatabaseError> {
        self.pool.close().await;
        if let Some(cluster) = self.cluster {
            cluster.stop().await?;
        }
        Ok(())
    }
}
