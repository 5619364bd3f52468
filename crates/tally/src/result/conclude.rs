//! The end of a count for one seat that comes down to one figure or one order.

use super::{Halt, Record, Round, names};
use crate::{election::Candidate, ties::TieQuestion};

impl Record<'_> {
    /// Elects the one in front, and adds the round that shows why. The group `winners` of the result holds all whom the
    /// rule itself puts in front; a tie between several is broken as told, or stops the count.
    ///
    /// `why` is the sentence for the one elected, without the full stop; it is given whether there was a tie.
    ///
    /// # Errors
    /// As [`Record::break_tie`].
    pub fn conclude(
        &mut self,
        mut round: Round,
        front: &[Candidate],
        why: impl FnOnce(Candidate, bool) -> String,
    ) -> Result<(), Halt> {
        self.result.groups.push(("winners", front.to_vec()));
        if front.is_empty() {
            if round.sentence.is_empty() {
                "nobody stands.".clone_into(&mut round.sentence);
            }
            self.push(round);
            return Ok(());
        }
        let ties = self.result.ties.len();
        match self.break_tie(TieQuestion::Elect, front) {
            Ok(winner) => {
                round.sentence.push_str(&why(winner, front.len() > 1));
                round.sentence.push('.');
                round.sentence.push_str(&self.tie_sentence(ties));
                round.elected.push(winner);
                self.push(round);
                Ok(())
            }
            Err(halt) => Err(self.stopped(round, halt)),
        }
    }

    /// Puts the candidates in groups from best to worst by a figure, and keeps the order as the result's ranking.
    /// Answers the first group.
    pub fn rank_by<V: Ord>(
        &mut self,
        candidates: &[Candidate],
        value: impl Fn(Candidate) -> V,
    ) -> Vec<Candidate> {
        let mut sorted: Vec<(V, Candidate)> = candidates.iter().map(|c| (value(*c), *c)).collect();
        sorted.sort_by(|(x, a), (y, b)| y.cmp(x).then(a.cmp(b)));
        self.result.ranking = sorted
            .chunk_by(|(x, _), (y, _)| x == y)
            .map(|group| group.iter().map(|(_, candidate)| *candidate).collect())
            .collect();
        self.result.ranking.first().cloned().unwrap_or_default()
    }

    /// One figure per standing candidate, in list order, `None` for the withdrawn.
    pub fn figures(&self, value: impl Fn(Candidate) -> crate::Figure) -> Vec<Option<crate::Figure>> {
        let election = self.election();
        election
            .all()
            .map(|candidate| (!election.is_withdrawn(candidate)).then(|| value(candidate)))
            .collect()
    }

    /// The names of candidates as a list.
    pub fn names(&self, candidates: &[Candidate]) -> String {
        names(self.election(), candidates)
    }
}
