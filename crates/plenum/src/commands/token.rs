use plenum_application::use_cases::IssueToken;
use plenum_domain::text::{AndrewId, PersonName, TokenName};

use crate::config::Config;
use crate::database::Database;
use crate::{demo, log_key};

/// Prints a fresh API token for a person, who is added when nobody of that login name is known. The
/// token alone goes to standard output.
///
/// # Errors
/// A sentence for the operator.
pub async fn token(config: &Config, andrew_id: &str, name: Option<&str>, label: &str) -> Result<(), String> {
    let use_case = IssueToken {
        andrew_id: AndrewId::parse(andrew_id).map_err(|error| format!("--andrew-id {error}"))?,
        person_name: name.map(PersonName::parse).transpose().map_err(|error| format!("--name {error}"))?,
        token_name: TokenName::parse(label).map_err(|error| format!("--label {error}"))?,
    };
    let database = Database::open(config).await.map_err(|error| error.to_string())?;
    let issued = async {
        database.migrate().await.map_err(|error| error.to_string())?;
        let log_key = log_key::open(config).map_err(|error| error.to_string())?;
        let app = demo::app_without_sign_in(database.pool.clone(), log_key);
        app.run(&use_case).await.map_err(|failure| failure.to_string())
    }
    .await;
    // A joined cluster is left again even when the token failed.
    database.close().await.map_err(|error| error.to_string())?;
    let (issued, user, added) = issued?;
    if added {
        eprintln!("{} ({}) was not known and has been added.", user.name, user.andrew_id);
    }
    eprintln!("A token for {} (user {}). It is shown this once:", user.name, user.id);
    println!("{}", issued.secret.reveal());
    Ok(())
}
