//! Who looks at a page, and how they like it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use chrono_tz::Tz;
use plenum_application::sign_in::Actor;
use plenum_domain::id::UserId;

use super::fault::Fault;
use super::words::Lang;
use crate::extract::SignedIn;
use crate::state::HttpState;

/// The cookie with the language, such as `de`.
pub(super) const LANG: &str = "plenum-lang";
/// The cookie with the time zone, such as `Europe/Berlin`; the script sets it from the browser.
pub(super) const ZONE: &str = "plenum-zone";
/// The cookie with `light` or `dark`.
pub(super) const THEME: &str = "plenum-theme";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the device has it.
    #[default]
    Device,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    pub(super) const ALL: [Self; 3] = [Self::Device, Self::Light, Self::Dark];

    /// Its word in the cookie, and the class of the page.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How somebody likes their pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefs {
    pub(crate) lang: Lang,
    pub(crate) zone: Tz,
    pub(crate) theme: Theme,
}

impl Default for Prefs {
    fn default() -> Self {
        Self { lang: Lang::En, zone: Tz::UTC, theme: Theme::Device }
    }
}

impl Prefs {
    /// Reads them from cookies, the language from the browser's own wishes where there is no cookie.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let jar = CookieJar::from_headers(headers);
        let value = |name: &str| jar.get(name).map(|cookie| cookie.value().to_owned());
        let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = value(LANG).and_then(|code| Lang::of(&code)).or_else(|| wishes.and_then(Lang::preferred));
        let theme = value(THEME);
        let theme = Theme::ALL.into_iter().find(|one| theme.as_deref() == Some(one.as_str()));
        Self {
            lang: lang.unwrap_or(Lang::En),
            zone: value(ZONE).and_then(|name| name.replace("%2F", "/").parse().ok()).unwrap_or(Tz::UTC),
            theme: theme.unwrap_or_default(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Prefs {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::read(&parts.headers))
    }
}

/// Somebody signed in.
pub(crate) struct Viewer {
    pub(crate) actor: Actor,
    pub(crate) prefs: Prefs,
}

impl Viewer {
    pub(crate) const fn id(&self) -> UserId {
        self.actor.user.id
    }
}

impl FromRequestParts<HttpState> for Viewer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Fault> {
        let prefs = Prefs::read(&parts.headers);
        match SignedIn::from_request_parts(parts, state).await {
            Ok(SignedIn(actor)) => Ok(Self { actor, prefs }),
            Err(problem) => Err(Fault::turned_away(problem, &parts.method, &parts.uri)),
        }
    }
}
