//! The JSON form of ballots: `{"kind", "title", "seats", "candidates": [...], "ballots": [[weight, content], ...]}`.
//!
//! `kind` is `ranked`, `score` (with `max_score`), `approval` or `grade_tallies` (with `elections`). A ranked ballot is
//! a list of ranks: a candidate from 1, `0` for an empty rank, a list for several marks at one rank, `-1` for an
//! overvote with unknown marks. A score ballot is a list of scores, `null` where none was given. An approval ballot is
//! a list of candidates. Weights may be fractions, as decimals or in quotes (`"1/3"`). `kind`, `candidates` and
//! `max_score` stand before `ballots`, so that a file of any size is read in one go. Other keys are passed over.

mod scan;

use std::io::BufRead;

use num_traits::ToPrimitive;
use scan::Scanner;

use super::FileError;
use crate::{
    ballots::{
        ApprovalBallots, ApprovalBuilder, Ballots, Batch, GradeTallies, Mark, MissingGrades, RankedBallots,
        RankedBuilder, ScoreBallots, ScoreBuilder, UNMARKED, Weight,
    },
    election::{Candidate, Election, MAX_CANDIDATES},
    error::BallotError,
    method::fold,
    numbers::Figure,
};

/// Reads a file in the JSON form. All kinds give one election, `grade_tallies` as many as the file holds.
///
/// # Errors
/// With line, column and what was expected there.
pub fn read_json(input: impl BufRead) -> Result<Vec<Election>, FileError> {
    let mut scan = Scanner::new(input);
    let mut file = Head::default();
    let mut ballots: Option<Ballots> = None;
    let mut elections: Vec<Election> = Vec::new();
    scan.byte(b'{', "`{`")?;
    let mut first = true;
    while scan.another(b'}', &mut first)? {
        let key = scan.key()?;
        match key.as_str() {
            "kind" => file.kind = Some(scan.string()?),
            "title" => file.title = scan.string()?,
            "seats" => file.seats = Some(scan.small("a number of seats")?),
            "max_score" => file.max_score = Some(scan.small("the highest score")?),
            "candidates" => {
                let mut names = Vec::new();
                scan.list("the list of candidates", |scan| {
                    names.push(scan.string()?);
                    if names.len() > MAX_CANDIDATES {
                        let candidates = names.len();
                        return Err(
                            scan.ballot(BallotError::TooManyCandidates { candidates, max: MAX_CANDIDATES })
                        );
                    }
                    Ok(())
                })?;
                file.candidates = Some(names);
            }
            "ballots" if ballots.is_none() => ballots = Some(read_ballots(&mut scan, &file)?),
            "elections" => scan.list("the list of elections", |scan| {
                elections.push(grades(scan)?);
                Ok(())
            })?,
            _ => scan.skip(0)?,
        }
    }
    scan.end()?;
    if let Some(ballots) = ballots {
        let names = file.candidates.unwrap_or_default();
        return Ok(vec![Election::new(file.title, names, file.seats.unwrap_or(1), ballots)?]);
    }
    if elections.is_empty() {
        return Err(scan.expected("`ballots`, or `elections` of grade tallies"));
    }
    Ok(elections)
}

#[derive(Default)]
struct Head {
    kind: Option<String>,
    title: String,
    seats: Option<u32>,
    max_score: Option<u16>,
    candidates: Option<Vec<String>>,
}

fn read_ballots<R: BufRead>(scan: &mut Scanner<R>, head: &Head) -> Result<Ballots, FileError> {
    let Some(candidates) = head.candidates.as_ref().map(Vec::len) else {
        return Err(scan.expected("`candidates` before `ballots`"));
    };
    match head.kind.as_deref() {
        Some("ranked") => {
            let (mut builder, mut row) = (RankedBallots::builder(candidates), Vec::new());
            let mut batch = Batch::default();
            scan.list("the list of ballots", |scan| {
                scan.plain_ballots(candidates, &mut builder, &mut batch)?;
                ranked(scan, candidates, &mut builder, &mut row)
            })?;
            Ok(builder.finish().into())
        }
        Some("score") => {
            let Some(max_score) = head.max_score else {
                return Err(scan.expected("`max_score` before `ballots`"));
            };
            let (mut builder, mut row) = (ScoreBallots::builder(candidates, max_score), Vec::new());
            scan.list("the list of ballots", |scan| score(scan, max_score, &mut builder, &mut row))?;
            Ok(builder.finish().into())
        }
        Some("approval") => {
            let (mut builder, mut row) = (ApprovalBallots::builder(candidates), Vec::new());
            scan.list("the list of ballots", |scan| approval(scan, candidates, &mut builder, &mut row))?;
            Ok(builder.finish().into())
        }
        _ => Err(scan.expected("`kind` (ranked, score or approval) before `ballots`")),
    }
}

/// `[weight, ` before the content of a ballot.
fn weight<R: BufRead>(scan: &mut Scanner<R>) -> Result<Weight, FileError> {
    scan.byte(b'[', "`[weight, content]`")?;
    let bad = |scan: &mut Scanner<R>| scan.expected("a weight of 0 or more");
    let weight = if scan.peek()? == Some(b'"') {
        let text = scan.string()?;
        exact(&text)
    } else {
        let text = scan.number("a ballot's weight")?;
        match text.parse::<u64>() {
            Ok(whole) => Some(Weight::from(whole)),
            Err(_) => exact(text),
        }
    };
    let weight = weight.ok_or_else(|| bad(scan))?;
    scan.byte(b',', "`,` after the weight")?;
    Ok(weight)
}

fn exact(text: &str) -> Option<Weight> {
    let value = text.parse::<Figure>().ok()?.to_rational();
    Weight::fraction(value.numer().to_u64()?, value.denom().to_u64()?).ok()
}

fn candidate<R: BufRead>(scan: &mut Scanner<R>, candidates: usize) -> Result<usize, FileError> {
    let number: u64 = scan.small("a candidate's number")?;
    match usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1))
        .filter(|index| *index < candidates)
    {
        Some(index) => Ok(index),
        None => Err(scan.ballot(BallotError::UnknownCandidate { number, candidates })),
    }
}

fn ranked<R: BufRead>(
    scan: &mut Scanner<R>,
    candidates: usize,
    builder: &mut RankedBuilder,
    row: &mut Vec<Mark>,
) -> Result<(), FileError> {
    let weight = weight(scan)?;
    row.clear();
    scan.list("the list of ranks", |scan| {
        match scan.peek()? {
            Some(b'[') => {
                let begin = row.len();
                scan.list("the marks at this rank", |scan| {
                    let index = candidate(scan, candidates)?;
                    let candidate = Candidate::at(index).map_err(|error| scan.ballot(error))?;
                    row.push(if row.len() == begin {
                        Mark::next(candidate)
                    } else {
                        Mark::shared(candidate)
                    });
                    Ok(())
                })?;
                if row.len() == begin {
                    row.push(Mark::SKIPPED);
                }
            }
            Some(b'-') => match scan.number("a rank")? {
                "-1" => row.push(Mark::OVERVOTE),
                _ => return Err(scan.expected("-1 for an overvote")),
            },
            _ => {
                let number: u64 = scan.small("a candidate's number, 0, -1 or a list of candidates")?;
                if number == 0 {
                    row.push(Mark::SKIPPED);
                } else {
                    let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
                    let unknown = BallotError::UnknownCandidate { number, candidates };
                    let found = if index < candidates { Candidate::at(index) } else { Err(unknown) };
                    row.push(Mark::next(found.map_err(|error| scan.ballot(error))?));
                }
            }
        }
        Ok(())
    })?;
    builder.push(weight, row).map_err(|error| scan.ballot(error))?;
    scan.byte(b']', "`]` after the ballot")
}

fn score<R: BufRead>(
    scan: &mut Scanner<R>,
    max: u16,
    builder: &mut ScoreBuilder,
    row: &mut Vec<u16>,
) -> Result<(), FileError> {
    let weight = weight(scan)?;
    row.clear();
    scan.list("the list of scores", |scan| {
        if scan.peek()? == Some(b'n') {
            scan.skip(0)?;
            row.push(UNMARKED);
            return Ok(());
        }
        let score: u64 = scan.small("a score or null")?;
        match u16::try_from(score).ok().filter(|score| *score <= max) {
            Some(score) => row.push(score),
            None => return Err(scan.ballot(BallotError::ScoreTooHigh { score, max })),
        }
        Ok(())
    })?;
    builder.push(weight, row).map_err(|error| scan.ballot(error))?;
    scan.byte(b']', "`]` after the ballot")
}

fn approval<R: BufRead>(
    scan: &mut Scanner<R>,
    candidates: usize,
    builder: &mut ApprovalBuilder,
    row: &mut Vec<usize>,
) -> Result<(), FileError> {
    let weight = weight(scan)?;
    row.clear();
    scan.list("the list of candidates approved of", |scan| {
        row.push(candidate(scan, candidates)?);
        Ok(())
    })?;
    builder.push(weight, row).map_err(|error| scan.ballot(error))?;
    scan.byte(b']', "`]` after the ballot")
}

/// One election of grade tallies.
fn grades<R: BufRead>(scan: &mut Scanner<R>) -> Result<Election, FileError> {
    let mut title = String::new();
    let mut names: Option<Vec<String>> = None;
    let mut participants = None;
    let mut mode = None;
    let mut default = None;
    let mut tallies: Vec<Vec<u64>> = Vec::new();
    scan.byte(b'{', "`{` of an election")?;
    let mut first = true;
    while scan.another(b'}', &mut first)? {
        match scan.key()?.as_str() {
            "title" => title = scan.string()?,
            "participants" => participants = Some(scan.small("a number of participants")?),
            "mode" => mode = Some(scan.string()?),
            "default" if scan.peek()? != Some(b'n') => {
                default = Some(scan.small("a grade, from 0")?);
            }
            "candidates" => {
                let mut list = Vec::new();
                scan.list("the list of candidates", |scan| {
                    list.push(scan.string()?);
                    Ok(())
                })?;
                names = Some(list);
            }
            "tallies" => scan.list("a list of tallies per candidate", |scan| {
                let mut row = Vec::new();
                scan.list("a list of tallies per grade", |scan| {
                    row.push(scan.small("a number of judgments")?);
                    Ok(())
                })?;
                tallies.push(row);
                Ok(())
            })?,
            _ => scan.skip(0)?,
        }
    }
    let missing = match mode.as_deref().map(fold).as_deref() {
        None | Some("alljudged") => MissingGrades::None,
        Some("staticdefault" | "static") => MissingGrades::Grade(default.unwrap_or(0)),
        Some("mediandefault" | "median") => MissingGrades::Median,
        Some("normalized") => MissingGrades::Normalized,
        Some(_) => {
            return Err(scan.expected("mode `all judged`, `StaticDefault`, `MedianDefault` or `Normalized`"));
        }
    };
    // Without a number of participants, whoever was judged most often was judged by everybody.
    let judged = |row: &Vec<u64>| row.iter().try_fold(0_u64, |sum, n| sum.checked_add(*n));
    let most = tallies.iter().map(judged).try_fold(0_u64, |most, sum| Some(most.max(sum?)));
    let bound = |n: &u64| *n <= crate::ballots::MAX_TOTAL;
    let too_much = BallotError::TooMuchWeight { max: crate::ballots::MAX_TOTAL };
    let Some(most) = most.filter(bound) else {
        return Err(scan.ballot(too_much));
    };
    let participants = participants.unwrap_or(most);
    if !bound(&participants) {
        return Err(scan.ballot(too_much));
    }
    let names =
        names.unwrap_or_else(|| (1..=tallies.len()).map(|number| format!("Candidate {number}")).collect());
    Ok(Election::new(title, names, 1, GradeTallies { tallies, participants, missing })?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_is_read() -> Result<(), FileError> {
        let ranked = r#"{"kind": "ranked", "title": "T\u00e9", "seats": 2, "candidates": ["A", "B", "C"], "ballots": [
            [2,[1,0,[2,3]]], [1,[-1]], [1,[]], ["1/2",[1]], [0.25,[]] ], "note": {"x": [1, true, null]}}"#;
        let elections = read_json(ranked.as_bytes())?;
        let Some(Ballots::Ranked(ballots)) = elections.first().map(Election::ballots) else {
            panic!("ranked")
        };
        let shown: Vec<String> =
            ballots.iter().map(|(w, marks)| format!("{w}{:?}", marks.collect::<Vec<_>>())).collect();
        assert_eq!(shown, ["8[0, -, 1, =2]", "4[?]", "5[]", "2[0]"]);
        assert_eq!((elections[0].title(), elections[0].seats(), ballots.scale()), ("Té", 2, 4));

        let score = r#"{"kind":"score","max_score":5,"candidates":["A","B"],"ballots":[[3,[5,null]]]}"#;
        let elections = read_json(score.as_bytes())?;
        assert!(
            matches!(elections[0].ballots(), Ballots::Score(b) if b.iter().next() == Some((3, &[5, UNMARKED][..])))
        );

        let approval = r#"{"kind":"approval","candidates":["A","B"],"ballots":[[3,[2,1]],[1,[]]]}"#;
        assert_eq!(read_json(approval.as_bytes())?[0].ballots().blank(), 1);

        let grades = r#"{"kind":"grade_tallies","elections":[{"title":"G","participants":3,"mode":"StaticDefault",
            "default":1,"tallies":[[1,1,1],[0,0,2]],"ranks":[2,1]}]}"#;
        let elections = read_json(grades.as_bytes())?;
        assert!(matches!(elections[0].ballots(), Ballots::Grades(t) if t.missing == MissingGrades::Grade(1)));
        Ok(())
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        for (text, error) in [
            ("", "line 1, column 1: expected `{`, found the end of the file"),
            ("{\"kind\": 3}", "line 1, column 10: expected a string in quotes, found `3`"),
            ("{\"ballots\": []}", "line 1, column 13: expected `candidates` before `ballots`, found `[`"),
            (
                "{\"kind\":\"ranked\",\"candidates\":[\"A\"],\n\"ballots\":[[1,[2]]]}",
                "line 2, column 17: candidate 2 does not exist, there are 1",
            ),
            (
                "{\"kind\":\"ranked\",\"candidates\":[\"A\"],\"ballots\":[[-1,[1]]]}",
                "line 1, column 51: expected a weight of 0 or more, found `,`",
            ),
            ("{} x", "line 1, column 4: expected the end of the file, found `x`"),
        ] {
            assert_eq!(
                read_json(text.as_bytes()).err().map(|error| error.to_string()).as_deref(),
                Some(error)
            );
        }
        let deep = "[".repeat(100_000);
        assert!(read_json(format!("{{\"x\":{deep}").as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "[\\{\\}\\[\\]\",:0-9.eE\\\\a-z \n-]{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = read_json(text.as_bytes());
            let _ = read_json(bytes.as_slice());
            let head = r#"{"kind":"ranked","candidates":["A"],"ballots":["#;
            let _ = read_json(format!("{head}{text}").as_bytes());
            let _ = read_json(format!("{{\"elections\":[{{\"tallies\":{text}").as_bytes());
        }
    }
}
