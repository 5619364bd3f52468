//! The cast, and how they come together.

use std::collections::BTreeMap;
use std::fmt::Write;

use plenum_tests::{Answer, Organization, Person, TestServer};
use serde_json::{Value, json};

/// Names of the members, beginning with m03.
pub(crate) const MEMBERS: [&str; 21] = [
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
pub(crate) struct Sitting {
    pub(crate) server: TestServer,
    pub(crate) organization: Organization,
    pub(crate) people: BTreeMap<&'static str, Person>,
    pub(crate) session: i64,
    pub(crate) code: String,
}

impl Sitting {
    pub(crate) fn person(&self, name: &str) -> &Person {
        self.people.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    pub(crate) fn id(&self, name: &str) -> i64 {
        self.person(name).user_id
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("sessions/{}/{rest}", self.session)
    }

    pub(crate) async fn join(&self, name: &str) -> Value {
        self.person(name).post("sessions/join", &json!({"join_code": self.code})).expect(200).await
    }

    /// Everything that can be seen of the attendance, by the chair.
    pub(crate) async fn attendance(&self) -> Value {
        self.person("ben").get(&self.path("attendance")).expect(200).await
    }

    pub(crate) async fn proxy(&self, by: &str, principal: &str, holder: &str) -> Answer {
        let body = json!({"principal_user_id": self.id(principal), "holder_user_id": self.id(holder)});
        self.person(by).post(&self.path("proxies"), &body).send().await
    }

    pub(crate) async fn draft(&self, body: &Value) -> i64 {
        let event = self.person("ben").post(&self.path("events"), body).expect(201).await;
        assert_eq!((&event["status"], &event["state"]), (&json!("inactive"), &json!("draft")));
        event["id"].as_i64().expect("an id")
    }

    pub(crate) async fn step(&self, event: i64, step: &str) -> Value {
        self.person("ben").do_post(&format!("events/{event}/{step}")).expect(200).await
    }

    /// The vote instances of somebody: for themselves under their own name, for others under theirs.
    pub(crate) async fn instances(&self, name: &str, event: i64) -> Vec<Value> {
        let path = format!("events/{event}/vote-instances");
        let answer = self.person(name).get(&path).expect(200).await;
        answer["items"].as_array().expect("items").clone()
    }

    /// Casts the only vote of somebody who does not say with which instance.
    pub(crate) async fn vote(&self, name: &str, event: i64, choice: &str) {
        let body = json!({"vote_response": [choice]});
        let receipt = self.person(name).post(&format!("events/{event}/votes"), &body).expect(201).await;
        assert_eq!(
            receipt["data"],
            json!({"proxy": false, "proxy_for_user_id": null, "vote_response": [choice]})
        );
    }

    /// Casts the own vote and the one held for somebody, at once.
    pub(crate) async fn vote_twice(&self, name: &str, event: i64, own: &str, held: &str) -> Answer {
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

    pub(crate) async fn export(&self, file: &str) -> Answer {
        self.person("ben").get(&self.path(&format!("exports/{file}"))).send().await.expect(200)
    }

    /// The figures are hidden from everyone: in the results, in the roll call and in the exports.
    pub(crate) async fn assert_hidden(&self, event: i64, name: &str) {
        for who in ["ada", "ben", "m03", "m08", "o24"] {
            let person = self.person(who);
            person.get(&format!("events/{event}/results")).refused(403, "results_hidden").await;
            person.get(&format!("events/{event}/votes")).refused(403, "votes_not_shown").await;
        }
        let files = ["results.csv", "results.json", "votes.csv", "votes.json", "minutes.csv", "minutes.json"];
        for file in files.into_iter().chain(["minutes.md", "minutes.html"]) {
            let body = self.export(file).await.body;
            for word in ["adopted", "rejected", "in favour", "elected", "vote_response\":[\""] {
                assert!(!body.contains(word), "{word} about {name} in {file}: {body}");
            }
        }
    }
}

pub(crate) async fn convene() -> Sitting {
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
    // What was left out stands there with its default.
    let quorum = json!({
        "fraction": 0.5,
        "comparison": "more_than",
        "at_opening": "refuse",
        "at_counting": "no_quorum",
    });
    assert_eq!(shown["data"]["rules"]["quorum"], quorum);

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
pub(crate) async fn come_in(sitting: &Sitting) {
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
    // That a code leads somewhere is nothing for strangers.
    stranger.post("sessions/join", &json!({"join_code": code})).refused(404, "not_found").await;

    let attendance = sitting.attendance().await;
    assert_eq!(attendance["headcount"], 18);
    let quorum = json!({"entitled": 23, "present": 16, "required": 12, "missing": 0, "met": true});
    assert_eq!(attendance["quorum"], quorum);
}

/// m17 gives theirs to m03; the chair enters those of m18 to m04, of m19 to m05 and of m20 to m06; the
/// one of m19 is revoked. Three stand.
pub(crate) async fn give_proxies(sitting: &Sitting) {
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
