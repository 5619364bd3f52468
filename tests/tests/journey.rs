//! A whole sitting of 25 people, played over HTTP and compared with figures worked out by hand.
//!
//! The cast: an owner, a chair who hosts, 21 members `m03` to `m23` and two observers `o24` and `o25`.
//! Whoever is no observer has a vote of weight 1, so 23 people are entitled. The quorum is more than
//! half of them: 12 (half of 23 is 11½). One person may hold one proxy.

use std::collections::BTreeMap;
use std::fmt::Write;

use plenum_tests::{Answer, Organization, Person, TestServer};
use serde_json::{Value, json};

/// Names of the members, beginning with m03.
const MEMBERS: [&str; 21] = [
    "Maya Three",
    "陈四",
    "Elif Beş",
    "Farid Six",
    "Grzegorz Siedem",
    "Hana Osm",
    "Ιωάννα Εννέα",
    "Jonas O'Ten",
    "Катерина Одиннадцать",
    "Luis Doce",
    "Mei, Thirteen",
    "Nils \"Fjorton\"",
    "Olu Fifteen",
    "Pia Sechzehn",
    "Quentin Dix-sept",
    "Rania ثمانية عشر",
    "Sven Nitton",
    "Tomás Veinte",
    "Uma 21",
    "Vera 22",
    "Wim 23",
];

/// One sitting and everyone in it.
struct Sitting {
    server: TestServer,
    organization: Organization,
    people: BTreeMap<&'static str, Person>,
    session: i64,
    code: String,
}

impl Sitting {
    fn person(&self, name: &str) -> &Person {
        self.people.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    fn id(&self, name: &str) -> i64 {
        self.person(name).user_id
    }

    fn path(&self, rest: &str) -> String {
        format!("sessions/{}/{rest}", self.session)
    }

    async fn join(&self, name: &str) -> Value {
        self.person(name).post("sessions/join", &json!({"join_code": self.code})).expect(200).await
    }

    /// Everything that can be seen of the attendance, by the chair.
    async fn attendance(&self) -> Value {
        self.person("ben").get(&self.path("attendance")).expect(200).await
    }

    async fn proxy(&self, by: &str, principal: &str, holder: &str) -> Answer {
        let body = json!({"principal_user_id": self.id(principal), "holder_user_id": self.id(holder)});
        self.person(by).post(&self.path("proxies"), &body).send().await
    }

    async fn draft(&self, body: &Value) -> i64 {
        let event = self.person("ben").post(&self.path("events"), body).expect(201).await;
        assert_eq!((&event["status"], &event["state"]), (&json!("inactive"), &json!("draft")));
        event["id"].as_i64().expect("an id")
    }

    async fn step(&self, event: i64, step: &str) -> Value {
        self.person("ben").do_post(&format!("events/{event}/{step}")).expect(200).await
    }

    /// The vote instances of somebody: for themselves under their own name, for others under theirs.
    async fn instances(&self, name: &str, event: i64) -> Vec<Value> {
        let path = format!("events/{event}/vote-instances");
        let answer = self.person(name).get(&path).expect(200).await;
        answer["items"].as_array().expect("items").clone()
    }

    /// Casts the only vote of somebody who does not say with which instance.
    async fn vote(&self, name: &str, event: i64, choice: &str) {
        let body = json!({"vote_response": [choice]});
        let receipt = self.person(name).post(&format!("events/{event}/votes"), &body).expect(201).await;
        assert_eq!(
            receipt["data"],
            json!({"proxy": false, "proxy_for_user_id": null, "vote_response": [choice]})
        );
    }

    /// Casts the own vote and the one held for somebody, at once.
    async fn vote_twice(&self, name: &str, event: i64, own: &str, held: &str) -> Answer {
        let instances = self.instances(name, event).await;
        let votes: Vec<Value> = instances
            .iter()
            .zip([own, held])
            .map(|(instance, choice)| {
                json!({"user_session_id": instance["user_session_id"], "vote_response": [choice]})
            })
            .collect();
        assert_eq!(votes.len(), 2, "{instances:?}");
        self.person(name).post(&format!("events/{event}/votes"), &json!({"votes": votes})).send().await
    }

    async fn export(&self, file: &str) -> Answer {
        self.person("ben").get(&self.path(&format!("exports/{file}"))).send().await.expect(200)
    }

    /// The figures are hidden from everyone: in the results, in the roll call and in the exports.
    async fn assert_hidden(&self, event: i64, name: &str) {
        for who in ["ada", "ben", "m03", "m08", "o24"] {
            let person = self.person(who);
            person.get(&format!("events/{event}/results")).refused(403, "results_hidden").await;
            person.get(&format!("events/{event}/votes")).refused(403, "votes_not_shown").await;
        }
        for file in ["results.csv", "results.json", "votes.csv", "votes.json", "minutes.csv", "minutes.json"]
        {
            let body = self.export(file).await.body;
            for word in ["adopted", "rejected", "in favour", "elected", "vote_response\":[\""] {
                assert!(!body.contains(word), "{word} about {name} in {file}: {body}");
            }
        }
    }
}

async fn convene() -> Sitting {
    let server = TestServer::start().await;
    let ada = server.person("ada", "Ada Okonkwo").await;
    let data = json!({
        "description": "Represents the students.",
        "rules": {
            "quorum": {"fraction": "1/2", "comparison": "more_than"},
            "proxies": {"allowed": true, "max_per_holder": 1, "holders": "voting_members"},
        },
    });
    let organization = Organization::found(&ada, "Student Senate", &data).await;
    let shown = ada.get(&format!("organizations/{}", organization.id)).expect(200).await;
    assert_eq!(shown["data"]["rules"]["quorum"], json!({"fraction": 0.5, "comparison": "more_than"}));

    // The roster: 24 rows for everyone but the owner.
    let mut roster = String::from("andrew_id,name,user_role\nben,Ben Lindqvist,chair\n");
    for (number, name) in (3..).zip(MEMBERS) {
        let _ = writeln!(roster, "m{number:02},\"{}\",member", name.replace('"', "\"\""));
    }
    roster.push_str("o24,Ola Twenty-Four,observer\no25,Otto Twenty-Five,observer\n");
    let wrong = format!("{roster}o26,Nobody,king\n");
    let report = organization.import(&wrong, true).await;
    assert_eq!(report["rows"][24]["change"], "wrong", "{report}");
    let refused = ada.post(&organization.path("members/import"), &json!({"csv": wrong, "dry_run": false}));
    refused.wrong_field("csv line 26").await;
    let report = organization.import(&roster, true).await;
    assert_eq!(report["applied"], false);
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 24);
    assert!(rows.iter().all(|row| row["change"] == "new_person"), "{report}");
    assert_eq!(ada.list(&organization.path("members")).await.len(), 1, "a dry run changes nothing");
    assert_eq!(organization.import(&roster, false).await["applied"], true);
    let again = organization.import(&roster, false).await;
    assert!(
        again["rows"].as_array().expect("rows").iter().all(|row| row["change"] == "unchanged"),
        "{again}"
    );
    let members = ada.list(&organization.path("members")).await;
    assert_eq!(members.len(), 25);
    assert!(members.iter().all(|member| member["vote_weight"] == 1));

    let mut people = BTreeMap::from([("ada", ada)]);
    for name in [
        "ben", "m03", "m04", "m05", "m06", "m07", "m08", "m09", "m10", "m11", "m12", "m13", "m14", "m15",
        "m16", "m17", "m18", "m19", "m20", "m21", "m22", "m23", "o24", "o25",
    ] {
        people.insert(name, server.person(name, "Not the name of the roster").await);
    }
    assert_eq!(people["m04"].name, "陈四");
    let (session, code) = organization.convene(&people["ben"], "Spring sitting").await;
    Sitting { server, organization, people, session, code }
}

/// Owner, chair, m03 to m16 and both observers come: 18 people, 16 of them entitled.
async fn come_in(sitting: &Sitting) {
    let code = &sitting.code;
    let typed = [
        code.to_lowercase(),
        format!(" {} ", code.to_lowercase()),
        format!("{}-{}", &code[..3], &code[3..]),
        format!("{} {}", &code[..3], &code[3..].to_lowercase()),
    ];
    let names: Vec<String> = (3..=16).map(|number| format!("m{number:02}")).collect();
    let names = ["ada", "ben", "o24", "o25"].into_iter().chain(names.iter().map(String::as_str));
    for (number, name) in names.enumerate() {
        let body = json!({"join_code": typed[number % typed.len()]});
        let joined = sitting.person(name).post("sessions/join", &body).expect(200).await;
        let rows = joined["user_sessions"].as_array().expect("rows");
        assert_eq!(rows.len(), 1, "{joined}");
        assert_eq!((&rows[0]["proxy"], &rows[0]["join_left"]), (&Value::Null, &json!("joined")));
    }
    let twice = (sitting.join("m03").await, sitting.join("m03").await);
    assert_eq!(twice.0, twice.1, "joining twice changes nothing");
    let stranger = sitting.server.person("stranger", "Stranger").await;
    let body = json!({"join_code": "ZZZZZZ"});
    stranger.post("sessions/join", &body).refused(404, "not_found").await;
    stranger.post("sessions/join", &json!({"join_code": code})).refused(403, "members_only").await;

    let attendance = sitting.attendance().await;
    assert_eq!(attendance["headcount"], 18);
    let quorum = json!({"entitled": 23, "present": 16, "required": 12, "missing": 0, "met": true});
    assert_eq!(attendance["quorum"], quorum);
}

/// m17 gives theirs to m03; the chair enters those of m18 to m04, of m19 to m05 and of m20 to m06; the
/// one of m19 is revoked. Three stand.
async fn give_proxies(sitting: &Sitting) {
    let given = sitting.proxy("m17", "m17", "m03").await.expect(201).json();
    assert_eq!(given["status"], "active");
    let row = &given["user_session"];
    assert_eq!(
        (&row["user_id"], &row["proxy"]),
        (&json!(sitting.id("m03")), &json!(sitting.id("m17").to_string()))
    );
    sitting.proxy("ben", "m18", "m04").await.expect(201);
    let revoked = sitting.proxy("ben", "m19", "m05").await.expect(201).json();
    sitting.proxy("ben", "m20", "m06").await.expect(201);
    let revoked = sitting.path(&format!("proxies/{}", revoked["id"]));
    sitting.person("m07").delete(&revoked).refused(403, "forbidden").await;
    sitting.person("m19").delete(&revoked).expect(204).await;
    sitting.person("m19").delete(&revoked).refused(409, "proxy_already_revoked").await;

    for (by, principal, holder, status, code) in [
        ("ben", "m21", "m03", 409, "proxy_limit_reached"),
        ("m21", "m21", "m04", 409, "proxy_limit_reached"),
        ("ben", "m03", "m07", 409, "proxy_chain"),
        ("ben", "m21", "m17", 409, "proxy_chain"),
        ("m17", "m17", "m07", 409, "proxy_already_given"),
        ("m21", "m21", "m21", 409, "proxy_to_oneself"),
        ("ben", "m21", "o24", 409, "holder_not_allowed"),
        ("ben", "o24", "m07", 409, "principal_has_no_vote"),
        ("m07", "m21", "m08", 403, "forbidden"),
    ] {
        sitting.proxy(by, principal, holder).await.refused(status, code);
    }
    let attendance = sitting.attendance().await;
    // 16 are present, m17, m18 and m20 are represented.
    assert_eq!(attendance["quorum"]["present"], 19);
    assert_eq!(attendance["headcount"], 18, "nobody came in by giving a proxy");
    let listed = sitting.person("m03").list(&sitting.path("proxies")).await;
    let states: Vec<_> = listed.iter().map(|proxy| proxy["status"].as_str().unwrap_or_default()).collect();
    assert_eq!(states, ["active", "active", "revoked", "active"]);
}

/// The motion needs two thirds and gets them exactly.
///
/// | choice  | who | votes |
/// |---------|-----|-------|
/// | yes     | ada, m03, m17 by m03, m18 by m04, m05, m06, m07, m08, m09, m10, m20, m21 | 12 |
/// | no      | m04, m11, m12, m13, m16, m22 | 6 |
/// | abstain | ben, m14, m15 | 3 |
///
/// m19 and m23 do not vote. Cast are 21 of 23; without abstentions 18; two thirds of 18 are 12.
async fn vote_on_the_motion(sitting: &Sitting) -> i64 {
    let motion = open_the_motion(sitting).await;
    vote_behind_the_lock(sitting, motion).await;
    vote_for_others(sitting, motion).await;
    vote_after_coming_late(sitting, motion).await;
    look_at_the_turnout(sitting, motion).await;
    sitting.vote("m22", motion, "no").await;
    sitting.assert_hidden(motion, "Amend article 4").await;
    count_and_release(sitting, motion).await;
    motion
}

async fn open_the_motion(sitting: &Sitting) -> i64 {
    let data = json!({"description": "As printed.", "threshold": "2/3", "session_code": sitting.code});
    let body = json!({"event_type": "motion", "name": "Amend article 4", "data": data});
    let motion = sitting.draft(&body).await;
    sitting.person("m03").get(&format!("events/{motion}/results")).refused(409, "no_result").await;
    let early =
        sitting.person("m03").post(&format!("events/{motion}/votes"), &json!({"vote_response": ["yes"]}));
    early.refused(409, "event_not_active").await;
    let opened = sitting.step(motion, "open").await;
    assert_eq!(
        (&opened["status"], &opened["data"]["method"]["threshold"]),
        (&json!("active"), &json!("2/3"))
    );
    motion
}

/// A locked session takes nobody new; voting goes on, and who was in may come back.
async fn vote_behind_the_lock(sitting: &Sitting, motion: i64) {
    let votes = format!("events/{motion}/votes");
    sitting.person("m03").do_post(&sitting.path("lock")).refused(403, "forbidden").await;
    let locked = sitting.person("ben").do_post(&sitting.path("lock")).expect(200).await;
    assert_eq!(locked["status"], "locked");
    let code = json!({"join_code": sitting.code});
    sitting.person("m21").post("sessions/join", &code).refused(409, "session_locked").await;
    sitting.vote("ada", motion, "yes").await;
    sitting.vote("ben", motion, "abstain").await;
    sitting.person("m10").do_post(&sitting.path("leave")).expect(200).await;
    let away = sitting.person("m10").post(&votes, &json!({"vote_response": ["yes"]}));
    away.refused(409, "not_present").await;
    sitting.join("m10").await;
    sitting.vote("m10", motion, "yes").await;
}

/// Several instances at once: all or nothing.
async fn vote_for_others(sitting: &Sitting, motion: i64) {
    let votes = format!("events/{motion}/votes");
    let instances = sitting.instances("m04", motion).await;
    assert_eq!(instances.len(), 2);
    assert_eq!(instances[1]["proxy_for_name"], sitting.person("m18").name.as_str());
    sitting.vote_twice("m04", motion, "no", "maybe").await.wrong_field("votes[1].vote_response[0]");
    let unsaid = sitting.person("m04").post(&votes, &json!({"vote_response": ["yes"]}));
    unsaid.refused(409, "instance_required").await;
    let own = &instances[0]["user_session_id"];
    let twice = json!({"votes": [
        {"user_session_id": own, "vote_response": ["yes"]},
        {"user_session_id": own, "vote_response": ["no"]},
    ]});
    sitting.person("m04").post(&votes, &twice).refused(409, "instance_twice").await;
    let foreign = json!({"votes": [
        {"user_session_id": own, "vote_response": ["no"]},
        {"user_session_id": sitting.instances("m05", motion).await[0]["user_session_id"], "vote_response": ["no"]},
    ]});
    sitting.person("m04").post(&votes, &foreign).refused(403, "not_your_instance").await;
    let after = sitting.instances("m04", motion).await;
    assert!(after.iter().all(|instance| instance["has_voted"] == false), "nothing was cast: {after:?}");
    let receipts = sitting.vote_twice("m04", motion, "no", "yes").await.expect(201).json();
    assert_eq!(receipts["votes"][1]["data"]["proxy_for_user_id"], sitting.id("m18"));
    sitting.vote_twice("m03", motion, "yes", "yes").await.expect(201);
    sitting.vote_twice("m03", motion, "yes", "yes").await.refused(409, "already_voted");

    // An observer holds nothing and casts nothing.
    assert_eq!(sitting.instances("o24", motion).await, Vec::<Value>::new());
    let observer = sitting.person("o24").post(&votes, &json!({"vote_response": ["yes"]}));
    observer.refused(403, "not_entitled").await;
}

/// Open again: late comers vote, and a principal who comes votes in person.
async fn vote_after_coming_late(sitting: &Sitting, motion: i64) {
    let votes = format!("events/{motion}/votes");
    sitting.person("ben").do_post(&sitting.path("open")).expect(200).await;
    for name in ["m20", "m21", "m22"] {
        sitting.join(name).await;
    }
    let held = sitting.instances("m06", motion).await;
    assert_eq!((&held[0]["can_vote"], &held[1]["can_vote"]), (&json!(true), &json!(false)), "{held:?}");
    let paper =
        |instance: &Value| json!({"user_session_id": instance["user_session_id"], "vote_response": ["yes"]});
    sitting.person("m06").post(&votes, &paper(&held[1])).refused(409, "proxy_suspended").await;
    sitting.person("m06").post(&votes, &paper(&held[0])).expect(201).await;
    for name in ["m20", "m05", "m07", "m08", "m09", "m21"] {
        sitting.vote(name, motion, "yes").await;
    }
    for name in ["m11", "m12", "m13", "m16"] {
        sitting.vote(name, motion, "no").await;
    }
    for name in ["m14", "m15"] {
        sitting.vote(name, motion, "abstain").await;
    }
    // Whoever leaves after voting leaves the vote behind.
    let left = sitting.person("m07").do_post(&sitting.path("leave")).expect(200).await;
    assert_eq!(left["join_left"], "left");

    // A proxy that was used is revoked only when the vote is over.
    let proxies = sitting.person("ben").list(&sitting.path("proxies")).await;
    let used = sitting.path(&format!("proxies/{}", proxies[0]["id"]));
    sitting.person("m17").delete(&used).refused(409, "proxy_used").await;
}

/// 20 have voted. Of the 23 are present ada, ben, m03 to m06, m08 to m16, m20, m21 and m22: 18.
async fn look_at_the_turnout(sitting: &Sitting, motion: i64) {
    let turnout = sitting.person("ben").get(&format!("events/{motion}/turnout")).expect(200).await;
    assert_eq!(
        (&turnout["entitled"], &turnout["present"], &turnout["voted"]),
        (&json!(23), &json!(18), &json!(20))
    );
    let missing = turnout["missing"]["items"].as_array().expect("who is missing");
    let missing: Vec<_> =
        missing.iter().map(|person| person["andrew_id"].as_str().unwrap_or_default()).collect();
    assert_eq!(missing, ["m19", "m22", "m23"]);
    let turnout = sitting.person("m08").get(&format!("events/{motion}/turnout")).expect(200).await;
    assert_eq!((&turnout["voted"], &turnout["missing"]), (&json!(20), &Value::Null), "for the host alone");
}

/// Counted, and still hidden from all but those who release it.
async fn count_and_release(sitting: &Sitting, motion: i64) {
    let votes = format!("events/{motion}/votes");
    let closed = sitting.step(motion, "close").await;
    assert_eq!((&closed["status"], &closed["state"]), (&json!("inactive"), &json!("closed")));
    let late = sitting.person("m05").post(&votes, &json!({"vote_response": ["yes"]}));
    late.refused(409, "event_not_active").await;
    for name in ["m03", "o24"] {
        let results = sitting.person(name).get(&format!("events/{motion}/results"));
        results.refused(403, "results_hidden").await;
        sitting.person(name).get(&votes).refused(403, "votes_not_shown").await;
        for file in ["results.json", "votes.csv"] {
            let export = sitting.person(name).get(&sitting.path(&format!("exports/{file}")));
            export.refused(403, "forbidden").await;
        }
    }
    sitting.person("ben").get(&format!("events/{motion}/results")).expect(200).await;
    sitting.person("ben").get(&votes).refused(403, "votes_not_shown").await;
    let released = sitting.step(motion, "release").await;
    assert_eq!(released["state"], "released");
}

const MOTION_SUMMARY: &str = "The motion is adopted: 12 in favour, 6 against, 3 abstaining. At least two thirds \
    of the votes cast without abstentions were needed, that is 12 of 18; there were 12. 21 of 23 entitled voted. \
    The quorum of 12 was met: 21 were present or represented.";

async fn check_the_motion(sitting: &Sitting, motion: i64) {
    let path = format!("events/{motion}/results");
    // m23 never came and reads what was decided all the same.
    for name in ["ada", "ben", "m03", "o24", "m23"] {
        let result = sitting.person(name).get(&path).expect(200).await;
        assert_eq!(result["outcome"], "adopted", "{result}");
        assert_eq!(result["summary"], MOTION_SUMMARY);
        let count = json!({
            "in_favour": 12, "against": 6, "abstaining": 3, "threshold": "2/3", "comparison": "at_least",
            "base": "votes_cast_without_abstentions", "base_count": 18, "needed": 12,
        });
        assert_eq!(result["motion"], count);
        let strength = |people: u64| json!({"people": people, "weight": people});
        // Present: everyone but m19 and m23, m17 and m18 through their proxies.
        assert_eq!(result["entitled"], strength(23));
        assert_eq!(result["present"], strength(21));
        assert_eq!(result["cast"], strength(21));
        let quorum = json!({"entitled": 23, "present": 21, "required": 12, "missing": 0, "met": true});
        assert_eq!(result["quorum"], quorum);
        let options: Vec<_> =
            result["options"].as_array().expect("options").iter().map(|row| row["votes"].as_u64()).collect();
        assert_eq!(options, [Some(12), Some(6), Some(3)]);
    }
    let roll_call = sitting.person("m23").list(&format!("events/{motion}/votes")).await;
    assert_eq!(roll_call.len(), 21);
    let choice = |name: &str| {
        let line = roll_call.iter().find(|line| line["principal"]["andrew_id"] == name);
        line.map(|line| (line["user"]["andrew_id"].clone(), line["vote_response"][0].clone()))
    };
    assert_eq!(choice("m18"), Some((json!("m04"), json!("yes"))));
    assert_eq!(choice("m04"), Some((json!("m04"), json!("no"))));
    assert_eq!(choice("m20"), Some((json!("m20"), json!("yes"))));
    assert_eq!(choice("m07"), Some((json!("m07"), json!("yes"))), "whoever left has voted");
    assert_eq!(choice("m19"), None);
}

/// The election by plurality, with names, in which nobody votes for others.
///
/// | choice | who | votes |
/// |--------|-----|-------|
/// | Hana Osm    | ada, ben, m03, m04, m05, m08, m09 | 7 |
/// | Jonas O'Ten | m06, m10, m11, m12, m13, m20, m21, m22 | 8 |
/// | Abstain     | m14, m15 | 2 |
///
/// m16 is present and does not vote; m07 has left. Cast are 17 of 23, present are 18.
async fn vote_in_the_election(sitting: &Sitting) -> i64 {
    let data = json!({
        "vote_options": ["Hana Osm", "Jonas O'Ten", "Abstain"], "secrecy": "roll_call", "proxy": false,
        "method": {"name": "plurality"},
    });
    let body = json!({"event_type": "election", "name": "Treasurer", "data": {"vote_options": ["Nobody"]}});
    let election = sitting.draft(&body).await;
    let changed = sitting.person("ben").patch(&format!("events/{election}"), &json!({"data": data}));
    assert_eq!(changed.expect(200).await["data"]["vote_options"][1], "Jonas O'Ten");
    sitting.step(election, "open").await;
    // Proxies are not admitted, so m03 has one vote and need not say which.
    assert_eq!(sitting.instances("m03", election).await.len(), 1);
    for name in ["ada", "ben", "m03", "m04", "m05", "m08", "m09"] {
        sitting.vote(name, election, "Hana Osm").await;
    }
    for name in ["m06", "m10", "m11", "m12", "m13", "m20", "m21", "m22"] {
        sitting.vote(name, election, "Jonas O'Ten").await;
    }
    for name in ["m14", "m15"] {
        sitting.vote(name, election, "Abstain").await;
    }
    let gone = sitting
        .person("m07")
        .post(&format!("events/{election}/votes"), &json!({"vote_response": ["Abstain"]}));
    gone.refused(409, "not_present").await;
    for who in ["ben", "m03"] {
        let person = sitting.person(who);
        person.get(&format!("events/{election}/results")).refused(403, "results_hidden").await;
        person.get(&format!("events/{election}/votes")).refused(403, "votes_not_shown").await;
    }
    sitting.step(election, "close").await;
    let twice = sitting.step(election, "close").await;
    assert_eq!(twice["state"], "closed", "closing twice changes nothing");
    // A roll call: the host sees the names once it is counted, the others when it is released.
    assert_eq!(sitting.person("ben").list(&format!("events/{election}/votes")).await.len(), 17);
    sitting.person("m03").get(&format!("events/{election}/votes")).refused(403, "votes_not_shown").await;
    sitting.step(election, "release").await;
    let result = sitting.person("m23").get(&format!("events/{election}/results")).expect(200).await;
    assert_eq!(result["outcome"], "elected");
    assert_eq!(result["plurality"], json!({"elected": ["Jonas O'Ten"], "tied": []}));
    assert_eq!(result["summary"], ELECTION_SUMMARY);
    let options: Vec<_> =
        result["options"].as_array().expect("options").iter().map(|row| row["votes"].as_u64()).collect();
    assert_eq!(options, [Some(7), Some(8), Some(2)]);
    election
}

const ELECTION_SUMMARY: &str = "Jonas O'Ten is elected. Votes: Hana Osm 7, Jonas O'Ten 8, Abstain 2. 17 of 23 \
    entitled voted. The quorum of 12 was met: 18 were present or represented.";

/// A motion with live figures that is still open when the session closes: one yes and one no. More
/// than half of 2 are 2, so it is rejected. 18 are present; m17 and m18 are represented.
async fn leave_a_motion_open(sitting: &Sitting) -> i64 {
    let data = json!({"visibility": {"participants": "live"}, "vote_options": ["for", "against"]});
    let motion = sitting.draft(&json!({"event_type": "motion", "name": "Adjourn", "data": data})).await;
    sitting.step(motion, "open").await;
    sitting.vote("ada", motion, "for").await;
    let running = sitting.person("m08").get(&format!("events/{motion}/results")).expect(200).await;
    assert_eq!(running["cast"]["people"], 1, "live figures are for everyone there: {running}");
    sitting.vote("m08", motion, "against").await;
    motion
}

const ADJOURN_SUMMARY: &str = "The motion is rejected: 1 in favour, 1 against, 0 abstaining. More than half of \
    the votes cast without abstentions were needed, that is 2 of 2; there were 1. 2 of 23 entitled voted. The \
    quorum of 12 was met: 20 were present or represented.";

async fn close_the_session(sitting: &Sitting, open: i64, draft: i64) {
    sitting.person("m03").do_post(&sitting.path("close")).refused(403, "forbidden").await;
    let closed = sitting.person("ben").do_post(&sitting.path("close")).expect(200).await;
    assert_eq!(closed["status"], "closed");
    let event = sitting.person("ada").get(&format!("events/{open}")).expect(200).await;
    assert_eq!(event["state"], "closed", "what was open is counted");
    let result = sitting.person("m08").get(&format!("events/{open}/results")).expect(200).await;
    assert_eq!((&result["outcome"], &result["summary"]), (&json!("rejected"), &json!(ADJOURN_SUMMARY)));
    sitting.person("ben").do_post(&format!("events/{draft}/open")).refused(409, "session_closed").await;
    sitting.person("ben").do_post(&sitting.path("open")).refused(409, "session_closed").await;
    let code = json!({"join_code": sitting.code});
    for name in ["m03", "m23"] {
        sitting.person(name).post("sessions/join", &code).refused(404, "not_found").await;
    }
    sitting.proxy("ben", "m21", "m22").await.refused(409, "session_closed");
    // Results can still be released.
    assert_eq!(sitting.step(open, "release").await["state"], "released");

    // The code is free again: another session may have it.
    let (next, _) = sitting.organization.convene(sitting.person("ben"), "Next sitting").await;
    let again = sqlx::query("UPDATE sessions SET join_code = $1 WHERE id = $2")
        .bind(&sitting.code)
        .bind(i32::try_from(next).expect("an id"))
        .execute(sitting.server.database.pool());
    again.await.expect("a code of a closed session");
    let joined = sitting.join("m23").await;
    assert_eq!(joined["session"]["id"], next);
}

async fn check_attendance(sitting: &Sitting) {
    let attendance = sitting.attendance().await;
    assert_eq!(attendance["headcount"], 0, "everyone left when the session closed");
    let attendees = attendance["attendees"].as_array().expect("attendees");
    let of = |name: &str| {
        attendees.iter().find(|row| row["andrew_id"] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    // 18 came at first, m20, m21 and m22 later; m17 and m18 are represented and never came.
    assert_eq!(attendees.len(), 23, "{attendance}");
    assert!(!attendees.iter().any(|row| row["andrew_id"] == "m19" || row["andrew_id"] == "m23"));
    let stretches = |name: &str| {
        let stretches = of(name)["intervals"].as_array().expect("intervals").clone();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        stretches.iter().map(|stretch| (text(&stretch["from"]), text(&stretch["until"]))).collect::<Vec<_>>()
    };
    for (name, count) in [("ada", 1), ("m03", 1), ("m07", 1), ("m10", 2), ("m20", 1), ("o25", 1), ("m17", 0)]
    {
        let stretches = stretches(name);
        assert_eq!(stretches.len(), count, "{name}");
        assert!(stretches.iter().all(|(from, until)| from < until), "{name}: {stretches:?}");
        assert!(stretches.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{name}: {stretches:?}");
        assert_eq!(of(name)["since"], Value::Null);
    }
    let end = stretches("ada")[0].1.clone();
    assert_eq!(stretches("m20")[0].1, end, "who was there to the end left when it closed");
    assert!(stretches("m07")[0].1 < end);
    assert!(stretches("m20")[0].0 > stretches("m16")[0].0);
    assert_eq!(of("m03")["proxy_for"][0]["user_id"], sitting.id("m17"));
    assert_eq!(of("m17")["represented_by"]["user_id"], sitting.id("m03"));
    assert_eq!(of("m05")["is_proxy_holder"], false, "that proxy was revoked");
}

async fn check_exports(sitting: &Sitting) {
    let answer = sitting.export("attendance.csv").await;
    assert!(
        answer
            .body
            .trim_start_matches('\u{feff}')
            .starts_with("User ID,Name,Andrew ID,Is Proxy Holder,Proxy For")
    );
    let table = answer.csv();
    let mut expected = Vec::new();
    let mut names: Vec<_> =
        sitting.people.keys().copied().filter(|name| !["m19", "m23"].contains(name)).collect();
    names.sort_by_key(|name| sitting.id(name));
    for name in names {
        let held = [("m03", "m17"), ("m04", "m18"), ("m06", "m20")];
        let held =
            held.iter().find(|(holder, _)| *holder == name).map(|(_, principal)| sitting.person(principal));
        let person = sitting.person(name);
        let proxy_for = held.map_or(String::new(), |principal| principal.name.clone());
        let holder = held.is_some().to_string();
        expected.push([person.user_id.to_string(), person.name.clone(), name.to_owned(), holder, proxy_for]);
    }
    let got = table.select(&["User ID", "Name", "Andrew ID", "Is Proxy Holder", "Proxy For"]);
    assert_eq!(got, expected);

    assert_eq!(table.select(&["Present"]).concat().iter().filter(|cell| **cell == "true").count(), 0);
    let document = sitting.export("attendance.json").await.json();
    assert_eq!(document["attendees"], sitting.attendance().await["attendees"]);
    assert_eq!(document["session"]["status"], "closed");

    let votes = sitting.export("votes.csv").await.csv();
    // 12, 6 and 3 of 21; 7, 8 and 2 of 17; 1 and 1 of 2. Without a result there are no rows.
    let expected = [
        ["Amend article 4", "yes", "12", "57.1"],
        ["Amend article 4", "no", "6", "28.6"],
        ["Amend article 4", "abstain", "3", "14.3"],
        ["Treasurer", "Hana Osm", "7", "41.2"],
        ["Treasurer", "Jonas O'Ten", "8", "47.1"],
        ["Treasurer", "Abstain", "2", "11.8"],
        ["Adjourn", "for", "1", "50.0"],
        ["Adjourn", "against", "1", "50.0"],
    ];
    assert_eq!(votes.select(&["Event", "Option", "Count", "Percent"]), expected);
    let document = sitting.export("votes.json").await.json();
    let events = document["events"].as_array().expect("events");
    let counts: Vec<_> = events.iter().map(|event| event["votes"].as_array().map(Vec::len)).collect();
    assert_eq!(counts, [Some(21), Some(17), Some(2), None]);
    let held = events[0]["votes"].as_array().expect("votes");
    let held = held.iter().find(|vote| vote["principal"]["andrew_id"] == "m17").expect("a vote of m17");
    let shown = (&held["user"]["andrew_id"], &held["proxy"], &held["vote_response"]);
    assert_eq!(shown, (&json!("m03"), &json!(true), &json!(["yes"])));
    assert_eq!(events[1]["options"][1]["percent"], "47.1");

    let columns = [
        "Event",
        "Type",
        "State",
        "Outcome",
        "Entitled",
        "Present",
        "Votes Cast",
        "Weight Cast",
        "Quorum",
        "Quorum Met",
        "In Favour",
        "Against",
        "Abstaining",
        "Needed",
        "Elected",
        "Summary",
    ];
    let results = sitting.export("results.csv").await.csv();
    let figures = |text: &'static str| text.split(' ').map(|cell| if cell == "." { "" } else { cell });
    let row = |name: &'static str, text: &'static str, elected: &'static str, summary: &'static str| {
        [name].into_iter().chain(figures(text)).chain([elected, summary]).collect::<Vec<_>>()
    };
    let expected = [
        row("Amend article 4", "motion released adopted 23 21 21 21 12 true 12 6 3 12", "", MOTION_SUMMARY),
        row(
            "Treasurer",
            "election released elected 23 18 17 17 12 true . . . .",
            "Jonas O'Ten",
            ELECTION_SUMMARY,
        ),
        row("Adjourn", "motion released rejected 23 20 2 2 12 true 1 1 0 2", "", ADJOURN_SUMMARY),
        row("Not reached", "motion draft . . . . . . . . . . .", "", ""),
    ];
    assert_eq!(results.select(&columns), expected);
    let document = sitting.export("results.json").await.json();
    let events = document["events"].as_array().expect("events");
    let shown: Vec<_> = events.iter().map(|event| event["visible"].as_bool()).collect();
    assert_eq!(shown, [Some(true), Some(true), Some(true), Some(false)]);
    for event in &events[..3] {
        let path = format!("events/{}/results", event["event_id"]);
        assert_eq!(
            event["result"],
            sitting.person("m08").get(&path).expect(200).await,
            "the same as the API shows"
        );
    }
    assert_eq!(events[3]["result"], Value::Null);
}

async fn check_minutes(sitting: &Sitting) {
    let name = |who: &str| sitting.person(who).name.clone();
    let came = |who: &str| format!("{} came in.", name(who));
    let left = |who: &str| format!("{} left.", name(who));
    let gave = |who: &str, holder: &str| format!("{} gave their vote to {}.", name(who), name(holder));
    let members: Vec<String> = (3..=22).map(|number| format!("m{number:02}")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();

    let mut expected = vec!["The session was opened.".to_owned()];
    expected.extend(["ada", "ben", "o24", "o25"].map(came));
    expected.extend(members[..14].iter().map(|who| came(who)));
    expected.extend(
        [("m17", "m03"), ("m18", "m04"), ("m19", "m05"), ("m20", "m06")].map(|(who, to)| gave(who, to)),
    );
    expected.push(format!("The proxy of {} to {} was revoked.", name("m19"), name("m05")));
    expected.push("Voting on “Amend article 4” was opened.".to_owned());
    expected.extend([left("m10"), came("m10"), came("m20"), came("m21"), came("m22"), left("m07")]);
    expected.push(format!("Voting on “Amend article 4” was closed. {MOTION_SUMMARY}"));
    expected.push("The result of “Amend article 4” was released.".to_owned());
    expected.push("Voting on “Treasurer” was opened.".to_owned());
    expected.push(format!("Voting on “Treasurer” was closed. {ELECTION_SUMMARY}"));
    expected.push("The result of “Treasurer” was released.".to_owned());
    expected.push("Voting on “Adjourn” was opened.".to_owned());
    // All of this at the same moment.
    let mut at_the_end = vec![
        format!("Voting on “Adjourn” was closed. {ADJOURN_SUMMARY}"),
        "The session was closed.".to_owned(),
    ];
    at_the_end.extend(["ada", "ben", "o24", "o25"].map(left));
    let absent = ["m07", "m17", "m18", "m19"];
    at_the_end.extend(members.iter().filter(|who| !absent.contains(who)).map(|who| left(who)));

    let table = sitting.export("minutes.csv").await.csv();
    assert_eq!(table.columns, ["Time", "What"]);
    let times: Vec<&str> = table.select(&["Time"]).concat();
    assert!(times.is_sorted(), "{times:?}");
    let lines: Vec<&str> = table.select(&["What"]).concat();
    let (before, rest) = lines.split_at(expected.len().min(lines.len()));
    assert_eq!(before, expected);
    let (end, after) = rest.split_at(at_the_end.len().min(rest.len()));
    assert_eq!(times[expected.len()], times[expected.len() + end.len() - 1]);
    let mut end = end.to_vec();
    end.sort_unstable();
    at_the_end.sort_unstable();
    assert_eq!(end, at_the_end);
    assert_eq!(after, ["The result of “Adjourn” was released."]);
    let document = sitting.export("minutes.json").await.json();
    let entries = document["entries"].as_array().expect("entries");
    assert!(entries.iter().map(|entry| entry["what"].as_str().unwrap_or_default()).eq(lines));
}

async fn check_audit(sitting: &Sitting) {
    let lines = sitting.person("ada").list(&sitting.organization.path("audit")).await;
    sitting.person("m03").get(&sitting.organization.path("audit")).refused(403, "forbidden").await;
    let count = |action: &str| lines.iter().filter(|line| line["action"] == action).count();
    for (action, times) in [
        ("organization.create", 1),
        ("member.import", 2),
        ("session.create", 2),
        // 18 at first, m10 again, m20, m21 and m22, and m23 in the next session.
        ("session.join", 23),
        // m10 and m07; closing is one line for all.
        ("session.leave", 2),
        ("session.lock", 1),
        ("session.open", 1),
        ("session.close", 1),
        ("proxy.give", 4),
        ("proxy.revoke", 1),
        ("event.create", 4),
        ("event.update", 1),
        ("event.open", 3),
        // 21 on the motion, 17 in the election, 2 on adjourning.
        ("vote.cast", 40),
        ("event.close", 3),
        ("event.release", 3),
    ] {
        assert_eq!(count(action), times, "{action} in the audit log");
    }
    for line in lines.iter().filter(|line| line["action"] == "vote.cast") {
        let after = line["changes"]["after"].as_object().expect("what was cast");
        let keys: Vec<_> = after.keys().map(String::as_str).collect();
        assert_eq!(keys, ["principal_user_id", "user_session_id"], "no choice stands in the log: {line}");
        assert_eq!(line["changes"]["before"], Value::Null);
    }
    for line in lines.iter().filter(|line| line["action"] == "event.close") {
        let text = line.to_string();
        assert!(!text.contains("in_favour") && !text.contains("elected"), "no figures early: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitting_of_twenty_five() {
    let sitting = convene().await;
    come_in(&sitting).await;
    give_proxies(&sitting).await;
    let motion = vote_on_the_motion(&sitting).await;
    check_the_motion(&sitting, motion).await;
    let election = vote_in_the_election(&sitting).await;
    let open = leave_a_motion_open(&sitting).await;
    let draft = sitting.draft(&json!({"event_type": "motion", "name": "Not reached"})).await;
    close_the_session(&sitting, open, draft).await;
    check_attendance(&sitting).await;
    check_exports(&sitting).await;
    check_minutes(&sitting).await;
    check_audit(&sitting).await;
    // What was released stays as it was.
    check_the_motion(&sitting, motion).await;
    sitting.person("ben").do_post(&format!("events/{election}/close")).expect(200).await;
    sitting.server.stop().await;
}
