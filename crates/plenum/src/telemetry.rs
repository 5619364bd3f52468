//! Logs: one structured line per request, no secrets, no personal data.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

use crate::config::{Log, LogFormat};

/// Starts logging to standard error.
///
/// # Errors
/// A sentence when the filter cannot be read.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::builder()
        .parse(&log.filter)
        .map_err(|error| format!("log.filter (PLENUM_LOG_FILTER) is wrong: {error}"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match log.format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    // A second start in one process (tests) keeps the first.
    drop(started);
    Ok(())
}
