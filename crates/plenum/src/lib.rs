//! The Plenum server: configuration, telemetry, wiring and commands.

pub mod adapters;
pub mod commands;
pub mod config;
pub mod database;
pub mod demo;
pub mod identity;
pub mod keys;
pub mod log_key;
mod schedule;
pub mod serve;
pub mod telemetry;
