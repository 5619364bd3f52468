use plenum_domain::id::UserId;
use plenum_domain::permission::{Scope, ViewRoles};
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::RoleGrantLine;
use plenum_ports::repository::PendingRole;

use super::require;
use crate::{App, Failure};

impl App {
    /// The role grants in a scope and in everything narrower.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who may not see them, [`Failure::NotFound`] for who may not know of the
    /// place.
    pub async fn role_grants(
        &self,
        scope: Scope,
        user: UserId,
        page: Page,
    ) -> Result<Paged<RoleGrantLine>, Failure> {
        self.may_view_roles(scope, user).await?;
        Ok(self.queries.role_grants(scope, page).await?)
    }

    /// The roles promised in a scope and in everything narrower.
    ///
    /// # Errors
    /// As [`role_grants`](Self::role_grants).
    pub async fn pending_roles(
        &self,
        scope: Scope,
        user: UserId,
        page: Page,
    ) -> Result<Paged<PendingRole>, Failure> {
        self.may_view_roles(scope, user).await?;
        Ok(self.queries.pending_roles(scope, page).await?)
    }

    async fn may_view_roles(&self, scope: Scope, user: UserId) -> Result<(), Failure> {
        let what = match scope {
            Scope::Global => "place",
            Scope::Organization(_) => "organization",
            Scope::Committee(_) => "committee",
            Scope::Session(_) => "session",
            Scope::Event(_) => "event",
        };
        let standing = self.queries.standing(scope, user).await?.ok_or(Failure::NotFound(what))?;
        match require::<ViewRoles>(&standing, what) {
            // That there is a server is no secret.
            Err(_) if scope == Scope::Global => {
                Err(Failure::Forbidden { needs: "Only an administrator of this server can see this." })
            }
            answer => answer,
        }
    }
}
