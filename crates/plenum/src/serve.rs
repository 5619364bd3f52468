//! The server: put together, started, and stopped without losing a request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use plenum_application::keys::KeysInHand;
use plenum_application::veil::Veil;
use plenum_application::{App, Env, Observer, Settings};
use plenum_domain::session::Session;
use plenum_http::{Allowance, HttpSettings, HttpState, LimitSettings, Live, Metrics};
use plenum_keys::HpkeSealing;
use plenum_oidc::DevelopmentProvider;
use plenum_ports::identity::IdentityProvider;
use plenum_ports::keys::KeyStore;
use plenum_postgres::{PgNotifier, PgQueries, PgStore};
use plenum_print::Press;
use plenum_record::note::LogKey;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::adapters::{SystemClock, SystemRandomness};
use crate::config::{Config, Limits};
use crate::database::{Database, DatabaseError};
use crate::identity::Identity;
use crate::{demo, keys, log_key, schedule};

/// How long requests under way may take at shutdown.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many ports after the usual one are tried when it is taken and nobody asked for it.
const OTHER_PORTS: u16 = 20;
const WATCH_EVERY: Duration = Duration::from_secs(2);

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}. Choose another with listen (PLENUM_LISTEN)")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The database is not there.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The sign-in provider is not configured rightly.
    #[error("sign-in: {0}")]
    Identity(String),
    /// Keys of secret votes cannot be kept.
    #[error("{0}")]
    Keys(String),
    /// The demonstration organization could not be made.
    #[error("the demonstration organization could not be made: {0}")]
    Demo(String),
    /// The key of the log is not there.
    #[error(transparent)]
    LogKey(#[from] log_key::LogKeyError),
    /// Serving ended with an error.
    #[error("the server stopped: {0}")]
    Serve(#[from] std::io::Error),
}

/// Puts the application together over a database.
pub fn assemble(
    pool: PgPool,
    keys: Arc<dyn KeyStore>,
    identity: Arc<dyn IdentityProvider>,
    observer: Arc<dyn Observer>,
    log_key: Arc<LogKey>,
    settings: Settings,
) -> App {
    App {
        store: Arc::new(PgStore::new(pool.clone())),
        queries: Arc::new(PgQueries::new(pool)),
        keys,
        identity,
        env: Env {
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            veil: Arc::new(Veil::draw(&SystemRandomness)),
            sealing: Arc::new(HpkeSealing),
            keys: KeysInHand::default(),
            log_key,
            settings,
            observer,
        },
    }
}

/// How often somebody may ask: ten seconds' worth at once.
fn limits(config: &Limits) -> LimitSettings {
    let allowance = |per_minute: u32| Allowance { burst: (per_minute / 6).max(1), per_minute };
    LimitSettings {
        trusted_proxies: config.trusted_proxies.clone(),
        token: allowance(config.token_per_minute),
        address: allowance(config.address_per_minute),
        ..LimitSettings::default()
    }
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The address people use.
    pub public_url: url::Url,
    /// The application behind it.
    pub app: App,
    /// The demonstration sitting, when this start made it.
    pub demo: Option<Session>,
    /// Whether the built-in sign-in is on.
    pub development: bool,
    provider: Option<DevelopmentProvider>,
    database: Arc<Database>,
    live: Arc<Live>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
    background: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts everything.
    ///
    /// # Errors
    /// [`ServeError`] says what to do.
    pub async fn start(mut config: Config) -> Result<Self, ServeError> {
        // Refused before anything is started: a mistake here must not leave a database behind.
        let development = config.development_sign_in().map_err(ServeError::Identity)?;
        let listener = listen(&config).await?;
        config.listen = listener.local_addr()?;
        let database = Database::open(&config).await?;
        match Self::start_on(&config, development, listener, database).await {
            Ok(server) => Ok(server),
            Err((error, database)) => {
                database.close().await?;
                Err(error)
            }
        }
    }

    async fn start_on(
        config: &Config,
        development: bool,
        listener: TcpListener,
        database: Database,
    ) -> Result<Self, (ServeError, Database)> {
        if let Err(error) = database.migrate().await {
            return Err((error.into(), database));
        }
        let people = if development { demo::people() } else { Vec::new() };
        let identity = match Identity::open(config, people, Arc::new(SystemClock)).await {
            Ok(identity) => identity,
            Err(error) => return Err((ServeError::Identity(error), database)),
        };
        let metrics = Arc::new(Metrics::new());
        let hour = |hours: u32| Duration::from_secs(u64::from(hours) * 3600);
        let settings = Settings {
            login_idle: hour(config.logins.idle_hours),
            login_absolute: hour(config.logins.absolute_hours),
            open_foundation: config.organizations.open_foundation,
            open_directory: config.organizations.open_directory.unwrap_or(development),
            ..Settings::default()
        };
        let observer: Arc<dyn Observer> = metrics.clone();
        let log_key = match log_key::open(config) {
            Ok(key) => Arc::new(key),
            Err(error) => return Err((error.into(), database)),
        };
        let keys = match keys::open(config) {
            Ok(keys) => Arc::new(keys),
            Err(error) => return Err((ServeError::Keys(error), database)),
        };
        let app = assemble(database.pool.clone(), keys, identity.provider, observer, log_key, settings);
        let demo = match first_demo(&app, &database, development).await {
            Ok(demo) => demo,
            Err(error) => return Err((ServeError::Demo(error), database)),
        };
        let (stop, stopped) = watch::channel(false);
        let http = Arc::new(HttpSettings {
            limits: limits(&config.limits),
            ..HttpSettings::new(config.public_url())
        });
        let press = Arc::new(Press::new(config.font_folders()));
        let live = Live::start(app.clone(), Arc::new(PgNotifier::new(database.pool.clone())));
        let router = plenum_http::router(HttpState {
            app: app.clone(),
            live: Arc::clone(&live),
            settings: http,
            press,
            metrics,
        });
        let address = config.listen;
        let mut until = stopped.clone();
        let serving = tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service)
                .with_graceful_shutdown(async move {
                    // An error means that the server was dropped, which stops it too.
                    let _ = until.changed().await;
                })
                .await
        });
        let database = Arc::new(database);
        let background = vec![
            tokio::spawn(schedule::run(app.clone(), stopped.clone())),
            tokio::spawn(watch_cluster(Arc::clone(&database), app.clone(), stopped)),
        ];
        Ok(Self {
            address,
            public_url: config.public_url(),
            app,
            demo,
            development,
            provider: identity.development,
            database,
            live,
            stop,
            serving,
            background,
        })
    }

    /// Finishes the requests under way and stops everything, the private cluster last.
    ///
    /// # Errors
    /// [`ServeError`] when something did not stop as it should.
    pub async fn stop(self) -> Result<(), ServeError> {
        // Nobody may be listening any more; then it has stopped already.
        let _ = self.stop.send(true);
        // Streams never end by themselves.
        self.live.close();
        match tokio::time::timeout(PATIENCE, self.serving).await {
            Ok(Ok(result)) => result?,
            Ok(Err(panic)) => tracing::error!(%panic, "serving ended with a panic"),
            Err(_) => tracing::warn!("some requests were still under way after 30 seconds and were cut off"),
        }
        for task in self.background {
            if let Err(panic) = task.await {
                tracing::error!(%panic, "a background task ended with a panic");
            }
        }
        if let Some(provider) = self.provider {
            provider.shutdown().await;
        }
        drop(self.app);
        match Arc::try_unwrap(self.database) {
            Ok(database) => Ok(database.close().await?),
            // Dropping the last reference leaves the cluster all the same.
            Err(_) => Ok(()),
        }
    }
}

/// Listens. When nobody asked for an address and the usual port is taken, the next free one is used.
async fn listen(config: &Config) -> Result<TcpListener, ServeError> {
    let wanted = config.listen;
    let failed = |source| ServeError::Listen { address: wanted, source };
    let first = match TcpListener::bind(wanted).await {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    if wanted == Config::default().listen && config.public_url.is_none() {
        for port in wanted.port() + 1..=wanted.port() + OTHER_PORTS {
            if let Ok(listener) = TcpListener::bind((wanted.ip(), port)).await {
                return Ok(listener);
            }
        }
    }
    Err(failed(first))
}

/// On the very first start of a server for oneself, the demonstration organization is made.
async fn first_demo(app: &App, database: &Database, development: bool) -> Result<Option<Session>, String> {
    if !development || database.cluster.is_none() {
        return Ok(None);
    }
    if !demo::is_empty(&database.pool).await.map_err(|error| error.to_string())? {
        return Ok(None);
    }
    demo::seed(app).await.map(|demo| Some(demo.session)).map_err(|failure| failure.to_string())
}

/// Starts the private cluster's server again should it die; the pool finds it by itself.
async fn watch_cluster(database: Arc<Database>, app: App, mut stop: watch::Receiver<bool>) {
    let Some(cluster) = &database.cluster else { return };
    let mut tick = tokio::time::interval(WATCH_EVERY);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {
                if app.queries.now().await.is_err() {
                    match cluster.revive().await {
                        Ok(origin) => tracing::warn!(?origin, "the database had gone and is back"),
                        Err(error) => tracing::error!(%error, "the database has gone and does not come back"),
                    }
                }
            }
        }
    }
}
