//! A small but real OpenID Connect provider for development and tests.
//!
//! It listens on loopback only, shows a page to pick a demo person instead of asking for a password, and is
//! otherwise held to the standard: code flow with PKCE S256, exact redirect address, single-use codes, nonce, `iss`
//! on the callback, signed ID tokens, userinfo and sign-out. Signing in from a script is one request: post the page's
//! form, that is the parameters of the authorization address plus `person=<subject>`, and follow the redirect.

mod endpoints;
mod grants;
mod keys;
mod page;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::IssuerUrl;
use plenum_ports::clock::Clock;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use endpoints::Shared;
use grants::Grants;

/// How long requests under way may take at shutdown.
const PATIENCE_AT_SHUTDOWN: Duration = Duration::from_secs(5);

/// Someone to sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// The provider's permanent name for the person (`sub`).
    pub subject: String,
    /// The person's name.
    pub name: String,
    /// The institution's short login name.
    pub andrew_id: String,
    /// An address, taken as verified.
    pub email: String,
    /// What the person is in the demonstration; people with the same description stand together.
    pub description: String,
}

/// The one client of the development provider, a public one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevelopmentClient {
    /// Its name.
    pub client_id: String,
    /// Its callback, compared to the letter.
    pub redirect_uri: String,
}

/// Why the development provider does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevelopmentError {
    /// It lets anyone be anyone, so it stays on this machine.
    #[error("the development sign-in listens on loopback addresses only, not on {address}")]
    NotLoopback {
        /// The refused address.
        address: SocketAddr,
    },
    /// The address cannot be used.
    #[error("the development sign-in cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Two people would be one.
    #[error("two demo people have the subject `{subject}`")]
    SameSubject {
        /// The subject.
        subject: String,
    },
    /// The callback is no address.
    #[error("the development sign-in's callback is not an absolute address: `{value}`")]
    RedirectUri {
        /// Its value.
        value: String,
    },
    /// No signing key could be made.
    #[error("the development sign-in could not make a signing key: {reason}")]
    Key {
        /// Why not.
        reason: String,
    },
}

/// A running development provider. Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct DevelopmentProvider {
    issuer: IssuerUrl,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl DevelopmentProvider {
    /// Starts listening; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address or cannot be listened on, or the people or the client make no
    /// sense.
    pub async fn start(
        listen: SocketAddr,
        people: Vec<DemoPerson>,
        client: DevelopmentClient,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DevelopmentError> {
        if !listen.ip().is_loopback() {
            return Err(DevelopmentError::NotLoopback { address: listen });
        }
        let callback = Url::parse(&client.redirect_uri)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| DevelopmentError::RedirectUri { value: client.redirect_uri.clone() })?;
        let mut subjects = std::collections::HashSet::new();
        if let Some(person) = people.iter().find(|person| !subjects.insert(&person.subject)) {
            return Err(DevelopmentError::SameSubject { subject: person.subject.clone() });
        }
        let key = keys::generate()?;
        let failed = |source| DevelopmentError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let issuer =
            IssuerUrl::new(format!("http://{address}")).map_err(|error| failed(io::Error::other(error)))?;
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            callback_origin: callback.origin().ascii_serialization(),
            people,
            client,
            key,
            grants: Grants::default(),
            clock,
        });
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, endpoints::router(shared)).with_graceful_shutdown(async {
                // An error means that the provider was dropped, which stops it too.
                let _ = stopped.await;
            });
            if let Err(error) = served.await {
                tracing::error!(%error, "the development sign-in stopped");
            }
        });
        tracing::warn!(issuer = %issuer.as_str(), "development sign-in is on: everyone on this machine can be anyone");
        Ok(Self { issuer, stop, task })
    }

    /// The issuer identifier to configure the adapter with.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Stops listening and waits for requests under way.
    pub async fn shutdown(self) {
        let Self { stop, mut task, .. } = self;
        // The receiver is gone only when the task has already ended.
        let _ = stop.send(());
        if tokio::time::timeout(PATIENCE_AT_SHUTDOWN, &mut task).await.is_err() {
            task.abort();
        }
    }
}
