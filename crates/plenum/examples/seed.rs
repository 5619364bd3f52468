//! Fills a database with the demonstration organization, or with a large one (`--large`).

use std::process::ExitCode;

use plenum::config::Config;
use plenum::database::Database;
use plenum::demo;

#[tokio::main]
async fn main() -> ExitCode {
    match seed().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("seed: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn seed() -> Result<(), String> {
    let large = std::env::args().any(|argument| argument == "--large");
    let config = Config::load(None, std::env::vars()).map_err(|error| error.to_string())?;
    let database = Database::open(&config).await.map_err(|error| error.to_string())?;
    let seeded = fill(&config, &database, large).await;
    database.close().await.map_err(|error| error.to_string())?;
    seeded
}

async fn fill(config: &Config, database: &Database, large: bool) -> Result<(), String> {
    database.migrate().await.map_err(|error| error.to_string())?;
    let log_key = plenum::log_key::open(config).map_err(|error| error.to_string())?;
    let app = demo::app_without_sign_in(database.pool.clone(), log_key);
    if large {
        let report = demo::seed_large(&app).await.map_err(|failure| failure.to_string())?;
        println!(
            "A large organization with {} voting members, {} sessions, {} proxies, {} events and {} votes.",
            report.members, report.sessions, report.proxies, report.events, report.votes
        );
    } else {
        let demo = demo::seed(&app).await.map_err(|failure| failure.to_string())?;
        println!("The demonstration organization; its session's join code is {}.", demo.session.join_code);
    }
    Ok(())
}
