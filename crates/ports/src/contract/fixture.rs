//! What the behaviours are set up with.

use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceChange, AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::count::Majority;
use plenum_domain::event::{
    Ballot, Counted, ElectionWish, Event, EventState, Schedule, Secrecy, Terms, Timing, Visibility,
    VoteOptions,
};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::organization::{Organization, QuorumRule, Role, Rules, Weight};
use plenum_domain::proxy::{Awaits, Mandate, MandateState, Scope, Stood};
use plenum_domain::result;
use plenum_domain::roll::RollEntry;
use plenum_domain::rules::EventRules;
use plenum_domain::session::{JoinCode, Session, SessionStatus};
use plenum_domain::text::{AndrewId, Description, OptionLabel, OrganizationName, PersonName, Title};
use plenum_domain::user::User;
use plenum_domain::vote::Response;

use super::World;
use crate::documents::ResultData;
use crate::error::{Constraint, StoreError};
use crate::page::{Page, Paged};
use crate::repository::{
    NewEvent, NewMandate, NewMember, NewOrganization, NewSession, NewUser, NewVote, ProviderSubject, Recorded,
};
use crate::store::Tx;

/// Unwraps the answer of a store.
pub(super) trait Done {
    type Answer;

    fn done(self) -> Self::Answer;
}

impl<T> Done for Result<T, StoreError> {
    type Answer = T;

    #[track_caller]
    fn done(self) -> T {
        match self {
            Ok(answer) => answer,
            Err(error) => panic!("the store refused: {error:?}"),
        }
    }
}

/// The constraint that was violated.
#[track_caller]
pub(super) fn violated<T>(answer: Result<T, StoreError>) -> Constraint {
    match answer {
        Err(StoreError::Violated(constraint)) => constraint,
        Err(error) => panic!("refused for another reason: {error:?}"),
        Ok(_) => panic!("accepted"),
    }
}

/// Passes when the store refused, whatever it says.
#[track_caller]
pub(super) fn refused<T>(answer: Result<T, StoreError>) {
    assert!(answer.err().is_some(), "accepted");
}

pub(super) async fn begin(world: &dyn World) -> Box<dyn Tx> {
    world.store().begin().await.done()
}

/// Gives tasks that wait for this transaction the time to reach the point where they wait. What they
/// find afterwards does not depend on whether they got that far.
pub(super) async fn meanwhile(tx: &mut dyn Tx) {
    for _ in 0..8 {
        tx.now().await.done();
        tokio::task::yield_now().await;
    }
}

/// Every piece of a list, fetched one after the other.
pub(super) async fn pieces<T>(
    limit: u16,
    fetch: impl AsyncFn(Page) -> Result<Paged<T>, StoreError>,
) -> Vec<Vec<T>> {
    let mut pieces = Vec::new();
    let mut after = None;
    loop {
        let piece = fetch(Page::new(Some(limit), after).expect("a limit")).await.done();
        assert!(piece.items.len() <= usize::from(limit), "more than asked for");
        pieces.push(piece.items);
        assert!(pieces.len() < 100, "the list does not end");
        match piece.next {
            Some(next) => after = Some(next),
            None => return pieces,
        }
    }
}

pub(super) const fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

pub(super) fn title(text: &str) -> Title {
    Title::parse(text).expect("a title")
}

pub(super) fn description(text: &str) -> Description {
    Description::parse(text).expect("a description")
}

pub(super) fn andrew_id(text: &str) -> AndrewId {
    AndrewId::parse(text).expect("a login name")
}

pub(super) fn code(text: &str) -> JoinCode {
    JoinCode::parse(text).expect("a code")
}

pub(super) fn subject(issuer: &str, subject: &str) -> ProviderSubject {
    ProviderSubject { issuer: issuer.to_owned(), subject: subject.to_owned() }
}

pub(super) fn new_user(name: &str, login: &str, subject: Option<ProviderSubject>) -> NewUser {
    NewUser { name: PersonName::parse(name).expect("a name"), andrew_id: andrew_id(login), subject }
}

pub(super) async fn person(tx: &mut dyn Tx, login: &str) -> User {
    tx.users().insert(&new_user(&format!("Person {login}"), login, None)).await.done()
}

pub(super) fn new_organization(name: &str) -> NewOrganization {
    NewOrganization {
        name: OrganizationName::parse(name).expect("a name"),
        description: description("Decides."),
        rules: Rules::default(),
        accent: None,
    }
}

pub(super) const fn member(user: &User, role: Role) -> NewMember {
    NewMember { user_id: user.id, role, weight: Weight::ONE }
}

pub(super) fn new_session(organization: &Organization, host: &User, join_code: &str) -> NewSession {
    NewSession {
        organization_id: organization.id,
        join_code: code(join_code),
        title: title("General assembly"),
        created_by_user_id: host.id,
    }
}

pub(super) fn options(labels: &[&str]) -> VoteOptions {
    let labels = labels.iter().map(|label| OptionLabel::parse(label).expect("a label")).collect();
    VoteOptions::new(labels).expect("options")
}

pub(super) fn motion() -> Terms {
    let ballot = Ballot::motion(options(&["yes", "no", "abstain"]), Majority::SIMPLE, None);
    Terms {
        description: description("Shall it be so?"),
        ballot: ballot.expect("a ballot"),
        visibility: Visibility::HiddenUntilRelease,
        proxy: true,
        secrecy: Secrecy::Standard,
        timing: Timing::default(),
        rules: EventRules::default(),
        follows: None,
        voters: None,
    }
}

pub(super) fn election(candidates: &[&str]) -> Terms {
    let options = options(candidates);
    let abstain = Ballot::usual_abstention(&options);
    Terms { ballot: Ballot::plurality(options, abstain).expect("a ballot"), ..motion() }
}

/// An election of three by a counting method.
pub(super) fn counted_by(method: &str, seats: u32) -> Terms {
    let wish = ElectionWish { name: method.to_owned(), seats: Some(seats), ..ElectionWish::default() };
    let ballot = Ballot::election(options(&["Żaneta", "王小明", "Zoë=Ng"]), &wish);
    Terms { ballot: ballot.expect("a ballot"), ..motion() }
}

pub(super) fn counted(opened_at: Moment, closed_at: Moment) -> Counted {
    Counted { opened_at, closed_at }
}

/// A vote with an instance, by the person it belongs to.
pub(super) fn vote<'a>(event: &'a Event, instance: &UserSession, choice: usize) -> NewVote<'a> {
    NewVote {
        event,
        user_session_id: instance.id,
        principal_user_id: instance.principal(),
        cast_by_user_id: instance.user_id,
        response: Response::One(choice),
    }
}

/// Casts votes and returns what became of each.
pub(super) async fn record(tx: &mut dyn Tx, votes: &[NewVote<'_>]) -> Vec<bool> {
    let recorded = tx.ballot_box().record(votes).await.done();
    recorded.into_iter().map(|outcome| matches!(outcome, Recorded::Accepted { .. })).collect()
}

/// Takes a mandate back.
pub(super) async fn revoke(tx: &mut dyn Tx, mandate: &Mandate, now: Moment) -> Mandate {
    let revoked = mandate.revoke(now, false).expect("it stands");
    tx.proxies().update(&revoked).await.done();
    revoked
}

/// An organization with a sitting. The first person owns the one and hosts the other; all are members.
pub(super) struct Hall {
    pub(super) organization: Organization,
    pub(super) session: Session,
    pub(super) people: Vec<User>,
}

impl Hall {
    /// Builds one whose code and login names begin with `label`, five letters or digits.
    pub(super) async fn build(tx: &mut dyn Tx, label: &str, people: usize) -> Self {
        let organization = tx.organizations().insert(&new_organization(label)).await.done();
        let mut hall = Vec::new();
        for at in 0..people {
            hall.push(person(tx, &format!("{label}-{at}")).await);
        }
        let role = |at| if at == 0 { Role::Owner } else { Role::Member };
        let members: Vec<NewMember> =
            hall.iter().enumerate().map(|(at, user)| member(user, role(at))).collect();
        tx.organizations().put_members(organization.id, &members).await.done();
        let session = new_session(&organization, &hall[0], &format!("{label}1"));
        let session = tx.sessions().insert(&session).await.done().expect("the code is free");
        Self { organization, session, people: hall }
    }

    pub(super) fn id(&self, at: usize) -> UserId {
        self.people[at].id
    }

    pub(super) fn entry(&self, at: usize, change: AttendanceChange, moment: Moment) -> AttendanceEntry {
        AttendanceEntry { user_id: self.id(at), change, at: moment, by_user_id: self.id(at) }
    }

    /// Lets a person in, as of an hour ago.
    pub(super) async fn join(&self, tx: &mut dyn Tx, at: usize) -> UserSession {
        let moment = tx.now().await.done() - minutes(60);
        let entry = self.entry(at, AttendanceChange::Joined, moment);
        tx.attendance().log(self.session.id, &[entry]).await.done();
        tx.attendance().insert_own(self.session.id, self.id(at), moment).await.done()
    }

    /// Lets a person out now.
    pub(super) async fn leave(&self, tx: &mut dyn Tx, at: usize) {
        let entry = self.entry(at, AttendanceChange::Left, tx.now().await.done());
        tx.attendance().log(self.session.id, &[entry]).await.done();
        let instances = tx.attendance().of_user(self.session.id, self.id(at)).await.done();
        let ids: Vec<_> = instances.iter().map(|instance| instance.id).collect();
        tx.attendance().set_join_left(&ids, JoinLeft::Left).await.done();
    }

    /// Makes the instance with which `holder` votes for `principal`.
    pub(super) async fn proxy(&self, tx: &mut dyn Tx, principal: usize, holder: usize) -> UserSession {
        let now = tx.now().await.done();
        let (holder, principal) = (self.id(holder), self.id(principal));
        tx.attendance().put_proxy(self.session.id, holder, principal, JoinLeft::Joined, now).await.done()
    }

    pub(super) fn new_mandate(&self, instance: &UserSession, now: Moment) -> NewMandate {
        NewMandate {
            scope: Scope::Sitting { session_id: self.session.id },
            span: None,
            principal_user_id: instance.principal(),
            holder_user_id: instance.user_id,
            created_by_user_id: instance.principal(),
            created_at: now,
            reason: None,
            state: MandateState::Standing(Stood { since: now, instance: Some(instance.id) }),
        }
    }

    /// An offer that waits for its holder.
    pub(super) fn new_offer(&self, principal: usize, holder: usize, now: Moment) -> NewMandate {
        NewMandate {
            scope: Scope::Sitting { session_id: self.session.id },
            span: None,
            principal_user_id: self.id(principal),
            holder_user_id: self.id(holder),
            created_by_user_id: self.id(principal),
            created_at: now,
            reason: None,
            state: MandateState::Offered { awaits: Awaits::Holder },
        }
    }

    /// Gives a mandate, with its instance.
    pub(super) async fn mandate(
        &self,
        tx: &mut dyn Tx,
        principal: usize,
        holder: usize,
    ) -> (Mandate, UserSession) {
        let instance = self.proxy(tx, principal, holder).await;
        let now = tx.now().await.done();
        let mandate = tx.proxies().insert(&self.new_mandate(&instance, now)).await.done();
        (mandate, instance)
    }

    pub(super) fn new_event(&self, terms: Terms, start_time: Moment) -> NewEvent {
        NewEvent {
            session_id: self.session.id,
            name: title("Item 1"),
            schedule: Schedule { start_time, end_time: None },
            terms,
            created_by_user_id: self.id(0),
            created_at: start_time,
        }
    }

    /// Prepares an event.
    pub(super) async fn draft(&self, tx: &mut dyn Tx, terms: Terms) -> Event {
        let now = tx.now().await.done();
        tx.events().insert(&self.new_event(terms, now)).await.done()
    }

    /// Opens an event as of half an hour ago, with these people on its roll.
    pub(super) async fn open(&self, tx: &mut dyn Tx, draft: &Event, roll: &[usize]) -> Event {
        let opened_at = tx.now().await.done() - minutes(30);
        let schedule = Schedule { start_time: opened_at, end_time: draft.schedule.end_time };
        let event = Event { state: EventState::Active { opened_at }, schedule, ..draft.clone() };
        let mut entries = Vec::new();
        for at in roll {
            entries.push(self.roll_entry(tx, *at).await);
        }
        tx.events().fix_roll(&event, &entries, QuorumRule::None).await.done();
        event
    }

    /// Puts a motion to the vote.
    pub(super) async fn open_motion(&self, tx: &mut dyn Tx, roll: &[usize]) -> Event {
        let draft = self.draft(tx, motion()).await;
        self.open(tx, &draft, roll).await
    }

    async fn roll_entry(&self, tx: &mut dyn Tx, at: usize) -> RollEntry {
        let own = tx.attendance().own(self.session.id, self.id(at)).await.done();
        let present = own.filter(UserSession::is_own_presence);
        RollEntry {
            principal: self.id(at),
            weight: Weight::ONE,
            present: present.is_some(),
            held_by: present.map(|instance| (self.id(at), instance.id)),
        }
    }

    /// Closes an active event and keeps its result.
    pub(super) async fn close(&self, tx: &mut dyn Tx, event: &Event) -> (Event, ResultData) {
        let now = tx.now().await.done();
        let opened_at = event.state.opened_at().expect("an opened event");
        let schedule = Schedule { start_time: event.schedule.start_time, end_time: Some(now) };
        let closed = Event { state: EventState::Closed(counted(opened_at, now)), schedule, ..event.clone() };
        let roll = tx.events().roll_lines(event.id, now).await.done();
        let votes = tx.events().votes(event).await.done();
        let result =
            ResultData::counted(&result::count(&event.terms.ballot, QuorumRule::None, &roll, &votes));
        tx.events().update(&closed).await.done();
        tx.results().insert(event.id, &result, now).await.done();
        (closed, result)
    }

    /// Ends the sitting.
    pub(super) async fn end(&self, tx: &mut dyn Tx) -> SessionId {
        let at = tx.now().await.done();
        tx.sessions().set_status(self.session.id, SessionStatus::Closed { at }).await.done();
        self.session.id
    }
}
