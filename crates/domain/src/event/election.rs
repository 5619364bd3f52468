//! How an election is counted: a method of the counting crate with its parameters, held against the options.

use plenum_tally::method::{self, BallotForm, COMMON_PARAMETERS, MethodInfo, SeatRule, fold};
use plenum_tally::{ParamError, Params, TieRule};

use super::VoteOptions;
use crate::field::{FieldChecks, FieldErrors};
use crate::rules::ElectionTie;

/// An election as it is asked for; whatever is left out takes its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElectionWish {
    /// Name of the method; empty for plurality.
    pub name: String,
    /// How many are elected; one unless said.
    pub seats: Option<u32>,
    /// The highest score, for methods that read scores.
    pub max_score: Option<u32>,
    /// The option that stands for no candidate, by position.
    pub abstain: Option<usize>,
    /// Whether whoever has the most votes needs more than half of them too, or a runoff follows.
    pub runoff: bool,
    /// The option that asks for new nominations, by position.
    pub reopen: Option<usize>,
    /// The option for none of those who stand, by position.
    pub none: Option<usize>,
    /// The method's own parameters and those about ties, by name.
    pub parameters: Vec<(String, String)>,
}

/// A method of the counting crate that fits the options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionMethod {
    /// With its seats. A lot whose seed is empty is drawn when the event opens.
    method: plenum_tally::Method,
    seats: u32,
    form: BallotForm,
    abstain: Option<usize>,
    /// Nothing was said about ties: the organization's rules settle it when the event opens.
    ties_by_rule: bool,
    /// Whether whoever has the most votes also needs more than half of them.
    runoff: bool,
    /// The option that asks for new nominations, by position.
    reopen: Option<usize>,
    /// The option for none of those who stand, by position.
    none: Option<usize>,
}

/// The most seats of an election.
const MAX_SEATS: u32 = 1000;
/// The highest score a voter can give, and the most votes a voter can spread.
const MAX_SCORE: u32 = 1000;
/// The highest score where nothing is said.
const USUAL_SCORE: u32 = 5;
/// Parameters of the counting crate that an event does not have: bounds are the server's, remarks belong into the
/// description, and seats have their own field.
const NOT_OFFERED: &[&str] = &["maxsteps", "rule", "numberofwinners", "seats"];
/// The longest value of a parameter, in characters.
const MAX_VALUE: usize = 2000;
/// What stands for a seed that will be drawn; nobody can send it.
const UNDRAWN: &str = "\0";

/// The name of a parameter as events write it.
pub fn parameter_name(name: &str) -> String {
    name.replace('-', "_")
}

impl ElectionMethod {
    /// Checks a wish against the options and the limits of the method.
    ///
    /// # Errors
    /// [`FieldErrors`] by the names of the fields in the data of an event.
    pub fn new(wish: &ElectionWish, options: &VoteOptions) -> Result<Self, FieldErrors> {
        let mut checks = FieldChecks::new();
        let others = [wish.abstain, wish.reopen, wish.none];
        let candidates = (0..options.labels().len()).filter(|at| !others.contains(&Some(*at))).count();
        if candidates == 0 {
            checks.fail("vote_options", "an election needs at least one option that can be elected");
        }
        let name = if wish.name.is_empty() { "plurality" } else { wish.name.as_str() };
        let Some(info) = method::find(name) else {
            let names: Vec<&str> = method::methods().map(|info| info.name).collect();
            checks.fail("method.name", format!("is no way of counting; choose from: {}", names.join(", ")));
            return checks.finish(None);
        };
        let seats = seats(wish.seats, info, candidates, &mut checks);
        let built = build(wish, info, &mut checks);
        let (Some(seats), Some(built)) = (seats, built) else { return checks.finish(None) };
        let method = built.with_seats(seats);
        let form = form(&method, seats, wish.max_score, &mut checks);
        if wish.runoff && info.name != "plurality" {
            checks.fail("method.runoff", "belongs to plurality; other methods decide in one vote");
        }
        for (at, field) in [(1, "method.reopen_nominations"), (2, "method.none_of_the_above")] {
            let position = others[at];
            if position.is_none() {
                continue;
            }
            if is_list(info) {
                checks.fail(field, "has no place among lists; leave it out");
            } else if others[..at].contains(&position) {
                checks.fail(field, "must be an option of its own beside the candidates");
            }
        }
        let about_ties = |name: &str| {
            matches!(fold(name).as_str(), "ties" | "tie" | "tiebreakmode" | "seed" | "randomseed")
        };
        let ties_by_rule = !wish.parameters.iter().any(|(name, _)| about_ties(name));
        checks.finish(form.map(|form| Self {
            method,
            seats,
            form,
            abstain: wish.abstain,
            ties_by_rule,
            runoff: wish.runoff,
            reopen: wish.reopen,
            none: wish.none,
        }))
    }

    /// The same election asked for once more. A seed that was drawn for this one is not used again.
    pub(super) fn wish_again(&self, seats: u32, [abstain, reopen, none]: [Option<usize>; 3]) -> ElectionWish {
        let ties = self.ties().map(|rules| ("ties".to_owned(), rules.join(", ")));
        ElectionWish {
            name: self.info().name.to_owned(),
            seats: Some(seats),
            max_score: self.max_score().map(u32::from),
            abstain,
            runoff: self.runoff,
            reopen,
            none,
            parameters: self.parameters().into_iter().chain(ties).collect(),
        }
    }

    /// Whether a majority is needed, or a runoff follows.
    pub const fn runoff(&self) -> bool {
        self.runoff
    }

    /// The option that asks for new nominations, by position.
    pub const fn reopen(&self) -> Option<usize> {
        self.reopen
    }

    /// The option for none of those who stand, by position.
    pub const fn none_of_the_above(&self) -> Option<usize> {
        self.none
    }

    /// Whether a person can be elected by this option.
    pub fn is_candidate(&self, at: usize) -> bool {
        ![self.abstain, self.reopen, self.none].contains(&Some(at))
    }

    /// The options that are no candidates: to abstain, to open nominations again, for none of them.
    pub(super) const fn others(&self) -> [Option<usize>; 3] {
        [self.abstain, self.reopen, self.none]
    }

    /// Whether options are lists, which share out the seats.
    pub fn elects_lists(&self) -> bool {
        is_list(self.info())
    }

    /// The same with ties as the organization's rules settle them, where nothing was said about them.
    #[must_use]
    pub fn under(mut self, rule: ElectionTie) -> Self {
        if std::mem::take(&mut self.ties_by_rule) {
            let settled = match rule {
                ElectionTie::Refuse => None,
                ElectionTie::Lot => Some(TieRule::Lot { seed: String::new() }),
                ElectionTie::Chair => Some(TieRule::Chair { decisions: Vec::new() }),
            };
            let rules = &mut self.method.ties.rules;
            let known = |wanted: &TieRule| rules.iter().any(|rule| rule.name() == wanted.name());
            if let Some(settled) = settled.filter(|settled| !known(settled)) {
                rules.push(settled);
            }
        }
        self
    }

    /// Whether a tie may wait for the chair.
    pub fn waits_for_chair(&self) -> bool {
        self.method.ties.rules.iter().any(|rule| matches!(rule, TieRule::Chair { .. }))
    }

    /// The same with what was decided on ties so far, in the order they are met.
    #[must_use]
    pub(crate) fn decided(mut self, names: &[String]) -> Self {
        for rule in &mut self.method.ties.rules {
            if let TieRule::Chair { decisions } = rule {
                decisions.clear();
                decisions.extend_from_slice(names);
            }
        }
        self
    }

    /// What there is to know about the method.
    pub fn info(&self) -> &'static MethodInfo {
        self.method.info()
    }

    /// The method as the counting crate takes it.
    pub const fn method(&self) -> &plenum_tally::Method {
        &self.method
    }

    /// How many are elected.
    pub const fn seats(&self) -> u32 {
        self.seats
    }

    /// What a ballot holds.
    pub const fn form(&self) -> BallotForm {
        self.form
    }

    /// The option that stands for no candidate, by position.
    pub const fn abstain(&self) -> Option<usize> {
        self.abstain
    }

    /// The highest score, where voters give scores that are not votes to spread.
    pub const fn max_score(&self) -> Option<u16> {
        match self.form {
            BallotForm::Scores { highest, together: None, .. } => highest,
            _ => None,
        }
    }

    /// The method's own parameters in force, by the names events write, the highest score apart.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let own = self.method.rule.as_counting().parameters();
        own.into_iter()
            .filter(|(name, _)| *name != "max-score")
            .map(|(name, value)| (parameter_name(name), value))
            .collect()
    }

    /// How ties are broken, after what the method itself prescribes; `refuse` when they are reported, `None` while the
    /// organization's rules are to settle it.
    pub fn ties(&self) -> Option<Vec<&'static str>> {
        if self.ties_by_rule {
            return None;
        }
        let rules: Vec<_> = self.method.ties.rules.iter().map(TieRule::name).collect();
        Some(if rules.is_empty() { vec!["refuse"] } else { rules })
    }

    /// What lots are drawn from; `None` when no lot is drawn, or its seed is not drawn yet.
    pub fn seed(&self) -> Option<&str> {
        self.method.ties.rules.iter().find_map(|rule| match rule {
            TieRule::Lot { seed } if !seed.is_empty() => Some(seed.as_str()),
            _ => None,
        })
    }

    /// Whether lots are wanted whose seed is still to be drawn.
    pub fn wants_seed(&self) -> bool {
        self.method.ties.rules.iter().any(|rule| matches!(rule, TieRule::Lot { seed } if seed.is_empty()))
    }

    /// The same with a seed for the lots that have none.
    #[must_use]
    pub fn with_seed(mut self, drawn: &str) -> Self {
        for rule in &mut self.method.ties.rules {
            if let TieRule::Lot { seed } = rule
                && seed.is_empty()
            {
                drawn.clone_into(seed);
            }
        }
        self
    }
}

fn seats(wanted: Option<u32>, info: &MethodInfo, candidates: usize, checks: &mut FieldChecks) -> Option<u32> {
    let seats = wanted.unwrap_or(1);
    // Plurality is the election of one; with several seats the same count is the single non-transferable vote.
    let one = info.seats == SeatRule::One || info.name == "plurality";
    let lists = info.name != "plurality" && info.ballots == ["ranked", "approval"] && is_list(info);
    let wrong = if seats == 0 {
        Some("must be at least 1".to_owned())
    } else if one && seats > 1 {
        let hint = if info.name == "plurality" { "; for several use sntv or block-vote" } else { "" };
        Some(format!("must be 1: {} elects one{hint}", info.name))
    } else if seats > MAX_SEATS {
        Some(format!("may be at most {MAX_SEATS}"))
    } else if !lists && seats as usize > candidates.max(1) {
        Some(format!("may be at most {candidates}: there are no more options to elect"))
    } else {
        None
    };
    match wrong {
        None => Some(seats),
        Some(message) => {
            checks.fail("method.seats", message);
            None
        }
    }
}

/// Whether options are lists, which can take more seats than there are options.
fn is_list(info: &MethodInfo) -> bool {
    plenum_tally::lists::METHODS.iter().any(|list| list.name == info.name)
}

/// Builds the method from the parameters; `None` after a mistake that was noted.
fn build(wish: &ElectionWish, info: &MethodInfo, checks: &mut FieldChecks) -> Option<plenum_tally::Method> {
    let mut params = Params::new();
    let mut given = std::collections::HashSet::new();
    for (name, value) in &wish.parameters {
        let folded = fold(name);
        let field = format!("method.{name}");
        if !given.insert(folded.clone()) {
            checks.fail(&field, "is given twice under two spellings");
        } else if folded.starts_with("chair") {
            checks.fail(&field, "is decided when the tie is there; leave it out");
        } else if NOT_OFFERED.contains(&folded.as_str()) {
            checks.fail(&field, unknown(info));
        } else if value.chars().count() > MAX_VALUE || value.chars().any(char::is_control) {
            checks.fail(&field, format!("must be plain text of at most {MAX_VALUE} characters"));
        } else if folded == "seed" && value.trim().is_empty() {
            checks.fail(&field, "may not be empty; leave it out and one is drawn when the event opens");
        } else {
            params.set(name, value.as_str());
        }
    }
    if !checks.is_clean() {
        return None;
    }
    let has = |wanted: &str| info.parameters.iter().any(|parameter| parameter.name == wanted);
    if has("max-score") {
        params.set("max-score", wish.max_score.unwrap_or(USUAL_SCORE).to_string());
    }
    let value = |wanted: &[&str]| {
        let found = wish.parameters.iter().find(|(name, _)| wanted.contains(&fold(name).as_str()));
        found.map(|(_, value)| fold(value))
    };
    let seeded = value(&["seed", "randomseed"]).is_some();
    let by_lot = value(&["ties", "tie"])
        .is_some_and(|rules| rules.split(',').any(|rule| matches!(rule, "lot" | "random")))
        || value(&["tiebreakmode"]).is_some_and(|mode| {
            matches!(mode.as_str(), "random" | "generatepermutation" | "previousroundcountsthenrandom")
        });
    if by_lot && !seeded {
        params.set("seed", UNDRAWN);
    }
    let mut built = match plenum_tally::Method::from_params(info.name, params) {
        Ok(built) => built,
        Err(error) => {
            let (field, message) = wrong(&error, info);
            checks.fail(&field, message);
            return None;
        }
    };
    let drawn = |rule: &TieRule| matches!(rule, TieRule::Lot { .. });
    // Where the ballots themselves are drawn by lot there must be a seed.
    let whole = has("draw-seed") && value(&["drawseed"]).is_none_or(|seed| seed == "none");
    if whole && !built.ties.rules.iter().any(drawn) {
        let seed = wish.parameters.iter().find(|(name, _)| fold(name) == "seed");
        let seed = seed.map_or_else(String::new, |(_, seed)| seed.clone());
        built.ties.rules.push(TieRule::Lot { seed });
    } else if seeded && !built.ties.rules.iter().any(drawn) {
        checks.fail("method.seed", "is for lots; put \"lot\" into ties, or leave it out");
        return None;
    }
    // What comes after a refusal is never reached, and to refuse is what happens at the end of every list.
    if let Some(end) = built.ties.rules.iter().position(|rule| *rule == TieRule::Refuse) {
        built.ties.rules.truncate(end);
    }
    for rule in &mut built.ties.rules {
        if let TieRule::Lot { seed } = rule
            && seed == UNDRAWN
        {
            seed.clear();
        }
    }
    Some(built)
}

fn unknown(info: &MethodInfo) -> String {
    let own = info.parameters.iter().map(|parameter| parameter.name);
    let common = COMMON_PARAMETERS.iter().map(|parameter| parameter.name);
    let common = common.filter(|name| matches!(*name, "seats" | "ties" | "seed"));
    let names: Vec<String> = own.chain(common).map(parameter_name).collect();
    format!("is no parameter of {}; it has: {}", info.name, names.join(", "))
}

fn wrong(error: &ParamError, info: &MethodInfo) -> (String, String) {
    let field = |name: &str| format!("method.{}", parameter_name(name));
    match error {
        ParamError::UnknownMethod { .. } => ("method.name".to_owned(), error.to_string()),
        ParamError::UnknownParameter { name, .. } => (field(name), unknown(info)),
        ParamError::BadValue { name, value, expected } => {
            (field(name), format!("is {value:?}, expected {expected}"))
        }
        ParamError::Missing { name, expected } => (field(name), format!("is required: {expected}")),
    }
}

/// The form of a ballot with every limit filled in; `None` after a mistake that was noted.
fn form(
    method: &plenum_tally::Method,
    seats: u32,
    max_score: Option<u32>,
    checks: &mut FieldChecks,
) -> Option<BallotForm> {
    let votes = |most: u32, checks: &mut FieldChecks| {
        if (1..=MAX_SCORE).contains(&most) {
            true
        } else {
            checks.fail("method.votes", format!("must lie between 1 and {MAX_SCORE}"));
            false
        }
    };
    let form = method.rule.as_counting().form(seats);
    let scores = matches!(form, BallotForm::Scores { together: None, .. });
    if max_score.is_some() && !scores {
        let name = method.info().name;
        checks.fail("method.max_score", format!("belongs to methods that read scores, not to {name}"));
        return None;
    }
    match form {
        BallotForm::One | BallotForm::Ranking { most: None } | BallotForm::Set { most: None } => Some(form),
        BallotForm::Ranking { most: Some(most) } => {
            if most == 0 {
                checks.fail("method.max_rankings_allowed", "must be at least 1");
                return None;
            }
            Some(form)
        }
        BallotForm::Set { most: Some(most) } => votes(most, checks).then_some(form),
        BallotForm::Scores { together: Some(together), every, .. } => {
            let highest = u16::try_from(together).ok();
            votes(together, checks).then_some(BallotForm::Scores { highest, together: Some(together), every })
        }
        BallotForm::Scores { together: None, every, .. } => {
            let highest = max_score.unwrap_or(USUAL_SCORE);
            let fits = u16::try_from(highest).ok().filter(|_| (1..=MAX_SCORE).contains(&highest));
            if fits.is_none() {
                checks.fail("method.max_score", format!("must lie between 1 and {MAX_SCORE}"));
            }
            fits.map(|highest| BallotForm::Scores { highest: Some(highest), together: None, every })
        }
    }
}
