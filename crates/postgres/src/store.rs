//! Connections and transactions.

use std::time::Duration;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_ports::repository::{
    ApiTokenRepository, AttendanceRepository, AuditRepository, BallotBox, ClientRepository,
    CommitteeRepository, EventRepository, IdempotencyRepository, LogRepository, LoggedEntry, LoginRepository,
    MissRepository, MotionRepository, NominationRepository, OrganizationRepository, PresenceRepository,
    ProxyRepository, ResultRepository, RoleRepository, RulesRepository, SealedVotes, SessionRepository,
    UserRepository,
};
use plenum_ports::{Store, StoreError, Tx};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgQueryResult};
use sqlx::{ConnectOptions, PgConnection, Postgres, Transaction};

use crate::error::{commit_failed, expect_rows, failed};

/// How long a request waits for a connection before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// What every connection is bounded by, so that one stuck client holds up nobody for long.
const BOUNDS: [(&str, &str); 3] =
    [("statement_timeout", "30s"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "60s")];

/// Opens a pool of connections and makes sure that the server answers.
///
/// Statements are not logged: whatever shows up in a log could be a choice.
///
/// # Errors
/// [`StoreError::Unavailable`] when the server cannot be reached or does not let this program in.
pub async fn connect(options: PgConnectOptions, max_connections: u32) -> Result<PgPool, StoreError> {
    pool_options(max_connections).connect_with(bounded(options)).await.map_err(failed)
}

/// The same pool, which connects when it is first used.
pub fn connect_lazily(options: PgConnectOptions, max_connections: u32) -> PgPool {
    pool_options(max_connections).connect_lazy_with(bounded(options))
}

fn pool_options(max_connections: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(max_connections).acquire_timeout(PATIENCE)
}

fn bounded(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("plenum").options(BOUNDS).disable_statement_logging()
}

/// Everything, in PostgreSQL.
#[derive(Clone, Debug)]
pub struct PgStore {
    pool: PgPool,
}

impl PgStore {
    /// Keeps everything in the database that the pool connects to.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The connections, for reading outside a transaction.
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }
}

#[async_trait]
impl Store for PgStore {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        // Said every time: a server may be set to another level, under which waiting for a lock
        // ends in a failure and not in the newest row.
        let tx =
            self.pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await.map_err(failed)?;
        Ok(Box::new(PgTx { tx, spent: false, logged: Vec::new() }))
    }
}

/// A transaction. It is every repository itself; dropping it rolls back.
pub(crate) struct PgTx {
    tx: Transaction<'static, Postgres>,
    /// Something failed. PostgreSQL would answer a `COMMIT` with a silent rollback.
    spent: bool,
    /// Audit lines of this transaction that were not asked for yet.
    pub(crate) logged: Vec<LoggedEntry>,
}

impl PgTx {
    /// Where statements are sent to.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// The answer of a statement; a failure spends the transaction.
    pub(crate) fn done<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        self.kept(answer.map_err(failed))
    }

    /// The answer of a statement that must change so many rows.
    pub(crate) fn changed(
        &mut self,
        statement: &'static str,
        expected: u64,
        answer: Result<PgQueryResult, sqlx::Error>,
    ) -> Result<(), StoreError> {
        let answer = answer.map_err(failed);
        self.kept(answer.and_then(|answer| expect_rows(statement, expected, answer.rows_affected())))
    }

    /// The row that a statement must change and return.
    pub(crate) fn the_row<T>(
        &mut self,
        statement: &'static str,
        answer: Result<Option<T>, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let answer = answer.map_err(failed);
        self.kept(
            answer.and_then(|row| row.ok_or(StoreError::RowCount { statement, expected: 1, changed: 0 })),
        )
    }

    /// The answer of something that was sent along several statements.
    pub(crate) fn kept<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.spent |= result.is_err();
        result
    }
}

#[async_trait]
impl Tx for PgTx {
    async fn now(&mut self) -> Result<Moment, StoreError> {
        let now =
            sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(self.connection()).await;
        self.done(now)
    }

    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn organizations(&mut self) -> &mut dyn OrganizationRepository {
        self
    }

    fn rules(&mut self) -> &mut dyn RulesRepository {
        self
    }

    fn committees(&mut self) -> &mut dyn CommitteeRepository {
        self
    }

    fn clients(&mut self) -> &mut dyn ClientRepository {
        self
    }

    fn roles(&mut self) -> &mut dyn RoleRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn attendance(&mut self) -> &mut dyn AttendanceRepository {
        self
    }

    fn presence(&mut self) -> &mut dyn PresenceRepository {
        self
    }

    fn proxies(&mut self) -> &mut dyn ProxyRepository {
        self
    }

    fn events(&mut self) -> &mut dyn EventRepository {
        self
    }

    fn ballot_box(&mut self) -> &mut dyn BallotBox {
        self
    }

    fn offices(&mut self) -> &mut dyn NominationRepository {
        self
    }

    fn motions(&mut self) -> &mut dyn MotionRepository {
        self
    }

    fn sealed(&mut self) -> &mut dyn SealedVotes {
        self
    }

    fn results(&mut self) -> &mut dyn ResultRepository {
        self
    }

    fn logins(&mut self) -> &mut dyn LoginRepository {
        self
    }

    fn api_tokens(&mut self) -> &mut dyn ApiTokenRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditRepository {
        self
    }

    fn log(&mut self) -> &mut dyn LogRepository {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn misses(&mut self) -> &mut dyn MissRepository {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        if self.spent {
            return Err(StoreError::Other("the transaction is spent since its first error".to_owned()));
        }
        self.tx.commit().await.map_err(commit_failed)
    }
}
