//! `vote.data`.

use plenum_domain::event::Ballot;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::UserId;
use plenum_domain::vote::{Part, Response};
use serde::{Deserialize, Serialize};

/// What stands in `votes.data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VoteData {
    /// Whether the vote was cast for someone else.
    pub proxy: bool,
    /// For whom, then.
    pub proxy_for_user_id: Option<i32>,
    /// The choices in order of preference; of a split vote each part in words.
    pub vote_response: Vec<String>,
    /// The parts of a split vote; left out for a whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Vec<PartData>>,
}

/// What a vote is for, as the log shows it: the choices, or the parts of a split vote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Choice {
    /// The choices in order of preference.
    Whole(Vec<String>),
    /// Of a split vote its parts.
    Split {
        /// Each with its weight.
        split: Vec<PartData>,
    },
}

impl Choice {
    /// Writes a response.
    pub fn of(ballot: &Ballot, response: &Response) -> Self {
        match PartData::of(ballot, response) {
            Some(split) => Self::Split { split },
            None => Self::Whole(response.labels(ballot)),
        }
    }

    /// The response, held against the ballot it answers.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that does not fit.
    pub fn response(&self, ballot: &Ballot) -> Result<Response, FieldErrors> {
        match self {
            Self::Whole(labels) => Response::parse(ballot, labels),
            Self::Split { split } => PartData::read(ballot, split),
        }
    }
}

/// A part of a person's weight.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = VotePart, example = json!({"weight": 3, "vote_response": ["yes"]})))]
pub struct PartData {
    /// How much of the weight, at least 1.
    pub weight: u32,
    /// The choices it is cast for.
    pub vote_response: Vec<String>,
}

impl PartData {
    /// The parts of a split response; `None` for a whole one.
    pub fn of(ballot: &Ballot, response: &Response) -> Option<Vec<Self>> {
        let Response::Split(parts) = response else { return None };
        let part =
            |part: &Part| Self { weight: part.weight.get(), vote_response: part.response.labels(ballot) };
        Some(parts.iter().map(part).collect())
    }

    /// Reads parts for a ballot.
    ///
    /// # Errors
    /// As [`Response::split`].
    pub fn read(ballot: &Ballot, parts: &[Self]) -> Result<Response, FieldErrors> {
        let parts: Vec<(u32, Vec<String>)> =
            parts.iter().map(|part| (part.weight, part.vote_response.clone())).collect();
        Response::split(ballot, &parts)
    }
}

impl VoteData {
    /// Writes a response.
    pub fn new(ballot: &Ballot, response: &Response, proxy_for: Option<UserId>) -> Self {
        Self {
            proxy: proxy_for.is_some(),
            proxy_for_user_id: proxy_for.map(UserId::get),
            vote_response: response.labels(ballot),
            split: PartData::of(ballot, response),
        }
    }

    /// The response, held against the ballot it answers.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that does not fit.
    pub fn response(&self, ballot: &Ballot) -> Result<Response, FieldErrors> {
        match &self.split {
            Some(parts) => PartData::read(ballot, parts),
            None => Response::parse(ballot, &self.vote_response),
        }
    }
}
