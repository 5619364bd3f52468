//! Databases for tests are separate, migrated, and gone afterwards.

use plenum_postgres::migrate::MIGRATOR;
use plenum_postgres::testing::{TestDatabase, hold};
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (one, two) = tokio::join!(TestDatabase::new(), TestDatabase::new());
    assert_ne!(one.name(), two.name());
    sqlx::query("CREATE TABLE only_here (n int)").execute(one.pool()).await.expect("the table is made");
    let found: bool = sqlx::query_scalar("SELECT to_regclass('only_here') IS NOT NULL")
        .fetch_one(two.pool())
        .await
        .expect("the query is answered");
    assert!(!found);
}

#[tokio::test]
async fn every_migration_is_applied() {
    let database = TestDatabase::new().await;
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
        .fetch_one(database.pool())
        .await
        .expect("the query is answered");
    assert_eq!(usize::try_from(applied), Ok(MIGRATOR.iter().count()));

    let empty = TestDatabase::open_empty().await.expect("it is made");
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(empty.pool())
        .await
        .expect("the query is answered");
    assert_eq!(tables, 0);
    MIGRATOR.run(empty.pool()).await.expect("they apply");
    MIGRATOR.run(empty.pool()).await.expect("twice is once");
}

#[tokio::test]
async fn one_function_keeps_every_updated_at() {
    let database = TestDatabase::new().await;
    let columns: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT c.table_name::text,
                (SELECT p.proname::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                 WHERE t.tgrelid = format('public.%I', c.table_name)::regclass AND t.tgname = 'set_timestamp')
         FROM information_schema.columns c
         WHERE c.table_schema = 'public' AND c.column_name = 'updated_at'
         ORDER BY c.table_name",
    )
    .fetch_all(database.pool())
    .await
    .expect("the query is answered");
    assert!(columns.iter().any(|(table, _)| table == "roles"), "{columns:?}");
    let strays: Vec<_> =
        columns.iter().filter(|(_, function)| function.as_deref() != Some("trigger_set_timestamp")).collect();
    assert!(strays.is_empty(), "their updated_at is kept by something else, or by nothing: {strays:?}");
    // And it does keep it.
    let changed: bool = sqlx::query_scalar(
        "WITH person AS (INSERT INTO users (name, andrew_id, updated_at) VALUES ('Ann', 'ann', 'epoch') RETURNING id)
         SELECT true FROM person",
    )
    .fetch_one(database.pool())
    .await
    .expect("a person");
    assert!(changed);
    let kept: bool = sqlx::query_scalar(
        "UPDATE users SET name = 'Anna' WHERE andrew_id = 'ann' RETURNING updated_at > now() - interval '1 hour'",
    )
    .fetch_one(database.pool())
    .await
    .expect("a person");
    assert!(kept);
}

#[tokio::test]
async fn a_dropped_database_is_gone_whoever_is_connected() {
    let hold = hold().await.expect("the server stays");
    let database = TestDatabase::new().await;
    let name = database.name().to_owned();
    let url = database.url();
    let connected = PgConnection::connect(&url).await.expect("the URL works");
    drop(database);
    drop(connected);
    let mut admin = PgConnection::connect(&hold.url()).await.expect("the URL works");
    let found: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&mut admin)
        .await
        .expect("the query is answered");
    assert!(!found);
}
