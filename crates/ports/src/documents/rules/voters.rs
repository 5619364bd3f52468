use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::CommitteeId;
use plenum_domain::permission::Role;
use plenum_domain::rules::Voters;
use serde::{Deserialize, Serialize};

use super::{ids, people};

/// Who may vote: `{}` for every member with a voting role, and in a sitting of a committee for its members;
/// or of the members with a voting role those of a `committee`, or the `users` on a list; or everyone who
/// holds a `role`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VotersData {
    /// The id of the committee whose members vote; its observers do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committee: Option<i32>,
    /// Whether the members of the committees that are part of it, and of their parts, vote as well; default
    /// false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_parts: Option<bool>,
    /// The role whose holders vote: by membership, or granted in the organization, the committee, the session
    /// or the event, to members or not. Any role but `observer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The ids of the people who vote; up to 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<i32>>,
}

impl VotersData {
    /// Writes the canonical document.
    pub fn of(voters: &Voters) -> Self {
        match voters {
            Voters::Members => Self::default(),
            Voters::Committee { id, with_parts } => {
                Self { committee: Some(id.get()), with_parts: with_parts.then_some(true), ..Self::default() }
            }
            Voters::Role(role) => Self { role: Some(role.as_str().to_owned()), ..Self::default() },
            Voters::List(list) => Self { users: Some(ids(list)), ..Self::default() },
        }
    }

    /// Reads who may vote.
    ///
    /// # Errors
    /// [`FieldErrors`] when it names more than one of committee, role and people, a role that is none, or
    /// too many people.
    pub fn read(&self) -> Result<Voters, FieldErrors> {
        let mut checks = FieldChecks::new();
        if self.with_parts.is_some() && self.committee.is_none() {
            checks.fail("with_parts", "belongs to a committee; leave it out");
        }
        let voters = match (self.committee, self.role.as_deref(), &self.users) {
            (None, None, None) => Some(Voters::Members),
            (Some(id), None, None) => Some(Voters::Committee {
                id: CommitteeId::new(id),
                with_parts: self.with_parts.unwrap_or(false),
            }),
            (None, Some(role), None) => {
                let role: Option<Role> = checks.take("role", role.parse());
                if role.is_some_and(|role| !Voters::may_be(role)) {
                    checks.fail("role", "cannot be observer, who looks on without a vote");
                }
                role.map(Voters::Role)
            }
            (None, None, Some(users)) => {
                people(&mut checks, "users", Some(users), Default::default).map(Voters::List)
            }
            _ => {
                checks.fail("", "names either a committee, a role or users, not several of them");
                None
            }
        };
        checks.finish(voters)
    }
}
