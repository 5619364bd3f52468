//! Who may do what: one table, role by action, and the permits that only it can make.
//!
//! A rule that changes something takes a [`Permit`] for its action. There is no other way to get
//! one than to ask the table, so forgetting to check is a compile error.

use std::marker::PhantomData;

use crate::Moment;
use crate::event::Event;
use crate::id::UserId;
use crate::organization::Role;

/// How a person stands towards an organization and, where one is meant, a sitting in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who it is.
    pub user_id: UserId,
    /// Their role in the organization; `None` for no member.
    pub role: Option<Role>,
    /// Whether they host the sitting.
    pub host: bool,
    /// Whether they have ever come into the sitting and were not shown out of it.
    pub participant: bool,
}

impl Standing {
    /// A person's standing towards an organization, no sitting meant.
    pub const fn in_organization(user_id: UserId, role: Option<Role>) -> Self {
        Self { user_id, role, host: false, participant: false }
    }

    /// Whether they may know that the organization, or the sitting, exists.
    pub const fn may_know(&self) -> bool {
        self.role.is_some() || self.host || self.participant
    }

    fn leads(self) -> bool {
        matches!(self.role, Some(Role::Owner | Role::Chair))
    }

    /// Hosting ends with the membership: who was removed from the organization conducts nothing in it.
    fn hosts(self) -> bool {
        self.leads() || (self.host && self.role.is_some())
    }

    fn takes_part(self) -> bool {
        self.participant || self.hosts()
    }
}

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

/// Something a person may be allowed to do.
pub trait Permitted: Sized {
    /// The action, as the table and the documentation name it.
    const ACTION: Action;

    /// Asks the table.
    ///
    /// # Errors
    /// [`Denied`], telling apart who may not know and who may not do.
    fn permit(standing: &Standing) -> Result<Permit<Self>, Denied> {
        if Self::ACTION.allows(standing) {
            Ok(Permit { by: Some(standing.user_id), action: PhantomData })
        } else if standing.may_know() {
            Err(Denied::Forbidden { needs: Self::ACTION.needs() })
        } else {
            Err(Denied::Unknown)
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: $rule:expr, $needs:literal;)+) => {
        /// Everything the table decides on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The table: whether a person of this standing may do it.
            pub fn allows(self, standing: &Standing) -> bool {
                match self {
                    $(Self::$name => {
                        let rule: fn(Standing) -> bool = $rule;
                        rule(*standing)
                    })+
                }
            }

            /// Who may do it, as a sentence for who may not.
            pub const fn needs(self) -> &'static str {
                match self {
                    $(Self::$name => $needs,)+
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Permitted for $name {
                const ACTION: Action = Action::$name;
            }
        )+
    };
}

actions! {
    /// See the organization and who is in it.
    ViewOrganization: |s| s.role.is_some(),
        "Only members of the organization can see this.";
    /// Change the organization's name, description and rules.
    EditOrganization: |s| s.role == Some(Role::Owner),
        "Only an owner of the organization can change it.";
    /// Add, change and remove members.
    ManageMembers: |s| s.role == Some(Role::Owner),
        "Only an owner of the organization can manage its members.";
    /// Read the audit log.
    ViewAudit: Standing::leads,
        "Only owners and chairs of the organization can read its audit log.";
    /// Open a sitting.
    CreateSession: Standing::leads,
        "Only owners and chairs of the organization can open a session.";
    /// See a sitting and its agenda.
    ViewSession: |s| s.may_know(),
        "Only members of the organization and participants can see this session.";
    /// Lock, open and close a sitting.
    ManageSession: Standing::hosts,
        "Only the host of the session, or an owner or chair of the organization, can do this.";
    /// Admit people, mark them present or absent, remove them.
    ManageAttendance: Standing::hosts,
        "Only the host of the session, or an owner or chair of the organization, can manage attendance.";
    /// See who is in.
    ViewAttendance: Standing::takes_part,
        "Only participants and the host of the session can see who attends. Join the session first.";
    /// Enter and take back the mandates of others.
    ManageProxies: Standing::hosts,
        "Only the principal, or the host of the session, can give or revoke this proxy.";
    /// Prepare, change and delete events.
    WriteEvents: Standing::hosts,
        "Only the host of the session, or an owner or chair of the organization, can prepare events.";
    /// Open, close, release and annul events.
    ConductEvents: Standing::hosts,
        "Only the host of the session, or an owner or chair of the organization, can conduct a vote.";
    /// See turnout, released and live results.
    FollowEvents: Standing::takes_part,
        "Only participants and the host of the session can see this. Join the session first.";
    /// See the result of a counted event before its release.
    SeeResultsEarly: Standing::hosts,
        "Only the host of the session can see results before their release.";
    /// See who has not voted yet.
    SeeWhoIsMissing: Standing::hosts,
        "Only the host of the session can see who has not voted.";
    /// Take the exports of a sitting.
    ExportSession: Standing::hosts,
        "Only the host of the session, or an owner or chair of the organization, can take its exports.";
}

impl Permit<ConductEvents> {
    /// The schedule's own permit: it may close an event whose end time has come, and nothing else.
    pub fn by_schedule(event: &Event, now: Moment) -> Option<Self> {
        event.is_due(now).then_some(Self { by: None, action: PhantomData })
    }

    /// Who may close a sitting may close what is being voted on in it.
    pub fn with_session(permit: &Permit<ManageSession>) -> Self {
        Self { by: permit.by, action: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(role: Option<Role>, host: bool, participant: bool) -> Standing {
        Standing { user_id: UserId::new(1), role, host, participant }
    }

    #[test]
    fn strangers_may_not_know_and_members_may_not_do() {
        let stranger = standing(None, false, false);
        for action in Action::ALL {
            assert!(!action.allows(&stranger), "{action:?}");
        }
        assert_eq!(ManageSession::permit(&stranger).err(), Some(Denied::Unknown));
        let member = standing(Some(Role::Member), false, true);
        assert!(matches!(ManageSession::permit(&member), Err(Denied::Forbidden { .. })));
    }

    #[test]
    fn the_table_is_what_the_documentation_says() {
        use Action::*;
        let rows: [(&str, Standing, &[Action]); 7] = [
            ("owner", standing(Some(Role::Owner), false, false), Action::ALL),
            (
                "chair",
                standing(Some(Role::Chair), false, false),
                &[
                    ViewOrganization,
                    ViewAudit,
                    CreateSession,
                    ViewSession,
                    ManageSession,
                    ManageAttendance,
                    ViewAttendance,
                    ManageProxies,
                    WriteEvents,
                    ConductEvents,
                    FollowEvents,
                    SeeResultsEarly,
                    SeeWhoIsMissing,
                    ExportSession,
                ],
            ),
            (
                "host with a plain membership",
                standing(Some(Role::Member), true, false),
                &[
                    ViewOrganization,
                    ViewSession,
                    ManageSession,
                    ManageAttendance,
                    ViewAttendance,
                    ManageProxies,
                    WriteEvents,
                    ConductEvents,
                    FollowEvents,
                    SeeResultsEarly,
                    SeeWhoIsMissing,
                    ExportSession,
                ],
            ),
            (
                "participant",
                standing(Some(Role::Member), false, true),
                &[ViewOrganization, ViewSession, ViewAttendance, FollowEvents],
            ),
            (
                "member elsewhere",
                standing(Some(Role::Member), false, false),
                &[ViewOrganization, ViewSession],
            ),
            ("guest", standing(None, false, true), &[ViewSession, ViewAttendance, FollowEvents]),
            ("former host", standing(None, true, false), &[ViewSession]),
        ];
        for (who, standing, allowed) in rows {
            for action in Action::ALL {
                assert_eq!(action.allows(&standing), allowed.contains(action), "{who}: {action:?}");
            }
        }
    }
}
