//! Developer commands. `cargo xtask test` runs every test and ends with a plain pass or fail.

mod arrows;
mod bench_count;
mod command;
mod conformance;
mod install;
mod offline_queries;
mod test_run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use command::cargo;

/// Developer commands of Plenum.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every test, starting and installing what they need.
    Test {
        /// Only the tests whose names contain this; formatting, lints and generated files are skipped.
        filter: Option<String>,
    },
    /// Bring the database of `DATABASE_URL`, or the private one, up to date.
    Migrate,
    /// Fill the database of `DATABASE_URL`, or the private one, with the demonstration organization.
    Seed {
        /// A 2,000-member organization with sittings, proxies, events and votes instead.
        #[arg(long)]
        large: bool,
    },
    /// Write the generated files anew: offline query data, the API description and the matrix.
    Generate,
    /// Check that crates depend on one another in the allowed directions only.
    Arrows,
    /// Count the published elections of a folder again and compare every figure.
    Conformance {
        /// A folder of cases: `<case>.expected.json` and the ballot files they name.
        folder: PathBuf,
    },
    /// Measure speed; the figures go to target/bench.
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Reading and counting a million ballots.
    Count,
    /// Memory of live streams, how soon they hear of a change with one server and with two, and what voting does to them.
    Live {
        /// How many streams; 2,000 when left out.
        streams: Option<u32>,
    },
    /// What a secret vote costs beside a recorded one, and opening, closing and the record.
    Seal {
        /// How many voters; 20,000 when left out.
        voters: Option<u32>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test { filter } => test_run::run(filter.as_deref()),
        Command::Migrate => cargo(&["run", "--quiet", "--package", "plenum", "--", "migrate"]).run(),
        Command::Seed { large } => {
            let mut seed = cargo(&["run", "--quiet", "--package", "plenum", "--example", "seed", "--"]);
            if large {
                seed = seed.arg("--large");
            }
            seed.run()
        }
        Command::Generate => generate(),
        Command::Arrows => arrows::check(),
        Command::Conformance { folder } => conformance::run(&folder),
        Command::Bench { what: Bench::Count } => bench_count::run(),
        Command::Bench { what: Bench::Live { streams } } => bench_live(streams),
        Command::Bench { what: Bench::Seal { voters } } => bench_seal(voters),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn bench_live(streams: Option<u32>) -> Result<(), String> {
    let held = offline_queries::hold()?;
    let mut run =
        cargo(&["run", "--quiet", "--release", "--package", "plenum-tests", "--example", "bench_live"]);
    if let Some(streams) = streams {
        run = run.arg("--").arg(&streams.to_string());
    }
    run.env("PLENUM_TEST_DATABASE_URL", &held.admin_url).run()
}

fn bench_seal(voters: Option<u32>) -> Result<(), String> {
    let mut run =
        cargo(&["run", "--quiet", "--release", "--package", "plenum-tests", "--example", "bench_seal"]);
    if let Some(voters) = voters {
        run = run.arg("--").arg(&voters.to_string());
    }
    run.run()
}

fn generate() -> Result<(), String> {
    offline_queries::write()?;
    cargo(&["test", "--quiet", "--package", "plenum-http", "openapi"]).env("UPDATE_GENERATED", "1").run()?;
    cargo(&["test", "--quiet", "--package", "plenum-tests", "--test", "endpoints", "matrix"])
        .env("UPDATE_GENERATED", "1")
        .run()
}
