//! A number as it stands in a result: exact, and printed exactly.

use std::{cmp::Ordering, fmt, str::FromStr};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::{Rounding, fixed::round_big};
use crate::error::NumberError;

/// An exact figure. Figures are equal when their values are, whatever their form: `3` equals `3.00000`.
#[derive(Clone, Debug)]
pub enum Figure {
    /// A figure that cannot be fractional, such as a number of papers. Printed `41`.
    Whole(i128),
    /// Fixed-point: units of the last of `digits` places. Printed with all its places, `41.00000`.
    Fixed {
        /// Units of the last place.
        units: i128,
        /// Decimal places.
        digits: u8,
    },
    /// An exact fraction. Printed `41/3`, or `41` when whole.
    Ratio(BigRational),
}

impl Figure {
    /// `units / scale`, whole where the scale is 1 (how weights are stored, see [`crate::ballots`]).
    pub fn scaled(units: u64, scale: u64) -> Self {
        if scale <= 1 {
            Self::Whole(i128::from(units))
        } else {
            Self::Ratio(BigRational::new(BigInt::from(units), BigInt::from(scale)))
        }
    }

    /// `numerator / denominator`, whole where it comes out so; the denominator is taken as 1 when it is 0.
    pub fn quotient(numerator: i128, denominator: u128) -> Self {
        if denominator <= 1 {
            return Self::Whole(numerator);
        }
        Self::of(BigRational::new(BigInt::from(numerator), BigInt::from(denominator)))
    }

    /// A fraction, whole where it is.
    pub fn of(value: BigRational) -> Self {
        match value.to_integer().to_i128() {
            Some(whole) if value.is_integer() => Self::Whole(whole),
            _ => Self::Ratio(value),
        }
    }

    /// The value as a fraction.
    pub fn to_rational(&self) -> BigRational {
        match self {
            Self::Whole(value) => BigRational::from_integer(BigInt::from(*value)),
            Self::Fixed { units, digits } => {
                BigRational::new(BigInt::from(*units), BigInt::from(10_u8).pow(u32::from(*digits)))
            }
            Self::Ratio(value) => value.clone(),
        }
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Whole(value) => *value == 0,
            Self::Fixed { units, .. } => *units == 0,
            Self::Ratio(value) => value.is_zero(),
        }
    }

    /// The sum, exactly; in the form of the two where they share it.
    #[must_use]
    pub fn sum(a: &Self, b: &Self) -> Self {
        let same = match (a, b) {
            (Self::Whole(a), Self::Whole(b)) => a.checked_add(*b).map(Self::Whole),
            (Self::Fixed { units: x, digits }, Self::Fixed { units: y, digits: other })
                if digits == other =>
            {
                x.checked_add(*y).map(|units| Self::Fixed { units, digits: *digits })
            }
            _ => None,
        };
        same.unwrap_or_else(|| Self::Ratio(a.to_rational() + b.to_rational()))
    }

    /// The value in decimal with that many places, rounded as told.
    pub fn to_decimal(&self, digits: u8, rounding: Rounding) -> String {
        let value = self.to_rational();
        let scaled = value.numer() * BigInt::from(10_u8).pow(u32::from(digits));
        decimal(&round_big(&scaled, value.denom(), rounding), digits)
    }

    /// For reading aloud: like `Display`, without the zeros at the end of a decimal.
    pub fn to_plain(&self) -> String {
        let text = self.to_string();
        match self {
            Self::Fixed { digits, .. } if *digits > 0 => {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            _ => text,
        }
    }
}

fn decimal(units: &BigInt, digits: u8) -> String {
    let sign = if units.is_negative() { "-" } else { "" };
    let (whole, rest) = units.abs().div_rem(&BigInt::from(10_u8).pow(u32::from(digits)));
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0>width$}", rest = rest.to_string(), width = usize::from(digits))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(value) => write!(f, "{value}"),
            Self::Fixed { units, digits } => f.write_str(&decimal(&BigInt::from(*units), *digits)),
            Self::Ratio(value) => write!(f, "{value}"),
        }
    }
}

impl FromStr for Figure {
    type Err = NumberError;

    /// Reads `41`, `41.50`, `83/2` and `1e-6`; the form read is the form printed, except that exponents become places.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let bad = || NumberError::NotANumber { text: text.to_owned() };
        if let Some((numerator, denominator)) = text.split_once('/') {
            let numerator: BigInt = numerator.trim().parse().map_err(|_| bad())?;
            let denominator: BigInt = denominator.trim().parse().map_err(|_| bad())?;
            if denominator.is_zero() {
                return Err(NumberError::DivisionByZero);
            }
            return Ok(Self::Ratio(BigRational::new(numerator, denominator)));
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().map_err(|_| bad())?),
            None => (text, 0),
        };
        let (whole, places) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if !places.bytes().all(|byte| byte.is_ascii_digit())
            || !whole.bytes().any(|byte| byte.is_ascii_digit())
        {
            return Err(bad());
        }
        let units: BigInt = format!("{whole}{places}").parse().map_err(|_| bad())?;
        let digits = i64::try_from(places.len()).map_err(|_| bad())? - i64::from(exponent);
        if digits <= 0 {
            // At most i16::MAX zeros: a bounded amount of work whatever the text says.
            let power = BigInt::from(10_u8).pow(u32::try_from(-digits).map_err(|_| bad())?);
            let value = units * power;
            return Ok(match value.to_i128() {
                Some(small) => Self::Whole(small),
                None => Self::Ratio(BigRational::from_integer(value)),
            });
        }
        if let (Some(units), Ok(digits)) = (units.to_i128(), u8::try_from(digits)) {
            return Ok(Self::Fixed { units, digits });
        }
        let power = BigInt::from(10_u8).pow(u32::try_from(digits).map_err(|_| bad())?);
        Ok(Self::Ratio(BigRational::new(units, power)))
    }
}

impl Ord for Figure {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Fixed { units: a, digits: x }, Self::Fixed { units: b, digits: y }) if x == y => a.cmp(b),
            _ => self.to_rational().cmp(&other.to_rational()),
        }
    }
}

impl PartialOrd for Figure {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Figure {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Figure {}

impl From<u64> for Figure {
    fn from(value: u64) -> Self {
        Self::Whole(i128::from(value))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Figure {
    /// A figure that cannot be fractional is a number, every other one a string, so that no reader makes a float of it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(value) => match i64::try_from(*value) {
                Ok(small) => serializer.serialize_i64(small),
                Err(_) => serializer.collect_str(value),
            },
            other => serializer.collect_str(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_print_exactly() -> Result<(), NumberError> {
        for text in ["41", "-3", "0.66666", "-0.05000", "7/3", "1412.45570"] {
            assert_eq!(text.parse::<Figure>()?.to_string(), text);
        }
        assert_eq!("1e-6".parse::<Figure>()?.to_string(), "0.000001");
        assert_eq!("2e3".parse::<Figure>()?.to_string(), "2000");
        assert_eq!("7/3".parse::<Figure>()?.to_decimal(4, Rounding::Down), "2.3333");
        assert_eq!("10.500".parse::<Figure>()?.to_plain(), "10.5");
        assert_eq!("100".parse::<Figure>()?.to_plain(), "100");
        Ok(())
    }

    #[test]
    fn equal_values_are_equal_figures() -> Result<(), NumberError> {
        assert_eq!("3".parse::<Figure>()?, "3.00000".parse::<Figure>()?);
        assert_eq!("3/2".parse::<Figure>()?, "1.5".parse::<Figure>()?);
        assert!("1/3".parse::<Figure>()? > "0.33333".parse::<Figure>()?);
        Ok(())
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in ["", ".", "-", "1/0", "1.2.3", "one", "1e", "1e99999", "1.-5", "0x3"] {
            assert!(text.parse::<Figure>().is_err(), "{text}");
        }
    }
}
