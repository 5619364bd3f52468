//! What every handler has at hand.

use std::sync::Arc;
use std::time::Duration;

use plenum_application::App;
use plenum_ports::typesetting::Typesetter;
use url::Url;

use crate::limits::LimitSettings;
use crate::live::Live;
use crate::metrics::Metrics;

/// What every handler has at hand. Clones are cheap and share everything.
#[derive(Clone)]
pub struct HttpState {
    /// Use cases and views.
    pub app: App,
    /// How this server is reached and what it admits.
    pub settings: Arc<HttpSettings>,
    /// Prints papers.
    pub press: Arc<dyn Typesetter>,
    /// Sittings as they go on.
    pub live: Arc<Live>,
    /// Counters. The same value is to be the `observer` of the application's `Env`.
    pub metrics: Arc<Metrics>,
}

/// How this server is reached and what it admits.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where browsers reach this server; requests from other origins cannot use its cookies.
    pub public_origin: Url,
    /// Whether cookies carry `Secure` and the `__Host-` prefix. Browsers take such cookies over plain
    /// HTTP from a loopback address too, so there is hardly a reason to turn it off.
    pub secure_cookies: bool,
    /// How large a request may be.
    pub body_limits: BodyLimits,
    /// How long answering may take.
    pub request_timeout: Duration,
    /// How often somebody may ask.
    pub limits: LimitSettings,
}

impl HttpSettings {
    /// The usual settings for a server at this address.
    pub fn new(public_origin: Url) -> Self {
        Self {
            public_origin,
            secure_cookies: true,
            body_limits: BodyLimits::default(),
            request_timeout: Duration::from_secs(30),
            limits: LimitSettings::default(),
        }
    }
}

/// How large a request may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Everything but rosters.
    pub usual: usize,
    /// The import of a roster.
    pub roster: usize,
}

impl Default for BodyLimits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self { usual: MIB, roster: 8 * MIB }
    }
}
