//! The process of the clients: it follows the streams and says when they have heard of a change.

use std::io::Write as _;
use std::net::SocketAddr;

use futures::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::micros;

/// How many clients connect at once.
const AT_ONCE: usize = 64;

fn say(words: &str) {
    println!("{words}");
    std::io::stdout().flush().expect("an output");
}

/// Opens all streams, at the servers in turn, and says `ready`. Then it says `told` with four moments each time
/// that every one of them has heard of a change, until its input ends. After `drain` it only reads.
pub(crate) async fn run(addresses: &[SocketAddr], token: &str, path: &str, count: usize) {
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        let batch = (count - streams.len()).min(AT_ONCE);
        let first = streams.len();
        let opened = join_all((first..first + batch).map(|at| async move {
            let address = addresses[at % addresses.len()];
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(request.as_bytes()).await.expect("a request");
            heard(&mut stream).await;
            stream
        }));
        streams.extend(opened.await);
    }
    say("ready");
    // A round is listened for before anybody is asked: a change may come first.
    loop {
        let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
        tokio::pin!(line);
        let all = join_all(streams.iter_mut().map(heard));
        tokio::pin!(all);
        tokio::select! {
            mut moments = &mut all => {
                moments.sort_unstable();
                let at = |hundredths: usize| moments[(moments.len() * hundredths / 100).min(moments.len() - 1)];
                say(&format!("told {} {} {} {}", at(50), at(95), at(99), at(100)));
                if line.await.expect("an input").is_none() {
                    return;
                }
            }
            line = &mut line => match line.expect("an input") {
                Some(Ok(word)) if word == "drain" => break,
                _ => return,
            },
        }
    }
    let end = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
    tokio::select! {
        _ = join_all(streams.into_iter().map(drain)) => {}
        _ = end => {}
    }
}

/// Reads to the end of a batch; when that was.
async fn heard(stream: &mut TcpStream) -> u64 {
    let mut text = Vec::new();
    let mut piece = [0; 2048];
    while !text.windows(14).any(|window| window == b"event: current") {
        let count = stream.read(&mut piece).await.expect("bytes");
        assert!(count > 0, "the stream ended: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&piece[..count]);
    }
    micros()
}

async fn drain(mut stream: TcpStream) {
    let mut piece = [0; 2048];
    while stream.read(&mut piece).await.is_ok_and(|count| count > 0) {}
}
