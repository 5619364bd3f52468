//! What voting does to the streams, and the streams to voting: batches are gathered whatever the rate.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use plenum_tests::{Hall, TestServer};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// How many vote at the same moment.
const AT_ONCE: usize = 16;
/// How long the stream is listened to after the last vote: what is still to be told is told by then.
const AFTER: Duration = Duration::from_secs(2);

/// What was measured.
pub(crate) struct Voted {
    pub(crate) per_second: u64,
    /// The most batches that one stream heard within a second.
    pub(crate) busiest: usize,
    /// Within how many microseconds half of the votes, and 99 of a hundred, were acknowledged.
    pub(crate) half: u64,
    pub(crate) nearly: u64,
}

/// Opens a vote whose figures everybody sees, and has everybody vote.
pub(crate) async fn measure(server: &TestServer, hall: &Hall) -> Voted {
    let event =
        json!({"event_type": "motion", "name": "A break?", "data": {"visibility": {"participants": "live"}}});
    let event = hall.open(&event).await;
    let (stop, stopped) = oneshot::channel();
    let address = server.address().trim_start_matches("http://").to_owned();
    let listening = tokio::spawn(listen(address, hall.members[0].token.clone(), hall.path("live"), stopped));
    let began = Instant::now();
    let took = futures::stream::iter(&hall.members).map(|member| async move {
        let asked = Instant::now();
        hall.vote(member, event, "yes").await;
        u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX)
    });
    let mut took: Vec<u64> = took.buffer_unordered(AT_ONCE).collect().await;
    let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    tokio::time::sleep(AFTER).await;
    // The listener may have gone with its connection; its batches come all the same.
    let _ = stop.send(());
    let batches = listening.await.expect("the batches");
    took.sort_unstable();
    let votes = u64::try_from(took.len()).expect("a number");
    let second = Duration::from_secs(1);
    let busiest = batches.iter().map(|at| {
        batches.iter().filter(|other| **other >= *at && other.duration_since(*at) < second).count()
    });
    Voted {
        per_second: votes * 1000 / elapsed,
        busiest: busiest.max().unwrap_or_default(),
        half: took[took.len() / 2],
        nearly: took[took.len() * 99 / 100],
    }
}

/// When each batch came, until `stopped`.
async fn listen(
    address: String,
    token: String,
    path: String,
    mut stopped: oneshot::Receiver<()>,
) -> Vec<Instant> {
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    let request =
        format!("GET /api/v1/{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut batches = Vec::new();
    let mut piece = [0; 16_384];
    loop {
        tokio::select! {
            count = stream.read(&mut piece) => {
                let text = String::from_utf8_lossy(&piece[..count.expect("bytes")]).into_owned();
                batches.extend(text.matches("event: current").map(|_| Instant::now()));
            }
            _ = &mut stopped => return batches,
        }
    }
}
