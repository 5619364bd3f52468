//! Every operation of the API description, called by everyone it is and is not for.
//!
//! What each of them gets stands in `endpoints.txt`. An operation that is missing there fails the
//! test, and so does one that is there and not in the description.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use openidconnect::http::Method;
use plenum_tests::{Answer, Client, Organization, Person, TestServer};
use serde_json::{Value, json};

const TABLE: &str = include_str!("endpoints.txt");
const NOBODY: &str = "2147483647";

/// A line of the table.
#[derive(Debug)]
struct Line {
    operation: String,
    expected: Expected,
}

#[derive(Debug)]
enum Expected {
    Public(u16),
    Guarded { signed_out: u16, wrong: Roles, elsewhere: u16, right: Roles },
}

/// Roles, and what they get.
#[derive(Debug)]
struct Roles {
    who: Vec<&'static str>,
    status: u16,
}

fn number(text: &str) -> u16 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no status"))
}

impl Roles {
    fn read(text: &'static str) -> Self {
        let (who, status) = text.split_once(':').unwrap_or_else(|| panic!("{text} is no role:status"));
        Self { who: who.split(',').collect(), status: number(status) }
    }
}

fn table() -> Vec<Line> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<&'static str> = line.split_whitespace().collect();
            let (operation, expected) = match words.as_slice() {
                [method, path, "public", status] => {
                    (format!("{method} {path}"), Expected::Public(number(status)))
                }
                [method, path, signed_out, wrong, elsewhere, right] => {
                    let expected = Expected::Guarded {
                        signed_out: number(signed_out),
                        wrong: Roles::read(wrong),
                        elsewhere: number(elsewhere),
                        right: Roles::read(right),
                    };
                    (format!("{method} {path}"), expected)
                }
                _ => panic!("the table has a line it should not have: {line}"),
            };
            Line { operation, expected }
        })
        .collect()
}

async fn described(client: &Client) -> BTreeSet<String> {
    let document = client.get("/api/openapi.json").expect(200).await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "put", "post", "delete", "patch", "head", "options", "trace"] {
            if item.get(method).is_some() {
                operations.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    operations
}

#[tokio::test]
async fn the_table_has_every_operation_and_no_other() {
    let server = TestServer::start().await;
    let described = described(server.nobody()).await;
    let lines = table();
    let listed: BTreeSet<String> = lines.iter().map(|line| line.operation.clone()).collect();
    assert_eq!(listed.len(), lines.len(), "an operation stands in tests/endpoints.txt twice");
    let missing: Vec<_> = described.difference(&listed).collect();
    assert!(missing.is_empty(), "not in tests/endpoints.txt: {missing:#?}");
    let gone: Vec<_> = listed.difference(&described).collect();
    assert!(gone.is_empty(), "in tests/endpoints.txt and not in the API description: {gone:#?}");
    server.stop().await;
}

/// What a request needs to be right.
struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
}

/// Everyone who calls.
struct Cast {
    organization: Organization,
    people: Vec<(&'static str, Person)>,
    elsewhere: Person,
    nobody: Client,
    spans: AtomicU32,
    names: AtomicU32,
}

impl Cast {
    async fn new(server: &TestServer) -> Self {
        let owner = server.person("owner", "Olga Owner").await;
        let organization = Organization::found(&owner, "Society", &json!({})).await;
        let mut people = vec![("owner", owner)];
        for (name, role) in [
            ("chair", "chair"),
            ("host", "chair"),
            ("participant", "member"),
            ("member", "member"),
            ("observer", "observer"),
        ] {
            let person = server.person(name, name).await;
            organization.put(&person, role).await;
            people.push((name, person));
        }
        let elsewhere = server.person("elsewhere", "Elsa Elsewhere").await;
        Organization::found(&elsewhere, "Another society", &json!({})).await;
        // Known to the server and to no organization.
        server.person("newcomer", "Nora Newcomer").await;
        people.push(("administrator", server.administrator("administrator").await));
        let (spans, names) = (AtomicU32::new(0), AtomicU32::new(1));
        Self { organization, people, elsewhere, nobody: server.nobody().clone(), spans, names }
    }

    fn person(&self, name: &str) -> &Person {
        let found = self.people.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| panic!("the table names an unknown role: {name}"), |(_, person)| person)
    }

    /// A sitting with host, participant and observer in it.
    async fn session(&self) -> (i64, String) {
        let (session, code) = self.organization.convene(self.person("host"), "Sitting").await;
        for name in ["host", "participant", "observer"] {
            self.person(name).post("sessions/join", &json!({"join_code": code})).expect(200).await;
        }
        (session, code)
    }

    /// An event in a sitting of its own, taken these steps further than a draft.
    async fn event(&self, steps: &[&str]) -> i64 {
        let (session, _) = self.session().await;
        let body = json!({"event_type": "motion", "name": "Motion", "data": {"secrecy": "roll_call"}});
        let host = self.person("host");
        let event = host.post(&format!("sessions/{session}/events"), &body).expect(201).await;
        for step in steps {
            host.do_post(&format!("events/{}/{step}", event["id"])).expect(200).await;
        }
        event["id"].as_i64().expect("an id")
    }

    /// A proxy of the participant's vote, held by the member, under rules that want the word asked for.
    async fn mandate(&self, operation: &str) -> i64 {
        let confirmation = match operation.rsplit('/').next() {
            Some("accept") => "holder",
            Some("confirm") => "chair",
            _ => "nobody",
        };
        let rules = json!({"rules": {"proxies": {"confirmation": confirmation}}});
        let society = Organization::found(self.person("owner"), "Society with rules", &rules).await;
        for (name, role) in [("chair", "chair"), ("host", "chair"), ("participant", "member")] {
            society.put(self.person(name), role).await;
        }
        for (name, role) in [("member", "member"), ("observer", "observer")] {
            society.put(self.person(name), role).await;
        }
        let (session, _) = society.convene(self.person("host"), "Sitting").await;
        let body = json!({
            "principal_user_id": self.person("participant").user_id,
            "holder_user_id": self.person("member").user_id,
        });
        let path = format!("sessions/{session}/proxies");
        let proxy = self.person("participant").post(&path, &body).expect(201).await;
        proxy["id"].as_i64().expect("an id")
    }

    /// A name that nobody and nothing has yet.
    fn unused(&self, what: &str) -> String {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        format!("{what}{number}")
    }

    /// An organization with the same people that may be got rid of; its number, and that of a member.
    async fn another_organization(&self, server: &TestServer) -> (i64, i64) {
        let organization = Organization::found(self.person("owner"), "Short-lived", &json!({})).await;
        for (name, role) in [("chair", "chair"), ("member", "member"), ("observer", "observer")] {
            organization.put(self.person(name), role).await;
        }
        let heir = server.person("heir", "Henry Heir").await;
        organization.put(&heir, "member").await;
        (organization.id, heir.user_id)
    }

    async fn committee(&self) -> i64 {
        let body = json!({"name": self.unused("Committee")});
        let path = self.organization.path("committees");
        self.person("owner").post(&path, &body).expect(201).await["id"].as_i64().expect("an id")
    }

    /// A membership to end, of somebody new each time.
    async fn membership(&self, server: &TestServer) -> i64 {
        let person = server.person("goner", "Gina Goner").await;
        self.organization.put(&person, "member").await;
        person.user_id
    }

    /// A request that is right in itself, with everything it is about freshly made.
    #[expect(clippy::too_many_lines, reason = "one table of requests")]
    async fn call(&self, server: &TestServer, operation: &str, caller: &str) -> Call {
        let organization = self.organization.id;
        let nothing = Vec::new;
        let (ids, body): (Vec<i64>, Option<Value>) = match operation {
            "DELETE /api/v1/me/tokens/{id}" => {
                let made = self.person("member").post("me/tokens", &json!({"name": "t"})).expect(201).await;
                (vec![made["id"].as_i64().expect("an id")], None)
            }
            "POST /api/v1/me/tokens" => (nothing(), Some(json!({"name": "script"}))),
            "POST /api/v1/organizations" => (nothing(), Some(json!({"name": "New society"}))),
            "PATCH /api/v1/organizations/{id}" => {
                (vec![organization], Some(json!({"data": {"description": "Changed."}})))
            }
            "POST /api/v1/organizations/{id}/members" => {
                (vec![organization], Some(json!({"andrew_id": "newcomer", "user_role": "member"})))
            }
            "PUT /api/v1/organizations/{id}/members/{user_id}" => {
                (vec![organization, self.membership(server).await], Some(json!({"user_role": "observer"})))
            }
            "DELETE /api/v1/organizations/{id}/members/{user_id}" => {
                (vec![organization, self.membership(server).await], None)
            }
            "POST /api/v1/organizations/{id}/members/import" => {
                let csv = "andrew_id,name\nimported,Ines Imported\n";
                (vec![organization], Some(json!({"csv": csv, "dry_run": false})))
            }
            "DELETE /api/v1/organizations/{id}"
            | "POST /api/v1/organizations/{id}/archive"
            | "POST /api/v1/organizations/{id}/restore"
            | "POST /api/v1/organizations/{id}/transfer" => {
                let (organization, heir) = self.another_organization(server).await;
                let body = operation.ends_with("transfer").then(|| json!({"user_id": heir}));
                (vec![organization], body)
            }
            "GET /api/v1/organizations/{id}/committees" => (vec![organization], None),
            "POST /api/v1/organizations/{id}/committees" => {
                (vec![organization], Some(json!({"name": self.unused("Committee")})))
            }
            "PATCH /api/v1/committees/{id}" => {
                (vec![self.committee().await], Some(json!({"name": self.unused("Renamed")})))
            }
            "DELETE /api/v1/committees/{id}" | "GET /api/v1/committees/{id}/members" => {
                (vec![self.committee().await], None)
            }
            "PUT /api/v1/committees/{id}/members/{user_id}" => {
                let ids = vec![self.committee().await, self.membership(server).await];
                (ids, Some(json!({"user_role": "member"})))
            }
            "DELETE /api/v1/committees/{id}/members/{user_id}" => {
                let (committee, person) = (self.committee().await, self.membership(server).await);
                let path = format!("committees/{committee}/members/{person}");
                self.person("owner").put(&path, &json!({"user_role": "member"})).expect(201).await;
                (vec![committee, person], None)
            }
            "POST /api/v1/users/{id}/merge" => {
                let kept = server.person(&self.unused("kept"), "Kept").await.user_id;
                let duplicate = server.person(&self.unused("duplicate"), "Duplicate").await.user_id;
                (vec![kept], Some(json!({"duplicate_user_id": duplicate})))
            }
            _ if operation.contains(" /api/v1/users/{id}") => {
                (vec![server.person(&self.unused("person"), "Person").await.user_id], None)
            }
            "POST /api/v1/role-grants" => {
                let person = self.membership(server).await;
                // Granting the same twice is no second grant.
                let role = if caller == "chair" { "observer" } else { "teller" };
                (nothing(), Some(json!({"role": role, "user_id": person, "organization_id": organization})))
            }
            "DELETE /api/v1/role-grants/{id}" => {
                let person = self.membership(server).await;
                let body = json!({"role": "auditor", "user_id": person, "organization_id": organization});
                let grant = self.person("owner").post("role-grants", &body).expect(201).await;
                (vec![grant["id"].as_i64().expect("an id")], None)
            }
            "DELETE /api/v1/role-grants/pending/{id}" => {
                let body =
                    json!({"role": "teller", "email": "zoe@example.org", "organization_id": organization});
                let promise = self.person("owner").post("role-grants", &body).expect(202).await;
                (vec![promise["id"].as_i64().expect("an id")], None)
            }
            "GET /api/v1/organizations/{id}"
            | "GET /api/v1/organizations/{id}/rules"
            | "GET /api/v1/organizations/{id}/rules/versions"
            | "GET /api/v1/organizations/{id}/members"
            | "GET /api/v1/organizations/{id}/proxies"
            | "GET /api/v1/organizations/{id}/audit" => (vec![organization], None),
            "GET /api/v1/organizations/{id}/rules/versions/{version}" => (vec![organization, 1], None),
            "POST /api/v1/sessions" => {
                (nothing(), Some(json!({"organization_id": organization, "title": "Sitting"})))
            }
            "POST /api/v1/sessions/join" => (nothing(), Some(json!({"join_code": self.session().await.1}))),
            "POST /api/v1/sessions/{id}/open" => {
                let session = self.session().await.0;
                self.person("host").do_post(&format!("sessions/{session}/lock")).expect(200).await;
                (vec![session], None)
            }
            "PUT /api/v1/sessions/{id}/attendance/{user_id}" => {
                let someone = self.person("member").user_id;
                (vec![self.session().await.0, someone], Some(json!({"status": "present"})))
            }
            "DELETE /api/v1/sessions/{id}/attendance/{user_id}" => {
                (vec![self.session().await.0, self.person("observer").user_id], None)
            }
            "POST /api/v1/sessions/{id}/proxies" => {
                let body = json!({
                    "principal_user_id": self.person("participant").user_id,
                    "holder_user_id": self.person("host").user_id,
                });
                (vec![self.session().await.0], Some(body))
            }
            "DELETE /api/v1/sessions/{id}/proxies/{proxy_id}" => {
                let session = self.session().await.0;
                let body = json!({
                    "principal_user_id": self.person("participant").user_id,
                    "holder_user_id": self.person("host").user_id,
                });
                let path = format!("sessions/{session}/proxies");
                let proxy = self.person("host").post(&path, &body).expect(201).await;
                (vec![session, proxy["id"].as_i64().expect("an id")], None)
            }
            "GET /api/v1/me/proxies" => (nothing(), None),
            "POST /api/v1/organizations/{id}/proxies" => {
                // Each in a year of its own: spans of one principal may not meet.
                let year = 2100 + self.spans.fetch_add(1, Ordering::Relaxed);
                let body = json!({
                    "principal_user_id": self.person("participant").user_id,
                    "holder_user_id": self.person("member").user_id,
                    "from": format!("{year}-01-01T00:00:00Z"), "until": format!("{year}-07-01T00:00:00Z"),
                });
                (vec![organization], Some(body))
            }
            "GET /api/v1/proxies/{id}" => (vec![self.mandate(operation).await], None),
            _ if operation.contains(" /api/v1/proxies/{id}") => {
                (vec![self.mandate(operation).await], Some(json!({})))
            }
            "POST /api/v1/sessions/{id}/events" => {
                (vec![self.session().await.0], Some(json!({"event_type": "motion", "name": "Motion"})))
            }
            "PATCH /api/v1/events/{id}" => (vec![self.event(&[]).await], Some(json!({"name": "Another"}))),
            "GET /api/v1/events/{id}" | "DELETE /api/v1/events/{id}" | "POST /api/v1/events/{id}/open" => {
                (vec![self.event(&[]).await], None)
            }
            "POST /api/v1/events/{id}/votes" => {
                (vec![self.event(&["open"]).await], Some(json!({"vote_response": ["yes"]})))
            }
            "POST /api/v1/sessions/{id}/quick-votes" => {
                (vec![self.session().await.0], Some(json!({"preset": "Straw poll"})))
            }
            "POST /api/v1/events/{id}/extend" => {
                let session = self.session().await.0;
                let body = json!({"preset": "Straw poll", "duration": 600});
                let path = format!("sessions/{session}/quick-votes");
                let event = self.person("host").post(&path, &body).expect(201).await;
                (vec![event["id"].as_i64().expect("an id")], Some(json!({"seconds": 60})))
            }
            "POST /api/v1/events/{id}/share" | "POST /api/v1/events/{id}/unshare" => {
                (vec![self.event(&["open"]).await], None)
            }
            "GET /api/v1/events/{id}/motion" => (vec![self.event(&[]).await], None),
            "PUT /api/v1/events/{id}/motion" => {
                (vec![self.event(&[]).await], Some(json!({"text": "The senate buys chairs."})))
            }
            "POST /api/v1/events/{id}/amendments" => {
                (vec![self.event(&[]).await], Some(json!({"inserts": "In June."})))
            }
            "POST /api/v1/events/{id}/reconsider" => {
                let event = self.event(&["open"]).await;
                let votes = format!("events/{event}/votes");
                self.person("participant").post(&votes, &json!({"vote_response": ["yes"]})).expect(201).await;
                for step in ["close", "release"] {
                    self.person("host").do_post(&format!("events/{event}/{step}")).expect(200).await;
                }
                (vec![event], Some(json!({})))
            }
            "POST /api/v1/events/{id}/withdraw" => (vec![self.event(&[]).await], Some(json!({}))),
            "POST /api/v1/events/{id}/annul" => {
                (vec![self.event(&["open"]).await], Some(json!({"reason": "By mistake."})))
            }
            "POST /api/v1/events/{id}/tie" => {
                (vec![self.event(&["open", "close"]).await], Some(json!({"choice": "yes"})))
            }
            "GET /api/v1/events/{id}/vote-instances"
            | "GET /api/v1/events/{id}/turnout"
            | "POST /api/v1/events/{id}/close" => (vec![self.event(&["open"]).await], None),
            "GET /api/v1/events/{id}/results"
            | "GET /api/v1/events/{id}/votes"
            | "POST /api/v1/events/{id}/release" => (vec![self.event(&["open", "close"]).await], None),
            _ if operation.contains(" /api/v1/sessions/{id}") => (vec![self.session().await.0], None),
            _ if operation.contains('{') => {
                panic!("say in tests/endpoints.rs what {operation} needs when {caller} calls it")
            }
            _ => (nothing(), None),
        };
        let (method, path) = operation.split_once(' ').expect("method and path");
        let mut path = path.replace("{file}", "minutes.xlsx");
        for id in ids {
            path = filled(&path, &id.to_string());
        }
        if operation.starts_with("GET /api/v1/role-grants") {
            path = format!("{path}?organization_id={organization}");
        }
        Call { method: method.parse().expect("a method"), path, body }
    }
}

/// Puts an id into the first gap of a path.
fn filled(path: &str, id: &str) -> String {
    let (start, rest) = path.split_once('{').unwrap_or_else(|| panic!("{path} has no place for {id}"));
    let (_, end) = rest.split_once('}').expect("a closing brace");
    format!("{start}{id}{end}")
}

async fn send(client: &Client, call: &Call) -> Answer {
    let request = client.request(call.method.clone(), &call.path);
    match &call.body {
        Some(body) => request.json(body).send().await,
        None => request.send().await,
    }
}

/// What is wrong with an answer, when something is.
fn judge(operation: &str, who: &str, answer: Answer, status: u16) -> Option<String> {
    if answer.status != status {
        return Some(format!("{operation} by {who} should be {status}: {answer}"));
    }
    let code = match status {
        401 => "not_signed_in",
        404 => "not_found",
        400.. => return (answer.code().is_empty()).then(|| format!("no problem document: {answer}")),
        _ => return None,
    };
    if answer.code() != code {
        return Some(format!("{operation} by {who} should be {code}: {answer}"));
    }
    if status == 401 && answer.header("www-authenticate").is_none() {
        return Some(format!("{operation} by {who} says not how to sign in: {answer}"));
    }
    answer.refused(status, code);
    None
}

#[tokio::test]
async fn everyone_gets_the_answer_in_the_table() {
    let server = TestServer::start().await;
    let cast = Cast::new(&server).await;
    let mut wrong = Vec::new();
    for Line { operation, expected } in table() {
        match expected {
            Expected::Public(status) => {
                let call = cast.call(&server, &operation, "everybody").await;
                for (who, client) in [("nobody", &cast.nobody), ("somebody", &**cast.person("member"))] {
                    let answer = send(client, &call).await;
                    if answer.status != status {
                        wrong.push(format!("{operation} by {who} should be {status}: {answer}"));
                    }
                }
            }
            Expected::Guarded { signed_out, wrong: refused, elsewhere, right } => {
                let call = cast.call(&server, &operation, "who may not").await;
                wrong.extend(judge(&operation, "nobody", send(&cast.nobody, &call).await, signed_out));
                let answer = send(&cast.elsewhere, &call).await;
                wrong.extend(judge(&operation, "somebody elsewhere", answer, elsewhere));
                for who in refused.who {
                    let answer = send(cast.person(who), &call).await;
                    wrong.extend(judge(&operation, who, answer, refused.status));
                }
                let mut fresh = call;
                for (number, who) in right.who.into_iter().enumerate() {
                    // Those who were refused changed nothing, so the first finds everything as it was.
                    if number > 0 {
                        fresh = cast.call(&server, &operation, who).await;
                    }
                    let answer = send(cast.person(who), &fresh).await;
                    wrong.extend(judge(&operation, who, answer, right.status));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers are not those of the table:\n{}", wrong.len(), wrong.join("\n\n"));
    server.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_by_anybody() {
    let server = TestServer::start().await;
    let cast = Cast::new(&server).await;
    let mut wrong = Vec::new();
    for Line { operation, .. } in table().iter().filter(|line| line.operation.contains('{')) {
        let call = cast.call(&server, operation, "owner").await;
        let (_, path) = operation.split_once(' ').expect("a path");
        for id in [NOBODY, "0", "99999999999999999999", "1e3", "abc", "%00", "-1"] {
            let missing = path.replace("{file}", "minutes.xlsx");
            let missing =
                missing.replace("{user_id}", "1").replace("{proxy_id}", "1").replace("{version}", "1");
            let gone =
                Call { path: filled(&missing, id), method: call.method.clone(), body: call.body.clone() };
            wrong.extend(judge(operation, "owner", send(cast.person("owner"), &gone).await, 404));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let owner = cast.person("owner");
    owner.get("/api/v1/nothing/here").refused(404, "not_found").await;
    owner.delete("me").refused(405, "method_not_allowed").await;
    server.stop().await;
}
