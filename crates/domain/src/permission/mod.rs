//! Who may do what: one table, role by action, and the permits that only it can make.
//!
//! A rule that changes something takes a [`Permit`] for its action. There is no other way to get
//! one than to ask the table, so forgetting to check is a compile error.
//!
//! A row of the table names the [`Role`]s that bring an action and how near they must be held, and
//! says whether the host of a sitting, its participants, or everyone who may know of the place may do
//! it, too. To add an action, add a row.

mod grant;
mod role;
mod standing;
mod table;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use crate::Moment;
use crate::event::Event;
use crate::id::UserId;

pub use grant::{
    Appointment, RoleGrant, Scope, appoint, change_membership, dismiss, keep_an_admin, may_pend, surpasses,
};
pub use role::{Role, Roles, UnknownRole};
pub use standing::{Granted, Standing};
pub use table::*;

/// Why a person was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// They may not even know that it exists.
    #[error("not found")]
    Unknown,
    /// They know it and may not do this.
    #[error("{needs}")]
    Forbidden {
        /// Who could, as a sentence.
        needs: &'static str,
    },
}

/// Proof that the permission table allowed an action.
#[derive(Debug)]
pub struct Permit<A> {
    by: Option<UserId>,
    action: PhantomData<A>,
}

impl<A> Permit<A> {
    /// Who acts; `None` when the schedule does.
    pub const fn by(&self) -> Option<UserId> {
        self.by
    }
}

impl Permit<ConductEvents> {
    /// The schedule's own permit: it may close an event whose end time has come, and nothing else.
    pub fn by_schedule(event: &Event, now: Moment) -> Option<Self> {
        event.is_due(now).then_some(Self { by: None, action: PhantomData })
    }

    /// The schedule's own permit to open an event that opens by itself when its start time has come.
    pub fn to_open_by_schedule(event: &Event, now: Moment) -> Option<Self> {
        event.opens_now(now).then_some(Self { by: None, action: PhantomData })
    }

    /// Who may close a sitting may close what is being voted on in it.
    pub fn with_session(permit: &Permit<ManageSession>) -> Self {
        Self { by: permit.by, action: PhantomData }
    }
}
