//! Connections that break, and what the store says then.

use std::time::Duration;

use plenum_domain::text::{AndrewId, PersonName};
use plenum_ports::repository::{LoginAttempt, NewUser, TokenHash};
use plenum_ports::{Constraint, Store, StoreError};
use plenum_postgres::PgStore;
use plenum_postgres::testing::TestDatabase;

async fn store(database: &TestDatabase, connections: u32) -> PgStore {
    let options = database.connect_options();
    PgStore::new(plenum_postgres::connect(options, connections).await.expect("the server answers"))
}

fn ada() -> NewUser {
    NewUser {
        name: PersonName::parse("Ada").expect("a name"),
        andrew_id: AndrewId::parse("ada").expect("a login name"),
        subject: None,
    }
}

/// Ends every connection of the store, as a restart of the server does.
async fn break_connections(database: &TestDatabase) {
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'plenum'",
    )
    .execute(database.pool())
    .await
    .expect("they are ended");
    // The backends are told, and end a moment later.
    loop {
        let left: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'plenum'",
        )
        .fetch_one(database.pool())
        .await
        .expect("they are counted");
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_commit_over_a_broken_connection_has_an_unknown_outcome() {
    let database = TestDatabase::new().await;
    let store = store(&database, 2).await;
    let mut tx = store.begin().await.expect("a transaction");
    tx.users().insert(&ada()).await.expect("a person");
    break_connections(&database).await;
    let answer = tx.commit().await;
    assert!(matches!(answer, Err(StoreError::UnknownOutcome(_))), "{answer:?}");
}

#[tokio::test]
async fn a_statement_over_a_broken_connection_finds_nobody_and_the_next_transaction_works() {
    let database = TestDatabase::new().await;
    let store = store(&database, 2).await;
    let mut tx = store.begin().await.expect("a transaction");
    break_connections(&database).await;
    let answer = tx.users().insert(&ada()).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    drop(tx);
    let mut tx = store.begin().await.expect("a transaction");
    tx.users().insert(&ada()).await.expect("a person");
    tx.commit().await.expect("it is committed");
}

#[tokio::test]
async fn a_full_pool_says_so() {
    let database = TestDatabase::new().await;
    let store = store(&database, 1).await;
    let _held = store.begin().await.expect("a transaction");
    let answer = store.begin().await.map(drop);
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}

#[tokio::test]
async fn a_transaction_says_itself_how_it_runs() {
    let database = TestDatabase::new().await;
    let store = store(&database, 1).await;
    sqlx::query("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY")
        .execute(store.pool())
        .await
        .expect("it is set");
    let mut tx = store.begin().await.expect("a transaction");
    tx.users().insert(&ada()).await.expect("it writes, whatever the server's settings");
}

#[tokio::test]
async fn a_failed_transaction_is_not_committed_in_silence() {
    let database = TestDatabase::new().await;
    let store = store(&database, 2).await;
    let mut tx = store.begin().await.expect("a transaction");
    tx.users().insert(&ada()).await.expect("a person");
    let answer = tx.users().insert(&ada()).await;
    assert!(matches!(answer, Err(StoreError::Violated(Constraint::AndrewId))), "{answer:?}");
    let answer = tx.commit().await;
    assert!(matches!(answer, Err(StoreError::Other(_))), "{answer:?}");
}

#[tokio::test]
async fn errors_quote_nothing_of_what_was_written() {
    let database = TestDatabase::new().await;
    let store = store(&database, 2).await;
    let mut tx = store.begin().await.expect("a transaction");
    let attempt = LoginAttempt {
        state: TokenHash([1; 32]),
        browser: TokenHash([2; 32]),
        nonce: "a secret".to_owned(),
        pkce_verifier: "another \0 secret".to_owned(),
        next: "/".to_owned(),
        expires_at: tx.now().await.expect("the time"),
    };
    let error = tx.logins().insert_attempt(&attempt).await.expect_err("text holds no NUL");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn every_connection_is_bounded() {
    let database = TestDatabase::new().await;
    let store = store(&database, 1).await;
    for (setting, expected) in [
        ("statement_timeout", "30s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("application_name", "plenum"),
    ] {
        let found: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(store.pool())
            .await
            .expect("the setting");
        assert_eq!(found, expected, "{setting}");
    }
}
