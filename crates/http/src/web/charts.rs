//! Figures as pictures: widths in thousandths, worked out in whole numbers on the server.

use plenum_domain::count::method::BallotForm;
use plenum_domain::count::{Base, Comparison, Majority};
use plenum_domain::event::{Event, EventType, Method};
use plenum_domain::result::Outcome;
use plenum_ports::documents::ResultData;
use serde_json::{Map, Value};

use super::page::Page;
use super::rounds::{text, thousandths};
use super::seats::{self, Hall};

/// The width of every bar's drawing.
const WHOLE: u64 = 1000;

/// One choice of a result.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) label: String,
    /// What it got, in what [`ResultView::measure`] says.
    pub(crate) figure: String,
    /// Its share of the votes cast, in words; empty for points.
    pub(crate) share: String,
    /// Of [`WHOLE`].
    pub(crate) width: u64,
    /// What it means: `for`, `against`, `abstain` or nothing.
    pub(crate) class: &'static str,
    /// Where the threshold lies, of [`WHOLE`].
    pub(crate) mark: Option<u64>,
    /// How many seats it has won; a person has one at most.
    pub(crate) seats: u64,
}

/// A result as people like to look at it.
#[derive(Clone, Debug)]
pub(crate) struct ResultView {
    /// The text that names the outcome.
    pub(crate) outcome: &'static str,
    /// `good`, `bad` or nothing.
    pub(crate) tone: &'static str,
    /// Who is elected, or between whom it stopped.
    pub(crate) elected: String,
    /// The seats of lists as they sit.
    pub(crate) hall: Option<Hall>,
    /// Whether it is final, not a count that still runs.
    pub(crate) counted: bool,
    /// The text that names what the bars show, where they do not show votes.
    pub(crate) measure: Option<&'static str>,
    pub(crate) bars: Vec<Bar>,
    /// How many votes in favour were needed.
    pub(crate) needed: Option<u64>,
    pub(crate) cast: u64,
    pub(crate) entitled: u64,
    pub(crate) quorum_met: bool,
    pub(crate) quorum_required: u64,
    /// The sentence of the record.
    pub(crate) summary: String,
}

impl ResultView {
    pub(crate) fn of(event: &Event, result: &ResultData, counted: bool) -> Self {
        // Where a voter chooses several, shares are of the voters and not of the choices.
        let total = result.cast.weight;
        let (scale, needed) = match &result.motion {
            Some(count) => (total.max(count.base_count).max(count.needed), Some(count.needed)),
            None => (total, None),
        };
        let measure = measure(event);
        let points = if counted { points(event, result) } else { None };
        let decided = result.decided().filter(|_| counted);
        let election = result.election.as_ref().filter(|_| counted);
        let won = |name: &str| {
            let elected = election.into_iter().flat_map(|election| &election.elected);
            elected.filter(|elected| *elected == name).count() as u64
        };
        let elected = election.map_or_else(String::new, |election| match decided {
            Some(Outcome::Tie) => election.tied.join(", "),
            Some(Outcome::Runoff) => election.runoff.join(", "),
            _ => with_seats(&election.elected),
        });
        let bars = result.options.iter().enumerate().map(|(at, option)| {
            let class = meaning(event, at);
            let own = points.as_ref().map(|points| points.of(&option.option));
            let (figure, share, width) = match own {
                Some((figure, width)) => (figure, String::new(), width),
                None => (option.votes.to_string(), share(option.votes, total), part(option.votes, scale)),
            };
            Bar {
                label: option.option.clone(),
                figure,
                share,
                width,
                class,
                mark: needed.filter(|_| class == "for").map(|needed| part(needed, scale)),
                seats: won(&option.option),
            }
        });
        let (outcome, tone) = match decided {
            None => ("result.so_far", ""),
            Some(Outcome::Adopted) => ("result.adopted", "good"),
            Some(Outcome::Rejected) => ("result.rejected", "bad"),
            Some(Outcome::Elected) => ("result.elected", "good"),
            Some(Outcome::Tie) => ("result.tie", ""),
            Some(Outcome::Runoff) => ("result.runoff", ""),
            Some(Outcome::ReopenNominations) => ("result.reopen", ""),
            Some(Outcome::NoneOfTheAbove) => ("result.none_of_the_above", ""),
            Some(Outcome::NobodyElected) => ("result.nobody", "bad"),
            Some(Outcome::NoQuorum) => ("result.without_quorum", "bad"),
            Some(Outcome::Uncounted) => ("result.uncounted", "bad"),
        };
        let bars: Vec<Bar> = bars.collect();
        let lists = bars.iter().any(|bar| bar.seats > 1);
        let parties: Vec<u64> = bars.iter().map(|bar| bar.seats).collect();
        Self {
            outcome,
            tone,
            elected,
            hall: lists.then(|| seats::hall(&parties)).flatten(),
            counted,
            measure: if points.is_some() { Some("result.points") } else { measure },
            bars,
            needed,
            cast: result.cast.people,
            entitled: result.entitled.people,
            quorum_met: result.quorum.met,
            quorum_required: result.quorum.required,
            summary: result.summary.clone().unwrap_or_default(),
        }
    }
}

impl ResultView {
    /// How much room the choices take, for the wall to fit them in one view: `few`, `some` or `many`.
    pub(crate) fn size(&self) -> &'static str {
        match self.bars.len() {
            0..=4 => "few",
            5..=8 => "some",
            _ => "many",
        }
    }

    /// Whether naming who is elected takes several lines.
    pub(crate) fn is_long(&self) -> bool {
        self.elected.chars().count() > 40
    }

    /// Whether it tells several seats of one list.
    pub(crate) fn is_of_lists(&self) -> bool {
        self.bars.iter().any(|bar| bar.seats > 1)
    }

    /// The colour of a list, by place in the table.
    pub(crate) fn colour(&self, at: &usize) -> usize {
        at % super::rounds::COLOURS
    }
}

/// Who is elected, each once; `Green list (11)` where a list won several seats.
fn with_seats(elected: &[String]) -> String {
    let mut seats: Vec<(&String, usize)> = Vec::new();
    for name in elected {
        match seats.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => seats.push((name, 1)),
        }
    }
    let lists = seats.len() < elected.len();
    let texts =
        seats.into_iter().map(|(name, count)| if lists { format!("{name} ({count})") } else { name.clone() });
    texts.collect::<Vec<String>>().join(", ")
}

/// What choosing an option of a motion means.
fn meaning(event: &Event, at: usize) -> &'static str {
    match event.terms.ballot.method() {
        Method::Majority(method) if method.options.in_favour == at => "for",
        Method::Majority(method) if method.options.against == at => "against",
        Method::Majority(method) if method.options.abstain == Some(at) => "abstain",
        Method::Election(method) if method.abstain() == Some(at) => "abstain",
        _ => "",
    }
}

/// What the figures of the options are, where they are not the votes that decide.
fn measure(event: &Event) -> Option<&'static str> {
    let Method::Election(method) = event.terms.ballot.method() else { return None };
    match method.form() {
        BallotForm::One => None,
        BallotForm::Set { .. } => Some("result.approvals"),
        BallotForm::Ranking { .. } => Some("result.first_choices"),
        BallotForm::Scores { .. } => Some("result.scored"),
    }
}

/// The points of a count that adds them up, by option.
struct Points<'a> {
    tally: &'a Map<String, Value>,
    most: u128,
}

/// The points that decided, for methods that add up scores or places.
fn points<'a>(event: &Event, result: &'a ResultData) -> Option<Points<'a>> {
    let Method::Election(method) = event.terms.ballot.method() else { return None };
    if !matches!(method.form(), BallotForm::Ranking { .. } | BallotForm::Scores { .. }) {
        return None;
    }
    let first = result.election.as_ref()?.count.as_ref()?.get("rounds")?.get(0)?;
    let adds = first.get("event").and_then(Value::as_str) == Some("totals");
    let tally = first.get("tally").filter(|_| adds)?.as_object()?;
    let most = tally.values().map(|value| thousandths(&text(value))).max()?;
    Some(Points { tally, most })
}

impl Points<'_> {
    /// The figure of an option and its width.
    fn of(&self, option: &str) -> (String, u64) {
        let figure = self.tally.get(option).map(text).unwrap_or_default();
        let wide = thousandths(&figure) * u128::from(WHOLE) / self.most.max(1);
        (figure, u64::try_from(wide).unwrap_or(WHOLE))
    }
}

/// The part of a whole, of [`WHOLE`].
pub(crate) fn part(of: u64, scale: u64) -> u64 {
    let wide = u128::from(of) * u128::from(WHOLE) / u128::from(scale.max(1));
    u64::try_from(wide).unwrap_or(WHOLE).min(WHOLE)
}

/// `61.5 %`, rounded down, so that shares never add up to more than the whole.
fn share(votes: u64, total: u64) -> String {
    let tenths = part(votes, total);
    format!("{}.{}\u{a0}%", tenths / 10, tenths % 10)
}

/// The rule of an event in words: what a motion needs, how an election is counted.
pub(crate) fn rule(page: &Page, event: &Event) -> String {
    match event.terms.ballot.method() {
        Method::Majority(method) => majority(page, &method.majority),
        Method::Election(method) if method.info().name == "plurality" => page.t("rule.plurality").to_owned(),
        Method::Election(method) => method.info().title.to_owned(),
    }
}

/// A majority in words.
pub(crate) fn majority(page: &Page, majority: &Majority) -> String {
    let base = page.t(match majority.base {
        Base::VotesCast => "share_of.votes_cast",
        Base::VotesCastWithoutAbstentions => "share_of.without_abstentions",
        Base::Present => "share_of.present",
        Base::Entitled => "share_of.entitled",
        Base::AllMembers => "share_of.all_members",
    });
    let threshold = &majority.threshold;
    let fraction = match (threshold.numerator(), threshold.denominator()) {
        (1, 2) => page.t("fraction.half").to_owned(),
        (2, 3) => page.t("fraction.two_thirds").to_owned(),
        (3, 4) => page.t("fraction.three_quarters").to_owned(),
        (1, 1) => page.t("fraction.all").to_owned(),
        (above, below) => format!("{above}/{below}"),
    };
    match majority.comparison {
        Comparison::MoreThan => page.f2("rule.more_than", fraction, base),
        Comparison::AtLeast => page.f2("rule.at_least", fraction, base),
    }
}

/// The text that names a kind of event.
pub(crate) const fn kind(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Motion => "kind.motion",
        EventType::Election => "kind.election",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_of_lists_are_counted_and_people_named_once() {
        let names =
            |names: &[&str]| with_seats(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["Green", "Red", "Green"]), "Green (2), Red (1)");
        assert_eq!(names(&["Ann", "Bob"]), "Ann, Bob");
        assert_eq!(names(&[]), "");
    }

    #[test]
    fn widths_stay_within_the_drawing() {
        assert_eq!(part(1, 3), 333);
        assert_eq!(part(7, 0), WHOLE);
        assert_eq!(part(u64::MAX, u64::MAX), WHOLE);
        assert_eq!(share(2, 3), "66.6\u{a0}%");
        assert_eq!(share(0, 0), "0.0\u{a0}%");
    }
}
