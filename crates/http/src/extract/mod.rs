//! What handlers take from a request: parsed, checked, or refused with a [`Problem`](crate::problem::Problem).

mod json;
mod path;
mod post;
mod query;
mod signed_in;

pub(crate) use json::{Json, body as read_body, parse as read_json};
pub(crate) use path::{Path, RulesVersion};
pub(crate) use post::Post;
pub(crate) use query::{FromQuery, Query, QueryReader};
pub(crate) use signed_in::{SignedIn, check_site};
