//! One of each page, empty and full.

use chrono::DateTime;
use plenum_domain::Moment;

use super::{HOSTILE, Sample};
use crate::web::ballot::{BallotView, CandidateView, EntryView, Kind, PaperView, Receipt, ReceiptPaper};
use crate::web::charts::{Bar, ResultView};
use crate::web::event::{EventPage, NamedVote};
use crate::web::home::{Home, Landing, Offer, OrganizationLine, SittingLine};
use crate::web::me::{Account, History, PastLine, TokenLine, TokenPage};
use crate::web::page::Page;
use crate::web::presence::Question;
use crate::web::proxies::{Proxies, ProxyLine};
use crate::web::rounds::{Pair, Round, Rounds};
use crate::web::sitting::{EventLine, Figures, Proposed, Sitting};
use crate::web::voting::{Ballot, Review, ReviewBallot, ReviewPaper};
use crate::web::{flow, seats};

pub(super) fn moment() -> Moment {
    DateTime::from_timestamp(1_774_000_000, 0).expect("a moment")
}

fn hostile() -> String {
    HOSTILE.to_owned()
}

impl Sample for Landing {
    fn samples(page: &Page) -> Vec<Self> {
        vec![Self { page: page.clone() }]
    }
}

impl Sample for Home {
    fn samples(page: &Page) -> Vec<Self> {
        let sitting = SittingLine {
            id: 7,
            title: hostile(),
            organization: hostile(),
            status: "status.open",
            tone: "good",
            conducts: true,
        };
        let organization = OrganizationLine { id: 3, name: hostile(), role: "role.chair".to_owned() };
        let empty = Self {
            page: page.clone(),
            code: String::new(),
            wrong: None,
            sittings: Vec::new(),
            doors: Vec::new(),
            organizations: Vec::new(),
        };
        let full = Self {
            page: page.clone(),
            code: hostile(),
            wrong: Some(hostile()),
            sittings: vec![sitting.clone()],
            doors: vec![sitting],
            organizations: vec![organization],
        };
        vec![empty, full]
    }
}

impl Sample for Offer {
    fn samples(page: &Page) -> Vec<Self> {
        vec![Self { page: page.clone(), code: "7QK2MD".to_owned() }]
    }
}

fn event() -> EventLine {
    EventLine { id: 9, name: hostile(), kind: "kind.motion", state: "state.active", tone: "good" }
}

fn papers(event: i32) -> Vec<PaperView> {
    let paper = |instance: i32, principal: Option<&str>, voted: bool, refusal: Option<&str>| PaperView {
        event,
        instance,
        principal: principal.map(str::to_owned),
        voted,
        changeable: voted,
        refusal: refusal.map(str::to_owned),
        choices: vec![HOSTILE.to_owned()],
    };
    vec![
        paper(41, None, false, None),
        paper(44, Some(HOSTILE), false, None),
        paper(45, Some("Łukasz Żak"), true, None),
        paper(46, Some("王小明"), false, Some(HOSTILE)),
    ]
}

fn candidates() -> Vec<CandidateView> {
    vec![
        CandidateView { option: hostile(), statement: hostile() },
        CandidateView { option: "Bob".to_owned(), statement: String::new() },
    ]
}

fn ballots() -> Vec<BallotView> {
    let kinds = [Kind::One, Kind::Several, Kind::Ranked, Kind::Score { lowest: 0, highest: 5 }];
    let ballot = |(event, kind): (i32, Kind)| BallotView {
        event,
        name: hostile(),
        description: if kind == Kind::One { String::new() } else { hostile() },
        rule: hostile(),
        secrecy: "secrecy.standard".to_owned(),
        end: (kind == Kind::One).then(moment),
        kind,
        options: vec![hostile(), "no".to_owned()],
        candidates: candidates(),
        papers: papers(event),
        castable: 2,
        all: (kind == Kind::One).then(hostile),
        wrong: Some("ballot.nothing_chosen"),
    };
    (1..).zip(kinds).map(ballot).collect()
}

/// Who is there.
pub(super) fn figures(required: u64, met: bool) -> Figures {
    let missing = if met { 0 } else { 2 };
    Figures { headcount: 12, present: 13, required, missing, met, strength: 20, whole: 31, weighted: met }
}

impl Sample for Sitting {
    fn samples(page: &Page) -> Vec<Self> {
        let sitting = |present, closed, ballots: Vec<BallotView>, events: Vec<EventLine>, required| Self {
            page: page.clone().following("/api/v1/sessions/7/live"),
            session: 7,
            organization: 3,
            organization_name: hostile(),
            code: (required > 0).then(|| "7QK2MD".to_owned()),
            status: if closed { "status.closed" } else { "status.open" },
            tone: "good",
            closed,
            present,
            conducts: present,
            ballots,
            question: (required > 0).then(|| Question {
                check: 3,
                closes_at: moment(),
                sets_absent: present,
                answered: !present,
            }),
            proposed: if required > 0 {
                vec![Proposed { id: 61, office_id: 5, office: hostile() }]
            } else {
                Vec::new()
            },
            offices: usize::from(present),
            events,
            figures: figures(required, present),
        };
        vec![
            sitting(false, false, Vec::new(), Vec::new(), 0),
            sitting(false, false, Vec::new(), Vec::new(), 13),
            sitting(true, false, Vec::new(), vec![event()], 13),
            sitting(true, false, ballots(), vec![event()], 13),
            sitting(false, true, Vec::new(), vec![event()], 0),
        ]
    }
}

impl Sample for Ballot {
    fn samples(page: &Page) -> Vec<Self> {
        let page = |wrong, ballots| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            wrong,
            ballots,
        };
        vec![page(Vec::new(), Vec::new()), page(vec![hostile()], ballots())]
    }
}

impl Sample for Review {
    fn samples(page: &Page) -> Vec<Self> {
        let paper = |principal: Option<&str>, choices: &[&str]| ReviewPaper {
            principal: principal.map(str::to_owned),
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
            fields: vec![("vote-9-41".to_owned(), hostile())],
        };
        let ballot = |papers| ReviewBallot { name: hostile(), papers };
        let review = |ballots, left_out| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            action: "/sessions/7/cast".to_owned(),
            ballots,
            left_out,
            changeable: left_out == 0,
        };
        let several = vec![paper(None, &["a", HOSTILE]), paper(Some(HOSTILE), &[])];
        vec![
            review(vec![ballot(vec![paper(None, &[HOSTILE])])], 0),
            review(vec![ballot(several), ballot(vec![paper(None, &[HOSTILE])])], 1),
        ]
    }
}

impl Sample for Receipt {
    fn samples(page: &Page) -> Vec<Self> {
        let entry = || EntryView {
            number: 6,
            of: 24,
            signed_at: moment(),
            words: hostile(),
            leaf: hostile(),
            note: hostile(),
        };
        let receipt = |entry: Option<EntryView>, papers: Vec<PaperView>, secret| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            event: 9,
            name: hostile(),
            open: !papers.is_empty(),
            papers: papers.into_iter().map(|paper| ReceiptPaper { paper, entry: entry.clone() }).collect(),
            secret,
        };
        vec![
            receipt(None, Vec::new(), false),
            receipt(None, papers(9), false),
            receipt(Some(entry()), papers(9), false),
            receipt(Some(entry()), papers(9), true),
        ]
    }
}

pub(super) fn result(counted: bool) -> ResultView {
    let bar = |label: &str, votes: u64, class, mark| Bar {
        label: label.to_owned(),
        figure: votes.to_string(),
        share: "50.0 %".to_owned(),
        width: 500,
        class,
        mark,
        seats: votes,
    };
    ResultView {
        outcome: if counted { "result.elected" } else { "result.so_far" },
        tone: if counted { "good" } else { "" },
        elected: if counted { hostile() } else { String::new() },
        hall: seats::hall(&[5, 4, 1]),
        counted,
        measure: counted.then_some("result.first_choices"),
        bars: vec![
            bar(HOSTILE, 5, "for", Some(667)),
            bar("no", 4, "against", None),
            bar("abstain", 1, "abstain", None),
        ],
        needed: counted.then_some(7),
        cast: 10,
        entitled: 12,
        quorum_met: counted,
        quorum_required: 7,
        summary: hostile(),
    }
}

fn rounds() -> Rounds {
    let round =
        |number| Round { number, sentence: hostile(), figures: vec!["5.25".to_owned(), String::new()] };
    Rounds {
        candidates: vec![hostile(), "Bob".to_owned()],
        rounds: vec![round(1), round(2)],
        flow: Some(flow::draw(&[vec![5, 4, 0], vec![6, 2, 1]])),
        pairs: vec![(hostile(), vec![Pair { figure: "6".to_owned(), wins: true }])],
    }
}

impl Sample for EventPage {
    fn samples(page: &Page) -> Vec<Self> {
        let look = |result, hidden: Option<&str>, annulled: Option<&str>, votes| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            event: event(),
            description: hostile(),
            rule: hostile(),
            secrecy: "secrecy.roll_call".to_owned(),
            annulled: annulled.map(str::to_owned),
            candidates: if hidden.is_some() { candidates() } else { Vec::new() },
            result,
            rounds: hidden.is_none().then(rounds),
            hidden: hidden.map(str::to_owned),
            open: true,
            votes,
            more_votes: true,
        };
        let vote =
            |by: Option<&str>| NamedVote { name: hostile(), by: by.map(str::to_owned), choice: hostile() };
        vec![
            look(None, Some(HOSTILE), None, Vec::new()),
            look(Some(result(false)), None, None, Vec::new()),
            look(Some(result(true)), None, Some(HOSTILE), vec![vote(None), vote(Some(HOSTILE))]),
        ]
    }
}

impl Sample for Proxies {
    fn samples(page: &Page) -> Vec<Self> {
        let line = |id| ProxyLine {
            id,
            other: hostile(),
            status: "mandate.active",
            tone: "good",
            revocable: true,
            awaits_holder: true,
            awaits_chair: false,
        };
        let proxies = |rules_allow, gave, held, given| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            closed: false,
            rules_allow,
            held,
            given,
            gave,
            people: vec![hostile()],
            holder: hostile(),
            wrong: Some(hostile()),
        };
        vec![
            proxies(false, false, Vec::new(), Vec::new()),
            proxies(true, false, vec![line(1)], Vec::new()),
            proxies(true, true, Vec::new(), vec![line(2)]),
        ]
    }
}

impl Sample for History {
    fn samples(page: &Page) -> Vec<Self> {
        let line = PastLine {
            id: 7,
            title: hostile(),
            organization: hostile(),
            at: moment(),
            status: "status.closed",
            tone: "plain",
            took_part: true,
        };
        vec![
            Self { page: page.clone(), lines: Vec::new(), next: None },
            Self { page: page.clone(), lines: vec![line], next: Some(7) },
        ]
    }
}

impl Sample for Account {
    fn samples(page: &Page) -> Vec<Self> {
        let token =
            |id, used| TokenLine { id, name: hostile(), used, until: used, scopes: vec!["read", "vote"] };
        let account = |tokens, wrong: Option<&str>| Self {
            page: page.clone(),
            andrew_id: "zng".to_owned(),
            tokens,
            typed: hostile(),
            wrong: wrong.map(str::to_owned),
        };
        vec![
            account(Vec::new(), None),
            account(vec![token(1, None), token(2, Some(moment()))], Some(HOSTILE)),
        ]
    }
}

impl Sample for TokenPage {
    fn samples(page: &Page) -> Vec<Self> {
        let token =
            |until| Self { page: page.clone(), name: hostile(), secret: "plenum_x".to_owned(), until };
        vec![token(None), token(Some(moment()))]
    }
}
