//! The versions of the API.

pub(crate) mod v1;
