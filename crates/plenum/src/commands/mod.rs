//! The commands of the program.

mod administrator;
mod check;
mod count;
mod serve;
mod token;
mod verify;

pub use administrator::administrator;
pub use check::check;
pub use count::{CountArguments, count};
pub use serve::serve;
pub use token::token;
pub use verify::{VerifyArguments, verify};

use crate::config::Config;
use crate::database::Database;

/// Brings the configured database up to date.
///
/// # Errors
/// A sentence for the operator.
pub async fn migrate(config: &Config) -> Result<(), String> {
    let database = Database::open(config).await.map_err(|error| error.to_string())?;
    let migrated = database.migrate().await.map_err(|error| error.to_string());
    database.close().await.map_err(|error| error.to_string())?;
    migrated?;
    eprintln!("The database is up to date.");
    Ok(())
}
