//! Who acts.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use plenum_application::secret::Secret;
use plenum_application::sign_in::Actor;
use url::Url;

use crate::cookies::{self, Purpose};
use crate::limits::Limits;
use crate::problem::{Code, Problem};
use crate::scopes;
use crate::state::{HttpSettings, HttpState};

/// The person who acts, proved by an API token or by the cookie of a signed-in browser.
///
/// A request with an `Authorization` header is judged by that alone. A request with the cookie that
/// changes something has to come from this site.
pub(crate) struct SignedIn(pub(crate) Actor);

impl FromRequestParts<HttpState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let actor = match value.to_str().ok().and_then(bearer) {
                Some(token) => state.app.who_has_token(&token).await?,
                None => None,
            };
            let detail = "The API token is unknown, expired or revoked. Make a new one and send it as \
                          Authorization: Bearer <token>.";
            let actor = actor.ok_or_else(|| Problem::new(Code::InvalidToken, detail))?;
            let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
            scopes::check(actor.scopes, &parts.method, route)?;
            return counted(parts, actor);
        }
        let Some(cookie) = cookies::read(Purpose::SignedIn, &parts.headers, &state.settings) else {
            let detail = "Sign in at /auth/login, or send an API token as Authorization: Bearer <token>.";
            return Err(Problem::new(Code::NotSignedIn, detail));
        };
        check_site(&parts.method, &parts.headers, &state.settings)?;
        let actor = state.app.who_has_login(&cookie).await?;
        let detail = "Your sign-in has ended. Sign in again at /auth/login.";
        let actor = actor.ok_or_else(|| Problem::new(Code::NotSignedIn, detail))?;
        counted(parts, actor)
    }
}

/// Refuses who asks too often.
fn counted(parts: &Parts, actor: Actor) -> Result<SignedIn, Problem> {
    if let Some(limits) = Limits::of(&parts.extensions) {
        limits.count_proof(actor.proof)?;
    }
    Ok(SignedIn(actor))
}

fn bearer(value: &str) -> Option<Secret> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::given(token.trim()))
}

/// Refuses what changes something unless it comes from a page of this site.
pub(crate) fn check_site(
    method: &Method,
    headers: &HeaderMap,
    settings: &HttpSettings,
) -> Result<(), Problem> {
    if method.is_safe() || comes_from_here(headers, &settings.public_origin) {
        return Ok(());
    }
    let detail = "This request comes from another site, or does not say where it comes from. Use the pages \
                  of this server, or an API token.";
    Err(Problem::new(Code::CrossSite, detail))
}

/// Browsers say where a request comes from in one of three headers; the newest is believed first.
fn comes_from_here(headers: &HeaderMap, public_origin: &Url) -> bool {
    let only = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next();
        // The same header twice is as good as a wrong one.
        first.map(|value| if values.next().is_some() { "" } else { value.to_str().unwrap_or_default() })
    };
    let here = |address: &str| Url::parse(address).is_ok_and(|url| url.origin() == public_origin.origin());
    if let Some(site) = only("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    only("origin").or_else(|| only("referer")).is_some_and(here)
}
