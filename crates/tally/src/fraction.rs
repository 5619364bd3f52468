//! Exact fractions for thresholds and shares.

use std::fmt;
use std::str::FromStr;

/// An exact, non-negative fraction in lowest terms.
///
/// Decimals are read digit by digit (`0.6666` is 3333/5000), never through a binary
/// floating-point number, so a threshold means what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

/// Why a text is not a usable fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FractionError {
    /// Neither `a/b` nor a decimal such as `0.75`.
    #[error("expected a fraction such as \"2/3\" or a decimal such as \"0.75\"")]
    Malformed,
    /// The denominator is zero.
    #[error("the denominator of a fraction cannot be zero")]
    ZeroDenominator,
    /// More digits than can be held exactly.
    #[error("a fraction may have at most 18 digits above and below the line")]
    TooLong,
}

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// One half: a simple majority is more than this.
    pub const ONE_HALF: Self = Self { numerator: 1, denominator: 2 };
    /// Two thirds.
    pub const TWO_THIRDS: Self = Self { numerator: 2, denominator: 3 };
    /// The whole: unanimity.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// Builds `numerator / denominator` and reduces it.
    ///
    /// # Errors
    /// [`FractionError::ZeroDenominator`] when the denominator is zero.
    pub const fn new(numerator: u64, denominator: u64) -> Result<Self, FractionError> {
        if denominator == 0 {
            return Err(FractionError::ZeroDenominator);
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Ok(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// The number above the line.
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// The number below the line; never zero.
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// The smallest whole number that is at least this fraction of `base`.
    pub fn of_rounded_up(self, base: u64) -> u64 {
        let product = u128::from(self.numerator) * u128::from(base);
        saturate(product.div_ceil(u128::from(self.denominator)))
    }

    /// The smallest whole number that is strictly more than this fraction of `base`.
    pub fn of_exceeded(self, base: u64) -> u64 {
        let product = u128::from(self.numerator) * u128::from(base);
        saturate(product / u128::from(self.denominator) + 1)
    }
}

fn saturate(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let left = u128::from(self.numerator) * u128::from(other.denominator);
        let right = u128::from(other.numerator) * u128::from(self.denominator);
        left.cmp(&right)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Fraction {
    type Err = FractionError;

    fn from_str(text: &str) -> Result<Self, FractionError> {
        let text = text.trim();
        if let Some((above, below)) = text.split_once('/') {
            return Self::new(digits(above.trim())?, digits(below.trim())?);
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() || (text.contains('.') && decimals.is_empty()) {
            return Err(FractionError::Malformed);
        }
        let decimals = decimals.trim_end_matches('0');
        let scale = u32::try_from(decimals.len()).map_err(|_| FractionError::TooLong)?;
        let denominator = 10_u64.checked_pow(scale).ok_or(FractionError::TooLong)?;
        Self::new(digits(&format!("{whole}{decimals}"))?, denominator)
    }
}

fn digits(text: &str) -> Result<u64, FractionError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FractionError::Malformed);
    }
    if text.trim_start_matches('0').len() > 18 {
        return Err(FractionError::TooLong);
    }
    text.parse().map_err(|_| FractionError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_written() {
        assert_eq!("0.6666".parse(), Fraction::new(3333, 5000));
        assert_eq!("0.50".parse(), Ok(Fraction::ONE_HALF));
        assert_eq!("1".parse(), Ok(Fraction::ONE));
        assert_eq!("1.0".parse(), Ok(Fraction::ONE));
        assert_eq!("4/6".parse(), Ok(Fraction::TWO_THIRDS));
        assert_eq!("0".parse(), Ok(Fraction::ZERO));
    }

    #[test]
    fn what_is_not_a_fraction_is_refused() {
        for text in ["", "a", "1/0", "-1/2", "0.", ".5", "1e3", "1/2/3", "0x1", "½", "NaN"] {
            assert!(text.parse::<Fraction>().is_err(), "{text:?} was accepted");
        }
        assert_eq!("0.1234567890123456789".parse::<Fraction>(), Err(FractionError::TooLong));
    }

    #[test]
    fn shares_of_a_base_are_exact_at_the_edge() {
        assert_eq!(Fraction::TWO_THIRDS.of_rounded_up(30), 20);
        assert_eq!(Fraction::TWO_THIRDS.of_rounded_up(31), 21);
        assert_eq!(Fraction::ONE_HALF.of_exceeded(40), 21);
        assert_eq!(Fraction::ONE_HALF.of_exceeded(41), 21);
        assert_eq!(Fraction::ONE.of_rounded_up(u64::MAX), u64::MAX);
    }

    #[test]
    fn order_compares_values() {
        assert!(Fraction::ONE_HALF < Fraction::TWO_THIRDS);
        assert!("0.6666".parse::<Fraction>().is_ok_and(|value| value < Fraction::TWO_THIRDS));
    }
}
