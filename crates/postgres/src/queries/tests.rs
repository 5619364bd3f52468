//! What only this adapter can get wrong: whether the schema is the one of this program.

use plenum_ports::StoreError;
use plenum_ports::queries::Queries;

use super::PgQueries;
use crate::testing::TestDatabase;

async fn ready_after(statement: &'static str) -> bool {
    let database = TestDatabase::new().await;
    sqlx::query(statement).execute(database.pool()).await.expect(statement);
    PgQueries::new(database.pool().clone()).ready().await.expect("the database answers")
}

#[tokio::test]
async fn a_migrated_database_is_ready() {
    assert!(ready_after("SELECT 1").await);
}

#[tokio::test]
async fn another_schema_is_not_ready() {
    for statement in [
        "DROP TABLE _sqlx_migrations",
        "TRUNCATE _sqlx_migrations",
        "UPDATE _sqlx_migrations SET success = false",
        "UPDATE _sqlx_migrations SET checksum = 'changed afterwards'",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999999, 'of a newer program', true, 'unknown', 0)",
    ] {
        assert!(!ready_after(statement).await, "{statement}");
    }
}

#[tokio::test]
async fn an_empty_database_is_not_ready() {
    let database = TestDatabase::open_empty().await.expect("a server to test on");
    assert!(!PgQueries::new(database.pool().clone()).ready().await.expect("the database answers"));
}

#[tokio::test]
async fn a_database_that_does_not_answer_says_why() {
    let database = TestDatabase::new().await;
    let queries = PgQueries::new(database.pool().clone());
    database.pool().close().await;
    assert!(matches!(queries.ready().await, Err(StoreError::Unavailable(_))));
}
