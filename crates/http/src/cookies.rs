//! The two cookies: the signed-in browser, and a sign-in under way.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::CookieJar;
use plenum_application::secret::Secret;

use crate::state::HttpSettings;

/// Which cookie is meant.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// The signed-in browser.
    SignedIn,
    /// A sign-in that left for the provider.
    SigningIn,
}

const fn name(purpose: Purpose, settings: &HttpSettings) -> &'static str {
    match (purpose, settings.secure_cookies) {
        (Purpose::SignedIn, true) => "__Host-plenum",
        (Purpose::SigningIn, true) => "__Host-plenum-login",
        (Purpose::SignedIn, false) => "plenum",
        (Purpose::SigningIn, false) => "plenum-login",
    }
}

/// The secret in a cookie of the request.
pub(crate) fn read(purpose: Purpose, headers: &HeaderMap, settings: &HttpSettings) -> Option<Secret> {
    let jar = CookieJar::from_headers(headers);
    jar.get(name(purpose, settings)).map(|cookie| Secret::given(cookie.value()))
}

/// The `Set-Cookie` of a secret that lasts so long.
pub(crate) fn write(
    purpose: Purpose,
    secret: &Secret,
    lasts: Duration,
    settings: &HttpSettings,
) -> Option<HeaderValue> {
    set_cookie(purpose, secret.reveal(), lasts.as_secs(), settings)
}

/// The `Set-Cookie` that makes the browser forget.
pub(crate) fn forget(purpose: Purpose, settings: &HttpSettings) -> Option<HeaderValue> {
    set_cookie(purpose, "", 0, settings)
}

/// `None` when the value could not stand in a header, which secrets always can.
fn set_cookie(purpose: Purpose, value: &str, seconds: u64, settings: &HttpSettings) -> Option<HeaderValue> {
    let name = name(purpose, settings);
    let secure = if settings.secure_cookies { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
