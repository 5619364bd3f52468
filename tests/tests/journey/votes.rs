//! A motion at two thirds, an election by plurality, and a motion that stays open.

use serde_json::{Value, json};

use crate::sitting::Sitting;

/// The motion needs two thirds and gets them exactly.
///
/// | choice  | who | votes |
/// |---------|-----|-------|
/// | yes     | ada, m03, m17 by m03, m18 by m04, m05, m06, m07, m08, m09, m10, m20, m21 | 12 |
/// | no      | m04, m11, m12, m13, m16, m22 | 6 |
/// | abstain | ben, m14, m15 | 3 |
///
/// m19 and m23 do not vote. Cast are 21 of 23; without abstentions 18; two thirds of 18 are 12.
pub(crate) async fn vote_on_the_motion(sitting: &Sitting) -> i64 {
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
    early.refused(409, "vote_before_opening").await;
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

pub(crate) const MOTION_SUMMARY: &str = "The motion is adopted: 12 in favour, 6 against, 3 abstaining. At least two thirds \
    of the votes cast without abstentions were needed, that is 12 of 18; there were 12. 21 of 23 entitled voted. \
    The quorum of 12 was met: 21 were present or represented.";

pub(crate) async fn check_the_motion(sitting: &Sitting, motion: i64) {
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
pub(crate) async fn vote_in_the_election(sitting: &Sitting) -> i64 {
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
    assert_eq!(result["election"]["elected"], json!(["Jonas O'Ten"]));
    assert_eq!(result["summary"], ELECTION_SUMMARY);
    let options: Vec<_> =
        result["options"].as_array().expect("options").iter().map(|row| row["votes"].as_u64()).collect();
    assert_eq!(options, [Some(7), Some(8), Some(2)]);
    election
}

pub(crate) const ELECTION_SUMMARY: &str = "Jonas O'Ten is elected. Counted by Plurality. Votes: Hana Osm 7, Jonas O'Ten 8, Abstain 2. 17 of 23 \
    entitled voted. The quorum of 12 was met: 18 were present or represented.";

/// A motion with live figures that is still open when the session closes: one yes and one no. More
/// than half of 2 are 2, so it is rejected. 18 are present; m17 and m18 are represented.
pub(crate) async fn leave_a_motion_open(sitting: &Sitting) -> i64 {
    let data = json!({"visibility": {"participants": "live"}, "vote_options": ["for", "against"]});
    let motion = sitting.draft(&json!({"event_type": "motion", "name": "Adjourn", "data": data})).await;
    sitting.step(motion, "open").await;
    sitting.vote("ada", motion, "for").await;
    let running = sitting.person("m08").get(&format!("events/{motion}/results")).expect(200).await;
    assert_eq!(running["cast"]["people"], 1, "live figures are for everyone there: {running}");
    sitting.vote("m08", motion, "against").await;
    motion
}

pub(crate) const ADJOURN_SUMMARY: &str = "The motion is rejected: 1 in favour, 1 against, 0 abstaining. More than half of \
    the votes cast without abstentions were needed, that is 2 of 2; there were 1. 2 of 23 entitled voted. The \
    quorum of 12 was met: 20 were present or represented.";
