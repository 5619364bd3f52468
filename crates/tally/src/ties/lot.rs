//! Drawing lots from a seed, so that anybody can draw them again.

use sha2::{Digest, Sha256};

use crate::election::{Candidate, Election};

/// The order of all candidates drawn from a seed.
///
/// Each candidate's number is the SHA-256 of the seed, one line feed, and the candidate's name, in UTF-8; the candidates are put in
/// ascending order of these numbers. The order of the candidate list plays no part, and
/// `printf '%s\n%s' "$seed" "$name" | sha256sum` repeats the draw on any machine.
pub fn permutation(election: &Election, seed: &str) -> Vec<Candidate> {
    let mut drawn: Vec<([u8; 32], Candidate)> = election
        .all()
        .map(|candidate| {
            let digest =
                Sha256::new().chain_update(seed).chain_update(b"\n").chain_update(election.name(candidate));
            (digest.finalize().into(), candidate)
        })
        .collect();
    drawn.sort_unstable();
    drawn.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ballots::RankedBallots, error::BallotError};

    #[test]
    fn the_draw_depends_on_seed_and_names_only() -> Result<(), BallotError> {
        let names = |order: [&str; 4]| -> Result<Vec<String>, BallotError> {
            let election = Election::new("", order, 1, RankedBallots::builder(4).finish())?;
            Ok(permutation(&election, "2026").into_iter().map(|c| election.name(c).to_owned()).collect())
        };
        let drawn = names(["Ann", "Bob", "Cy", "Di"])?;
        assert_eq!(drawn, names(["Di", "Cy", "Bob", "Ann"])?);
        // printf '2026\nAnn' | sha256sum, and so on for the other three.
        assert_eq!(drawn, ["Di", "Ann", "Bob", "Cy"]);
        Ok(())
    }
}
