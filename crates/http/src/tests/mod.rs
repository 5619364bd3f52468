//! The whole router against the in-memory store.

mod administration;
mod clients;
mod description;
mod limits;
mod organizations;
mod problems;
mod repeats;
mod requests;
mod roles;
mod rosters;
mod sign_in;
pub(crate) mod sitting;
mod walls;
mod watching;
pub(crate) mod world;
