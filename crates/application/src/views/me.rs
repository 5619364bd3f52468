use plenum_domain::id::UserId;
use plenum_domain::permission::RoleGrant;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{MembershipLine, SessionLine};
use plenum_ports::repository::ApiToken;

use crate::{App, Failure};

/// What concerns the person who asks.
#[derive(Clone, Debug)]
pub struct Me {
    /// Their memberships; at most the first 200.
    pub memberships: Vec<MembershipLine>,
    /// The roles granted to them besides, everywhere; at most the first 200.
    pub roles: Vec<RoleGrant>,
    /// The running sittings they host or take part in.
    pub sessions: Vec<SessionLine>,
}

impl App {
    /// What concerns the person who asks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn me(&self, user: UserId) -> Result<Me, Failure> {
        let memberships = self.queries.memberships(user, Page::first()).await?.items;
        let roles = self.queries.roles_of(user).await?;
        let sessions = self.queries.current_sessions(user).await?;
        Ok(Me { memberships, roles, sessions })
    }

    /// The person's API tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn api_tokens(&self, user: UserId, page: Page) -> Result<Paged<ApiToken>, Failure> {
        Ok(self.queries.api_tokens(user, page).await?)
    }
}
