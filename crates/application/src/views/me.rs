use plenum_domain::client::ApiClient;
use plenum_domain::id::{ClientId, UserId};
use plenum_domain::permission::RoleGrant;
use plenum_domain::presence::Waiting;
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
    /// What they are, where it is a machine that asks.
    pub client: Option<ApiClient>,
    /// The running sittings they host or take part in.
    pub sessions: Vec<SessionLine>,
    /// The running sittings they wait to be admitted to, or were turned away from.
    pub waiting: Vec<(SessionLine, Waiting)>,
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
        let client = self.queries.client(ClientId::of_user(user)).await?.map(|line| line.client);
        let waiting = self.queries.waits_for(user).await?;
        Ok(Me { memberships, roles, client, sessions, waiting })
    }

    /// The person's API tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn api_tokens(&self, user: UserId, page: Page) -> Result<Paged<ApiToken>, Failure> {
        Ok(self.queries.api_tokens(user, page).await?)
    }
}
