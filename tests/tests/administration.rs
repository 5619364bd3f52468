//! Administration on a whole server: rosters, promised roles, people who are kept out, joined or made
//! nobody, organizations that change hands or end. What was voted stays in each of them.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use plenum_tests::{Browser, Hall, Organization, Person, TestServer, demo_person, until};
use serde_json::{Value, json};

const ROWS: usize = 20_000;

/// A motion that is released with its roll call.
fn motion() -> Value {
    json!({"event_type": "motion", "name": "Motion", "data": {"secrecy": "roll_call"}})
}

async fn post(by: &Person, path: &str, body: &Value, status: u16) -> Value {
    by.post(path, body).expect(status).await
}

#[tokio::test]
async fn a_roster_of_twenty_thousand_is_taken_whole_or_not_at_all() {
    let server = TestServer::start().await;
    let owner = server.person("owner", "Olga Owner").await;
    let senate = Organization::found(&owner, "Senate", &json!({})).await;
    let mut csv = "andrew_id;name;email;user_role;vote_weight;member_number\n".to_owned();
    for at in 1..ROWS {
        let _ = writeln!(csv, "p{at};Person {at};p{at}@example.org;member;{};N{at}", at % 5);
    }
    let started = Instant::now();
    let bad = format!("{csv}a b;Nobody;;;;\n");
    let refused = owner.post(&senate.path("members/import"), &json!({"csv": bad, "dry_run": false}));
    refused.wrong_field("csv line 20001").await;
    assert_eq!(owner.list(&senate.path("members")).await.len(), 1, "nothing half");
    let tried = senate.import(&csv, true).await;
    assert_eq!(tried["rows"].as_array().map(Vec::len), Some(ROWS - 1));
    let looked = started.elapsed();
    let taken = senate.import(&csv, false).await;
    assert_eq!(taken["applied"], true);
    let took = started.elapsed();
    // Everything again, with one correction: everybody is looked up, and one is changed.
    let again = csv.replace("p7;Person 7;", "p7;Person Seven;");
    let report = senate.import(&again, false).await;
    let whole = started.elapsed();
    println!(
        "{ROWS} rows: two looks {looked:?}, taken {:?}, again {:?}",
        took.abs_diff(looked),
        whole.abs_diff(took)
    );
    let changed: Vec<&Value> =
        report["rows"].as_array().expect("rows").iter().filter(|row| row["change"] != "unchanged").collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["notes"], json!(["name: Person 7 becomes Person Seven"]));
    let members = owner.list(&senate.path("members")).await;
    assert_eq!(members.len(), ROWS);
    let seven = members.iter().find(|member| member["andrew_id"] == "p7").expect("they are there");
    assert_eq!((&seven["name"], &seven["email"]), (&json!("Person Seven"), &json!("p7@example.org")));
    assert_eq!((&seven["member_number"], &seven["vote_weight"]), (&json!("N7"), &json!(2)));
    // A generous bound for a busy machine: it is a few seconds on an idle one.
    assert!(whole < Duration::from_mins(2), "{whole:?}");
    server.stop().await;
}

#[tokio::test]
async fn promised_roles_are_claimed_with_what_the_provider_vouches_for() {
    let people = vec![demo_person("ada", "Ada Lovelace"), demo_person("ben", "Ben Björk")];
    let server = TestServer::start_for(people).await;
    let owner = server.person("owner", "Olga Owner").await;
    let senate = Organization::found(&owner, "Senate", &json!({})).await;
    let promise =
        |role: &str, key: &str, to: &str| json!({"role": role, key: to, "organization_id": senate.id});
    post(&owner, "role-grants", &promise("secretary", "email", "ADA@example.org"), 202).await;
    post(&owner, "role-grants", &promise("teller", "andrew_id", "ada"), 202).await;
    post(&owner, "role-grants", &promise("auditor", "email", "somebody@example.org"), 202).await;
    let soon = json!({
        "role": "observer", "email": "ada@example.org", "organization_id": senate.id,
        "expires_at": server.in_time(Duration::from_millis(1)).await,
    });
    // It may have expired before it arrived.
    let soon = owner.post("role-grants", &soon).send().await;
    assert!(matches!(soon.status, 202 | 422), "{soon}");
    for body in [
        promise("admin", "email", "ada@example.org"),
        json!({"role": "teller", "email": "ada@example.org", "is_global": true}),
    ] {
        let refused = owner.post("role-grants", &body).send().await;
        assert!(matches!(refused.status, 403 | 422), "{refused}");
    }
    let mut ada = server.browser();
    ada.sign_in("subject-of-ada").await;
    let mut held: Vec<String> = roles(&mut ada).await;
    held.sort();
    assert_eq!(held, ["secretary", "teller"], "what was promised to her, and what had not expired");
    let mut ben = server.browser();
    ben.sign_in("subject-of-ben").await;
    assert!(roles(&mut ben).await.is_empty());
    let pending = owner.list(&format!("role-grants/pending?organization_id={}", senate.id)).await;
    assert_eq!(pending.len(), 1, "the one for somebody else waits on: {pending:?}");
    server.stop().await;
}

async fn roles(browser: &mut Browser) -> Vec<String> {
    let me = browser.get("/api/v1/me").await.answer.expect(200).json();
    let roles = me["roles"].as_array().expect("roles").iter();
    roles.map(|grant| grant["role"].as_str().expect("a word").to_owned()).collect()
}

#[tokio::test]
async fn who_is_kept_out_is_out_within_a_second_and_their_vote_counts() {
    let server = TestServer::start_for(vec![demo_person("m1", "Member 1")]).await;
    let hall = Hall::fill(&server, 2, &json!({})).await;
    let root = server.administrator("root").await;
    let mut browser = server.browser();
    browser.sign_in("subject-of-m1").await;
    let event = hall.open(&motion()).await;
    hall.vote(&hall.members[0], event, "yes").await;
    let disable = format!("users/{}/disable", hall.members[0].user_id);
    let started = Instant::now();
    root.do_post(&disable).expect(200).await;
    until(
        "the browser to be out",
        async || browser.get("/api/v1/me").await.answer.status,
        |status| *status == 401,
    )
    .await;
    hall.members[0].get("me").refused(401, "invalid_token").await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    hall.vote(&hall.members[1], event, "no").await;
    let result = hall.result(event).await;
    assert_eq!(result["cast"]["people"], 2, "{result}");
    server.stop().await;
}

#[tokio::test]
async fn a_person_is_anonymized_and_the_record_stays_whole() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 2, &json!({})).await;
    let root = server.administrator("root").await;
    let csv = "andrew_id,email,member_number\nm1,m1@example.org,N-1\n";
    hall.organization.import(csv, false).await;
    let event = hall.open(&motion()).await;
    hall.vote(&hall.members[0], event, "yes").await;
    hall.vote(&hall.members[1], event, "no").await;
    let before = hall.result(event).await;
    let id = hall.members[0].user_id;
    root.do_post(&format!("users/{id}/anonymize")).expect(200).await;
    assert_eq!(hall.chair.get(&format!("events/{event}/results")).expect(200).await, before);
    let votes = hall.chair.list(&format!("events/{event}/votes")).await;
    assert_eq!(votes.len(), 2, "{votes:?}");
    let owner = &hall.organization.owner;
    let mut shown = String::new();
    for path in ["members", "audit"] {
        let _ = write!(shown, "{:?}", owner.list(&hall.organization.path(path)).await);
    }
    let _ = write!(shown, "{votes:?}");
    for kind in ["attendance", "votes", "results", "minutes"] {
        shown += &hall.chair.get(&hall.path(&format!("exports/{kind}.json"))).send().await.body;
    }
    assert!(shown.contains(&format!("Former member {id}")), "{shown}");
    for name in ["Member 1\"", "\"m1\"", "m1@example.org", "N-1"] {
        assert!(!shown.contains(name), "{name} is still there: {shown}");
    }
    hall.members[0].get("me").refused(401, "invalid_token").await;
    server.stop().await;
}

#[tokio::test]
async fn duplicates_are_merged_and_what_either_voted_stays() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 2, &json!({})).await;
    let root = server.administrator("root").await;
    let (kept, double) = (&hall.members[0], &hall.members[1]);
    let csv = "andrew_id,member_number\nm2,N-2\n";
    hall.organization.import(csv, false).await;
    let event = hall.open(&motion()).await;
    hall.vote(kept, event, "yes").await;
    hall.vote(double, event, "no").await;
    let before = hall.result(event).await;
    let merge = format!("users/{}/merge", kept.user_id);
    let body = json!({"duplicate_user_id": double.user_id});
    root.post(&merge, &body).refused(409, "person_in_session").await;
    double.do_post(&hall.path("leave")).expect(200).await;
    root.post(&merge, &body).expect(200).await;
    double.get("me").refused(401, "invalid_token").await;
    kept.get("me").expect(200).await;
    assert_eq!(hall.chair.get(&format!("events/{event}/results")).expect(200).await, before);
    // A roster that still has the name of the duplicate means the one who was kept.
    let report = hall.organization.import("andrew_id\nm2\n", true).await;
    assert_eq!(report["rows"][0]["change"], "unchanged", "{report}");
    let members = hall.organization.owner.list(&hall.organization.path("members")).await;
    assert_eq!(members.len(), 3, "{members:?}");
    server.stop().await;
}

#[tokio::test]
async fn an_organization_that_voted_is_archived_and_not_deleted() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({})).await;
    let organization = &hall.organization;
    let heir = &hall.members[0];
    let transfer = json!({"user_id": heir.user_id, "keep_role": "member"});
    organization.owner.post(&organization.path("transfer"), &transfer).expect(204).await;
    organization.owner.post(&organization.path("transfer"), &transfer).refused(403, "forbidden").await;
    let event = hall.open(&motion()).await;
    hall.vote(heir, event, "yes").await;
    let result = hall.result(event).await;
    hall.chair.do_post(&hall.path("close")).expect(200).await;
    let path = format!("organizations/{}", organization.id);
    heir.delete(&path).refused(409, "organization_has_votes").await;
    heir.do_post(&organization.path("archive")).expect(204).await;
    heir.patch(&path, &json!({"name": "Other"})).refused(409, "organization_archived").await;
    heir.post(&organization.path("clients"), &json!({"name": "Late"}))
        .refused(409, "organization_archived")
        .await;
    assert_eq!(heir.get(&format!("events/{event}/results")).expect(200).await, result, "it can be looked at");
    server.stop().await;
}

#[tokio::test]
async fn a_client_conducts_a_vote_over_http_and_has_none() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 2, &json!({})).await;
    let organization = &hall.organization;
    let body = json!({"name": "Robot", "roles": ["chair"]});
    let made = post(&organization.owner, &organization.path("clients"), &body, 201).await;
    let id = made["id"].clone();
    let tokens = organization.path(&format!("clients/{id}/tokens"));
    let token =
        post(&organization.owner, &tokens, &json!({"name": "night", "scopes": ["read", "host"]}), 201).await;
    let robot = server.nobody().with_token(token["token"].as_str().expect("a secret"));
    let event = robot.post(&hall.path("events"), &motion()).expect(201).await["id"].clone();
    robot.do_post(&format!("events/{event}/open")).expect(200).await;
    let event = event.as_i64().expect("an id");
    for member in &hall.members {
        hall.vote(member, event, "yes").await;
    }
    let vote = json!({"vote_response": ["yes"]});
    robot.post(&format!("events/{event}/votes"), &vote).refused(403, "token_scope").await;
    let member = organization.path(&format!("members/{id}"));
    let put = organization.owner.put(&member, &json!({"user_role": "member"}));
    put.refused(409, "client_never_votes").await;
    robot.do_post(&format!("events/{event}/close")).expect(200).await;
    let listed = organization.owner.list(&tokens).await;
    assert!(listed[0]["last_used_at"].is_string(), "{listed:?}");
    let log = organization.owner.list(&organization.path("audit")).await;
    assert_eq!(log[0]["actor"], json!({"user_id": id, "role": null, "client": "Robot"}), "{}", log[0]);
    organization.owner.delete(&organization.path(&format!("clients/{id}"))).expect(204).await;
    robot.get("me").refused(401, "invalid_token").await;
    let log = organization.owner.list(&organization.path("audit")).await;
    assert_eq!(
        log[1]["actor"],
        json!({"user_id": id, "role": null, "client": "Robot"}),
        "its name stays: {}",
        log[1]
    );
    server.stop().await;
}
