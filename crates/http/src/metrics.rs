//! Figures for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use plenum_application::{Observer, Outcome};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UseCaseLabels {
    use_case: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BreakerLabels {
    breaker: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Figures for Prometheus: requests, and use cases as their [`Observer`].
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Histograms<RequestLabels>,
    in_flight: Gauge,
    use_cases: Histograms<UseCaseLabels>,
    tries: Family<UseCaseLabels, Counter<u64, AtomicU64>>,
    join_misses: Counter,
    join_shut_out: Family<BreakerLabels, Counter>,
}

fn seconds() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0])
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("plenum");
        let requests = Family::default();
        let durations = Histograms::new_with_constructor(seconds as fn() -> Histogram);
        let in_flight = Gauge::default();
        let use_cases = Histograms::new_with_constructor(seconds as fn() -> Histogram);
        let tries = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "How long answering took",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register("http_requests_in_flight", "Requests being answered", in_flight.clone());
        registry.register_with_unit(
            "use_case_duration",
            "How long use cases took",
            Unit::Seconds,
            use_cases.clone(),
        );
        registry.register("use_case_tries", "Transactions begun for use cases", tries.clone());
        let join_misses = Counter::default();
        let join_shut_out = Family::default();
        registry.register("join_misses", "Join codes that led to no session", join_misses.clone());
        // The alarm: with the breaker "all" somebody is guessing codes.
        registry.register(
            "join_shut_out",
            "Join codes not looked at because too many before them led nowhere",
            join_shut_out.clone(),
        );
        Self { registry, requests, durations, in_flight, use_cases, tries, join_misses, join_shut_out }
    }

    /// All figures as text.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing to a text does not fail.
            Err(std::fmt::Error) => String::new(),
        }
    }

    /// Counts a request as under way until the guard is dropped, which also happens when the client
    /// goes away.
    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// A join code led nowhere.
    pub(crate) fn join_missed(&self) {
        self.join_misses.inc();
    }

    /// A join code was not looked at.
    pub(crate) fn join_shut_out(&self, breaker: &'static str) {
        self.join_shut_out.get_or_create(&BreakerLabels { breaker }).inc();
    }

    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// A request under way.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Observer for Metrics {
    fn ended(&self, use_case: &'static str, outcome: Outcome, tries: u32, took: Duration) {
        let labels = UseCaseLabels { use_case, outcome: outcome.as_str() };
        self.use_cases.get_or_create(&labels).observe(took.as_secs_f64());
        self.tries.get_or_create(&labels).inc_by(tries.into());
    }
}
