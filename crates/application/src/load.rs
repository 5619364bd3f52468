//! Loading what almost every use case needs, in the order that avoids deadlocks: the sitting before
//! its events, events before votes.

use plenum_domain::Refusal;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_domain::organization::Organization;
use plenum_domain::permission::{Permit, Permitted, Scope, Standing};
use plenum_domain::rules::{Electorate, Voters};
use plenum_domain::session::Session;
use plenum_ports::Tx;
use plenum_ports::repository::AuditEntry;

use crate::failure::Failure;

/// How a sitting is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take {
    /// It cannot be closed meanwhile.
    Share,
    /// Nobody else can take it meanwhile.
    Update,
}

/// A sitting with its organization and how the person stands.
pub(crate) struct InSession {
    pub(crate) session: Session,
    pub(crate) organization: Organization,
    pub(crate) standing: Standing,
}

/// An event with its sitting.
pub(crate) struct InEvent {
    pub(crate) event: Event,
    pub(crate) at: InSession,
}

/// An organization and how a person stands towards it.
pub(crate) async fn organization(
    tx: &mut dyn Tx,
    id: OrganizationId,
    by: UserId,
) -> Result<(Organization, Standing), Failure> {
    let organization =
        tx.organizations().get_for_update(id).await?.ok_or(Failure::NotFound("organization"))?;
    let standing = in_organization(tx, id, by).await?;
    Ok((organization, standing))
}

/// How a person stands towards an organization.
pub(crate) async fn in_organization(
    tx: &mut dyn Tx,
    id: OrganizationId,
    by: UserId,
) -> Result<Standing, Failure> {
    let role = tx.organizations().member(id, by).await?.map(|member| member.role);
    let granted = tx.roles().held(by, Scope::Organization(id)).await?;
    Ok(Standing::in_organization(by, role).with(granted))
}

/// Refuses to change anything in an organization that is archived. Asked after the permission: who may not
/// know of an organization does not learn that it is archived either.
pub(crate) async fn require_active(tx: &mut dyn Tx, id: OrganizationId) -> Result<(), Failure> {
    if tx.organizations().is_archived(id).await? { Err(Refusal::OrganizationArchived.into()) } else { Ok(()) }
}

/// A place a role can be held at, and how a person stands towards it.
pub(crate) struct Place {
    /// The organization it lies in, taken for update; `None` for the whole server.
    pub(crate) organization: Option<Organization>,
    pub(crate) session: Option<Session>,
    pub(crate) scope: Scope,
    pub(crate) standing: Standing,
}

/// A place a role can be held at. Its organization is taken for update: changes of who may do what in
/// it take turns.
pub(crate) async fn place(tx: &mut dyn Tx, scope: Scope, by: UserId) -> Result<Place, Failure> {
    let (what, session) = match scope {
        Scope::Global => {
            let granted = tx.roles().held(by, Scope::Global).await?;
            let standing = Standing::in_organization(by, None).with(granted);
            return Ok(Place { organization: None, session: None, scope, standing });
        }
        Scope::Organization(_) => ("organization", None),
        Scope::Committee(_) => ("committee", None),
        Scope::Session(id) => ("session", Some(id)),
        Scope::Event(id) => ("event", tx.events().get(id).await?.map(|event| event.session_id)),
    };
    let id = tx.roles().organization_of(scope).await?.ok_or(Failure::NotFound(what))?;
    let organization = tx.organizations().get_for_update(id).await?.ok_or(Failure::NotFound(what))?;
    let (session, mut standing) = match session {
        Some(session) => {
            let session = tx.sessions().get(session).await?.ok_or(Failure::NotFound(what))?;
            let at = in_session(tx, session, by).await?;
            (Some(at.session), at.standing)
        }
        None => (None, in_organization(tx, id, by).await?),
    };
    standing.granted = tx.roles().held(by, scope).await?;
    Ok(Place { organization: Some(organization), session, scope, standing })
}

impl Place {
    /// Asks the permission table.
    pub(crate) fn permit<A: Permitted>(&self) -> Result<Permit<A>, Failure> {
        let what = match self.scope {
            // That there is a server is no secret.
            Scope::Global => {
                return A::permit(&self.standing).map_err(|_| Failure::Forbidden {
                    needs: "Only an administrator of this server can do this.",
                });
            }
            Scope::Organization(_) => "organization",
            Scope::Committee(_) => "committee",
            Scope::Session(_) => "session",
            Scope::Event(_) => "event",
        };
        A::permit(&self.standing).map_err(|denied| Failure::denied(denied, what))
    }

    /// Refuses to change anything in an organization that is archived.
    pub(crate) async fn require_active(&self, tx: &mut dyn Tx) -> Result<(), Failure> {
        match &self.organization {
            Some(organization) => require_active(tx, organization.id).await,
            None => Ok(()),
        }
    }

    /// Says in an audit entry where it happened.
    pub(crate) fn located(&self, mut entry: AuditEntry) -> AuditEntry {
        entry.organization_id = self.organization.as_ref().map(|organization| organization.id);
        entry.session_id = self.session.as_ref().map(|session| session.id);
        if let Scope::Event(id) = self.scope {
            entry.event_id = Some(id);
        }
        entry
    }
}

/// A sitting and how a person stands towards it.
pub(crate) async fn session(
    tx: &mut dyn Tx,
    id: SessionId,
    by: UserId,
    take: Take,
) -> Result<InSession, Failure> {
    let session = match take {
        Take::Share => tx.sessions().get_for_share(id).await?,
        Take::Update => tx.sessions().get_for_update(id).await?,
    }
    .ok_or(Failure::NotFound("session"))?;
    in_session(tx, session, by).await
}

/// The rest of what belongs to a sitting that was taken already.
pub(crate) async fn in_session(tx: &mut dyn Tx, session: Session, by: UserId) -> Result<InSession, Failure> {
    let organization =
        tx.organizations().get(session.organization_id).await?.ok_or(Failure::NotFound("session"))?;
    let role = tx.organizations().member(session.organization_id, by).await?.map(|member| member.role);
    let participant =
        tx.attendance().of_user(session.id, by).await?.iter().any(|row| row.proxy.is_none() && !row.barred);
    let granted = tx.roles().held(by, Scope::Session(session.id)).await?;
    let host = session.created_by_user_id == by;
    let standing = Standing { user_id: by, role, granted, host, participant };
    Ok(InSession { session, organization, standing })
}

/// An event, taken for update, with its sitting, taken for share before it.
pub(crate) async fn event(tx: &mut dyn Tx, id: EventId, by: UserId) -> Result<InEvent, Failure> {
    let session_id = tx.events().get(id).await?.ok_or(Failure::NotFound("event"))?.session_id;
    let mut at = session(tx, session_id, by, Take::Share).await.map_err(|failure| match failure {
        Failure::NotFound(_) => Failure::NotFound("event"),
        failure => failure,
    })?;
    at.standing.granted = tx.roles().held(by, Scope::Event(id)).await?;
    let event = tx.events().get_for_update(id).await?.ok_or(Failure::NotFound("event"))?;
    Ok(InEvent { event, at })
}

/// Who may vote on an event of a sitting: what the event says, or the organization's rules.
pub(crate) async fn electorate(
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    organization: &Organization,
) -> Result<Electorate, Failure> {
    let said = event.terms.voters.as_ref().unwrap_or(&organization.rules.voters);
    let electorate = tx.roles().electorate(said, session.id, Some(event.id)).await?;
    if let Voters::Committee { id, .. } = electorate.voters {
        // It may have been dissolved since it was named.
        let there = tx.committees().get(id).await?;
        if there.is_none_or(|committee| committee.organization_id != organization.id) {
            return Err(Refusal::CommitteeGone.into());
        }
    }
    Ok(electorate)
}

impl InSession {
    /// Asks the permission table.
    pub(crate) fn permit<A: Permitted>(&self) -> Result<Permit<A>, Failure> {
        A::permit(&self.standing).map_err(|denied| Failure::denied(denied, "session"))
    }
}

impl InEvent {
    /// Asks the permission table.
    pub(crate) fn permit<A: Permitted>(&self) -> Result<Permit<A>, Failure> {
        A::permit(&self.at.standing).map_err(|denied| Failure::denied(denied, "event"))
    }
}
