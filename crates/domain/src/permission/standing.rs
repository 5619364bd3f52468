//! How a person stands towards a place: what the table decides on.

use super::grant::{RoleGrant, Scope};
use super::role::{Role, Roles};
use crate::id::{OrganizationId, UserId};
use crate::organization;

/// The roles that were granted to a person, as seen from one place: a grant holds where it was made and
/// in everything narrower, from the whole server over organization, committee and sitting to the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// For the whole server.
    pub global: Roles,
    /// For the organization.
    pub organization: Roles,
    /// For a committee, a sitting or an event on the way to the place.
    pub below: Roles,
}

impl Granted {
    /// Nothing was granted.
    pub const NONE: Self = Self { global: Roles::NONE, organization: Roles::NONE, below: Roles::NONE };

    /// What these grants of one person amount to in an organization as a whole.
    pub fn in_organization(grants: &[RoleGrant], id: OrganizationId) -> Self {
        let of = |scope| {
            let here = grants.iter().filter(|grant| grant.scope == scope && grant.deleted_at.is_none());
            here.map(|grant| grant.role).collect()
        };
        Self { global: of(Scope::Global), organization: of(Scope::Organization(id)), below: Roles::NONE }
    }

    /// What holds at the place itself.
    pub const fn here(self) -> Roles {
        self.global.and(self.organization).and(self.below)
    }
}

/// How a person stands towards an organization and, where one is meant, a sitting or event in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who it is.
    pub user_id: UserId,
    /// Their membership's role in the organization; `None` for no member.
    pub role: Option<organization::Role>,
    /// What was granted to them besides.
    pub granted: Granted,
    /// Whether they host the sitting.
    pub host: bool,
    /// Whether they have ever come into the sitting and were not shown out of it.
    pub participant: bool,
}

impl Standing {
    /// The standing of a member, or of nobody in particular, towards an organization; no sitting meant,
    /// nothing granted.
    pub const fn in_organization(user_id: UserId, role: Option<organization::Role>) -> Self {
        Self { user_id, role, granted: Granted::NONE, host: false, participant: false }
    }

    /// The same person with what was granted to them.
    #[must_use]
    pub const fn with(self, granted: Granted) -> Self {
        Self { granted, ..self }
    }

    /// Whether they may know that the organization, or the sitting, exists.
    pub const fn may_know(&self) -> bool {
        self.belongs() || self.host || self.participant
    }

    /// Whether they are a member or hold a role here.
    pub const fn belongs(&self) -> bool {
        self.role.is_some() || !self.granted.here().is_empty()
    }

    /// The roles they hold in the organization as a whole: by membership, or granted there or wider.
    pub const fn in_general(&self) -> Roles {
        self.granted.global.and(self.granted.organization).and(self.by_membership())
    }

    /// The roles they hold at this place.
    pub const fn here(&self) -> Roles {
        self.granted.here().and(self.by_membership())
    }

    const fn by_membership(&self) -> Roles {
        match self.role {
            Some(role) => Roles::of(&[Role::of_membership(role)]),
            None => Roles::NONE,
        }
    }

    /// Hosting ends with the membership: who was removed from the organization conducts nothing in it.
    pub(super) const fn still_hosts(&self) -> bool {
        self.host && self.role.is_some()
    }
}
