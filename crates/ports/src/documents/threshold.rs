//! Thresholds in JSON: a fraction as text, or a number read as the decimal that was written.

use plenum_domain::count::Fraction;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A fraction in [0, 1]: `"2/3"`, `"0.75"` or `0.75`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThresholdData(pub Fraction);

impl ThresholdData {
    /// The decimal form when it is exact with at most nine digits.
    fn decimal(self) -> Option<String> {
        let (above, below) = (self.0.numerator(), self.0.denominator());
        (0..=9_u32).find_map(|digits| {
            let scale = 10_u64.pow(digits);
            if scale % below != 0 {
                return None;
            }
            let scaled = above.checked_mul(scale / below)?;
            let (whole, rest) = (scaled / scale, scaled % scale);
            Some(match digits {
                0 => whole.to_string(),
                _ => format!("{whole}.{rest:0width$}", width = digits as usize),
            })
        })
    }
}

impl Serialize for ThresholdData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.decimal() {
            Some(decimal) => RawValue::from_string(decimal).map_err(S::Error::custom)?.serialize(serializer),
            None => serializer.collect_str(&self.0),
        }
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for ThresholdData {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::String))
            .item(ObjectBuilder::new().schema_type(Type::Number))
            .description(Some("A fraction in [0, 1], as text or as the decimal that is meant."))
            .examples(["2/3"])
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for ThresholdData {
    fn name() -> std::borrow::Cow<'static, str> {
        "Threshold".into()
    }
}

impl<'de> Deserialize<'de> for ThresholdData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let text = if text.starts_with('"') {
            serde_json::from_str::<String>(text).map_err(D::Error::custom)?
        } else {
            text.to_owned()
        };
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimals_and_texts_are_fractions() {
        for (json, canonical) in [
            ("0.6666", "0.6666"),
            ("\"2/3\"", "\"2/3\""),
            ("0.5", "0.5"),
            ("\"1/2\"", "0.5"),
            ("1", "1"),
            ("1.0", "1"),
            ("0.30000000000000004", "\"7500000000000001/25000000000000000\""),
        ] {
            let read: ThresholdData = serde_json::from_str(json).expect(json);
            assert_eq!(serde_json::to_string(&read).expect(json), canonical, "{json}");
        }
        for json in ["-0.5", "1e-1", "\"two thirds\"", "null", "true", "[1]"] {
            assert!(serde_json::from_str::<ThresholdData>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn it_survives_a_generic_json_value() {
        let value: serde_json::Value = serde_json::from_str("{\"t\": \"2/3\"}").expect("json");
        let read: ThresholdData = serde_json::from_value(value["t"].clone()).expect("threshold");
        assert_eq!(read.0, Fraction::TWO_THIRDS);
    }
}
