//! `/sessions/{id}/live`: one stream of server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use plenum_application::Failure;
use plenum_application::secret::Secret;
use plenum_domain::id::SessionId;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::people::Bell;
use super::snapshot::{current, message};
use super::{Batch, Live};
use crate::extract::{FromQuery, Path, Query, QueryReader, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;

/// How often an idle stream says the time, so that both ends know that it lives.
const TIME: Duration = Duration::from_secs(15);
/// After how many of those it asks again whether the person may still follow.
const ASK_AFTER: u32 = 20;

pub(crate) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(live))
}

/// What a client has heard already.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Heard {
    /// The id of the last message heard, for clients that cannot send the header `Last-Event-ID`.
    #[param(required = false)]
    last_event_id: Option<String>,
    /// The token of the link to the screen, instead of a sign-in.
    #[param(required = false)]
    screen: Option<String>,
}

impl FromQuery for Heard {
    fn read(query: &mut QueryReader) -> Option<Self> {
        Some(Self { last_event_id: query.take("last_event_id"), screen: query.take("screen") })
    }
}

/// Follow a session live
///
/// A stream of server-sent events for participants, the host and the screen: `session`, `attendance`, `event` (one for
/// each event that changed), `turnout`, `results` (only what every participant may see) and `time`. Each
/// tells the whole state of its thing and has `server_time`. `current` ends a batch; its id, sent back as
/// `Last-Event-ID`, skips what is still the same. At most four batches a second. `end`: you may no longer
/// follow. Once a session is closed and its log signed, `session` has the words of its `record`.
#[utoipa::path(
    get,
    path = "/sessions/{id}/live",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session."), Heard),
    responses((
        status = 200,
        description = "Everything first, then what changes, until either side ends it.",
        body = String,
        content_type = "text/event-stream",
        example = "event: turnout\ndata: {\"server_time\":\"2026-03-01T19:41:07.113Z\",\"event_id\":9,\
                   \"entitled\":25,\"present\":21,\"voted\":17}\n\nid: 5d1c0f\nevent: current\n\
                   data: {\"server_time\":\"2026-03-01T19:41:07.113Z\"}\n\n",
    )),
)]
async fn live(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    Query(heard): Query<Heard>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let by_header = parts.headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let known = by_header.map(str::to_owned).or(heard.last_event_id);
    // The bell is there before the question, so that a change in between is heard.
    let (bell, watcher) = if let Some(link) = &heard.screen {
        (state.live.screens.bell(id), Watcher::Screen(Secret::given(link)))
    } else {
        let SignedIn(actor) = SignedIn::from_request_parts(&mut parts, &state).await?;
        (state.live.people.bell(actor.user.id), Watcher::Person)
    };
    let rung = bell.subscribe();
    watcher.may_follow(id, &mut parts, &state).await?;
    let mut time = tokio::time::interval_at(Instant::now() + TIME, TIME);
    time.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower {
        batches: state.live.follow(id),
        closing: state.live.closing.subscribe(),
        rung,
        _bell: bell,
        time,
        ticks: 0,
        told: 0,
        heard: known,
        id,
        watcher,
        parts,
        state,
        over: false,
    };
    let body = Body::from_stream(stream::unfold(follower, async |mut follower| {
        let bytes = follower.next().await?;
        Some((Ok::<Bytes, Infallible>(bytes), follower))
    }));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        // A proxy that gathers answers before it passes them on would make the stream useless.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, body).into_response())
}

/// By what right somebody follows.
enum Watcher {
    /// Signed in, as the request says.
    Person,
    /// By the link to the screen.
    Screen(Secret),
}

impl Watcher {
    /// Passes for who may follow the sitting now.
    async fn may_follow(&self, id: SessionId, parts: &mut Parts, state: &HttpState) -> Result<(), Problem> {
        match self {
            Self::Person => {
                let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
                state.app.may_follow(id, actor.user.id).await?;
                Ok(())
            }
            Self::Screen(link) => match state.app.screen(link).await? {
                Some(session) if session == id => Ok(()),
                _ => Err(Failure::NotFound("screen").into()),
            },
        }
    }
}

/// One client.
struct Follower {
    batches: watch::Receiver<Arc<Batch>>,
    closing: watch::Receiver<bool>,
    rung: watch::Receiver<()>,
    _bell: Bell,
    time: Interval,
    ticks: u32,
    /// The number of the batch that was told last.
    told: u64,
    /// The mark that the client came with.
    heard: Option<String>,
    id: SessionId,
    watcher: Watcher,
    /// How they proved who they are, to be asked again.
    parts: Parts,
    state: HttpState,
    over: bool,
}

impl Follower {
    /// What to send next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if self.over || *self.closing.borrow() {
            return None;
        }
        loop {
            let batch = Arc::clone(&self.batches.borrow_and_update());
            if let Some(bytes) = self.tell(&batch) {
                return Some(bytes);
            }
            tokio::select! {
                changed = self.batches.changed() => changed.ok()?,
                _ = self.closing.changed() => return None,
                _ = self.rung.changed() => {
                    if !self.may_go_on().await {
                        return Some(self.end());
                    }
                }
                _ = self.time.tick() => {
                    self.ticks += 1;
                    if self.ticks.is_multiple_of(ASK_AFTER) && !self.may_go_on().await {
                        return Some(self.end());
                    }
                    let now = self.state.app.env.clock.now() + self.batches.borrow().ahead;
                    let mut text = String::new();
                    message(&mut text, "time", now, "{}");
                    return Some(Bytes::from(text));
                }
            }
        }
    }

    /// The part of a batch that the client does not know; `None` when it knows it all.
    fn tell(&mut self, batch: &Batch) -> Option<Bytes> {
        if batch.number == self.told {
            return None;
        }
        let follows = self.told > 0 && batch.number == self.told + 1;
        let first = self.told == 0;
        self.told = batch.number;
        if first && self.heard.take().is_some_and(|heard| heard == batch.mark) {
            let now = self.state.app.env.clock.now() + batch.ahead;
            return Some(Bytes::from(current(&batch.mark, now)));
        }
        Some(if follows { batch.changes.clone() } else { batch.whole.clone() })
    }

    /// Whether the person is still signed in and may still follow. While the database cannot say, they may.
    async fn may_go_on(&mut self) -> bool {
        match self.watcher.may_follow(self.id, &mut self.parts, &self.state).await {
            Ok(()) => true,
            Err(problem) => problem.status().is_server_error(),
        }
    }

    fn end(&mut self) -> Bytes {
        self.over = true;
        let mut text = String::new();
        message(&mut text, "end", self.state.app.env.clock.now(), "{}");
        Bytes::from(text)
    }
}

impl Live {
    /// Whether anybody follows anything, for tests of what ends.
    #[cfg(test)]
    pub(crate) fn is_quiet(&self) -> bool {
        self.followers() == 0
    }
}
