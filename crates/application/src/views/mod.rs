//! What people see: lists and pages, read outside transactions, each behind the permission table.

mod clients;
mod console;
mod export;
mod live;
mod log;
mod mandates;
mod me;
mod nominations;
mod organization;
mod presence;
mod record;
mod roles;
mod session;
mod voting;

pub use console::{ConductedEvent, Console};
pub use export::{EventResults, Export, LogRoot, MinutesLine, ResultLine};
pub use live::{Figures, Sealed, Watched, WatchedEvent};
pub use log::{LogHead, LogLine, LogOwner, LogProof, LoggedVote, ReceiptPlace, ReceiptView};
pub use mandates::MandateView;
pub use me::Me;
pub use nominations::Waiting;
pub use record::RecordPieces;
pub use session::{Attendance, Attendee};
pub use voting::{Results, TurnoutView, VotingInstance};

use plenum_domain::permission::{Permitted, Standing};

use crate::Failure;

fn require<A: Permitted>(standing: &Standing, what: &'static str) -> Result<(), Failure> {
    A::permit(standing).map(|_| ()).map_err(|denied| Failure::denied(denied, what))
}
