//! Every operation of the API description, called by everyone it is and is not for.
//!
//! What each of them is to get is written by hand in `endpoints.txt`; what everybody gets in every state is
//! written down in `docs/MATRIX.md`. An operation that is missing in either fails the test.

mod cast;
mod matrix;

use std::collections::BTreeSet;

use cast::Call;
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
    assert!(missing.is_empty(), "not in tests/tests/endpoints.txt: {missing:#?}");
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

#[tokio::test]
async fn other_paths_and_methods_are_told_apart() {
    let server = TestServer::start().await;
    let owner = server.person("owner", "Olga Owner").await;
    owner.get("/api/v1/nothing/here").refused(404, "not_found").await;
    owner.delete("me").refused(405, "method_not_allowed").await;
    server.stop().await;
}
