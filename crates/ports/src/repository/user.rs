//! People.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::text::{AndrewId, PersonName};
use plenum_domain::user::User;

use crate::error::StoreError;

/// How a provider knows a person. Never leaves the server.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProviderSubject {
    /// The provider.
    pub issuer: String,
    /// The person's identifier there.
    pub subject: String,
}

/// A person to be added.
#[derive(Clone)]
pub struct NewUser {
    /// Full name.
    pub name: PersonName,
    /// Short login name.
    pub andrew_id: AndrewId,
    /// How the provider knows them; `None` for people entered by a roster or an operator, who are
    /// recognized by their login name at their first sign-in.
    pub subject: Option<ProviderSubject>,
}

/// A person from a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPerson {
    /// Full name.
    pub name: PersonName,
    /// Short login name.
    pub andrew_id: AndrewId,
}

/// A person whom a roster names and who is known already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterPerson {
    /// The login name that was asked for; another one than theirs where that was the name of a duplicate.
    pub asked: AndrewId,
    /// The person.
    pub user: User,
    /// Whether it is no person but an API client.
    pub is_client: bool,
    /// Whether they were anonymized.
    pub is_gone: bool,
    /// Whether a roster may correct their name: they have never signed in, and belong to no other
    /// organization.
    pub is_correctable: bool,
}

/// Loads and writes people.
#[async_trait]
pub trait UserRepository: Send {
    /// By id.
    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// By the provider's subject; the row is locked until the end of the transaction.
    async fn find_by_subject(&mut self, subject: &ProviderSubject) -> Result<Option<User>, StoreError>;
    /// By login name; the row is locked until the end of the transaction. The flag tells whether the
    /// person has signed in before, that is whether a subject is stored.
    async fn find_by_andrew_id(&mut self, andrew_id: &AndrewId) -> Result<Option<(User, bool)>, StoreError>;
    /// Who of these is known, for a roster of an organization: people by login name, those of duplicates
    /// too, and by id.
    async fn for_roster(
        &mut self,
        organization: OrganizationId,
        andrew_ids: &[AndrewId],
        ids: &[UserId],
    ) -> Result<Vec<RosterPerson>, StoreError>;
    /// Corrects names.
    async fn rename_all(&mut self, names: &[(UserId, PersonName)]) -> Result<(), StoreError>;
    /// Adds a person. [`Constraint::AndrewId`](crate::Constraint::AndrewId) or
    /// [`Constraint::OidcSubject`](crate::Constraint::OidcSubject) when taken.
    async fn insert(&mut self, user: &NewUser) -> Result<User, StoreError>;
    /// Adds many people from a roster; the answer is in the same order.
    async fn insert_all(&mut self, people: &[ImportedPerson]) -> Result<Vec<User>, StoreError>;
    /// Whether a person is kept out.
    async fn is_disabled(&mut self, id: UserId) -> Result<bool, StoreError>;
    /// Whether a person was merged into another one or anonymized.
    async fn is_gone(&mut self, id: UserId) -> Result<bool, StoreError>;
    /// Writes since when a person is kept out.
    async fn set_disabled(&mut self, id: UserId, since: Option<Moment>) -> Result<(), StoreError>;
    /// Whether there is an organization that nobody but this person runs.
    async fn runs_alone(&mut self, id: UserId) -> Result<bool, StoreError>;
    /// Whether a person is in a sitting that is not closed.
    async fn is_in_running_session(&mut self, id: UserId) -> Result<bool, StoreError>;
    /// Takes away everything that tells who a person is, in the audit log and in what was promised to them
    /// too, keeps them out and ends their roles and tokens. So it does for everybody who was merged into
    /// them, whose login names are the given one and their number.
    async fn anonymize(
        &mut self,
        id: UserId,
        name: &PersonName,
        andrew_id: &AndrewId,
        now: Moment,
    ) -> Result<User, StoreError>;
    /// Gives memberships and roles of one person to another where that one has none, revokes the first
    /// one's tokens and keeps them out. Whoever signs in as the first is the other from then on.
    async fn merge(&mut self, duplicate: UserId, into: UserId, now: Moment) -> Result<(), StoreError>;
    /// Follows a change of name or login name at the provider, and ties the person to the subject.
    async fn update_from_provider(&mut self, id: UserId, user: &NewUser) -> Result<User, StoreError>;
}
