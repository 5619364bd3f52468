//! Every operation of the API description, called by everyone it is and is not for.
//!
//! What each of them gets stands in `endpoints.txt`. An operation that is missing there fails the
//! test, and so does one that is there and not in the description.

mod cast;
mod matrix;

use std::collections::BTreeSet;

use cast::{Call, Cast, filled};
use plenum_tests::{Answer, Client, TestServer};

const TABLE: &str = include_str!("../endpoints.txt");
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
                let call = cast.call(&server, &operation).await;
                for (who, client) in [("nobody", &cast.nobody), ("somebody", &**cast.person("member"))] {
                    let answer = send(client, &call).await;
                    if answer.status != status {
                        wrong.push(format!("{operation} by {who} should be {status}: {answer}"));
                    }
                }
            }
            Expected::Guarded { signed_out, wrong: refused, elsewhere, right } => {
                let call = cast.call(&server, &operation).await;
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
                        fresh = cast.call(&server, &operation).await;
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
        let call = cast.call(&server, operation).await;
        let (_, path) = operation.split_once(' ').expect("a path");
        for id in [NOBODY, "0", "99999999999999999999", "1e3", "abc", "%00", "-1"] {
            let missing = path.replace("{file}", "minutes.xlsx");
            let missing =
                missing.replace("{user_id}", "1").replace("{proxy_id}", "1").replace("{version}", "1");
            let missing = missing.replace("{client_id}", "1").replace("{token_id}", "1");
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
