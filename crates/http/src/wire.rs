//! Shapes that several endpoints share.

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
