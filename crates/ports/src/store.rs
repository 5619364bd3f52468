//! The store and its transactions.

use async_trait::async_trait;
use plenum_domain::Moment;

use crate::error::StoreError;
use crate::repository::{
    ApiTokenRepository, AttendanceRepository, AuditRepository, BallotBox, ClientRepository,
    CommitteeRepository, EventRepository, IdempotencyRepository, LogRepository, LoginRepository,
    MissRepository, MotionRepository, NominationRepository, OrganizationRepository, PresenceRepository,
    ProxyRepository, ResultRepository, RoleRepository, RulesRepository, SealedVotes, SessionRepository,
    UserRepository,
};

/// Where everything is kept.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a transaction at READ COMMITTED.
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError>;
}

/// A transaction. Dropping it without [`commit`](Tx::commit) undoes everything.
///
/// After any error but a missing row the transaction is spent: a use case returns, it does not carry on.
#[async_trait]
pub trait Tx: Send {
    /// The database's clock at this instant (not at the beginning of the transaction).
    async fn now(&mut self) -> Result<Moment, StoreError>;
    /// People.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// Organizations and their members.
    fn organizations(&mut self) -> &mut dyn OrganizationRepository;
    /// The versions of organizations' rules.
    fn rules(&mut self) -> &mut dyn RulesRepository;
    /// Committees and who belongs to them.
    fn committees(&mut self) -> &mut dyn CommitteeRepository;
    /// API clients.
    fn clients(&mut self) -> &mut dyn ClientRepository;
    /// Role grants.
    fn roles(&mut self) -> &mut dyn RoleRepository;
    /// Sittings.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Vote instances and the attendance log.
    fn attendance(&mut self) -> &mut dyn AttendanceRepository;
    /// The waiting list and presence checks.
    fn presence(&mut self) -> &mut dyn PresenceRepository;
    /// Mandates.
    fn proxies(&mut self) -> &mut dyn ProxyRepository;
    /// Events and their rolls.
    fn events(&mut self) -> &mut dyn EventRepository;
    /// Casting, apart from everything else.
    fn ballot_box(&mut self) -> &mut dyn BallotBox;
    /// Motions beside their votes.
    fn motions(&mut self) -> &mut dyn MotionRepository;
    /// Offices to be filled, and who is nominated for them.
    fn offices(&mut self) -> &mut dyn NominationRepository;
    /// Secret votes.
    fn sealed(&mut self) -> &mut dyn SealedVotes;
    /// Counted results.
    fn results(&mut self) -> &mut dyn ResultRepository;
    /// Signed-in browsers and logins under way.
    fn logins(&mut self) -> &mut dyn LoginRepository;
    /// API tokens.
    fn api_tokens(&mut self) -> &mut dyn ApiTokenRepository;
    /// The audit log.
    fn audit(&mut self) -> &mut dyn AuditRepository;
    /// The log: leaves and trees.
    fn log(&mut self) -> &mut dyn LogRepository;
    /// Answers kept for requests that are sent again.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;
    /// Join codes that led nowhere.
    fn misses(&mut self) -> &mut dyn MissRepository;
    /// Makes everything durable.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
