//! A weight that is split over several responses is counted exactly, and only where the rules let it.

use plenum_domain::attendance::{JoinLeft, UserSession};
use plenum_domain::count::Majority;
use plenum_domain::event::{
    Ballot, ElectionWish, Event, EventState, Schedule, Secrecy, Terms, Timing, Visibility, VoteOptions,
};
use plenum_domain::id::{EventId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::{QuorumRule, Weight};
use plenum_domain::result::{self, Decision, Outcome, RollLine};
use plenum_domain::rules::EventRules;
use plenum_domain::text::{Description, OptionLabel, Title};
use plenum_domain::vote::{self, Instance, Response};
use plenum_domain::{Moment, Refusal, secret};

fn options(labels: &[&str]) -> VoteOptions {
    let labels = labels.iter().map(|label| OptionLabel::parse(label).expect("a label")).collect();
    VoteOptions::new(labels).expect("options")
}

fn motion() -> Ballot {
    Ballot::motion(options(&["yes", "no", "abstain"]), Majority::SIMPLE, None).expect("a ballot")
}

fn weight(value: u32) -> Weight {
    Weight::new(value).expect("a weight")
}

fn split(ballot: &Ballot, parts: &[(u32, &[&str])]) -> Response {
    read(ballot, parts).expect("a split vote")
}

fn read(ballot: &Ballot, parts: &[(u32, &[&str])]) -> Result<Response, Vec<String>> {
    let parts: Vec<(u32, Vec<String>)> = parts
        .iter()
        .map(|(weight, labels)| (*weight, labels.iter().map(ToString::to_string).collect()))
        .collect();
    Response::split(ballot, &parts)
        .map_err(|errors| errors.as_slice().iter().map(|error| error.field.clone()).collect())
}

fn roll(weights: &[u32]) -> Vec<RollLine> {
    let line = |(at, value): (i32, &u32)| RollLine {
        principal: UserId::new(at),
        weight: weight(*value),
        present: true,
    };
    (0..).zip(weights).map(line).collect()
}

#[test]
fn parts_are_read_one_by_one() {
    let ballot = motion();
    let two: &[(u32, &[&str])] = &[(3, &["YES"]), (2, &["no"])];
    let vote = split(&ballot, two);
    assert_eq!(vote.labels(&ballot), ["3 votes: yes", "2 votes: no"]);
    assert!(vote.supports(0) && vote.supports(1) && !vote.supports(2));
    for (parts, fields) in [
        (&[] as &[(u32, &[&str])], &["split"] as &[&str]),
        (&[(5, &["yes"])], &["split"]),
        (&[(3, &["yes"]), (2, &["maybe"])], &["split[1].vote_response[0]"]),
        (&[(0, &["yes"]), (5, &["no"])], &["split[0].weight"]),
        (&[(1_000_001, &["yes"]), (5, &["no"])], &["split[0].weight"]),
        (&[(3, &["yes"]), (2, &["Yes"])], &["split[1].vote_response"]),
        (&[(3, &["yes"]), (2, &["yes", "no"])], &["split[1].vote_response"]),
    ] {
        assert_eq!(read(&ballot, parts), Err(fields.iter().map(ToString::to_string).collect()), "{parts:?}");
    }
}

#[test]
fn a_motion_counts_every_part_and_the_person_once() {
    let ballot = motion();
    let votes = [
        (UserId::new(0), split(&ballot, &[(3, &["yes"]), (2, &["no"])])),
        (UserId::new(1), Response::One(0)),
        (UserId::new(2), split(&ballot, &[(1, &["abstain"]), (1, &["no"])])),
    ];
    let result = result::count(&ballot, QuorumRule::None, &roll(&[5, 1, 2, 9]), &votes);
    let figures: Vec<(u64, u64)> = result.options.iter().map(|one| (one.voters, one.votes)).collect();
    assert_eq!(figures, [(2, 4), (2, 3), (1, 1)]);
    assert_eq!((result.cast.people, result.cast.weight), (3, 8));
    assert_eq!(result.options.iter().map(|one| one.votes).sum::<u64>(), result.cast.weight);
    assert_eq!(result.outcome, Outcome::Adopted, "4 of 7");
    // One vote more against than for, although more people are for it.
    let votes = [
        (UserId::new(0), split(&ballot, &[(1, &["yes"]), (4, &["no"])])),
        (UserId::new(1), Response::One(0)),
        (UserId::new(2), Response::One(0)),
    ];
    let result = result::count(&ballot, QuorumRule::None, &roll(&[5, 1, 1]), &votes);
    assert_eq!(
        (result.outcome, result.options[0].voters, result.options[1].voters),
        (Outcome::Rejected, 3, 1)
    );
}

/// A split vote elects as the same weights cast by several people do.
#[test]
fn an_election_counts_parts_as_ballots() {
    for method in ["plurality", "irv", "approval", "borda"] {
        let wish = ElectionWish { name: method.to_owned(), seats: Some(1), ..ElectionWish::default() };
        let ballot = Ballot::election(options(&["Ann", "Bob", "Eve"]), &wish).expect("a ballot");
        let one = |label: &str| Response::parse(&ballot, &[label.to_owned()]).expect("a response");
        let whole =
            [(UserId::new(0), one("Ann")), (UserId::new(1), one("Bob")), (UserId::new(2), one("Bob"))];
        let apart = result::count(&ballot, QuorumRule::None, &roll(&[3, 2, 2]), &whole);
        let parts =
            [(UserId::new(0), split(&ballot, &[(3, &["Ann"]), (2, &["Bob"])])), (UserId::new(1), one("Bob"))];
        let together = result::count(&ballot, QuorumRule::None, &roll(&[5, 2]), &parts);
        let elected = |result: &result::EventResult| match &result.decision {
            Decision::Election(election) => election.elected(),
            Decision::Motion(_) => Vec::new(),
        };
        assert_eq!(elected(&together), ["Bob"], "{method}");
        assert_eq!(elected(&together), elected(&apart), "{method}");
        let votes = |result: &result::EventResult| -> Vec<u64> {
            result.options.iter().map(|one| one.votes).collect()
        };
        assert_eq!(votes(&together), votes(&apart), "{method}");
    }
}

#[test]
fn only_rules_and_weight_let_a_vote_be_split() {
    let ballot = motion();
    let rules = EventRules { may_split_weights: true, ..EventRules::default() };
    let event = |rules, secrecy| Event {
        id: EventId::new(1),
        session_id: SessionId::new(1),
        name: Title::parse("Item").expect("a title"),
        state: EventState::Active { opened_at: Moment::default() },
        schedule: Schedule { start_time: Moment::default(), end_time: None },
        terms: Terms {
            description: Description::parse("").expect("may be empty"),
            ballot: ballot.clone(),
            visibility: Visibility::Live,
            proxy: true,
            secrecy,
            timing: Timing::default(),
            rules,
            follows: None,
            voters: None,
        },
        created_by_user_id: UserId::new(1),
        created_at: Moment::default(),
    };
    let with = |value: Option<u32>| Instance {
        row: UserSession {
            id: UserSessionId::new(1),
            user_id: UserId::new(1),
            session_id: SessionId::new(1),
            proxy: None,
            join_left: JoinLeft::Joined,
            barred: false,
            timestamp: Moment::default(),
        },
        on_roll: true,
        weight: value.map(weight),
        voted: false,
        caster_present: true,
        principal_present: true,
        mandate_stands: true,
    };
    let five = split(&ballot, &[(3, &["yes"]), (2, &["no"])]);
    let open = event(rules, Secrecy::Standard);
    assert_eq!(vote::require_split(&open, &with(Some(5)), &five), Ok(()));
    for (weight, given) in [(4, Some(4)), (6, Some(6)), (0, None)] {
        let refused = Err(Refusal::SplitNotWhole { weight, sum: 5 });
        assert_eq!(vote::require_split(&open, &with(given), &five), refused);
    }
    let unruly = event(EventRules::default(), Secrecy::Standard);
    assert_eq!(vote::require_split(&unruly, &with(Some(5)), &five), Err(Refusal::SplitNotAllowed));
    let sealed = event(rules, Secrecy::Secret);
    assert_eq!(vote::require_split(&sealed, &with(Some(5)), &five), Err(Refusal::SplitSecret));
    assert_eq!(vote::require_split(&sealed, &with(Some(5)), &Response::One(0)), Ok(()), "a whole vote");
    assert_eq!(secret::unpack(&ballot, &secret::pack(&ballot, &five)), None, "no envelope opens as a split");
}
