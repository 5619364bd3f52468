//! How much memory live streams take, how soon they hear of a change, and what voting does to them.
//!
//! The server runs in this process and the clients in another one, so that the memory measured is the
//! server's. `cargo xtask bench live` runs it; the figures go to target/bench/live.json. A server that does
//! nothing but write the same bytes to as many connections is measured in the same run, for comparison.

mod bare;
mod clients;
mod voting;

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use plenum_tests::{Hall, TestServer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How many streams when nobody says.
const STREAMS: usize = 2_000;
/// How often a change is told.
const ROUNDS: usize = 9;
/// How many vote while the streams are followed.
const VOTERS: usize = 150;
/// Longer than any answer of the clients takes.
const PATIENCE: Duration = Duration::from_mins(3);

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = getrlimit(Resource::Nofile);
    let most = Rlimit { current: wanted.maximum, maximum: wanted.maximum };
    setrlimit(Resource::Nofile, most).expect("as many open files as the system allows");
    match arguments.as_slice() {
        [kind, token, path, count, addresses @ ..] if kind == "client" => {
            let addresses: Vec<SocketAddr> =
                addresses.iter().map(|address| address.parse().expect("an address")).collect();
            clients::run(&addresses, token, path, count.parse().expect("a number")).await;
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

/// Microseconds of the machine's clock, which this process and the clients share.
#[expect(clippy::disallowed_methods, reason = "clients are another process and go by the machine's clock")]
fn micros() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    u64::try_from(since.as_micros()).expect("a time that fits")
}

/// Clients in a process of their own.
struct Clients {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// How long it took until all of them were connected.
    connected: Duration,
}

impl Clients {
    async fn connect(addresses: &[String], token: &str, path: &str, count: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["client", token, path, &count.to_string()])
            .args(addresses.iter().map(|address| address.trim_start_matches("http://")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the clients");
        let input = child.stdin.take().expect("an input");
        let lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let mut clients = Self { child, input, lines, connected: Duration::ZERO };
        let began = Instant::now();
        assert_eq!(clients.line().await, "ready");
        clients.connected = began.elapsed();
        clients
    }

    async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        line.expect("the clients answer in time").expect("text").expect("the clients are there")
    }

    async fn say(&mut self, words: &str) {
        self.input.write_all(format!("{words}\n").as_bytes()).await.expect("the clients listen");
    }

    /// When the first half, 95 and 99 of a hundred, and the last of them had heard of a change that was asked
    /// for at `began`, in microseconds after it.
    async fn told(&mut self, began: u64) -> [u64; 4] {
        let line = self.line().await;
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("told"), "{line}");
        let mut next = || words.next().and_then(|word| word.parse::<u64>().ok()).expect("a time");
        std::array::from_fn(|_| next().saturating_sub(began))
    }

    async fn stop(mut self) {
        drop(self.input);
        self.child.wait().await.expect("the clients end");
    }
}

/// Figures of several rounds: the median of each, and the worst of the last.
struct Rounds {
    medians: [u64; 4],
    worst: u64,
}

impl Rounds {
    fn of(rounds: &[[u64; 4]]) -> Self {
        let medians = std::array::from_fn(|at| {
            let mut figures: Vec<u64> = rounds.iter().map(|round| round[at]).collect();
            figures.sort_unstable();
            figures[figures.len() / 2]
        });
        let worst = rounds.iter().map(|round| round[3]).max().unwrap_or_default();
        Self { medians, worst }
    }

    fn print(&self, what: &str) {
        let [half, most, nearly, last] = self.medians.map(milliseconds);
        let worst = milliseconds(self.worst);
        println!("{what:44} {half:>8} {most:>8} {nearly:>8} {last:>8} {worst:>8}");
    }

    fn json(&self) -> Value {
        let [p50, p95, p99, last] = self.medians;
        json!({"p50_us": p50, "p95_us": p95, "p99_us": p99, "last_us": last, "last_worst_us": self.worst})
    }
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
}

/// Locks and opens the sitting in turn, and hears when the clients know.
async fn changes(hall: &Hall, clients: &mut Clients) -> Rounds {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let step = if round % 2 == 0 { "lock" } else { "open" };
        let began = micros();
        hall.chair.do_post(&hall.path(step)).expect(200).await;
        rounds.push(clients.told(began).await);
        clients.say("next").await;
        // The next change is one of its own, not part of the batch before.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // As it was.
    hall.chair.do_post(&hall.path("open")).expect(200).await;
    clients.told(micros()).await;
    clients.say("next").await;
    Rounds::of(&rounds)
}

async fn server(streams: usize) {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, VOTERS, &json!({})).await;
    let token = &hall.members[0].token;
    let path = format!("/api/v1/{}", hall.path("live"));
    println!(
        "{streams} streams, median of {ROUNDS} rounds, in milliseconds from the request to being told:\n"
    );
    println!("{:44} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "half", "95 %", "99 %", "last", "worst");

    let bare = bare::measure(streams).await;
    bare.print("nothing but writing the same bytes");

    let before = resident();
    let mut clients = Clients::connect(&[server.address()], token, &path, streams).await;
    let memory = resident().saturating_sub(before);
    let connected = clients.connected;
    let alone = changes(&hall, &mut clients).await;
    alone.print("one server");
    clients.stop().await;

    let other = server.sibling().await;
    let addresses = [server.address(), other.address()];
    let mut clients = Clients::connect(&addresses, token, &path, streams).await;
    let two = changes(&hall, &mut clients).await;
    two.print("two servers, half of the streams each");
    clients.stop().await;
    other.stop().await;

    let mut clients = Clients::connect(&[server.address()], token, &path, streams).await;
    clients.say("drain").await;
    let voted = voting::measure(&server, &hall).await;
    clients.stop().await;

    let each = memory / u64::try_from(streams).expect("a number").max(1);
    println!("\nconnected in {:.1} s", connected.as_secs_f64());
    println!("memory of the server: {each} bytes each, {} MB together", memory / 1_000_000);
    println!(
        "while {} votes a second are cast: {} batches in the busiest second, half of the votes acknowledged \
         within {} ms, 99 % within {} ms",
        voted.per_second,
        voted.busiest,
        milliseconds(voted.half),
        milliseconds(voted.nearly),
    );
    let last = |rounds: &Rounds| rounds.medians[3] * 100 / bare.medians[3].max(1);
    println!(
        "the last is told after {} % of what writing alone takes, with two servers after {} %",
        last(&alone),
        last(&two)
    );
    let figures = json!({
        "streams": streams,
        "connect_ms": u64::try_from(connected.as_millis()).unwrap_or(u64::MAX),
        "bytes_each": each,
        "bytes_together": memory,
        "writing_alone": bare.json(),
        "one_server": alone.json(),
        "two_servers": two.json(),
        "voting": {
            "votes": VOTERS, "votes_per_second": voted.per_second, "batches_in_the_busiest_second": voted.busiest,
            "vote_p50_us": voted.half, "vote_p99_us": voted.nearly,
        },
        "optimized": !cfg!(debug_assertions),
    });
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");
    std::fs::create_dir_all(folder).expect("a folder for the figures");
    std::fs::write(format!("{folder}/live.json"), figures.to_string()).expect("a file for the figures");
    server.stop().await;
}
