//! A student senate's evening, played over HTTP: roll call, two proxies, a motion amended and then carried at two thirds, an
//! election of four by single transferable vote whose last seat the chair decides, and a runoff for the chair of the senate.
//!
//! Fourteen have a vote: the owner, who does not come; Vera, who hosts; and twelve senators. Kim (s11) and Lou (s12) stay
//! away and are represented by Ada (s01) and Bob (s02). The quorum is more than half: 8.

use plenum_tests::{Hall, Organization, Person, TestServer};
use serde_json::{Value, json};

const NAMES: [&str; 12] =
    ["Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ivo", "Jo", "Kim", "Lou"];

struct Evening {
    server: TestServer,
    hall: Hall,
}

async fn convene() -> Evening {
    let server = TestServer::start().await;
    let owner = server.person("owner", "Olga Owner").await;
    let vera = server.person("vera", "Vera").await;
    let rules = json!({"rules": {
        "quorum": {"fraction": "1/2", "comparison": "more_than"}, "ties": {"election": "chair"},
    }});
    let organization = Organization::found(&owner, "Student Senate", &rules).await;
    organization.put(&vera, "chair").await;
    let (session, code) = organization.convene(&vera, "Evening sitting").await;
    let mut hall = Hall { organization, chair: vera, members: Vec::new(), session, code };
    hall.enter(&hall.chair).await;
    for (number, name) in (1..).zip(NAMES) {
        let senator = server.person(&format!("s{number:02}"), name).await;
        hall.organization.put(&senator, "member").await;
        if number <= 10 {
            hall.enter(&senator).await;
        }
        hall.members.push(senator);
    }
    Evening { server, hall }
}

impl Evening {
    fn person(&self, name: &str) -> &Person {
        let found = std::iter::once(&self.hall.chair).chain(&self.hall.members).find(|one| one.name == name);
        found.unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    async fn cast(&self, name: &str, event: i64, body: Value) {
        self.person(name).post(&format!("events/{event}/votes"), &body).expect(201).await;
    }

    /// Everybody's choice, Ada's and Bob's apart: they hold a vote each.
    async fn choose(&self, event: i64, choices: &[(&str, &str)]) {
        for (name, choice) in choices {
            self.cast(name, event, json!({"vote_response": [choice]})).await;
        }
    }

    /// The instances of who holds a vote: their own, and the other.
    async fn instances(&self, name: &str, event: i64) -> [Value; 2] {
        let path = format!("events/{event}/vote-instances");
        let found = self.person(name).get(&path).expect(200).await;
        [0, 1].map(|at: usize| found["items"][at]["user_session_id"].clone())
    }

    async fn step(&self, event: i64, step: &str) -> Value {
        self.hall.chair.do_post(&format!("events/{event}/{step}")).expect(200).await
    }

    async fn result(&self, event: i64) -> Value {
        self.hall.chair.get(&format!("events/{event}/results")).expect(200).await
    }
}

/// Eleven are there, two are represented: thirteen of fourteen count towards the quorum.
async fn call_the_roll(evening: &Evening) {
    for (principal, holder) in [("Kim", "Ada"), ("Lou", "Bob")] {
        let body = json!({
            "principal_user_id": evening.person(principal).user_id,
            "holder_user_id": evening.person(holder).user_id,
        });
        evening.hall.chair.post(&evening.hall.path("proxies"), &body).expect(201).await;
    }
    let roll = evening.hall.chair.get(&evening.hall.path("attendance")).expect(200).await;
    assert_eq!(roll["headcount"], 11);
    let quorum = &roll["quorum"];
    let figures = ["entitled", "present", "required", "missing"].map(|name| quorum[name].as_u64());
    assert_eq!(figures, [Some(14), Some(13), Some(8), Some(0)]);
    assert_eq!(quorum["met"], true);
}

/// The amendment: Ada and Bob two votes each, Cleo, Dan, Eve and Finn one: 8 in favour. Gus and Hana against, Vera abstains.
/// More than half of 10 are 6.
///
/// The motion as amended: Ada's two votes, Bob's own, Cleo, Dan and Eve: 6 in favour; Lou's vote by Bob, Finn and Gus: 3
/// against; Hana and Ivo abstain. Two thirds of 9 are 6: just enough.
async fn amend_and_adopt(evening: &Evening) -> i64 {
    let data = json!({"method": {"name": "majority", "threshold": "2/3"}, "secrecy": "roll_call"});
    let body = json!({"event_type": "motion", "name": "Library hours", "data": data});
    let motion = evening.hall.draft(&body).await;
    let mover = |name: &str| evening.person(name).user_id;
    let text = json!({
        "text": "The library stays open until 22:00.", "mover_user_id": mover("Cleo"), "seconder_user_id": mover("Dan"),
    });
    evening.hall.chair.put(&format!("events/{motion}/motion"), &text).expect(200).await;
    let change = json!({"replaces": "22:00", "inserts": "24:00", "mover_user_id": mover("Eve")});
    let path = format!("events/{motion}/amendments");
    let amendment = evening.hall.chair.post(&path, &change).expect(201).await["id"].as_i64().expect("an id");
    evening.step(amendment, "open").await;
    evening.hall.chair.do_post(&format!("events/{motion}/open")).refused(409, "amendment_pending").await;
    for name in ["Ada", "Bob"] {
        evening.cast(name, amendment, json!({"vote_response": ["yes"], "all": true})).await;
    }
    let others =
        [("Cleo", "yes"), ("Dan", "yes"), ("Eve", "yes"), ("Finn", "yes"), ("Gus", "no"), ("Hana", "no")];
    evening.choose(amendment, &others).await;
    evening.choose(amendment, &[("Vera", "abstain")]).await;
    evening.step(amendment, "close").await;
    evening.step(amendment, "release").await;
    assert_eq!(
        evening.result(amendment).await["summary"],
        "The motion is adopted: 8 in favour, 2 against, 1 abstaining. More than half of the votes cast without \
         abstentions were needed, that is 6 of 10; there were 8. 11 of 14 entitled voted. The quorum of 8 was met: 13 \
         were present or represented."
    );
    let amended = evening.person("Jo").get(&format!("events/{motion}/motion")).expect(200).await;
    assert_eq!(amended["text"], "The library stays open until 24:00.");
    assert_eq!(amended["versions"][1]["amendment"]["event_id"], amendment);

    evening.step(motion, "open").await;
    evening.cast("Ada", motion, json!({"vote_response": ["yes"], "all": true})).await;
    let [own, for_lou] = evening.instances("Bob", motion).await;
    let apart = json!({"votes": [
        {"user_session_id": own, "vote_response": ["yes"]},
        {"user_session_id": for_lou, "vote_response": ["no"]},
    ]});
    evening.cast("Bob", motion, apart).await;
    let others = [("Cleo", "yes"), ("Dan", "yes"), ("Eve", "yes"), ("Finn", "no"), ("Gus", "no")];
    evening.choose(motion, &others).await;
    evening.choose(motion, &[("Hana", "abstain"), ("Ivo", "abstain")]).await;
    evening.step(motion, "close").await;
    evening.step(motion, "release").await;
    let result = evening.result(motion).await;
    assert_eq!(
        result["summary"],
        "The motion is adopted: 6 in favour, 3 against, 2 abstaining. At least two thirds of the votes cast without \
         abstentions were needed, that is 6 of 9; there were 6. 11 of 14 entitled voted. The quorum of 8 was met: 13 \
         were present or represented."
    );
    assert_eq!((&result["motion"]["needed"], &result["motion"]["base_count"]), (&json!(6), &json!(9)));
    let calls = evening.person("Jo").list(&format!("events/{motion}/votes")).await;
    let lou = calls.iter().find(|line| line["principal"]["name"] == "Lou").expect("Lou's vote");
    assert_eq!((&lou["user"]["name"], &lou["vote_response"]), (&json!("Bob"), &json!(["no"])));
    motion
}

/// Nominations for four seats in the committee and for the chair of the senate; both elections open in one request.
async fn nominate(evening: &Evening) -> [i64; 2] {
    let stv = json!({"method": {"name": "scottish-stv"}});
    let runoff = json!({"method": {"name": "plurality", "runoff": true}});
    let body = json!({"offices": [
        {"name": "Budget committee", "seats": 4, "data": stv}, {"name": "Chair of the senate", "data": runoff},
    ]});
    let made = evening.hall.chair.post(&evening.hall.path("offices"), &body).expect(201).await;
    let [committee, chair] = [0, 1].map(|at: usize| made["items"][at]["id"].as_i64().expect("an id"));
    let put_forward = async |office: i64, name: &str| {
        let path = format!("offices/{office}/nominations");
        let body = json!({"user_id": evening.person(name).user_id});
        evening.hall.chair.post(&path, &body).expect(201).await["id"].as_i64().expect("an id")
    };
    for name in ["Cleo", "Dan", "Eve", "Finn", "Gus", "Hana"] {
        let nomination = put_forward(committee, name).await;
        let statement = json!({"statement": format!("{name} can count.")});
        evening.person(name).post(&format!("nominations/{nomination}/accept"), &statement).expect(200).await;
    }
    let declined = put_forward(committee, "Ivo").await;
    evening.person("Ivo").do_post(&format!("nominations/{declined}/decline")).expect(200).await;
    put_forward(committee, "Jo").await;
    for name in ["Ada", "Bob", "Vera"] {
        evening.person(name).post(&format!("offices/{chair}/nominations"), &json!({})).expect(201).await;
    }
    let body = json!({"office_ids": [committee, chair], "open": true});
    let opened = evening.hall.chair.post(&evening.hall.path("elections"), &body).expect(201).await;
    let events = [0, 1].map(|at: usize| opened["items"][at]["id"].as_i64().expect("an id"));
    let shown = evening.person("Jo").get(&format!("events/{}", events[0])).expect(200).await;
    assert_eq!(shown["data"]["vote_options"], json!(["Cleo", "Dan", "Eve", "Finn", "Gus", "Hana"]));
    assert_eq!(shown["candidates"][3]["statement"], "Finn can count.");
    events
}

/// One request each: a ranking for the committee and a name for the chair.
///
/// | committee | votes | chair | votes |
/// |---|---|---|---|
/// | Cleo | Vera, Ada, Kim by Ada: 3 | Ada | Vera, Ada, Kim by Ada, Cleo, Gus: 5 |
/// | Dan | Bob, Lou by Bob, Cleo: 3 | Bob | Bob, Lou by Bob, Dan, Eve, Finn: 5 |
/// | Eve | Dan, Eve, Finn: 3 | Vera | Hana, Ivo, Jo: 3 |
/// | Finn | Gus, Hana: 2 | | |
/// | Gus | Ivo, Jo: 2 | | |
async fn vote_on_both(evening: &Evening, [committee, chair]: [i64; 2]) {
    let votes = evening.hall.path("votes");
    let papers = |ranking: &[&str], name: &str| {
        json!([
            {"event_id": committee, "vote_response": ranking}, {"event_id": chair, "vote_response": [name]},
        ])
    };
    let alike = json!({"votes": papers(&["Cleo"], "Ada"), "all": true});
    let cast = evening.person("Ada").post(&votes, &alike).expect(201).await;
    assert_eq!(cast["votes"].as_array().map(Vec::len), Some(4), "hers and Kim's, on both");
    let mut apart = Vec::new();
    for (event, choice) in [(committee, "Dan"), (chair, "Bob")] {
        for instance in evening.instances("Bob", event).await {
            apart.push(json!({"event_id": event, "user_session_id": instance, "vote_response": [choice]}));
        }
    }
    evening.person("Bob").post(&votes, &json!({"votes": apart})).expect(201).await;
    for (name, ranking, choice) in [
        ("Vera", &["Cleo", "Dan"][..], "Ada"),
        ("Cleo", &["Dan"], "Ada"),
        ("Dan", &["Eve"], "Bob"),
        ("Eve", &["Eve", "Cleo"], "Bob"),
        ("Finn", &["Eve"], "Bob"),
        ("Gus", &["Finn"], "Ada"),
        ("Hana", &["Finn", "Cleo"], "Vera"),
        ("Ivo", &["Gus"], "Vera"),
        ("Jo", &["Gus", "Dan"], "Vera"),
    ] {
        evening.person(name).post(&votes, &json!({"votes": papers(ranking, choice)})).expect(201).await;
    }
}

/// Thirteen ballots, four seats: the quota is 13 / 5 and one more, without fractions: 3. Cleo, Dan and Eve have just that.
/// Hana, with none, goes out. Finn and Gus have two each, in every round: the chair says that Gus goes out, and Finn takes
/// the last seat.
async fn decide_the_last_seat(evening: &Evening, committee: i64) {
    evening.step(committee, "close").await;
    let chair = &evening.hall.chair;
    let waiting = chair.get(&format!("events/{committee}")).expect(200).await;
    assert_eq!(waiting["awaiting"], json!({"question": "exclude", "between": ["Finn", "Gus"]}));
    let seen = evening.person("Gus").get(&format!("events/{committee}")).expect(200).await;
    assert_eq!((&seen["awaits_decision"], seen.get("awaiting")), (&json!(true), None));
    chair.do_post(&format!("events/{committee}/release")).refused(409, "tie_undecided").await;
    let tie = format!("events/{committee}/tie");
    evening.person("Gus").post(&tie, &json!({"choice": "Finn"})).refused(403, "forbidden").await;
    chair.post(&tie, &json!({"choice": "Hana"})).wrong_field("choice").await;
    let decided = chair.post(&tie, &json!({"choice": "Gus"})).expect(200).await;
    assert_eq!(decided["election"]["elected"], json!(["Cleo", "Dan", "Eve", "Finn"]));
    assert_eq!(decided["decisions"][0]["between"], json!(["Finn", "Gus"]));
    evening.step(committee, "release").await;
    let result = evening.person("Gus").get(&format!("events/{committee}/results")).expect(200).await;
    assert_eq!(result["summary"], COMMITTEE_SUMMARY);
    assert_eq!(result["cast"]["people"], 13);
    assert_eq!(plain(&result["rounds"][0]["quota"]), "3");
    let first: Vec<String> =
        NAMES[2..8].iter().map(|name| plain(&result["rounds"][0]["tally"][name])).collect();
    assert_eq!(first, ["3", "3", "3", "2", "2", "0"], "{}", result["rounds"][0]);
}

/// A figure without the zeros behind its point.
fn plain(figure: &Value) -> String {
    let text = figure.as_str().expect("a figure");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

const COMMITTEE_SUMMARY: &str = "Cleo, Dan, Eve and Finn are elected. Counted by Scottish STV in 3 rounds for 4 seats; the \
    quota was 3. The tie between Finn and Gus was broken by the chair: Gus went out. 13 of 14 entitled voted. The quorum \
    of 8 was met: 13 were present or represented.";

/// Nobody has more than half of 13. Ada and Bob, with five each, stand again; Hana and Ivo now choose Ada, Jo chooses Bob:
/// 7 to 6.
async fn run_off(evening: &Evening, chair: i64) {
    evening.step(chair, "close").await;
    let first = evening.result(chair).await;
    assert_eq!((&first["outcome"], &first["election"]["runoff"]), (&json!("runoff"), &json!(["Ada", "Bob"])));
    assert_eq!(
        first["summary"],
        "Nobody is elected: nobody has more than half of the votes. A runoff is needed between Ada and Bob. Counted by \
         Plurality. Votes: Ada 5, Bob 5, Vera 3. 13 of 14 entitled voted. The quorum of 8 was met: 13 were present or \
         represented."
    );
    let runoff = first["next_event_id"].as_i64().expect("a draft");
    // The draft tells what came of the first round, so it is shown with its result and not before.
    evening.person("Jo").get(&format!("events/{runoff}")).refused(404, "not_found").await;
    evening.step(chair, "release").await;
    let draft = evening.person("Jo").get(&format!("events/{runoff}")).expect(200).await;
    assert_eq!(draft["name"], "Chair of the senate (runoff)");
    assert_eq!(draft["data"]["vote_options"], json!(["Ada", "Bob"]));
    assert_eq!(draft["candidates"].as_array().map(Vec::len), Some(2), "{draft}");
    evening.step(runoff, "open").await;
    for (name, choice) in [("Ada", "Ada"), ("Bob", "Bob")] {
        evening.cast(name, runoff, json!({"vote_response": [choice], "all": true})).await;
    }
    let others =
        [("Vera", "Ada"), ("Cleo", "Ada"), ("Dan", "Bob"), ("Eve", "Bob"), ("Finn", "Bob"), ("Gus", "Ada")];
    evening.choose(runoff, &others).await;
    evening.choose(runoff, &[("Hana", "Ada"), ("Ivo", "Ada"), ("Jo", "Bob")]).await;
    evening.step(runoff, "close").await;
    evening.step(runoff, "release").await;
    assert_eq!(
        evening.result(runoff).await["summary"],
        "Ada is elected. Counted by Plurality. Votes: Ada 7, Bob 6. 13 of 14 entitled voted. The quorum of 8 was met: 13 \
         were present or represented."
    );
}

/// The minutes have every summary, and the count of the committee round by round.
async fn read_the_minutes(evening: &Evening) {
    let chair = &evening.hall.chair;
    chair.do_post(&evening.hall.path("close")).expect(200).await;
    let paper = chair.get(&evening.hall.path("exports/minutes.pdf")).send().await.expect(200);
    let text = paper.pdf_text().await;
    for words in [
        "Cleo, Dan, Eve and Finn are elected",
        "Ada is elected",
        "that is 6 of 9; there were 6",
        "Votes in round 1 2 3",
        "Finn 2 2 2",
        "Gus 2 2 0",
        "Quota 3 3 3",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    let export = chair.get(&evening.hall.path("exports/results.json")).expect(200).await;
    let events = export["events"].as_array().expect("events");
    let committee = events
        .iter()
        .find(|event| event["event"]["name"] == "Budget committee" || event["name"] == "Budget committee");
    let committee = committee.expect("the committee");
    assert_eq!(committee["result"]["election"]["elected"], json!(["Cleo", "Dan", "Eve", "Finn"]));
    assert_eq!(plain(&committee["result"]["rounds"][0]["tally"]["Hana"]), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_senate_s_evening() {
    let evening = convene().await;
    call_the_roll(&evening).await;
    amend_and_adopt(&evening).await;
    let [committee, chair] = nominate(&evening).await;
    vote_on_both(&evening, [committee, chair]).await;
    decide_the_last_seat(&evening, committee).await;
    run_off(&evening, chair).await;
    read_the_minutes(&evening).await;
    evening.server.stop().await;
}
