use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::CommitteeId;
use plenum_domain::rules::Voters;
use serde::{Deserialize, Serialize};

use super::{ids, people};

/// Who may vote: `{}` for every member with a voting role; or of them the members of a `committee`, or
/// the `users` on a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VotersData {
    /// The id of the committee whose members vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committee: Option<i32>,
    /// The ids of the people who vote; up to 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<i32>>,
}

impl VotersData {
    /// Writes the canonical document.
    pub fn of(voters: &Voters) -> Self {
        match voters {
            Voters::Members => Self::default(),
            Voters::Committee(id) => Self { committee: Some(id.get()), users: None },
            Voters::List(list) => Self { committee: None, users: Some(ids(list)) },
        }
    }

    /// Reads who may vote.
    ///
    /// # Errors
    /// [`FieldErrors`] when it names both a committee and people, or too many people.
    pub fn read(&self) -> Result<Voters, FieldErrors> {
        match (self.committee, &self.users) {
            (None, None) => Ok(Voters::Members),
            (Some(id), None) => Ok(Voters::Committee(CommitteeId::new(id))),
            (None, Some(users)) => {
                let mut checks = FieldChecks::new();
                let list = people(&mut checks, "users", Some(users), Default::default);
                checks.finish(list.map(Voters::List))
            }
            (Some(_), Some(_)) => Err(FieldErrors::one("", "names either a committee or users, not both")),
        }
    }
}
