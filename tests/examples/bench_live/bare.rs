//! What the machine can do at most: the same bytes to as many connections, and nothing else.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::{Clients, ROUNDS, Rounds, micros};

/// About what a change of a sitting comes to.
const BATCH: &str = "event: session\ndata: {\"server_time\":\"2026-03-01T19:02:11.401Z\",\"session_id\":1,\
    \"status\":\"locked\",\"title\":\"Sitting\"}\n\nid: 3f6e0c0b7f1e4a5d9c8b7a60\nevent: current\n\
    data: {\"server_time\":\"2026-03-01T19:02:11.401Z\"}\n\n";

/// Connects so many clients to a bare listener and writes to them one after another.
pub(crate) async fn measure(count: usize) -> Rounds {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let accepting = tokio::spawn(async move {
        let mut streams = Vec::with_capacity(count);
        while streams.len() < count {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 512];
            let _ = stream.read(&mut request).await.expect("a request");
            stream.write_all(BATCH.as_bytes()).await.expect("an answer");
            streams.push(stream);
        }
        streams
    });
    let mut clients = Clients::connect(&[address], "none", "/", count).await;
    let mut streams: Vec<TcpStream> = accepting.await.expect("the connections");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let began = micros();
        for stream in &mut streams {
            stream.write_all(BATCH.as_bytes()).await.expect("a reader");
        }
        rounds.push(clients.told(began).await);
        clients.say("next").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    clients.stop().await;
    Rounds::of(&rounds)
}
