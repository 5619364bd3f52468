//! The matrix: every operation, in every state it meets, called by everybody, and what each of them gets.
//!
//! `docs/MATRIX.md` is written by this test and held against what really happens, so that a change of who may
//! do what shows as a change of the table. What no table may say, the test refuses whatever is written.

use std::fmt::Write;

use futures::{StreamExt, stream};
use plenum_tests::{Answer, Client, TestServer};
use serde_json::json;

use super::cast::{Call, Cast, Place, filled};
use super::{Expected, Line, NOBODY, described, send, table};

const MATRIX: &str = include_str!("../../../docs/MATRIX.md");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/MATRIX.md");
const COMMAND: &str = "UPDATE_GENERATED=1 cargo nextest run -p plenum-tests --test endpoints matrix";

/// How many operations are tried at the same time.
const AT_ONCE: usize = 8;

/// Everybody who calls, with the heading of their column.
const CALLERS: [(&str, &str); 19] = [
    ("signed_out", "none"),
    ("elsewhere", "else"),
    ("nearby", "near"),
    ("owner", "own"),
    ("admin", "adm"),
    ("chair", "cha"),
    ("secretary", "sec"),
    ("teller", "tel"),
    ("manager", "man"),
    ("auditor", "aud"),
    ("viewer", "obs"),
    ("voter", "vot"),
    ("member", "mem"),
    ("local", "loc"),
    ("host", "host"),
    ("participant", "part"),
    ("observer", "look"),
    ("administrator", "srv"),
    ("overseer", "saud"),
];

const INTRODUCTION: &str = "\
# The matrix: what everybody gets

Every operation of the API, in every state it meets, called by everybody: the status of the answer. A test calls each
and holds the answers against this page, so a change of who may do what shows here. After a change that is meant, and for
a new operation, the page is written anew with

```sh
@COMMAND@
```

What a new operation needs to be called is said in `tests/tests/endpoints/cast.rs`. docs/ROLES.md says what the roles are for.

| column | who |
|---|---|
| none | nobody: signed out |
| else | the owner of another organization |
| near | a chair of another sitting of the same organization, no member |
| own, cha, mem | members of the organization: an owner, a chair, a plain member; not in the sitting |
| adm, sec, tel, man, aud, obs, vot | no members, with the role of admin, secretary, teller, member manager, auditor, observer or voting member granted in the organization |
| loc | no member, with the role of chair granted in this sitting or this committee alone |
| host | who opened the sitting: a plain member, in the sitting |
| part | a plain member in the sitting; the principal of the mandates |
| look | an observer by membership, in the sitting |
| srv, saud | an administrator and an auditor of the whole server |

A mandate is held by mem. `own` as a state: what the path names belongs to whoever calls. `archived`: in an organization
that is archived. `over`: in a sitting that is closed. 401, 403 and 404 are `not_signed_in`, `forbidden` and `not_found`;
the codes of other refusals stand in the last column. Whoever gets 404 gets it word for word as for a thing that does not exist.
";

/// What a token may be used for.
const SCOPES: [&str; 4] = ["read", "vote", "host", "administer"];

const TOKENS: &str = "
## What a token may be used for

With one scope alone, whatever its owner may do.

| operation                                                  | read       | vote       | host       | administer |
|------------------------------------------------------------|------------|------------|------------|------------|
";

/// What an operation finds.
#[derive(Clone, Copy)]
enum Finds {
    /// What it needs.
    Usual,
    /// An event that was taken these steps further than a draft.
    Event(&'static [&'static str]),
    /// A sitting to which this was done.
    Sitting(&'static str),
    /// An organization of its own that is archived.
    Archived,
}

/// A row of the table.
struct Row {
    operation: String,
    state: &'static str,
    answers: Vec<Option<Answer>>,
}

/// The states in which an operation is tried, the one it needs first where it is not among them.
fn states(operation: &str) -> Vec<(&'static str, Finds)> {
    let gaps = operation.matches('{').count();
    let (_, path) = operation.split_once(' ').expect("a method and a path");
    if path.starts_with("/api/v1/events/{id}") && gaps == 1 {
        return vec![
            ("draft", Finds::Event(&[])),
            ("active", Finds::Event(&["open"])),
            ("closed", Finds::Event(&["open", "close"])),
            ("released", Finds::Event(&["open", "close", "release"])),
        ];
    }
    if path.contains("/exports/") {
        return vec![("open", Finds::Usual)];
    }
    match path {
        "/api/v1/sessions/{id}/open" => vec![("locked", Finds::Usual), ("over", Finds::Sitting("close"))],
        _ if path.starts_with("/api/v1/sessions/{id}") => {
            vec![
                ("open", Finds::Usual),
                ("locked", Finds::Sitting("lock")),
                ("over", Finds::Sitting("close")),
            ]
        }
        _ => vec![("", Finds::Usual)],
    }
}

/// Whether an operation is about something that lies in an organization.
fn lies_in_organization(operation: &str) -> bool {
    let (method, path) = operation.split_once(' ').expect("a method and a path");
    let path = path.strip_prefix("/api/v1/").unwrap_or_default();
    let first = path.split('/').next().unwrap_or_default();
    match first {
        "organizations" => path.contains('{'),
        "sessions" => path.contains('{') || method == "POST",
        "committees" | "events" | "proxies" | "role-grants" | "offices" | "nominations" => true,
        _ => false,
    }
}

/// Operations on an organization as a whole, after which nothing else could be tried in it.
fn ends_organization(operation: &str) -> bool {
    ["DELETE /api/v1/organizations/{id}", "/archive", "/restore", "/transfer"]
        .iter()
        .any(|end| operation.ends_with(end))
}

/// The first number in a path.
fn number(path: &str) -> i64 {
    path.split(['/', '?']).find_map(|part| part.parse().ok()).unwrap_or_else(|| panic!("no number in {path}"))
}

/// The path of something that does not exist: this number stands in the first gap, and 1 in those behind it.
fn missing(path: &str, id: &str) -> String {
    let mut path = path.replace("{file}", "minutes.xlsx");
    for id in std::iter::once(id).chain(std::iter::repeat("1")) {
        if !path.contains('{') {
            break;
        }
        path = filled(&path, id);
    }
    path
}

/// Where everybody calls everything.
struct Stage<'a> {
    server: &'a TestServer,
    cast: Cast,
}

impl Stage<'_> {
    fn client(&self, caller: &str) -> &Client {
        match caller {
            "signed_out" => &self.cast.nobody,
            "elsewhere" => &self.cast.elsewhere,
            _ => self.cast.person(caller),
        }
    }

    /// A request with everything it is about freshly made.
    async fn fresh(&self, operation: &str, finds: Finds, body: Option<&Call>) -> Call {
        let owner = self.cast.person("owner");
        if let (Finds::Event(steps), Some(usual)) = (finds, body) {
            let event = self.cast.at(self.server, &self.cast.place).event(steps).await;
            let (_, path) = operation.split_once(' ').expect("a method and a path");
            return Call { path: filled(path, &event.to_string()), ..usual.clone() };
        }
        let call = self.cast.call(self.server, operation).await;
        let done = match finds {
            Finds::Usual | Finds::Event(_) => return call,
            Finds::Sitting(change) => format!("sessions/{}/{change}", number(&call.path)),
            Finds::Archived => format!("organizations/{}/archive", number(&call.path)),
        };
        let answer = owner.do_post(&done).send().await;
        assert!(answer.status < 300, "{answer}");
        call
    }

    /// Everybody calls an operation that finds this.
    async fn row(&self, operation: &str, state: &'static str, finds: Finds) -> Row {
        let usual = match finds {
            Finds::Event(_) => Some(self.cast.call(self.server, operation).await),
            _ => None,
        };
        let mut ready: Option<(Call, bool)> = None;
        let mut success = None;
        let mut answers = Vec::new();
        for (caller, _) in CALLERS {
            let (mut call, mut used) = match ready.take() {
                Some(ready) => ready,
                None => (self.fresh(operation, finds, usual.as_ref()).await, false),
            };
            let mut answer = send(self.client(caller), &call).await;
            // What somebody has done before may be in the way: then everything is made afresh. Whoever does
            // the same once more, or is not let near it, gets what they would have got anyway.
            let same = match answer.status {
                ..300 => success == Some(answer.status),
                _ => matches!(answer.code().as_str(), "not_signed_in" | "forbidden"),
            };
            if used && !same {
                call = self.fresh(operation, finds, usual.as_ref()).await;
                answer = send(self.client(caller), &call).await;
                used = false;
            }
            if answer.status == 404 {
                self.same_as_missing(operation, caller, &call, &answer).await;
            }
            if answer.status < 300 {
                success = Some(answer.status);
            }
            used |= answer.status < 400 && !operation.starts_with("GET ");
            ready = Some((call, used));
            answers.push(Some(answer));
        }
        Row { operation: operation.to_owned(), state, answers }
    }

    /// Whoever may not know of a thing is told the same as of one that does not exist.
    async fn same_as_missing(&self, operation: &str, caller: &str, call: &Call, answer: &Answer) {
        let (_, path) = operation.split_once(' ').expect("a method and a path");
        if !path.contains('{') {
            return;
        }
        let missing = Call { path: missing(path, NOBODY), ..call.clone() };
        let missing = send(self.client(caller), &missing).await;
        assert_eq!(
            (missing.status, &missing.body),
            (answer.status, &answer.body),
            "{operation} tells {caller} that something exists"
        );
    }

    /// What does not exist is found by nobody, however it is written.
    async fn nothing_there(&self, operation: &str) {
        let (_, path) = operation.split_once(' ').expect("a method and a path");
        if !path.contains('{') {
            return;
        }
        let call = self.cast.call(self.server, operation).await;
        for id in [NOBODY, "0", "99999999999999999999", "1e3", "abc", "%00", "-1"] {
            let missing = Call { path: missing(path, id), ..call.clone() };
            send(self.cast.person("owner"), &missing).await.refused(404, "not_found");
        }
    }

    /// Every row of an operation but those in an archive.
    async fn rows(&self, operation: &str) -> Vec<Row> {
        self.nothing_there(operation).await;
        let mut rows = Vec::new();
        for (state, finds) in states(operation) {
            rows.push(self.row(operation, state, finds).await);
        }
        let done = |row: &Row| row.answers.iter().flatten().any(|answer| answer.status < 300);
        if rows.iter().any(done) {
            return rows;
        }
        if matches!(states(operation).first(), Some((_, Finds::Event(_)))) {
            rows.push(self.row(operation, "as needed", Finds::Usual).await);
        }
        rows
    }

    /// Everything once more in an organization that is archived since.
    async fn archived(&self, operations: &[String]) -> Vec<Row> {
        let owner = self.cast.person("owner");
        let attic = self.cast.another_place(&json!({})).await;
        let mut calls = Vec::new();
        for operation in operations.iter().filter(|operation| !ends_organization(operation)) {
            let (_, path) = operation.split_once(' ').expect("a method and a path");
            // What somebody has can be taken from them in an archive, too: everybody gets one to try.
            let in_sitting = path.starts_with("/api/v1/sessions") || path.starts_with("/api/v1/events");
            let count = if operation.starts_with("DELETE ") && !in_sitting { CALLERS.len() } else { 1 };
            let mut prepared = Vec::new();
            for _ in 0..count {
                prepared.push(self.cast.at(self.server, &attic).call(operation).await);
            }
            calls.push((operation, prepared));
        }
        self.close_sittings(&attic).await;
        owner.do_post(&attic.organization.path("archive")).expect(204).await;
        let rows = stream::iter(calls).map(|(operation, call)| async move {
            let mut answers = Vec::new();
            for ((caller, _), call) in CALLERS.iter().zip(call.iter().cycle()) {
                answers.push(Some(send(self.client(caller), call).await));
            }
            Row { operation: operation.clone(), state: "archived", answers }
        });
        let mut rows: Vec<Row> = rows.buffered(AT_ONCE).collect().await;
        for operation in operations.iter().filter(|operation| ends_organization(operation)) {
            rows.push(self.row(operation, "archived", Finds::Archived).await);
        }
        rows
    }

    async fn close_sittings(&self, place: &Place) {
        let owner = self.cast.person("owner");
        for session in owner.list(&format!("sessions?organization_id={}", place.organization.id)).await {
            if session["status"] != "closed" {
                owner.do_post(&format!("sessions/{}/close", session["id"])).expect(200).await;
            }
        }
    }

    /// What people get who do something about themselves.
    async fn own(&self) -> Vec<Row> {
        let owner = self.cast.person("owner");
        let members = ["owner", "chair", "member", "host", "participant", "observer"];
        let mut rows = Vec::new();
        let member = "/api/v1/organizations/{id}/members/{user_id}";
        for (operation, body) in [
            (format!("PUT {member}"), Some(json!({"user_role": "owner"}))),
            (format!("DELETE {member}"), None),
        ] {
            let place = self.cast.another_place(&json!({})).await;
            let path = |user: i64| place.organization.path(&format!("members/{user}"));
            rows.push(
                self.own_row(&operation, body, |caller, user| members.contains(&caller).then(|| path(user)))
                    .await,
            );
        }
        let (session, _) = self.cast.at(self.server, &self.cast.place).session().await;
        let attendance = "/api/v1/sessions/{id}/attendance/{user_id}";
        for (operation, body) in [
            (format!("DELETE {attendance}"), None),
            (format!("PUT {attendance}"), Some(json!({"status": "present"}))),
        ] {
            let path = |caller: &str, user| {
                (!matches!(caller, "elsewhere" | "nearby"))
                    .then(|| format!("sessions/{session}/attendance/{user}"))
            };
            rows.push(self.own_row(&operation, body, path).await);
        }
        let place = self.cast.another_place(&json!({})).await;
        let grants = owner.list(&format!("role-grants?organization_id={}", place.organization.id)).await;
        let path = |_: &str, user: i64| {
            let grant =
                grants.iter().find(|grant| grant["user"]["id"] == user || grant["user_id"] == user)?;
            Some(format!("role-grants/{}", grant["id"]))
        };
        rows.push(self.own_row("DELETE /api/v1/role-grants/{id}", None, path).await);
        rows
    }

    /// For each operation which tokens of the owner may be used for it. Nothing is done: what the paths name
    /// does not exist.
    async fn tokens(&self, operations: &[String]) -> String {
        let owner = self.cast.person("owner");
        let mut tokens = Vec::new();
        for scope in SCOPES {
            let body = json!({"name": scope, "scopes": [scope]});
            let made = owner.post("me/tokens", &body).expect(201).await;
            tokens.push(owner.with_token(made["token"].as_str().expect("a token")));
        }
        let mut table = TOKENS.to_owned();
        for operation in operations.iter().filter(|operation| operation.contains(" /api/")) {
            let (method, path) = operation.split_once(' ').expect("a method and a path");
            let usual =
                if path.contains('{') { None } else { Some(self.cast.call(self.server, operation).await) };
            let nothing = || Call {
                method: method.parse().expect("a method"),
                path: missing(path, NOBODY),
                body: Some(json!({})),
            };
            let call = usual.unwrap_or_else(nothing);
            let short = path.strip_prefix("/api/v1/").unwrap_or(path);
            let _ = write!(table, "| {:<58} |", format!("`{method} {short}`"));
            for token in &tokens {
                let may = send(token, &call).await.code() != "token_scope";
                let _ = write!(table, " {:<10} |", if may { "yes" } else { "" });
            }
            table.push('\n');
        }
        table
    }

    /// A row in which everybody calls another path, or none.
    async fn own_row(
        &self,
        operation: &str,
        body: Option<serde_json::Value>,
        path: impl Fn(&str, i64) -> Option<String>,
    ) -> Row {
        let (method, _) = operation.split_once(' ').expect("a method and a path");
        let mut answers = Vec::new();
        for (caller, _) in CALLERS {
            let user = match caller {
                "signed_out" => None,
                "elsewhere" => Some(self.cast.elsewhere.user_id),
                _ => Some(self.cast.person(caller).user_id),
            };
            let path = user.and_then(|user| path(caller, user));
            answers.push(match path {
                Some(path) => {
                    let method = method.parse().expect("a method");
                    Some(send(self.client(caller), &Call { method, path, body: body.clone() }).await)
                }
                None => None,
            });
        }
        Row { operation: operation.to_owned(), state: "own", answers }
    }
}

impl Row {
    fn status(&self, who: &str) -> Option<u16> {
        let (_, answer) = CALLERS.iter().zip(&self.answers).find(|((caller, _), _)| *caller == who)?;
        answer.as_ref().map(|answer| answer.status)
    }

    /// What no table may say, whatever is written in it.
    fn faults(&self) -> Vec<String> {
        let public = self.answers.first().and_then(Option::as_ref).is_some_and(|answer| answer.status != 401);
        let (_, path) = self.operation.split_once(' ').expect("a method and a path");
        let mut faults = Vec::new();
        for ((caller, _), answer) in CALLERS.iter().zip(&self.answers) {
            let Some(answer) = answer else { continue };
            let mut fault = |what: &str| faults.push(format!("{caller} {what}: {answer}"));
            if answer.status >= 500 {
                fault("made the server fail");
            }
            if path.starts_with("/api/") && answer.status >= 400 && answer.code().is_empty() {
                fault("is not told what is wrong");
            }
            let guarded = path.starts_with("/api/") && !public;
            match *caller {
                "signed_out" if path.starts_with("/api/") && answer.status != 401 => {
                    fault("need not sign in");
                }
                "signed_out" if guarded && answer.header("www-authenticate").is_none() => {
                    fault("is not told how to sign in");
                }
                "elsewhere" if guarded && path.contains('{') && answer.status != 404 => {
                    fault("may know of what others do");
                }
                _ => {}
            }
        }
        faults
    }

    /// The codes of refusals whose status does not say everything.
    fn codes(&self) -> String {
        let mut codes: Vec<String> = self
            .answers
            .iter()
            .flatten()
            .filter(|answer| answer.status >= 400 && self.operation.contains(" /api/"))
            .map(|answer| (answer.status, answer.code()))
            .filter(|(_, code)| !matches!(code.as_str(), "not_signed_in" | "forbidden" | "not_found"))
            .map(|(status, code)| format!("{status} {code}"))
            .collect();
        codes.sort();
        codes.dedup();
        codes.join(", ")
    }
}

impl Line {
    /// What is written by hand about an operation has to be so in one of its states.
    fn faults(&self, rows: &[Row]) -> Option<String> {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.operation == self.operation).collect();
        let holds = |row: &&Row| match &self.expected {
            Expected::Public(status) => row.answers.iter().flatten().all(|answer| answer.status == *status),
            Expected::Guarded { signed_out, wrong, elsewhere, right } => {
                let gets = |who: &str, status: u16| row.status(who) == Some(status);
                gets("signed_out", *signed_out)
                    && gets("elsewhere", *elsewhere)
                    && wrong.who.iter().all(|who| gets(who, wrong.status))
                    && right.who.iter().all(|who| gets(who, right.status))
            }
        };
        (!rows.iter().any(holds)).then(|| format!("not as tests/tests/endpoints.txt has it: {self:?}"))
    }
}

/// The table as text.
fn written(rows: &[Row]) -> String {
    let mut table = INTRODUCTION.replace("@COMMAND@", COMMAND);
    let mut heading = format!("| {:<58} | {:<9} |", "operation", "state");
    let mut line = format!("|{}|{}|", "-".repeat(60), "-".repeat(11));
    for (_, head) in CALLERS {
        let _ = write!(heading, " {head:<4} |");
        line += "------|";
    }
    let mut family = "";
    for row in rows {
        let (method, path) = row.operation.split_once(' ').expect("a method and a path");
        let short = path.strip_prefix("/api/v1/").unwrap_or(path);
        let first = short.split('/').find(|part| !part.is_empty()).unwrap_or_default();
        if first != family {
            let _ = write!(table, "\n## {first}\n\n{heading} codes |\n{line}---|\n");
        }
        family = first;
        let _ = write!(table, "| {:<58} | {:<9} |", format!("`{method} {short}`"), row.state);
        for answer in &row.answers {
            let cell = answer.as_ref().map(|answer| answer.status.to_string()).unwrap_or_default();
            let _ = write!(table, " {cell:<4} |");
        }
        let _ = writeln!(table, " {} |", row.codes());
    }
    table
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_matrix_is_what_everybody_gets() {
    let server = TestServer::start().await;
    let stage = Stage { server: &server, cast: Cast::new(&server).await };
    let operations: Vec<String> = described(server.nobody()).await.into_iter().collect();
    let usual = stream::iter(&operations).map(|operation| stage.rows(operation)).buffered(AT_ONCE);
    let mut rows: Vec<Row> = usual.collect::<Vec<_>>().await.into_iter().flatten().collect();
    let tokens = stage.tokens(&operations).await;
    let inside: Vec<String> =
        operations.into_iter().filter(|operation| lies_in_organization(operation)).collect();
    rows.extend(stage.archived(&inside).await);
    rows.extend(stage.own().await);
    let by_path = |row: &Row| {
        let (method, path) = row.operation.split_once(' ').expect("a method and a path");
        (path.to_owned(), method.to_owned())
    };
    rows.sort_by_key(by_path);
    let matrix = written(&rows) + &tokens;
    drop(stage);
    server.stop().await;
    let mut faults: Vec<String> = rows.iter().flat_map(Row::faults).collect();
    faults.extend(table().iter().filter_map(|line| line.faults(&rows)));
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(FILE, &matrix).expect("the table can be written");
    } else {
        let (expected, got): (Vec<&str>, Vec<&str>) = (MATRIX.lines().collect(), matrix.lines().collect());
        let gone = expected.iter().filter(|line| !got.contains(line)).map(|line| format!("- {line}"));
        let new = got.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
        let differences: Vec<String> = gone.chain(new).collect();
        assert!(
            differences.is_empty() && expected.len() == got.len(),
            "docs/MATRIX.md is not what everybody gets. Where that is meant, or an operation is new, write it \
             anew, read the difference, and commit it:\n\n    {COMMAND}\n\n{}",
            differences.join("\n")
        );
    }
    assert!(faults.is_empty(), "no table may say this:\n{}", faults.join("\n\n"));
}
