//! Counts by transfer: textbook examples and what holds for every election.

mod examples;
mod properties;

use crate::{CountResult, Election, Figure, Method, Params, RankedBallots, count};

type Tested = Result<(), Box<dyn std::error::Error>>;

fn election(
    names: &[&str],
    seats: u32,
    ballots: &[(u64, &[&[usize]])],
) -> Result<Election, Box<dyn std::error::Error>> {
    let mut builder = RankedBallots::builder(names.len());
    for (weight, ranks) in ballots {
        builder.push_ranks(*weight, ranks)?;
    }
    Ok(Election::new("", names.iter().copied(), seats, builder.finish())?)
}

fn counted(
    method: &str,
    params: &[(&str, &str)],
    election: &Election,
) -> Result<CountResult, Box<dyn std::error::Error>> {
    let method = Method::from_params(method, Params::from_pairs(params.iter().copied()))?;
    Ok(count(&method, election)?)
}

fn tally(result: &CountResult, round: usize) -> Vec<String> {
    result.rounds[round]
        .tally
        .iter()
        .map(|figure| figure.as_ref().map_or("-".to_owned(), Figure::to_string))
        .collect()
}
