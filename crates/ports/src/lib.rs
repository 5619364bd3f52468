//! What the application needs from the outside world: traits, their fakes and the contract suite.
//!
//! An adapter implements these traits; nothing here names a database, a web framework or a provider.
#![deny(missing_docs)]

pub mod clock;
pub mod documents;
pub mod error;
pub mod identity;
pub mod keys;
pub mod live;
pub mod page;
pub mod queries;
pub mod randomness;
pub mod repository;
pub mod store;
pub mod typesetting;

#[cfg(any(test, feature = "testing"))]
pub mod contract;
#[cfg(any(test, feature = "testing"))]
pub mod fakes;

pub use error::{Constraint, StoreError};
pub use store::{Store, Tx};
