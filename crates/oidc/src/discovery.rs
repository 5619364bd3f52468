//! Finding the provider: lazily, at most one request at a time, remembered while it is fresh, and with keys
//! that follow the provider when it changes them.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::http::{self, StatusCode, header::ACCEPT};
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient as _, DiscoveryError, EndSessionUrl, IssuerUrl,
    JsonWebKeySetUrl, ProviderMetadata, TokenUrl, UserInfoUrl,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use crate::fault::{Fault, foreign_text, with_causes};
use crate::http::{BoundedClient, HttpError};
use crate::refusal::Refusal;
use crate::settings::{OidcSettings, Timings, is_loopback};

/// Signature algorithms an ID token may have: asymmetric ones only.
const ACCEPTED_ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The parts of a discovery document that the library does not know.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ExtraMetadata {
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end_session_endpoint: Option<EndSessionUrl>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for ExtraMetadata {}

/// A discovery document.
pub(crate) type Metadata = ProviderMetadata<
    ExtraMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider as it was last seen. Its keys are inside the metadata.
#[derive(Debug)]
pub(crate) struct KnownProvider {
    pub(crate) metadata: Metadata,
    pub(crate) algorithms: Vec<CoreJwsSigningAlgorithm>,
    fetched: Instant,
}

impl KnownProvider {
    pub(crate) fn extra(&self) -> &ExtraMetadata {
        self.metadata.additional_metadata()
    }
}

/// The configured provider, known or not yet.
pub(crate) struct Discovery {
    issuer: IssuerUrl,
    issuer_on_loopback: bool,
    timings: Timings,
    known: RwLock<Option<Arc<KnownProvider>>>,
    attempts: Mutex<Attempts>,
}

/// Held while talking to the provider, so that a crowd makes one request.
#[derive(Default)]
struct Attempts {
    last_failure: Option<(Instant, Fault)>,
    last_key_refresh: Option<Instant>,
}

impl Discovery {
    pub(crate) fn new(settings: &OidcSettings, issuer: IssuerUrl) -> Self {
        Self {
            issuer,
            issuer_on_loopback: settings.issuer_on_loopback(),
            timings: settings.timings.clone(),
            known: RwLock::new(None),
            attempts: Mutex::new(Attempts::default()),
        }
    }

    /// The provider as it was last seen, without asking it.
    pub(crate) fn last_seen(&self) -> Option<Arc<KnownProvider>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, provider: &Arc<KnownProvider>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(provider.clone());
    }

    fn fresh(&self) -> Option<Arc<KnownProvider>> {
        self.last_seen().filter(|known| known.fetched.elapsed() < self.timings.discovery_lifetime)
    }

    /// The provider; asks it when it is not known or not known any more. While a known provider does not
    /// answer, what was last seen stays in use.
    pub(crate) async fn provider(&self, client: &BoundedClient) -> Result<Arc<KnownProvider>, Fault> {
        if let Some(known) = self.fresh() {
            return Ok(known);
        }
        let stale = self.last_seen();
        let mut attempts = match (&stale, self.attempts.try_lock()) {
            (_, Ok(attempts)) => attempts,
            (Some(stale), Err(_)) => return Ok(stale.clone()),
            (None, Err(_)) => self.attempts.lock().await,
        };
        if let Some(known) = self.fresh() {
            return Ok(known);
        }
        let fault = match &attempts.last_failure {
            Some((when, fault)) if when.elapsed() < self.timings.discovery_pause => fault.clone(),
            _ => match self.discover(client).await {
                Ok(provider) => {
                    attempts.last_failure = None;
                    let provider = Arc::new(provider);
                    self.remember(&provider);
                    tracing::info!(issuer = %self.issuer.as_str(), "sign-in provider found");
                    return Ok(provider);
                }
                Err(fault) => {
                    tracing::warn!(issuer = %self.issuer.as_str(), ?fault, "sign-in provider not found");
                    attempts.last_failure = Some((Instant::now(), fault.clone()));
                    fault
                }
            },
        };
        stale.ok_or(fault)
    }

    /// Fetches the keys again because a token names one that `seen` does not have. None when another fetch is
    /// too recent or fails: then the token is to be refused.
    pub(crate) async fn refresh_keys(
        &self,
        client: &BoundedClient,
        seen: &Arc<KnownProvider>,
    ) -> Option<Arc<KnownProvider>> {
        let mut attempts = self.attempts.lock().await;
        let current = self.last_seen()?;
        if !Arc::ptr_eq(&current, seen) {
            return Some(current);
        }
        if attempts.last_key_refresh.is_some_and(|when| when.elapsed() < self.timings.key_refresh_pause) {
            return None;
        }
        attempts.last_key_refresh = Some(Instant::now());
        match fetch_keys(client, seen.metadata.jwks_uri()).await {
            Ok(keys) => {
                tracing::info!(issuer = %self.issuer.as_str(), keys = keys.keys().len(), "sign-in provider's keys fetched again");
                let provider = Arc::new(KnownProvider {
                    metadata: seen.metadata.clone().set_jwks(keys),
                    algorithms: seen.algorithms.clone(),
                    fetched: seen.fetched,
                });
                self.remember(&provider);
                Some(provider)
            }
            Err(fault) => {
                tracing::warn!(issuer = %self.issuer.as_str(), ?fault, "sign-in provider's keys could not be fetched");
                None
            }
        }
    }

    async fn discover(&self, client: &BoundedClient) -> Result<KnownProvider, Fault> {
        let metadata = self.fetch_metadata(client).await?;
        self.check_addresses(&metadata)?;
        if metadata.token_endpoint().is_none() {
            return Err(Refusal::DiscoveryMalformed.into());
        }
        let algorithms: Vec<_> = metadata
            .id_token_signing_alg_values_supported()
            .iter()
            .filter(|algorithm| ACCEPTED_ALGORITHMS.contains(algorithm))
            .cloned()
            .collect();
        if algorithms.is_empty() {
            return Err(Refusal::NoAcceptableAlgorithm.into());
        }
        if let Some(methods) = &metadata.additional_metadata().code_challenge_methods_supported
            && !methods.iter().any(|method| method == "S256")
        {
            tracing::warn!(issuer = %self.issuer.as_str(), "the sign-in provider does not list PKCE S256; it is used all the same");
        }
        let keys = fetch_keys(client, metadata.jwks_uri()).await?;
        Ok(KnownProvider { metadata: metadata.set_jwks(keys), algorithms, fetched: Instant::now() })
    }

    /// The library's own discovery would fetch the keys before the document has been looked at.
    async fn fetch_metadata(&self, client: &BoundedClient) -> Result<Metadata, Fault> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let request = http::Request::get(address)
            .header(ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|error| Fault::Unavailable(foreign_text(&error.to_string())))?;
        let answer = client.call(request).await.map_err(|error| http_fault(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(Fault::Unavailable(format!("the discovery document has status {}", answer.status())));
        }
        let metadata: Metadata = serde_json::from_slice(answer.body())
            .map_err(|error| malformed(Refusal::DiscoveryMalformed, &error))?;
        if metadata.issuer() != &self.issuer {
            tracing::warn!(
                issuer = %self.issuer.as_str(),
                found = foreign_text(metadata.issuer()),
                "{}", Refusal::DiscoveryIssuer.reason()
            );
            return Err(Refusal::DiscoveryIssuer.into());
        }
        Ok(metadata)
    }

    fn check_addresses(&self, metadata: &Metadata) -> Result<(), Refusal> {
        let extra = metadata.additional_metadata();
        let addresses = [
            Some(metadata.authorization_endpoint().url()),
            metadata.token_endpoint().map(TokenUrl::url),
            metadata.userinfo_endpoint().map(UserInfoUrl::url),
            Some(metadata.jwks_uri().url()),
            extra.end_session_endpoint.as_ref().map(EndSessionUrl::url),
        ];
        if addresses.into_iter().flatten().all(|url| self.is_secure(url)) {
            Ok(())
        } else {
            Err(Refusal::DiscoveryInsecure)
        }
    }

    fn is_secure(&self, url: &Url) -> bool {
        url.scheme() == "https" || (url.scheme() == "http" && self.issuer_on_loopback && is_loopback(url))
    }
}

async fn fetch_keys(client: &BoundedClient, address: &JsonWebKeySetUrl) -> Result<CoreJsonWebKeySet, Fault> {
    CoreJsonWebKeySet::fetch_async(address, client).await.map_err(|error| match error {
        DiscoveryError::Request(error) => http_fault(&error),
        DiscoveryError::Response(status, _, _) if !status.is_success() => {
            Fault::Unavailable(format!("the provider's key set has status {status}"))
        }
        error => malformed(Refusal::KeysMalformed, &error),
    })
}

/// Logs what could not be read about an answer, never the answer itself.
pub(crate) fn malformed(refusal: Refusal, error: &dyn std::error::Error) -> Fault {
    tracing::warn!(detail = with_causes(error), "{}", refusal.reason());
    refusal.into()
}

/// What a failure below OAuth means.
pub(crate) fn http_fault(error: &HttpError) -> Fault {
    match error {
        HttpError::TooLarge => Refusal::AnswerTooLarge.into(),
        HttpError::Transport(_) | HttpError::Status(_) => Fault::Unavailable(error.to_string()),
    }
}
