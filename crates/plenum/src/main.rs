//! The program `plenum`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use plenum::config::{Config, Log};
use plenum::{commands, telemetry};

/// Runs an organization's decisions: sittings, motions, elections, results anybody can check.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file; plenum.toml where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (the same as no command).
    Serve,
    /// Bring the configured database up to date.
    Migrate,
    /// Say what is wrong with the configuration and the environment.
    Check,
    /// Print a fresh API token for a person.
    Token {
        /// The person's login name.
        #[arg(long)]
        andrew_id: String,
        /// The person's name, used when they are not known yet.
        #[arg(long)]
        name: Option<String>,
        /// What the token is called in the person's list of tokens.
        #[arg(long, default_value = "plenum token")]
        label: String,
    },
    /// Make a person an administrator of the whole server.
    Administrator {
        /// The person's login name; they must be known, from a sign-in, a roster or a token.
        #[arg(long)]
        andrew_id: String,
    },
    /// Count a ballot file by any method and print the count sheet.
    Count(commands::CountArguments),
    /// Check the record of a session: signatures, log, votes and counts.
    Verify(commands::VerifyArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("plenum: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, String> {
    // Counting and checking need neither configuration nor database.
    if let Some(Command::Count(what)) = &arguments.command {
        return commands::count(what).map(|()| ExitCode::SUCCESS);
    }
    if let Some(Command::Verify(what)) = &arguments.command {
        return Ok(commands::verify(what));
    }
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut config =
        Config::load(arguments.config.as_deref(), environment).map_err(|error| error.to_string())?;
    let serving = matches!(arguments.command, None | Some(Command::Serve));
    if !serving && config.log.filter == Log::USUAL {
        // A command answers with its own words.
        "warn".clone_into(&mut config.log.filter);
    }
    telemetry::start(&config.log)?;
    plenum::keys::forbid_core_dumps();
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let done = |()| ExitCode::SUCCESS;
    runtime.block_on(async {
        match arguments.command {
            None | Some(Command::Serve) => commands::serve(config).await.map(done),
            Some(Command::Count(what)) => commands::count(&what).map(done),
            Some(Command::Verify(what)) => Ok(commands::verify(&what)),
            Some(Command::Migrate) => commands::migrate(&config).await.map(done),
            Some(Command::Check) => {
                Ok(if commands::check(&config).await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Some(Command::Administrator { andrew_id }) => {
                commands::administrator(&config, &andrew_id).await.map(done)
            }
            Some(Command::Token { andrew_id, name, label }) => {
                commands::token(&config, &andrew_id, name.as_deref(), &label).await.map(done)
            }
        }
    })
}
