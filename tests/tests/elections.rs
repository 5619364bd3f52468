//! Elections by every counting method, over HTTP, held against counting the same ballots directly.

use std::collections::BTreeMap;

use plenum_tally::ballots::UNMARKED;
use plenum_tally::method::{BallotForm, SeatRule, methods};
use plenum_tally::{ApprovalBallots, Ballots, Election, Method, Params, RankedBallots, ScoreBallots, count};
use plenum_tests::{Hall, Person, TestServer};
use serde_json::{Value, json};

const NAMES: [&str; 4] = ["Ann", "Bob", "Cy=Di", "Eve"];
/// The chair's and the members' votes; together 9.
const WEIGHTS: [u64; 6] = [1, 2, 3, 1, 0, 2];
/// What each of them prefers, best first, by position in the names.
const ORDERS: [&[usize]; 6] = [&[0, 1, 2, 3], &[1, 3], &[2, 0, 1], &[3, 1, 0], &[3], &[0, 2]];
const MAX_SCORE: u16 = 5;

struct Assembly {
    server: TestServer,
    hall: Hall,
}

impl Assembly {
    async fn meet() -> Self {
        let server = TestServer::start().await;
        let hall = Hall::fill(&server, 5, &json!({})).await;
        for (person, weight) in std::iter::once(&hall.chair).chain(&hall.members).zip(WEIGHTS) {
            let role = if person.user_id == hall.chair.user_id { "chair" } else { "member" };
            let path = hall.organization.path(&format!("members/{}", person.user_id));
            let body = json!({"user_role": role, "vote_weight": weight});
            hall.organization.owner.put(&path, &body).expect(200).await;
        }
        Self { server, hall }
    }

    fn voters(&self) -> impl Iterator<Item = &Person> {
        std::iter::once(&self.hall.chair).chain(&self.hall.members)
    }

    async fn open(&self, method: &Value) -> i64 {
        self.hall.open(&election(method)).await
    }

    async fn cast(&self, event: i64, person: &Person, response: &[String]) {
        let body = json!({"vote_response": response});
        let receipt = person.post(&format!("events/{event}/votes"), &body).expect(201).await;
        let kept = receipt["data"]["vote_response"].as_array().expect("choices").len();
        assert_eq!(kept, response.len(), "{receipt}");
    }
}

fn election(method: &Value) -> Value {
    json!({"event_type": "election", "name": "Board", "data": {"vote_options": NAMES, "method": method}})
}

/// The vote of somebody on a ballot of this form: names up to the limit, scores falling from the highest.
fn response(form: BallotForm, order: &[usize]) -> Vec<String> {
    let names = |most: usize| order.iter().take(most).map(|at| NAMES[*at].to_owned()).collect();
    match form {
        BallotForm::One => names(1),
        BallotForm::Set { most } | BallotForm::Ranking { most } => {
            names(most.map_or(usize::MAX, |most| most as usize))
        }
        BallotForm::Scores { .. } => {
            scores(form, order).into_iter().map(|(at, score)| format!("{}={score}", NAMES[at])).collect()
        }
    }
}

fn scores(form: BallotForm, order: &[usize]) -> Vec<(usize, u16)> {
    match form {
        BallotForm::Scores { together: Some(votes), .. } => {
            let second = order.get(1).map(|at| (*at, 1));
            let first = u16::try_from(votes).expect("few votes") - u16::from(second.is_some());
            std::iter::once((order[0], first)).chain(second).collect()
        }
        _ => order.iter().zip((0..=MAX_SCORE).rev()).map(|(at, score)| (*at, score)).collect(),
    }
}

/// The same votes as ballots, put together without the server.
fn ballots(form: BallotForm) -> Ballots {
    let mut votes: Vec<(Vec<usize>, u64)> = ORDERS.iter().map(|order| order.to_vec()).zip(WEIGHTS).collect();
    votes.retain(|(_, weight)| *weight > 0);
    match form {
        BallotForm::Scores { together, .. } => {
            let highest = together.map_or(MAX_SCORE, |most| u16::try_from(most).expect("few votes"));
            let mut builder = ScoreBallots::builder(NAMES.len(), highest);
            for (order, weight) in votes {
                let mut row = [UNMARKED; 4];
                for (at, score) in scores(form, &order) {
                    row[at] = score;
                }
                builder.push(weight, &row).expect("scores");
            }
            builder.finish().into()
        }
        BallotForm::Set { most } => {
            let mut builder = ApprovalBallots::builder(NAMES.len());
            for (order, weight) in votes {
                let most = most.map_or(order.len(), |most| order.len().min(most as usize));
                builder.push(weight, &order[..most]).expect("approvals");
            }
            builder.finish().into()
        }
        BallotForm::One | BallotForm::Ranking { .. } => {
            let most = match form {
                BallotForm::Ranking { most } => most.map_or(usize::MAX, |most| most as usize),
                _ => 1,
            };
            for (order, _) in &mut votes {
                order.truncate(most);
            }
            votes.sort_unstable();
            let mut builder = RankedBallots::builder(NAMES.len());
            for (order, weight) in votes {
                builder.push_order(weight, &order).expect("a ranking");
            }
            builder.finish().into()
        }
    }
}

/// The result's count with its rounds back in their place.
fn counted(result: &Value) -> Value {
    let mut count = result["election"]["count"].clone();
    count["rounds"] = result["rounds"].clone();
    count
}

#[tokio::test]
async fn every_method_counts_what_was_voted() {
    let assembly = Assembly::meet().await;
    for info in methods() {
        let seats = if info.seats == SeatRule::One || info.name == "plurality" { 1 } else { 2 };
        let asked = json!({"name": info.name, "seats": seats, "ties": ["backwards", "lot"], "seed": "2026"});
        let event = assembly.open(&asked).await;
        let named = Params::from_pairs([("ties", "backwards, lot"), ("seed", "2026")]);
        let plain = Method::from_params(info.name, named.clone()).expect(info.name).with_seats(seats);
        let form = plain.rule.as_counting().form(seats);
        for (voter, order) in assembly.voters().zip(ORDERS) {
            assembly.cast(event, voter, &response(form, order)).await;
        }
        let result = assembly.hall.result(event).await;

        let mut params = named;
        if info.parameters.iter().any(|parameter| parameter.name == "max-score") {
            params.set("max-score", MAX_SCORE.to_string());
        }
        let method = Method::from_params(info.name, params).expect(info.name).with_seats(seats);
        let direct = Election::new("", NAMES, seats, ballots(form)).expect("an election");
        let direct = count(&method, &direct).expect(info.name);
        let expected = serde_json::to_value(&direct).expect("json");
        assert_eq!(counted(&result), expected, "{}", info.name);
        assert_eq!(result["election"]["elected"], json!(direct.elected_names()), "{}", info.name);
        let outcome = if direct.elected.is_empty() { "nobody_elected" } else { "elected" };
        assert_eq!(result["outcome"], outcome, "{}: {}", info.name, result["summary"]);
        assert_eq!(result["cast"], json!({"people": 6, "weight": 9}), "{}", info.name);
        let summary = result["summary"].as_str().expect("words");
        assert!(summary.contains(info.title), "{summary}");
        for name in direct.elected_names() {
            assert!(summary.contains(name), "{summary}");
        }
    }

    // The exports show who is elected, and the same count.
    let csv =
        assembly.hall.chair.get(&assembly.hall.path("exports/results.csv")).send().await.expect(200).csv();
    assert_eq!(csv.select(&["Elected"]).len(), methods().count());
    let export = assembly.hall.chair.get(&assembly.hall.path("exports/results.json")).expect(200).await;
    for event in export["events"].as_array().expect("events") {
        assert!(event["result"]["rounds"][0]["sentence"].is_string(), "{event}");
    }
    assembly.server.stop().await;
}

/// A response and the field that is reported.
type Wrong = (&'static [&'static str], &'static str);

#[tokio::test]
async fn a_vote_that_does_not_fit_the_method_is_refused_by_field() {
    let assembly = Assembly::meet().await;
    let voter = &assembly.hall.members[0];
    let wrong: [(&str, Value, &[Wrong]); 8] = [
        (
            "plurality",
            json!({}),
            &[(&[], "vote_response"), (&["Ann", "Bob"], "vote_response"), (&["Zoe"], "vote_response[0]")],
        ),
        ("sntv", json!({"seats": 2}), &[(&[], "vote_response"), (&["Ann", "Bob"], "vote_response")]),
        ("dhondt", json!({"seats": 9}), &[(&["Ann", "Bob"], "vote_response")]),
        (
            "irv",
            json!({}),
            &[(&["Ann", "Bob", "ann"], "vote_response[2]"), (&["Ann", "Ben"], "vote_response[1]")],
        ),
        (
            "block-vote",
            json!({"seats": 2}),
            &[(&["Ann", "Bob", "Eve"], "vote_response"), (&["Ann", "Ann"], "vote_response[1]")],
        ),
        (
            "star",
            json!({"max_score": 5}),
            &[
                (&["Ann=6"], "vote_response[0]"),
                (&["Ann"], "vote_response[0]"),
                (&["Ann=-1"], "vote_response[0]"),
                (&["Ann=1", "Ann=2"], "vote_response[1]"),
                (&["Cy=1"], "vote_response[0]"),
            ],
        ),
        (
            "cumulative",
            json!({"seats": 3}),
            &[(&["Ann=2", "Bob=2"], "vote_response"), (&["Ann=4"], "vote_response[0]")],
        ),
        (
            "majority-judgment",
            json!({"mode": "all-judged"}),
            &[(&["Ann=2"], "vote_response"), (&[], "vote_response")],
        ),
    ];
    for (name, mut method, responses) in wrong {
        method["name"] = json!(name);
        let event = assembly.open(&method).await;
        for (response, field) in responses {
            let body = json!({"vote_response": response});
            voter.post(&format!("events/{event}/votes"), &body).wrong_field(field).await;
        }
        let turnout = voter.get(&format!("events/{event}/turnout")).expect(200).await;
        assert_eq!(turnout["voted"], 0, "{name}");
    }
    assembly.server.stop().await;
}

#[tokio::test]
async fn a_method_that_cannot_be_is_refused_before_anybody_votes() {
    let assembly = Assembly::meet().await;
    let chair = &assembly.hall.chair;
    let events = assembly.hall.path("events");
    for (method, field) in [
        (json!({"name": "guess"}), "data.method.name"),
        (json!({"name": "majority"}), "data.method.name"),
        (json!({"name": "irv", "seats": 2}), "data.method.seats"),
        (json!({"name": "plurality", "seats": 2}), "data.method.seats"),
        (json!({"name": "scottish-stv", "seats": 5}), "data.method.seats"),
        (json!({"name": "scottish-stv", "seats": 0}), "data.method.seats"),
        (json!({"name": "scottish-stv", "omega": "0.1"}), "data.method.omega"),
        (json!({"name": "meek-stv", "omega": "much"}), "data.method.omega"),
        (json!({"name": "meek-stv", "decimals": 40}), "data.method.decimals"),
        (json!({"name": "irv", "ties": "toss"}), "data.method.ties"),
        (json!({"name": "irv", "seed": "7", "ties": "backwards"}), "data.method.seed"),
        (json!({"name": "irv", "seed": ""}), "data.method.seed"),
        (json!({"name": "irv", "seed": "\u{0}"}), "data.method.seed"),
        (json!({"name": "irv", "chair_1": "Ann"}), "data.method.chair_1"),
        (json!({"name": "irv", "max_steps": 1}), "data.method.max_steps"),
        (json!({"name": "irv", "max_score": 3}), "data.method.max_score"),
        (
            json!({"name": "irv", "batch_elimination": true, "batch-elimination": false}),
            "data.method.batch_elimination",
        ),
        (json!({"name": "star", "max_score": 0}), "data.method.max_score"),
        (json!({"name": "star", "max_score": 1001}), "data.method.max_score"),
        (json!({"name": "star", "blank": 9}), "data.method"),
        (json!({"name": "limited-vote", "votes": 0}), "data.method.votes"),
        (json!({"name": "majority-judgment", "mode": "normalized"}), "data.method"),
        (json!({"name": "schulze-with-default-option", "default": "Nobody"}), "data.method"),
        (json!({"name": "irv", "abstain": "Nobody"}), "data.method.abstain"),
        (json!({"name": "irv", "in_favour": "Ann"}), "data.method.in_favour"),
    ] {
        chair.post(&events, &election(&method)).wrong_field(field).await;
    }
    // More candidates than a method is worked out for.
    let names: Vec<String> = (0..19).map(|number| format!("Candidate {number}")).collect();
    let mut body = election(&json!({"name": "kemeny-young"}));
    body["data"]["vote_options"] = json!(names);
    chair.post(&events, &body).wrong_field("data.method").await;
    let motion =
        json!({"event_type": "motion", "name": "x", "data": {"method": {"name": "majority", "omega": 1}}});
    chair.post(&events, &motion).wrong_field("data.method.omega").await;
    assembly.server.stop().await;
}

#[tokio::test]
async fn a_draft_changes_its_method_key_by_key() {
    let assembly = Assembly::meet().await;
    let method = json!({"name": "meek-stv", "seats": 2, "omega": "0.001", "ties": ["backwards", "lot"]});
    let event = assembly.hall.draft(&election(&method)).await;
    let path = format!("events/{event}");
    let chair = &assembly.hall.chair;
    let change = async |method: Value| {
        let changed = chair.patch(&path, &json!({"data": {"method": method}})).expect(200).await;
        changed["data"]["method"].clone()
    };
    let changed = change(json!({"name": "Meek STV", "decimals": 6})).await;
    assert_eq!(changed["name"], "meek-stv");
    assert_eq!((&changed["omega"], &changed["decimals"]), (&json!("0.001"), &json!(6)));
    assert_eq!(changed["ties"], json!(["backwards", "lot"]));
    assert!(changed.get("seed").is_none(), "not drawn before the opening");
    let other = change(json!({"name": "approval-majority", "threshold": "2/3", "base": "votes"})).await;
    assert_eq!(
        (&other["threshold"], &other["base"], &other["seats"]),
        (&json!("2/3"), &json!("votes"), &json!(1))
    );
    assert!(other.get("omega").is_none(), "{other}");
    assembly.server.stop().await;
}

#[tokio::test]
async fn lots_are_drawn_from_a_seed_that_is_known_before_the_votes() {
    let assembly = Assembly::meet().await;
    let mut seeds = BTreeMap::new();
    for name in ["plurality", "cambridge-stv"] {
        let ties =
            if name == "plurality" { json!({"name": name, "ties": "lot"}) } else { json!({"name": name}) };
        let event = assembly.open(&ties).await;
        let shown = assembly.hall.members[1].get(&format!("events/{event}")).expect(200).await;
        let seed = shown["data"]["method"]["seed"].as_str().expect("a seed").to_owned();
        assert_eq!(seed.len(), 32, "{seed}");
        // Two votes against two: a tie.
        for (voter, choice) in [(0, "Ann"), (4, "Eve")] {
            assembly.cast(event, &assembly.hall.members[voter], &[choice.to_owned()]).await;
        }
        let result = assembly.hall.result(event).await;
        assert_eq!(result["outcome"], "elected", "{result}");
        let count = &result["election"]["count"];
        if name == "plurality" {
            assert_eq!(count["ties"][0]["tied"], json!(["Ann", "Eve"]));
            assert_eq!((&count["ties"][0]["rule"], &count["ties"][0]["seed"]), (&json!("lot"), &json!(seed)));
            assert_eq!(count["lot"].as_array().map(Vec::len), Some(NAMES.len()));
            assert!(result["summary"].as_str().is_some_and(|text| text.contains("broken by lot")));
        }
        seeds.insert(seed, name);
    }
    assert_eq!(seeds.len(), 2, "each event has its own");
    assembly.server.stop().await;
}

#[tokio::test]
async fn blank_ballots_and_abstentions_are_two_things() {
    let assembly = Assembly::meet().await;
    let data = json!({
        "vote_options": ["Ann", "Bob", "Abstain"],
        "method": {"name": "approval-majority", "threshold": "1/2", "base": "ballots"},
    });
    let event = assembly.hall.open(&json!({"event_type": "election", "name": "x", "data": data})).await;
    let path = format!("events/{event}/votes");
    let mixed = json!({"vote_response": ["Ann", "abstain"]});
    assembly.hall.members[0].post(&path, &mixed).wrong_field("vote_response[1]").await;
    let voters: Vec<&Person> = assembly.voters().collect();
    // Weights 1, 2, 3, 1, 0, 2: Ann has 3, two ballots are blank, and 3 abstain.
    for (voter, response) in
        [(0, vec!["Ann"]), (1, vec!["Ann"]), (2, vec!["Abstain"]), (3, Vec::new()), (5, Vec::new())]
    {
        let response: Vec<String> = response.into_iter().map(str::to_owned).collect();
        assembly.cast(event, voters[voter], &response).await;
    }
    let result = assembly.hall.result(event).await;
    let count = &result["election"]["count"];
    assert_eq!((&count["n_ballots"], &count["blank"]), (&json!(6), &json!(3)), "abstentions are no ballots");
    assert_eq!(result["outcome"], "nobody_elected", "3 is not more than half of 6: {}", result["summary"]);
    let abstained = &result["options"][2];
    assert_eq!((&abstained["voters"], &abstained["votes"]), (&json!(1), &json!(3)));
    assert_eq!(result["cast"], json!({"people": 5, "weight": 9}));
    assembly.server.stop().await;
}

impl Assembly {
    async fn close(&self, event: i64) -> Value {
        self.hall.chair.do_post(&format!("events/{event}/close")).expect(200).await;
        self.hall.chair.get(&format!("events/{event}/results")).expect(200).await
    }

    async fn decide(&self, event: i64, decision: &Value) -> Value {
        self.hall.chair.post(&format!("events/{event}/tie"), decision).expect(200).await
    }

    /// Two votes for each of two names.
    async fn split(&self, event: i64, names: [&str; 2]) {
        for (voter, name) in [0, 4].into_iter().zip(names) {
            self.cast(event, &self.hall.members[voter], &[name.to_owned()]).await;
        }
    }
}

#[tokio::test]
async fn a_tie_waits_for_the_chair_and_is_decided_once() {
    let assembly = Assembly::meet().await;
    let event = assembly.open(&json!({"ties": "chair"})).await;
    assembly.split(event, ["Ann", "Eve"]).await;
    let (chair, tie, release) =
        (&assembly.hall.chair, format!("events/{event}/tie"), format!("events/{event}/release"));
    chair.post(&tie, &json!({"choice": "Ann"})).refused(409, "tie_before_close").await;
    let waiting = assembly.close(event).await;
    assert_eq!(waiting["outcome"], "tie");
    assert_eq!(waiting["awaiting"], json!({"question": "elect", "between": ["Ann", "Eve"]}));
    assert!(waiting["summary"].as_str().is_some_and(|text| text.contains("the chair decides")), "{waiting}");
    chair.do_post(&release).refused(409, "tie_undecided").await;
    for (body, field) in [
        (json!({"choice": "Bob"}), "choice"),
        (json!({}), "choice"),
        (json!({"choice": "Ann", "by_lot": true}), "by_lot"),
    ] {
        chair.post(&tie, &body).wrong_field(field).await;
    }
    assembly.hall.members[0].post(&tie, &json!({"choice": "Ann"})).refused(403, "forbidden").await;

    let decided = assembly.decide(event, &json!({"choice": "eve"})).await;
    assert_eq!((&decided["outcome"], &decided["awaiting"]), (&json!("elected"), &Value::Null));
    assert_eq!(decided["election"]["elected"], json!(["Eve"]));
    let decision = &decided["decisions"][0];
    assert_eq!((&decision["choice"], &decision["by"]), (&json!("Eve"), &json!("chair")));
    assert_eq!(decision["decided_by_user_id"], chair.user_id);
    assert!(decided["summary"].as_str().is_some_and(|text| text.contains("broken by the chair: Eve won")));
    chair.post(&tie, &json!({"choice": "Ann"})).refused(409, "no_tie_to_decide").await;
    chair.do_post(&release).expect(200).await;
    let seen = assembly.hall.members[2].get(&format!("events/{event}/results")).expect(200).await;
    assert_eq!(seen["election"]["elected"], json!(["Eve"]));
    chair.post(&tie, &json!({"choice": "Ann"})).refused(409, "tie_after_release").await;
    let audit = chair.list(&assembly.hall.organization.path("audit")).await;
    assert!(audit.iter().any(|line| line["action"] == "event.tie"), "{audit:?}");
    assembly.server.stop().await;
}

#[tokio::test]
async fn a_tie_for_the_last_seat_is_decided_by_a_lot_the_server_draws() {
    let assembly = Assembly::meet().await;
    let event = assembly.open(&json!({"name": "sntv", "seats": 2, "ties": "chair"})).await;
    // Three votes for Bob, two each for Ann and Eve.
    assembly.cast(event, &assembly.hall.members[1], &["Bob".to_owned()]).await;
    assembly.split(event, ["Ann", "Eve"]).await;
    assert_eq!(assembly.close(event).await["awaiting"]["between"], json!(["Ann", "Eve"]));
    let decided = assembly.decide(event, &json!({"by_lot": true})).await;
    let decision = &decided["decisions"][0];
    let seed = decision["seed"].as_str().expect("a seed");
    // Anybody can draw it again.
    let ballots = RankedBallots::builder(NAMES.len()).finish();
    let drawn = Election::new("", NAMES, 1, ballots).expect("an election");
    let order = plenum_tally::ties::permutation(&drawn, seed);
    let winner = order.iter().map(|one| drawn.name(*one)).find(|name| ["Ann", "Eve"].contains(name));
    assert_eq!((&decision["by"], decision["choice"].as_str()), (&json!("lot"), winner));
    assert_eq!(decided["election"]["elected"], json!(["Bob", winner]));
    assert!(decided["summary"].as_str().is_some_and(|text| text.contains(seed)), "{decided}");
    assembly.server.stop().await;
}

#[tokio::test]
async fn the_organization_s_rules_settle_ties_where_the_event_does_not() {
    let server = TestServer::start().await;
    let rules = json!({"rules": {"ties": {"motion": "chair", "election": "chair"}}});
    let hall = Hall::fill(&server, 2, &rules).await;
    let draft = hall.draft(&election(&json!({}))).await;
    let shown = hall.chair.get(&format!("events/{draft}")).expect(200).await;
    assert!(shown["data"]["method"].get("ties").is_none(), "not settled yet: {shown}");
    let opened = hall.chair.do_post(&format!("events/{draft}/open")).expect(200).await;
    assert_eq!(opened["data"]["method"]["ties"], json!(["chair"]));
    hall.chair.do_post(&format!("events/{draft}/close")).expect(200).await;

    // A motion with equal votes: the chair's casting vote.
    for (choice, outcome) in [("yes", "adopted"), ("no", "rejected")] {
        let event = hall.open(&json!({"event_type": "motion", "name": "Equal"})).await;
        hall.vote(&hall.members[0], event, "yes").await;
        hall.vote(&hall.members[1], event, "no").await;
        hall.chair.do_post(&format!("events/{event}/close")).expect(200).await;
        let waiting = hall.chair.get(&format!("events/{event}/results")).expect(200).await;
        assert_eq!(waiting["outcome"], "tie");
        assert_eq!(waiting["awaiting"], json!({"question": "casting_vote", "between": ["yes", "no"]}));
        hall.chair.do_post(&format!("events/{event}/release")).refused(409, "tie_undecided").await;
        hall.chair.post(&format!("events/{event}/tie"), &json!({"by_lot": true})).wrong_field("by_lot").await;
        let body = json!({"choice": choice});
        let decided = hall.chair.post(&format!("events/{event}/tie"), &body).expect(200).await;
        assert_eq!(decided["outcome"], outcome, "{decided}");
        let told = decided["summary"].as_str().expect("words").contains("casting vote was given in favour");
        assert_eq!(told, choice == "yes", "{decided}");
    }
    server.stop().await;
}

#[tokio::test]
async fn without_a_majority_a_runoff_is_prepared_with_the_right_candidates() {
    let assembly = Assembly::meet().await;
    let data = json!({
        "vote_options": ["Ann", "Bob", "Cy", "Di", "Abstain"],
        "method": {"name": "plurality", "runoff": true},
    });
    let body = json!({"event_type": "election", "name": "Chair", "data": data});
    let event = assembly.hall.open(&body).await;
    // Weights 1, 2, 3, 1, 0, 2: Ann 3 of 8, Bob and Di 2 each, Cy 1; one abstains.
    let voters: Vec<&Person> = assembly.voters().collect();
    for (voter, name) in [(2, "Ann"), (1, "Bob"), (5, "Di"), (3, "Cy"), (0, "Abstain")] {
        assembly.cast(event, voters[voter], &[name.to_owned()]).await;
    }
    let result = assembly.close(event).await;
    assert_eq!(result["outcome"], "runoff", "{result}");
    assert_eq!(result["election"]["elected"], json!([]));
    assert_eq!(result["election"]["runoff"], json!(["Ann", "Bob", "Di"]), "both who are second stand again");
    assert!(
        result["summary"]
            .as_str()
            .is_some_and(|text| text.contains("A runoff is needed between Ann, Bob and Di"))
    );
    let next = result["next_event_id"].as_i64().expect("a draft");
    let draft = assembly.hall.chair.get(&format!("events/{next}")).expect(200).await;
    assert_eq!((&draft["state"], &draft["name"]), (&json!("draft"), &json!("Chair (runoff)")));
    assert_eq!(draft["data"]["vote_options"], json!(["Ann", "Bob", "Di", "Abstain"]));
    assert_eq!(draft["data"]["follows_event_id"], event);

    // Between two the most votes decide.
    let change = json!({"data": {"vote_options": ["Ann", "Bob", "Abstain"]}});
    let changed = assembly.hall.chair.patch(&format!("events/{next}"), &change).expect(200).await;
    assert_eq!(changed["data"]["follows_event_id"], event);
    assembly.hall.chair.do_post(&format!("events/{next}/open")).expect(200).await;
    assembly.cast(next, voters[2], &["Bob".to_owned()]).await;
    assembly.cast(next, voters[1], &["Ann".to_owned()]).await;
    let result = assembly.hall.result(next).await;
    assert_eq!(result["election"]["elected"], json!(["Bob"]));
    let own = json!({"event_type": "election", "name": "x", "data": {"vote_options": ["Ann"], "follows_event_id": event}});
    assembly.hall.chair.post(&assembly.hall.path("events"), &own).wrong_field("data.follows_event_id").await;
    assembly.server.stop().await;
}

#[tokio::test]
async fn when_new_nominations_win_they_are_prepared_for_the_seats_left() {
    let assembly = Assembly::meet().await;
    let data = json!({
        "vote_options": ["Ann", "Bob", "Re-open nominations"],
        "method": {"name": "sntv", "seats": 2, "reopen_nominations": "Re-open nominations"},
    });
    let body = json!({"event_type": "election", "name": "Two officers", "data": data});
    let event = assembly.hall.open(&body).await;
    let voters: Vec<&Person> = assembly.voters().collect();
    for (voter, name) in [(2, "Bob"), (1, "Re-open nominations"), (0, "Ann")] {
        assembly.cast(event, voters[voter], &[name.to_owned()]).await;
    }
    let result = assembly.close(event).await;
    assert_eq!(result["outcome"], "reopen_nominations", "{result}");
    assert_eq!(result["election"]["elected"], json!(["Bob"]));
    let next = result["next_event_id"].as_i64().expect("a draft");
    let draft = assembly.hall.chair.get(&format!("events/{next}")).expect(200).await;
    assert_eq!(draft["name"], "Two officers (new nominations)");
    assert_eq!(draft["data"]["vote_options"], json!(["Ann", "Re-open nominations"]));
    let method = &draft["data"]["method"];
    assert_eq!((&method["seats"], &method["reopen_nominations"]), (&json!(1), &json!("Re-open nominations")));
    assembly.server.stop().await;
}
