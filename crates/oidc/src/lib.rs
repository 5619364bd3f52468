//! Sign-in through OpenID Connect: the adapter for any provider, and a small provider for development.
//!
//! [`OidcIdentityProvider`] implements the port. It finds the provider when it is needed and remembers it, sends
//! people there with state, nonce and PKCE, and believes an answer only after every check in [`Refusal`].
//!
//! [`DevelopmentProvider`] is a real provider on loopback with a page to pick a demo person. It is used through
//! [`OidcIdentityProvider`] like any other, so that what is tried out is what runs.
#![warn(missing_docs)]

mod adapter;
mod claims;
mod development;
mod discovery;
mod fault;
mod http;
mod random;
mod refusal;
mod settings;
mod verify;

pub use adapter::OidcIdentityProvider;
pub use development::{DemoPerson, DevelopmentClient, DevelopmentError, DevelopmentProvider};
pub use refusal::Refusal;
pub use settings::{OidcSettings, Secret, SettingsError, Timings};
