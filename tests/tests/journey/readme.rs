//! The README's example of a sitting, typed as it stands there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use plenum::demo;
use plenum_tests::TestServer;
use serde_json::{Value, json};
use tempfile::TempDir;

const README: &str = include_str!("../../../README.md");

/// What stands around the lines of the README: tokens come from the test, every answer is kept, and an answer that is an
/// error ends everything.
const AROUND: &str = r#"
set -euo pipefail
count=0
cargo() { local name="TOKEN_$6"; echo "${!name}"; }
curl() {
    count=$((count + 1))
    command curl --fail-with-body "$@" | tee "answer-$count"
}
said() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "answer-$count"; }
"#;

/// The lines to type in the section on curl.
fn script(address: &str) -> String {
    let (_, section) = README.split_once("\n## Run a sitting with curl\n").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let typed: String = blocks.collect();
    let (before, rest) = typed.split_once("code=7QK2MD").expect("the code, as the answer said");
    // The code is another one each time; everything else is as the README says.
    let typed = format!("{before}code=$(said join_code){rest}");
    assert!(typed.contains("http://127.0.0.1:8080/"), "the address of a server that was just started");
    format!("{AROUND}{}", typed.replace("http://127.0.0.1:8080", address))
}

fn answers(folder: &Path) -> Vec<Value> {
    let read = |number: usize| fs::read(folder.join(format!("answer-{number}"))).ok();
    let texts = (1..).map_while(read);
    texts.filter_map(|text| serde_json::from_slice(&text).ok()).collect()
}

fn run(script: String, folder: &Path, tokens: Vec<(String, String)>) -> Output {
    let mut bash = Command::new("bash");
    bash.arg("-c").arg(script).current_dir(folder).envs(tokens);
    bash.output().expect("bash and curl are there")
}

#[tokio::test]
async fn what_the_readme_says_to_type_does_what_it_says() {
    let server = TestServer::start().await;
    demo::seed(&server.server.app).await.expect("the demonstration organization");
    let mut tokens = Vec::new();
    for name in ["ben", "dalia", "elif"] {
        tokens.push((format!("TOKEN_{name}"), server.person(name, name).await.token));
    }
    let folder = TempDir::new().expect("a folder");
    let (script, place) = (script(&server.address()), folder.path().to_owned());
    let output = tokio::task::spawn_blocking(move || run(script, &place, tokens)).await.expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    let tail = said.get(said.len().saturating_sub(2000)..).unwrap_or(&said);
    assert!(output.status.success(), "{tail}\n{}", String::from_utf8_lossy(&output.stderr));

    let answers = answers(folder.path());
    let all = |field: &str| -> Vec<&Value> {
        answers.iter().filter_map(|answer| answer.get(field)).filter(|value| !value.is_null()).collect()
    };
    // The numbers that the README goes on with are those that the server gave.
    let session = answers.iter().find(|answer| answer["title"] == "Spring meeting").expect("the session");
    assert_eq!(session["id"], 2);
    let motion = answers.iter().find(|answer| answer["name"] == "Library hours").expect("the motion");
    assert_eq!(motion["id"], 3);
    assert_eq!(all("outcome"), [&json!("adopted"), &json!("elected"), &json!("elected")]);
    let minutes = fs::read(folder.path().join("minutes.pdf")).expect("the minutes");
    assert!(minutes.starts_with(b"%PDF-"));
    server.stop().await;
}
