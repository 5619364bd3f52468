//! Numbers in words, so that a figure cannot be altered by a stroke of the pen.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const STEPS: [(u64, &str); 7] = [
    (1_000_000_000_000_000_000, "quintillion"),
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
    (100, "hundred"),
];

/// A number in words: 1,234 is "one thousand two hundred thirty-four".
pub(super) fn in_words(number: u64) -> String {
    if let Some((step, name)) = STEPS.iter().find(|(step, _)| number >= *step) {
        let (many, rest) = (in_words(number / step), number % step);
        return if rest == 0 {
            format!("{many} {name}")
        } else {
            format!("{many} {name} {}", in_words(rest))
        };
    }
    let small = |number: u64| usize::try_from(number).ok().and_then(|at| SMALL.get(at)).copied();
    if let Some(word) = small(number) {
        return word.to_owned();
    }
    let ten = usize::try_from(number / 10).ok().and_then(|at| TENS.get(at)).copied().unwrap_or_default();
    match small(number % 10) {
        Some(unit) if !number.is_multiple_of(10) => format!("{ten}-{unit}"),
        _ => ten.to_owned(),
    }
}

/// A share in percent with one decimal, worked out in whole numbers and rounded half up; `0.0` of nothing.
pub fn percent(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let tenths = (part * 2000 + whole).checked_div(whole * 2).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_out() {
        for (number, words) in [
            (0, "zero"),
            (7, "seven"),
            (13, "thirteen"),
            (20, "twenty"),
            (21, "twenty-one"),
            (99, "ninety-nine"),
            (100, "one hundred"),
            (105, "one hundred five"),
            (1_234, "one thousand two hundred thirty-four"),
            (2_000, "two thousand"),
            (1_000_001, "one million one"),
        ] {
            assert_eq!(in_words(number), words);
        }
        assert!(in_words(u64::MAX).starts_with("eighteen quintillion"));
    }

    #[test]
    fn shares_are_exact_to_the_tenth() {
        for (part, whole, text) in [
            (0, 0, "0.0"),
            (0, 7, "0.0"),
            (7, 7, "100.0"),
            (1, 3, "33.3"),
            (2, 3, "66.7"),
            (1, 8, "12.5"),
            (1, 2000, "0.1"),
            (1, 2001, "0.0"),
            (1999, 2000, "100.0"),
            (u64::MAX, u64::MAX, "100.0"),
        ] {
            assert_eq!(percent(part, whole), text, "{part} of {whole}");
        }
    }
}
