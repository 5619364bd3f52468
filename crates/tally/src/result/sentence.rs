//! Plain sentences.

use crate::{
    election::{Candidate, Election},
    numbers::Figure,
};

/// "A", "A and B", "A, B and C".
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The candidates' names as a [`list`].
pub fn names(election: &Election, candidates: &[Candidate]) -> String {
    let names: Vec<&str> = candidates.iter().map(|candidate| election.name(*candidate)).collect();
    list(&names)
}

/// "1 vote", "41 votes".
pub fn plural_votes(figure: &Figure) -> String {
    let text = figure.to_plain();
    if text == "1" { format!("{text} vote") } else { format!("{text} votes") }
}
