//! Instant runoff (alternative vote, preferential ballot).
//!
//! The count follows the rules of the `RCTab` tabulator for one winner, whose options it offers under the same names.

mod piles;
mod reader;

pub use piles::OvervoteRule;
pub(crate) use piles::{Piles, REASONS};
pub(crate) use reader::{Landing, Reader, Reason};

use crate::{
    ParamError,
    election::{Candidate, Election},
    method::{BallotForm, CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::{Arithmetic, Figure, FixedPoint, MAX_DIGITS, Rounding},
    result::{Halt, Record, Round, RoundEvent, Target, Transfer, names, plural_votes},
    ties::TieQuestion,
};

/// What there is to know about it.
pub(crate) const INFO: MethodInfo = MethodInfo {
    name: "irv",
    aliases: &["instant-runoff", "alternative-vote", "av", "ranked-choice"],
    title: "Instant runoff (alternative vote)",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[
        ParamInfo {
            name: "overvote-rule",
            values: "exhaust, skip, exhaust-if-multiple-continuing",
            default: "exhaust",
        },
        ParamInfo {
            name: "max-skipped-ranks-allowed",
            values: "a number, or unlimited; a longer gap ends the ballot",
            default: "unlimited",
        },
        ParamInfo {
            name: "max-rankings-allowed",
            values: "a number, or max; later ranks are not read",
            default: "max",
        },
        ParamInfo {
            name: "exhaust-on-duplicate-candidate",
            values: "true, false; whether a name met again ends the ballot",
            default: "false",
        },
        ParamInfo {
            name: "batch-elimination",
            values: "true, false; whether all who cannot catch up go at once",
            default: "false",
        },
        ParamInfo {
            name: "continue-until-two-candidates-remain",
            values: "true, false; whether the count goes on after a majority",
            default: "false",
        },
        ParamInfo {
            name: "minimum-vote-threshold",
            values: "a number of votes; all with fewer go at once",
            default: "0",
        },
        ParamInfo {
            name: "undeclared-write-in-candidate",
            values: "the name votes for unlisted people stand under; it goes first, alone",
            default: "none",
        },
        ParamInfo {
            name: "non-integer-winning-threshold",
            values: "true, false; whether the threshold is half and one unit of the last place",
            default: "false",
        },
        ParamInfo {
            name: "decimal-places-for-vote-arithmetic",
            values: "0 to 18; only for a threshold that is no whole number",
            default: "4",
        },
    ],
    build,
};

/// Instant runoff: while nobody has more than half of the votes still counting, whoever has the fewest is excluded and
/// each of those votes moves to its next candidate still in the count.
///
/// Blank ballots are not inactive ones: they are left out and reported. A ballot once inactive never comes back. When
/// the last two are equal the tie is broken as a question of exclusion and the other one is elected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent options, each with its published name")]
pub struct Irv {
    /// What several marks at one rank mean.
    pub overvote: OvervoteRule,
    /// The longest gap of empty ranks a ballot survives, measured from the last rank used; `None`: any.
    pub max_skipped: Option<u32>,
    /// Ranks read; `None`: all.
    pub max_rankings: Option<u32>,
    /// Whether a name met a second time ends the ballot. Otherwise it is passed over.
    pub exhaust_on_duplicate: bool,
    /// Whether the largest group whose votes together are fewer than the next candidate's go at once.
    pub batch_elimination: bool,
    /// Whether the count goes on after somebody has a majority, down to two.
    pub continue_until_two: bool,
    /// All with fewer votes go at once, at any round.
    pub minimum_votes: u64,
    /// The entry votes for unlisted people stand under. It goes first, alone, if it has votes. A name nobody bears has no effect.
    pub undeclared_write_ins: Option<String>,
    /// Whether the threshold shown is half the votes and one unit of the last place instead of the next whole number
    /// above half.
    pub non_integer_threshold: bool,
    /// Decimal places of such a threshold.
    pub decimals: u8,
}

impl Default for Irv {
    fn default() -> Self {
        Self {
            overvote: OvervoteRule::Exhaust,
            max_skipped: None,
            max_rankings: None,
            exhaust_on_duplicate: false,
            batch_elimination: false,
            continue_until_two: false,
            minimum_votes: 0,
            undeclared_write_ins: None,
            non_integer_threshold: false,
            decimals: 4,
        }
    }
}

/// A number, or one of the words for "no limit".
fn limit(params: &mut Params, name: &str) -> Result<Option<u32>, ParamError> {
    let Some(value) = params.take(&[name]) else {
        return Ok(None);
    };
    match value.trim().to_lowercase().as_str() {
        "unlimited" | "max" => Ok(None),
        number => number.parse().map(Some).map_err(|_| ParamError::BadValue {
            name: name.to_owned(),
            value: value.clone(),
            expected: "a whole number or `unlimited`".to_owned(),
        }),
    }
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    Ok(Rule::Ranked(super::RankedMethod::Irv(Irv::options(params)?)))
}

impl Irv {
    /// The options out of parameters, under the names of `RCTab` too.
    pub(crate) fn options(params: &mut Params) -> Result<Self, ParamError> {
        params.take_fixed(&["winnerElectionMode"], &["singleWinnerMajority", "singleWinner"])?;
        params.take_fixed(&["hareQuota"], &["false"])?;
        // A remark on what the write-in entry means; the rule is always the one documented above.
        let _ = params.take(&["undeclared_write_in_rule"]);
        let overvote = params.take_choice(&["overvote-rule", "overvote"], &OvervoteRule::CHOICES)?;
        let decimals = params.take_u32(&["decimal-places-for-vote-arithmetic"])?.unwrap_or(4);
        let decimals = u8::try_from(decimals).ok().filter(|digits| *digits <= MAX_DIGITS);
        Ok(Self {
            overvote: overvote.unwrap_or(OvervoteRule::Exhaust),
            max_skipped: limit(params, "max-skipped-ranks-allowed")?,
            max_rankings: limit(params, "max-rankings-allowed")?,
            exhaust_on_duplicate: params.take_bool(&["exhaust-on-duplicate-candidate"])?.unwrap_or(false),
            batch_elimination: params.take_bool(&["batch-elimination"])?.unwrap_or(false),
            continue_until_two: params.take_bool(&["continue-until-two-candidates-remain"])?.unwrap_or(false),
            minimum_votes: params.take_u64(&["minimum-vote-threshold"])?.unwrap_or(0),
            undeclared_write_ins: params
                .take(&["undeclared-write-in-candidate"])
                .filter(|name| name != "none"),
            non_integer_threshold: params.take_bool(&["non-integer-winning-threshold"])?.unwrap_or(false),
            decimals: decimals.ok_or_else(|| ParamError::BadValue {
                name: "decimal-places-for-vote-arithmetic".to_owned(),
                value: "too many".to_owned(),
                expected: format!("at most {MAX_DIGITS}"),
            })?,
        })
    }
}

impl CountingRule for Irv {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let limit = |limit: Option<u32>, word: &str| limit.map_or(word.to_owned(), |limit| limit.to_string());
        vec![
            ("overvote-rule", self.overvote.name().to_owned()),
            ("max-skipped-ranks-allowed", limit(self.max_skipped, "unlimited")),
            ("max-rankings-allowed", limit(self.max_rankings, "max")),
            ("exhaust-on-duplicate-candidate", self.exhaust_on_duplicate.to_string()),
            ("batch-elimination", self.batch_elimination.to_string()),
            ("continue-until-two-candidates-remain", self.continue_until_two.to_string()),
            ("minimum-vote-threshold", self.minimum_votes.to_string()),
            (
                "undeclared-write-in-candidate",
                self.undeclared_write_ins.clone().unwrap_or_else(|| "none".to_owned()),
            ),
            ("non-integer-winning-threshold", self.non_integer_threshold.to_string()),
            ("decimal-places-for-vote-arithmetic", self.decimals.to_string()),
        ]
    }

    fn form(&self, _seats: u32) -> BallotForm {
        BallotForm::Ranking { most: self.max_rankings }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        self.count_without(record, &[], "")
    }
}

impl Irv {
    /// Counts after taking some candidates out in a first round of its own, for the reason given.
    pub(crate) fn count_without(
        &self,
        record: &mut Record<'_>,
        out: &[Candidate],
        reason: &str,
    ) -> Result<(), Halt> {
        let ballots = record.ranked()?;
        let election = record.election();
        let scale = ballots.scale();
        let mut piles = Piles::new(self, election, ballots);
        let mut winner = None;
        if !out.is_empty() {
            let mut round = tally_round(election, &piles, scale);
            round.transfers = piles.exclude(out);
            round.sentence = format!("{reason} {}", exclusion_sentence(election, out, &round.transfers));
            round.eliminated = out.to_vec();
            record.push(round);
        }
        while !piles.continuing().is_empty() {
            record.step()?;
            let ties_before = record.result.ties.len();
            let mut round = tally_round(election, &piles, scale);
            let threshold = self.threshold(piles.active(), scale)?;
            round.quota = Some(threshold.figure.clone());

            let mut sentences = Vec::new();
            if winner.is_none() {
                match self.find_winner(record, &piles, &threshold) {
                    Ok(Some((elected, sentence))) => {
                        winner = Some(elected);
                        round.elected.push(elected);
                        sentences.push(sentence);
                    }
                    Ok(None) => {}
                    Err(halt) => return Err(record.stopped(round, halt)),
                }
            }
            let last = winner.is_some() && (!self.continue_until_two || piles.continuing().len() <= 2);
            if !last {
                let excluded = match self.choose_excluded(record, &piles) {
                    Ok(excluded) => excluded,
                    Err(halt) => return Err(record.stopped(round, halt)),
                };
                round.transfers = piles.exclude(&excluded);
                sentences.push(exclusion_sentence(election, &excluded, &round.transfers));
                round.eliminated = excluded;
            } else if round.elected.is_empty() {
                sentences.push(format!("{} remain.", names(election, piles.continuing())));
            }
            round.sentence = sentences.join(" ");
            round.sentence.push_str(&record.tie_sentence(ties_before));
            record.push(round);
            if last {
                break;
            }
        }
        Ok(())
    }
}

/// A round with the tallies as they stand.
pub(crate) fn tally_round(election: &Election, piles: &Piles<'_>, scale: u64) -> Round {
    let mut round = Round::new(RoundEvent::Round);
    round.tally = election
        .all()
        .map(|candidate| {
            piles.is_continuing(candidate).then(|| Figure::scaled(piles.tally(candidate), scale))
        })
        .collect();
    round.exhausted = Some(Figure::scaled(piles.inactive().iter().sum(), scale));
    round.details =
        REASONS.into_iter().zip(piles.inactive().map(|units| Figure::scaled(units, scale))).collect();
    round
}

/// The votes needed to be elected.
struct Threshold {
    figure: Figure,
    /// The fewest units that reach it.
    units: u64,
}

impl Irv {
    fn threshold(&self, active: u64, scale: u64) -> Result<Threshold, Halt> {
        if self.non_integer_threshold {
            let ar = FixedPoint::new(u32::from(self.decimals))?;
            let half = ar.ratio(active, scale.saturating_mul(2), Rounding::Down)?;
            let unit = ar.unit().unwrap_or_else(|| ar.zero());
            return Ok(Threshold { figure: ar.figure(&ar.add(&half, &unit)?), units: active / 2 + 1 });
        }
        let votes = active / scale / 2 + 1;
        Ok(Threshold { figure: Figure::from(votes), units: votes.saturating_mul(scale) })
    }

    fn find_winner(
        &self,
        record: &mut Record<'_>,
        piles: &Piles<'_>,
        threshold: &Threshold,
    ) -> Result<Option<(Candidate, String)>, Halt> {
        let election = record.election();
        let scale = election.ballots().total().1;
        let figure = |candidate| Figure::scaled(piles.tally(candidate), scale);
        let reached = piles.continuing().iter().find(|candidate| piles.tally(**candidate) >= threshold.units);
        if let Some(candidate) = reached.copied() {
            let sentence = format!(
                "{} has {} of the {} still counting, a majority ({} needed), and is elected.",
                election.name(candidate),
                figure(candidate).to_plain(),
                plural_votes(&Figure::scaled(piles.active(), scale)),
                threshold.figure.to_plain(),
            );
            return Ok(Some((candidate, sentence)));
        }
        match *piles.continuing() {
            [only] => {
                Ok(Some((only, format!("{} is the last one left and is elected.", election.name(only)))))
            }
            [a, b]
                if piles.tally(a) == piles.tally(b) && self.write_ins_to_drop(election, piles).is_none() =>
            {
                let loser = record.break_tie(TieQuestion::Exclude, &[a, b])?;
                let elected = if loser == a { b } else { a };
                let sentence = format!(
                    "{} have {} each; {} is elected.",
                    names(election, &[a, b]),
                    plural_votes(&figure(a)),
                    election.name(elected),
                );
                Ok(Some((elected, sentence)))
            }
            _ => Ok(None),
        }
    }

    /// The write-in entry, while it has votes.
    fn write_ins_to_drop(&self, election: &Election, piles: &Piles<'_>) -> Option<Candidate> {
        let candidate = election.find(self.undeclared_write_ins.as_deref()?)?;
        (piles.is_continuing(candidate) && piles.tally(candidate) > 0).then_some(candidate)
    }

    fn choose_excluded(&self, record: &mut Record<'_>, piles: &Piles<'_>) -> Result<Vec<Candidate>, Halt> {
        let election = record.election();
        if let Some(write_ins) = self.write_ins_to_drop(election, piles) {
            return Ok(vec![write_ins]);
        }
        let mut ascending = piles.continuing().to_vec();
        ascending.sort_by_key(|candidate| (piles.tally(*candidate), *candidate));
        // Somebody must be left to elect, and two where the count is to end with two.
        let most = ascending.len().saturating_sub(if self.continue_until_two { 2 } else { 1 });

        let minimum = self.minimum_votes.saturating_mul(election.ballots().total().1);
        let below = ascending.iter().take_while(|candidate| piles.tally(**candidate) < minimum).count();
        if below > 0 && below <= most {
            ascending.truncate(below);
            ascending.sort_unstable();
            return Ok(ascending);
        }
        if self.batch_elimination {
            let mut together = 0;
            let mut batch = 0;
            for (size, candidate) in ascending.iter().enumerate().take(most + 1) {
                // Strictly fewer: with equality they could still draw level.
                if together < piles.tally(*candidate) {
                    batch = size;
                }
                together += piles.tally(*candidate);
            }
            if batch > 0 {
                ascending.truncate(batch);
                ascending.sort_unstable();
                return Ok(ascending);
            }
        }
        let fewest = ascending.first().map(|candidate| piles.tally(*candidate));
        ascending.retain(|candidate| Some(piles.tally(*candidate)) == fewest);
        Ok(vec![record.break_tie(TieQuestion::Exclude, &ascending)?])
    }
}

pub(crate) fn exclusion_sentence(
    election: &Election,
    excluded: &[Candidate],
    transfers: &[Transfer],
) -> String {
    // Votes of several candidates are told together, largest part first; the figures by candidate are in the transfers.
    let mut parts: Vec<(Target, Figure)> = Vec::new();
    for (target, figure) in transfers.iter().flat_map(|transfer| &transfer.to) {
        match parts.iter_mut().find(|(known, _)| known == target) {
            Some((_, sum)) => *sum = Figure::sum(sum, figure),
            None => parts.push((target.clone(), figure.clone())),
        }
    }
    parts.sort_by(|(a, x), (b, y)| {
        let nobody = |target: &Target| matches!(target, Target::Nobody(_));
        nobody(a).cmp(&nobody(b)).then(y.cmp(x))
    });
    let (is, its) = if excluded.len() == 1 { ("is", "its") } else { ("are", "their") };
    let who = names(election, excluded);
    if parts.is_empty() {
        return format!("{who} {is} excluded, without any vote to pass on.");
    }
    let mut said = false;
    let parts: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(place, (target, figure))| {
            let text = figure.to_plain();
            let one = text == "1";
            let of = if place == 0 { format!("{text} of {its} votes") } else { text };
            match target {
                Target::Candidate(candidate) => {
                    // The verb is said once: "41 of its votes go to C, 17 to A".
                    let verb = if said {
                        ""
                    } else if one {
                        " goes"
                    } else {
                        " go"
                    };
                    said = true;
                    format!("{of}{verb} to {}", election.name(*candidate))
                }
                Target::Nobody(reason) => format!("{of} {}", why(reason, one)),
            }
        })
        .collect();
    format!("{who} {is} excluded; {}.", parts.join(", "))
}

fn why(reason: &str, one: bool) -> String {
    let s = if one { "s" } else { "" };
    match reason {
        "overvotes" => format!("stop{s} at an overvote"),
        "skippedRankings" => format!("stop{s} at skipped ranks"),
        "repeatedRankings" => format!("stop{s} at a repeated name"),
        _ => format!("rank{s} nobody further"),
    }
}

#[cfg(test)]
mod tests;
