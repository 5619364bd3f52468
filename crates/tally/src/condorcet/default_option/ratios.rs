//! Majority ratios, one for all options or one for each.

use std::{fmt, iter::Peekable, str::Chars};

use super::{Candidate, Election};
use crate::numbers::Figure;

/// How many times as many ballots must prefer an option to the default option as the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ratios {
    /// The same for all options.
    Same(Figure),
    /// In the order of the list; options beyond its end have 1.
    Listed(Vec<Figure>),
    /// By name; options not named have 1.
    Named(Vec<(String, Figure)>),
}

impl Default for Ratios {
    fn default() -> Self {
        Self::Same(Figure::Whole(1))
    }
}

impl Ratios {
    /// The ratio of an option.
    pub fn of(&self, election: &Election, option: Candidate) -> Figure {
        let found = match self {
            Self::Same(ratio) => Some(ratio),
            Self::Listed(list) => list.get(option.index()),
            Self::Named(named) => {
                named.iter().find(|(name, _)| name == election.name(option)).map(|(_, ratio)| ratio)
            }
        };
        found.cloned().unwrap_or(Figure::Whole(1))
    }

    /// Reads `3`, `3/2`, `[3, 1]` or `{"A": 3, "B": "3/2"}`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut chars = text.trim().chars().peekable();
        let read = match chars.peek()? {
            '[' => {
                chars.next();
                let mut list = Vec::new();
                while item(&mut chars, ']', list.is_empty())? {
                    list.push(figure(&mut chars)?);
                }
                Self::Listed(list)
            }
            '{' => {
                chars.next();
                let mut named = Vec::new();
                while item(&mut chars, '}', named.is_empty())? {
                    let name = string(&mut chars)?;
                    blanks(&mut chars);
                    chars.next_if_eq(&':')?;
                    named.push((name, figure(&mut chars)?));
                }
                Self::Named(named)
            }
            _ => Self::Same(figure(&mut chars)?),
        };
        blanks(&mut chars);
        chars.next().is_none().then_some(read)
    }
}

type Text<'a> = Peekable<Chars<'a>>;

fn blanks(chars: &mut Text<'_>) {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
}

/// Whether another item follows; takes the comma before it, or the end.
fn item(chars: &mut Text<'_>, end: char, first: bool) -> Option<bool> {
    blanks(chars);
    if chars.next_if_eq(&end).is_some() {
        return Some(false);
    }
    if !first {
        chars.next_if_eq(&',')?;
        blanks(chars);
    }
    Some(true)
}

fn string(chars: &mut Text<'_>) -> Option<String> {
    blanks(chars);
    chars.next_if_eq(&'"')?;
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' => text.push(escaped(chars)?),
                c @ ('"' | '\\' | '/') => text.push(c),
                _ => return None,
            },
            c => text.push(c),
        }
    }
}

/// Four hexadecimal digits, or twice that for a pair of surrogates.
fn escaped(chars: &mut Text<'_>) -> Option<char> {
    let mut unit = || -> Option<u32> {
        let mut value = 0;
        for _ in 0..4 {
            value = value * 16 + chars.next()?.to_digit(16)?;
        }
        Some(value)
    };
    let high = unit()?;
    if !(0xd800..0xdc00).contains(&high) {
        return char::from_u32(high);
    }
    chars.next_if_eq(&'\\')?;
    chars.next_if_eq(&'u')?;
    let mut low = 0;
    for _ in 0..4 {
        low = low * 16 + chars.next()?.to_digit(16)?;
    }
    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)
}

/// A ratio of zero or more, in quotes or not.
fn figure(chars: &mut Text<'_>) -> Option<Figure> {
    blanks(chars);
    let text = if chars.peek() == Some(&'"') {
        string(chars)?
    } else {
        let mut text = String::new();
        while let Some(c) = chars.next_if(|c| !matches!(c, ',' | ']' | '}') && !c.is_whitespace()) {
            text.push(c);
        }
        text
    };
    text.trim().parse().ok().filter(|ratio| *ratio >= Figure::Whole(0))
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(ratio) => write!(f, "{ratio}"),
            Self::Listed(list) => {
                let list: Vec<String> = list.iter().map(|ratio| format!("\"{ratio}\"")).collect();
                write!(f, "[{}]", list.join(", "))
            }
            Self::Named(named) => {
                let quoted = |name: &str| name.replace('\\', "\\\\").replace('"', "\\\"");
                let named: Vec<String> =
                    named.iter().map(|(name, ratio)| format!("\"{}\": \"{ratio}\"", quoted(name))).collect();
                write!(f, "{{{}}}", named.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for text in ["3", "3/2", r#"["3", "1"]"#, r#"{"A, \"b\"": "3", "C": "1.5"}"#] {
            assert_eq!(Ratios::parse(text).map(|ratios| ratios.to_string()), Some(text.to_owned()));
        }
        assert_eq!(
            Ratios::parse(r#" {"\u00e9\ud83d\ude00" : 2} "#),
            Some(Ratios::Named(vec![("é😀".to_owned(), Figure::Whole(2))]))
        );
        for text in ["", "-1", "x", "[1", "[1 2]", "{1: 2}", "{\"a\" 1}", "1 2", "{\"\\ud800\":1}"] {
            assert_eq!(Ratios::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\{\\}\\[\\]\":,\\\\0-9a-fu/. -]{0,40}") {
            if let Some(ratios) = Ratios::parse(&text) {
                prop_assert_eq!(Ratios::parse(&ratios.to_string()), Some(ratios));
            }
        }
    }
}
