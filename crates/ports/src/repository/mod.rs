//! What a transaction can load and write, one trait per kind of thing.
//!
//! "Not there" is `None`; what that means is the use case's decision.

mod access;
mod attendance;
mod audit;
mod ballot_box;
mod client;
mod committee;
mod event;
mod idempotency;
mod log;
mod miss;
mod motion;
mod nomination;
mod organization;
mod presence;
mod role;
mod rules;
mod sealed;
mod session;
mod user;

pub use access::{
    ApiToken, ApiTokenRepository, LoginAttempt, LoginRepository, NewApiToken, NewLogin, TokenHash,
};
pub use attendance::{AttendanceRepository, MandateNote, NewMandate, ProxyRepository};
pub use audit::{AuditEntry, AuditRepository, AuditTarget};
pub use ballot_box::{BallotBox, CastFacts, CastKey, NewVote, Recorded};
pub use client::{ClientRepository, NewClient};
pub use committee::{CommitteeRepository, NewCommittee};
pub use event::{EventRepository, NewEvent, ResultRepository};
pub use idempotency::{ChoiceCheck, Claim, IdempotencyKey, IdempotencyRepository, SavedAnswer};
pub use log::{
    LogCheckpoint, LogHash, LogNode, LogPart, LogRepository, LogTree, LoggedEntry, NewLeaf, Opening,
    QueuedLeaf, TreeKey,
};
pub use miss::{MissKey, MissRepository};
pub use motion::MotionRepository;
pub use nomination::{NewNomination, NewOffice, NominationRepository};
pub use organization::{NewMember, NewOrganization, OrganizationRepository};
pub use presence::{NewPresenceCheck, PresenceRepository};
pub use role::{NewPendingRole, PendingRole, Promisee, RoleRepository};
pub use rules::RulesRepository;
pub use sealed::{Seal, SealState, SealedVote, SealedVotes};
pub use session::{NewScreenLink, NewSession, SessionRepository};
pub use user::{ImportedPerson, NewUser, ProviderSubject, RosterPerson, UserRepository};
