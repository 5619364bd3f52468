//! The port's implementation: begins logins and finishes them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::http::{self, HeaderValue, StatusCode, header};
use openidconnect::{
    AccessToken, AsyncHttpClient as _, AuthType, AuthorizationCode, ClientId, ClientSecret,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl,
    LogoutRequest, OAuth2TokenResponse as _, PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl,
    RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
};
use plenum_ports::clock::Clock;
use plenum_ports::identity::{
    CallbackParameters, ExpectedLogin, IdentityError, IdentityProvider, LoginStart, VerifiedIdentity,
};
use serde_json::{Map, Value};

use crate::claims::{ClaimRules, OtherClaims, Person, complete};
use crate::discovery::{Discovery, KnownProvider, http_fault, malformed};
use crate::fault::Fault;
use crate::http::BoundedClient;
use crate::random;
use crate::refusal::Refusal;
use crate::settings::{OidcSettings, SettingsError};
use crate::verify::{Claims, Expected, IdToken, verify};

type TokenAnswer = StandardTokenResponse<
    IdTokenFields<
        OtherClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type Client = openidconnect::Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    TokenAnswer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The shortest and longest PKCE verifier (RFC 7636).
const PKCE_VERIFIER_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// An OpenID Connect provider behind the port. Making one asks nobody: the provider is found at the first
/// login, or by [`check`](Self::check).
pub struct OidcIdentityProvider {
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect_uri: RedirectUrl,
    post_logout_redirect_uri: Option<PostLogoutRedirectUrl>,
    settings: OidcSettings,
    rules: ClaimRules,
    http: BoundedClient,
    discovery: Discovery,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for OidcIdentityProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OidcIdentityProvider")
            .field("settings", &self.settings)
            .field("known", &self.discovery.last_seen().is_some())
            .finish_non_exhaustive()
    }
}

impl OidcIdentityProvider {
    /// Checks the settings. Does not talk to the provider.
    ///
    /// # Errors
    ///
    /// When a setting cannot work, in words for the operator.
    pub fn new(settings: OidcSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        settings.validate()?;
        let not_an_address = |key, value: &String| SettingsError::NotAnAddress { key, value: value.clone() };
        let issuer = IssuerUrl::new(settings.issuer.clone())
            .map_err(|_| not_an_address("issuer", &settings.issuer))?;
        let redirect_uri = RedirectUrl::new(settings.redirect_uri.clone())
            .map_err(|_| not_an_address("redirect_uri", &settings.redirect_uri))?;
        let post_logout_redirect_uri = settings
            .post_logout_redirect_uri
            .as_ref()
            .map(|value| {
                PostLogoutRedirectUrl::new(value.clone())
                    .map_err(|_| not_an_address("post_logout_redirect_uri", value))
            })
            .transpose()?;
        Ok(Self {
            client_id: ClientId::new(settings.client_id.clone()),
            client_secret: settings
                .client_secret
                .as_ref()
                .map(|secret| ClientSecret::new(secret.expose().to_owned())),
            redirect_uri,
            post_logout_redirect_uri,
            rules: ClaimRules::new(&settings),
            http: BoundedClient::new(&settings)?,
            discovery: Discovery::new(&settings, issuer),
            settings,
            clock,
        })
    }

    /// Finds the provider now, so that a server that starts can say whether sign-in works. The server is
    /// meant to go on when it does not: the provider is asked again at the next login.
    ///
    /// # Errors
    ///
    /// When the provider does not answer or its answer is not believed.
    pub async fn check(&self) -> Result<(), IdentityError> {
        self.discovery.provider(&self.http).await?;
        Ok(())
    }

    fn client(&self, provider: &KnownProvider) -> Client {
        let methods = provider.metadata.token_endpoint_auth_methods_supported();
        // Without a list the standard says client_secret_basic.
        let basic = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        Client::from_provider_metadata(
            provider.metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody })
        .set_redirect_uri(self.redirect_uri.clone())
    }

    /// RFC 9207: the answer has to say that it comes from the provider that was asked.
    fn check_callback_issuer(provider: &KnownProvider, iss: Option<&str>) -> Result<(), Refusal> {
        match iss {
            Some(iss) if iss == provider.metadata.issuer().as_str() => Ok(()),
            Some(_) => Err(Refusal::IssuerMixedUp),
            None if provider.extra().authorization_response_iss_parameter_supported => {
                Err(Refusal::IssuerMissing)
            }
            None => Ok(()),
        }
    }

    async fn exchange(
        &self,
        provider: &KnownProvider,
        code: String,
        pkce_verifier: String,
    ) -> Result<TokenAnswer, Fault> {
        if !PKCE_VERIFIER_LENGTH.contains(&pkce_verifier.len()) {
            return Err(Fault::provider_refused(
                "invalid_grant",
                Some("this sign-in attempt has no PKCE verifier"),
            ));
        }
        self.client(provider)
            .exchange_code(AuthorizationCode::new(code))
            // A discovery document without a token endpoint is refused on arrival.
            .map_err(|error| malformed(Refusal::DiscoveryMalformed, &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(answer) => Fault::provider_refused(
                    answer.error().as_ref(),
                    answer.error_description().map(String::as_str),
                ),
                RequestTokenError::Request(error) => http_fault(&error),
                RequestTokenError::Parse(error, _) => malformed(Refusal::TokenMalformed, &error),
                RequestTokenError::Other(detail) => {
                    tracing::warn!(detail, "the token answer cannot be used");
                    Refusal::TokenMalformed.into()
                }
            })
    }

    /// Verifies; when the token names a key that is not known, fetches the keys once and tries again.
    async fn verified<'t>(
        &self,
        provider: &Arc<KnownProvider>,
        token: &'t IdToken,
        access_token: &AccessToken,
        nonce: &str,
    ) -> Result<&'t Claims, Refusal> {
        let expected = Expected {
            client_id: &self.client_id,
            nonce,
            access_token,
            now: self.clock.now(),
            timings: &self.settings.timings,
        };
        match verify(token, provider, &expected) {
            Err(Refusal::TokenKeyUnknown) => {
                let renewed = self.discovery.refresh_keys(&self.http, provider).await;
                let renewed = renewed.ok_or(Refusal::TokenKeyUnknown)?;
                verify(token, &renewed, &expected)
            }
            result => result,
        }
    }

    /// The claims of userinfo, when the provider has it. The library's own request is not used: an access
    /// token that is no header value makes it panic.
    async fn userinfo(
        &self,
        provider: &KnownProvider,
        access_token: &AccessToken,
        subject: &str,
    ) -> Result<Option<Map<String, Value>>, Fault> {
        let Some(address) = provider.metadata.userinfo_endpoint() else {
            return Ok(None);
        };
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", access_token.secret()))
            .map_err(|_| Refusal::TokenMalformed)?;
        bearer.set_sensitive(true);
        let request = http::Request::get(address.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, bearer)
            .body(Vec::new())
            .map_err(|error| malformed(Refusal::DiscoveryMalformed, &error))?;
        let answer = self.http.call(request).await.map_err(|error| http_fault(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(Fault::Unavailable(format!("the userinfo answer has status {}", answer.status())));
        }
        let claims: Map<String, Value> = serde_json::from_slice(answer.body())
            .map_err(|error| malformed(Refusal::UserinfoMalformed, &error))?;
        match claims.get("sub") {
            Some(Value::String(found)) if found == subject => Ok(Some(claims)),
            Some(Value::String(_)) => Err(Refusal::UserinfoSubject.into()),
            _ => Err(Refusal::UserinfoMalformed.into()),
        }
    }

    async fn finish_login(
        &self,
        parameters: CallbackParameters,
        expected: ExpectedLogin,
    ) -> Result<VerifiedIdentity, Fault> {
        let provider = self.discovery.provider(&self.http).await?;
        Self::check_callback_issuer(&provider, parameters.iss.as_deref())?;
        if let Some(error) = &parameters.error {
            return Err(Fault::provider_refused(error, parameters.error_description.as_deref()));
        }
        let code = parameters.code.filter(|code| !code.is_empty()).ok_or(Refusal::CodeMissing)?;
        let answer = self.exchange(&provider, code, expected.pkce_verifier).await?;
        let token = answer.id_token().ok_or(Refusal::IdTokenMissing)?;
        let access_token = answer.access_token();
        let claims = self.verified(&provider, token, access_token, &expected.nonce).await?;
        let subject = claims.subject().as_str();
        let Ok(Value::Object(mut all)) = serde_json::to_value(claims) else {
            return Err(Refusal::TokenMalformed.into());
        };
        if self.rules.is_incomplete(&all)
            && let Some(userinfo) = self.userinfo(&provider, access_token, subject).await?
        {
            all = complete(all, userinfo);
        }
        let Person { name, andrew_id, email, email_verified } = self.rules.person(&all);
        Ok(VerifiedIdentity {
            issuer: provider.metadata.issuer().to_string(),
            subject: subject.to_owned(),
            name,
            andrew_id,
            email,
            email_verified,
        })
    }
}

#[async_trait]
impl IdentityProvider for OidcIdentityProvider {
    async fn begin(&self) -> Result<LoginStart, IdentityError> {
        let provider = self.discovery.provider(&self.http).await?;
        let (challenge, verifier) = random::pkce();
        let client = self.client(&provider);
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, random::state, random::nonce)
            .set_pkce_challenge(challenge);
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.url();
        Ok(LoginStart {
            authorization_url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
        })
    }

    async fn finish(
        &self,
        parameters: CallbackParameters,
        expected: ExpectedLogin,
    ) -> Result<VerifiedIdentity, IdentityError> {
        Ok(self.finish_login(parameters, expected).await?)
    }

    fn end_session_url(&self) -> Option<String> {
        let provider = self.discovery.last_seen()?;
        let endpoint = provider.extra().end_session_endpoint.clone()?;
        let mut request = LogoutRequest::from(endpoint).set_client_id(self.client_id.clone());
        if let Some(target) = &self.post_logout_redirect_uri {
            request = request.set_post_logout_redirect_uri(target.clone());
        }
        Some(request.http_get_url().into())
    }
}
