//! Ballots as people fill them in, and what was accepted of them. [`voting`](super::voting) has the steps between.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use plenum_application::views::{LoggedVote, VotingInstance};
use plenum_application::{App, Failure};
use plenum_domain::count::method::BallotForm;
use plenum_domain::event::{Event, EventState, Method};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::{Moment, Refusal};
use plenum_ports::queries::{CandidateLine, EventLine};
use plenum_record::{hex, tree, words};

use super::charts;
use super::fault::Fault;
use super::form::Form;
use super::page::{Page, show};
use super::sitting::{Note, stream};
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new().route("/events/{id}/receipt", get(receipt))
}

/// How a ballot is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One choice.
    One,
    /// Any number of choices.
    Several,
    /// Choices in order.
    Ranked,
    /// A number for each choice.
    Score {
        /// The least.
        lowest: u32,
        /// The most.
        highest: u32,
    },
}

impl Kind {
    fn of(event: &Event) -> Self {
        let Method::Election(method) = event.terms.ballot.method() else { return Self::One };
        match method.form() {
            BallotForm::One => Self::One,
            BallotForm::Set { .. } => Self::Several,
            BallotForm::Ranking { .. } => Self::Ranked,
            BallotForm::Scores { highest, together, .. } => {
                Self::Score { lowest: 0, highest: highest.map(u32::from).or(together).unwrap_or(0) }
            }
        }
    }

    pub(super) const fn is_one(&self) -> bool {
        matches!(self, Self::One)
    }

    pub(super) const fn is_several(&self) -> bool {
        matches!(self, Self::Several)
    }

    pub(super) const fn is_ranked(&self) -> bool {
        matches!(self, Self::Ranked)
    }

    pub(super) const fn lowest(&self) -> u32 {
        match self {
            Self::Score { lowest, .. } => *lowest,
            _ => 0,
        }
    }

    pub(super) const fn highest(&self) -> u32 {
        match self {
            Self::Score { highest, .. } => *highest,
            _ => 0,
        }
    }
}

/// A ballot with one card for each vote of the person.
#[derive(Clone, Debug)]
pub(super) struct BallotView {
    pub(super) event: i32,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) rule: String,
    /// The text that says who learns how somebody voted.
    pub(super) secrecy: String,
    pub(super) end: Option<Moment>,
    pub(super) kind: Kind,
    pub(super) options: Vec<String>,
    /// Who stands, where the candidates come from nominations.
    pub(super) candidates: Vec<CandidateView>,
    pub(super) papers: Vec<PaperView>,
    /// How many of them can be cast now.
    pub(super) castable: usize,
    /// What was chosen for all of them.
    pub(super) all: Option<String>,
    /// The text that says what to correct.
    pub(super) wrong: Option<&'static str>,
}

/// Somebody on the ballot, and what they have to say for themselves.
#[derive(Clone, Debug)]
pub(super) struct CandidateView {
    pub(super) option: String,
    pub(super) statement: String,
}

impl CandidateView {
    pub(super) fn of(line: &CandidateLine) -> Self {
        Self {
            option: line.option.to_string(),
            statement: line.statement.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// One vote of the person.
#[derive(Clone, Debug)]
pub(super) struct PaperView {
    pub(super) event: i32,
    pub(super) instance: i32,
    /// For whom; `None` for their own.
    pub(super) principal: Option<String>,
    pub(super) voted: bool,
    /// Whether what was cast can be changed.
    pub(super) changeable: bool,
    pub(super) refusal: Option<String>,
    /// What is filled in so far, as it will be cast.
    pub(super) choices: Vec<String>,
}

impl PaperView {
    pub(super) fn of(page: &Page, event: &Event, instance: &VotingInstance) -> Self {
        let refusal = instance.refusal.as_ref().filter(|refusal| **refusal != Refusal::AlreadyVoted);
        Self {
            event: event.id.get(),
            instance: instance.instance.row.id.get(),
            principal: instance.instance.row.proxy.map(|_| instance.principal.name.to_string()),
            voted: instance.instance.voted,
            changeable: instance.instance.voted
                && event.terms.rules.may_change_votes
                && !event.is_secret()
                && matches!(event.state, EventState::Active { .. }),
            refusal: refusal.map(|refusal| page.problem(&Problem::from(Failure::from(refusal.clone())))),
            choices: Vec::new(),
        }
    }

    /// What its fields are called after: several events may be on one page, and an instance is for all of them.
    pub(super) fn key(&self) -> String {
        format!("{}-{}", self.event, self.instance)
    }

    pub(super) fn has(&self, option: &str) -> bool {
        self.choices.iter().any(|choice| choice == option)
    }

    /// At which place an option is ranked; zero when it is not.
    pub(super) fn place(&self, option: &str) -> usize {
        self.choices.iter().position(|choice| choice == option).map_or(0, |at| at + 1)
    }

    /// The score of an option.
    pub(super) fn score(&self, option: &str) -> &str {
        let scores = self.choices.iter().filter_map(|choice| choice.rsplit_once('='));
        scores.into_iter().find(|(name, _)| *name == option).map_or("", |(_, score)| score)
    }

    pub(super) const fn is_castable(&self) -> bool {
        !self.voted && self.refusal.is_none()
    }

    /// Whether a choice is taken for it: to cast, or to change what was cast.
    pub(super) const fn takes(&self) -> bool {
        self.is_castable() || self.changeable
    }
}

impl BallotView {
    pub(super) fn of(
        page: &Page,
        event: &Event,
        instances: &[VotingInstance],
        candidates: &[CandidateLine],
    ) -> Self {
        let papers: Vec<PaperView> =
            instances.iter().map(|instance| PaperView::of(page, event, instance)).collect();
        Self {
            event: event.id.get(),
            name: event.name.to_string(),
            description: event.terms.description.to_string(),
            rule: charts::rule(page, event),
            secrecy: format!("secrecy.{}", event.terms.secrecy.as_str()),
            end: event.schedule.end_time,
            kind: Kind::of(event),
            options: event.terms.ballot.options().labels().iter().map(ToString::to_string).collect(),
            candidates: candidates.iter().map(CandidateView::of).collect(),
            castable: papers.iter().filter(|paper| paper.is_castable()).count(),
            papers,
            all: None,
            wrong: None,
        }
    }

    pub(super) fn places(&self) -> Vec<usize> {
        (1..=self.options.len()).collect()
    }

    /// Whether there is anything to choose.
    pub(super) fn takes(&self) -> bool {
        self.papers.iter().any(PaperView::takes)
    }

    pub(super) fn is_all(&self, option: &str) -> bool {
        self.all.as_deref() == Some(option)
    }

    /// Takes over what a form says: ticked options, places, scores; what is chosen for one vote goes
    /// before what is chosen for all.
    pub(super) fn fill(&mut self, form: &Form) {
        let all = form.get(&format!("all-{}", self.event)).to_owned();
        self.all = Some(all).filter(|all| !all.is_empty());
        let options = self.options.clone();
        for paper in self.papers.iter_mut().filter(|paper| paper.takes()) {
            let own = format!("vote-{}", paper.key());
            paper.choices = form.all(&own).map(str::to_owned).collect();
            if paper.choices.is_empty() {
                paper.choices = ranked(form, &paper.key(), &options);
            }
            if paper.choices.is_empty() {
                paper.choices = scored(form, &paper.key(), &options);
            }
            if paper.choices.is_empty() && paper.is_castable() {
                paper.choices.extend(self.all.clone());
            }
        }
    }

    pub(super) fn filled(&self) -> impl Iterator<Item = &PaperView> {
        self.papers.iter().filter(|paper| !paper.choices.is_empty())
    }

    /// Whether two options were given the same place.
    pub(super) fn has_place_twice(&self, form: &Form) -> bool {
        self.papers.iter().any(|paper| {
            let prefix = format!("rank-{}-", paper.key());
            let mut places: Vec<&str> =
                form.under(&prefix).map(|(_, place)| place).filter(|place| !place.is_empty()).collect();
            let count = places.len();
            places.sort_unstable();
            places.dedup();
            places.len() < count
        })
    }
}

/// The ballots of those of these events that are open, as somebody has them.
pub(super) async fn open_ballots(
    app: &App,
    page: &Page,
    events: &[Event],
    voter: UserId,
) -> Result<Vec<BallotView>, Failure> {
    let mut ballots = Vec::new();
    for event in events.iter().filter(|event| matches!(event.state, EventState::Active { .. })) {
        let (_, instances) = app.vote_instances(event.id, voter).await?;
        let candidates = app.candidates(event).await?;
        ballots.push(BallotView::of(page, event, &instances, &candidates));
    }
    Ok(ballots)
}

/// Options in the order of the places that were chosen for them.
fn ranked(form: &Form, key: &str, options: &[String]) -> Vec<String> {
    let prefix = format!("rank-{key}-");
    let mut places: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (at, place) in form.under(&prefix) {
        let option = at.parse::<usize>().ok().and_then(|at| options.get(at));
        if let (Some(option), Ok(place)) = (option, place.parse::<usize>()) {
            places.entry(place).or_default().push(option.clone());
        }
    }
    places.into_values().flatten().collect()
}

/// `option=score` for every option that has one.
fn scored(form: &Form, key: &str, options: &[String]) -> Vec<String> {
    let prefix = format!("score-{key}-");
    let scores = form.under(&prefix).filter(|(_, score)| !score.trim().is_empty());
    let scores = scores.filter_map(|(at, score)| {
        let option = at.parse::<usize>().ok().and_then(|at| options.get(at))?;
        Some(format!("{option}={}", score.trim()))
    });
    scores.collect()
}

/// What was accepted.
#[derive(Template)]
#[template(path = "receipt.html")]
pub(super) struct Receipt {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    pub(super) event: i32,
    pub(super) name: String,
    pub(super) papers: Vec<ReceiptPaper>,
    /// Whether there is something left to cast.
    pub(super) open: bool,
    /// Whether nobody learns what was cast.
    pub(super) secret: bool,
}

/// One vote of the person, and where it is in the record.
#[derive(Clone, Debug)]
pub(super) struct ReceiptPaper {
    pub(super) paper: PaperView,
    /// `None` while it has no place under a signature, and while it is not cast.
    pub(super) entry: Option<EntryView>,
}

/// A vote in the record, as far as that says nothing of what was chosen.
#[derive(Clone, Debug)]
pub(super) struct EntryView {
    /// Its number, from 1.
    pub(super) number: u64,
    /// How many entries the signature covers.
    pub(super) of: u64,
    pub(super) signed_at: Moment,
    /// The root of them as twelve words.
    pub(super) words: String,
    /// The entry's hash.
    pub(super) leaf: String,
    /// The signed receipt.
    pub(super) note: String,
}

impl EntryView {
    /// `None` until a signed checkpoint covers it and the proof leads from the entry to its root.
    fn of(vote: &LoggedVote) -> Option<Self> {
        let place = vote.receipt.place.as_ref()?;
        let (leaf, size) = (vote.receipt.leaf, place.checkpoint.size);
        let root = tree::root_from_inclusion(leaf, place.position, size, &place.proof);
        (root == Some(place.checkpoint.root)).then(|| Self {
            number: place.position + 1,
            of: size,
            signed_at: place.checkpoint.at,
            words: words::sentence(&place.checkpoint.root),
            leaf: hex(&leaf),
            note: vote.note.clone(),
        })
    }
}

fn page(state: &HttpState, viewer: &Viewer, line: &EventLine, title: &str) -> Page {
    Page::new(&state.app, viewer, title)
        .at(format!("/sessions/{}", line.event.session_id))
        .owned_by(&line.line.organization)
}

async fn receipt(
    State(state): State<HttpState>,
    Path(id): Path<EventId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let (line, instances) = state.app.vote_instances(id, viewer.id()).await?;
    let session = &line.line.session;
    let mut page = page(&state, &viewer, &line, "receipt.title")
        .at(format!("/events/{id}/receipt"))
        .noting(note.as_deref());
    if !session.status.is_closed() {
        page = page.following(stream(session.id));
    }
    let logged = state.app.logged_votes(id, &instances, viewer.id()).await?;
    let papers: Vec<ReceiptPaper> = instances
        .iter()
        .map(|instance| {
            let principal = instance.instance.row.principal();
            let vote = logged.iter().find(|vote| vote.principal == principal);
            ReceiptPaper {
                paper: PaperView::of(&page, &line.event, instance),
                entry: vote.and_then(EntryView::of),
            }
        })
        .collect();
    Ok(show(&Receipt {
        session: session.id.get(),
        session_title: session.title.to_string(),
        event: id.get(),
        name: line.event.name.to_string(),
        open: papers.iter().any(|paper| paper.paper.is_castable()),
        papers,
        secret: line.event.is_secret(),
        page,
    }))
}
