use plenum_domain::id::{ClientId, OrganizationId, UserId};
use plenum_domain::permission::{ManageClients, ViewRoles};
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::ClientLine;
use plenum_ports::repository::ApiToken;

use super::require;
use crate::{App, Failure};

impl App {
    /// The API clients of an organization.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for members who do not lead or check it, [`Failure::NotFound`] for strangers.
    pub async fn clients(
        &self,
        id: OrganizationId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<ClientLine>, Failure> {
        let (_, standing) = self.organization(id, user).await?;
        require::<ViewRoles>(&standing, "organization")?;
        Ok(self.queries.clients(id, page).await?)
    }

    /// One API client of an organization.
    ///
    /// # Errors
    /// As [`clients`](Self::clients).
    pub async fn client(
        &self,
        id: OrganizationId,
        user: UserId,
        client: ClientId,
    ) -> Result<ClientLine, Failure> {
        let (_, standing) = self.organization(id, user).await?;
        require::<ViewRoles>(&standing, "organization")?;
        self.client_of(id, client).await
    }

    /// The tokens of an API client that were not revoked.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for members who do not run the organization, [`Failure::NotFound`] for
    /// strangers.
    pub async fn client_tokens(
        &self,
        id: OrganizationId,
        user: UserId,
        client: ClientId,
        page: Page,
    ) -> Result<Paged<ApiToken>, Failure> {
        let (_, standing) = self.organization(id, user).await?;
        require::<ManageClients>(&standing, "organization")?;
        let line = self.client_of(id, client).await?;
        Ok(self.queries.api_tokens(line.client.id.user(), page).await?)
    }

    async fn client_of(&self, id: OrganizationId, client: ClientId) -> Result<ClientLine, Failure> {
        let found = self.queries.client(client).await?;
        found.filter(|line| line.client.organization_id == id).ok_or(Failure::NotFound("client"))
    }
}
