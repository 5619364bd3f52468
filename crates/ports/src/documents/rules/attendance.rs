use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::rules::{Admission, AttendanceRules, PresenceChecks, Seconds};
use serde::{Deserialize, Serialize};

use super::{choose, ids, people, word};

/// How people are let in, and how presence is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AttendanceRulesData {
    /// What the right code does: it lets a person in (`code`, default), or it puts them on the waiting
    /// list until the host admits or refuses them (`host`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<String>,
    /// The ids of the people who may enter where `joining` is `list`; up to 10,000, default nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<i32>>,
    /// How the host asks "are you here?".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<PresenceCheckData>,
}

/// How the host asks "are you here?".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PresenceCheckData {
    /// How many seconds people have to answer, unless the host says otherwise; default 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// Whether who did not answer in time is set absent; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets_absent: Option<bool>,
}

const ADMISSION: [(Admission, &str); 2] = [(Admission::Code, "code"), (Admission::Host, "host")];

impl AttendanceRulesData {
    pub(super) fn of(rules: &AttendanceRules) -> Self {
        Self {
            admission: Some(word(&ADMISSION, rules.admission)),
            list: Some(ids(&rules.list)),
            checks: Some(PresenceCheckData {
                seconds: Some(rules.checks.seconds.get()),
                sets_absent: Some(rules.checks.sets_absent),
            }),
        }
    }

    pub(super) fn over(&self, rules: &AttendanceRules) -> Result<AttendanceRules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let admission =
            choose(&mut checks, "admission", &ADMISSION, self.admission.as_deref(), rules.admission);
        let list = people(&mut checks, "list", self.list.as_deref(), || rules.list.clone());
        let check = match self.checks {
            Some(document) => checks.nest("checks", document.over(rules.checks)),
            None => Some(rules.checks),
        };
        let built = admission.zip(list).zip(check).map(|((admission, list), checks)| AttendanceRules {
            admission,
            list,
            checks,
        });
        checks.finish(built)
    }
}

impl PresenceCheckData {
    fn over(self, rules: PresenceChecks) -> Result<PresenceChecks, FieldErrors> {
        let mut checks = FieldChecks::new();
        let seconds = match self.seconds {
            Some(seconds) => checks.take("seconds", Seconds::new(seconds)),
            None => Some(rules.seconds),
        };
        let sets_absent = self.sets_absent.unwrap_or(rules.sets_absent);
        checks.finish(seconds.map(|seconds| PresenceChecks { seconds, sets_absent }))
    }
}
