//! The JSON form of a result: candidates by name, figures as exact strings, whole ones as numbers.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use super::{Column, CountResult, Matrix, Outcome, Round, Status, StepOrder, Target, Transfer};
use crate::{
    election::Candidate,
    numbers::Figure,
    ties::{TieRecord, TieRule},
};

/// A part of a result together with the names it needs.
struct Named<'a, T: ?Sized>(&'a CountResult, &'a T);

impl<'a, T: ?Sized> Named<'a, T> {
    const fn with<U: ?Sized>(&self, part: &'a U) -> Named<'a, U> {
        Named(self.0, part)
    }
}

struct Pairs<'a>(&'a [(&'static str, Figure)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, figure)| (name, figure)))
    }
}

struct Parameters<'a>(&'a [(&'static str, String)]);

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Named<'_, [Candidate]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|candidate| self.0.name(*candidate)))
    }
}

impl Serialize for Named<'_, [Option<Figure>]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = self.0.candidates.iter().zip(self.1);
        serializer
            .collect_map(named.filter_map(|(name, figure)| figure.as_ref().map(|figure| (name, figure))))
    }
}

impl Serialize for Named<'_, [Vec<Candidate>]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|group| self.with(group.as_slice())))
    }
}

impl Serialize for Named<'_, [Column]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.1.iter().map(|column| (column.name, self.with(column.values.as_slice()))))
    }
}

impl Serialize for Named<'_, [(&'static str, Vec<Candidate>)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.1.iter().map(|(name, group)| (name, self.with(group.as_slice()))))
    }
}

impl Serialize for Named<'_, Matrix> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.0.candidates.iter().zip(&self.1.values);
        serializer.collect_map(
            rows.filter(|(_, row)| row.iter().any(Option::is_some))
                .map(|(name, row)| (name, self.with(row.as_slice()))),
        )
    }
}

impl Serialize for Named<'_, [Matrix]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.1.iter().map(|matrix| (matrix.name, self.with(matrix))))
    }
}

impl Serialize for Named<'_, [(Target, Figure)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.1.iter().map(|(target, figure)| {
            let name = match target {
                Target::Candidate(candidate) => self.0.name(*candidate),
                Target::Nobody(reason) => reason,
            };
            (name, figure)
        }))
    }
}

impl Serialize for Named<'_, Transfer> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("from", self.0.name(self.1.from))?;
        map.serialize_entry("to", &self.with(self.1.to.as_slice()))?;
        if let Some(value) = &self.1.value {
            map.serialize_entry("value", value)?;
        }
        map.end()
    }
}

impl Serialize for Named<'_, Round> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let round = self.1;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("round", &round.number)?;
        map.serialize_entry("event", round.event.name())?;
        if !round.subjects.is_empty() {
            map.serialize_entry("candidates", &self.with(round.subjects.as_slice()))?;
        }
        if !round.tally.is_empty() {
            map.serialize_entry("tally", &self.with(round.tally.as_slice()))?;
        }
        for (name, figure) in
            [("quota", &round.quota), ("exhausted", &round.exhausted), ("rounding", &round.rounding)]
        {
            if let Some(figure) = figure {
                map.serialize_entry(name, figure)?;
            }
        }
        if !round.details.is_empty() {
            map.serialize_entry("details", &Pairs(&round.details))?;
        }
        if !round.columns.is_empty() {
            map.serialize_entry("columns", &self.with(round.columns.as_slice()))?;
        }
        if !round.transfers.is_empty() {
            let transfers: Vec<_> = round.transfers.iter().map(|transfer| self.with(transfer)).collect();
            map.serialize_entry("transfers", &transfers)?;
        }
        map.serialize_entry("elected", &self.with(round.elected.as_slice()))?;
        map.serialize_entry("eliminated", &self.with(round.eliminated.as_slice()))?;
        map.serialize_entry("sentence", &round.sentence)?;
        map.end()
    }
}

impl Serialize for Named<'_, TieRecord> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tie = self.1;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("round", &tie.round)?;
        map.serialize_entry("question", tie.question.name())?;
        map.serialize_entry("tied", &self.with(tie.tied.as_slice()))?;
        map.serialize_entry("chosen", &tie.chosen.map(|candidate| self.0.name(candidate)))?;
        map.serialize_entry("rule", &tie.rule.as_ref().map(TieRule::name))?;
        if let Some(TieRule::Lot { seed }) = &tie.rule {
            map.serialize_entry("seed", seed)?;
        }
        if let Some(round) = tie.decided_at {
            map.serialize_entry("decided_at", &round)?;
        }
        map.end()
    }
}

impl Serialize for Named<'_, [Status]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.1.len()))?;
        for (name, status) in self.0.candidates.iter().zip(self.1) {
            seq.serialize_element(&StatusLine { name, status: *status })?;
        }
        seq.end()
    }
}

struct StatusLine<'a> {
    name: &'a str,
    status: Status,
}

impl Serialize for StatusLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("candidate", self.name)?;
        match self.status {
            Status::Elected { place, round } => {
                map.serialize_entry("status", "elected")?;
                map.serialize_entry("place", &place)?;
                map.serialize_entry("round", &round)?;
            }
            Status::Eliminated { round } => {
                map.serialize_entry("status", "eliminated")?;
                map.serialize_entry("round", &round)?;
            }
            Status::NotElected => map.serialize_entry("status", "not_elected")?,
            Status::Undecided => map.serialize_entry("status", "undecided")?,
            Status::Withdrawn => map.serialize_entry("status", "withdrawn")?,
        }
        map.end()
    }
}

impl Serialize for CountResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = Named(self, self);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("title", &self.title)?;
        map.serialize_entry("method", self.method)?;
        map.serialize_entry("params", &Parameters(&self.parameters))?;
        map.serialize_entry("seats", &self.seats)?;
        map.serialize_entry("n_ballots", &self.ballots.total)?;
        map.serialize_entry("blank", &self.ballots.blank)?;
        map.serialize_entry("invalid", &self.ballots.invalid)?;
        map.serialize_entry("outcome", if self.is_complete() { "complete" } else { "tie" })?;
        if let Outcome::Tie { question, tied } = &self.outcome {
            map.serialize_entry("tie_about", question.name())?;
            map.serialize_entry("tied", &part.with(tied.as_slice()))?;
        }
        map.serialize_entry("winners", &part.with(self.elected.as_slice()))?;
        map.serialize_entry("candidates", &part.with(self.statuses.as_slice()))?;
        if !self.ranking.is_empty() {
            map.serialize_entry("ranking", &part.with(self.ranking.as_slice()))?;
        }
        map.serialize_entry("figures", &Pairs(&self.figures))?;
        map.serialize_entry("columns", &part.with(self.columns.as_slice()))?;
        map.serialize_entry("groups", &part.with(self.groups.as_slice()))?;
        map.serialize_entry("matrices", &part.with(self.matrices.as_slice()))?;
        map.serialize_entry(
            "step_order",
            match self.step_order {
                StepOrder::TallyThenAction => "tally_then_action",
                StepOrder::ActionThenTally => "action_then_tally",
            },
        )?;
        let rounds: Vec<_> = self.rounds.iter().map(|round| part.with(round)).collect();
        map.serialize_entry("rounds", &rounds)?;
        let ties: Vec<_> = self.ties.iter().map(|tie| part.with(tie)).collect();
        map.serialize_entry("ties", &ties)?;
        if !self.lot.is_empty() {
            map.serialize_entry("lot", &part.with(self.lot.as_slice()))?;
        }
        map.end()
    }
}
