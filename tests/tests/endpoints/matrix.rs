//! The matrix: every operation, in every state it meets, called by everybody; what each of them gets.
//!
//! `matrix.txt` is written by this test (`UPDATE_GENERATED=1`) and held against what really happens, so
//! that a change of who may do what shows as a change of the table. An operation that this does not know how to
//! call, and one that is missing in the table, fail it.

use std::fmt::Write;

use plenum_tests::{Client, Organization, Person, TestServer};
use serde_json::json;

use super::{Call, Cast, described, send};

const MATRIX: &str = include_str!("matrix.txt");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/endpoints/matrix.txt");

/// How the caller stands towards the organization that everything is about.
const CALLERS: [&str; 13] = [
    "signed_out",
    "elsewhere",
    "owner",
    "chair",
    "member",
    "observer",
    "secretary",
    "teller",
    "member_manager",
    "auditor",
    "host",
    "participant",
    "administrator",
];

/// The roles that are granted, to people who are no members.
const GRANTED: [&str; 4] = ["secretary", "teller", "member_manager", "auditor"];

const INTRODUCTION: &str = "\
# Who gets which status from each operation, in each state it meets.
#
# Written by the test; after a change on purpose: UPDATE_GENERATED=1 cargo nextest run -p plenum-tests -E 'test(matrix)'
#
#   signed_out       nobody
#   elsewhere        the owner of another organization
#   owner, chair, member, observer
#                    members of the organization in that role; the observer takes part in the sitting
#   secretary, teller, member_manager, auditor
#                    people with that role granted in the organization, who are no members
#   host             the chair who opened the sitting and takes part in it
#   participant      a member who takes part in the sitting
#   administrator    an administrator of the whole server
#
# `own` is a thing of the caller's own: their membership.

";

/// Everybody, and what they call.
struct Everybody {
    cast: Cast,
    granted: Vec<(&'static str, Person)>,
}

impl Everybody {
    async fn new(server: &TestServer) -> Self {
        let cast = Cast::new(server).await;
        let mut granted = Vec::new();
        for role in GRANTED {
            let person = server.person(role, role).await;
            let body =
                json!({"role": role, "andrew_id": person.andrew_id, "organization_id": cast.organization.id});
            cast.person("owner").post("role-grants", &body).expect(201).await;
            granted.push((role, person));
        }
        Self { cast, granted }
    }

    fn client(&self, caller: &str) -> &Client {
        match caller {
            "signed_out" => &self.cast.nobody,
            "elsewhere" => &self.cast.elsewhere,
            _ => match self.granted.iter().find(|(role, _)| *role == caller) {
                Some((_, person)) => person,
                None => self.cast.person(caller),
            },
        }
    }

    /// A request with everything it is about freshly made and brought into this state.
    async fn call(&self, server: &TestServer, operation: &str, state: &str, caller: &str) -> Call {
        let mut call = self.cast.call(server, operation, caller).await;
        let host = self.cast.person("host");
        let id = number(&call.path);
        match state {
            "draft" | "active" | "closed" | "released" if operation.contains("/events/{id}") => {
                let steps: &[&str] = match state {
                    "draft" => &[],
                    "active" => &["open"],
                    "closed" => &["open", "close"],
                    _ => &["open", "close", "release"],
                };
                let event = self.cast.event(steps).await;
                call.path = moved(&call.path, &format!("/api/v1/events/{event}"));
            }
            "locked" => {
                host.do_post(&format!("sessions/{id}/lock")).send().await;
            }
            "over" => {
                host.do_post(&format!("sessions/{id}/close")).send().await;
            }
            "archived" => {
                let (organization, _) = self.cast.another_organization(server).await;
                let archive = format!("organizations/{organization}/archive");
                self.cast.person("owner").do_post(&archive).expect(204).await;
                call.path = moved(&call.path, &format!("/api/v1/organizations/{organization}"));
            }
            _ => {}
        }
        call
    }
}

/// The same path under another thing: what comes after the number stays.
fn moved(path: &str, start: &str) -> String {
    let rest: Vec<&str> = path.split('/').skip(5).collect();
    if rest.is_empty() { start.to_owned() } else { format!("{start}/{}", rest.join("/")) }
}

/// The first number in a path; 0 when there is none.
fn number(path: &str) -> i64 {
    path.split(['/', '?']).find_map(|part| part.parse().ok()).unwrap_or(0)
}

/// The states in which an operation is tried.
fn states(operation: &str) -> &'static [&'static str] {
    if operation.contains("/api/v1/events/{id}") {
        &["draft", "active", "closed", "released"]
    } else if operation.contains("/api/v1/sessions/{id}") {
        &["open", "locked", "over"]
    } else if operation == "PATCH /api/v1/organizations/{id}"
        || operation == "GET /api/v1/organizations/{id}"
        || operation == "POST /api/v1/organizations/{id}/members"
        || operation == "POST /api/v1/organizations/{id}/committees"
    {
        &["active_organization", "archived"]
    } else {
        &["-"]
    }
}

async fn matrix(server: &TestServer) -> String {
    let everybody = Everybody::new(server).await;
    let mut table = INTRODUCTION.to_owned();
    for operation in described(server.nobody()).await {
        for state in states(&operation) {
            let mut cells = Vec::new();
            let mut fresh = None;
            for caller in CALLERS {
                let call = match fresh.take() {
                    Some(call) => call,
                    None => everybody.call(server, &operation, state, caller).await,
                };
                let status = send(everybody.client(caller), &call).await.status;
                cells.push(format!("{caller}:{status}"));
                // Who was refused changed nothing, and who looked neither.
                if status >= 400 || operation.starts_with("GET ") {
                    fresh = Some(call);
                }
            }
            writeln!(table, "{operation}  [{state}]\n    {}", cells.join(" ")).expect("a text grows");
        }
    }
    let own = own(server, &everybody).await;
    writeln!(table, "DELETE /api/v1/organizations/{{id}}/members/{{user_id}}  [own]\n    {own}")
        .expect("a text grows");
    table
}

/// What people get who end their own membership.
async fn own(server: &TestServer, everybody: &Everybody) -> String {
    let mut cells = Vec::new();
    for role in ["owner", "chair", "member", "observer"] {
        let person = server.person(&format!("leaver-{role}"), "Leaver").await;
        let body = json!({"name": "Own"});
        let founder = everybody.cast.person("owner").post("organizations", &body).expect(201).await;
        let organization = Organization {
            id: founder["id"].as_i64().expect("an id"),
            owner: everybody.cast.person("owner").clone(),
        };
        organization.put(&person, role).await;
        let answer = person.delete(&organization.path(&format!("members/{}", person.user_id))).send().await;
        cells.push(format!("{role}:{}", answer.status));
    }
    let alone = Organization::found(&server.person("alone", "Alone").await, "Alone", &json!({})).await;
    let path = alone.path(&format!("members/{}", alone.owner.user_id));
    cells.push(format!("last_owner:{}", alone.owner.delete(&path).send().await.status));
    cells.join(" ")
}

#[tokio::test]
async fn the_matrix_is_what_everybody_gets() {
    let server = TestServer::start().await;
    let table = matrix(&server).await;
    server.stop().await;
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(FILE, table).expect("the table can be written");
        return;
    }
    let (expected, got): (Vec<&str>, Vec<&str>) = (MATRIX.lines().collect(), table.lines().collect());
    let differences: Vec<String> = expected
        .iter()
        .filter(|line| !got.contains(line))
        .map(|line| format!("- {line}"))
        .chain(got.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}")))
        .collect();
    assert!(
        differences.is_empty(),
        "tests/endpoints/matrix.txt is not what happens; if that is meant, write it anew with \
         UPDATE_GENERATED=1:\n{}",
        differences.join("\n")
    );
}
