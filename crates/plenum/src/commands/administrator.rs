use plenum_application::Failure;
use plenum_application::use_cases::AppointAdministrator;
use plenum_domain::text::AndrewId;

use crate::config::Config;
use crate::database::Database;
use crate::{demo, log_key};

/// Makes a person an administrator of the whole server, who then appoints others over the API.
///
/// # Errors
/// A sentence for the operator.
pub async fn administrator(config: &Config, andrew_id: &str) -> Result<(), String> {
    let use_case = AppointAdministrator {
        andrew_id: AndrewId::parse(andrew_id).map_err(|error| format!("--andrew-id {error}"))?,
    };
    let database = Database::open(config).await.map_err(|error| error.to_string())?;
    let appointed = async {
        database.migrate().await.map_err(|error| error.to_string())?;
        let log_key = log_key::open(config).map_err(|error| error.to_string())?;
        let app = demo::app_without_sign_in(database.pool.clone(), log_key);
        app.run(&use_case).await.map_err(|failure| match failure {
            Failure::NotFound(_) => format!(
                "nobody with the login name {andrew_id} is known here. Let them sign in once, or run: \
                 plenum token --andrew-id {andrew_id}"
            ),
            failure => failure.to_string(),
        })
    }
    .await;
    // A joined cluster is left again even when it failed.
    database.close().await.map_err(|error| error.to_string())?;
    let (user, new) = appointed?;
    let now = if new { "now administers" } else { "administered" };
    let already = if new { "" } else { " already" };
    println!("{} ({}) {now} this server{already}.", user.name, user.andrew_id);
    Ok(())
}
