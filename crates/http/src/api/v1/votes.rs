//! `/events/{id}/vote-instances` and `/events/{id}/votes`: casting, and who voted how.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{BallotPaper, Cast, CastAll, CastTogether, CastVotes, Choices, Receipt};
use plenum_application::views::VotingInstance;
use plenum_domain::event::Event;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::Weight;
use plenum_ports::documents::PartData;
use plenum_ports::page::Page;
use plenum_ports::queries::VoteLine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::attendance::proxy;
use crate::answer::Answer;
use crate::extract::{Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, PersonBody};

/// The most votes in one request.
const MOST_VOTES: usize = 1000;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(instances)).routes(routes!(list, cast)).routes(routes!(cast_together))
}

/// One of your votes on an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VoteInstance, example = json!({
    "user_session_id": 44, "proxy": "18", "proxy_for_user_id": 18, "proxy_for_name": "Łukasz Żak",
    "weight": 1, "has_voted": false, "can_vote": false, "code": "proxy_suspended",
    "detail": "The person you represent is present and votes in person. Your proxy rests while they are here.",
}))]
struct VoteInstanceBody {
    user_session_id: i32,
    /// The id of the person it is cast for, as a string; null for your own vote.
    proxy: Option<String>,
    proxy_for_user_id: Option<i32>,
    proxy_for_name: Option<String>,
    /// How much this vote counts; null when its person is not on the electoral roll.
    weight: Option<u32>,
    /// Whether this vote was cast, by whomever.
    has_voted: bool,
    /// Whether it can be cast now.
    can_vote: bool,
    /// Why not, as the code that casting would be refused with; null when it can.
    code: Option<&'static str>,
    /// Why not, in words.
    detail: Option<String>,
}

impl VoteInstanceBody {
    fn of(line: &VotingInstance) -> Self {
        let row = &line.instance.row;
        Self {
            user_session_id: row.id.get(),
            proxy: proxy(row),
            proxy_for_user_id: row.proxy.map(UserId::get),
            proxy_for_name: row.proxy.map(|_| line.principal.name.to_string()),
            weight: line.instance.weight.map(Weight::get),
            has_voted: line.instance.voted,
            can_vote: line.refusal.is_none(),
            code: line.refusal.as_ref().map(plenum_domain::Refusal::code),
            detail: line.refusal.as_ref().map(ToString::to_string),
        }
    }
}

/// One vote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BallotPaper, example = json!({"user_session_id": 44, "vote_response": ["no"]}))]
struct BallotPaperBody {
    /// With which of your vote instances.
    user_session_id: i32,
    /// The choices: one option for `majority` and `plurality`, options in order of preference for rankings, any
    /// of them for approvals, `option=score` for scores. The option to abstain stands alone.
    vote_response: Option<Vec<String>>,
    /// Instead, where the rules let weights be split: parts that add up to the weight of this vote.
    split: Option<Vec<PartData>>,
}

/// One vote, or several at once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CastBody {
    user_session_id: Option<i32>,
    vote_response: Option<Vec<String>>,
    split: Option<Vec<PartData>>,
    votes: Option<Vec<BallotPaperBody>>,
    #[serde(default)]
    all: bool,
}

/// How a request casts: papers for instances that are named, or the same choices for all of them.
enum Casting {
    Papers(CastVotes),
    All(CastAll),
}

impl Casting {
    /// What the request says besides the choices.
    fn but_choices(&self) -> String {
        match self {
            Self::All(_) => "all".to_owned(),
            Self::Papers(cast) => {
                let papers: Vec<Option<i32>> =
                    cast.papers.iter().map(|paper| paper.user_session_id.map(UserSessionId::get)).collect();
                format!("{} {papers:?}", cast.listed)
            }
        }
    }
}

/// One vote, or several at once: either form, never both.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = CastVotes, example = json!({"votes": [
    {"user_session_id": 41, "vote_response": ["yes"]},
    {"user_session_id": 44, "vote_response": ["no"]},
]}))]
#[expect(dead_code, reason = "describes CastBody")]
enum CastShape {
    /// One vote.
    One {
        /// With which of your vote instances; may be left out by someone who has one.
        user_session_id: Option<i32>,
        /// The choices: one option for `majority` and `plurality`, options in order of preference for rankings, any
        /// of them for approvals, `option=score` for scores. The option to abstain stands alone.
        vote_response: Option<Vec<String>>,
        /// Instead, where the rules let weights be split: parts that add up to the weight of this vote.
        split: Option<Vec<PartData>>,
        /// True: cast all the votes you can cast now with these choices, your own and those you hold. Leave
        /// out `user_session_id` then; the answer is a list of receipts.
        all: Option<bool>,
    },
    /// Several votes, all or nothing.
    Several {
        /// 1 to 1000 of them.
        #[schema(min_items = 1, max_items = 1000)]
        votes: Vec<BallotPaperBody>,
    },
}

impl CastBody {
    fn read(&self, event_id: EventId, by: UserId) -> Result<Casting, FieldErrors> {
        if !self.all {
            return self.papers(event_id, by).map(Casting::Papers);
        }
        let mut checks = FieldChecks::new();
        if self.user_session_id.is_some() {
            checks.fail("user_session_id", "names one instance; leave it out to cast all of them");
        }
        if self.votes.is_some() {
            checks.fail("votes", "names its instances; leave it out to cast all of them alike");
        }
        if self.split.is_some() {
            checks.fail("split", "is of one vote; cast it with its user_session_id");
        }
        if self.vote_response.is_none() {
            checks.fail("vote_response", "is required: the choices for all your votes");
        }
        let response = self.vote_response.clone();
        checks.finish(response.map(|vote_response| Casting::All(CastAll { event_id, by, vote_response })))
    }

    fn papers(&self, event_id: EventId, by: UserId) -> Result<CastVotes, FieldErrors> {
        let mut checks = FieldChecks::new();
        let papers = match (&self.votes, &self.vote_response, &self.split) {
            (None, response, split) => {
                let paper = paper(self.user_session_id, response.as_ref(), split.as_ref());
                checks.all(paper).map(|paper| vec![paper])
            }
            (Some(votes), None, None) => {
                if self.user_session_id.is_some() {
                    checks.fail("user_session_id", "stands inside each of votes; leave it out here");
                }
                if votes.is_empty() || votes.len() > MOST_VOTES {
                    checks.fail("votes", format!("must hold 1 to {MOST_VOTES} votes"));
                }
                let papers = votes.iter().enumerate().map(|(at, vote)| {
                    let id = Some(vote.user_session_id);
                    paper(id, vote.vote_response.as_ref(), vote.split.as_ref())
                        .map_err(|errors| errors.under(&format!("votes[{at}]")))
                });
                papers.map(|paper| checks.all(paper)).collect()
            }
            (Some(_), ..) => {
                checks.fail("votes", "cannot stand next to vote_response or split; send one or the other");
                None
            }
        };
        checks.finish(papers.map(|papers| CastVotes { event_id, by, papers, listed: self.votes.is_some() }))
    }
}

/// One vote on one of several events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventBallotPaper)]
struct EventPaperBody {
    /// On which event.
    event_id: i32,
    /// With which of your vote instances; may be left out by someone who has one, and with `all`.
    user_session_id: Option<i32>,
    /// The choices, as for the event alone.
    vote_response: Option<Vec<String>>,
    /// Instead, where the rules let weights be split: parts that add up to the weight of this vote; not with `all`.
    split: Option<Vec<PartData>>,
}

/// Votes on several events of a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CastTogether, example = json!({"votes": [
    {"event_id": 9, "vote_response": ["Ann", "Bob"]},
    {"event_id": 10, "vote_response": ["Abstain"]},
], "all": true}))]
struct TogetherBody {
    /// 1 to 1000 of them.
    #[schema(min_items = 1, max_items = 1000)]
    votes: Vec<EventPaperBody>,
    /// True: cast each of them with every instance you can vote with now, your own and those you hold. Leave out
    /// `user_session_id` then.
    #[serde(default)]
    all: bool,
}

impl TogetherBody {
    fn read(&self, session_id: SessionId, by: UserId) -> Result<CastTogether, FieldErrors> {
        let mut checks = FieldChecks::new();
        if self.votes.is_empty() || self.votes.len() > MOST_VOTES {
            checks.fail("votes", format!("must hold 1 to {MOST_VOTES} votes"));
        }
        let mut events = std::collections::HashSet::new();
        for (at, vote) in self.votes.iter().enumerate().filter(|_| self.all) {
            if vote.user_session_id.is_some() {
                let message = "names one instance; leave it out to cast all of them";
                checks.fail(&format!("votes[{at}].user_session_id"), message);
            }
            if vote.split.is_some() {
                checks
                    .fail(&format!("votes[{at}].split"), "is of one vote; cast it with its user_session_id");
            }
            if !events.insert(vote.event_id) {
                let message = "stands there before; with all, name each event once";
                checks.fail(&format!("votes[{at}].event_id"), message);
            }
        }
        let papers = self.votes.iter().enumerate().map(|(at, vote)| {
            let paper = paper(vote.user_session_id, vote.vote_response.as_ref(), vote.split.as_ref())
                .map_err(|errors| errors.under(&format!("votes[{at}]")));
            Some((EventId::new(vote.event_id), checks.all(paper)?))
        });
        // Each of them is read, so that all that is wrong is told at once.
        let papers: Vec<Option<_>> = papers.collect();
        let papers: Option<Vec<_>> = papers.into_iter().collect();
        checks.finish(papers.map(|papers| CastTogether { session_id, by, papers, all: self.all }))
    }

    /// What the request says besides the choices.
    fn but_choices(&self) -> String {
        let votes: Vec<_> = self.votes.iter().map(|vote| (vote.event_id, vote.user_session_id)).collect();
        format!("{} {votes:?}", self.all)
    }
}

/// One vote, for one response or split over several.
fn paper(
    id: Option<i32>,
    response: Option<&Vec<String>>,
    split: Option<&Vec<PartData>>,
) -> Result<BallotPaper, FieldErrors> {
    let choices = match (response, split) {
        (Some(response), None) => Choices::Whole(response.clone()),
        (None, Some(parts)) => Choices::Split(parts.clone()),
        (Some(_), Some(_)) => {
            return Err(FieldErrors::one(
                "split",
                "cannot stand next to vote_response; send one or the other",
            ));
        }
        (None, None) => {
            return Err(FieldErrors::one("vote_response", "is required; or send several votes in votes"));
        }
    };
    Ok(BallotPaper { user_session_id: id.map(UserSessionId::new), choices })
}

/// What a voter holds in hand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipt, example = json!({
    "vote_id": 103, "id": 103, "event_id": 9, "user_session_id": 44,
    "cast_time": "2026-03-01T19:41:07.113902Z",
    "data": {"proxy": true, "proxy_for_user_id": 18, "vote_response": ["no"]},
    "receipt": {
        "id": 5120, "leaf_hash": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        "note": "plenum receipt v1\n...",
    },
}))]
struct ReceiptBody {
    /// Which vote; the same as `id`. Null for a secret vote.
    vote_id: Option<i32>,
    id: Option<i32>,
    event_id: i32,
    /// The vote instance it was cast with.
    user_session_id: i32,
    /// By the database's clock. Null for a secret vote: when it was cast is not kept.
    cast_time: Option<DateTime<Utc>>,
    /// SHA-256 of the sealed vote, in hexadecimal; with a secret vote only.
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<String>,
    data: ReceiptData,
    /// The signed promise that the vote will be in the log. It says nothing of what was voted.
    receipt: Option<LoggedBody>,
}

/// What was cast.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptData {
    /// Whether the vote was cast for someone else.
    proxy: bool,
    /// For whom, then.
    proxy_for_user_id: Option<i32>,
    /// The choices in order of preference, or each part of a split vote in words; null for a secret vote,
    /// which tells nobody what is in it.
    vote_response: Option<Vec<String>>,
    /// The parts of a split vote; left out for a whole one.
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Vec<PartData>>,
}

/// The signed promise that a vote will be in the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedVote, example = json!({
    "id": 5120, "leaf_hash": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    "note": "plenum receipt v1\nvote.example.org/sessions/7\n5120\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\u{2014} vote.example.org/sessions/7 Az3g...\n",
}))]
struct LoggedBody {
    /// Which receipt: `/api/v1/receipts/{id}` tells where the vote is in the log.
    id: i64,
    /// The hash of the vote's leaf.
    leaf_hash: String,
    /// The promise as a signed note; docs/RECORD.md describes it.
    note: String,
}

impl ReceiptBody {
    fn of(receipt: &Receipt) -> Self {
        let (id, cast_time, response, split, envelope) = match &receipt.cast {
            Cast::Recorded { vote, vote_response, split } => {
                let (id, at) = (Some(vote.id.get()), Some(vote.cast_time));
                (id, at, Some(vote_response.clone()), split.clone(), None)
            }
            Cast::Sealed { envelope } => (None, None, None, None, Some(hex::encode(envelope))),
        };
        Self {
            vote_id: id,
            id,
            event_id: receipt.event_id.get(),
            user_session_id: receipt.user_session_id.get(),
            cast_time,
            envelope,
            receipt: receipt.logged.as_ref().map(|logged| LoggedBody {
                id: logged.id.get(),
                leaf_hash: plenum_record::hex(&logged.leaf),
                note: logged.note.clone(),
            }),
            data: ReceiptData {
                proxy: receipt.proxy_for.is_some(),
                proxy_for_user_id: receipt.proxy_for.map(UserId::get),
                vote_response: response,
                split,
            },
        }
    }
}

/// The receipts of several votes, in the order they were sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipts, example = json!({"votes": [{
    "vote_id": 102, "id": 102, "event_id": 9, "user_session_id": 41,
    "cast_time": "2026-03-01T19:41:07.113902Z",
    "data": {"proxy": false, "proxy_for_user_id": null, "vote_response": ["Ann", "Bob"]},
}, {
    "vote_id": null, "id": null, "event_id": 10, "user_session_id": 41, "cast_time": null,
    "envelope": "9f2c1d0b6a58473ee1f0c2d3b4a5968778695a4b3c2d1e0f9e8d7c6b5a493827",
    "data": {"proxy": false, "proxy_for_user_id": null, "vote_response": null},
}]}))]
struct ReceiptsBody {
    votes: Vec<ReceiptBody>,
}

/// What casting answers: a receipt for one vote, or a list for several.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CastReceipts, example = json!({"votes": [{
    "vote_id": 102, "id": 102, "event_id": 9, "user_session_id": 41,
    "cast_time": "2026-03-01T19:41:07.113902Z",
    "data": {"proxy": false, "proxy_for_user_id": null, "vote_response": ["yes"]},
}, {
    "vote_id": 103, "id": 103, "event_id": 9, "user_session_id": 44,
    "cast_time": "2026-03-01T19:41:07.113902Z",
    "data": {"proxy": true, "proxy_for_user_id": 18, "vote_response": ["no"]},
}]}))]
enum CastAnswer {
    One(ReceiptBody),
    Several(ReceiptsBody),
}

/// A cast vote by name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RollCallLine, example = json!({
    "vote_id": 103, "user_session_id": 44,
    "user": {"id": 15, "name": "Zoë Ng", "andrew_id": "zng"},
    "principal": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
    "proxy": true, "vote_response": ["no"], "cast_time": "2026-03-01T19:41:07.113902Z",
}))]
pub(super) struct RollCallBody {
    vote_id: i32,
    user_session_id: i32,
    /// Who cast it.
    user: PersonBody,
    /// Whose vote it is.
    principal: PersonBody,
    /// Whether the two differ.
    proxy: bool,
    /// The choices in order of preference, or each part of a split vote in words.
    vote_response: Vec<String>,
    /// The parts of a split vote; left out for a whole one.
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Vec<PartData>>,
    cast_time: DateTime<Utc>,
}

impl RollCallBody {
    pub(super) fn of(event: &Event, line: &VoteLine) -> Self {
        let vote = &line.vote;
        Self {
            vote_id: vote.id.get(),
            user_session_id: vote.user_session_id.get(),
            user: PersonBody::of(&line.caster),
            principal: PersonBody::of(&line.principal),
            proxy: vote.cast_by_user_id != vote.principal_user_id,
            vote_response: vote.response.labels(&event.terms.ballot),
            split: PartData::of(&event.terms.ballot, &vote.response),
            cast_time: vote.cast_time,
        }
    }
}

/// List your vote instances on an event
///
/// Your own vote and those you hold for others, which of them have voted and which can.
#[utoipa::path(
    get,
    path = "/events/{id}/vote-instances",
    tag = "votes",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "All of them, your own first.", body = Items<VoteInstanceBody>)),
)]
async fn instances(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<EventId>,
) -> Result<Answer, Problem> {
    let (_, lines) = state.app.vote_instances(id, actor.user.id).await?;
    let items = lines.iter().map(VoteInstanceBody::of).collect();
    Ok(Answer::ok(&Items { items, next: None }))
}

/// Vote
///
/// With one vote instance, with several at once in `votes`, or with all one can cast now (`all`), all or
/// nothing. Where the rules the event was opened under let weights be split, `split` gives parts of one's
/// weight to several responses; a secret vote is never split. A cast vote stands: it cannot be cast again (409 `already_voted`), unless the rules its event was
/// opened under let it be changed while voting is open; a secret vote is never changed. On a secret event the
/// vote is sealed: the receipt names the envelope and says neither what is in it nor when it was cast. Send an
/// `Idempotency-Key`, and a lost answer can be asked for again.
#[utoipa::path(
    post,
    path = "/events/{id}/votes",
    tag = "votes",
    params(("id" = i32, Path, description = "The event.")),
    request_body = CastShape,
    responses((
        status = 201,
        description = "The receipt; for several votes their receipts, in the same order.",
        body = CastAnswer,
    )),
)]
async fn cast(Path(event_id): Path<EventId>, mut post: Post<CastBody>) -> Result<Response, Problem> {
    let casting = post.body.read(event_id, post.by())?;
    // A draft may still become secret, and is veiled like a secret event.
    if post.is_kept() && !post.app().is_recorded(event_id).await? {
        post.veil(casting.but_choices().as_bytes());
    }
    match casting {
        Casting::All(all) => post.run(&all, |receipts| answer(receipts, true)).await,
        Casting::Papers(papers) => post.run(&papers, |receipts| answer(receipts, papers.listed)).await,
    }
}

/// Vote on several events at once
///
/// On those of one session that are open, all or nothing; a problem names the event in `event_id`. Otherwise as
/// `POST /events/{id}/votes`.
#[utoipa::path(
    post,
    path = "/sessions/{id}/votes",
    tag = "votes",
    params(("id" = i32, Path, description = "The session.")),
    request_body = TogetherBody,
    responses((status = 201, description = "The receipts, in the order of the votes.", body = ReceiptsBody)),
)]
async fn cast_together(
    Path(session_id): Path<SessionId>,
    mut post: Post<TogetherBody>,
) -> Result<Response, Problem> {
    let casting = post.body.read(session_id, post.by())?;
    if post.is_kept() {
        // One secret vote among them is enough.
        let mut recorded = true;
        for (event_id, _) in &casting.papers {
            recorded &= post.app().is_recorded(*event_id).await?;
        }
        if !recorded {
            let rest = post.body.but_choices();
            post.veil(rest.as_bytes());
        }
    }
    post.run(&casting, |receipts| answer(receipts, true)).await
}

fn answer(receipts: &[Receipt], listed: bool) -> Answer {
    let mut receipts = receipts.iter().map(ReceiptBody::of);
    Answer::created(&match receipts.next() {
        Some(only) if !listed => CastAnswer::One(only),
        first => CastAnswer::Several(ReceiptsBody { votes: first.into_iter().chain(receipts).collect() }),
    })
}

/// List who voted how
///
/// Once the event's secrecy allows it: a roll call while voting where results are live and after it is
/// counted, a standard vote with its released result (before that 403 `votes_not_shown`).
#[utoipa::path(
    get,
    path = "/events/{id}/votes",
    tag = "votes",
    params(("id" = i32, Path, description = "The event."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<RollCallBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<EventId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let (event, votes) = state.app.votes(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(votes, |line| RollCallBody::of(&event, &line))))
}
