//! The PostgreSQL adapter: repositories, read models and the private cluster.

pub mod cluster;
mod error;
pub mod migrate;
mod queries;
mod rows;
#[cfg(feature = "testing")]
pub mod testing;

pub use queries::PgQueries;
