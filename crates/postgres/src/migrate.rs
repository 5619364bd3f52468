//! The migrations, built into the program.

use sqlx::migrate::Migrator;

/// Every migration under `migrations/`, in order.
pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");
