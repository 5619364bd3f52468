//! A whole server for one test.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use plenum::config::Config;
use plenum::serve::{ServeError, Server};
use plenum_application::use_cases::{AppointAdministrator, IssueToken};
use plenum_domain::text::{AndrewId, PersonName, TokenName};
use plenum_oidc::DemoPerson;
use plenum_postgres::testing::TestDatabase;
use tempfile::TempDir;

use crate::browser::Browser;
use crate::client::{Client, Person};
use crate::provider::{CLIENT_ID, Provider, ThirdParty};

/// How often another port is tried when somebody takes the chosen one first.
const TRIES: usize = 20;

/// A server with a database and a sign-in provider of its own.
pub struct TestServer {
    /// The server itself.
    pub server: Server,
    /// Its database.
    pub database: TestDatabase,
    /// The development provider, when it is the configured one.
    pub provider: Option<Provider>,
    /// The provider of somebody else, when it is the configured one.
    pub third_party: Option<ThirdParty>,
    client: Client,
    /// Where it keeps the keys of secret votes.
    keys: TempDir,
    /// Where it keeps the key of its log.
    folder: TempDir,
    /// What its operator has put into the environment, but for the address.
    environment: Vec<(&'static str, String)>,
}

/// Another server on the same database, as there is behind a proxy that shares out requests.
pub struct Sibling {
    server: Server,
    client: Client,
}

/// Which sign-in provider is configured.
enum Wanted {
    Development(Vec<DemoPerson>),
    ThirdParty,
}

impl TestServer {
    /// Starts a server that people reach with API tokens.
    pub async fn start() -> Self {
        Self::start_for(Vec::new()).await
    }

    /// Starts a server that these people can sign in at.
    pub async fn start_for(people: Vec<DemoPerson>) -> Self {
        Self::start_with(&Wanted::Development(people), &[]).await
    }

    /// The same with more in the environment.
    pub async fn start_in(people: Vec<DemoPerson>, more: &[(&'static str, &str)]) -> Self {
        Self::start_with(&Wanted::Development(people), more).await
    }

    /// Starts a server whose sign-in provider is one of somebody else.
    pub async fn start_with_third_party() -> Self {
        Self::start_with(&Wanted::ThirdParty, &[]).await
    }

    async fn start_with(wanted: &Wanted, more: &[(&'static str, &str)]) -> Self {
        let database = TestDatabase::new().await;
        let keys = TempDir::new().expect("a folder");
        let folder = TempDir::new().expect("a folder");
        for _ in 0..TRIES {
            // The provider has to know the address before the server listens there.
            let address = free_address();
            let callback = format!("http://{address}/auth/callback");
            let (mut provider, mut third_party) = (None, None);
            let (issuer, secret) = match wanted {
                Wanted::Development(people) => {
                    let started = Provider::start(people.clone(), callback).await;
                    (provider.insert(started).issuer().to_owned(), None)
                }
                Wanted::ThirdParty => {
                    let started = ThirdParty::start(&callback).await;
                    (third_party.insert(started).issuer.clone(), Some(ThirdParty::CLIENT_SECRET))
                }
            };
            // The server makes it, and only for itself.
            let own = keys.path().join("keys");
            let mut environment = environment(&database.url(), &own, &issuer, secret);
            environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            match Server::start(configure(address, &environment, folder.path())).await {
                Ok(server) => {
                    let client = Client::new(server.public_url.as_str());
                    return Self {
                        server,
                        database,
                        provider,
                        third_party,
                        client,
                        keys,
                        folder,
                        environment,
                    };
                }
                Err(ServeError::Listen { .. }) => {}
                Err(error) => panic!("the server does not start: {error}"),
            }
        }
        panic!("no port stayed free for the server");
    }

    /// Starts another server on the same database, with the same keys and the same environment.
    pub async fn sibling(&self) -> Sibling {
        for _ in 0..TRIES {
            match Server::start(configure(free_address(), &self.environment, self.folder.path())).await {
                Ok(server) => {
                    let client = Client::new(server.public_url.as_str());
                    return Sibling { server, client };
                }
                Err(ServeError::Listen { .. }) => {}
                Err(error) => panic!("another server does not start: {error}"),
            }
        }
        panic!("no port stayed free for another server");
    }

    /// The server's address, without a slash at its end.
    pub fn address(&self) -> String {
        self.server.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// Somebody who is not signed in.
    pub fn nobody(&self) -> &Client {
        &self.client
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.address())
    }

    /// Somebody with an API token, as `plenum token` makes them. A person whom the server knows by
    /// this login name keeps their name.
    pub async fn person(&self, andrew_id: &str, name: &str) -> Person {
        let issue = IssueToken {
            andrew_id: AndrewId::parse(andrew_id).expect("a login name"),
            person_name: Some(PersonName::parse(name).expect("a name")),
            token_name: TokenName::parse("tests").expect("a name"),
        };
        let (issued, user, _) = self.server.app.run(&issue).await.expect("a token");
        let token = issued.secret.reveal().to_owned();
        Person {
            user_id: user.id.get().into(),
            name: user.name.to_string(),
            andrew_id: user.andrew_id.to_string(),
            client: self.client.with_token(&token),
            token,
        }
    }

    /// Somebody with an API token who administers the whole server.
    pub async fn administrator(&self, andrew_id: &str) -> Person {
        let person = self.person(andrew_id, "Adele Administrator").await;
        let andrew_id = AndrewId::parse(andrew_id).expect("a login name");
        self.server.app.run(&AppointAdministrator { andrew_id }).await.expect("an administrator");
        person
    }

    /// A moment by the database's clock, so much later than now, as the API writes it.
    pub async fn in_time(&self, later: Duration) -> String {
        let now = self.server.app.queries.now().await.expect("a time");
        (now + later).to_rfc3339()
    }

    /// Stops everything.
    pub async fn stop(self) {
        let Self { server, database, provider, third_party, client, keys, folder, environment: _ } = self;
        // Connections that are kept for later would be waited for.
        drop(client);
        server.stop().await.expect("a server that stops");
        if let Some(provider) = provider {
            provider.stop().await;
        }
        drop(third_party);
        drop(database);
        drop(keys);
        drop(folder);
    }
}

impl Sibling {
    /// Somebody who is not signed in.
    pub const fn nobody(&self) -> &Client {
        &self.client
    }

    /// The same person at this server.
    pub fn meet(&self, person: &Person) -> Client {
        self.client.with_token(&person.token)
    }

    /// Its address, without a slash at its end.
    pub fn address(&self) -> String {
        self.server.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// A browser at this server, in which nobody is signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.address())
    }

    /// Stops it.
    pub async fn stop(self) {
        let Self { server, client } = self;
        drop(client);
        server.stop().await.expect("a server that stops");
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address")
}

/// What an operator would have put into the environment, but for the address.
fn environment(
    database: &str,
    keys: &Path,
    issuer: &str,
    secret: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut environment = vec![
        ("DATABASE_URL", database.to_owned()),
        ("PLENUM_KEYS_DIR", keys.display().to_string()),
        ("PLENUM_DATABASE_MAX_CONNECTIONS", "10".to_owned()),
        // Tests ask as fast as they can.
        ("PLENUM_LIMITS_TOKEN_PER_MINUTE", "0".to_owned()),
        ("PLENUM_OIDC_ISSUER", issuer.to_owned()),
        ("PLENUM_OIDC_CLIENT_ID", CLIENT_ID.to_owned()),
    ];
    environment.extend(secret.map(|secret| ("PLENUM_OIDC_CLIENT_SECRET", secret.to_owned())));
    environment
}

fn configure(address: SocketAddr, environment: &[(&'static str, String)], folder: &Path) -> Config {
    let listen = [("PLENUM_LISTEN", address.to_string())];
    let environment =
        environment.iter().chain(&listen).map(|(name, value)| ((*name).to_owned(), value.clone()));
    let mut config = Config::load(None, environment)
        .unwrap_or_else(|error| panic!("the configuration is refused: {error}"));
    folder.clone_into(&mut config.data_dir);
    config
}
