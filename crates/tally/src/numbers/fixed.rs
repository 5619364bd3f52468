//! Fixed-point decimals.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive};

use super::{Arithmetic, Figure, Rounding};
use crate::error::NumberError;

/// The most decimal places of a [`FixedPoint`].
pub const MAX_DIGITS: u8 = 18;

/// A fixed-point decimal: a number of units of the last place. How many places there are is known to the
/// [`FixedPoint`] it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fixed(i128);

impl Fixed {
    /// The value as units of the last place.
    pub const fn units(self) -> i128 {
        self.0
    }

    /// A value from units of the last place.
    pub const fn from_units(units: i128) -> Self {
        Self(units)
    }
}

/// Arithmetic with a fixed number of decimal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedPoint {
    digits: u8,
    one: i128,
}

impl FixedPoint {
    /// Arithmetic with `digits` decimal places.
    ///
    /// # Errors
    /// Beyond [`MAX_DIGITS`].
    pub fn new(digits: u32) -> Result<Self, NumberError> {
        match u8::try_from(digits) {
            Ok(small) if small <= MAX_DIGITS => Ok(Self { digits: small, one: 10_i128.pow(digits) }),
            _ => Err(NumberError::TooManyDigits { digits, max: MAX_DIGITS }),
        }
    }

    /// Decimal places.
    pub const fn digits(self) -> u8 {
        self.digits
    }

    fn overflow(self) -> NumberError {
        NumberError::Overflow { digits: self.digits }
    }

    /// `a * b / c` with one rounding; falls back to big integers where the product needs more than 128 bits.
    fn scaled(self, a: i128, b: i128, c: i128, rounding: Rounding) -> Result<Fixed, NumberError> {
        if c == 0 {
            return Err(NumberError::DivisionByZero);
        }
        if let Some(product) = a.checked_mul(b) {
            // 64-bit division is several times cheaper than 128-bit division, and most piles of votes fit.
            if let (Rounding::Down, Ok(small), Ok(by)) = (rounding, u64::try_from(product), u64::try_from(c))
            {
                return Ok(Fixed(i128::from(small / by)));
            }
            return round_small(product, c, rounding).map(Fixed).ok_or_else(|| self.overflow());
        }
        let product = BigInt::from(a) * BigInt::from(b);
        round_big(&product, &BigInt::from(c), rounding).to_i128().map(Fixed).ok_or_else(|| self.overflow())
    }
}

fn round_small(product: i128, by: i128, rounding: Rounding) -> Option<i128> {
    let quotient = product.checked_div(by)?;
    let rest = product.checked_rem(by)?;
    if rest == 0 {
        return Some(quotient);
    }
    let positive = (product < 0) == (by < 0);
    match rounding {
        Rounding::Down => Some(quotient),
        // The quotient was cut towards zero, so only a positive one lies below the true value.
        Rounding::Up => quotient.checked_add(i128::from(positive)),
        Rounding::HalfUp => {
            let rest = rest.unsigned_abs();
            let other = by.unsigned_abs() - rest;
            let away = if positive { rest >= other } else { rest > other };
            let step = if positive { 1 } else { -1 };
            if away { quotient.checked_add(step) } else { Some(quotient) }
        }
    }
}

pub(super) fn round_big(product: &BigInt, by: &BigInt, rounding: Rounding) -> BigInt {
    // A sign on the divisor moves to the product, so that floor and ceiling mean what they say.
    let (product, by) = if by.is_negative() { (-product, -by) } else { (product.clone(), by.clone()) };
    match rounding {
        Rounding::Down if product.is_negative() => product.div_ceil(&by),
        Rounding::Down => product.div_floor(&by),
        Rounding::Up => product.div_ceil(&by),
        Rounding::HalfUp => (product * 2_u8 + &by).div_floor(&(by * 2_u8)),
    }
}

impl Arithmetic for FixedPoint {
    type Value = Fixed;

    fn zero(&self) -> Fixed {
        Fixed(0)
    }

    fn ratio(&self, numerator: u64, denominator: u64, rounding: Rounding) -> Result<Fixed, NumberError> {
        self.scaled(i128::from(numerator), self.one, i128::from(denominator), rounding)
    }

    fn add(&self, a: &Fixed, b: &Fixed) -> Result<Fixed, NumberError> {
        a.0.checked_add(b.0).map(Fixed).ok_or_else(|| self.overflow())
    }

    fn sub(&self, a: &Fixed, b: &Fixed) -> Result<Fixed, NumberError> {
        a.0.checked_sub(b.0).map(Fixed).ok_or_else(|| self.overflow())
    }

    fn mul(&self, a: &Fixed, b: &Fixed, rounding: Rounding) -> Result<Fixed, NumberError> {
        self.scaled(a.0, b.0, self.one, rounding)
    }

    fn div(&self, a: &Fixed, b: &Fixed, rounding: Rounding) -> Result<Fixed, NumberError> {
        self.scaled(a.0, self.one, b.0, rounding)
    }

    fn mul_div(&self, a: &Fixed, b: &Fixed, c: &Fixed, rounding: Rounding) -> Result<Fixed, NumberError> {
        self.scaled(a.0, b.0, c.0, rounding)
    }

    fn times(&self, a: &Fixed, n: u64) -> Result<Fixed, NumberError> {
        a.0.checked_mul(i128::from(n)).map(Fixed).ok_or_else(|| self.overflow())
    }

    fn floor(&self, a: &Fixed) -> Fixed {
        Fixed(a.0 - a.0.rem_euclid(self.one))
    }

    fn unit(&self) -> Option<Fixed> {
        Some(Fixed(1))
    }

    fn figure(&self, a: &Fixed) -> Figure {
        Figure::Fixed { units: a.0, digits: self.digits }
    }

    fn parse(&self, figure: &Figure, rounding: Rounding) -> Result<Fixed, NumberError> {
        let value = figure.to_rational() * BigInt::from(self.one);
        let units = if value.denom().is_one() {
            value.numer().clone()
        } else {
            round_big(value.numer(), value.denom(), rounding)
        };
        units.to_i128().map(Fixed).ok_or_else(|| self.overflow())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_transfer_value_is_cut_not_rounded() -> Result<(), NumberError> {
        let five = FixedPoint::new(5)?;
        let value = five.ratio(2, 3, Rounding::Down)?;
        assert_eq!(five.figure(&value).to_string(), "0.66666");
        assert_eq!(five.figure(&five.ratio(2, 3, Rounding::Up)?).to_string(), "0.66667");
        assert_eq!(five.figure(&five.ratio(1, 3, Rounding::HalfUp)?).to_string(), "0.33333");
        Ok(())
    }

    #[test]
    fn large_products_do_not_overflow_on_the_way() -> Result<(), NumberError> {
        let ar = FixedPoint::new(18)?;
        let many = ar.whole(1_000_000_000_000_000)?;
        assert_eq!(ar.mul_div(&many, &many, &many, Rounding::Down)?, many);
        Ok(())
    }

    #[test]
    fn a_result_that_does_not_fit_is_an_error() -> Result<(), NumberError> {
        let ar = FixedPoint::new(18)?;
        let many = ar.whole(u64::MAX)?;
        assert!(ar.mul(&many, &many, Rounding::Down).is_err());
        assert!(ar.div(&many, &ar.zero(), Rounding::Down).is_err());
        assert!(FixedPoint::new(19).is_err());
        Ok(())
    }

    proptest! {
        #[test]
        fn small_and_big_rounding_agree(
            a in -1_000_000_i64..1_000_000,
            b in -1000_i64..1000,
            c in prop_oneof![-999_i64..0, 1_i64..1000],
        ) {
            for rounding in [Rounding::Down, Rounding::Up, Rounding::HalfUp] {
                let product = i128::from(a) * i128::from(b);
                let small = round_small(product, i128::from(c), rounding);
                let big = round_big(&BigInt::from(product), &BigInt::from(c), rounding).to_i128();
                prop_assert_eq!(small, big);
            }
        }
    }
}
