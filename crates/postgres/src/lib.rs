//! The PostgreSQL adapter: repositories, read models and the private cluster.

pub mod cluster;
pub mod migrate;
#[cfg(feature = "testing")]
pub mod testing;
