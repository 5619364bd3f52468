//! Figures and names: what is expected against what was counted.

use plenum_tally::numbers::Rounding;
use plenum_tally::{Candidate, CountResult, Election, Figure};
use serde_json::{Map, Value};

pub(super) type Checked = Result<(), String>;

/// A value as text, without the quotes of a string.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn differs(at: &str, expected: impl std::fmt::Display, counted: impl std::fmt::Display) -> String {
    format!("{at}: expected {expected}, counted {counted}")
}

/// What is missing from a table of figures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// Only figures of 0 may be missing, on either side.
    Zero,
    /// Only some candidates are listed.
    Unlisted,
}

/// One check beside its count.
pub(super) struct Comparison<'a> {
    pub(super) check: &'a Map<String, Value>,
    pub(super) result: &'a CountResult,
    pub(super) election: &'a Election,
    /// Figures may be that far apart.
    tolerance: Option<Figure>,
    /// Fractions are shown rounded to that many places.
    display: Option<u8>,
    /// Published figures rounded to fewer places are right when ours round to them.
    pub(super) rounded: bool,
    /// What could not be compared, though it may hold figures.
    pub(super) notes: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        check: &'a Map<String, Value>,
        result: &'a CountResult,
        election: &'a Election,
    ) -> Result<Self, String> {
        let param = |name| check.get("params").and_then(|params| params.get(name));
        let tolerance = param("compare_tolerance").filter(|value| !value.is_null()).map(text);
        let tolerance = tolerance.map(|text| text.parse::<Figure>()).transpose();
        let display = param("display_decimals").filter(|value| !value.is_null()).map(text);
        let display = display.map(|text| text.parse::<u8>()).transpose();
        Ok(Self {
            check,
            result,
            election,
            tolerance: tolerance.map_err(|error| format!("compare_tolerance: {error}"))?,
            display: display.map_err(|error| format!("display_decimals: {error}"))?,
            rounded: false,
            notes: Vec::new(),
        })
    }

    /// Whether a figure is the one written down.
    fn same(&self, counted: &Figure, expected: &str) -> Result<bool, String> {
        let wanted: Figure = expected.parse().map_err(|_| format!("`{expected}` is no figure"))?;
        if *counted == wanted {
            return Ok(true);
        }
        if let Some(tolerance) = &self.tolerance {
            let (a, b) = (counted.to_rational(), wanted.to_rational());
            let apart = if a > b { a - b } else { b - a };
            return Ok(apart <= tolerance.to_rational());
        }
        let digits = places(expected);
        let shown = |rounding| counted.to_decimal(digits, rounding) == expected;
        if let (Some(least), Figure::Ratio(_)) = (self.display, counted) {
            return Ok(digits >= least && shown(Rounding::HalfUp));
        }
        Ok(match counted {
            // A fraction without end can only be shown rounded.
            Figure::Ratio(_) => digits > 0 && shown(Rounding::HalfUp),
            _ => self.rounded && (shown(Rounding::HalfUp) || shown(Rounding::Down)),
        })
    }

    /// Compares one figure; a figure that was not counted is 0. `null` says that none is given.
    pub(super) fn figure(&self, at: &str, expected: &Value, counted: Option<&Figure>) -> Checked {
        if expected.is_null() {
            return Ok(());
        }
        if !expected.is_number() && !expected.is_string() {
            return Err(format!("{at}: `{expected}` is no figure"));
        }
        let zero = Figure::Whole(0);
        let wanted = text(expected);
        let same = self.same(counted.unwrap_or(&zero), &wanted).map_err(|error| format!("{at}: {error}"))?;
        if same {
            return Ok(());
        }
        Err(match counted {
            Some(counted) => differs(at, wanted, counted),
            None => differs(at, wanted, "no such figure"),
        })
    }

    /// The same for a figure this count must have.
    pub(super) fn present(&self, at: &str, expected: &Value, counted: Option<&Figure>) -> Checked {
        match counted {
            None if !expected.is_null() => Err(differs(at, text(expected), "no such figure")),
            _ => self.figure(at, expected, counted),
        }
    }

    pub(super) fn candidate(&self, at: &str, name: &str) -> Result<Candidate, String> {
        self.election.find(name).ok_or_else(|| format!("{at}: there is no candidate `{name}`"))
    }

    /// Compares a table of figures by candidate.
    pub(super) fn column(
        &self,
        at: &str,
        expected: &Value,
        counted: &[Option<Figure>],
        absent: Absent,
    ) -> Checked {
        let Value::Object(expected) = expected else {
            return Err(format!("{at}: `{expected}` is no table of figures by candidate"));
        };
        for (name, figure) in expected {
            let candidate = self.candidate(at, name)?;
            let counted = counted.get(candidate.index()).and_then(Option::as_ref);
            if figure.is_null() && counted.is_some() {
                return Err(differs(&format!("{at} of \"{name}\""), "none", text_of(counted)));
            }
            self.figure(&format!("{at} of \"{name}\""), figure, counted)?;
        }
        if absent == Absent::Unlisted {
            return Ok(());
        }
        for (name, counted) in self.result.candidates.iter().zip(counted) {
            if let Some(figure) = counted.as_ref().filter(|figure| !figure.is_zero())
                && !expected.contains_key(name)
            {
                return Err(differs(&format!("{at} of \"{name}\""), "nothing", figure));
            }
        }
        Ok(())
    }

    /// Compares a matrix; the diagonal may be left out.
    pub(super) fn matrix(&self, at: &str, expected: &Value, name: &str) -> Checked {
        let matrix = self.result.matrix(name).ok_or_else(|| differs(at, "a matrix", "none"))?;
        let Value::Object(rows) = expected else { return Err(format!("{at}: `{expected}` is no matrix")) };
        for (first, row) in rows {
            let index = self.candidate(at, first)?.index();
            let counted = matrix.values.get(index).map(Vec::as_slice).unwrap_or_default();
            self.column(&format!("{at}, row \"{first}\", figure"), row, counted, Absent::Zero)?;
        }
        for (name, row) in self.result.candidates.iter().zip(&matrix.values) {
            if row.iter().flatten().any(|figure| !figure.is_zero()) && !rows.contains_key(name) {
                return Err(differs(at, format!("no row \"{name}\""), "one"));
            }
        }
        Ok(())
    }

    /// Names in a list.
    pub(super) fn listed(&self, at: &str, expected: &Value) -> Result<Vec<String>, String> {
        let Value::Array(list) = expected else {
            return Err(format!("{at}: `{expected}` is no list of names"));
        };
        let mut names = Vec::new();
        for name in list {
            let name = name.as_str().ok_or_else(|| format!("{at}: `{name}` is no name"))?;
            self.candidate(at, name)?;
            names.push(name.to_owned());
        }
        Ok(names)
    }

    pub(super) fn names(&self, candidates: &[Candidate]) -> Vec<String> {
        candidates.iter().map(|candidate| self.result.name(*candidate).to_owned()).collect()
    }

    /// Compares names, in order or as a set.
    pub(super) fn group(&self, at: &str, expected: &Value, counted: &[Candidate], ordered: bool) -> Checked {
        let (mut expected, mut counted) = (self.listed(at, expected)?, self.names(counted));
        if !ordered {
            expected.sort();
            counted.sort();
        }
        if expected == counted { Ok(()) } else { Err(differs(at, quoted(&expected), quoted(&counted))) }
    }
}

/// Decimal places of a figure as written.
fn places(text: &str) -> u8 {
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    u8::try_from(places).unwrap_or(u8::MAX)
}

fn text_of(figure: Option<&Figure>) -> String {
    figure.map_or_else(|| "none".to_owned(), Figure::to_string)
}

pub(super) fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "nobody".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}
