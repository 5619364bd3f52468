//! Ids that cannot be mistaken for one another.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($inner);

        impl $name {
            /// Wraps the stored number.
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// The stored number.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A [`User`](crate::user::User).
    UserId(i32);
    /// An [`Organization`](crate::organization::Organization).
    OrganizationId(i32);
    /// A sitting: a [`Session`](crate::session::Session).
    SessionId(i32);
    /// A vote instance: a [`UserSession`](crate::attendance::UserSession).
    UserSessionId(i32);
    /// A [`Mandate`](crate::proxy::Mandate).
    ProxyId(i32);
    /// An [`Event`](crate::event::Event).
    EventId(i32);
    /// A cast [`Vote`](crate::vote::Vote).
    VoteId(i32);
    /// An [`Office`](crate::nomination::Office) to be filled.
    OfficeId(i32);
    /// A [`Nomination`](crate::nomination::Nomination).
    NominationId(i32);
    /// A [`PresenceCheck`](crate::presence::PresenceCheck).
    PresenceCheckId(i32);
    /// A signed-in browser.
    LoginId(i32);
    /// An API token.
    ApiTokenId(i32);
    /// An [`ApiClient`](crate::client::ApiClient); the same number as that of the user it acts as.
    ClientId(i32);
    /// A committee: a named group of an organization's members.
    CommitteeId(i32);
    /// A [`RoleGrant`](crate::permission::RoleGrant).
    RoleGrantId(i32);
    /// A role promised to somebody who has not signed in yet.
    PendingRoleId(i32);
    /// A line of the audit log.
    AuditId(i64);
    /// A leaf of the log, from the moment it is written; also the id of the receipt for it.
    LeafId(i64);
    /// A tree of the log.
    TreeId(i32);
}

impl ClientId {
    /// The user as whom the client acts.
    pub const fn user(self) -> UserId {
        UserId::new(self.0)
    }

    /// The client that acts as this user, if it is one.
    pub const fn of_user(id: UserId) -> Self {
        Self(id.get())
    }
}
