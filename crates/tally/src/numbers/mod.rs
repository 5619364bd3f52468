//! Exact numbers: fixed-point decimals that say how they round, exact fractions, and figures as they are printed.
//!
//! A method that transfers fractions of votes is written once over [`Arithmetic`] and runs with [`FixedPoint`] (n
//! decimal places, as most statutes say) or with [`Exact`] (fractions without any rounding).

mod figure;
mod fixed;

pub use figure::Figure;
pub use fixed::{Fixed, FixedPoint, MAX_DIGITS};
use num_bigint::BigInt;
pub use num_rational::BigRational;
use num_traits::Zero;

use crate::error::NumberError;

/// What becomes of the digits that do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Cut off (towards zero), what nearly every transfer rule says.
    Down,
    /// Towards the next larger number when anything is cut off.
    Up,
    /// To the nearest, a half goes up.
    HalfUp,
}

/// A kind of number to count in. Values are only combined through it, so that every rounding is written down.
///
/// Adding and subtracting never round. `mul`, `div` and `mul_div` round once, at the end, as told; [`Exact`] never does.
pub trait Arithmetic: Clone {
    /// The values.
    type Value: Clone + Ord + std::fmt::Debug;

    /// Zero.
    fn zero(&self) -> Self::Value;

    /// `numerator / denominator`. With denominator 1 a whole number.
    ///
    /// # Errors
    /// When it does not fit or the denominator is zero.
    fn ratio(&self, numerator: u64, denominator: u64, rounding: Rounding)
    -> Result<Self::Value, NumberError>;

    /// A whole number.
    ///
    /// # Errors
    /// When it does not fit.
    fn whole(&self, number: u64) -> Result<Self::Value, NumberError> {
        self.ratio(number, 1, Rounding::Down)
    }

    /// `a + b`.
    ///
    /// # Errors
    /// When it does not fit.
    fn add(&self, a: &Self::Value, b: &Self::Value) -> Result<Self::Value, NumberError>;

    /// `a - b`; may be negative.
    ///
    /// # Errors
    /// When it does not fit.
    fn sub(&self, a: &Self::Value, b: &Self::Value) -> Result<Self::Value, NumberError>;

    /// `a * b`, rounded.
    ///
    /// # Errors
    /// When it does not fit.
    fn mul(&self, a: &Self::Value, b: &Self::Value, rounding: Rounding) -> Result<Self::Value, NumberError>;

    /// `a / b`, rounded.
    ///
    /// # Errors
    /// When it does not fit or `b` is zero.
    fn div(&self, a: &Self::Value, b: &Self::Value, rounding: Rounding) -> Result<Self::Value, NumberError>;

    /// `a * b / c`, rounded once.
    ///
    /// # Errors
    /// When it does not fit or `c` is zero.
    fn mul_div(
        &self,
        a: &Self::Value,
        b: &Self::Value,
        c: &Self::Value,
        rounding: Rounding,
    ) -> Result<Self::Value, NumberError>;

    /// `a` times a whole number, exactly (a pile of equal ballots).
    ///
    /// # Errors
    /// When it does not fit.
    fn times(&self, a: &Self::Value, n: u64) -> Result<Self::Value, NumberError>;

    /// The largest whole number not above `a`.
    fn floor(&self, a: &Self::Value) -> Self::Value;

    /// The smallest step between two values (one unit of the last place); `None` where there is none.
    fn unit(&self) -> Option<Self::Value>;

    /// The value as it is printed in a result.
    fn figure(&self, a: &Self::Value) -> Figure;

    /// A number written in decimal or as a fraction, such as a tolerance given as parameter.
    ///
    /// # Errors
    /// When it does not fit.
    fn parse(&self, figure: &Figure, rounding: Rounding) -> Result<Self::Value, NumberError>;
}

/// Fractions of any size, never rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Exact;

impl Arithmetic for Exact {
    type Value = BigRational;

    fn zero(&self) -> BigRational {
        BigRational::zero()
    }

    fn ratio(&self, numerator: u64, denominator: u64, _: Rounding) -> Result<BigRational, NumberError> {
        if denominator == 0 {
            return Err(NumberError::DivisionByZero);
        }
        Ok(BigRational::new(BigInt::from(numerator), BigInt::from(denominator)))
    }

    fn add(&self, a: &BigRational, b: &BigRational) -> Result<BigRational, NumberError> {
        Ok(a + b)
    }

    fn sub(&self, a: &BigRational, b: &BigRational) -> Result<BigRational, NumberError> {
        Ok(a - b)
    }

    fn mul(&self, a: &BigRational, b: &BigRational, _: Rounding) -> Result<BigRational, NumberError> {
        Ok(a * b)
    }

    fn div(&self, a: &BigRational, b: &BigRational, _: Rounding) -> Result<BigRational, NumberError> {
        if b.is_zero() { Err(NumberError::DivisionByZero) } else { Ok(a / b) }
    }

    fn mul_div(
        &self,
        a: &BigRational,
        b: &BigRational,
        c: &BigRational,
        rounding: Rounding,
    ) -> Result<BigRational, NumberError> {
        self.div(&(a * b), c, rounding)
    }

    fn times(&self, a: &BigRational, n: u64) -> Result<BigRational, NumberError> {
        Ok(a * BigInt::from(n))
    }

    fn floor(&self, a: &BigRational) -> BigRational {
        a.floor()
    }

    fn unit(&self) -> Option<BigRational> {
        None
    }

    fn figure(&self, a: &BigRational) -> Figure {
        Figure::Ratio(a.clone())
    }

    fn parse(&self, figure: &Figure, _: Rounding) -> Result<BigRational, NumberError> {
        Ok(figure.to_rational())
    }
}
