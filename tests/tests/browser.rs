//! A whole sitting in a real browser, driven by `tests/browser/sitting.mjs`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use plenum_tests::{Organization, TestServer, demo_person};
use serde_json::json;
use tokio::process::Command;

/// Longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_mins(10);

/// The folder of the browser tests, with its packages; they are fetched when they are not there.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    // Other test processes wait here.
    let lock = File::open(folder.join("package.json")).expect("package.json");
    lock.lock().expect("a lock");
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    if changed(&folder.join("node_modules/.package-lock.json")) < changed(&folder.join("package-lock.json")) {
        let npm = std::process::Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .expect("npm fetches what these tests use; install Node.js 20 or later with npm");
        let said = String::from_utf8_lossy(&npm.stderr);
        assert!(npm.status.success(), "`npm ci` in tests/browser failed: {said}");
    }
    folder
}

#[tokio::test]
async fn a_whole_sitting_in_a_real_browser() {
    let people = [
        ("ada", "Ada Okonkwo", "owner"),
        ("ben", "Ben Lindqvist", "chair"),
        ("maria", "Maria Silva", "member"),
        ("nils", "Nils Berg", "member"),
        ("olga", "Olga Ivanova", "member"),
        ("ravi", "Ravi Menon", "member"),
        ("sofia", "Sofia Marino", "member"),
    ];
    let elsewhere = [("tove", "Tove Lund"), ("imre", "Imre Nagy")];
    let known = people.iter().map(|(login, name, _)| (login, name));
    let known = known.chain(elsewhere.iter().map(|(login, name)| (login, name)));
    let known = known.map(|(login, name)| demo_person(login, name)).collect();
    let server = TestServer::start_for(known).await;
    let owner = server.person("ada", "Ada Okonkwo").await;
    let organization = Organization::found(&owner, "Student Senate", &json!({})).await;
    for (login, name, role) in &people[1..] {
        let person = server.person(login, name).await;
        organization.put(&person, role).await;
    }
    let rules = json!({"rules": {"attendance": {"admission": "host"}}});
    let guarded = Organization::found(&owner, "Housing Cooperative", &rules).await;
    for (login, name) in elsewhere {
        guarded.put(&server.person(login, name).await, "member").await;
    }
    let folder = tokio::task::spawn_blocking(installed).await.expect("the packages");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pictures = root.join("target/screenshots");
    // The pictures of docs/USING.md are written anew on demand: no two runs have the same codes and times.
    let manual = std::env::var_os("UPDATE_PICTURES").map(|_| root.join("docs/pictures"));
    let wanted = json!({
        "address": server.address(),
        "organization": organization.id,
        "guarded": guarded.id,
        "pictures": pictures,
        "manual": manual,
    });
    let run = Command::new("node")
        .arg("sitting.mjs")
        .arg(wanted.to_string())
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(PATIENCE, run).await.expect("the browser is done in time");
    let run = run.expect("node runs the browser tests; install Node.js 20 or later");
    let said = String::from_utf8_lossy(&run.stderr);
    // Where the seconds go, for who asks with --no-capture.
    println!("{}", String::from_utf8_lossy(&run.stdout));
    assert!(run.status.success(), "{said}\nPictures of every page are in target/screenshots.");
    server.stop().await;
}

#[test]
fn the_manual_shows_pictures_that_are_there_and_small() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let manual = std::fs::read_to_string(docs.join("USING.md")).expect("the manual");
    let shown: Vec<&str> =
        manual.split("](pictures/").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(shown.len() > 5, "{shown:?}");
    let mut total = 0;
    for entry in docs.join("pictures").read_dir().expect("the pictures") {
        let entry = entry.expect("a picture");
        let name = entry.file_name().into_string().expect("a name");
        assert!(shown.contains(&name.as_str()), "docs/USING.md does not show {name}");
        total += entry.metadata().expect("a size").len();
    }
    for name in shown {
        assert!(
            docs.join("pictures").join(name).exists(),
            "no {name}; run UPDATE_PICTURES=1 cargo xtask test browser"
        );
    }
    assert!(total < 700_000, "{total} bytes of pictures");
}
