use async_trait::async_trait;
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::permission::{CreateSession as Create, Permitted, Scope};
use plenum_domain::session::{JoinCode, Session};
use plenum_domain::text::Title;
use plenum_ports::repository::NewSession;
use plenum_ports::{StoreError, Tx};
use serde_json::json;

use crate::audit::{self, Describe};
use crate::mandate::{self, Place};
use crate::{Env, Failure, UseCase, load};

/// Opens a sitting.
#[derive(Clone, Debug)]
pub struct CreateSession {
    /// Whose sitting.
    pub organization_id: OrganizationId,
    /// The host.
    pub by: UserId,
    /// What it is called.
    pub title: Title,
}

/// With a hundred sittings open a drawn code is taken once in nine million draws.
const MOST_DRAWS: usize = 20;

#[async_trait]
impl UseCase for CreateSession {
    const NAME: &'static str = "session.create";
    type Output = Session;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Session, Failure> {
        self.create(env, tx, None).await
    }
}

/// Opens a sitting of a committee.
#[derive(Clone, Debug)]
pub struct ConveneCommittee {
    /// The sitting.
    pub session: CreateSession,
    /// Which committee sits.
    pub committee_id: CommitteeId,
}

#[async_trait]
impl UseCase for ConveneCommittee {
    const NAME: &'static str = "session.convene";
    type Output = Session;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Session, Failure> {
        let committee = tx.committees().get(self.committee_id).await?;
        committee
            .filter(|committee| committee.organization_id == self.session.organization_id)
            .ok_or(Failure::NotFound("committee"))?;
        self.session.create(env, tx, Some(self.committee_id)).await
    }
}

impl CreateSession {
    async fn create(
        &self,
        env: &Env,
        tx: &mut dyn Tx,
        committee: Option<CommitteeId>,
    ) -> Result<Session, Failure> {
        // For update: a mandate for a span is given either before, and brought in below, or after.
        let (organization, mut standing) = load::organization(tx, self.organization_id, self.by).await?;
        if let Some(committee) = committee {
            standing.granted = tx.roles().held(self.by, Scope::Committee(committee)).await?;
        }
        Create::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        load::require_active(tx, organization.id).await?;
        let session = self.insert(env, tx).await?;
        if let Some(committee) = committee {
            tx.committees().convene(committee, session.id).await?;
        }
        let entry =
            audit::entry("session.create", "sessions", session.id.get(), Some(self.by), session.created_at)
                .session(&session)
                .after(json!({
                    "title": session.title.as_str(),
                    "status": session.status.as_str(),
                    "committee_id": committee.map(CommitteeId::get),
                }));
        tx.audit().append(&[entry]).await?;
        let now = session.created_at;
        let spans = tx.proxies().living_spans(organization.id).await?;
        let place = Place { organization, session: Some(session.clone()), standing };
        for span in spans.iter().filter(|span| span.stands()) {
            mandate::bring_into(tx, span, &place, now).await?;
        }
        Ok(session)
    }
}

impl CreateSession {
    async fn insert(&self, env: &Env, tx: &mut dyn Tx) -> Result<Session, Failure> {
        for _ in 0..MOST_DRAWS {
            let mut bytes = [0; 32];
            env.randomness.fill(&mut bytes);
            let Some(join_code) = JoinCode::from_random(bytes) else { continue };
            let new = NewSession {
                organization_id: self.organization_id,
                join_code,
                title: self.title.clone(),
                created_by_user_id: self.by,
            };
            if let Some(session) = tx.sessions().insert(&new).await? {
                return Ok(session);
            }
        }
        Err(StoreError::Other("no free join code was found".to_owned()).into())
    }
}
