//! The development provider's addresses.

use std::sync::Arc;

use axum::extract::{Form, FromRequest, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use openidconnect::core::{
    CoreClaimName, CoreClientAuthMethod, CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreGrantType,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AccessToken, Audience, AuthUrl, EndSessionUrl, EndUserEmail, EndUserName, EndUserUsername, IdTokenClaims,
    IssuerUrl, JsonWebKeySetUrl, Nonce, ResponseTypes, Scope, StandardClaims, SubjectIdentifier, TokenUrl,
    UserInfoClaims, UserInfoUrl,
};
use plenum_ports::clock::Clock;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::grants::{Grant, Grants, Proof, TOKEN_LIFE};
use super::{DemoPerson, DevelopmentClient, keys, page};
use crate::claims::OtherClaims;
use crate::discovery::{ExtraMetadata, Metadata};
use crate::settings::is_loopback;
use crate::verify::IdToken;

/// What all requests share.
pub(super) struct Shared {
    pub(super) issuer: IssuerUrl,
    pub(super) callback_origin: String,
    pub(super) people: Vec<DemoPerson>,
    pub(super) client: DevelopmentClient,
    pub(super) key: CoreEdDsaPrivateSigningKey,
    pub(super) grants: Grants,
    pub(super) clock: Arc<dyn Clock>,
}

type Provider = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/authorize", get(choose).post(pick))
        .route("/token", axum::routing::post(token))
        .route("/userinfo", get(userinfo).post(userinfo))
        .route("/end-session", get(end_session).post(end_session))
        .route("/style.css", get(style))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// Answers only requests that were meant for this machine, and keeps pages from doing anything but their job.
async fn guard(State(shared): Provider, request: Request, next: Next) -> Response {
    let host = text(request.headers(), header::HOST);
    let on_loopback = |address: String| Url::parse(&address).is_ok_and(|url| is_loopback(&url));
    if !host.is_some_and(|host| on_loopback(format!("http://{host}"))) {
        return (StatusCode::MISDIRECTED_REQUEST, "not this host\n").into_response();
    }
    // A form on another site must not sign anyone in. Scripts send no origin.
    let origin = text(request.headers(), header::ORIGIN);
    let posts_form = request.method() == Method::POST && request.uri().path() == "/authorize";
    if posts_form && origin.is_some_and(|origin| host.is_none_or(|host| origin != format!("http://{host}"))) {
        return (StatusCode::FORBIDDEN, "this form was sent by another site\n").into_response();
    }
    let mut response = next.run(request).await;
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        shared.callback_origin
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE)
}

async fn discovery(State(shared): Provider) -> Result<Json<Metadata>, StatusCode> {
    metadata(&shared.issuer).map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn metadata(issuer: &IssuerUrl) -> Result<Metadata, url::ParseError> {
    let at = |path: &str| format!("{}{path}", issuer.as_str());
    let extra = ExtraMetadata {
        authorization_response_iss_parameter_supported: true,
        end_session_endpoint: Some(EndSessionUrl::new(at("/end-session"))?),
        code_challenge_methods_supported: Some(vec!["S256".to_owned()]),
    };
    Ok(Metadata::new(
        issuer.clone(),
        AuthUrl::new(at("/authorize"))?,
        JsonWebKeySetUrl::new(at("/jwks"))?,
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        vec![keys::ALGORITHM],
        extra,
    )
    .set_token_endpoint(Some(TokenUrl::new(at("/token"))?))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(at("/userinfo"))?))
    .set_grant_types_supported(Some(vec![CoreGrantType::AuthorizationCode]))
    .set_token_endpoint_auth_methods_supported(Some(vec![CoreClientAuthMethod::None]))
    .set_scopes_supported(Some(
        ["openid", "profile", "email"].map(|scope| Scope::new(scope.to_owned())).to_vec(),
    ))
    .set_claims_supported(Some(
        ["sub", "name", "preferred_username", "andrew_id", "email", "email_verified"]
            .map(|claim| CoreClaimName::new(claim.to_owned()))
            .to_vec(),
    )))
}

async fn jwks(State(shared): Provider) -> impl IntoResponse {
    Json(keys::published(&shared.key))
}

/// An authorization request, and the choice once it is made.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Authorize {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    prompt: Option<String>,
    person: Option<String>,
}

/// Why an authorization request goes no further, and who is told.
enum Declined {
    /// The person, on a page.
    Here(&'static str),
    /// The client, with an error and its description.
    Back(&'static str, &'static str),
}

impl Authorize {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        [
            ("response_type", &self.response_type),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .collect()
    }

    /// Before client and callback are right, nobody is sent anywhere.
    fn check(&self, client: &DevelopmentClient) -> Result<(), Declined> {
        let is = |value: &Option<String>, expected: &str| value.as_deref() == Some(expected);
        if !is(&self.client_id, &client.client_id) {
            return Err(Declined::Here("This client is not known here (client_id)."));
        }
        if !is(&self.redirect_uri, &client.redirect_uri) {
            return Err(Declined::Here("This is not the client's callback address (redirect_uri)."));
        }
        if !is(&self.response_type, "code") {
            return Err(Declined::Back("unsupported_response_type", "only the code flow is offered"));
        }
        if !is(&self.code_challenge_method, "S256")
            || self.code_challenge.as_ref().is_none_or(|challenge| challenge.len() != 43)
        {
            return Err(Declined::Back("invalid_request", "PKCE with S256 is required"));
        }
        if !self.scopes().any(|scope| scope == "openid") {
            return Err(Declined::Back("invalid_scope", "the openid scope is required"));
        }
        if is(&self.prompt, "none") {
            return Err(Declined::Back("login_required", "nobody is ever signed in here"));
        }
        Ok(())
    }

    fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.as_deref().unwrap_or_default().split_whitespace()
    }

    fn grant(&self, subject: &str, client: &DevelopmentClient) -> Grant {
        Grant {
            subject: subject.to_owned(),
            client_id: client.client_id.clone(),
            redirect_uri: client.redirect_uri.clone(),
            code_challenge: self.code_challenge.clone().unwrap_or_default(),
            nonce: self.nonce.clone(),
            scopes: self.scopes().map(str::to_owned).collect(),
        }
    }
}

fn notice(status: StatusCode, title: &str, text: &str) -> Response {
    (status, Html(page::notice(title, text))).into_response()
}

/// Back to the client, with the issuer (RFC 9207) and the client's state.
fn answer(shared: &Shared, request: &Authorize, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut target) = Url::parse(&shared.client.redirect_uri) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    target
        .query_pairs_mut()
        .extend_pairs(parameters)
        .extend_pairs(request.state.iter().map(|state| ("state", state)))
        .append_pair("iss", &shared.issuer);
    Redirect::to(target.as_str()).into_response()
}

fn decline(shared: &Shared, request: &Authorize, declined: &Declined) -> Response {
    match *declined {
        Declined::Here(text) => notice(StatusCode::BAD_REQUEST, "This cannot work", text),
        Declined::Back(error, description) => {
            answer(shared, request, &[("error", error), ("error_description", description)])
        }
    }
}

async fn choose(State(shared): Provider, Query(request): Query<Authorize>) -> Response {
    match request.check(&shared.client) {
        Ok(()) => Html(page::pick(&shared.people, &request.fields())).into_response(),
        Err(declined) => decline(&shared, &request, &declined),
    }
}

async fn pick(State(shared): Provider, Form(request): Form<Authorize>) -> Response {
    if let Err(declined) = request.check(&shared.client) {
        return decline(&shared, &request, &declined);
    }
    let subject = request.person.as_deref().unwrap_or_default();
    if !shared.people.iter().any(|person| person.subject == subject) {
        let text = "There is nobody here by that name (person).";
        return notice(StatusCode::BAD_REQUEST, "This cannot work", text);
    }
    let grant = request.grant(subject, &shared.client);
    let code = shared.grants.issue_code(grant, shared.clock.now());
    answer(&shared, &request, &[("code", &code)])
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenRequest {
    grant_type: String,
    code: String,
    redirect_uri: String,
    client_id: String,
    code_verifier: String,
}

fn oauth_error(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}

async fn token(State(shared): Provider, request: Request) -> Response {
    let Ok(Form(request)) = Form::<TokenRequest>::from_request(request, &()).await else {
        let text = "the request is not a form with each parameter once";
        return oauth_error(StatusCode::BAD_REQUEST, "invalid_request", text);
    };
    if request.grant_type != "authorization_code" {
        let text = "only authorization codes are exchanged";
        return oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", text);
    }
    if request.client_id != shared.client.client_id {
        return oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", "unknown client");
    }
    let now = shared.clock.now();
    let proof = Proof {
        client_id: &request.client_id,
        redirect_uri: &request.redirect_uri,
        code_verifier: &request.code_verifier,
    };
    let grant = shared.grants.redeem(&request.code, &proof, now);
    let person = grant.as_ref().and_then(|grant| shared.person(grant));
    let (Some(grant), Some(person)) = (grant, person) else {
        let text = "the code is unknown, used, too old, or not for this redirect_uri and code_verifier";
        return oauth_error(StatusCode::BAD_REQUEST, "invalid_grant", text);
    };
    let access_token = AccessToken::new(shared.grants.issue_token(grant.clone(), now));
    match shared.id_token(&grant, person, &access_token) {
        Ok(id_token) => Json(json!({
            "access_token": access_token.secret(),
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFE.num_seconds(),
            "scope": grant.scopes.join(" "),
            "id_token": id_token.to_string(),
        }))
        .into_response(),
        Err(error) => {
            tracing::error!(%error, "the development sign-in could not sign");
            oauth_error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "signing failed")
        }
    }
}

async fn userinfo(State(shared): Provider, headers: HeaderMap) -> Response {
    let grant = text(&headers, header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|token| shared.grants.by_token(token, shared.clock.now()));
    let person = grant.as_ref().and_then(|grant| shared.person(grant));
    match (grant, person) {
        (Some(grant), Some(person)) => {
            let (standard, other) = claims(&grant, person);
            Json(UserInfoClaims::new(standard, other)).into_response()
        }
        _ => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")])
            .into_response(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EndSession {
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

async fn end_session(State(shared): Provider, request: Request) -> Response {
    let Ok(Form(request)) = Form::<EndSession>::from_request(request, &()).await else {
        let text = "The request is not a form with each parameter once.";
        return notice(StatusCode::BAD_REQUEST, "This cannot work", text);
    };
    let target = request
        .post_logout_redirect_uri
        .and_then(|target| Url::parse(&target).ok())
        .filter(|target| target.origin().ascii_serialization() == shared.callback_origin);
    match target {
        Some(mut target) => {
            if let Some(state) = request.state {
                target.query_pairs_mut().append_pair("state", &state);
            }
            Redirect::to(target.as_str()).into_response()
        }
        None => notice(StatusCode::OK, "Signed out", "You can close this page."),
    }
}

/// What a grant lets the client know about a person.
fn claims(grant: &Grant, person: &DemoPerson) -> (StandardClaims<CoreGenderClaim>, OtherClaims) {
    let mut standard = StandardClaims::new(SubjectIdentifier::new(person.subject.clone()));
    let mut other = Map::new();
    if grant.has_scope("profile") {
        standard = standard
            .set_name(Some(EndUserName::new(person.name.clone()).into()))
            .set_preferred_username(Some(EndUserUsername::new(person.andrew_id.clone())));
        other.insert("andrew_id".to_owned(), Value::from(person.andrew_id.clone()));
    }
    if grant.has_scope("email") {
        standard =
            standard.set_email(Some(EndUserEmail::new(person.email.clone()))).set_email_verified(Some(true));
    }
    (standard, OtherClaims(other))
}

impl Shared {
    fn person(&self, grant: &Grant) -> Option<&DemoPerson> {
        self.people.iter().find(|person| person.subject == grant.subject)
    }

    fn id_token(
        &self,
        grant: &Grant,
        person: &DemoPerson,
        access_token: &AccessToken,
    ) -> Result<IdToken, openidconnect::JsonWebTokenError> {
        let now = self.clock.now();
        let (standard, other) = claims(grant, person);
        let claims = IdTokenClaims::new(
            self.issuer.clone(),
            vec![Audience::new(grant.client_id.clone())],
            now + TOKEN_LIFE,
            now,
            standard,
            other,
        )
        .set_nonce(grant.nonce.clone().map(Nonce::new));
        IdToken::new(claims, &self.key, keys::ALGORITHM, Some(access_token), None)
    }
}
