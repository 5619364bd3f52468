//! `vote.data`.

use plenum_domain::event::Ballot;
use plenum_domain::id::UserId;
use plenum_domain::vote::Response;
use serde::{Deserialize, Serialize};

/// What stands in `votes.data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VoteData {
    /// Whether the vote was cast for someone else.
    pub proxy: bool,
    /// For whom, then.
    pub proxy_for_user_id: Option<i32>,
    /// The choices in order of preference.
    pub vote_response: Vec<String>,
}

impl VoteData {
    /// Writes a response.
    pub fn new(ballot: &Ballot, response: &Response, proxy_for: Option<UserId>) -> Self {
        Self {
            proxy: proxy_for.is_some(),
            proxy_for_user_id: proxy_for.map(UserId::get),
            vote_response: response.labels(ballot),
        }
    }
}
