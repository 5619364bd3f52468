//! API clients.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::client::ApiClient;
use plenum_domain::id::{ClientId, OrganizationId, UserId};
use plenum_domain::text::{AndrewId, ClientName};

use crate::error::StoreError;

/// A client to be made.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// For whom it acts.
    pub organization_id: OrganizationId,
    /// What it is called.
    pub name: ClientName,
    /// What stands where people have their login name.
    pub andrew_id: AndrewId,
    /// Who makes it.
    pub created_by: UserId,
}

/// Loads and writes API clients. Each is a row of users besides, under the same number: what it does is
/// done by that one.
///
/// Whoever changes one takes its organization for update first.
#[async_trait]
pub trait ClientRepository: Send {
    /// By id, unless it was deleted.
    async fn get(&mut self, id: ClientId) -> Result<Option<ApiClient>, StoreError>;
    /// Whether this is no person but a client, deleted or not.
    async fn is_client(&mut self, id: UserId) -> Result<bool, StoreError>;
    /// Adds one. [`Constraint::ClientName`](crate::Constraint::ClientName) when the organization has one of that
    /// name, in whatever case; [`Constraint::AndrewId`](crate::Constraint::AndrewId) when that is taken.
    async fn insert(&mut self, new: &NewClient) -> Result<ApiClient, StoreError>;
    /// Writes its name. [`Constraint::ClientName`](crate::Constraint::ClientName) as for one that is added.
    async fn rename(&mut self, id: ClientId, name: &ClientName) -> Result<(), StoreError>;
    /// Makes it gone: its name is free again, its tokens and roles end, and it is kept out for good.
    async fn delete(&mut self, id: ClientId, now: Moment) -> Result<(), StoreError>;
}
