//! How much memory live streams take and how soon the last of them hears of a change.
//!
//! The server runs in this process and the clients in another one, so that the memory measured is the
//! server's. `cargo xtask bench live` runs it; the figures go to target/bench/live.json.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use plenum_tests::{Hall, TestServer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

/// How many streams when nobody says.
const STREAMS: usize = 2_000;
/// How often a change is told.
const ROUNDS: usize = 9;
/// How many clients connect at once.
const AT_ONCE: usize = 64;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = getrlimit(Resource::Nofile);
    let most = Rlimit { current: wanted.maximum, maximum: wanted.maximum };
    setrlimit(Resource::Nofile, most).expect("as many open files as the system allows");
    match arguments.as_slice() {
        [kind, address, token, path, count] if kind == "client" => {
            let address = address.parse().expect("an address");
            clients(address, token, path, count.parse().expect("a number")).await;
        }
        [] => server(STREAMS).await,
        [count] => server(count.parse().expect("how many streams")).await,
        _ => panic!("bench_live [STREAMS]"),
    }
}

/// The memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this runs on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the memory");
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
    kilobytes * 1024
}

async fn server(streams: usize) {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 3, &json!({})).await;
    let before = resident();
    let address = server.address().trim_start_matches("http://").to_owned();
    let path = format!("/api/v1/sessions/{}/live", hall.session);
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["client", &address, &hall.members[0].token, &path, &streams.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the clients");
    let mut input = child.stdin.take().expect("an input");
    let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
    let began = Instant::now();
    let ready = lines.next_line().await.expect("text").expect("the clients are there");
    assert_eq!(ready, "ready");
    let connected = began.elapsed();
    let memory = resident().saturating_sub(before);
    let mut last: Vec<Duration> = Vec::new();
    for round in 0..ROUNDS {
        let step = if round % 2 == 0 { "lock" } else { "open" };
        let began = Instant::now();
        hall.chair.do_post(&format!("sessions/{}/{step}", hall.session)).expect(200).await;
        let told = lines.next_line().await.expect("text").expect("the clients were told");
        assert_eq!(told, "told");
        last.push(began.elapsed());
        input.write_all(b"next\n").await.expect("the clients listen");
        // The next change is one of its own, not part of the batch before.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    last.sort_unstable();
    let (median, worst) = (last[ROUNDS / 2], last[ROUNDS - 1]);
    let each = memory / u64::try_from(streams).expect("a number");
    println!("{streams} streams, connected in {:.1} s", connected.as_secs_f64());
    println!("memory of the server: {each} bytes each, {} kB together", memory / 1000);
    println!(
        "from the request to the last client told: median {} ms, worst of {ROUNDS} {} ms",
        median.as_millis(),
        worst.as_millis()
    );
    let milliseconds = |took: Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let figures = json!({
        "streams": streams, "bytes_each": each, "connect_ms": milliseconds(connected),
        "last_told_median_ms": milliseconds(median), "last_told_worst_ms": milliseconds(worst),
        "optimized": !cfg!(debug_assertions),
    });
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");
    std::fs::create_dir_all(folder).expect("a folder for the figures");
    std::fs::write(format!("{folder}/live.json"), figures.to_string()).expect("a file for the figures");
    drop(child);
    server.stop().await;
}

/// Opens all streams; says `ready`, and `told` each time that every one of them has heard of a change.
async fn clients(address: SocketAddr, token: &str, path: &str, count: usize) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        let batch = (count - streams.len()).min(AT_ONCE);
        let opened = futures::future::join_all((0..batch).map(|_| async {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(request.as_bytes()).await.expect("a request");
            heard(&mut stream).await;
            stream
        }));
        streams.extend(opened.await);
    }
    println!("ready");
    std::io::stdout().flush().expect("an output");
    loop {
        futures::future::join_all(streams.iter_mut().map(heard)).await;
        println!("told");
        std::io::stdout().flush().expect("an output");
        let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
        if line.await.expect("an input").is_none() {
            return;
        }
    }
}

/// Reads to the end of a batch.
async fn heard(stream: &mut TcpStream) {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while !text.windows(14).any(|window| window == b"event: current") {
        let count = stream.read(&mut piece).await.expect("bytes");
        assert!(count > 0, "the stream ended: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&piece[..count]);
    }
}
