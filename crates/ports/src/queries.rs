//! Read models for lists and pages, outside any transaction.

mod log;

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceEntry, UserSession};
use plenum_domain::client::ApiClient;
use plenum_domain::committee::{Committee, CommitteeMember};
use plenum_domain::event::Event;
use plenum_domain::id::{
    AuditId, ClientId, CommitteeId, EventId, NominationId, OfficeId, OrganizationId, PresenceCheckId,
    ProxyId, SessionId, UserId,
};
use plenum_domain::motion::Motion;
use plenum_domain::nomination::{Nomination, Office};
use plenum_domain::organization::{Contact, Member, Organization, QuorumRule, Role};
use plenum_domain::permission::{RoleGrant, Roles, Scope, Standing};
use plenum_domain::presence::{Asked, PresenceCheck, Waiting};
use plenum_domain::proxy::Mandate;
use plenum_domain::result::RollLine;
use plenum_domain::rules::{Adopted, Electorate, Voters};
use plenum_domain::secret::BareBallot;
use plenum_domain::session::Session;
use plenum_domain::text::{OptionLabel, Reason, Statement, Title};
use plenum_domain::user::User;
use plenum_domain::vote::{Instance, Response, Vote};
use serde_json::Value;

use crate::documents::{EventData, ResultData};
use crate::error::StoreError;
use crate::keys::{KeyId, KeyStoreId};
use crate::page::{Page, Paged};
use crate::repository::{ApiToken, MandateNote, MissKey, PendingRole, Seal, SealState, TokenHash};

pub use log::{LeafLine, LogQueries, ReceiptLine};

/// A signed-in browser, for finding out who acts.
#[derive(Clone, Debug)]
pub struct LoginLine {
    /// Which login.
    pub id: plenum_domain::id::LoginId,
    /// Who.
    pub user: User,
    /// Last seen, to the minute.
    pub last_used_at: Moment,
    /// Ends for good.
    pub expires_at: Moment,
}

/// A membership with its organization.
#[derive(Clone, Debug)]
pub struct MembershipLine {
    /// The organization.
    pub organization: Organization,
    /// The membership.
    pub member: Member,
}

/// A member with their person.
#[derive(Clone, Debug)]
pub struct MemberLine {
    /// The membership.
    pub member: Member,
    /// The person.
    pub user: User,
    /// How the organization reaches and numbers them.
    pub contact: Contact,
}

/// A role grant with its people.
#[derive(Clone, Debug)]
pub struct RoleGrantLine {
    /// The grant.
    pub grant: RoleGrant,
    /// Who holds it.
    pub user: User,
    /// Who granted it; `None` for the operator.
    pub granted_by: Option<User>,
}

/// An API client with the roles it holds in the whole of its organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLine {
    /// The client.
    pub client: ApiClient,
    /// Its roles there.
    pub roles: Roles,
}

/// A sitting as one person stands towards it.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// The sitting.
    pub session: Session,
    /// Whose it is.
    pub organization: Organization,
    /// How the person stands.
    pub standing: Standing,
}

/// An event as one person stands towards it.
#[derive(Clone, Debug)]
pub struct EventLine {
    /// The event.
    pub event: Event,
    /// Where it is put to the vote, and how the person stands.
    pub line: SessionLine,
}

/// A motion beside its vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MotionLine {
    /// What is known of it; nothing for a motion nobody said anything about.
    pub motion: Motion,
    /// The events that amend it, by id.
    pub amended_by: Vec<EventId>,
    /// The events that reconsider it, by id.
    pub reconsidered_by: Vec<EventId>,
    /// Everyone it names: who moved, seconded, wrote or withdrew it, by user id.
    pub people: Vec<User>,
}

impl MotionLine {
    /// Somebody it names.
    pub fn person(&self, id: UserId) -> Option<&User> {
        self.people.iter().find(|user| user.id == id)
    }
}

/// A nomination with its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NominationLine {
    /// The nomination.
    pub nomination: Nomination,
    /// Who is put forward.
    pub candidate: User,
    /// Who put them forward.
    pub nominated_by: User,
}

/// An office with its nominations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeLine {
    /// The office.
    pub office: Office,
    /// How its election will be held, without its candidates.
    pub data: EventData,
    /// Who is nominated, by id.
    pub nominations: Vec<NominationLine>,
}

/// A candidate on the ballot of an election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateLine {
    /// For which office.
    pub office_id: OfficeId,
    /// How they are called on the ballot.
    pub option: OptionLabel,
    /// The person.
    pub user: User,
    /// Who put them forward.
    pub nominated_by: User,
    /// What they have to say for themselves.
    pub statement: Option<Statement>,
}

/// A person in a sitting.
#[derive(Clone, Debug)]
pub struct AttendeeLine {
    /// The person.
    pub user: User,
    /// Their membership; `None` for a guest.
    pub member: Option<Member>,
    /// Their own instance; `None` for a principal who never came.
    pub own: Option<UserSession>,
    /// Their lines of the attendance log in order of time.
    pub entries: Vec<AttendanceEntry>,
}

/// A mandate with its people.
#[derive(Clone, Debug)]
pub struct MandateLine {
    /// The mandate.
    pub mandate: Mandate,
    /// Why it was given.
    pub reason: Option<Reason>,
    /// Whose sitting, or sittings, it is good for.
    pub organization_id: OrganizationId,
    /// The title of the sitting; `None` for a span.
    pub title: Option<Title>,
    /// Whose vote.
    pub principal: User,
    /// Who casts it.
    pub holder: User,
    /// Whether the principal is in the sitting.
    pub principal_present: bool,
}

/// Something that happened to a mandate, with who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateNoteLine {
    /// What happened.
    pub note: MandateNote,
    /// Who did it; `None` for the server itself.
    pub by: Option<User>,
}

/// Somebody on a waiting list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingLine {
    /// The person.
    pub user: User,
    /// Their role; `None` for no member.
    pub role: Option<Role>,
    /// Since when they wait, and what became of it.
    pub waiting: Waiting,
}

/// A presence check with its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresenceCheckLine {
    /// The check.
    pub check: PresenceCheck,
    /// How many were asked.
    pub asked: u64,
    /// How many of them answered.
    pub answered: u64,
    /// How many of them the outcome set absent.
    pub set_absent: u64,
}

/// A vote instance with the person it is cast for.
#[derive(Clone, Debug)]
pub struct InstanceLine {
    /// The instance.
    pub instance: Instance,
    /// Whose vote.
    pub principal: User,
}

/// How many have voted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turnout {
    /// People on the roll.
    pub entitled: u64,
    /// Of them, people in the sitting now.
    pub present: u64,
    /// Votes cast.
    pub voted: u64,
}

/// A cast vote with its people.
#[derive(Clone, Debug)]
pub struct VoteLine {
    /// The vote.
    pub vote: Vote,
    /// Who cast it.
    pub caster: User,
    /// Whose vote it is.
    pub principal: User,
}

/// What a running count needs.
#[derive(Clone, Debug)]
pub struct RunningCount {
    /// The roll as a count at this moment would see it: who was there when the event opened or came in since.
    pub roll: Vec<RollLine>,
    /// Votes so far.
    pub votes: Vec<(UserId, Response)>,
    /// The quorum rule the event was opened under.
    pub quorum: QuorumRule,
}

/// A line of the audit log as it is read.
#[derive(Clone, Debug)]
pub struct AuditLine {
    /// Which line.
    pub id: AuditId,
    /// When.
    pub at: Moment,
    /// What was done.
    pub action: String,
    /// The table of the target.
    pub target_table: String,
    /// The row of the target.
    pub target_id: i64,
    /// Who; `None` for the server itself.
    pub actor: Option<UserId>,
    /// The role they had in the organization then; `None` for a guest and for the server itself.
    pub actor_role: Option<String>,
    /// The name of the API client that it was, deleted since or not; `None` for a person.
    pub client: Option<String>,
    /// The sitting.
    pub session_id: Option<SessionId>,
    /// The event.
    pub event_id: Option<EventId>,
    /// How it was.
    pub before: Option<Value>,
    /// How it became.
    pub after: Option<Value>,
}

/// Which lines of the audit log are wanted; everything that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What was done: an action such as `event.open`, or the part before its point.
    pub action: Option<String>,
    /// Who did it; the inner `None` is the server itself.
    pub actor: Option<Option<UserId>>,
    /// The sitting it happened in.
    pub session_id: Option<SessionId>,
    /// The event it concerns.
    pub event_id: Option<EventId>,
    /// Not before.
    pub from: Option<Moment>,
    /// Before.
    pub until: Option<Moment>,
}

/// Reads without a transaction. "Not there" is `None` or an empty list.
#[async_trait]
pub trait Queries: LogQueries {
    /// The database's clock.
    async fn now(&self) -> Result<Moment, StoreError>;
    /// Whether the database answers and its schema is the one this program expects.
    async fn ready(&self) -> Result<bool, StoreError>;
    /// The login with this secret, whatever its age.
    async fn login(&self, token: TokenHash) -> Result<Option<LoginLine>, StoreError>;
    /// The API token with this secret unless it was revoked, with its owner.
    async fn api_token(&self, token: TokenHash) -> Result<Option<(ApiToken, User)>, StoreError>;
    /// A person's API tokens that were not revoked, by id.
    async fn api_tokens(&self, user: UserId, page: Page) -> Result<Paged<ApiToken>, StoreError>;
    /// A person by login name.
    async fn user_by_andrew_id(
        &self,
        andrew_id: &plenum_domain::text::AndrewId,
    ) -> Result<Option<User>, StoreError>;
    /// A person's memberships, by organization id.
    async fn memberships(&self, user: UserId, page: Page) -> Result<Paged<MembershipLine>, StoreError>;
    /// An organization and how a person stands towards it.
    async fn organization(
        &self,
        id: OrganizationId,
        user: UserId,
    ) -> Result<Option<(Organization, Standing)>, StoreError>;
    /// Whether an organization is archived.
    async fn is_archived(&self, id: OrganizationId) -> Result<bool, StoreError>;
    /// The versions of an organization's rules, newest first (the cursor is the version to continue below).
    async fn rules_versions(&self, id: OrganizationId, page: Page) -> Result<Paged<Adopted>, StoreError>;
    /// One version of an organization's rules.
    async fn rules_version(&self, id: OrganizationId, version: u32) -> Result<Option<Adopted>, StoreError>;
    /// The organizations a person belongs to, or holds a role in as a whole, by id, and how they stand.
    async fn organizations(
        &self,
        user: UserId,
        page: Page,
    ) -> Result<Paged<(Organization, Standing)>, StoreError>;
    /// How a person stands towards the place of a scope; `None` when there is no such place.
    async fn standing(&self, scope: Scope, user: UserId) -> Result<Option<Standing>, StoreError>;
    /// The role grants that hold in a scope and in everything narrower, by id; for the whole server those
    /// for the whole server alone.
    async fn role_grants(&self, scope: Scope, page: Page) -> Result<Paged<RoleGrantLine>, StoreError>;
    /// The promises in a scope and in everything narrower that are neither claimed nor taken back nor
    /// expired, by id.
    async fn pending_roles(&self, scope: Scope, page: Page) -> Result<Paged<PendingRole>, StoreError>;
    /// The role grants of a person that hold, by id, at most 200.
    async fn roles_of(&self, user: UserId) -> Result<Vec<RoleGrant>, StoreError>;
    /// The API clients of an organization that were not deleted, by id.
    async fn clients(&self, id: OrganizationId, page: Page) -> Result<Paged<ClientLine>, StoreError>;
    /// An API client, unless it was deleted.
    async fn client(&self, id: ClientId) -> Result<Option<ClientLine>, StoreError>;
    /// The committees of an organization that were not dissolved, by id.
    async fn committees(&self, id: OrganizationId, page: Page) -> Result<Paged<Committee>, StoreError>;
    /// Everyone who belongs to a committee, by user id.
    async fn committee_members(
        &self,
        id: CommitteeId,
        page: Page,
    ) -> Result<Paged<(CommitteeMember, User)>, StoreError>;
    /// An organization's members, by user id.
    async fn members(&self, id: OrganizationId, page: Page) -> Result<Paged<MemberLine>, StoreError>;
    /// The sittings a person may see, the newest first (the cursor is the id to continue below).
    /// `organization` narrows the list to one organization.
    async fn sessions(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Paged<SessionLine>, StoreError>;
    /// The sittings that are not closed and that a person hosts or has been in, newest first, at most 100.
    async fn current_sessions(&self, user: UserId) -> Result<Vec<SessionLine>, StoreError>;
    /// A sitting and how a person stands towards it.
    async fn session(&self, id: SessionId, user: UserId) -> Result<Option<SessionLine>, StoreError>;
    /// The sitting whose screen a link shows.
    async fn screen(&self, token: TokenHash) -> Result<Option<SessionId>, StoreError>;
    /// Since when a sitting's screen has a link.
    async fn screen_since(&self, id: SessionId) -> Result<Option<Moment>, StoreError>;
    /// Everyone who is or was in a sitting or is represented in it, by user id.
    async fn attendees(&self, id: SessionId) -> Result<Vec<AttendeeLine>, StoreError>;
    /// Every mandate of a sitting, ended ones too, by id.
    async fn mandates(&self, id: SessionId) -> Result<Vec<MandateLine>, StoreError>;
    /// Every mandate that a person gave or holds, the newest first (the cursor is the id to continue below).
    async fn mandates_of_user(&self, user: UserId, page: Page) -> Result<Paged<MandateLine>, StoreError>;
    /// Every mandate for a span of an organization, the newest first (the cursor is the id to continue below).
    async fn span_mandates(&self, id: OrganizationId, page: Page) -> Result<Paged<MandateLine>, StoreError>;
    /// A mandate.
    async fn mandate(&self, id: ProxyId) -> Result<Option<MandateLine>, StoreError>;
    /// What happened to a mandate, the earliest first.
    async fn mandate_notes(&self, id: ProxyId) -> Result<Vec<MandateNoteLine>, StoreError>;
    /// The organization's memberships and the sitting's instances, for a live quorum figure.
    async fn quorum_facts(&self, id: SessionId) -> Result<(Vec<Member>, Vec<UserSession>), StoreError>;
    /// Who may vote in a sitting: what was said, or in a sitting of a committee its members, with the people
    /// that this means now.
    async fn electorate(&self, said: &Voters, session: SessionId) -> Result<Electorate, StoreError>;
    /// The events of a sitting, by id.
    async fn events(&self, id: SessionId, page: Page) -> Result<Paged<Event>, StoreError>;
    /// An event and how a person stands towards its sitting.
    async fn event(&self, id: EventId, user: UserId) -> Result<Option<EventLine>, StoreError>;
    /// What is known of a motion beside its vote, and which events refer to it.
    async fn motion(&self, id: EventId) -> Result<MotionLine, StoreError>;
    /// The offices of a sitting with their nominations, by id.
    async fn offices(&self, id: SessionId) -> Result<Vec<OfficeLine>, StoreError>;
    /// An office with its nominations.
    async fn office(&self, id: OfficeId) -> Result<Option<OfficeLine>, StoreError>;
    /// The office a nomination is for.
    async fn office_of_nomination(&self, id: NominationId) -> Result<Option<OfficeId>, StoreError>;
    /// The people on the ballot of an election that came from nominations, or that follows such a one, in the order
    /// they were put forward; nobody for any other event.
    async fn candidates(&self, id: EventId) -> Result<Vec<CandidateLine>, StoreError>;
    /// A person's instances on an event, the own one first, then by id.
    async fn vote_instances(&self, event: &Event, user: UserId) -> Result<Vec<InstanceLine>, StoreError>;
    /// How many have voted.
    async fn turnout(&self, event: EventId) -> Result<Turnout, StoreError>;
    /// The people on the roll who have not voted, by user id.
    async fn missing(&self, event: EventId, page: Page) -> Result<Paged<User>, StoreError>;
    /// The counted result.
    async fn result(&self, event: EventId) -> Result<Option<ResultData>, StoreError>;
    /// What a running count needs; nothing for an event that was never opened.
    async fn running_count(&self, event: &Event) -> Result<RunningCount, StoreError>;
    /// The votes of an event with their people, by vote id.
    async fn votes(&self, event: &Event, page: Page) -> Result<Paged<VoteLine>, StoreError>;
    /// What was in the envelopes of a counted secret vote, in their shuffled order (the cursor is the place
    /// to continue behind).
    async fn ballots(&self, event: &Event, page: Page) -> Result<Paged<BareBallot>, StoreError>;
    /// For how long the misses under each of these keys still weigh, by the database's clock; nothing for none.
    async fn misses(&self, keys: &[MissKey]) -> Result<Vec<TimeDelta>, StoreError>;
    /// Whether votes on an event are recorded by name, and that is settled: it was opened and is not secret.
    async fn is_recorded(&self, event: EventId) -> Result<bool, StoreError>;
    /// The keys of a sitting's secret votes that are open, by event id.
    async fn open_seals(&self, id: SessionId) -> Result<Vec<Seal>, StoreError>;
    /// The key of an event, with how far it has come.
    async fn seal(&self, event: EventId) -> Result<Option<SealState>, StoreError>;
    /// The keys of this store that are retired and not known to be destroyed, by event id.
    async fn keys_to_destroy(&self, store: KeyStoreId) -> Result<Vec<Seal>, StoreError>;
    /// Which of these keys belong to events.
    async fn known_keys(&self, keys: &[KeyId]) -> Result<Vec<KeyId>, StoreError>;
    /// The audit log of an organization, newest first (the cursor is the id to continue below).
    async fn audit(
        &self,
        id: OrganizationId,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Paged<AuditLine>, StoreError>;
    /// Those of the people of [`attendees`](Self::attendees) that fall on a page, by user id.
    async fn attendees_piece(&self, id: SessionId, page: Page) -> Result<Paged<AttendeeLine>, StoreError>;
    /// Who waits for admission to a sitting or was turned away, by user id.
    async fn waiting_list(&self, id: SessionId, page: Page) -> Result<Paged<WaitingLine>, StoreError>;
    /// The running sittings that a person waits for or was turned away from, by id.
    async fn waits_for(&self, user: UserId) -> Result<Vec<(SessionLine, Waiting)>, StoreError>;
    /// The presence checks of a sitting, the newest first (the cursor is the id to continue below).
    async fn presence_checks(
        &self,
        id: SessionId,
        page: Page,
    ) -> Result<Paged<PresenceCheckLine>, StoreError>;
    /// A presence check.
    async fn presence_check(&self, id: PresenceCheckId) -> Result<Option<PresenceCheckLine>, StoreError>;
    /// Who was asked in a presence check, by user id.
    async fn asked(&self, id: PresenceCheckId, page: Page) -> Result<Paged<(User, Asked)>, StoreError>;
    /// The running presence checks whose time is up by the database's clock.
    async fn due_presence_checks(&self) -> Result<Vec<PresenceCheckId>, StoreError>;
    /// The active events whose end time has come by the database's clock.
    async fn due_events(&self) -> Result<Vec<EventId>, StoreError>;
    /// The drafts that open by themselves and whose start time has come by the database's clock, in
    /// sittings that are not closed; by id.
    async fn due_openings(&self) -> Result<Vec<EventId>, StoreError>;
}
