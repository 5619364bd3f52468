//! The migrated template, its clones, and clearing away what killed tests left.

use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};

use super::TestDatabaseError;
use super::server::Server;
use crate::cluster::stable_hash;
use crate::migrate::MIGRATOR;

/// Held while a template is made. Any number will do that nothing else on the server uses.
const ADVISORY_KEY: i64 = 0x706c_656e_756d_7401;
/// A test's database is left over when it is this old and nobody is connected to it.
const TEST_AGE: i64 = 30 * 60;
/// The templates of other migrations are kept longer: someone may be comparing two versions.
const TEMPLATE_AGE: i64 = 24 * 60 * 60;
/// A clone can meet the server's own housekeeping in the template.
const ATTEMPTS: u32 = 3;
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);
const OBJECT_IN_USE: &str = "55006";

/// Makes sure that the template for today's migrations exists, and tells its name.
pub(super) async fn ensure(server: &Server, admin: &mut PgConnection) -> Result<String, TestDatabaseError> {
    let name = format!("plenum_template_{:016x}", hash_of(&MIGRATOR));
    if exists(admin, &name).await? {
        return Ok(name);
    }
    sqlx::query("SELECT pg_advisory_lock($1)").bind(ADVISORY_KEY).execute(&mut *admin).await?;
    let made = if exists(admin, &name).await? { Ok(()) } else { make(server, admin, &name).await };
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(ADVISORY_KEY).execute(&mut *admin).await?;
    made.map(|()| name)
}

/// Under another name until it is whole, so that nobody clones half a template.
async fn make(server: &Server, admin: &mut PgConnection, name: &str) -> Result<(), TestDatabaseError> {
    let unfinished = format!("{name}_unfinished");
    run(admin, format!("DROP DATABASE IF EXISTS \"{unfinished}\" WITH (FORCE)")).await?;
    run(admin, format!("CREATE DATABASE \"{unfinished}\"")).await?;
    let options = server.options().database(&unfinished);
    let mut connection = PgConnection::connect_with(&options).await?;
    MIGRATOR.run(&mut connection).await?;
    let epoch = server_time(&mut connection).await?;
    connection.close().await?;
    // A database that somebody is connected to cannot be cloned.
    run(admin, format!("ALTER DATABASE \"{unfinished}\" WITH ALLOW_CONNECTIONS false")).await?;
    run(admin, format!("COMMENT ON DATABASE \"{unfinished}\" IS '{epoch}'")).await?;
    run(admin, format!("ALTER DATABASE \"{unfinished}\" RENAME TO \"{name}\"")).await?;
    Ok(())
}

/// A name no other test has, which tells when it was made.
pub(super) async fn fresh_name(admin: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT format('plenum_test_%s_%s', extract(epoch FROM now())::bigint,
                       left(replace(gen_random_uuid()::text, '-', ''), 16))",
    )
    .fetch_one(admin)
    .await
}

/// Makes a database as a copy of another.
pub(super) async fn clone(admin: &mut PgConnection, name: &str, template: &str) -> Result<(), sqlx::Error> {
    let statement = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"");
    for _ in 1..ATTEMPTS {
        match run(admin, statement.clone()).await {
            Err(error) if code_is(&error, OBJECT_IN_USE) => {}
            other => return other,
        }
    }
    run(admin, statement).await
}

/// Drops a test's database, whoever is still connected to it.
pub(super) async fn remove(server: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut admin = PgConnection::connect_with(server).await?;
    // Sessions that were just closed take a moment to end. The server would look again only after
    // a tenth of a second, which adds up over a thousand tests.
    for _ in 0..LOOKS {
        let connected: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1)")
                .bind(name)
                .fetch_one(&mut admin)
                .await?;
        if !connected {
            break;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    run(&mut admin, format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await?;
    admin.close().await
}

/// Drops what tests left that were killed, and templates of migrations no longer in use.
pub(super) async fn sweep(server: &Server) -> Result<(), sqlx::Error> {
    let mut admin = server.connect().await?;
    let left: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database AS d
         WHERE NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datid = d.oid)
           AND CASE
             WHEN datname ~ '^plenum_test_[0-9]{1,12}_'
               THEN split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) - $1
             WHEN datname ~ '^plenum_template_[0-9a-f]{16}$'
               AND shobj_description(oid, 'pg_database') ~ '^[0-9]{1,12}$'
               THEN shobj_description(oid, 'pg_database')::bigint
                    < extract(epoch FROM now()) - $2
             ELSE false
           END",
    )
    .bind(TEST_AGE)
    .bind(TEMPLATE_AGE)
    .fetch_all(&mut admin)
    .await?;
    for name in left {
        // Another process may be sweeping too, or have just begun to use it.
        let _ = run(&mut admin, format!("DROP DATABASE IF EXISTS \"{name}\"")).await;
    }
    admin.close().await
}

async fn exists(admin: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(admin)
        .await
}

async fn server_time(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT extract(epoch FROM now())::bigint").fetch_one(connection).await
}

/// The names in these statements are made here, of letters, digits and underscores.
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await.map(|_| ())
}

fn code_is(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}

/// Changes whenever a migration is added or changed.
fn hash_of(migrator: &Migrator) -> u64 {
    let mut bytes = Vec::new();
    for migration in migrator.iter() {
        bytes.extend(migration.version.to_be_bytes());
        bytes.extend(migration.checksum.iter());
    }
    stable_hash(&bytes)
}

#[cfg(test)]
mod tests {
    use super::super::{TestDatabase, server};
    use super::*;

    #[tokio::test]
    async fn only_what_killed_tests_left_is_swept() {
        let server = server::shared().await.expect("there is a server");
        let mut admin = server.connect().await.expect("it takes connections");
        let fresh = TestDatabase::new().await;
        let connected = format!("plenum_test_2_{}", std::process::id());
        let left = format!("plenum_test_1_{}", std::process::id());
        for name in [&connected, &left] {
            clone(&mut admin, name, "template1").await.expect("it is made");
        }
        let user = PgConnection::connect_with(&server.options().database(&connected))
            .await
            .expect("it takes connections");
        sweep(&server).await.expect("the server sweeps");
        for (name, stays) in [(fresh.name(), true), (&connected, true), (&left, false)] {
            let found = exists(&mut admin, name).await.expect("it answers");
            assert_eq!(found, stays, "{name}");
        }
        user.close().await.expect("it ends");
        // The server takes a moment to notice that nobody is connected any more.
        while exists(&mut admin, &connected).await.expect("it answers") {
            sweep(&server).await.expect("the server sweeps");
        }
    }
}
