//! The sign-in provider: the configured one, or the built-in one of a server for oneself.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use plenum_oidc::{DemoPerson, DevelopmentClient, DevelopmentProvider};
use plenum_oidc::{OidcIdentityProvider, OidcSettings, Secret};
use plenum_ports::clock::Clock;
use plenum_ports::identity::{
    CallbackParameters, ExpectedLogin, IdentityError, IdentityProvider, LoginStart, VerifiedIdentity,
};

use crate::config::Config;

/// The issuer under which demo people are stored: the built-in provider's address changes from start
/// to start, the people do not.
pub const DEVELOPMENT_ISSUER: &str = "urn:plenum:development";

const DEVELOPMENT_CLIENT: &str = "plenum";

/// A sign-in provider, and the built-in one behind it where it is on.
pub struct Identity {
    /// What the application asks.
    pub provider: Arc<dyn IdentityProvider>,
    /// The built-in provider, to be shut down at the end.
    pub development: Option<DevelopmentProvider>,
}

impl Identity {
    /// Gets the configured provider ready, or starts the built-in one.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn open(
        config: &Config,
        people: Vec<DemoPerson>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        if config.development_sign_in()? {
            return Self::development(config, people, clock).await;
        }
        let settings = settings(config)?;
        let provider = OidcIdentityProvider::new(settings, clock).map_err(|error| error.to_string())?;
        Ok(Self { provider: Arc::new(provider), development: None })
    }

    async fn development(
        config: &Config,
        people: Vec<DemoPerson>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let client = DevelopmentClient {
            client_id: DEVELOPMENT_CLIENT.to_owned(),
            redirect_uri: config.redirect_uri(),
        };
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = DevelopmentProvider::start(listen, people, client, Arc::clone(&clock))
            .await
            .map_err(|error| error.to_string())?;
        let settings = OidcSettings::new(server.issuer(), DEVELOPMENT_CLIENT, config.redirect_uri());
        let inner = OidcIdentityProvider::new(settings, clock).map_err(|error| error.to_string())?;
        Ok(Self { provider: Arc::new(Development { inner }), development: Some(server) })
    }
}

/// The settings of the configured provider.
///
/// # Errors
/// A sentence naming the key that is missing or wrong.
pub fn settings(config: &Config) -> Result<OidcSettings, String> {
    let oidc = &config.oidc;
    let issuer = oidc.issuer.clone().ok_or("oidc.issuer (PLENUM_OIDC_ISSUER) is not set")?;
    let client_id = oidc.client_id.clone().ok_or("oidc.client_id (PLENUM_OIDC_CLIENT_ID) is not set")?;
    let mut settings = OidcSettings::new(issuer, client_id, config.redirect_uri());
    settings.client_secret = oidc.client_secret.as_ref().map(|secret| Secret::new(secret.reveal()));
    settings.post_logout_redirect_uri = Some(config.public_url().to_string());
    if let Some(scopes) = &oidc.scopes {
        settings.scopes.clone_from(scopes);
    }
    if let Some(claims) = &oidc.name_claims {
        settings.name_claims.clone_from(claims);
    }
    if let Some(claim) = &oidc.andrew_id_claim {
        settings.andrew_id_claim.clone_from(claim);
    }
    if let Some(path) = &oidc.extra_ca {
        let pem = std::fs::read(path)
            .map_err(|error| format!("oidc.extra_ca: {} cannot be read: {error}", path.display()))?;
        settings.extra_ca = Some(pem);
    }
    Ok(settings)
}

/// The built-in provider through the same adapter as any other, under a name that stays.
struct Development {
    inner: OidcIdentityProvider,
}

#[async_trait]
impl IdentityProvider for Development {
    async fn begin(&self) -> Result<LoginStart, IdentityError> {
        self.inner.begin().await
    }

    async fn finish(
        &self,
        parameters: CallbackParameters,
        expected: ExpectedLogin,
    ) -> Result<VerifiedIdentity, IdentityError> {
        let identity = self.inner.finish(parameters, expected).await?;
        Ok(VerifiedIdentity { issuer: DEVELOPMENT_ISSUER.to_owned(), ..identity })
    }

    fn end_session_url(&self) -> Option<String> {
        // Signing out ends the demo person's login here; there is nothing to end over there.
        None
    }
}
