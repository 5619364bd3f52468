//! The store and its transactions, one at a time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_domain::Moment;
use tokio::sync::{Mutex, OwnedMutexGuard, broadcast};

use super::clock::FakeClock;
use super::live::{KEPT, announcements};
use super::state::State;
use crate::clock::Clock;
use crate::error::StoreError;
use crate::live::Announcement;
use crate::queries::AuditLine;
use crate::repository::{
    ApiTokenRepository, AttendanceRepository, AuditRepository, BallotBox, ClientRepository,
    CommitteeRepository, EventRepository, IdempotencyRepository, LogRepository, LoggedEntry, LoginRepository,
    MissRepository, MotionRepository, NominationRepository, OrganizationRepository, PresenceRepository,
    ProxyRepository, ResultRepository, RoleRepository, RulesRepository, SealedVotes, SessionRepository,
    UserRepository,
};
use crate::store::{Store, Tx};

/// How long a transaction waits for its turn before the store counts as unreachable. Reached only by
/// a test that begins a transaction while it holds another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store in memory. Clones share the same data.
///
/// Transactions take turns: each waits at its beginning until the one before it has ended, works on
/// a copy and puts it in place when it commits. After an error a transaction refuses everything, as
/// the database does. Reads outside a transaction see what was committed and wait for nobody.
#[derive(Clone, Default)]
pub struct MemoryStore {
    committed: Arc<RwLock<Arc<State>>>,
    turn: Arc<Mutex<()>>,
    clock: FakeClock,
    changes: Changes,
}

/// Tells those who listen what was committed.
#[derive(Clone)]
struct Changes(broadcast::Sender<Announcement>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(KEPT).0)
    }
}

impl MemoryStore {
    /// An empty store whose clock shows some evening.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store that tells the time of this clock.
    pub fn with_clock(clock: FakeClock) -> Self {
        Self { clock, ..Self::default() }
    }

    /// The clock of the store.
    pub const fn clock(&self) -> &FakeClock {
        &self.clock
    }

    /// Sets the clock of the store.
    pub fn set_now(&self, now: Moment) {
        self.clock.set(now);
    }

    /// Moves the clock of the store on.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// The whole audit log in the order it was written, lines that concern the server among them.
    pub fn audit_log(&self) -> Vec<AuditLine> {
        self.snapshot().audit.iter().map(|row| row.line.clone()).collect()
    }

    /// What is announced from now on.
    pub(super) fn announced(&self) -> broadcast::Receiver<Announcement> {
        self.changes.0.subscribe()
    }

    /// What was committed until now.
    pub(super) fn snapshot(&self) -> Arc<State> {
        Arc::clone(&self.committed.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turn).lock_owned())
            .await
            .map_err(|_| StoreError::Unavailable("another transaction was never ended".to_owned()))?;
        Ok(Box::new(MemoryTx {
            store: self.clone(),
            work: self.snapshot(),
            spent: false,
            logged: Vec::new(),
            _turn: turn,
        }))
    }
}

/// A transaction on a copy of the state.
pub(super) struct MemoryTx {
    store: MemoryStore,
    work: Arc<State>,
    spent: bool,
    /// Audit lines of this transaction that were not asked for yet.
    pub(super) logged: Vec<LoggedEntry>,
    _turn: OwnedMutexGuard<()>,
}

impl MemoryTx {
    /// The database's clock.
    pub(super) fn time(&self) -> Moment {
        self.store.clock.now()
    }

    fn usable(&self) -> Result<(), StoreError> {
        if self.spent {
            Err(StoreError::Other("the transaction is spent since its first error".to_owned()))
        } else {
            Ok(())
        }
    }

    /// Reads.
    pub(super) fn look<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        self.usable()?;
        Ok(read(&self.work))
    }

    /// Changes something, or fails and spends the transaction.
    pub(super) fn change<T>(
        &mut self,
        write: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.usable()?;
        let outcome = write(Arc::make_mut(&mut self.work));
        self.spent = outcome.is_err();
        outcome
    }
}

#[async_trait]
impl Tx for MemoryTx {
    async fn now(&mut self) -> Result<Moment, StoreError> {
        self.usable()?;
        Ok(self.time())
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
        self.usable()?;
        let known = self.store.snapshot().audit.len();
        *self.store.committed.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&self.work);
        for announcement in announcements(self.work.audit.iter().skip(known).map(|row| &row.line)) {
            // Nobody listening is no mistake.
            let _ = self.store.changes.0.send(announcement);
        }
        Ok(())
    }
}
