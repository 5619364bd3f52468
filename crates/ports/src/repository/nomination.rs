//! Offices to be filled, and who is nominated for them.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId, UserId};
use plenum_domain::nomination::{Nomination, NominationAnswer, Office};
use plenum_domain::text::{Statement, Title};

use crate::documents::EventData;
use crate::error::StoreError;

/// An office to be written down.
#[derive(Clone, Debug)]
pub struct NewOffice {
    /// In which sitting.
    pub session_id: SessionId,
    /// What it is called.
    pub name: Title,
    /// How many people it takes.
    pub seats: u32,
    /// How the election will be held, without its candidates.
    pub data: EventData,
    /// The election whose outcome opened nominations again.
    pub follows: Option<EventId>,
    /// Who opens nominations.
    pub created_by_user_id: UserId,
    /// When.
    pub created_at: Moment,
}

/// A nomination to be written down.
#[derive(Clone, Debug)]
pub struct NewNomination {
    /// For what.
    pub office_id: OfficeId,
    /// Who is put forward.
    pub candidate: UserId,
    /// Who puts them forward.
    pub nominated_by: UserId,
    /// When.
    pub nominated_at: Moment,
    /// What they said to it.
    pub answer: Option<NominationAnswer>,
    /// What they have to say for themselves.
    pub statement: Option<Statement>,
}

/// Loads and writes offices and nominations. The office is held by whoever writes.
#[async_trait]
pub trait NominationRepository: Send {
    /// Opens nominations for an office.
    async fn insert_office(&mut self, new: &NewOffice) -> Result<Office, StoreError>;
    /// An office, held until the end of the transaction, and how its election will be held.
    async fn office_for_update(&mut self, id: OfficeId) -> Result<Option<(Office, EventData)>, StoreError>;
    /// The sitting of an office.
    async fn session_of_office(&mut self, id: OfficeId) -> Result<Option<SessionId>, StoreError>;
    /// The office that an election fills.
    async fn office_of_event(&mut self, id: EventId) -> Result<Option<(Office, EventData)>, StoreError>;
    /// Writes the state of an office.
    async fn put_office(&mut self, office: &Office) -> Result<(), StoreError>;
    /// Deletes an office with its nominations.
    async fn delete_office(&mut self, id: OfficeId) -> Result<(), StoreError>;
    /// The nominations for an office, by id.
    async fn nominations(&mut self, id: OfficeId) -> Result<Vec<Nomination>, StoreError>;
    /// The office a nomination is for.
    async fn office_of_nomination(&mut self, id: NominationId) -> Result<Option<OfficeId>, StoreError>;
    /// Writes a nomination down; nobody is nominated twice for an office.
    async fn insert_nomination(&mut self, new: &NewNomination) -> Result<Nomination, StoreError>;
    /// Writes answer, statement and the name on the ballot.
    async fn put_nomination(&mut self, nomination: &Nomination) -> Result<(), StoreError>;
}
