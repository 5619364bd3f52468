//! What every store must do, held against PostgreSQL: each behaviour on a database of its own.

use std::sync::Arc;

use plenum_ports::Store;
use plenum_ports::contract::World;
use plenum_ports::live::Notifier;
use plenum_ports::queries::Queries;
use plenum_postgres::testing::TestDatabase;
use plenum_postgres::{PgNotifier, PgQueries, PgStore};
use sqlx::PgPool;

struct Database {
    pool: PgPool,
    _database: TestDatabase,
}

impl Database {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let pool = plenum_postgres::connect_lazily(database.connect_options(), 6);
        Self { pool, _database: database }
    }
}

impl World for Database {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(PgStore::new(self.pool.clone()))
    }

    fn queries(&self) -> Arc<dyn Queries> {
        Arc::new(PgQueries::new(self.pool.clone()))
    }

    fn notifier(&self) -> Arc<dyn Notifier> {
        Arc::new(PgNotifier::new(self.pool.clone()))
    }
}

plenum_ports::contract_tests!(Database::new().await);
