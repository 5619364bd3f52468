//! The program as a process: starting, stopping, being killed, and sharing a data folder.

mod secret;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use plenum_record::file::Record;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const DEADLINE: Duration = Duration::from_mins(1);

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenum"));
    command
        .current_dir(folder)
        .env("PLENUM_DATA_DIR", folder.join("data"))
        .env("PLENUM_LISTEN", "127.0.0.1:0");
    for name in ["DATABASE_URL", "PLENUM_TEST_DATABASE_URL", "PLENUM_CONFIG"] {
        command.env_remove(name);
    }
    command
}

/// A running server; killed when dropped, should a test fail.
struct Server {
    child: Child,
    address: String,
    said: Vec<String>,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::run(program(folder).stderr(Stdio::null()))
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().expect("it says where it runs").expect("its output can be read");
            said.push(line.clone());
            if let Some((_, address)) = line.split_once("running at http://") {
                break address.trim_end_matches('/').to_owned();
            }
        };
        // The rest is said at once after the address.
        for line in lines.map_while(Result::ok) {
            let last = line.contains("/api/docs");
            said.push(line);
            if last {
                break;
            }
        }
        Self { child, address, said }
    }

    /// The status of a GET.
    fn get(&self, path: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)
            .expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// Asks for something as somebody; what comes back with a status of success. HTTP/1.0: in one piece.
    fn ask(&self, token: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        write!(
            stream,
            "{method} /api/v1/{path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let body = answer.split_off(head);
        let head = String::from_utf8_lossy(&answer);
        assert_eq!(head.split(' ').nth(1).map(|status| &status[..1]), Some("2"), "{method} {path}: {head}");
        body
    }

    fn json(&self, token: &str, method: &str, path: &str, body: &str) -> Value {
        serde_json::from_slice(&self.ask(token, method, path, body)).expect("JSON")
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a process id");
        kill_process(pid, signal).expect("it is running");
    }

    /// Asks it to stop and waits for its end.
    fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = await_some(|| self.child.try_wait().expect("it can be waited for"));
        assert!(status.success(), "it stops cleanly: {status}");
    }

    fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already in every test that passes.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn await_some<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "it did not happen in time");
        std::thread::yield_now();
    }
}

/// The process ids of the database servers that use a folder, from the file they keep in it.
fn postmaster(folder: &Path) -> Option<i32> {
    let pid = find(folder, "postmaster.pid")?;
    fs::read_to_string(pid).ok()?.lines().next()?.trim().parse().ok()
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name) {
                return Some(found);
            }
        } else if path.file_name().is_some_and(|file| file == name) {
            return Some(path);
        }
    }
    None
}

fn token(folder: &Path, andrew_id: &str) -> Output {
    program(folder).args(["token", "--andrew-id", andrew_id]).output().expect("the program runs")
}

fn token_of(folder: &Path, andrew_id: &str) -> String {
    String::from_utf8(token(folder, andrew_id).stdout).expect("text").trim().to_owned()
}

#[test]
fn a_first_start_makes_a_demonstration_and_a_stop_takes_the_database_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    assert!(server.said.iter().any(|line| line.contains("join code")), "{:?}", server.said);
    assert_eq!(server.get("/healthz"), 200);
    assert_eq!(server.get("/readyz"), 200);
    assert_eq!(server.get("/api/v1/me"), 401);
    assert!(postmaster(folder.path()).is_some());
    server.stop();
    assert_eq!(postmaster(folder.path()), None, "the database stopped with the last server");

    let again = Server::start(folder.path());
    assert!(!again.said.iter().any(|line| line.contains("join code")), "seeded once: {:?}", again.said);
    again.stop();
}

/// A change that somebody makes to a record.
type Edit = fn(&mut Record);

/// What `plenum verify` says of a record, and with which status.
fn verify(folder: &Path, record: &Record, others: &[&str]) -> (Option<i32>, String) {
    let path = folder.join("record.zip");
    let file = fs::File::create(&path).expect("a file");
    record.write(file).expect("it is written");
    let said = program(folder).arg("verify").arg(&path).args(others).output().expect("the program runs");
    (said.status.code(), String::from_utf8_lossy(&said.stdout).into_owned())
}

#[test]
fn the_record_of_the_demonstration_holds_and_no_edited_one_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let [ben, chen, dalia] = ["ben", "chen", "dalia"].map(|who| token_of(folder.path(), who));
    let sittings = server.json(&ben, "GET", "sessions", "");
    let sitting = &sittings["items"][0];
    let (id, code) = (&sitting["id"], sitting["join_code"].as_str().expect("a code"));
    for member in [&ben, &chen, &dalia] {
        server.ask(member, "POST", "sessions/join", &format!("{{\"join_code\": \"{code}\"}}"));
    }
    let events = server.json(&ben, "GET", &format!("sessions/{id}/events"), "");
    let events = events["items"].as_array().expect("the motion and the election");
    assert_eq!(events.len(), 2);
    for event in events {
        let path = |step: &str| format!("events/{}/{step}", event["id"]);
        server.ask(&ben, "POST", &path("open"), "");
        let options = event["data"]["vote_options"].as_array().expect("options");
        for (number, member) in [&ben, &chen, &dalia].into_iter().enumerate() {
            let body = format!("{{\"vote_response\": [{}]}}", options[number % 2]);
            server.ask(member, "POST", &path("votes"), &body);
        }
        server.ask(&ben, "POST", &path("close"), "");
        server.ask(&ben, "POST", &path("release"), "");
    }
    let kept = server.json(&ben, "GET", &format!("sessions/{id}/log/head"), "");
    server.ask(&ben, "POST", &format!("sessions/{id}/close"), "");
    let bytes = server.ask(&ben, "GET", &format!("sessions/{id}/record"), "");
    server.stop();

    let record = Record::read(std::io::Cursor::new(bytes)).expect("a record");
    let checkpoint = folder.path().join("checkpoint");
    let note = kept["checkpoint"]["note"].as_str().expect("a checkpoint");
    fs::write(&checkpoint, note).expect("it is kept");
    let kept = ["--checkpoint", checkpoint.to_str().expect("a path")];
    let (status, said) = verify(folder.path(), &record, &kept);
    assert_eq!(status, Some(0), "{said}");
    for check in ["signatures", "root", "entitled", "one_vote", "ballots", "tally", "published", "checkpoint"]
    {
        assert!(said.contains(&format!("ok   {check}")), "{check}: {said}");
    }

    let edits: [(&str, Edit); 8] = [
        ("a fact", |record| {
            let close = record.leaves.iter_mut().find(|leaf| leaf.text.contains("event.close"));
            let close = close.expect("a close");
            close.text = close.text.replace("\"votes\":3", "\"votes\":2");
        }),
        ("a choice", |record| {
            let vote = record.leaves.iter_mut().find(|leaf| leaf.text.contains("vote.cast")).expect("a vote");
            let choice = vote.openings.get_mut("choice").expect("a choice");
            choice.text = "[\"no\"]".replace("no", if choice.text.contains("no") { "yes" } else { "no" });
        }),
        ("a published figure", |record| {
            let result = &mut record.results[0].result;
            result["cast"]["people"] = (result["cast"]["people"].as_i64().expect("a figure") + 1).into();
        }),
        ("a vote left out", |record| {
            let at = record.leaves.iter().position(|leaf| leaf.text.contains("vote.cast")).expect("a vote");
            record.leaves.remove(at);
        }),
        ("a vote put in twice", |record| {
            let at = record.leaves.iter().position(|leaf| leaf.text.contains("vote.cast")).expect("a vote");
            record.leaves.insert(at, record.leaves[at].clone());
        }),
        ("two leaves exchanged", |record| record.leaves.swap(3, 4)),
        ("a checkpoint", |record| {
            let note = &mut record.checkpoints.last_mut().expect("a checkpoint").note;
            *note = note.replacen('\n', "\n1", 1);
        }),
        ("the key", |record| record.manifest.public_key.insert(0, 'x')),
    ];
    for (what, edit) in edits {
        let mut edited = record.clone();
        edit(&mut edited);
        assert_ne!(edited, record, "{what}");
        let (status, said) = verify(folder.path(), &edited, &[]);
        assert_eq!(status, Some(1), "{what}: {said}");
        assert!(said.contains("FAIL"), "{what}: {said}");
    }
}

#[test]
fn killed_servers_and_databases_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = token(folder.path(), "ada");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let secret = String::from_utf8(made.stdout).expect("text");
    assert!(secret.starts_with("plenum_") && secret.lines().count() == 1, "the token alone");

    Server::start(folder.path()).kill();
    let server = Server::start(folder.path());
    assert_eq!(server.get("/readyz"), 200, "a killed server leaves a database to join");

    let pid = postmaster(folder.path()).and_then(Pid::from_raw).expect("a database");
    kill_process(pid, Signal::KILL).expect("it is running");
    await_some(|| (server.get("/readyz") == 200).then_some(()));
    server.stop();
}

#[test]
fn two_servers_share_a_data_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Server::start(folder.path());
    let second = Server::start(folder.path());
    assert_ne!(first.address, second.address);
    first.stop();
    assert_eq!(second.get("/readyz"), 200, "the database stays for the second");
    second.stop();
    assert_eq!(postmaster(folder.path()), None);
}

#[test]
fn mistakes_are_told_before_anything_is_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str, value: &str| {
        let output = program(folder.path()).env(name, value).output().expect("the program runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(run("PLENUM_LISTN", "127.0.0.1:1").contains("PLENUM_LISTN"));
    assert!(run("PLENUM_LISTEN", "0.0.0.0:0").contains("this machine only"));
    assert!(run("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/x").contains("no sign-in provider"));
    assert!(!folder.path().join("data").exists(), "nothing was left behind");
    let unreachable = program(folder.path())
        .args(["migrate"])
        .env("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/x")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&unreachable.stderr).into_owned();
    assert!(said.contains("DATABASE_URL") && !said.contains("hunter2"), "{said}");
}
