use std::sync::Arc;

use plenum_oidc::OidcIdentityProvider;
use plenum_ports::clock::Clock;
use plenum_ports::keys::KeyStore;
use plenum_ports::queries::Queries;
use plenum_postgres::PgQueries;
use plenum_print::Press;

use crate::adapters::SystemClock;
use crate::config::Config;
use crate::database::Database;
use crate::{identity, log_key};

/// The most this machine's clock may differ from the database's before it is worth a warning.
const MOST_DRIFT_SECONDS: i64 = 30;

#[derive(Default)]
struct Findings {
    wrong: usize,
}

impl Findings {
    fn good(what: &str, text: &str) {
        println!("ok       {what}: {text}");
    }

    fn warn(what: &str, text: &str) {
        println!("warning  {what}: {text}");
    }

    fn bad(&mut self, what: &str, text: &str) {
        self.wrong += 1;
        println!("wrong    {what}: {text}");
    }
}

/// Says what is wrong with the configuration and the environment; whether nothing is.
pub async fn check(config: &Config) -> bool {
    let mut findings = Findings::default();
    Findings::good("configuration", "it is complete and every key is known");
    address(config, &mut findings).await;
    sign_in(config, &mut findings).await;
    keys(config, &mut findings).await;
    database(config, &mut findings).await;
    fonts(config);
    record(config, &mut findings);
    if findings.wrong == 0 {
        println!("Everything is in order.");
    } else {
        println!("{} to put right.", findings.wrong);
    }
    findings.wrong == 0
}

async fn address(config: &Config, findings: &mut Findings) {
    match tokio::net::TcpListener::bind(config.listen).await {
        Ok(_) => Findings::good("listen", &format!("{} is free", config.listen)),
        Err(error) => Findings::warn("listen", &format!("{} cannot be used now: {error}", config.listen)),
    }
    let url = config.public_url();
    let local = matches!(config.development_sign_in(), Ok(true));
    if url.scheme() == "https" || local {
        Findings::good("public_url", url.as_str());
    } else {
        findings.bad(
            "public_url",
            &format!("{url} is not https. Browsers keep the sign-in cookie only for https addresses"),
        );
    }
}

async fn sign_in(config: &Config, findings: &mut Findings) {
    match config.development_sign_in() {
        Ok(true) => Findings::good("sign-in", "the built-in one, on this machine only"),
        Err(why) => findings.bad("sign-in", &why),
        Ok(false) => {
            let provider = identity::settings(config).and_then(|settings| {
                OidcIdentityProvider::new(settings, Arc::new(SystemClock)).map_err(|error| error.to_string())
            });
            match provider {
                Err(why) => findings.bad("sign-in", &why),
                Ok(provider) => match provider.check().await {
                    Ok(()) => Findings::good("sign-in", "the provider answers"),
                    Err(error) => findings.bad("sign-in", &error.to_string()),
                },
            }
        }
    }
}

/// Names the scripts that printed papers cannot show.
fn fonts(config: &Config) {
    for folder in config.fonts.iter().filter(|folder| !folder.is_dir()) {
        Findings::warn("fonts", &format!("{} is not a folder that can be read", folder.display()));
    }
    let coverage = Press::new(config.font_folders()).coverage();
    let missing: Vec<&str> = coverage.iter().filter(|one| !one.covered).map(|one| one.script).collect();
    if missing.is_empty() {
        Findings::good("fonts", "every usual script can be printed");
    } else {
        Findings::warn(
            "fonts",
            &format!(
                "printed papers will show the number of a character in place of: {}. Install fonts for them \
                 (on Debian fonts-noto-core, fonts-noto-cjk, fonts-noto-color-emoji) or name a folder that \
                 has some with fonts (PLENUM_FONTS)",
                missing.join(", ")
            ),
        );
    }
}

async fn keys(config: &Config, findings: &mut Findings) {
    let keys = match crate::keys::open(config) {
        Ok(keys) => keys,
        Err(error) => return findings.bad("keys", &error),
    };
    let folder = config.keys_dir();
    match (keys.id().await, keys.list().await) {
        (Ok(id), Ok(kept)) => {
            let text = format!(
                "{} holds {} of store {id}, and only its owner may enter it",
                folder.display(),
                kept.len()
            );
            Findings::good("keys", &text);
        }
        (Err(error), _) | (_, Err(error)) => findings.bad("keys", &error.to_string()),
    }
}

fn record(config: &Config, findings: &mut Findings) {
    match log_key::open(config) {
        Ok(key) => Findings::good("record", &format!("the log is called {} and has its key", key.name())),
        Err(error) => findings.bad("record", &error.to_string()),
    }
}

async fn database(config: &Config, findings: &mut Findings) {
    let database = match Database::open(config).await {
        Ok(database) => database,
        Err(error) => return findings.bad("database", &error.to_string()),
    };
    let queries = PgQueries::new(database.pool.clone());
    match queries.ready().await {
        Ok(true) => Findings::good("database", "it answers and its schema is up to date"),
        Ok(false) => Findings::warn(
            "database",
            "it answers; its schema will be brought up to date at the next start, or with: plenum migrate",
        ),
        Err(error) => findings.bad("database", &error.to_string()),
    }
    match queries.now().await {
        Ok(now) => {
            let drift = (now - SystemClock.now()).num_seconds().abs();
            if drift > MOST_DRIFT_SECONDS {
                Findings::warn(
                    "clock",
                    &format!("this machine's clock is {drift} s away from the database's"),
                );
            } else {
                Findings::good("clock", "this machine and the database agree");
            }
        }
        Err(error) => findings.bad("clock", &error.to_string()),
    }
    if let Err(error) = database.close().await {
        findings.bad("database", &error.to_string());
    }
}
