//! Majority judgment: the best median grade.

use num_bigint::BigInt;
use num_traits::Zero;

use super::ChoiceMethod;
use crate::{
    ballots::{Ballots, GradeTallies, MAX_TOTAL, MissingGrades, UNMARKED},
    election::Candidate,
    error::{BallotError, CountError, ParamError},
    method::{BallotForm, CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule, bad, fold},
    numbers::{BigRational, Figure},
    result::{Column, Halt, Record, Round, RoundEvent},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "majority-judgment",
    aliases: &["mj"],
    title: "Majority judgment",
    ballots: &["grade_tallies", "score"],
    seats: SeatRule::One,
    parameters: &[
        ParamInfo {
            name: "mode",
            values: "file, all-judged, static-default, median-default, normalized; what stands for judgments not given",
            default: "file (as the file says; for score ballots, static-default)",
        },
        ParamInfo {
            name: "default",
            values: "a grade from 0, the worst, or none; for static-default",
            default: "none (as the file says, else 0)",
        },
        ParamInfo {
            name: "median",
            values: "lower, upper; of the two middle judgments of an even number",
            default: "lower",
        },
    ],
    build,
};

/// What stands for judgments not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MissingMode {
    /// What the file says; for score ballots a grade.
    #[default]
    File,
    /// Nothing: everybody must have judged everyone.
    AllJudged,
    /// One grade.
    Static,
    /// The candidate's own median grade.
    Median,
    /// Candidates are compared by shares of the judgments they got.
    Normalized,
}

impl MissingMode {
    const NAMES: [(&'static str, Self); 7] = [
        ("file", Self::File),
        ("all-judged", Self::AllJudged),
        ("static-default", Self::Static),
        ("static", Self::Static),
        ("median-default", Self::Median),
        ("median", Self::Median),
        ("normalized", Self::Normalized),
    ];

    /// The keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::AllJudged => "all-judged",
            Self::Static => "static-default",
            Self::Median => "median-default",
            Self::Normalized => "normalized",
        }
    }
}

/// Every ballot gives each candidate a grade; whoever has the best median grade is elected (M. Balinski and R. Laraki,
/// *Majority Judgment*, 2010).
///
/// Of several with the same median, one median judgment of each is taken away, and again, until their medians differ.
/// That need not be done judgment by judgment: the median first moves towards the larger of the two groups that judged
/// better and worse than it, the sooner the larger that group is; with groups of the same size it moves down (where the
/// lower of two middle judgments is taken) or up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MajorityJudgment {
    /// What stands for judgments not given.
    pub missing: MissingMode,
    /// The grade for [`MissingMode::Static`]; `None`: the file's, else the worst.
    pub default: Option<u16>,
    /// Whether the upper of two middle judgments is the median.
    pub upper: bool,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    let missing = params.take_choice(&["mode"], &MissingMode::NAMES)?;
    let default = match params.take(&["default"]) {
        Some(value) if !matches!(fold(&value).as_str(), "none" | "null" | "") => {
            Some(value.trim().parse().map_err(|_| bad(&["default"], &value, "a grade or none"))?)
        }
        _ => None,
    };
    let upper = match params.take(&["median"]) {
        None => false,
        // What a published count adds in parentheses says the same in other words.
        Some(value) => match fold(value.split('(').next().unwrap_or_default()).as_str() {
            "lower" | "lowermedian" => false,
            "upper" | "uppermedian" | "higher" | "highermedian" => true,
            _ => return Err(bad(&["median"], &value, INFO.parameters[2].values)),
        },
    };
    let missing = match (missing, default) {
        (None, Some(_)) => MissingMode::Static,
        (missing, _) => missing.unwrap_or_default(),
    };
    Ok(Rule::Choice(ChoiceMethod::MajorityJudgment(MajorityJudgment { missing, default, upper })))
}

/// How a candidate's median moves as judgments are taken away: each grade it comes to, and the share of judgments on
/// the side it leaves to next, negative when that is down. The larger, position by position, is the better.
type Merit = Vec<(usize, BigRational)>;

/// The grade in the middle; 0 when there is no judgment.
fn median(row: &[u64], upper: bool) -> usize {
    let total: u64 = row.iter().sum();
    let middle = if upper { total / 2 + 1 } else { total.div_ceil(2) };
    let mut seen = 0;
    row.iter()
        .position(|judgments| {
            seen += judgments;
            seen >= middle.max(1)
        })
        .unwrap_or(0)
}

fn merit(row: &[u64], upper: bool) -> Merit {
    let total: u64 = row.iter().sum();
    let mut grade = median(row, upper);
    // The grades the median has been at lie between these two.
    let (mut low, mut high) = (grade, grade);
    let mut below: u64 = row.iter().take(low).sum();
    let mut above: u64 = row.iter().skip(high + 1).sum();
    let share = |judgments: u64| BigRational::new(BigInt::from(judgments), BigInt::from(total.max(1)));
    let mut merit = Vec::new();
    while above > 0 || below > 0 {
        let rises = above > below || (above == below && upper);
        let next = if rises {
            let next = (high + 1..row.len()).find(|grade| row[*grade] > 0);
            merit.push((grade, share(above)));
            high = next.unwrap_or(high);
            next
        } else {
            let next = (0..low).rev().find(|grade| row[*grade] > 0);
            merit.push((grade, -share(below)));
            low = next.unwrap_or(low);
            next
        };
        let Some(next) = next else { break };
        grade = next;
        if rises {
            above -= row[next];
        } else {
            below -= row[next];
        }
    }
    merit.push((grade, BigRational::zero()));
    merit
}

/// The most figures a table of grades by candidates may have.
const MAX_TABLE: usize = 4_000_000;

impl MajorityJudgment {
    /// Tallies of grades per candidate, and what stands for those not given according to the ballots themselves.
    fn tallies(record: &Record<'_>) -> Result<(GradeTallies, u64), Halt> {
        match record.election().ballots() {
            Ballots::Grades(tallies) => Ok((tallies.clone(), 1)),
            Ballots::Score(ballots) => {
                let grades = usize::from(ballots.max_score()) + 1;
                if grades.saturating_mul(ballots.candidates()) > MAX_TABLE {
                    return Err(CountError::Unsuitable(format!(
                        "{grades} grades for {} candidates are more than majority judgment is worked out for",
                        ballots.candidates()
                    ))
                    .into());
                }
                let mut tallies = vec![vec![0; grades]; ballots.candidates()];
                for (weight, row) in ballots.iter() {
                    for (tally, grade) in tallies.iter_mut().zip(row) {
                        if *grade != UNMARKED {
                            tally[usize::from(*grade)] += weight;
                        }
                    }
                }
                let tallies =
                    GradeTallies { tallies, participants: ballots.total(), missing: MissingGrades::Grade(0) };
                Ok((tallies, ballots.scale()))
            }
            _ => Err(record.wrong_ballots("grade_tallies")),
        }
    }

    fn missing(self, file: MissingGrades) -> MissingGrades {
        let grade = || match (self.default, file) {
            (Some(grade), _) => usize::from(grade),
            (None, MissingGrades::Grade(grade)) => grade,
            (None, _) => 0,
        };
        match self.missing {
            MissingMode::File => match file {
                MissingGrades::Grade(_) => MissingGrades::Grade(grade()),
                other => other,
            },
            MissingMode::AllJudged => MissingGrades::None,
            MissingMode::Static => MissingGrades::Grade(grade()),
            MissingMode::Median => MissingGrades::Median,
            MissingMode::Normalized => MissingGrades::Normalized,
        }
    }

    /// Fills in what stands for the judgments one candidate did not get.
    fn fill(
        self,
        name: &str,
        row: &mut [u64],
        participants: u64,
        missing: MissingGrades,
    ) -> Result<(), CountError> {
        let too_much = BallotError::TooMuchWeight { max: MAX_TOTAL };
        let judged = row
            .iter()
            .try_fold(0_u64, |sum, judgments| sum.checked_add(*judgments))
            .filter(|judged| *judged <= MAX_TOTAL)
            .ok_or(too_much)?;
        if missing == MissingGrades::Normalized {
            return if judged == 0 {
                Err(CountError::Unsuitable(format!(
                    "{name} was judged by nobody, so its judgments cannot be taken as shares"
                )))
            } else {
                Ok(())
            };
        }
        let Some(not_given) = participants.checked_sub(judged) else {
            return Err(CountError::Unsuitable(format!(
                "{name} has {judged} judgments of {participants} participants"
            )));
        };
        if not_given == 0 {
            return Ok(());
        }
        let grade = match missing {
            MissingGrades::Grade(grade) => grade,
            MissingGrades::Median => median(row, self.upper),
            MissingGrades::None | MissingGrades::Normalized => {
                return Err(CountError::Unsuitable(format!(
                    "{name} has {judged} judgments of {participants} participants; the parameter `mode` says what \
                     stands for those not given"
                )));
            }
        };
        let grades = row.len();
        match row.get_mut(grade) {
            Some(slot) => *slot += not_given,
            None => {
                return Err(CountError::Unsuitable(format!(
                    "there is no grade {grade}, the best is {}",
                    grades.saturating_sub(1)
                )));
            }
        }
        Ok(())
    }
}

impl CountingRule for MajorityJudgment {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let default = self.default.map_or("none".to_owned(), |grade| grade.to_string());
        vec![
            ("mode", self.missing.name().to_owned()),
            ("default", default),
            ("median", if self.upper { "upper" } else { "lower" }.to_owned()),
        ]
    }

    fn form(&self, _seats: u32) -> BallotForm {
        BallotForm::Scores { highest: None, together: None, every: self.missing == MissingMode::AllJudged }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let (mut table, scale) = Self::tallies(record)?;
        let missing = self.missing(table.missing);
        let election = record.election();
        let standing: Vec<Candidate> = election.standing().collect();
        for candidate in &standing {
            let row = &mut table.tallies[candidate.index()];
            self.fill(election.name(*candidate), row, table.participants, missing)?;
        }
        let merits: Vec<Merit> = table.tallies.iter().map(|row| merit(row, self.upper)).collect();
        let front = record.rank_by(&standing, |candidate| &merits[candidate.index()]);
        let mut ranks = vec![None; election.len()];
        let mut rank = 1;
        for group in &record.result.ranking {
            for candidate in group {
                ranks[candidate.index()] = Some(Figure::from(rank));
            }
            rank += group.len() as u64;
        }
        let grade_of = |candidate: Candidate| median(&table.tallies[candidate.index()], self.upper);
        let side = |candidate: Candidate, better: bool| {
            let row = &table.tallies[candidate.index()];
            let grade = grade_of(candidate);
            let judgments: u64 =
                if better { row.iter().skip(grade + 1).sum() } else { row.iter().take(grade).sum() };
            Figure::scaled(judgments, scale)
        };
        let medians = record.figures(|candidate| Figure::from(grade_of(candidate) as u64));
        let better = record.figures(|candidate| side(candidate, true));
        let worse = record.figures(|candidate| side(candidate, false));
        for (name, values) in [
            ("ranks", ranks),
            ("median_grade", medians.clone()),
            ("judged_better", better),
            ("judged_worse", worse),
        ] {
            record.result.columns.push(Column { name, values });
        }
        let mut round = Round::new(RoundEvent::Totals);
        round.columns.push(Column { name: "median_grade", values: medians });
        let alone = front.first().is_none_or(|winner| {
            let same = |other: &&Candidate| grade_of(**other) == grade_of(*winner);
            standing.iter().filter(same).count() == 1
        });
        record.conclude(round, &front, |winner, _| {
            let name = election.name(winner);
            let grade = grade_of(winner);
            if alone {
                return format!("{name} has the best median grade, {grade}, and is elected");
            }
            format!(
                "{name} shares the best median grade, {grade}; {} judged it better and {} worse, and it is elected",
                side(winner, true).to_plain(),
                side(winner, false).to_plain()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes medians away one by one.
    fn removal(row: &[u64], upper: bool) -> Vec<usize> {
        let mut row = row.to_vec();
        let mut grades = Vec::new();
        while row.iter().any(|judgments| *judgments > 0) {
            let grade = median(&row, upper);
            row[grade] -= 1;
            grades.push(grade);
        }
        grades
    }

    #[test]
    fn merits_order_as_taking_medians_away_does() {
        for judgments in 0..=7_u64 {
            let mut rows = Vec::new();
            for a in 0..=judgments {
                for b in 0..=judgments - a {
                    for c in 0..=judgments - a - b {
                        rows.push([a, b, c, judgments - a - b - c]);
                    }
                }
            }
            for upper in [false, true] {
                for x in &rows {
                    for y in &rows {
                        assert_eq!(
                            merit(x, upper).cmp(&merit(y, upper)),
                            removal(x, upper).cmp(&removal(y, upper)),
                            "{x:?} {y:?} {upper}"
                        );
                    }
                }
            }
        }
    }
}
