//! How often somebody may ask: per token, per address, and how often they may guess join codes.
//!
//! An address is that of the peer, or, when the peer is a proxy that the operator named, the last one
//! in `X-Forwarded-For` that is none. Nobody else's header is believed. A peer on this machine that is no
//! such proxy is not limited by its address: it is a program of the operator.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use plenum_application::sign_in::Proof;
use plenum_domain::id::UserId;

use crate::metrics::Metrics;
use crate::problem::{Code, Problem};

/// So many at once, and so many a minute for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// At once, after a pause.
    pub burst: u32,
    /// For good, in a minute; 0 for no limit.
    pub per_minute: u32,
}

/// How often somebody may ask.
#[derive(Clone, Debug)]
pub struct LimitSettings {
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Requests with one API token or by one signed-in browser.
    pub token: Allowance,
    /// Requests from one address. A whole hall may share one.
    pub address: Allowance,
    /// Sign-ins begun from one address.
    pub sign_in: Allowance,
    /// Codes of no sitting that one person tries.
    pub misses_of_person: Allowance,
    /// Codes of no sitting tried from one address.
    pub misses_from_address: Allowance,
    /// Codes of no sitting tried by all together.
    pub misses_of_all: Allowance,
}

impl Default for LimitSettings {
    fn default() -> Self {
        let allowance = |burst, per_minute| Allowance { burst, per_minute };
        Self {
            trusted_proxies: Vec::new(),
            token: allowance(600, 3_000),
            address: allowance(3_000, 18_000),
            sign_in: allowance(600, 600),
            misses_of_person: allowance(10, 10),
            misses_from_address: allowance(60, 30),
            misses_of_all: allowance(300, 300),
        }
    }
}

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, MonotonicClock, NoOpMiddleware<Instant>>;

/// Keys are forgotten when so many have gathered, those first that are as good as new.
const MOST_KEYS: usize = 10_000;

/// A limit for each key.
struct Limit<K: Hash + Eq + Clone>(Option<Keyed<K>>);

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(allowance: Allowance) -> Self {
        let rate = NonZeroU32::new(allowance.per_minute).zip(NonZeroU32::new(allowance.burst));
        Self(rate.map(|(per_minute, burst)| {
            RateLimiter::new(
                Quota::per_minute(per_minute).allow_burst(burst),
                HashMapStateStore::default(),
                MonotonicClock,
            )
        }))
    }

    /// Counts one more.
    ///
    /// # Errors
    /// How long to wait when it is one too many.
    fn count(&self, key: &K) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        if limiter.len() > MOST_KEYS {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|until| until.wait_time_from(MonotonicClock.now()))
    }
}

/// A limit on what went wrong: whoever goes over it is shut out until one more may go wrong.
struct Misses<K: Hash + Eq + Clone> {
    limit: Limit<K>,
    shut_out: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> Misses<K> {
    fn new(allowance: Allowance) -> Self {
        // One less at once: it is the last one allowed that shuts out, not the first one too many.
        let allowance = Allowance { burst: allowance.burst.saturating_sub(1).max(1), ..allowance };
        Self { limit: Limit::new(allowance), shut_out: Mutex::default() }
    }

    fn shut_out(&self, key: &K) -> Option<Duration> {
        let mut shut_out = self.shut_out.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *shut_out.get(key)?;
        let wait = until.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            shut_out.remove(key);
            return None;
        }
        Some(wait)
    }

    fn count(&self, key: &K) {
        if let Err(wait) = self.limit.count(key) {
            let now = Instant::now();
            let mut shut_out = self.shut_out.lock().unwrap_or_else(PoisonError::into_inner);
            if shut_out.len() > MOST_KEYS {
                shut_out.retain(|_, until| *until > now);
            }
            shut_out.insert(key.clone(), now + wait);
        }
    }
}

/// Which limit keeps somebody from trying codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// Their own.
    Person,
    /// That of their address.
    Address,
    /// That of all together.
    All,
}

impl Breaker {
    /// The word in metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Address => "address",
            Self::All => "all",
        }
    }
}

/// Who may try a code now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Everybody.
    Open,
    /// Only people whom the sitting knows already; everyone else waits.
    Known(Breaker, Duration),
    /// Not this person.
    Shut(Breaker, Duration),
}

/// How often everybody has asked.
pub(crate) struct Limits {
    trusted_proxies: Vec<IpAddr>,
    token: Limit<(bool, i32)>,
    address: Limit<IpAddr>,
    sign_in: Limit<IpAddr>,
    misses_of_person: Misses<UserId>,
    misses_from_address: Misses<IpAddr>,
    misses_of_all: Misses<()>,
}

impl Limits {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self {
            trusted_proxies: settings.trusted_proxies.clone(),
            token: Limit::new(settings.token),
            address: Limit::new(settings.address),
            sign_in: Limit::new(settings.sign_in),
            misses_of_person: Misses::new(settings.misses_of_person),
            misses_from_address: Misses::new(settings.misses_from_address),
            misses_of_all: Misses::new(settings.misses_of_all),
        }
    }

    /// The limits of the server a request came to.
    pub(crate) fn of(extensions: &Extensions) -> Option<Arc<Self>> {
        extensions.get::<Arc<Self>>().cloned()
    }

    /// The address a request is counted under; `None` for one that is not counted.
    fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.ip().to_canonical();
        let trusted = |address: &IpAddr| self.trusted_proxies.contains(address);
        if !trusted(&peer) {
            return (!peer.is_loopback()).then(|| network(peer));
        }
        let mut addresses = Vec::new();
        for header in headers.get_all("x-forwarded-for") {
            addresses.extend(header.to_str().unwrap_or_default().split(',').map(str::trim));
        }
        // What stands left of an address that cannot be read was written by somebody who is not trusted.
        let known = addresses.into_iter().rev().map_while(|text| text.parse::<IpAddr>().ok());
        let client = known.map(|address| address.to_canonical()).find(|address| !trusted(address));
        Some(network(client.unwrap_or(peer)))
    }

    /// Counts a request of a token or of a signed-in browser.
    pub(crate) fn count_proof(&self, proof: Proof) -> Result<(), Problem> {
        let key = match proof {
            Proof::Login(id) => (false, id.get()),
            Proof::Token(id) => (true, id.get()),
        };
        self.token.count(&key).map_err(too_many)
    }

    /// Whether this person may try a code now.
    fn door(&self, caller: Caller, person: UserId) -> Door {
        if let Some(wait) = self.misses_of_person.shut_out(&person) {
            return Door::Shut(Breaker::Person, wait);
        }
        let address = caller.0.and_then(|address| self.misses_from_address.shut_out(&address));
        if let Some(wait) = address {
            return Door::Known(Breaker::Address, wait);
        }
        match self.misses_of_all.shut_out(&()) {
            Some(wait) => Door::Known(Breaker::All, wait),
            None => Door::Open,
        }
    }

    /// Counts a code that led nowhere.
    fn missed(&self, caller: Caller, person: UserId) {
        self.misses_of_person.count(&person);
        if let Some(address) = caller.0 {
            self.misses_from_address.count(&address);
        }
        self.misses_of_all.count(&());
    }
}

/// One person has a whole network of such addresses to choose from.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Whole seconds, and not fewer than it takes.
fn seconds(wait: Duration) -> u16 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u16::try_from(seconds.max(1)).unwrap_or(u16::MAX)
}

fn too_many(wait: Duration) -> Problem {
    let detail = "There were too many requests. Wait as long as Retry-After says, and ask less often.";
    Problem::new(Code::TooManyRequests, detail).retry_after(seconds(wait))
}

/// 429 for who tries codes that lead nowhere.
fn too_many_codes(wait: Duration) -> Problem {
    let detail = "Too many join codes were tried that lead to no session. Check the code, wait as long as \
                  Retry-After says, and try again.";
    Problem::new(Code::TooManyCodes, detail).retry_after(seconds(wait))
}

/// Where a request came from, as far as it is counted.
#[derive(Clone, Copy, Debug)]
struct Caller(Option<IpAddr>);

/// The counts of codes that led nowhere, as they concern one request.
pub(crate) struct Guesses {
    limits: Option<Arc<Limits>>,
    caller: Caller,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Guesses {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let limits = Limits::of(&parts.extensions);
        let address = limits.as_ref().and_then(|limits| limits.address(&parts.extensions, &parts.headers));
        Ok(Self { limits, caller: Caller(address) })
    }
}

impl Guesses {
    /// Whether this person may try a code now.
    pub(crate) fn door(&self, person: UserId) -> Door {
        self.limits.as_ref().map_or(Door::Open, |limits| limits.door(self.caller, person))
    }

    /// Counts a code that led nowhere; behind a door that is not open nobody learns even that.
    pub(crate) fn judged<T>(
        &self,
        joined: Result<T, Problem>,
        door: Door,
        person: UserId,
        metrics: &Metrics,
    ) -> Result<T, Problem> {
        let missed = joined.as_ref().is_err_and(|problem| problem.code() == Code::NotFound.as_str());
        if !missed {
            return joined;
        }
        match door {
            Door::Open => {
                metrics.join_missed();
                if let Some(limits) = &self.limits {
                    limits.missed(self.caller, person);
                }
                joined
            }
            Door::Known(breaker, wait) | Door::Shut(breaker, wait) => {
                metrics.join_shut_out(breaker.as_str());
                if breaker == Breaker::All {
                    tracing::warn!("join codes are being guessed: too many led nowhere over all");
                }
                Err(too_many_codes(wait))
            }
        }
    }
}

/// Counts every request by its address, and the beginnings of sign-ins once more.
pub(crate) async fn by_address(request: Request, next: Next) -> Response {
    let limits = Limits::of(request.extensions());
    let counted = limits.and_then(|limits| {
        let address = limits.address(request.extensions(), request.headers())?;
        Some((limits, address))
    });
    if let Some((limits, address)) = counted {
        let begins = request.uri().path() == "/auth/login";
        let counted = limits.address.count(&address);
        let counted = counted.and_then(|()| if begins { limits.sign_in.count(&address) } else { Ok(()) });
        if let Err(wait) = counted {
            return too_many(wait).into_response();
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(trusted: &[&str]) -> Limits {
        let trusted_proxies = trusted.iter().map(|text| text.parse().expect("an address")).collect();
        Limits::new(&LimitSettings { trusted_proxies, ..LimitSettings::default() })
    }

    fn address(limits: &Limits, peer: &str, forwarded: &[&str]) -> Option<String> {
        let mut extensions = Extensions::new();
        let peer: IpAddr = peer.parse().expect("an address");
        extensions.insert(ConnectInfo(SocketAddr::new(peer, 4711)));
        let mut headers = HeaderMap::new();
        for text in forwarded {
            headers.append("x-forwarded-for", text.parse().expect("a header"));
        }
        limits.address(&extensions, &headers).map(|address| address.to_string())
    }

    #[test]
    fn only_a_named_proxy_is_believed() {
        let plain = limits(&[]);
        assert_eq!(address(&plain, "192.0.2.1", &["198.51.100.7"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(address(&plain, "::ffff:192.0.2.1", &[]).as_deref(), Some("192.0.2.1"));
        assert_eq!(address(&plain, "127.0.0.1", &["198.51.100.7"]), None, "a program of the operator");
        assert_eq!(address(&plain, "2001:db8:1:2:3:4:5:6", &[]).as_deref(), Some("2001:db8:1:2::"));
        let behind = limits(&["127.0.0.1", "192.0.2.9"]);
        let from = |forwarded: &[&str]| address(&behind, "127.0.0.1", forwarded);
        assert_eq!(from(&["203.0.113.5, 198.51.100.7"]).as_deref(), Some("198.51.100.7"), "the last one");
        assert_eq!(from(&["203.0.113.5", "198.51.100.7, 192.0.2.9"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(from(&["203.0.113.5, nonsense, 192.0.2.9"]).as_deref(), Some("127.0.0.1"));
        assert_eq!(from(&[]).as_deref(), Some("127.0.0.1"), "a proxy that says nothing");
        assert_eq!(address(&behind, "192.0.2.1", &["198.51.100.7"]).as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn a_limit_lets_a_burst_pass_and_then_says_how_long_to_wait() {
        let limit = Limit::new(Allowance { burst: 3, per_minute: 6 });
        for _ in 0..3 {
            assert_eq!(limit.count(&1), Ok(()));
        }
        let wait = limit.count(&1).expect_err("one too many");
        assert!(wait > Duration::from_secs(8) && wait <= Duration::from_secs(10), "{wait:?}");
        assert_eq!(limit.count(&2), Ok(()), "another key");
        let none = Limit::new(Allowance { burst: 1, per_minute: 0 });
        assert!((0..1_000).all(|_| none.count(&1).is_ok()));
    }

    #[test]
    fn misses_shut_out_person_address_and_in_the_end_strangers() {
        let allowance = |burst| Allowance { burst, per_minute: 6 };
        let limits = Limits::new(&LimitSettings {
            misses_of_person: allowance(2),
            misses_from_address: allowance(3),
            misses_of_all: allowance(4),
            ..LimitSettings::default()
        });
        let (here, there) = (Caller(Some([192, 0, 2, 1].into())), Caller(Some([192, 0, 2, 2].into())));
        let person = UserId::new;
        assert_eq!(limits.door(here, person(1)), Door::Open);
        limits.missed(here, person(1));
        assert_eq!(limits.door(here, person(1)), Door::Open);
        limits.missed(here, person(1));
        assert!(matches!(limits.door(here, person(1)), Door::Shut(Breaker::Person, _)));
        assert_eq!(limits.door(here, person(2)), Door::Open, "somebody else at the same place");
        limits.missed(here, person(2));
        assert!(matches!(limits.door(here, person(2)), Door::Known(Breaker::Address, _)));
        assert_eq!(limits.door(there, person(2)), Door::Open, "the same person elsewhere");
        limits.missed(there, person(3));
        assert!(matches!(limits.door(there, person(4)), Door::Known(Breaker::All, _)));
        assert!(matches!(limits.door(Caller(None), person(4)), Door::Known(Breaker::All, _)));
    }

    #[test]
    fn waits_are_whole_seconds() {
        assert_eq!(seconds(Duration::ZERO), 1);
        assert_eq!(seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(seconds(Duration::from_secs(7)), 7);
        assert_eq!(seconds(Duration::from_secs(1_000_000)), u16::MAX);
    }
}
