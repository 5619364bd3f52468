//! Problem details: their form, their codes, and what they never say.

use axum::http::Method;
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use plenum_application::Failure;
use plenum_ports::StoreError;

use super::world::World;
use crate::problem::{Code, Problem, section};

/// The rules' own codes, read from where they are defined.
fn refusal_codes() -> Vec<&'static str> {
    let mut codes = Vec::new();
    for source in [REFUSALS, MOVES] {
        let (_, table) = source.split_once("const fn code(").expect("the table of codes");
        let table = table.split("const fn is_forbidden(").next().unwrap_or_default();
        let lines = table.lines().filter_map(|line| line.trim().strip_suffix("\","));
        codes.extend(lines.filter_map(|line| line.split_once("=> \"").map(|(_, code)| code)));
    }
    assert!(codes.len() > 100, "{codes:?}");
    codes
}

const REFUSALS: &str = include_str!("../../../domain/src/refusal.rs");
const MOVES: &str = include_str!("../../../domain/src/event/wrong_move.rs");

/// The rules' own sentences, as they are written where they are defined.
fn refusal_sentences() -> Vec<String> {
    let mut sentences = Vec::new();
    for rest in [REFUSALS, MOVES].into_iter().flat_map(|source| source.split("#[error(").skip(1)) {
        let (inside, _) = rest.split_once(")]").expect("the end of the attribute");
        // What `transparent` passes on stands where it comes from.
        let Some(text) = inside.trim().strip_prefix('"') else { continue };
        let lines = text.trim_end_matches(['"', ',', '\n', ' ']).lines();
        let joined: Vec<&str> = lines.map(|line| line.trim().trim_end_matches('\\').trim_end()).collect();
        sentences.push(joined.join(" "));
    }
    sentences
}

/// How advice begins.
const ADVICE: &str = "add annul ask bring cast change choose close decide delete dissolve give issue join leave let look \
    make move name nominate open prepare propose put quote release restore revoke say send set sign there try use vote \
    wait write archive";

#[test]
fn every_refusal_says_what_would_be_right() {
    let sentences = refusal_sentences();
    let advice: Vec<&str> = ADVICE.split_whitespace().collect();
    let advises = |sentence: &str| {
        let clauses = sentence.split(['.', ':', ';', ',']).map(|clause| clause.trim().to_lowercase());
        clauses.into_iter().any(|clause| {
            let words = clause.split_whitespace().skip_while(|word| ["then", "or", "and"].contains(word));
            words.take(1).any(|word| advice.contains(&word))
        })
    };
    let silent: Vec<&String> = sentences.iter().filter(|sentence| !advises(sentence)).collect();
    assert!(silent.is_empty(), "these say only what is wrong: {silent:#?}");
    let told = refusal_codes().len();
    assert_eq!(sentences.len(), told, "a sentence for each code");
}

fn all_codes() -> Vec<&'static str> {
    let mut codes = refusal_codes();
    codes.extend(Code::ALL.iter().map(|code| code.as_str()));
    codes
}

#[test]
fn every_code_is_documented_once_and_nothing_else_is() {
    const ERRORS: &str = include_str!("../../../../docs/ERRORS.md");
    let mut documented: Vec<_> = ERRORS.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let mut codes = all_codes();
    documented.sort_unstable();
    codes.sort_unstable();
    assert_eq!(documented, codes);
}

#[test]
fn the_documented_status_is_the_one_that_is_sent() {
    for code in Code::ALL {
        let section = section(code.as_str()).expect("a section");
        let status = Problem::new(*code, "").status().as_u16();
        let body = section.split_once("\n\n").expect("a text").1;
        assert!(body.starts_with(&format!("{status}. ")), "{section}");
    }
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_description() {
    let world = World::new();
    for code in all_codes() {
        let page = world.get(&format!("/problems/{code}")).send().await;
        assert_eq!(page.status, 200, "{code}");
        assert!(page.text().starts_with(&format!("### {code}\n")) && !page.text().contains("\n#"));
    }
    assert_eq!(world.get("/problems/none").send().await.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_problems() {
    let world = World::new();
    for path in ["/nothing", "/api/v1/nothing", "/api/v1", "/api/v1/me/", "/api/v2/me"] {
        assert_eq!(world.get(path).send().await.problem(), (404, "not_found".to_owned()), "{path}");
    }
    let wrong = world.call(Method::DELETE, "/api/v1/organizations").send().await;
    assert_eq!(wrong.problem(), (405, "method_not_allowed".to_owned()));
    let mut allowed: Vec<_> = wrong.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn what_is_internal_stays_inside() {
    let corrupt = StoreError::Corrupt { table: "users", column: "name", row: 7, reason: "secret".into() };
    let store = [
        (StoreError::Other("password=secret".into()), 500, "internal"),
        (corrupt, 500, "internal"),
        (StoreError::Referenced { constraint: "secret".into() }, 500, "internal"),
        (StoreError::RowCount { statement: "secret", expected: 1, changed: 0 }, 500, "internal"),
        (StoreError::Retry, 503, "unavailable"),
        (StoreError::Unavailable("secret".into()), 503, "unavailable"),
        (StoreError::UnknownOutcome("secret".into()), 503, "outcome_unknown"),
    ];
    for (error, status, code) in store {
        let response = Problem::from(Failure::Store(error)).into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers().contains_key("retry-after"), status == 503);
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let text = std::str::from_utf8(&body).expect("a text");
        assert!(text.contains(code) && !text.contains("secret"), "{text}");
    }
}

#[test]
fn titles_are_words() {
    assert_eq!(crate::problem::title("already_voted"), "Already voted");
}
