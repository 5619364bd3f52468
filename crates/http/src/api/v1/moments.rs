//! Times in requests.

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use serde::de::{Deserialize, Deserializer, Error};

/// A time in RFC 3339 with any offset, to the microsecond: the database keeps no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) DateTime<Utc>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).ok().map(|time| time.with_timezone(&Utc));
        let time = time.filter(|time| (1..=9999).contains(&time.year()));
        time.map(|time| Self(time.trunc_subsecs(6)))
            .ok_or_else(|| D::Error::custom("must be a time in RFC 3339, such as 2026-03-01T19:00:00Z"))
    }
}

/// For `deserialize_with`, next to `default`: tells a value that is there from one that is left out.
/// With a `T` that is an `Option`, null counts as a value.
pub(super) fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_any_offset_and_to_the_microsecond() {
        for (json, read) in [
            ("\"2026-03-01T19:00:00Z\"", Some("2026-03-01T19:00:00Z")),
            ("\"2026-03-01T20:00:00.1234567+01:00\"", Some("2026-03-01T19:00:00.123456Z")),
            ("\"9999-12-31T23:59:59-01:00\"", None),
            ("\"+12026-03-01T19:00:00Z\"", None),
            ("\"2026-03-01\"", None),
            ("\"2026-03-01T19:00:00\"", None),
            ("1772391600", None),
            ("null", None),
        ] {
            let time = serde_json::from_str::<Time>(json).ok();
            assert_eq!(time.map(|time| serde_json::json!(time.0)), read.map(Into::into), "{json}");
        }
    }
}
