//! Every election of three candidates and up to five ballots, against a second implementation that is as plain as can
//! be: ballots are lists, nothing is grouped, paths and cycles are found by trying.

use std::{collections::BTreeSet, error::Error};

use plenum_tally::{
    ApprovalBallots, Candidate, CountResult, Election, Method, Params, RankedBallots, ScoreBallots, TieRule,
    count,
};

type Tested = Result<(), Box<dyn Error>>;
type Ballot = Vec<Vec<usize>>;
type Set = BTreeSet<usize>;

const ALL: [usize; 3] = [0, 1, 2];

/// All multisets of up to `most` items, as lists of positions.
fn multisets(items: usize, most: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..most {
        last = last
            .iter()
            .flat_map(|set: &Vec<usize>| {
                let from = set.last().copied().unwrap_or(0);
                (from..items).map(move |next| {
                    let mut longer = set.clone();
                    longer.push(next);
                    longer
                })
            })
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// The orders of three candidates in which some may be equal.
fn weak_orders() -> Vec<Ballot> {
    let mut orders = BTreeSet::new();
    for a in 0..3 {
        for b in 0..3 {
            for c in 0..3 {
                let levels = [a, b, c];
                let ballot: Ballot = (0..3)
                    .map(|level| ALL.into_iter().filter(|i| levels[*i] == level).collect())
                    .filter(|rank: &Vec<usize>| !rank.is_empty())
                    .collect();
                orders.insert(ballot);
            }
        }
    }
    orders.into_iter().collect()
}

/// Strict orders of one, two or three candidates, and the blank ballot.
fn truncated_orders() -> Vec<Ballot> {
    let mut orders = vec![Vec::new()];
    for a in ALL {
        orders.push(vec![vec![a]]);
        for b in ALL.into_iter().filter(|b| *b != a) {
            orders.push(vec![vec![a], vec![b]]);
            orders.push(vec![vec![a], vec![b], vec![3 - a - b]]);
        }
    }
    orders
}

fn ranked(ballots: &[&Ballot]) -> Result<Election, Box<dyn Error>> {
    let mut builder = RankedBallots::builder(3);
    for ballot in ballots {
        let ranks: Vec<&[usize]> = ballot.iter().map(Vec::as_slice).collect();
        builder.push_ranks(1, &ranks)?;
    }
    Ok(Election::new("", ["A", "B", "C"], 1, builder.finish())?)
}

fn method(name: &str, params: &[(&str, &str)]) -> Result<Method, Box<dyn Error>> {
    Ok(Method::from_params(name, Params::from_pairs(params.iter().copied()))?)
}

fn indices(candidates: &[Candidate]) -> Set {
    candidates.iter().map(|candidate| candidate.index()).collect()
}

fn winners(result: &CountResult) -> Set {
    result
        .groups
        .iter()
        .find(|(name, _)| *name == "winners")
        .map_or_else(|| indices(&result.elected), |(_, group)| indices(group))
}

fn best<V: Ord>(among: impl IntoIterator<Item = usize>, value: impl Fn(usize) -> V) -> Set {
    let among: Vec<usize> = among.into_iter().collect();
    let most = among.iter().map(|i| value(*i)).max();
    among.into_iter().filter(|i| Some(value(*i)) == most).collect()
}

/// Where a ballot places a candidate; those it does not rank are last.
fn place(ballot: &Ballot, candidate: usize) -> usize {
    ballot.iter().position(|rank| rank.contains(&candidate)).unwrap_or(9)
}

fn prefer(ballots: &[&Ballot], a: usize, b: usize) -> i64 {
    let prefers = |ballot: &&&Ballot| place(ballot, a) < place(ballot, b);
    i64::try_from(ballots.iter().filter(prefers).count()).unwrap_or(0)
}

fn beats(ballots: &[&Ballot], a: usize, b: usize) -> bool {
    prefer(ballots, a, b) > prefer(ballots, b, a)
}

fn strength(ballots: &[&Ballot], margins: bool, a: usize, b: usize) -> i64 {
    let (won, lost) = (prefer(ballots, a, b), prefer(ballots, b, a));
    match (won > lost, margins) {
        (false, _) => 0,
        (true, true) => won - lost,
        (true, false) => won,
    }
}

/// Among three candidates a path is direct or leads over the third.
fn path(ballots: &[&Ballot], margins: bool, a: usize, b: usize) -> i64 {
    let link = |x, y| strength(ballots, margins, x, y);
    let third = 3 - a - b;
    link(a, b).max(link(a, third).min(link(third, b)))
}

fn schulze(ballots: &[&Ballot], margins: bool) -> Set {
    let behind = |a: usize, b: usize| path(ballots, margins, b, a) > path(ballots, margins, a, b);
    ALL.into_iter().filter(|a| !ALL.into_iter().any(|b| b != *a && behind(*a, b))).collect()
}

fn minimax(ballots: &[&Ballot], margins: bool) -> Set {
    best(ALL, |a| {
        let others = ALL.into_iter().filter(|b| *b != a);
        -others
            .map(|b| {
                if margins {
                    prefer(ballots, b, a) - prefer(ballots, a, b)
                } else if beats(ballots, b, a) {
                    prefer(ballots, b, a)
                } else {
                    0
                }
            })
            .max()
            .unwrap_or(0)
    })
}

fn copeland(ballots: &[&Ballot]) -> Set {
    best(ALL, |a| -> i64 {
        let others = ALL.into_iter().filter(|b| *b != a);
        others.map(|b| i64::from(beats(ballots, a, b)) - i64::from(beats(ballots, b, a))).sum()
    })
}

fn condorcet(ballots: &[&Ballot]) -> Set {
    ALL.into_iter().filter(|a| ALL.into_iter().all(|b| b == *a || beats(ballots, *a, b))).collect()
}

/// A cycle of three exists only one way or the other: the weakest of its victories, all of them where several are, go.
fn ranked_pairs(ballots: &[&Ballot], margins: bool) -> Set {
    let mut arcs: Vec<(usize, usize)> = ALL
        .into_iter()
        .flat_map(|a| ALL.into_iter().map(move |b| (a, b)))
        .filter(|(a, b)| beats(ballots, *a, *b))
        .collect();
    let cycle = arcs.len() == 3 && ALL.into_iter().all(|a| arcs.iter().any(|(x, _)| *x == a));
    if cycle {
        let order = |(a, b): &(usize, usize)| (strength(ballots, margins, *a, *b), -prefer(ballots, *b, *a));
        let weakest = arcs.iter().map(order).min();
        arcs.retain(|arc| Some(order(arc)) != weakest);
    }
    ALL.into_iter().filter(|a| !arcs.iter().any(|(_, loser)| loser == a)).collect()
}

/// Twice the Borda points among some of the candidates.
fn borda(ballots: &[&Ballot], among: &[usize], candidate: usize) -> i64 {
    let mut points = 0;
    for ballot in ballots.iter().filter(|ballot| !ballot.is_empty()) {
        for other in among.iter().filter(|other| **other != candidate) {
            points += match place(ballot, candidate).cmp(&place(ballot, *other)) {
                std::cmp::Ordering::Less => 2,
                std::cmp::Ordering::Equal => 1,
                std::cmp::Ordering::Greater => 0,
            };
        }
    }
    points
}

fn nanson(ballots: &[&Ballot]) -> Set {
    let mut left = ALL.to_vec();
    loop {
        let points: Vec<i64> = left.iter().map(|a| borda(ballots, &left, *a)).collect();
        let sum: i64 = points.iter().sum();
        let n = i64::try_from(left.len()).unwrap_or(1);
        let kept: Vec<usize> =
            left.iter().zip(&points).filter(|(_, points)| **points * n >= sum).map(|(a, _)| *a).collect();
        if kept.len() == left.len() {
            return kept.into_iter().collect();
        }
        left = kept;
    }
}

/// Excludes the lowest, the last on the list where several are, until `done` names a winner or one is left.
fn eliminate(value: impl Fn(&[usize], usize) -> i64, done: impl Fn(&[usize]) -> Option<usize>) -> usize {
    let mut left = ALL.to_vec();
    loop {
        if let Some(winner) = done(&left) {
            return winner;
        }
        if let [only] = left[..] {
            return only;
        }
        let lowest = left.iter().map(|a| value(&left, *a)).min();
        let out = left.iter().rev().find(|a| Some(value(&left, **a)) == lowest);
        let out = out.copied().unwrap_or(0);
        left.retain(|a| *a != out);
    }
}

fn first_among(ballot: &Ballot, left: &[usize]) -> Option<usize> {
    ballot.iter().flatten().copied().find(|a| left.contains(a))
}

fn firsts(ballots: &[&Ballot], left: &[usize], candidate: usize) -> i64 {
    let counts = |ballot: &&&Ballot| first_among(ballot, left) == Some(candidate);
    i64::try_from(ballots.iter().filter(counts).count()).unwrap_or(0)
}

fn majority(ballots: &[&Ballot], left: &[usize]) -> Option<usize> {
    let active: i64 = left.iter().map(|a| firsts(ballots, left, *a)).sum();
    left.iter().copied().find(|a| firsts(ballots, left, *a) * 2 > active)
}

/// Six times the last places: those a ballot does not rank share its last place.
fn lasts(ballots: &[&Ballot], left: &[usize], candidate: usize) -> i64 {
    let mut sixths = 0;
    for ballot in ballots {
        if first_among(ballot, left).is_none() {
            continue;
        }
        let unranked: Vec<usize> = left.iter().copied().filter(|a| place(ballot, *a) == 9).collect();
        let last = if unranked.is_empty() {
            let worst = left.iter().copied().max_by_key(|a| place(ballot, *a));
            worst.into_iter().collect()
        } else {
            unranked
        };
        if last.contains(&candidate) {
            sixths += 6 / i64::try_from(last.len()).unwrap_or(1);
        }
    }
    sixths
}

fn bucklin(ballots: &[&Ballot]) -> Set {
    let voting = ballots.iter().filter(|ballot| !ballot.is_empty()).count();
    let total = |level: usize, a: usize| ballots.iter().filter(|ballot| place(ballot, a) < level).count();
    let levels = ballots.iter().map(|ballot| ballot.len()).max().unwrap_or(0);
    let level =
        (1..levels).find(|level| ALL.into_iter().any(|a| total(*level, a) * 2 > voting)).unwrap_or(levels);
    best(ALL, |a| total(level, a))
}

struct Methods(Vec<(&'static str, Method)>);

impl Methods {
    fn check(&self, election: &Election, at: usize, expected: &Set, shown: &dyn Fn() -> String) -> Tested {
        let (name, method) = &self.0[at];
        let result = count(method, election)?;
        let got = if method.ties.rules.is_empty() { winners(&result) } else { indices(&result.elected) };
        assert_eq!(got, *expected, "{name}: {}", shown());
        Ok(())
    }
}

#[test]
fn pairwise_methods_and_borda_on_all_weak_orders() -> Tested {
    let orders = weak_orders();
    assert_eq!(orders.len(), 13);
    let margins = [("strength", "margins")];
    let methods = Methods(vec![
        ("condorcet", method("condorcet", &[])?),
        ("copeland", method("copeland", &[])?),
        ("minimax", method("minimax", &[])?),
        ("minimax margins", method("minimax", &margins)?),
        ("schulze", method("schulze", &[])?),
        ("schulze margins", method("schulze", &margins)?),
        ("ranked pairs", method("ranked-pairs", &[])?),
        ("ranked pairs margins", method("ranked-pairs", &margins)?),
        ("borda", method("borda", &[])?),
        ("nanson", method("nanson", &[])?),
        ("baldwin", method("baldwin", &[])?.with_ties([TieRule::CandidateOrder])),
    ]);
    for set in multisets(orders.len(), 5) {
        let ballots: Vec<&Ballot> = set.iter().map(|at| &orders[*at]).collect();
        let election = ranked(&ballots)?;
        let b = ballots.as_slice();
        let all_equal = |left: &[usize]| left.iter().all(|a| borda(b, left, *a) == borda(b, left, left[0]));
        let baldwin = eliminate(|left, a| borda(b, left, a), |left| all_equal(left).then(|| left[0]));
        for (at, expected) in [
            condorcet(b),
            copeland(b),
            minimax(b, false),
            minimax(b, true),
            schulze(b, false),
            schulze(b, true),
            ranked_pairs(b, false),
            ranked_pairs(b, true),
            best(ALL, |a| borda(b, &ALL, a)),
            nanson(b),
            Set::from([baldwin]),
        ]
        .into_iter()
        .enumerate()
        {
            methods.check(&election, at, &expected, &|| format!("{ballots:?}"))?;
        }
    }
    Ok(())
}

#[test]
fn elimination_and_points_on_all_truncated_orders() -> Tested {
    let orders = truncated_orders();
    assert_eq!(orders.len(), 16);
    let in_order = |name| -> Result<Method, Box<dyn Error>> {
        Ok(method(name, &[])?.with_ties([TieRule::CandidateOrder]))
    };
    let methods = Methods(vec![
        ("plurality", method("plurality", &[])?),
        ("irv", in_order("irv")?),
        ("bucklin", method("bucklin", &[])?),
        ("coombs", in_order("coombs")?),
        ("borda", method("borda", &[])?),
    ]);
    for set in multisets(orders.len(), 5) {
        let ballots: Vec<&Ballot> = set.iter().map(|at| &orders[*at]).collect();
        let election = ranked(&ballots)?;
        let b = ballots.as_slice();
        let irv = eliminate(|left, a| firsts(b, left, a), |left| majority(b, left));
        let coombs = eliminate(|left, a| -lasts(b, left, a), |left| majority(b, left));
        for (at, expected) in [
            best(ALL, |a| firsts(b, &ALL, a)),
            Set::from([irv]),
            bucklin(b),
            Set::from([coombs]),
            best(ALL, |a| borda(b, &ALL, a)),
        ]
        .into_iter()
        .enumerate()
        {
            methods.check(&election, at, &expected, &|| format!("{ballots:?}"))?;
        }
    }
    Ok(())
}

#[test]
fn approval_on_all_ballots() -> Tested {
    let approval = method("approval", &[])?;
    let majority = method("approval-majority", &[("seats", "3")])?;
    for set in multisets(8, 5) {
        let mut builder = ApprovalBallots::builder(3);
        for mask in &set {
            let approved: Vec<usize> = ALL.into_iter().filter(|a| mask >> a & 1 == 1).collect();
            builder.push(1, &approved)?;
        }
        let election = Election::new("", ["A", "B", "C"], 1, builder.finish())?;
        let total = |a: usize| set.iter().filter(|mask| **mask >> a & 1 == 1).count();
        assert_eq!(winners(&count(&approval, &election)?), best(ALL, total), "{set:?}");
        let passing: Set = ALL.into_iter().filter(|a| total(*a) * 2 > set.len()).collect();
        let result = count(&majority, &election)?;
        assert_eq!(indices(&result.elected), passing, "{set:?}");
    }
    Ok(())
}

/// Of those tied, the `places` best by the first figure that tells them apart, then by the next.
fn star_finalists(rows: &[[u16; 3]], highest: u16) -> Vec<usize> {
    let total = |a: usize| rows.iter().map(|row| u64::from(row[a])).sum::<u64>();
    let mut sure: Vec<usize> = Vec::new();
    let mut tied = ALL.to_vec();
    for step in 0..4 {
        let among = tied.clone();
        let value = |a: usize| -> u64 {
            match step {
                0 => total(a),
                1 => rows.iter().map(|row| among.iter().filter(|b| row[a] > row[**b]).count() as u64).sum(),
                2 => rows.iter().filter(|row| row[a] == highest).count() as u64,
                _ => 3 - a as u64,
            }
        };
        while sure.len() < 2 && !tied.is_empty() {
            let top = best(tied.iter().copied(), value);
            if top.len() > 2 - sure.len() {
                tied = top.into_iter().collect();
                break;
            }
            tied.retain(|a| !top.contains(a));
            sure.extend(top);
        }
    }
    sure
}

fn star(rows: &[[u16; 3]], highest: u16) -> usize {
    let finalists = star_finalists(rows, highest);
    let key = |a: usize, b: usize| {
        (
            rows.iter().filter(|row| row[a] > row[b]).count(),
            rows.iter().map(|row| u64::from(row[a])).sum::<u64>(),
            rows.iter().filter(|row| row[a] == highest).count(),
            3 - a,
        )
    };
    let (a, b) = (finalists[0], finalists[1]);
    if key(a, b) > key(b, a) { a } else { b }
}

#[test]
fn score_and_star_on_all_ballots() -> Tested {
    for (highest, most) in [(1_u16, 5), (2, 4)] {
        let levels = usize::from(highest) + 1;
        let rows: Vec<[u16; 3]> = (0..levels.pow(3))
            .map(|n| [n % levels, n / levels % levels, n / levels / levels])
            .map(|row| row.map(|score| u16::try_from(score).unwrap_or(0)))
            .collect();
        let score = method("score", &[])?;
        let runoff = method("star", &[])?.with_ties([TieRule::CandidateOrder]);
        for set in multisets(rows.len(), most) {
            let rows: Vec<[u16; 3]> = set.iter().map(|at| rows[*at]).collect();
            let mut builder = ScoreBallots::builder(3, highest);
            for row in &rows {
                builder.push(1, row)?;
            }
            let election = Election::new("", ["A", "B", "C"], 1, builder.finish())?;
            let total = |a: usize| rows.iter().map(|row| u64::from(row[a])).sum::<u64>();
            assert_eq!(winners(&count(&score, &election)?), best(ALL, total), "{rows:?}");
            let elected = indices(&count(&runoff, &election)?.elected);
            assert_eq!(elected, Set::from([star(&rows, highest)]), "{rows:?}");
        }
    }
    Ok(())
}
