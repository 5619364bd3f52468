//! API clients.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::client::ApiClient;
use plenum_domain::id::{ClientId, UserId};
use plenum_domain::text::{ClientName, PersonName};

use super::state::{State, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::queries::ClientLine;
use crate::repository::{ClientRepository, NewClient, NewUser};

/// A client as kept; whether it is kept out stands with its user.
#[derive(Clone)]
pub(super) struct ClientRow {
    client: ApiClient,
    deleted: bool,
}

fn unvoiced(name: &ClientName) -> Result<PersonName, StoreError> {
    PersonName::parse(name.as_str()).map_err(|error| StoreError::Other(error.to_string()))
}

impl State {
    pub(super) fn is_client(&self, id: UserId) -> bool {
        self.clients.contains_key(&ClientId::of_user(id))
    }

    /// The refusal of a vote for a machine.
    pub(super) fn no_client(&self, id: UserId) -> Result<(), StoreError> {
        if self.is_client(id) { Err(StoreError::Violated(Constraint::ClientNeverVotes)) } else { Ok(()) }
    }

    pub(super) fn client(&self, id: ClientId) -> Option<ApiClient> {
        let row = self.clients.get(&id).filter(|row| !row.deleted)?;
        Some(ApiClient { disabled: self.is_disabled(id.user()), ..row.client.clone() })
    }

    /// What it is or was called, if it is no person.
    pub(super) fn client_name(&self, id: UserId) -> Option<String> {
        self.clients.get(&ClientId::of_user(id)).map(|row| row.client.name.to_string())
    }

    pub(super) fn client_line(&self, id: ClientId) -> Option<ClientLine> {
        let client = self.client(id)?;
        let scope = plenum_domain::permission::Scope::Organization(client.organization_id);
        let grants = self.roles.values().filter(|grant| grant.user_id == id.user());
        let held = grants.filter(|grant| grant.deleted_at.is_none() && grant.scope == scope);
        Some(ClientLine { roles: held.map(|grant| grant.role).collect(), client })
    }

    fn check_client_name(&self, changed: &ApiClient) -> Result<(), StoreError> {
        let name = changed.name.as_str().to_lowercase();
        let taken = self.clients.values().any(|row| {
            !row.deleted
                && row.client.id != changed.id
                && row.client.organization_id == changed.organization_id
                && row.client.name.as_str().to_lowercase() == name
        });
        if taken { Err(StoreError::Violated(Constraint::ClientName)) } else { Ok(()) }
    }

    fn add_client(&mut self, new: &NewClient, now: Moment) -> Result<ApiClient, StoreError> {
        refers(self.organizations.contains_key(&new.organization_id), "api_clients_organization_id_fkey")?;
        refers(self.users.contains_key(&new.created_by), "api_clients_created_by_user_id_fkey")?;
        let name = unvoiced(&new.name)?;
        let user = NewUser { name, andrew_id: new.andrew_id.clone(), subject: None };
        let user = self.add_user(&user, now)?;
        let client = ApiClient {
            id: ClientId::of_user(user.id),
            organization_id: new.organization_id,
            name: new.name.clone(),
            created_by: new.created_by,
            created_at: user.created_at,
            disabled: false,
        };
        self.check_client_name(&client)?;
        self.clients.insert(client.id, ClientRow { client: client.clone(), deleted: false });
        Ok(client)
    }

    fn rename_client(&mut self, id: ClientId, name: &ClientName) -> Result<(), StoreError> {
        let client = the_row(self.client(id), "rename client")?;
        let changed = ApiClient { name: name.clone(), ..client };
        self.check_client_name(&changed)?;
        the_row(self.users.get_mut(&id.user()), "rename client")?.user.name = unvoiced(name)?;
        self.clients.insert(id, ClientRow { client: changed, deleted: false });
        Ok(())
    }

    fn delete_client(&mut self, id: ClientId, now: Moment) -> Result<(), StoreError> {
        let row = self.clients.get_mut(&id).filter(|row| !row.deleted);
        the_row(row, "delete client")?.deleted = true;
        self.end_for(id.user(), now);
        self.disable(id.user())
    }
}

#[async_trait]
impl ClientRepository for MemoryTx {
    async fn get(&mut self, id: ClientId) -> Result<Option<ApiClient>, StoreError> {
        self.look(|state| state.client(id))
    }

    async fn is_client(&mut self, id: UserId) -> Result<bool, StoreError> {
        self.look(|state| state.is_client(id))
    }

    async fn insert(&mut self, new: &NewClient) -> Result<ApiClient, StoreError> {
        let now = self.time();
        self.change(|state| state.add_client(new, now))
    }

    async fn rename(&mut self, id: ClientId, name: &ClientName) -> Result<(), StoreError> {
        self.change(|state| state.rename_client(id, name))
    }

    async fn delete(&mut self, id: ClientId, now: Moment) -> Result<(), StoreError> {
        self.change(|state| state.delete_client(id, now))
    }
}
