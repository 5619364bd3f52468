//! Keys of events and bare ballots.

use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::EventId;
use plenum_domain::secret::BareBallot;
use plenum_domain::vote::Response;
use plenum_ports::StoreError;
use plenum_ports::keys::{KeyId, KeyStoreId, PublicKey};
use plenum_ports::repository::{Seal, SealState};

use super::{Cell, Document, weight};

/// A row of `event_keys`.
pub(crate) struct SealRow {
    pub(crate) event_id: i32,
    pub(crate) key_id: Vec<u8>,
    pub(crate) key_store_id: Vec<u8>,
    pub(crate) suite: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) retired_at: Option<Moment>,
    pub(crate) destroyed_at: Option<Moment>,
}

impl TryFrom<SealRow> for SealState {
    type Error = StoreError;

    fn try_from(row: SealRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("event_keys", column, row.event_id);
        let id = |column, bytes: &[u8]| cell(column).check(<[u8; 16]>::try_from(bytes));
        Ok(Self {
            seal: Seal {
                event_id: EventId::new(row.event_id),
                key_id: KeyId::new(id("key_id", &row.key_id)?),
                key_store_id: KeyStoreId::new(id("key_store_id", &row.key_store_id)?),
                suite: row.suite,
                public_key: PublicKey::new(row.public_key),
            },
            retired_at: row.retired_at,
            destroyed_at: row.destroyed_at,
        })
    }
}

/// A row of `ballots`.
pub(crate) struct BallotRow {
    pub(crate) place: i32,
    pub(crate) vote_weight: Option<i32>,
    pub(crate) vote_response: Document,
}

/// A bare ballot of an event.
pub(crate) fn bare_ballot(event: &Event, row: &BallotRow) -> Result<BareBallot, StoreError> {
    let cell = |column| Cell::new("ballots", column, event.id.get());
    let labels: Vec<String> = cell("vote_response").document(&row.vote_response)?;
    let response = Response::parse(&event.terms.ballot, &labels);
    let weight = row.vote_weight.map(|value| weight(cell("vote_weight"), value)).transpose()?;
    Ok(BareBallot { weight, response: cell("vote_response").fields(response)? })
}
