//! Read models, worked out from what was committed.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_domain::attendance::UserSession;
use plenum_domain::committee::{Committee, CommitteeMember};
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{
    ClientId, CommitteeId, EventId, NominationId, OfficeId, OrganizationId, PresenceCheckId, ProxyId,
    SessionId, UserId,
};
use plenum_domain::motion::Motion;
use plenum_domain::organization::{Member, Organization, QuorumRule};
use plenum_domain::permission::{RoleGrant, Scope, Standing};
use plenum_domain::presence::{Asked, PresenceCheck, Waiting, WaitingState};
use plenum_domain::proxy::{Mandate, Scope as MandateScope};
use plenum_domain::rules::{Adopted, Electorate, Voters};
use plenum_domain::secret::BareBallot;
use plenum_domain::session::Session;
use plenum_domain::text::AndrewId;
use plenum_domain::user::User;

use super::state::{State, the_row};
use super::store::MemoryStore;
use crate::clock::Clock;
use crate::documents::ResultData;
use crate::error::StoreError;
use crate::keys::{KeyId, KeyStoreId};
use crate::page::{Page, Paged};
use crate::queries::{
    AttendeeLine, AuditFilter, AuditLine, CandidateLine, ClientLine, EventLine, InstanceLine, LoginLine,
    MandateLine, MandateNoteLine, MemberLine, MembershipLine, MotionLine, OfficeLine, PresenceCheckLine,
    Queries, RoleGrantLine, RunningCount, SessionLine, Turnout, VoteLine, WaitingLine,
};
use crate::repository::{ApiToken, MissKey, PendingRole, TokenHash};
use crate::repository::{Seal, SealState};

/// The most sittings in a list of current ones.
const CURRENT_SESSIONS: usize = 100;

/// A piece of a list that runs upwards.
fn upwards<T>(page: Page, items: impl Iterator<Item = T>, cursor: impl Fn(&T) -> i64) -> Paged<T> {
    let behind = items.filter(|item| page.after().is_none_or(|after| cursor(item) > after));
    Paged::from_one_more(page, behind.take(usize::from(page.limit()) + 1).collect(), cursor)
}

/// A piece of a list that runs downwards.
fn downwards<T>(page: Page, items: impl Iterator<Item = T>, cursor: impl Fn(&T) -> i64) -> Paged<T> {
    let below = items.filter(|item| page.after().is_none_or(|after| cursor(item) < after));
    Paged::from_one_more(page, below.take(usize::from(page.limit()) + 1).collect(), cursor)
}

/// A piece of a list whose lines may refer to nothing, which is an error.
fn whole<T>(piece: Paged<Result<T, StoreError>>) -> Result<Paged<T>, StoreError> {
    let next = piece.next;
    let items = piece.items.into_iter().collect::<Result<_, _>>()?;
    Ok(Paged { items, next })
}

impl State {
    fn organization(&self, id: OrganizationId) -> Result<Organization, StoreError> {
        the_row(self.organizations.get(&id), "select organization").cloned()
    }

    fn session_line(&self, session: &Session, user: UserId) -> Result<SessionLine, StoreError> {
        Ok(SessionLine {
            session: session.clone(),
            organization: self.organization(session.organization_id)?,
            standing: self.standing(session, user),
        })
    }

    fn attendee(&self, session: &Session, user: UserId) -> Result<AttendeeLine, StoreError> {
        Ok(AttendeeLine {
            user: self.user(user)?,
            member: self.member(session.organization_id, user).copied(),
            own: self.own(session.id, user).copied(),
            entries: self.log_of(session.id).into_iter().filter(|entry| entry.user_id == user).collect(),
        })
    }

    fn check_line(&self, check: &PresenceCheck) -> PresenceCheckLine {
        let count = |counts: fn(&&Asked) -> bool| self.asked_in(check.id).filter(counts).count() as u64;
        PresenceCheckLine {
            check: *check,
            asked: count(|_| true),
            answered: count(|asked| asked.answered_at.is_some()),
            set_absent: count(|asked| asked.set_absent),
        }
    }

    fn mandate_line(&self, mandate: &Mandate) -> Result<MandateLine, StoreError> {
        let session = mandate.scope.session_id().and_then(|id| self.sessions.get(&id));
        let organization_id = match (mandate.scope, session) {
            (MandateScope::Span { organization_id, .. }, _) => organization_id,
            (_, session) => the_row(session, "select session")?.organization_id,
        };
        Ok(MandateLine {
            mandate: *mandate,
            reason: self.reasons.get(&mandate.id).cloned(),
            organization_id,
            title: session.map(|session| session.title.clone()),
            principal: self.user(mandate.principal_user_id)?,
            holder: self.user(mandate.holder_user_id)?,
            principal_present: session
                .is_some_and(|session| self.is_present(session.id, mandate.principal_user_id)),
        })
    }

    /// Whose vote on an event is entitled, by user id.
    fn principals(&self, event: EventId) -> impl Iterator<Item = UserId> {
        self.rolls.get(&event).into_iter().flat_map(|roll| roll.entries.keys().copied())
    }
}

#[async_trait]
impl Queries for MemoryStore {
    async fn now(&self) -> Result<Moment, StoreError> {
        Ok(self.clock().now())
    }

    async fn ready(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn login(&self, token: TokenHash) -> Result<Option<LoginLine>, StoreError> {
        let state = self.snapshot();
        let mut logins = state.logins.iter();
        let found = logins.find(|(_, row)| row.token == token && !state.is_disabled(row.user_id));
        found
            .map(|(id, row)| {
                Ok(LoginLine {
                    id: *id,
                    user: state.user(row.user_id)?,
                    last_used_at: row.last_used_at,
                    expires_at: row.expires_at,
                })
            })
            .transpose()
    }

    async fn api_token(&self, token: TokenHash) -> Result<Option<(ApiToken, User)>, StoreError> {
        let state = self.snapshot();
        let mut tokens = state.tokens.values();
        let found =
            tokens.find(|row| row.hash == token && !row.revoked && !state.is_disabled(row.token.user_id));
        found.map(|row| Ok((row.token.clone(), state.user(row.token.user_id)?))).transpose()
    }

    async fn api_tokens(&self, user: UserId, page: Page) -> Result<Paged<ApiToken>, StoreError> {
        let state = self.snapshot();
        let theirs = state.tokens.values().filter(|row| row.token.user_id == user && !row.revoked);
        Ok(upwards(page, theirs.map(|row| row.token.clone()), |token| i64::from(token.id.get())))
    }

    async fn user_by_andrew_id(&self, andrew_id: &AndrewId) -> Result<Option<User>, StoreError> {
        let state = self.snapshot();
        let found = state.users.values().find(|row| row.user.andrew_id == *andrew_id);
        Ok(found.map(|row| row.user.clone()))
    }

    async fn memberships(&self, user: UserId, page: Page) -> Result<Paged<MembershipLine>, StoreError> {
        let state = self.snapshot();
        let theirs = state
            .members
            .values()
            .filter(|member| member.user_id == user && state.has_organization(member.organization_id));
        let piece = upwards(page, theirs, |member| i64::from(member.organization_id.get()));
        whole(piece.map(|member| {
            let organization = state.organization(member.organization_id)?;
            Ok(MembershipLine { organization, member: *member })
        }))
    }

    async fn organization(
        &self,
        id: OrganizationId,
        user: UserId,
    ) -> Result<Option<(Organization, Standing)>, StoreError> {
        let state = self.snapshot();
        let found = state.organizations.get(&id).filter(|_| state.has_organization(id)).cloned();
        Ok(found.map(|organization| (organization, state.standing_in(id, user))))
    }

    async fn is_archived(&self, id: OrganizationId) -> Result<bool, StoreError> {
        Ok(self.snapshot().archived.contains(&id))
    }

    async fn rules_versions(&self, id: OrganizationId, page: Page) -> Result<Paged<Adopted>, StoreError> {
        let state = self.snapshot();
        let theirs = state.rules.values().filter(|adopted| adopted.organization_id == id).rev();
        Ok(downwards(page, theirs.cloned(), |adopted| adopted.rules.version.into()))
    }

    async fn rules_version(&self, id: OrganizationId, version: u32) -> Result<Option<Adopted>, StoreError> {
        Ok(self.snapshot().rules.get(&(id, version)).cloned())
    }

    async fn organizations(
        &self,
        user: UserId,
        page: Page,
    ) -> Result<Paged<(Organization, Standing)>, StoreError> {
        let state = self.snapshot();
        let there = state.organizations.values().filter(|found| state.has_organization(found.id));
        let known = there.map(|found| (found, state.standing_in(found.id, user)));
        let theirs = known.filter(|(_, standing)| standing.belongs());
        let piece = upwards(page, theirs, |(organization, _)| i64::from(organization.id.get()));
        Ok(piece.map(|(organization, standing)| (organization.clone(), standing)))
    }

    async fn standing(&self, scope: Scope, user: UserId) -> Result<Option<Standing>, StoreError> {
        Ok(self.snapshot().standing_at(scope, user))
    }

    async fn role_grants(&self, scope: Scope, page: Page) -> Result<Paged<RoleGrantLine>, StoreError> {
        let state = self.snapshot();
        let here = state
            .roles
            .values()
            .filter(|grant| grant.deleted_at.is_none() && state.lies_in(grant.scope, scope));
        whole(upwards(page, here, |grant| i64::from(grant.id.get())).map(|grant| {
            Ok(RoleGrantLine {
                grant: *grant,
                user: state.user(grant.user_id)?,
                granted_by: grant.granted_by.map(|by| state.user(by)).transpose()?,
            })
        }))
    }

    async fn pending_roles(&self, scope: Scope, page: Page) -> Result<Paged<PendingRole>, StoreError> {
        let now = self.clock().now();
        let state = self.snapshot();
        let here = state
            .promises
            .values()
            .filter(|promise| now < promise.expires_at && state.lies_in(promise.scope, scope));
        Ok(upwards(page, here, |promise| i64::from(promise.id.get())).map(PendingRole::clone))
    }

    async fn roles_of(&self, user: UserId) -> Result<Vec<RoleGrant>, StoreError> {
        let state = self.snapshot();
        let theirs = state.roles.values().filter(|grant| grant.user_id == user && grant.deleted_at.is_none());
        Ok(theirs.take(200).copied().collect())
    }

    async fn clients(&self, id: OrganizationId, page: Page) -> Result<Paged<ClientLine>, StoreError> {
        let state = self.snapshot();
        let lines = state.clients.keys().filter_map(|client| state.client_line(*client));
        let theirs: Vec<ClientLine> = lines.filter(|line| line.client.organization_id == id).collect();
        Ok(upwards(page, theirs.iter(), |line| i64::from(line.client.id.get())).map(ClientLine::clone))
    }

    async fn client(&self, id: ClientId) -> Result<Option<ClientLine>, StoreError> {
        Ok(self.snapshot().client_line(id))
    }

    async fn committees(&self, id: OrganizationId, page: Page) -> Result<Paged<Committee>, StoreError> {
        let state = self.snapshot();
        let ids: Vec<CommitteeId> = state.committees.keys().copied().collect();
        let there = ids.into_iter().filter_map(|id| state.committee(id));
        let theirs = there.filter(|committee| committee.organization_id == id);
        Ok(upwards(page, theirs, |committee| i64::from(committee.id.get())).map(Committee::clone))
    }

    async fn committee_members(
        &self,
        id: CommitteeId,
        page: Page,
    ) -> Result<Paged<(CommitteeMember, User)>, StoreError> {
        let state = self.snapshot();
        let seats = state.seats.values().filter(|seat| seat.committee_id == id);
        let piece = upwards(page, seats, |seat| i64::from(seat.user_id.get()));
        whole(piece.map(|seat| Ok((*seat, state.user(seat.user_id)?))))
    }

    async fn members(&self, id: OrganizationId, page: Page) -> Result<Paged<MemberLine>, StoreError> {
        let state = self.snapshot();
        let piece = upwards(page, state.members_of(id), |member| i64::from(member.user_id.get()));
        whole(piece.map(|member| {
            let contact = state.contacts.get(&(id, member.user_id)).cloned().unwrap_or_default();
            Ok(MemberLine { member: *member, user: state.user(member.user_id)?, contact })
        }))
    }

    async fn sessions(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Paged<SessionLine>, StoreError> {
        let state = self.snapshot();
        let visible = state
            .sessions
            .values()
            .rev()
            .filter(|session| organization.is_none_or(|wanted| session.organization_id == wanted))
            .filter(|session| state.has_organization(session.organization_id))
            .filter(|session| state.standing(session, user).may_know());
        let piece = downwards(page, visible, |session| i64::from(session.id.get()));
        whole(piece.map(|session| state.session_line(session, user)))
    }

    async fn current_sessions(&self, user: UserId) -> Result<Vec<SessionLine>, StoreError> {
        let state = self.snapshot();
        let theirs = |session: &&Session| {
            let standing = state.standing(session, user);
            let running = !session.status.is_closed() && state.has_organization(session.organization_id);
            running && (standing.host || standing.participant)
        };
        let newest = state.sessions.values().rev().filter(theirs).take(CURRENT_SESSIONS);
        newest.map(|session| state.session_line(session, user)).collect()
    }

    async fn session(&self, id: SessionId, user: UserId) -> Result<Option<SessionLine>, StoreError> {
        let state = self.snapshot();
        let found = state.sessions.get(&id).filter(|session| state.has_organization(session.organization_id));
        found.map(|session| state.session_line(session, user)).transpose()
    }

    async fn screen(&self, token: TokenHash) -> Result<Option<SessionId>, StoreError> {
        let state = self.snapshot();
        Ok(state.screens.values().find(|link| link.token == token).map(|link| link.session_id))
    }

    async fn screen_since(&self, id: SessionId) -> Result<Option<Moment>, StoreError> {
        Ok(self.snapshot().screens.get(&id).map(|link| link.created_at))
    }

    async fn attendees(&self, id: SessionId) -> Result<Vec<AttendeeLine>, StoreError> {
        let state = self.snapshot();
        let Some(session) = state.sessions.get(&id) else { return Ok(Vec::new()) };
        let own = state.instances_in(id).filter(|instance| instance.proxy.is_none());
        let represented = state.mandates_of(id).filter(|mandate| mandate.stands());
        let people: BTreeSet<UserId> = own
            .map(|instance| instance.user_id)
            .chain(represented.map(|mandate| mandate.principal_user_id))
            .collect();
        people.into_iter().map(|user| state.attendee(session, user)).collect()
    }

    async fn mandates(&self, id: SessionId) -> Result<Vec<MandateLine>, StoreError> {
        let state = self.snapshot();
        state.mandates_of(id).map(|mandate| state.mandate_line(mandate)).collect()
    }

    async fn mandates_of_user(&self, user: UserId, page: Page) -> Result<Paged<MandateLine>, StoreError> {
        let state = self.snapshot();
        let theirs = state
            .mandates
            .values()
            .rev()
            .filter(|mandate| mandate.principal_user_id == user || mandate.holder_user_id == user);
        let piece = downwards(page, theirs, |mandate| i64::from(mandate.id.get()));
        whole(piece.map(|mandate| state.mandate_line(mandate)))
    }

    async fn span_mandates(&self, id: OrganizationId, page: Page) -> Result<Paged<MandateLine>, StoreError> {
        let state = self.snapshot();
        let spans = state.mandates.values().rev().filter(
            |mandate| matches!(mandate.scope, MandateScope::Span { organization_id, .. } if organization_id == id),
        );
        let piece = downwards(page, spans, |mandate| i64::from(mandate.id.get()));
        whole(piece.map(|mandate| state.mandate_line(mandate)))
    }

    async fn mandate(&self, id: ProxyId) -> Result<Option<MandateLine>, StoreError> {
        let state = self.snapshot();
        state.mandates.get(&id).map(|mandate| state.mandate_line(mandate)).transpose()
    }

    async fn mandate_notes(&self, id: ProxyId) -> Result<Vec<MandateNoteLine>, StoreError> {
        let state = self.snapshot();
        let notes = state.mandate_notes.iter().filter(|note| note.proxy_id == id);
        notes
            .map(|note| {
                let by = note.by.map(|by| state.user(by)).transpose()?;
                Ok(MandateNoteLine { note: note.clone(), by })
            })
            .collect()
    }

    async fn quorum_facts(&self, id: SessionId) -> Result<(Vec<Member>, Vec<UserSession>), StoreError> {
        let state = self.snapshot();
        let Some(session) = state.sessions.get(&id) else { return Ok((Vec::new(), Vec::new())) };
        let members = state.members_of(session.organization_id).copied().collect();
        Ok((members, state.instances_in(id).copied().collect()))
    }

    async fn electorate(&self, said: &Voters, session: SessionId) -> Result<Electorate, StoreError> {
        Ok(self.snapshot().electorate(said, session, None))
    }

    async fn events(&self, id: SessionId, page: Page) -> Result<Paged<Event>, StoreError> {
        let state = self.snapshot();
        let of_session = state.events.values().filter(|event| event.session_id == id);
        Ok(upwards(page, of_session, |event| i64::from(event.id.get())).map(Event::clone))
    }

    async fn event(&self, id: EventId, user: UserId) -> Result<Option<EventLine>, StoreError> {
        let state = self.snapshot();
        let Some(event) = state.events.get(&id).cloned() else { return Ok(None) };
        let session = the_row(state.sessions.get(&event.session_id), "select session")?;
        if !state.has_organization(session.organization_id) {
            return Ok(None);
        }
        let mut line = state.session_line(session, user)?;
        line.standing.granted = state.granted(user, Scope::Event(id));
        Ok(Some(EventLine { event, line }))
    }

    async fn motion(&self, id: EventId) -> Result<MotionLine, StoreError> {
        let state = self.snapshot();
        let (amended_by, reconsidered_by) = (state.amendments_of(id), state.reconsiderations_of(id));
        let motion = state.motions.get(&id).cloned().unwrap_or_else(|| Motion::new(id));
        let people = motion.people().into_iter().map(|user| state.user(user)).collect::<Result<_, _>>()?;
        Ok(MotionLine { motion, amended_by, reconsidered_by, people })
    }

    async fn offices(&self, id: SessionId) -> Result<Vec<OfficeLine>, StoreError> {
        let state = self.snapshot();
        let ids = state.offices.values().filter(|(office, _)| office.session_id == id);
        ids.filter_map(|(office, _)| state.office_line(office.id).transpose()).collect()
    }

    async fn office(&self, id: OfficeId) -> Result<Option<OfficeLine>, StoreError> {
        self.snapshot().office_line(id)
    }

    async fn office_of_nomination(&self, id: NominationId) -> Result<Option<OfficeId>, StoreError> {
        Ok(self.snapshot().nominations.get(&id).map(|nomination| nomination.office_id))
    }

    async fn candidates(&self, id: EventId) -> Result<Vec<CandidateLine>, StoreError> {
        self.snapshot().candidates(id)
    }

    async fn vote_instances(&self, event: &Event, user: UserId) -> Result<Vec<InstanceLine>, StoreError> {
        let state = self.snapshot();
        let instances = state.voting_instances(event, user).into_iter();
        instances
            .map(|instance| Ok(InstanceLine { instance, principal: state.user(instance.row.principal())? }))
            .collect()
    }

    async fn turnout(&self, event: EventId) -> Result<Turnout, StoreError> {
        let state = self.snapshot();
        let session = state.events.get(&event).map(|event| event.session_id);
        let present = |user: &UserId| session.is_some_and(|session| state.is_present(session, *user));
        Ok(Turnout {
            entitled: state.principals(event).count() as u64,
            present: state.principals(event).filter(present).count() as u64,
            voted: state.cast_on(event) as u64,
        })
    }

    async fn missing(&self, event: EventId, page: Page) -> Result<Paged<User>, StoreError> {
        let state = self.snapshot();
        let waiting = state.principals(event).filter(|user| !state.voted(event, *user));
        whole(upwards(page, waiting, |user| i64::from(user.get())).map(|user| state.user(user)))
    }

    async fn result(&self, event: EventId) -> Result<Option<ResultData>, StoreError> {
        Ok(self.snapshot().results.get(&event).cloned())
    }

    async fn running_count(&self, event: &Event) -> Result<RunningCount, StoreError> {
        let state = self.snapshot();
        Ok(RunningCount {
            roll: state.roll_lines(event.id, None),
            votes: state.responses(event.id),
            quorum: state.rolls.get(&event.id).map_or(QuorumRule::None, |roll| roll.quorum),
        })
    }

    async fn votes(&self, event: &Event, page: Page) -> Result<Paged<VoteLine>, StoreError> {
        let state = self.snapshot();
        let piece = upwards(page, state.votes_on(event.id), |vote| i64::from(vote.id.get()));
        whole(piece.map(|vote| {
            let (caster, principal) =
                (state.user(vote.cast_by_user_id)?, state.user(vote.principal_user_id)?);
            Ok(VoteLine { vote: vote.clone(), caster, principal })
        }))
    }

    async fn ballots(&self, event: &Event, page: Page) -> Result<Paged<BareBallot>, StoreError> {
        let state = self.snapshot();
        let ballots = (1_i64..).zip(state.ballots.get(&event.id).into_iter().flatten());
        Ok(upwards(page, ballots, |(place, _)| *place).map(|(_, ballot)| ballot.clone()))
    }

    async fn misses(&self, keys: &[MissKey]) -> Result<Vec<TimeDelta>, StoreError> {
        let (state, now) = (self.snapshot(), self.clock().now());
        let left = |key| {
            state.misses.get(key).map_or(TimeDelta::zero(), |settled| (*settled - now).max(TimeDelta::zero()))
        };
        Ok(keys.iter().map(left).collect())
    }

    async fn is_recorded(&self, event: EventId) -> Result<bool, StoreError> {
        let state = self.snapshot();
        Ok(state
            .events
            .get(&event)
            .is_some_and(|event| event.state != EventState::Draft && !event.is_secret()))
    }

    async fn open_seals(&self, id: SessionId) -> Result<Vec<Seal>, StoreError> {
        let state = self.snapshot();
        let open = state.events.values().filter(|event| event.session_id == id);
        let open = open.filter(|event| matches!(event.state, EventState::Active { .. }));
        Ok(open.filter_map(|event| state.seals.get(&event.id)).map(|found| found.seal.clone()).collect())
    }

    async fn seal(&self, event: EventId) -> Result<Option<SealState>, StoreError> {
        Ok(self.snapshot().seals.get(&event).cloned())
    }

    async fn keys_to_destroy(&self, store: KeyStoreId) -> Result<Vec<Seal>, StoreError> {
        let state = self.snapshot();
        let waiting = state.seals.values().filter(|found| found.seal.key_store_id == store);
        let waiting = waiting.filter(|found| found.retired_at.is_some() && found.destroyed_at.is_none());
        Ok(waiting.map(|found| found.seal.clone()).collect())
    }

    async fn known_keys(&self, keys: &[KeyId]) -> Result<Vec<KeyId>, StoreError> {
        let state = self.snapshot();
        let known = |key: &&KeyId| state.seals.values().any(|found| found.seal.key_id == **key);
        Ok(keys.iter().filter(known).copied().collect())
    }

    async fn audit(
        &self,
        id: OrganizationId,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Paged<AuditLine>, StoreError> {
        let state = self.snapshot();
        let wanted = |line: &AuditLine| {
            let action = filter.action.as_deref().is_none_or(|action| {
                let rest = line.action.strip_prefix(action);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            action
                && filter.actor.is_none_or(|actor| line.actor == actor)
                && filter.session_id.is_none_or(|session| line.session_id == Some(session))
                && filter.event_id.is_none_or(|event| line.event_id == Some(event))
                && filter.from.is_none_or(|from| line.at >= from)
                && filter.until.is_none_or(|until| line.at < until)
        };
        let newest =
            state.audit.iter().rev().filter(|row| row.organization_id == Some(id) && wanted(&row.line));
        Ok(downwards(page, newest.map(|row| row.line.clone()), |line| line.id.get()))
    }

    async fn attendees_piece(&self, id: SessionId, page: Page) -> Result<Paged<AttendeeLine>, StoreError> {
        let lines = self.attendees(id).await?;
        Ok(upwards(page, lines.into_iter(), |line| i64::from(line.user.id.get())))
    }

    async fn waiting_list(&self, id: SessionId, page: Page) -> Result<Paged<WaitingLine>, StoreError> {
        let state = self.snapshot();
        let Some(session) = state.sessions.get(&id) else { return Ok(Paged { items: vec![], next: None }) };
        let waiting = state.waiting.iter().filter(|((of, _), waiting)| {
            *of == id && !matches!(waiting.state, WaitingState::Admitted { .. })
        });
        let piece = upwards(page, waiting, |((_, user), _)| i64::from(user.get()));
        whole(piece.map(|((_, user), waiting)| {
            let role = state.member(session.organization_id, *user).map(|member| member.role);
            Ok(WaitingLine { user: state.user(*user)?, role, waiting: *waiting })
        }))
    }

    async fn waits_for(&self, user: UserId) -> Result<Vec<(SessionLine, Waiting)>, StoreError> {
        let state = self.snapshot();
        let theirs = state.waiting.iter().filter(|((_, of), waiting)| {
            *of == user && !matches!(waiting.state, WaitingState::Admitted { .. })
        });
        let mut found = Vec::new();
        for ((session, _), waiting) in theirs {
            let session = the_row(state.sessions.get(session), "select session")?;
            if !session.status.is_closed() {
                found.push((state.session_line(session, user)?, *waiting));
            }
        }
        Ok(found)
    }

    async fn presence_checks(
        &self,
        id: SessionId,
        page: Page,
    ) -> Result<Paged<PresenceCheckLine>, StoreError> {
        let state = self.snapshot();
        let checks = state.checks.values().rev().filter(|check| check.session_id == id);
        let piece = downwards(page, checks, |check| i64::from(check.id.get()));
        Ok(piece.map(|check| state.check_line(check)))
    }

    async fn presence_check(&self, id: PresenceCheckId) -> Result<Option<PresenceCheckLine>, StoreError> {
        let state = self.snapshot();
        Ok(state.checks.get(&id).map(|check| state.check_line(check)))
    }

    async fn asked(&self, id: PresenceCheckId, page: Page) -> Result<Paged<(User, Asked)>, StoreError> {
        let state = self.snapshot();
        let piece = upwards(page, state.asked_in(id), |asked| i64::from(asked.user_id.get()));
        whole(piece.map(|asked| Ok((state.user(asked.user_id)?, *asked))))
    }

    async fn due_presence_checks(&self) -> Result<Vec<PresenceCheckId>, StoreError> {
        let now = self.clock().now();
        let state = self.snapshot();
        Ok(state.checks.values().filter(|check| check.is_due(now)).map(|check| check.id).collect())
    }

    async fn due_events(&self) -> Result<Vec<EventId>, StoreError> {
        let now = self.clock().now();
        let state = self.snapshot();
        Ok(state.events.values().filter(|event| event.is_due(now)).map(|event| event.id).collect())
    }

    async fn due_openings(&self) -> Result<Vec<EventId>, StoreError> {
        let (state, now) = (self.snapshot(), self.clock().now());
        let runs = |event: &&Event| {
            state.sessions.get(&event.session_id).is_some_and(|session| !session.status.is_closed())
        };
        let due = state.events.values().filter(|event| event.opens_now(now)).filter(runs);
        Ok(due.map(|event| event.id).collect())
    }
}
