//! Shapes that several endpoints share.

use plenum_domain::organization::Role;
use plenum_domain::permission::{Action, Standing};
use plenum_domain::user::User;
use plenum_ports::page::Paged;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A piece of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Items<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Ask with `after` set to this for the next piece; null at the end of the list.
    #[schema(example = json!(null))]
    pub(crate) next: Option<i64>,
}

impl<T> Items<T> {
    /// Turns a piece of a list into its wire form.
    pub(crate) fn of<D>(paged: Paged<D>, turn: impl FnMut(D) -> T) -> Self {
        let Paged { items, next } = paged.map(turn);
        Self { items, next }
    }
}

/// A request without content.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(crate) struct Nothing {}

/// A person, without what only sign-in needs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person, example = json!({"id": 12, "name": "Zoë Ng", "andrew_id": "zng"}))]
pub(crate) struct PersonBody {
    /// Which one.
    id: i32,
    /// Full name.
    name: String,
    /// Short login name.
    andrew_id: String,
}

impl PersonBody {
    /// Turns a person into their wire form.
    pub(crate) fn of(user: &User) -> Self {
        Self { id: user.id.get(), name: user.name.to_string(), andrew_id: user.andrew_id.to_string() }
    }
}

/// What a member may do in the organization.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UserRole)]
pub(crate) enum RoleWord {
    /// Runs the organization: members, rules, everything a chair does. Votes.
    Owner,
    /// Opens sessions and conducts votes. Votes.
    Chair,
    /// Takes part and votes.
    Member,
    /// Takes part without a vote of their own.
    Observer,
}

impl From<Role> for RoleWord {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Chair => Self::Chair,
            Role::Member => Self::Member,
            Role::Observer => Self::Observer,
        }
    }
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Owner => Self::Owner,
            RoleWord::Chair => Self::Chair,
            RoleWord::Member => Self::Member,
            RoleWord::Observer => Self::Observer,
        }
    }
}

/// What the permission table lets a person of this standing do, by name: `manage_members`.
pub(crate) fn permitted(standing: Standing) -> Vec<String> {
    let allowed = Action::ALL.iter().filter(|action| action.allows(&standing));
    allowed.map(|action| action.name()).collect()
}
