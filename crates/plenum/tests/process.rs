//! The program as a process: starting, stopping, being killed, and sharing a data folder.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

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
        let mut child =
            program(folder).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
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
