//! What happens beside the casting: people are nominated and answer, motions are written, amended and withdrawn, ties wait for
//! the chair, sealed votes are counted.

use std::collections::{BTreeSet, HashSet};
use std::ops::AddAssign;

use plenum_domain::event::{
    Ballot, ElectionWish, Event, EventState, Schedule, Secrecy, Terms, Timing, Visibility, VoteOptions,
};
use plenum_domain::id::{EventId, NominationId, OfficeId, UserId};
use plenum_domain::motion::{self, Amendment, Link, Motion};
use plenum_domain::nomination::{Nomination, Office, OfficeState, Somebody};
use plenum_domain::organization::{QuorumRule, Role, Rules, Weight};
use plenum_domain::permission::{ConductEvents, Permit, Permitted, Standing, WriteEvents};
use plenum_domain::result::{self, Decision, Outcome, RollLine};
use plenum_domain::rules::EventRules;
use plenum_domain::secret;
use plenum_domain::session::Session;
use plenum_domain::text::{Description, MotionText, OptionLabel, Title};
use plenum_domain::tie::Settling;
use plenum_domain::vote::Response;
use plenum_domain::{Moment, Step};
use proptest::collection::vec;
use proptest::prelude::*;

/// One thing that happens at the desk. People are numbered from 0.
#[derive(Clone, Debug)]
pub(crate) enum DeskCommand {
    OpenOffice {
        seats: u32,
    },
    Nominate {
        office: usize,
        by: usize,
        candidate: usize,
    },
    Answer {
        office: usize,
        nomination: usize,
        by: usize,
        accepted: bool,
    },
    CloseNominations(usize),
    DeleteElection(usize),
    Move {
        by: usize,
    },
    Write {
        motion: usize,
        word: usize,
    },
    Amend {
        motion: usize,
        from: usize,
        to: usize,
    },
    Withdraw {
        motion: usize,
        by: usize,
    },
    /// Draft to active, to closed, to released; closed with this outcome.
    Advance {
        motion: usize,
        adopted: bool,
    },
    Elect {
        method: usize,
        seats: u32,
        votes: Vec<(usize, u32)>,
        picks: Vec<usize>,
        reopen: bool,
    },
}

const WORDS: [&str; 4] = ["chairs", "tables", "red chairs", "lamps"];
const METHODS: [&str; 5] = ["plurality", "sntv", "irv", "scottish-stv", "approval"];
const NAMES: [&str; 4] = ["Ann", "Bob", "Cy", "Di"];

pub(crate) fn command(people: usize) -> impl Strategy<Value = DeskCommand> {
    let who = move || 0..people;
    let few = || 0..4_usize;
    let elect =
        (0..METHODS.len(), 1..4_u32, vec((0..24_usize, 0..3_u32), 1..9), vec(few(), 8), any::<bool>());
    prop_oneof![
        4 => (1..4_u32).prop_map(|seats| DeskCommand::OpenOffice { seats }),
        16 => (few(), who(), who()).prop_map(|(office, by, candidate)| DeskCommand::Nominate { office, by, candidate }),
        16 => (few(), few(), who(), any::<bool>())
            .prop_map(|(office, nomination, by, accepted)| DeskCommand::Answer { office, nomination, by, accepted }),
        4 => few().prop_map(DeskCommand::CloseNominations),
        2 => few().prop_map(DeskCommand::DeleteElection),
        6 => who().prop_map(|by| DeskCommand::Move { by }),
        4 => (few(), 0..WORDS.len()).prop_map(|(motion, word)| DeskCommand::Write { motion, word }),
        8 => (few(), 0..WORDS.len(), 0..WORDS.len())
            .prop_map(|(motion, from, to)| DeskCommand::Amend { motion, from, to }),
        2 => (few(), who()).prop_map(|(motion, by)| DeskCommand::Withdraw { motion, by }),
        24 => (few(), prop::bool::weighted(0.7)).prop_map(|(motion, adopted)| DeskCommand::Advance { motion, adopted }),
        1 => elect.prop_map(|(method, seats, votes, picks, reopen)| DeskCommand::Elect {
            method, seats, votes, picks, reopen
        }),
    ]
}

/// How often things happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeskSeen {
    pub(crate) nominated: u32,
    pub(crate) not_nominated: u32,
    pub(crate) answered: u32,
    pub(crate) ballots: u32,
    pub(crate) left_out: u32,
    pub(crate) amended: u32,
    pub(crate) withdrawn: u32,
    pub(crate) opened: u32,
    pub(crate) pending: u32,
    pub(crate) ties: u32,
    pub(crate) stopped: u32,
    pub(crate) sealed: u32,
}

impl AddAssign for DeskSeen {
    fn add_assign(&mut self, other: Self) {
        self.nominated += other.nominated;
        self.not_nominated += other.not_nominated;
        self.answered += other.answered;
        self.ballots += other.ballots;
        self.left_out += other.left_out;
        self.amended += other.amended;
        self.withdrawn += other.withdrawn;
        self.opened += other.opened;
        self.pending += other.pending;
        self.ties += other.ties;
        self.stopped += other.stopped;
        self.sealed += other.sealed;
    }
}

/// What the desk knows of the sitting around it.
pub(crate) struct Around<'a> {
    pub(crate) session: &'a Session,
    pub(crate) rules: &'a Rules,
    pub(crate) now: Moment,
    /// By number: their role, and whether they are in.
    pub(crate) people: Vec<(Option<Role>, bool)>,
}

/// A motion with its vote.
struct Item {
    motion: Motion,
    event: Event,
    adopted: bool,
    /// Its text when voting began.
    #[expect(
        clippy::option_option,
        reason = "before the vote, without a text, and with one are three things"
    )]
    settled: Option<Option<MotionText>>,
}

/// An office with those on its ballot, once it is prepared.
struct Filling {
    office: Office,
    nominations: Vec<Nomination>,
    ballot: Vec<UserId>,
    /// Who accepted and lost the right to stand before nominations closed.
    left_out: Vec<UserId>,
}

#[derive(Default)]
pub(crate) struct Desk {
    offices: Vec<Filling>,
    items: Vec<Item>,
    last_id: i32,
    pub(crate) seen: DeskSeen,
}

const HOST: UserId = UserId::new(1);

fn user(number: usize) -> UserId {
    UserId::new(i32::try_from(number).expect("few people") + 1)
}

fn permit<A: Permitted>() -> Permit<A> {
    let owner = Standing { host: true, ..Standing::in_organization(HOST, Some(Role::Owner)) };
    A::permit(&owner).unwrap_or_else(|_| panic!("the owner may"))
}

fn text(word: &str) -> MotionText {
    MotionText::parse(word).expect("a text")
}

fn options(names: &[&str]) -> VoteOptions {
    VoteOptions::new(names.iter().map(|name| OptionLabel::parse(name).expect("a label")).collect())
        .expect("options")
}

impl Desk {
    fn next_id(&mut self) -> i32 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn apply(&mut self, command: &DeskCommand, around: &Around<'_>) {
        match command {
            DeskCommand::OpenOffice { seats } => self.open_office(*seats, around),
            DeskCommand::Nominate { office, by, candidate } => {
                self.nominate(*office, *by, *candidate, around);
            }
            DeskCommand::Answer { office, nomination, by, accepted } => {
                self.answer(*office, *nomination, *by, *accepted, around);
            }
            DeskCommand::CloseNominations(office) => self.close_nominations(*office, around),
            DeskCommand::DeleteElection(office) => {
                if let Some(filling) = last(&mut self.offices, *office) {
                    filling.office.state = OfficeState::Open;
                    filling.ballot.clear();
                }
            }
            DeskCommand::Move { by } => {
                let item = self.item(Some(user(*by)), None, around);
                self.items.push(item);
            }
            DeskCommand::Write { motion, word } => self.write(*motion, WORDS[*word], around),
            DeskCommand::Amend { motion, from, to } => self.amend(*motion, WORDS[*from], WORDS[*to], around),
            DeskCommand::Withdraw { motion, by } => self.withdraw(*motion, *by, around),
            DeskCommand::Advance { motion, adopted } => self.advance(*motion, *adopted, around),
            DeskCommand::Elect { method, seats, votes, picks, reopen } => {
                self.elect(METHODS[*method], *seats, votes, picks, *reopen);
            }
        }
    }

    fn open_office(&mut self, seats: u32, around: &Around<'_>) {
        let office = Office {
            id: OfficeId::new(self.next_id()),
            session_id: around.session.id,
            name: Title::parse("Office").expect("a title"),
            seats,
            state: OfficeState::Open,
            follows: None,
            created_by_user_id: HOST,
            created_at: around.now,
        };
        self.offices.push(Filling {
            office,
            nominations: Vec::new(),
            ballot: Vec::new(),
            left_out: Vec::new(),
        });
    }

    fn nominate(&mut self, office: usize, by: usize, candidate: usize, around: &Around<'_>) {
        let id = self.next_id();
        let Some(filling) = last(&mut self.offices, office) else { return };
        let (by, candidate) = (around.somebody(by), around.somebody(candidate));
        let rules = &around.rules.elections;
        let step =
            filling.office.nominate(around.session, rules, &by, &candidate, &filling.nominations, around.now);
        let twice = filling.nominations.iter().any(|one| one.candidate == candidate.user);
        let closed = around.session.status.is_closed() || filling.office.state != OfficeState::Open;
        let Ok(proposed) = step else {
            self.seen.not_nominated += 1;
            return;
        };
        assert!(!twice && !closed, "{proposed:?} came too late or twice");
        assert!(by.conducts || by.role.is_some_and(Role::votes), "who may not nominate did");
        assert_eq!(proposed.answer.is_some(), by.user == candidate.user, "nobody stands without a word");
        filling.nominations.push(Nomination {
            id: NominationId::new(id),
            office_id: filling.office.id,
            candidate: proposed.candidate,
            nominated_by: proposed.nominated_by,
            nominated_at: around.now,
            answer: proposed.answer,
            statement: None,
            option: None,
            left_out: None,
        });
        self.seen.nominated += 1;
    }

    fn answer(&mut self, office: usize, nomination: usize, by: usize, accepted: bool, around: &Around<'_>) {
        let Some(filling) = last(&mut self.offices, office) else { return };
        let Some(at) = index(filling.nominations.len(), nomination) else { return };
        let by = around.somebody(by);
        let before = &filling.nominations[at];
        let step = filling.office.answer(around.session, before, &by, accepted, None, around.now);
        if let Ok(Step::To(after)) = step {
            assert!(by.conducts || by.user == before.candidate, "somebody answered for another");
            assert_eq!(filling.office.state, OfficeState::Open);
            assert_eq!(after.is_accepted(), accepted);
            filling.nominations[at] = after;
            self.seen.answered += 1;
        }
    }

    fn close_nominations(&mut self, office: usize, around: &Around<'_>) {
        let event_id = EventId::new(self.next_id());
        let Some(filling) = last(&mut self.offices, office) else { return };
        let people: Vec<Somebody> = (0..around.people.len()).map(|number| around.somebody(number)).collect();
        let (rules, nominations) = (&around.rules.elections, &filling.nominations);
        let found =
            filling.office.candidates(around.session, &permit::<WriteEvents>(), rules, nominations, &people);
        let Ok(candidates) = found else { return };
        filling.ballot = candidates.standing.iter().map(|nomination| nomination.candidate).collect();
        filling.left_out = candidates.left_out.iter().map(|(nomination, _)| nomination.candidate).collect();
        for candidate in &filling.ballot {
            let person = people.iter().find(|person| person.user == *candidate).expect("somebody");
            assert!(
                rules.may_stand(person.role, person.seen),
                "{candidate} is on the ballot and may not stand"
            );
        }
        self.seen.left_out += u32::try_from(candidates.left_out.len()).expect("few");
        filling.office.state = OfficeState::Closed { at: around.now, by_user_id: HOST, event_id };
        self.seen.ballots += 1;
    }

    fn item(&mut self, mover: Option<UserId>, link: Option<Link>, around: &Around<'_>) -> Item {
        let ballot =
            Ballot::motion(options(&["yes", "no"]), around.rules.motion_majority, None).expect("a ballot");
        let event = Event {
            id: EventId::new(self.next_id()),
            session_id: around.session.id,
            name: Title::parse("Motion").expect("a title"),
            state: EventState::Draft,
            schedule: Schedule::new(around.now, None).expect("a schedule"),
            terms: Terms {
                description: Description::parse("").expect("may be empty"),
                ballot,
                visibility: Visibility::HiddenUntilRelease,
                proxy: true,
                secrecy: Secrecy::Standard,
                timing: Timing::default(),
                rules: EventRules::default(),
                follows: None,
                voters: None,
            },
            created_by_user_id: HOST,
            created_at: around.now,
        };
        let motion = Motion { mover, link, ..Motion::new(event.id) };
        Item { motion, event, adopted: false, settled: None }
    }

    fn write(&mut self, motion: usize, word: &str, around: &Around<'_>) {
        let Some(item) = last(&mut self.items, motion) else { return };
        let open = item.event.require_draft(around.session).and(item.motion.require_standing());
        if open.is_ok()
            && let Some(next) = item.motion.next_text(text(&format!("Buy {word}.")), HOST, around.now, None)
        {
            item.motion.texts.push(next);
        }
    }

    fn amend(&mut self, motion: usize, from: &str, to: &str, around: &Around<'_>) {
        let Some(main) = last(&mut self.items, motion) else { return };
        let change = Amendment { replaces: text(from), inserts: text(to) };
        let fits = change.apply(main.motion.text().unwrap_or(&text("")));
        let open = main.event.require_draft(around.session).and(main.motion.require_standing());
        if open.is_ok() && fits.is_ok() {
            let link = Link::Amends { main: main.event.id, change };
            let item = self.item(None, Some(link), around);
            self.items.push(item);
        }
    }

    fn withdraw(&mut self, motion: usize, by: usize, around: &Around<'_>) {
        let Some(item) = last(&mut self.items, motion) else { return };
        let by = around.somebody(by);
        let step = item.motion.withdraw(&item.event, around.session, by.user, by.conducts, None, around.now);
        if let Ok(withdrawal) = step {
            assert!(by.conducts || item.motion.mover == Some(by.user), "somebody else took it back");
            assert_eq!(item.event.state, EventState::Draft);
            item.motion.withdrawal = Some(withdrawal);
            self.seen.withdrawn += 1;
        }
    }

    fn advance(&mut self, motion: usize, adopted: bool, around: &Around<'_>) {
        let Some(at) = index(self.items.len(), motion) else { return };
        let conduct = permit::<ConductEvents>();
        let amendments: Vec<Event> = self.amending(at).map(|item| item.event.clone()).collect();
        let item = &mut self.items[at];
        let step = match item.event.state {
            EventState::Draft => {
                if item.motion.require_standing().is_err() {
                    return;
                }
                if motion::require_amendments_settled(&amendments).is_err() {
                    self.seen.pending += 1;
                    return;
                }
                item.event.open(around.session, &conduct, around.now)
            }
            EventState::Active { .. } => item.event.close(&conduct, around.now),
            _ => item.event.release(&conduct, around.now),
        };
        let Ok(Step::To(event)) = step else { return };
        match event.state {
            EventState::Active { .. } => {
                item.settled = Some(item.motion.text().cloned());
                self.seen.opened += 1;
            }
            EventState::Closed(_) => item.adopted = adopted,
            _ => {}
        }
        item.event = event;
        if matches!(self.items[at].event.state, EventState::Released { .. }) {
            self.apply_amendment(at, around);
        }
    }

    fn amending(&self, at: usize) -> impl Iterator<Item = &Item> {
        let id = self.items[at].event.id;
        self.items
            .iter()
            .filter(move |item| matches!(item.motion.link, Some(Link::Amends { main, .. }) if main == id))
    }

    /// An adopted amendment changes the text while it may still change, and where its words still stand.
    fn apply_amendment(&mut self, at: usize, around: &Around<'_>) {
        let item = &self.items[at];
        let (Some(Link::Amends { main, change }), true) = (item.motion.link.clone(), item.adopted) else {
            return;
        };
        let by = item.event.id;
        let Some(main) = self.items.iter_mut().find(|item| item.event.id == main) else { return };
        if main.event.require_draft(around.session).is_err() || main.motion.require_standing().is_err() {
            return;
        }
        let Ok(amended) = change.apply(main.motion.text().unwrap_or(&text(""))) else { return };
        if let Some(next) = main.motion.next_text(amended, HOST, around.now, Some((by, change))) {
            main.motion.texts.push(next);
            self.seen.amended += 1;
        }
    }

    /// A whole election, its ties decided by the chair as they come, by name and sealed.
    fn elect(&mut self, method: &str, seats: u32, votes: &[(usize, u32)], picks: &[usize], reopen: bool) {
        let seats = if matches!(method, "plurality" | "irv" | "approval") { 1 } else { seats };
        let mut names = NAMES.to_vec();
        if reopen {
            names.push("Re-open nominations");
        }
        let wish = ElectionWish {
            name: method.to_owned(),
            seats: Some(seats),
            reopen: reopen.then_some(NAMES.len()),
            parameters: vec![("ties".to_owned(), "chair".to_owned())],
            ..ElectionWish::default()
        };
        let ballot = Ballot::election(options(&names), &wish).expect("a ballot");
        let line = |(at, (_, weight)): (usize, &(usize, u32))| RollLine {
            principal: user(at),
            weight: Weight::new(*weight).expect("a weight"),
            present: true,
        };
        let roll: Vec<RollLine> = votes.iter().enumerate().map(line).collect();
        let cast: Vec<(UserId, Response)> = votes
            .iter()
            .enumerate()
            .map(|(at, (order, _))| {
                let ranking: Vec<String> = (0..=order % 3)
                    .map(|step| names[(order + step * 2 + step) % names.len()].to_owned())
                    .collect();
                let mut seen = HashSet::new();
                let ranking: Vec<String> =
                    ranking.into_iter().filter(|name| seen.insert(name.clone())).collect();
                let wanted =
                    if matches!(method, "plurality" | "sntv") { &ranking[..1] } else { &ranking[..] };
                (user(at), Response::parse(&ballot, wanted).expect("a response"))
            })
            .collect();
        let mut decisions: Vec<String> = Vec::new();
        let settled = loop {
            let settling = Settling { decisions: &decisions, ..Settling::default() };
            let found = result::settle(&ballot, settling, QuorumRule::None, &roll, &cast);
            let Some(awaited) = found.awaits.clone() else { break found };
            assert_eq!(found.outcome, Outcome::Tie);
            assert!(awaited.between.len() > 1, "{awaited:?}");
            let choice = &awaited.between[picks[decisions.len() % picks.len()] % awaited.between.len()];
            assert_eq!(awaited.choose(&ballot, choice).as_ref(), Ok(choice));
            assert!(names.iter().all(|name| {
                awaited.between.iter().any(|one| one == name) || awaited.choose(&ballot, name).is_err()
            }));
            decisions.push(choice.clone());
            self.seen.ties += 1;
            assert!(decisions.len() < 32, "the ties do not end");
        };
        assert_ne!(settled.outcome, Outcome::Tie, "every tie was decided");
        let Decision::Election(election) = &settled.decision else { panic!("no election") };
        let elected = election.elected();
        let distinct: BTreeSet<&String> = elected.iter().collect();
        assert!(distinct.len() == elected.len() && elected.len() <= seats as usize);
        assert!(elected.iter().all(|name| NAMES.contains(&name.as_str())), "{elected:?}");
        assert_eq!(settled.outcome == Outcome::ReopenNominations, election.stopped_by().is_some());
        self.seen.stopped += u32::from(election.stopped_by().is_some());
        self.seal(&ballot, &decisions, &roll, &cast, &settled);
    }

    /// Sealed, the same votes have the same figures, and what is published tells nobody's choice.
    fn seal(
        &mut self,
        ballot: &Ballot,
        decisions: &[String],
        roll: &[RollLine],
        cast: &[(UserId, Response)],
        open: &result::EventResult,
    ) {
        let opened: Vec<(UserId, Response)> = cast
            .iter()
            .map(|(principal, response)| {
                let packed = secret::pack(ballot, response);
                (*principal, secret::unpack(ballot, &packed).expect("what was packed"))
            })
            .collect();
        assert_eq!(opened, cast);
        let settling = Settling { decisions, ..Settling::default() };
        let reversed: Vec<_> = opened.iter().rev().cloned().collect();
        let counted = secret::count(ballot, settling, QuorumRule::None, roll, &reversed);
        assert!(counted.result.summary.starts_with(&open.summary));
        let plain = result::EventResult { summary: open.summary.clone(), ..counted.result };
        assert_eq!(&plain, open, "the order of the votes plays no part");
        let Some(ballots) = counted.ballots else { return };
        let mut bare: Vec<String> = ballots.iter().map(|one| format!("{:?}", one.response)).collect();
        let mut known: Vec<String> = cast.iter().map(|(_, response)| format!("{response:?}")).collect();
        bare.sort_unstable();
        known.sort_unstable();
        assert_eq!(bare, known);
        self.seen.sealed += 1;
    }

    /// What must be true after every command.
    pub(crate) fn hold(&self) {
        for filling in &self.offices {
            let people: HashSet<UserId> = filling.nominations.iter().map(|one| one.candidate).collect();
            assert_eq!(people.len(), filling.nominations.len(), "somebody is nominated twice");
            let accepted: HashSet<UserId> =
                filling.nominations.iter().filter(|one| one.is_accepted()).map(|one| one.candidate).collect();
            match filling.office.state {
                OfficeState::Open => assert!(filling.ballot.is_empty()),
                OfficeState::Closed { .. } => {
                    let ballot: HashSet<UserId> = filling.ballot.iter().copied().collect();
                    let left_out = filling.left_out.iter().copied().collect();
                    let right: HashSet<UserId> = accepted.difference(&left_out).copied().collect();
                    assert!(
                        !ballot.is_empty() && ballot == right,
                        "who accepted and may stand, and nobody else"
                    );
                }
            }
        }
        for item in &self.items {
            let numbers: Vec<u32> = item.motion.texts.iter().map(|version| version.number).collect();
            let counted = 1..=u32::try_from(numbers.len()).expect("few versions");
            assert!(numbers.iter().copied().eq(counted), "{numbers:?}");
            if item.motion.withdrawal.is_some() {
                assert_eq!(item.event.state, EventState::Draft, "a withdrawn motion was voted on");
            }
            if let Some(settled) = &item.settled {
                assert_eq!(settled.as_ref(), item.motion.text(), "the text changed after voting began");
            }
        }
    }
}

impl Around<'_> {
    fn somebody(&self, number: usize) -> Somebody {
        let (role, present) = self.people[number % self.people.len()];
        let user = user(number % self.people.len());
        Somebody { user, role, present, seen: present, conducts: user == HOST }
    }
}

/// The place counted back from the last one.
fn index(count: usize, back: usize) -> Option<usize> {
    (count > 0).then(|| count - 1 - back % count)
}

fn last<T>(all: &mut [T], back: usize) -> Option<&mut T> {
    let at = index(all.len(), back)?;
    all.get_mut(at)
}
