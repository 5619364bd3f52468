//! The time of this machine, for what the database's clock does not decide.

use plenum_domain::Moment;

/// Tells the time.
///
/// Whatever concerns votes is decided by the database's clock ([`Tx::now`](crate::Tx::now)), so that
/// several servers agree; this one serves sign-in windows, logs and scheduling.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}
