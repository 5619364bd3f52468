//! `/events/{id}/turnout` and `/events/{id}/results`: how many voted, and what came of it.

use axum::extract::State;
use plenum_application::papers::percent;
use plenum_application::views::{Results, TurnoutView};
use plenum_domain::event::{Annulment, Event};
use plenum_domain::id::EventId;
use plenum_ports::documents::{
    AwaitedData, ElectionData, EventData, MethodData, MotionCountData, OptionCountData, QuorumFigureData,
    ResultData, StrengthData, TieDecisionData,
};
use plenum_ports::page::Page;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::EventTypeWord;
use crate::answer::Answer;
use crate::extract::{Path, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, PersonBody};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(turnout)).routes(routes!(results))
}

/// How many have voted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Turnout, example = json!({
    "event_id": 9, "state": "active", "entitled": 25, "present": 21, "voted": 20,
    "missing": {"items": [{"id": 15, "name": "Zoë Ng", "andrew_id": "zng"}], "next": null},
}))]
struct TurnoutBody {
    event_id: i32,
    state: &'static str,
    /// People on the roll.
    entitled: u64,
    /// Of them, people in the session now.
    present: u64,
    /// Votes cast.
    voted: u64,
    /// Who has not voted; null for everyone but the host.
    missing: Option<Items<PersonBody>>,
}

impl TurnoutBody {
    fn of(view: TurnoutView) -> Self {
        Self {
            event_id: view.event.id.get(),
            state: view.event.state.as_str(),
            entitled: view.turnout.entitled,
            present: view.turnout.present,
            voted: view.turnout.voted,
            missing: view.missing.map(|missing| Items::of(missing, |user| PersonBody::of(&user))),
        }
    }
}

/// What one choice received.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OptionResult, example = json!({"option": "yes", "voters": 12, "votes": 14, "percent": "63.6"}))]
pub(super) struct OptionBody {
    pub(super) option: String,
    /// People who chose it: marked it, ranked it first, or gave it more than nothing.
    pub(super) voters: u64,
    /// Votes it received: the sum of their weights.
    pub(super) votes: u64,
    /// Of all votes cast, with one decimal, rounded half up from whole numbers.
    pub(super) percent: String,
}

impl OptionBody {
    /// What every choice received, in the order of the ballot.
    pub(super) fn all(result: &ResultData) -> Vec<Self> {
        let line = |option: &OptionCountData| Self {
            option: option.option.clone(),
            voters: option.voters,
            votes: option.votes,
            percent: percent(option.votes, result.cast.weight),
        };
        result.options.iter().map(line).collect()
    }
}

/// One round of counting: of a motion what each choice received, of an election the step as the method counts it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Round, example = json!({
    "round": 2, "event": "round", "tally": {"Ann": 12, "Bob": 9}, "elected": ["Ann"], "eliminated": [],
    "sentence": "Round 2: Ann has 12 of 21 votes, more than half, and is elected.",
}))]
enum RoundBody {
    /// How the choices stood.
    Figures {
        /// Counted from 1.
        round: u32,
        /// What each choice received.
        options: Vec<OptionBody>,
    },
    /// A step of an election's count: its figures, transfers, who is elected and excluded, and a sentence. Whole numbers are
    /// numbers, all other figures exact text.
    Step(Value),
}

/// The figures of an event, as they stand or as they were counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Results, example = json!({
    "event_id": 9, "session_id": 7, "event_type": "motion", "name": "Amend article 4",
    "state": "released", "counted": true,
    "method": {
        "name": "majority", "threshold": "2/3", "comparison": "at_least",
        "base": "votes_cast_without_abstentions",
        "in_favour": "yes", "against": "no", "abstain": "abstain",
    },
    "options": [
        {"option": "yes", "voters": 14, "votes": 14, "percent": "70.0"},
        {"option": "no", "voters": 5, "votes": 5, "percent": "25.0"},
        {"option": "abstain", "voters": 1, "votes": 1, "percent": "5.0"},
    ],
    "rounds": [{"round": 1, "options": [
        {"option": "yes", "voters": 14, "votes": 14, "percent": "70.0"},
        {"option": "no", "voters": 5, "votes": 5, "percent": "25.0"},
        {"option": "abstain", "voters": 1, "votes": 1, "percent": "5.0"},
    ]}],
    "entitled": {"people": 25, "weight": 25}, "present": {"people": 21, "weight": 21},
    "cast": {"people": 20, "weight": 20},
    "quorum": {"entitled": 25, "present": 21, "required": 13, "missing": 0, "met": true},
    "motion": {
        "in_favour": 14, "against": 5, "abstaining": 1, "threshold": "2/3", "comparison": "at_least",
        "base": "votes_cast_without_abstentions", "base_count": 19, "needed": 13,
    },
    "election": null, "awaiting": null, "decisions": [], "next_event_id": null,
    "next_office_id": null, "outcome": "adopted",
    "summary": "The motion is adopted: 14 in favour, 5 against, 1 abstaining. At least two thirds of the votes cast without abstentions were needed, that is 13 of 19; there were 14. 20 of 25 entitled voted. The quorum of 13 was met: 21 were present or represented.",
}))]
pub(super) struct ResultsBody {
    event_id: i32,
    session_id: i32,
    event_type: EventTypeWord,
    name: String,
    /// Where the event stands. In state `annulled` the figures are kept and decide nothing.
    state: &'static str,
    /// Whether these are the counted figures, not those of a vote that is still open.
    counted: bool,
    method: MethodData,
    /// What each choice received, in the order of the ballot.
    options: Vec<OptionBody>,
    /// How the count went, round by round.
    rounds: Vec<RoundBody>,
    /// Everyone on the roll.
    entitled: StrengthData,
    /// Of them, present while voting was open, or represented.
    present: StrengthData,
    /// Votes cast.
    cast: StrengthData,
    quorum: QuorumFigureData,
    /// For a motion: its threshold and what that means in votes.
    motion: Option<MotionCountData>,
    /// For an election: who is elected, and the count but for its rounds. Null while voting is open.
    election: Option<ElectionData>,
    /// The decision on a tie that the result waits for (`POST /events/{id}/tie`); it cannot be released before.
    awaiting: Option<AwaitedData>,
    /// What was decided on ties so far, in the order they were met.
    decisions: Vec<TieDecisionData>,
    /// The draft that was prepared because this result asks for another vote.
    next_event_id: Option<i32>,
    /// The office for which nominations were opened again because of this result.
    next_office_id: Option<i32>,
    /// `adopted`, `rejected`, `elected`, `tie`, `runoff`, `reopen_nominations`, `none_of_the_above`,
    /// `nobody_elected`, `no_quorum` or `uncounted`; `annulled` where it decides nothing any more; null while voting is open.
    outcome: Option<String>,
    /// The result in words, fit for the minutes; null while voting is open.
    summary: Option<String>,
}

impl ResultsBody {
    /// The figures as they are stored, or as they stand.
    pub(super) fn of(event: &Event, result: &ResultData, counted: bool) -> Self {
        let annulled = event.state.annulment();
        let options = OptionBody::all(result);
        // The join code is no part of a result, and nothing of the method depends on it.
        let method = EventData::of(&event.terms, "").method.unwrap_or_default();
        let mut election = result.election.clone();
        let steps = election.as_mut().and_then(|election| election.count.as_mut()).and_then(take_rounds);
        let rounds = match steps {
            Some(steps) => steps.into_iter().map(RoundBody::Step).collect(),
            None => vec![RoundBody::Figures { round: 1, options: options.clone() }],
        };
        Self {
            event_id: event.id.get(),
            session_id: event.session_id.get(),
            event_type: event.event_type().into(),
            name: event.name.to_string(),
            state: event.state.as_str(),
            counted,
            method,
            rounds,
            options,
            entitled: result.entitled,
            present: result.present,
            cast: result.cast,
            quorum: result.quorum,
            motion: result.motion,
            election,
            awaiting: result.awaiting.clone(),
            decisions: result.decisions.clone(),
            next_event_id: result.next_event_id,
            next_office_id: result.next_office_id,
            outcome: annulled.map(|_| "annulled".to_owned()).or_else(|| result.outcome.clone()),
            summary: match annulled {
                Some(annulment) => Some(void(annulment, result.summary.as_deref())),
                None => result.summary.clone(),
            },
        }
    }
}

/// What is said of a result that decides nothing any more.
fn void(annulment: &Annulment, summary: Option<&str>) -> String {
    let kept = summary.map(|summary| format!(" It was: {summary}")).unwrap_or_default();
    format!("Annulled, so the result decides nothing. The reason: {}{kept}", annulment.reason)
}

/// The rounds of a count, which stand on their own in the answer.
fn take_rounds(count: &mut Value) -> Option<Vec<Value>> {
    match count.as_object_mut()?.remove("rounds")? {
        Value::Array(rounds) => Some(rounds),
        _ => None,
    }
}

/// See how many have voted
///
/// The host also sees who has not, in pieces.
#[utoipa::path(
    get,
    path = "/events/{id}/turnout",
    tag = "results",
    params(("id" = i32, Path, description = "The event."), crate::openapi::PagingParameters),
    responses((status = 200, description = "The figures as they stand.", body = TurnoutBody)),
)]
async fn turnout(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<EventId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let view = state.app.turnout(id, actor.user.id, page).await?;
    Ok(Answer::ok(&TurnoutBody::of(view)))
}

/// See the result of an event
///
/// Live where the event says so; otherwise for the host once it is closed and for everyone once it is
/// released (before that 403 `results_hidden`).
#[utoipa::path(
    get,
    path = "/events/{id}/results",
    tag = "results",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The figures.", body = ResultsBody)),
)]
async fn results(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<EventId>,
) -> Result<Answer, Problem> {
    let Results { event, result, counted } = state.app.results(id, actor.user.id).await?;
    Ok(Answer::ok(&ResultsBody::of(&event, &result, counted)))
}
