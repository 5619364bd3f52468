//! The whole test run.

use std::time::Instant;

use crate::command::{cargo, program};
use crate::{arrows, conformance, install, offline_queries};

type Step = (&'static str, Box<dyn Fn() -> Result<(), String>>);

/// Runs everything and says pass or fail.
pub(crate) fn run(filter: Option<&str>) -> Result<(), String> {
    let started = Instant::now();
    install::ensure()?;
    let steps: Vec<Step> = match filter {
        Some(filter) => {
            let filter = filter.to_owned();
            vec![("tests", Box::new(move || tests(Some(&filter))))]
        }
        None => vec![
            ("formatting", Box::new(|| cargo(&["fmt", "--all", "--check"]).run())),
            ("arrows", Box::new(arrows::check)),
            ("lints", Box::new(lints)),
            ("tests", Box::new(|| tests(None))),
            ("published counts", Box::new(conformance::run_published)),
            (
                "examples in the documentation",
                Box::new(|| cargo(&["test", "--quiet", "--workspace", "--doc"]).run()),
            ),
            ("offline query data", Box::new(offline_queries::check)),
            ("dependencies", Box::new(dependencies)),
        ],
    };
    for (name, step) in &steps {
        let since = Instant::now();
        eprintln!("== {name}");
        if let Err(sentence) = step() {
            eprintln!("FAIL: {name}: {sentence}");
            return Err("the test run failed".to_owned());
        }
        eprintln!("== {name}: {:.0} s", since.elapsed().as_secs_f64());
    }
    println!("PASS: every test passed in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn lints() -> Result<(), String> {
    cargo(&[
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "--deny",
        "warnings",
    ])
    .run()
}

/// The tests share one database server, held up for the whole run.
fn tests(filter: Option<&str>) -> Result<(), String> {
    // The program under test is built once, with what the tests of the workspace share.
    let held = offline_queries::hold()?;
    let nextest = cargo(&["nextest", "--version"]).succeeds();
    let mut run = if nextest {
        cargo(&["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"])
    } else {
        cargo(&["test", "--workspace", "--all-features", "--no-fail-fast", "--lib", "--bins", "--tests"])
    };
    if let Some(filter) = filter {
        run = run.arg(filter);
    }
    run.env("PLENUM_TEST_DATABASE_URL", &held.admin_url).run()
}

/// Licences, bans and sources of dependencies, where the tool is installed. Its list of advisories is
/// fetched from a place that is not reachable from everywhere and is looked at by hand.
fn dependencies() -> Result<(), String> {
    if !cargo(&["deny", "--version"]).succeeds() {
        eprintln!(
            "cargo-deny is not installed: licences and bans were not checked (cargo install cargo-deny)"
        );
        return Ok(());
    }
    program("cargo", &["deny", "--offline", "check", "licenses", "bans", "sources"]).run()
}
