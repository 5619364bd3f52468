//! People known to the server.

use crate::Moment;
use crate::id::UserId;
use crate::text::{AndrewId, PersonName};

/// A person known to the server.
///
/// The OpenID Connect subject is not here on purpose: it serves to recognize a person at sign-in
/// and nothing else, so only the storage adapter ever holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// Full name, as last given at sign-in.
    pub name: PersonName,
    /// The institution's short login name.
    pub andrew_id: AndrewId,
    /// When the server first heard of this person.
    pub created_at: Moment,
}
