//! A secret vote with the program as it runs: killed in the middle of it, and everything that it wrote, logged and
//! gave away searched for what was chosen.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use plenum_record::file::{Form, Record};
use plenum_record::verify::{Against, Check, Verdict, verify};
use serde_json::Value;

use super::{Server, program, token_of};

/// The options, with names that appear nowhere else.
const OPTIONS: [&str; 6] =
    ["Quokka-41f7", "Numbat-9c02", "Bilby-77d5", "Potoroo-e3a9", "Dunnart-b816", "Bettong-05ac"];
/// Two that follow one another in everybody's choice and in no list of the options.
const FIRST: &str = OPTIONS[5];
const SECOND: &str = OPTIONS[1];
const VOTERS: [(&str, &str); 6] = [
    ("ben", "Ben Lindqvist"),
    ("chen", "陈晓雨"),
    ("dalia", "Dalia Haddad"),
    ("elif", "Elif Yılmaz"),
    ("farid", "فريد منصور"),
    ("grzegorz", "Grzegorz Wiśniewski"),
];
const EXPORTS: [&str; 14] = [
    "attendance.csv",
    "attendance.json",
    "attendance.pdf",
    "votes.csv",
    "votes.json",
    "votes.pdf",
    "results.csv",
    "results.json",
    "results.pdf",
    "minutes.csv",
    "minutes.json",
    "minutes.pdf",
    "minutes.md",
    "minutes.html",
];

/// Every place where something stands.
fn places<'a>(bytes: &'a [u8], wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    let wanted = wanted.as_bytes();
    let begins = bytes.iter().enumerate().filter(move |(_, byte)| **byte == wanted[0]);
    begins.map(|(at, _)| at).filter(move |at| bytes[*at..].starts_with(wanted))
}

fn count(bytes: &[u8], wanted: &str) -> usize {
    places(bytes, wanted).count()
}

/// How often the canary's two options follow one another, with at most a few characters between them.
fn canaries(bytes: &[u8]) -> usize {
    let near = |at: &usize| {
        let from = at + FIRST.len();
        let to = (from + 12 + SECOND.len()).min(bytes.len());
        count(&bytes[from..to], SECOND) > 0
    };
    places(bytes, FIRST).filter(near).count()
}

/// Every file below a folder, by its path.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // Files come and go while the server runs.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                found.push((path.display().to_string(), bytes));
            }
        }
    }
    found
}

fn start(folder: &Path, log: &Path) -> Server {
    let log = File::options().append(true).create(true).open(log).expect("a file for the log");
    Server::run(program(folder).env("PLENUM_LOG_FILTER", "debug").stderr(log))
}

/// An export as text, whatever its form; one block of it a line.
fn export(server: &Server, token: &str, session: &Value, name: &str) -> String {
    let bytes = server.ask(token, "GET", &format!("sessions/{session}/exports/{name}"), "");
    let text = if Path::new(name).extension() == Some(OsStr::new("pdf")) {
        let mut reader = Command::new("pdftotext")
            .args(["-enc", "UTF-8", "-layout", "-", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("pdftotext; cargo xtask test installs poppler-utils");
        let mut input = reader.stdin.take().expect("a pipe");
        let writer = std::thread::spawn(move || input.write_all(&bytes));
        let output = reader.wait_with_output().expect("a text");
        writer.join().expect("a thread that ends").expect("the paper is read");
        output.stdout
    } else {
        bytes
    };
    let text = String::from_utf8(text).expect("UTF-8");
    ["</tr>", "</li>", "</p>", "</h1>", "</h2>", "</h3>"]
        .iter()
        .fold(text, |text, end| text.replace(end, &format!("{end}\n")))
}

/// The objects in which an array stands with the canary's two options side by side.
fn holders<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    let children: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => return,
    };
    let chosen = |child: &&&Value| {
        let items = child.as_array().map_or(&[][..], Vec::as_slice);
        items.windows(2).any(|pair| pair[0] == FIRST && pair[1] == SECOND)
    };
    if children.iter().any(|child| chosen(&child)) {
        found.push(value);
    }
    for child in children {
        holders(child, found);
    }
}

/// Passes when nobody is named where a choice is.
fn beside_nobody(name: &str, text: &str) {
    if let Ok(document) = serde_json::from_str::<Value>(text) {
        let mut found = Vec::new();
        holders(&document, &mut found);
        for holder in found {
            let fields: Vec<&str> =
                holder.as_object().expect("an object").keys().map(String::as_str).collect();
            let known = ["ballots", "vote_response", "vote_weight"];
            assert!(fields.iter().all(|field| known.contains(field)), "{name}: {holder}");
        }
        return;
    }
    for line in text.lines().filter(|line| OPTIONS.iter().any(|option| line.contains(option))) {
        for (login, person) in VOTERS {
            let named =
                line.contains(person) || line.split(|c: char| !c.is_alphanumeric()).any(|word| word == login);
            assert!(!named, "{name}: {line}");
        }
    }
}

/// Passes when no list names an option more often than another one, as a list with a choice would.
fn no_choice(name: &str, bytes: &[u8]) {
    assert_eq!(canaries(bytes), 0, "{name}: a choice");
    let counts = OPTIONS.map(|option| count(bytes, option));
    assert!(counts.iter().all(|count| *count == counts[0]), "{name}: {counts:?}");
}

fn record(server: &Server, token: &str, session: &Value) -> Record {
    let bytes = server.ask(token, "GET", &format!("sessions/{session}/record"), "");
    Record::read(Cursor::new(bytes)).expect("a record")
}

/// All that is in a record.
fn unpacked(record: &Record) -> Vec<u8> {
    let parts = [
        serde_json::to_vec(&record.leaves),
        serde_json::to_vec(&record.checkpoints),
        serde_json::to_vec(&record.results),
        serde_json::to_vec(&record.manifest),
    ];
    parts.into_iter().flat_map(|part| part.expect("JSON")).collect()
}

/// Searches everything that the program wrote and gives away while voting is open.
fn search_while_open(
    folder: &Path,
    log: &Path,
    server: &Server,
    tokens: &[String],
    session: &Value,
    event: &Value,
) {
    let (owner, chair) = (&tokens[0], &tokens[1]);
    for (name, bytes) in files(folder) {
        assert_eq!(canaries(&bytes), 0, "{name}: a choice was written while voting was open");
    }
    let said = fs::read(log).expect("a log");
    assert!(count(&said, "DEBUG") > 0, "it logs at that level");
    assert_eq!(OPTIONS.map(|option| count(&said, option)), [0; 6], "no option is in the program's log");
    for name in EXPORTS {
        no_choice(name, export(server, chair, session, name).as_bytes());
    }
    no_choice("the record", &unpacked(&record(server, chair, session)));
    for (token, path) in [
        (owner, "organizations/1/audit?limit=200".to_owned()),
        (chair, format!("sessions/{session}/log?limit=200")),
        (chair, format!("events/{event}/turnout")),
        (chair, format!("events/{event}")),
        (&tokens[2], format!("events/{event}/vote-instances")),
    ] {
        no_choice(&path, &server.ask(token, "GET", &path, ""));
    }
}

fn vote(server: &Server, voters: &[String], from: usize, event: &Value) {
    for (number, token) in (from..).zip(voters) {
        let last = OPTIONS[3 + number % 2];
        let body = format!("{{\"vote_response\": [\"{FIRST}\", \"{SECOND}\", \"{last}\"]}}");
        server.ask(token, "POST", &format!("events/{event}/votes"), &body);
    }
}

#[test]
fn a_secret_vote_survives_a_kill_and_its_choices_stand_beside_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let server = start(folder.path(), &log);
    let logins = std::iter::once("ada").chain(VOTERS.map(|(login, _)| login));
    let tokens: Vec<String> = logins.map(|login| token_of(folder.path(), login)).collect();
    let (chair, voters) = (&tokens[1], &tokens[1..]);
    let create = "{\"organization_id\": 1, \"title\": \"Evening\"}";
    let sitting = server.json(chair, "POST", "sessions", create);
    let (session, code) = (&sitting["id"], sitting["join_code"].as_str().expect("a code"));
    for token in voters {
        server.ask(token, "POST", "sessions/join", &format!("{{\"join_code\": \"{code}\"}}"));
    }
    let options = serde_json::to_string(&OPTIONS).expect("JSON");
    let draft = format!(
        "{{\"event_type\": \"election\", \"name\": \"Mascot\", \"data\": {{\"secrecy\": \"secret\",
          \"vote_options\": {options}, \"method\": {{\"name\": \"irv\"}}}}}}"
    );
    let event = &server.json(chair, "POST", &format!("sessions/{session}/events"), &draft)["id"];
    server.ask(chair, "POST", &format!("events/{event}/open"), "");

    let (before, after) = voters.split_at(3);
    vote(&server, before, 0, event);
    server.kill();
    let server = start(folder.path(), &log);
    let turnout = server.json(chair, "GET", &format!("events/{event}/turnout"), "");
    assert_eq!(turnout["voted"], 3, "what was acknowledged is there: {turnout}");
    vote(&server, after, 3, event);
    search_while_open(folder.path(), &log, &server, &tokens, session, event);
    let keys = folder.path().join("data-keys");
    let kept = || files(&keys).iter().map(|(_, bytes)| count(bytes, "plenum key")).sum::<usize>();
    assert_eq!(kept(), 1, "the key that was made before the kill");

    server.ask(chair, "POST", &format!("events/{event}/close"), "");
    assert_eq!(kept(), 0, "it went with the count");
    server.ask(chair, "POST", &format!("events/{event}/release"), "");
    let result = server.json(chair, "GET", &format!("events/{event}/results"), "");
    assert_eq!(result["cast"]["people"], 6, "{result}");
    assert_eq!(result["election"]["elected"], serde_json::json!([FIRST]), "{result}");

    let said = fs::read(&log).expect("a log");
    assert_eq!(OPTIONS.map(|option| count(&said, option)), [0; 6], "no option is in the program's log");
    let written: usize = files(folder.path()).iter().map(|(_, bytes)| canaries(bytes)).sum();
    assert!(written >= 6, "the bare ballots are there: a choice can be found");
    for name in EXPORTS {
        let text = export(&server, chair, session, name);
        beside_nobody(name, &text);
        if name == "votes.json" {
            assert_eq!(canaries(text.as_bytes()), 6, "the bare ballots are published");
        }
    }
    for (token, form) in [(chair, Form::Full), (&voters[1], Form::Redacted)] {
        let record = record(&server, token, session);
        let report = verify(&record, &Against::default());
        assert!(report.is_sound() && report.is_complete(), "{}", report.lines().join("\n"));
        assert_eq!((record.manifest.form, report.verdict(Check::Envelopes)), (form, Verdict::Holds));
        let told = record.leaves.iter().filter(|leaf| canaries(&serde_json::to_vec(leaf).expect("JSON")) > 0);
        for leaf in told {
            for (name, opening) in
                leaf.openings.iter().filter(|(_, opening)| canaries(opening.text.as_bytes()) > 0)
            {
                assert_eq!(name, "ballots", "{}", leaf.text);
                beside_nobody("the record", &opening.text);
            }
        }
        assert!(canaries(&unpacked(&record)) > 0, "the ballots are in the record, to be counted again");
    }
    server.stop();
}
