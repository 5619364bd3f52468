//! How often somebody may ask: per token, per address, and how often they may guess join codes.
//!
//! Requests are counted in the memory of each server: those limits keep a server answering. Join codes that
//! lead nowhere are counted in the database, for all servers together: how many can be guessed must not grow
//! with the number of servers.
//!
//! An address is that of the peer, or, when the peer is a proxy that the operator named, the last one
//! in `X-Forwarded-For` that is none. Nobody else's header is believed. A peer on this machine that is no
//! such proxy is not limited by its address: it is a program of the operator.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use plenum_application::sign_in::Proof;
use plenum_application::use_cases::CountMiss;
use plenum_application::{App, Failure};
use plenum_domain::id::UserId;
use plenum_ports::repository::MissKey;

use crate::problem::{Code, Problem};
use crate::state::HttpState;

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

impl Allowance {
    /// How long one of them weighs; `None` when there is no limit.
    fn weight(self) -> Option<TimeDelta> {
        const MINUTE: i64 = 60_000_000;
        (self.per_minute > 0).then(|| TimeDelta::microseconds(MINUTE / i64::from(self.per_minute)))
    }

    /// How long to wait when this much still weighs; `None` when one more may go wrong now.
    fn wait(self, left: TimeDelta) -> Option<Duration> {
        let free = self.weight()? * i32::try_from(self.burst.max(1) - 1).unwrap_or(i32::MAX);
        (left - free).to_std().ok().filter(|wait| !wait.is_zero())
    }
}

/// How many codes of no sitting may be tried.
#[derive(Clone, Copy, Debug)]
struct Misses {
    person: Allowance,
    address: Allowance,
    all: Allowance,
}

impl Misses {
    /// Under what a miss is counted, with the allowance there.
    fn keys(self, caller: Caller, person: UserId) -> Vec<(MissKey, Allowance)> {
        let mut keys = vec![(MissKey::Person(person), self.person)];
        keys.extend(caller.0.map(|address| (MissKey::Address(address), self.address)));
        keys.push((MissKey::All, self.all));
        keys
    }
}

/// Who may try a code now, as the misses stand: a person's own count shuts them out; the others let those pass
/// whom the sitting knows.
fn judge(standing: &[(MissKey, Allowance, TimeDelta)]) -> Door {
    for (key, allowance, left) in standing {
        let Some(wait) = allowance.wait(*left) else { continue };
        return match key {
            MissKey::Person(_) => Door::Shut(Breaker::Person, wait),
            MissKey::Address(_) => Door::Known(Breaker::Address, wait),
            MissKey::All => Door::Known(Breaker::All, wait),
        };
    }
    Door::Open
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
    misses: Misses,
}

impl Limits {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self {
            trusted_proxies: settings.trusted_proxies.clone(),
            token: Limit::new(settings.token),
            address: Limit::new(settings.address),
            sign_in: Limit::new(settings.sign_in),
            misses: Misses {
                person: settings.misses_of_person,
                address: settings.misses_from_address,
                all: settings.misses_of_all,
            },
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
    ///
    /// # Errors
    /// When the store fails: without the counts nobody tries anything.
    pub(crate) async fn door(&self, app: &App, person: UserId) -> Result<Door, Problem> {
        let Some(limits) = &self.limits else { return Ok(Door::Open) };
        let keys = limits.misses.keys(self.caller, person);
        let wanted: Vec<MissKey> = keys.iter().map(|(key, _)| *key).collect();
        let left = app.queries.misses(&wanted).await.map_err(Failure::from)?;
        let standing: Vec<_> =
            keys.into_iter().zip(left).map(|((key, allowance), left)| (key, allowance, left)).collect();
        Ok(judge(&standing))
    }

    /// Counts a code that led nowhere; behind a door that is not open nobody learns even that.
    pub(crate) async fn judged<T>(
        &self,
        joined: Result<T, Problem>,
        door: Door,
        person: UserId,
        state: &HttpState,
    ) -> Result<T, Problem> {
        let missed = joined.as_ref().is_err_and(|problem| problem.code() == Code::NotFound.as_str());
        if !missed {
            return joined;
        }
        match door {
            Door::Open => {
                state.metrics.join_missed();
                if let Some(limits) = &self.limits {
                    let keys = limits.misses.keys(self.caller, person).into_iter();
                    let weights = keys.filter_map(|(key, allowance)| Some((key, allowance.weight()?)));
                    state.app.run(&CountMiss { weights: weights.collect() }).await?;
                }
                joined
            }
            Door::Known(breaker, wait) | Door::Shut(breaker, wait) => {
                state.metrics.join_shut_out(breaker.as_str());
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
        let misses = Misses { person: allowance(2), address: allowance(3), all: allowance(4) };
        let caller = Caller(Some([192, 0, 2, 1].into()));
        let keys = misses.keys(caller, UserId::new(1));
        assert_eq!(keys.len(), 3);
        assert_eq!(
            misses.keys(Caller(None), UserId::new(1)).len(),
            2,
            "the operator's address is not counted"
        );
        // So many misses of each, each of which weighs ten seconds.
        let door = |counts: [i32; 3]| {
            let left = counts.map(|count| TimeDelta::seconds(10) * count);
            let standing: Vec<_> =
                keys.iter().zip(left).map(|((key, allowance), left)| (*key, *allowance, left)).collect();
            judge(&standing)
        };
        let wait = Duration::from_secs(10);
        assert_eq!(door([0, 0, 0]), Door::Open);
        assert_eq!(door([1, 2, 3]), Door::Open, "one more of each is allowed");
        assert_eq!(door([2, 2, 2]), Door::Shut(Breaker::Person, wait));
        assert_eq!(door([1, 3, 3]), Door::Known(Breaker::Address, wait));
        assert_eq!(door([1, 2, 4]), Door::Known(Breaker::All, wait));
        assert_eq!(door([2, 3, 4]), Door::Shut(Breaker::Person, wait), "the nearest one first");
    }

    #[test]
    fn an_allowance_of_nothing_a_minute_is_no_limit() {
        let none = Allowance { burst: 3, per_minute: 0 };
        assert_eq!((none.weight(), none.wait(TimeDelta::days(1))), (None, None));
        let one = Allowance { burst: 1, per_minute: 60 };
        assert_eq!(one.weight(), Some(TimeDelta::seconds(1)));
        assert_eq!(one.wait(TimeDelta::zero()), None);
        assert_eq!(one.wait(TimeDelta::milliseconds(300)), Some(Duration::from_millis(300)));
    }

    #[test]
    fn waits_are_whole_seconds() {
        assert_eq!(seconds(Duration::ZERO), 1);
        assert_eq!(seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(seconds(Duration::from_secs(7)), 7);
        assert_eq!(seconds(Duration::from_secs(1_000_000)), u16::MAX);
    }
}
