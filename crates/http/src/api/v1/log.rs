//! `/sessions/{id}/log`, `/organizations/{id}/log` and `/receipts/{id}`: what anybody can check.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use plenum_application::views::{LogHead, LogLine, LogOwner, LogProof, ReceiptView};
use plenum_domain::id::{EventId, LeafId, OrganizationId, SessionId};
use plenum_ports::page::Page;
use plenum_ports::repository::LogCheckpoint;
use plenum_record::{Hash, hex, words};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{FromQuery, Path, Query, QueryReader, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Items;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(of_session))
        .routes(routes!(head_of_session))
        .routes(routes!(checkpoints_of_session))
        .routes(routes!(inclusion_in_session))
        .routes(routes!(consistency_of_session))
        .routes(routes!(of_organization))
        .routes(routes!(head_of_organization))
        .routes(routes!(checkpoints_of_organization))
        .routes(routes!(inclusion_in_organization))
        .routes(routes!(consistency_of_organization))
        .routes(routes!(receipt))
}

/// A leaf of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogLeaf, example = json!({
    "position": 41, "hash": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    "leaf": {
        "v": 1, "action": "session.join", "target": {"table": "user_sessions", "id": 44},
        "actor": {"user_id": 15, "role": "member"}, "event_id": null, "at": "2026-03-01T19:02:11.401188Z",
        "facts": {"join_left": "joined", "user_id": 15},
        "sealed": {"changes": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"},
    },
    "text": "{\"action\":\"session.join\",...}",
}))]
struct LeafBody {
    /// Its place in the tree, from 0.
    position: u64,
    /// Its hash: SHA-256 of a zero byte and `text`.
    hash: String,
    /// The leaf, for hosts of the session and leaders of the organization; null for others.
    leaf: Option<Value>,
    /// The leaf exactly as it is hashed, for the same people.
    text: Option<String>,
}

impl LeafBody {
    fn of(line: LogLine) -> Self {
        Self {
            position: line.position,
            hash: hex(&line.hash),
            leaf: line.text.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            text: line.text,
        }
    }
}

/// A signed head of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Checkpoint, example = json!({
    "size": 412, "root": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    "words": "habad gutih tugad mudof sakat mabiv tosad hidol rutaz vosok lufin zabud",
    "at": "2026-03-01T19:02:11.401188Z",
    "note": "vote.example.org/sessions/7\n412\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\u{2014} vote.example.org/sessions/7 Az3g...\n",
}))]
struct CheckpointBody {
    /// Leaves it covers.
    size: u64,
    /// Their root.
    root: String,
    /// The root as twelve words.
    words: String,
    /// When it was signed.
    at: DateTime<Utc>,
    /// The checkpoint as a signed note; docs/RECORD.md describes it. Keep it: later states of the log
    /// have to be consistent with it.
    note: String,
}

impl CheckpointBody {
    fn of(checkpoint: LogCheckpoint) -> Self {
        Self {
            size: checkpoint.size,
            root: hex(&checkpoint.root),
            words: words::sentence(&checkpoint.root),
            at: checkpoint.at,
            note: checkpoint.note,
        }
    }
}

/// The head of a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogHead, example = json!({
    "origin": "vote.example.org/sessions/7",
    "public_key": "vote.example.org/sessions/7+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "size": 414, "root": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    "words": "habad gutih tugad mudof sakat mabiv tosad hidol rutaz vosok lufin zabud",
    "checkpoint": null,
}))]
struct HeadBody {
    /// The name of the log in its checkpoints.
    origin: String,
    /// The key that signs them, as text: name, hash and key.
    public_key: String,
    /// Leaves in it now; the newest may have no checkpoint yet.
    size: u64,
    /// The root over all of them.
    root: String,
    /// The root as twelve words.
    words: String,
    /// The latest checkpoint; null in the first seconds.
    checkpoint: Option<CheckpointBody>,
}

impl HeadBody {
    fn of(head: LogHead) -> Self {
        Self {
            origin: head.origin,
            public_key: head.public_key,
            size: head.size,
            root: hex(&head.root),
            words: words::sentence(&head.root),
            checkpoint: head.checkpoint.map(CheckpointBody::of),
        }
    }
}

/// A proof as in RFC 6962.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogProof, example = json!({
    "size": 3, "proof": ["+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU="],
}))]
struct ProofBody {
    /// Leaves in the tree it is about.
    size: u64,
    /// Hashes in base64, in the order of RFC 6962.
    proof: Vec<String>,
}

fn base64(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

impl ProofBody {
    fn of(proof: &LogProof) -> Self {
        Self { size: proof.size, proof: base64(&proof.hashes) }
    }
}

/// Where a vote is in the log. Says nothing of what was voted, or by whom.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceiptPlace, example = json!({
    "id": 5120, "session_id": 7, "event_id": 9,
    "leaf_hash": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "in_record": true, "position": 2, "proof": ["+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU="],
    "checkpoint": {
        "size": 3, "root": "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "words": "habad gutih tugad mudof sakat mabiv tosad hidol rutaz vosok lufin zabud",
        "at": "2026-03-01T19:41:09.002741Z",
        "note": "vote.example.org/sessions/7\n3\nrra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=\n\n\u{2014} vote.example.org/sessions/7 Az3g...\n",
    },
}))]
struct PlaceBody {
    id: i64,
    session_id: i32,
    event_id: Option<i32>,
    /// The hash of the leaf, as in the receipt.
    leaf_hash: String,
    /// Whether a signed checkpoint covers it; a few seconds after the vote it does.
    in_record: bool,
    /// The leaf's place in the log.
    position: Option<u64>,
    /// Hashes in base64 that lead from the leaf to the checkpoint's root.
    proof: Option<Vec<String>>,
    /// The checkpoint.
    checkpoint: Option<CheckpointBody>,
}

impl PlaceBody {
    fn of(view: ReceiptView) -> Self {
        let (position, proof, checkpoint) = match view.place {
            Some(place) => {
                (Some(place.position), Some(base64(&place.proof)), Some(CheckpointBody::of(place.checkpoint)))
            }
            None => (None, None, None),
        };
        Self {
            id: view.id.get(),
            session_id: view.session_id.get(),
            event_id: view.event_id.map(EventId::get),
            leaf_hash: hex(&view.leaf),
            in_record: position.is_some(),
            position,
            proof,
            checkpoint,
        }
    }
}

/// Which leaf, in the tree of how many leaves.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct InclusionQuery {
    /// The leaf's place, from 0; the first when left out.
    #[param(example = 2)]
    position: Option<u64>,
    /// Leaves in the tree; all of them when left out.
    size: Option<u64>,
}

impl FromQuery for InclusionQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let size = query.take_parsed("size", WHOLE);
        Some(Self { position: query.take_parsed("position", WHOLE), size })
    }
}

/// From which tree to which.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ConsistencyQuery {
    /// Leaves in the older tree; none when left out.
    #[param(example = 2)]
    old: Option<u64>,
    /// Leaves in the newer one; all of them when left out.
    size: Option<u64>,
}

impl FromQuery for ConsistencyQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let size = query.take_parsed("size", WHOLE);
        Some(Self { old: query.take_parsed("old", WHOLE), size })
    }
}

const WHOLE: &str = "must be a whole number, at least 0";

/// Both kinds of logs have the same operations.
macro_rules! operations {
    ($id:ident, $owner:expr,
     $leaves:ident $leaves_path:tt $leaves_summary:tt, $head:ident $head_path:tt $head_summary:tt, $checkpoints:ident $checkpoints_path:tt $checkpoints_summary:tt, $inclusion:ident $inclusion_path:tt $inclusion_summary:tt, $consistency:ident $consistency_path:tt $consistency_summary:tt) => {
        #[utoipa::path(
            get,
            path = $leaves_path,
            summary = $leaves_summary,
            description = "Every change that was made, in the order of the tree. Who may not read them sees their hashes.",
            tag = "log",
            params(("id" = i32, Path, description = "Whose log."), crate::openapi::PagingParameters),
            responses((status = 200, description = "A piece of the log.", body = Items<LeafBody>)),
        )]
        async fn $leaves(
            State(state): State<HttpState>,
            SignedIn(actor): SignedIn,
            Path(id): Path<$id>,
            Query(page): Query<Page>,
        ) -> Result<Answer, Problem> {
            let lines = state.app.log($owner(id), actor.user.id, page).await?;
            Ok(Answer::ok(&Items::of(lines, LeafBody::of)))
        }

        #[utoipa::path(
            get,
            path = $head_path,
            summary = $head_summary,
            description = "Its size, its root, also as twelve words, and its latest signed checkpoint.",
            tag = "log",
            params(("id" = i32, Path, description = "Whose log.")),
            responses((status = 200, description = "The head.", body = HeadBody)),
        )]
        async fn $head(
            State(state): State<HttpState>,
            SignedIn(actor): SignedIn,
            Path(id): Path<$id>,
        ) -> Result<Answer, Problem> {
            let head = state.app.log_head($owner(id), actor.user.id).await?;
            Ok(Answer::ok(&HeadBody::of(head)))
        }

        #[utoipa::path(
            get,
            path = $checkpoints_path,
            summary = $checkpoints_summary,
            description = "The latest first.",
            tag = "log",
            params(("id" = i32, Path, description = "Whose log."), crate::openapi::PagingParameters),
            responses((status = 200, description = "A piece of the list.", body = Items<CheckpointBody>)),
        )]
        async fn $checkpoints(
            State(state): State<HttpState>,
            SignedIn(actor): SignedIn,
            Path(id): Path<$id>,
            Query(page): Query<Page>,
        ) -> Result<Answer, Problem> {
            let checkpoints = state.app.log_checkpoints($owner(id), actor.user.id, page).await?;
            Ok(Answer::ok(&Items::of(checkpoints, CheckpointBody::of)))
        }

        #[utoipa::path(
            get,
            path = $inclusion_path,
            summary = $inclusion_summary,
            description = "The audit path of RFC 6962.",
            tag = "log",
            params(("id" = i32, Path, description = "Whose log."), InclusionQuery),
            responses((status = 200, description = "The proof.", body = ProofBody)),
        )]
        async fn $inclusion(
            State(state): State<HttpState>,
            SignedIn(actor): SignedIn,
            Path(id): Path<$id>,
            Query(query): Query<InclusionQuery>,
        ) -> Result<Answer, Problem> {
            let position = query.position.unwrap_or(0);
            let proof = state.app.log_inclusion($owner(id), actor.user.id, position, query.size).await?;
            Ok(Answer::ok(&ProofBody::of(&proof)))
        }

        #[utoipa::path(
            get,
            path = $consistency_path,
            summary = $consistency_summary,
            description = "The consistency proof of RFC 6962 between an older size and a newer one.",
            tag = "log",
            params(("id" = i32, Path, description = "Whose log."), ConsistencyQuery),
            responses((status = 200, description = "The proof.", body = ProofBody)),
        )]
        async fn $consistency(
            State(state): State<HttpState>,
            SignedIn(actor): SignedIn,
            Path(id): Path<$id>,
            Query(query): Query<ConsistencyQuery>,
        ) -> Result<Answer, Problem> {
            let old = query.old.unwrap_or(0);
            let proof = state.app.log_consistency($owner(id), actor.user.id, old, query.size).await?;
            Ok(Answer::ok(&ProofBody::of(&proof)))
        }
    };
}

operations!(
    SessionId, LogOwner::Session,
    of_session "/sessions/{id}/log" "List the log of a session",
    head_of_session "/sessions/{id}/log/head" "See the head of the log of a session",
    checkpoints_of_session "/sessions/{id}/log/checkpoints" "List the checkpoints of the log of a session",
    inclusion_in_session "/sessions/{id}/log/inclusion" "Prove that a leaf is in the log of a session",
    consistency_of_session "/sessions/{id}/log/consistency" "Prove that the log of a session only grew"
);
operations!(
    OrganizationId, LogOwner::Organization,
    of_organization "/organizations/{id}/log" "List the log of an organization",
    head_of_organization "/organizations/{id}/log/head" "See the head of the log of an organization",
    checkpoints_of_organization "/organizations/{id}/log/checkpoints" "List the checkpoints of the log of an organization",
    inclusion_in_organization "/organizations/{id}/log/inclusion" "Prove that a leaf is in the log of an organization",
    consistency_of_organization "/organizations/{id}/log/consistency" "Prove that the log of an organization only grew"
);

/// See where a vote is in the log
///
/// For everyone who may know of the session. Says nothing of what was voted, or by whom.
#[utoipa::path(
    get,
    path = "/receipts/{id}",
    tag = "log",
    params(("id" = i64, Path, description = "The id in the receipt.")),
    responses((status = 200, description = "Its place, once a checkpoint covers it.", body = PlaceBody)),
)]
async fn receipt(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LeafId>,
) -> Result<Answer, Problem> {
    let view = state.app.receipt(id, actor.user.id).await?;
    Ok(Answer::ok(&PlaceBody::of(view)))
}
