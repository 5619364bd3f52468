//! A sitting full of people.

use plenum_domain::attendance::{AttendanceChange, AttendanceEntry};
use plenum_domain::count::Majority;
use plenum_domain::event::{
    Ballot, Event, EventState, Schedule, Secrecy, Terms, Timing, Visibility, VoteOptions,
};
use plenum_domain::id::{OrganizationId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::{QuorumRule, Role, Rules, Weight};
use plenum_domain::roll;
use plenum_domain::rules::EventRules;
use plenum_domain::session::JoinCode;
use plenum_domain::text::{AndrewId, Description, OptionLabel, OrganizationName, PersonName, Title};
use plenum_ports::Store;
use plenum_ports::repository::{ImportedPerson, NewEvent, NewMember, NewOrganization, NewSession};
use plenum_postgres::PgStore;

pub(crate) struct Hall {
    pub(crate) organization: OrganizationId,
    pub(crate) session: SessionId,
    pub(crate) people: Vec<UserId>,
    instances: Vec<UserSessionId>,
}

impl Hall {
    /// An organization with so many members, all of them in its sitting.
    pub(crate) async fn open(store: &PgStore, size: usize) -> Self {
        let mut tx = store.begin().await.expect("a transaction");
        let people: Vec<ImportedPerson> = (0..size)
            .map(|at| ImportedPerson {
                name: PersonName::parse(&format!("Person {at}")).expect("a name"),
                andrew_id: AndrewId::parse(&format!("person{at}")).expect("a login name"),
            })
            .collect();
        let people: Vec<UserId> =
            tx.users().insert_all(&people).await.expect("people").into_iter().map(|user| user.id).collect();
        let organization = NewOrganization {
            name: OrganizationName::parse("Senate").expect("a name"),
            description: Description::parse("").expect("a description"),
            rules: Rules::default(),
            accent: None,
        };
        let organization = tx.organizations().insert(&organization).await.expect("an organization").id;
        let members: Vec<NewMember> = people
            .iter()
            .map(|user| NewMember { user_id: *user, role: Role::Member, weight: Weight::ONE })
            .collect();
        tx.organizations().put_members(organization, &members).await.expect("members");
        let session = NewSession {
            organization_id: organization,
            join_code: JoinCode::parse("7QK2MD").expect("a code"),
            title: Title::parse("Sitting").expect("a title"),
            created_by_user_id: people[0],
        };
        let session = tx.sessions().insert(&session).await.expect("a sitting").expect("its code is free").id;
        let now = tx.now().await.expect("the time");
        let mut instances = Vec::new();
        for user in &people {
            instances.push(tx.attendance().insert_own(session, *user, now).await.expect("an instance").id);
        }
        let entries: Vec<AttendanceEntry> = people
            .iter()
            .map(|user| AttendanceEntry {
                user_id: *user,
                change: AttendanceChange::Joined,
                at: now,
                by_user_id: *user,
            })
            .collect();
        tx.attendance().log(session, &entries).await.expect("the log");
        tx.commit().await.expect("the hall is committed");
        Self { organization, session, people, instances }
    }

    /// The people with their own instances.
    pub(crate) fn pairs(&self) -> Vec<(UserId, UserSessionId)> {
        self.people.iter().copied().zip(self.instances.iter().copied()).collect()
    }

    /// A motion that is open for voting.
    pub(crate) async fn motion(&self, store: &PgStore) -> Event {
        let mut tx = store.begin().await.expect("a transaction");
        let labels = ["yes", "no"].map(|label| OptionLabel::parse(label).expect("a label"));
        let options = VoteOptions::new(labels.to_vec()).expect("options");
        let now = tx.now().await.expect("the time");
        let draft = NewEvent {
            session_id: self.session,
            name: Title::parse("Motion").expect("a title"),
            schedule: Schedule { start_time: now, end_time: None },
            terms: Terms {
                description: Description::parse("").expect("a description"),
                ballot: Ballot::motion(options, Majority::SIMPLE, None).expect("a ballot"),
                visibility: Visibility::HiddenUntilRelease,
                proxy: true,
                secrecy: Secrecy::Standard,
                timing: Timing::default(),
                rules: EventRules::default(),
                follows: None,
                voters: None,
            },
            created_by_user_id: self.people[0],
            created_at: now,
        };
        let draft = tx.events().insert(&draft).await.expect("a draft");
        let members = tx.organizations().members(self.organization).await.expect("the members");
        let instances = tx.attendance().all(self.session).await.expect("the instances");
        let mandates = tx.proxies().standing(self.session).await.expect("the mandates");
        let roll = roll::fix(&members, &instances, &mandates, true);
        let event = Event { state: EventState::Active { opened_at: now }, ..draft };
        tx.events().fix_roll(&event, &roll, QuorumRule::None).await.expect("it opens");
        tx.commit().await.expect("it is committed");
        event
    }
}
