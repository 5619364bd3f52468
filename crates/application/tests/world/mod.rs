//! An application over the fakes, with a small organization in it.

#![expect(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use plenum_application::env::Unobserved;
use plenum_application::keys::KeysInHand;
use plenum_application::use_cases::{
    AddPerson, BallotPaper, CastVotes, Choices, ContactChange, CreateEvent, CreateOrganization,
    CreateSession, JoinSession, OpenEvent, PutMember, Receipt,
};
use plenum_application::veil::Veil;
use plenum_application::{App, Env, Failure, Settings};
use plenum_domain::event::{Event, EventType};
use plenum_domain::id::{EventId, OrganizationId, UserId};
use plenum_domain::organization::Role;
use plenum_domain::session::Session;
use plenum_domain::text::{AndrewId, OrganizationName, PersonName, Title};
use plenum_ports::documents::{EventData, OrganizationData};
use plenum_ports::fakes::{FakeClock, FakeRandomness, FakeSealing, MemoryKeyStore, MemoryStore};
use plenum_ports::identity::{IdentityProvider, MockIdentityProvider};
use plenum_record::note::LogKey;

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) store: MemoryStore,
    pub(crate) keys: MemoryKeyStore,
    pub(crate) organization: OrganizationId,
    pub(crate) owner: UserId,
    pub(crate) members: Vec<UserId>,
    pub(crate) observer: UserId,
    pub(crate) stranger: UserId,
}

pub(crate) fn app(store: &MemoryStore, identity: Arc<dyn IdentityProvider>) -> App {
    app_with_keys(store, identity, MemoryKeyStore::default())
}

pub(crate) fn app_with_keys(
    store: &MemoryStore,
    identity: Arc<dyn IdentityProvider>,
    keys: MemoryKeyStore,
) -> App {
    let clock: FakeClock = store.clock().clone();
    App {
        store: Arc::new(store.clone()),
        queries: Arc::new(store.clone()),
        keys: Arc::new(keys),
        identity,
        env: Env {
            clock: Arc::new(clock),
            randomness: Arc::new(FakeRandomness::seeded(7)),
            veil: Arc::new(Veil::draw(&FakeRandomness::seeded(8))),
            sealing: Arc::new(FakeSealing),
            keys: KeysInHand::default(),
            log_key: Arc::new(LogKey::new("vote.example.org", &[7; 32]).expect("a name")),
            settings: Settings::default(),
            observer: Arc::new(Unobserved),
        },
    }
}

pub(crate) async fn person(app: &App, andrew_id: &str) -> UserId {
    let person = AddPerson {
        andrew_id: AndrewId::parse(andrew_id).expect("a login name"),
        name: Some(PersonName::parse(&format!("Name of {andrew_id}")).expect("a name")),
    };
    app.run(&person).await.expect("they are added").0.id
}

impl World {
    /// An owner, five members, an observer, and someone from outside.
    pub(crate) async fn new() -> Self {
        Self::with_rules("{}").await
    }

    pub(crate) async fn with_rules(rules: &str) -> Self {
        let store = MemoryStore::new();
        let keys = MemoryKeyStore::default();
        let app = app_with_keys(&store, Arc::new(MockIdentityProvider::new()), keys.clone());
        let owner = person(&app, "owner").await;
        let data: OrganizationData =
            serde_json::from_str(&format!("{{\"rules\": {rules}}}")).expect("rules can be read");
        let name = OrganizationName::parse("Senate").expect("a name");
        let founded = app.run(&CreateOrganization { by: owner, name, data }).await.expect("it is founded");
        let organization = founded.0.id;
        let mut members = Vec::new();
        for number in 1..=5 {
            members.push(person(&app, &format!("m{number}")).await);
        }
        let observer = person(&app, "observer").await;
        let stranger = person(&app, "stranger").await;
        for (user_id, role) in
            members.iter().map(|id| (*id, Role::Member)).chain([(observer, Role::Observer)])
        {
            let put = PutMember {
                organization_id: organization,
                by: owner,
                user_id,
                role,
                weight: None,
                contact: ContactChange::default(),
            };
            app.run(&put).await.expect("they become a member");
        }
        Self { app, store, keys, organization, owner, members, observer, stranger }
    }

    pub(crate) async fn session(&self) -> Session {
        let title = Title::parse("Ordinary meeting").expect("a title");
        let create = CreateSession { organization_id: self.organization, by: self.owner, title };
        self.app.run(&create).await.expect("a sitting is opened")
    }

    /// The record of a sitting; `None` for who may not have it.
    pub(crate) async fn record(&self, session: &Session, by: UserId) -> Option<Vec<u8>> {
        let (_, pieces) = Box::pin(self.app.record(session.id, by)).await.ok()?;
        let mut pieces = Box::new(pieces);
        let mut bytes = Vec::new();
        while let Some(piece) = Box::pin(pieces.next()).await.expect("the store answers") {
            bytes.extend(piece);
        }
        Some(bytes)
    }

    pub(crate) async fn join(&self, session: &Session, by: UserId) -> Result<(), Failure> {
        self.app.run(&JoinSession { code: session.join_code.clone(), by }).await.map(drop)
    }

    /// A motion that is open for voting.
    pub(crate) async fn motion(&self, session: &Session) -> Event {
        self.open(session, EventType::Motion, EventData::default()).await
    }

    pub(crate) async fn open(&self, session: &Session, event_type: EventType, data: EventData) -> Event {
        self.try_open(session, event_type, data).await.expect("it opens")
    }

    /// An event that is open for voting, unless there is no quorum for it.
    pub(crate) async fn try_open(
        &self,
        session: &Session,
        event_type: EventType,
        data: EventData,
    ) -> Option<Event> {
        let draft = CreateEvent {
            session_id: session.id,
            by: self.owner,
            event_type,
            name: Title::parse("Something to decide").expect("a name"),
            start_time: None,
            end_time: None,
            data,
        };
        let (event, _) = self.app.run(&draft).await.expect("it is prepared");
        let opened = self.app.run(&OpenEvent { event_id: event.id, by: self.owner }).await;
        opened.ok().map(|(event, _)| event)
    }

    pub(crate) async fn vote(
        &self,
        event: EventId,
        by: UserId,
        choice: &str,
    ) -> Result<Vec<Receipt>, Failure> {
        let paper = BallotPaper { user_session_id: None, choices: Choices::Whole(vec![choice.to_owned()]) };
        self.app.run(&CastVotes { event_id: event, by, papers: vec![paper], listed: false }).await
    }
}
