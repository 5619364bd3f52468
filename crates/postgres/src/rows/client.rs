//! API clients.

use plenum_domain::Moment;
use plenum_domain::client::ApiClient;
use plenum_domain::id::{ClientId, OrganizationId, UserId};
use plenum_domain::permission::Role;
use plenum_domain::text::ClientName;
use plenum_ports::StoreError;
use plenum_ports::queries::ClientLine;

use super::Cell;

/// A row of `api_clients`, with what its user says of it.
#[derive(Debug)]
pub(crate) struct ClientRow {
    pub(crate) user_id: i32,
    pub(crate) organization_id: i32,
    pub(crate) name: String,
    pub(crate) created_by_user_id: i32,
    pub(crate) created_at: Moment,
    pub(crate) disabled: bool,
}

impl TryFrom<ClientRow> for ApiClient {
    type Error = StoreError;

    fn try_from(row: ClientRow) -> Result<Self, StoreError> {
        let cell = Cell::new("api_clients", "name", row.user_id);
        Ok(Self {
            id: ClientId::new(row.user_id),
            organization_id: OrganizationId::new(row.organization_id),
            name: cell.check(ClientName::parse(&row.name))?,
            created_by: UserId::new(row.created_by_user_id),
            created_at: row.created_at,
            disabled: row.disabled,
        })
    }
}

/// A client with the roles it holds in the whole of its organization.
#[derive(Debug)]
pub(crate) struct ClientLineRow {
    pub(crate) user_id: i32,
    pub(crate) organization_id: i32,
    pub(crate) name: String,
    pub(crate) created_by_user_id: i32,
    pub(crate) created_at: Moment,
    pub(crate) disabled: bool,
    pub(crate) roles: Vec<String>,
}

impl TryFrom<ClientLineRow> for ClientLine {
    type Error = StoreError;

    fn try_from(row: ClientLineRow) -> Result<Self, StoreError> {
        let cell = Cell::new("roles", "role", row.user_id);
        let roles: Vec<Role> = row.roles.iter().map(|word| cell.word(word)).collect::<Result<_, _>>()?;
        let client = ClientRow {
            user_id: row.user_id,
            organization_id: row.organization_id,
            name: row.name,
            created_by_user_id: row.created_by_user_id,
            created_at: row.created_at,
            disabled: row.disabled,
        };
        Ok(Self { client: client.try_into()?, roles: roles.into_iter().collect() })
    }
}
