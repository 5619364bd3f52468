//! Which server the tests run on.

use std::env;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Mutex;

use super::container::Container;
use super::{TestDatabaseError, URL_VARIABLE, template};
use crate::cluster::{Cluster, ClusterError, ClusterOptions, Durability};

/// Enough for many test processes side by side.
pub(super) const MAX_CONNECTIONS: u16 = 300;

/// The server of this process. Weak: statics are never dropped, and the last test must let go.
static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());

/// A server with databases for tests.
#[derive(Debug)]
pub(super) struct Server {
    admin: PgConnectOptions,
    _keep: Keep,
}

/// What keeps the server up.
#[derive(Debug)]
enum Keep {
    /// Somebody else does.
    Others,
    Cluster {
        _cluster: Cluster,
    },
    Container {
        _container: Container,
    },
}

impl Server {
    /// How to connect to its administrative database.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.admin.clone()
    }

    pub(super) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.admin).await
    }
}

/// The server this process uses, found or started when nobody holds it yet.
pub(super) async fn shared() -> Result<Arc<Server>, TestDatabaseError> {
    let mut shared = SHARED.lock().await;
    if let Some(server) = shared.upgrade() {
        return Ok(server);
    }
    let server = Arc::new(find().await?);
    template::sweep(&server).await?;
    *shared = Arc::downgrade(&server);
    Ok(server)
}

async fn find() -> Result<Server, TestDatabaseError> {
    if let Some(url) = env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty()) {
        return Ok(Server { admin: quiet(url.parse()?), _keep: Keep::Others });
    }
    let options =
        ClusterOptions::new(folder()).max_connections(MAX_CONNECTIONS).durability(Durability::Throwaway);
    match Cluster::start(&options).await {
        Ok(cluster) => Ok(Server {
            admin: quiet(cluster.connect_options("postgres")),
            _keep: Keep::Cluster { _cluster: cluster },
        }),
        Err(missing @ ClusterError::NotInstalled { .. }) => match Container::start().await {
            Ok((container, options)) => {
                Ok(Server { admin: quiet(options), _keep: Keep::Container { _container: container } })
            }
            Err(docker) => Err(TestDatabaseError::Container { missing, docker }),
        },
        Err(error) => Err(error.into()),
    }
}

/// Making and dropping databases takes longer than a usual statement, and is no news.
fn quiet(options: PgConnectOptions) -> PgConnectOptions {
    options.disable_statement_logging()
}

/// In the build folder of this checkout, one per user: another user's would be closed to us.
fn folder() -> PathBuf {
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    folder.pop();
    folder.pop();
    let user = rustix::process::geteuid().as_raw();
    folder.join("target").join(format!("test-cluster-{user}"))
}
