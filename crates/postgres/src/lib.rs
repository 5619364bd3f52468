//! The PostgreSQL adapter: repositories, read models and the private cluster.

pub mod cluster;
mod electorate;
mod error;
mod live;
pub mod migrate;
mod queries;
mod repository;
mod rows;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use live::PgNotifier;
pub use queries::PgQueries;
pub use store::{PgStore, connect, connect_lazily};
