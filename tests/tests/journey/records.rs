//! What is left of the sitting: attendance, exports, minutes and the audit log.

use serde_json::{Value, json};

use crate::sitting::Sitting;
use crate::votes::{ADJOURN_SUMMARY, ELECTION_SUMMARY, MOTION_SUMMARY};

pub(crate) async fn check_attendance(sitting: &Sitting) {
    let attendance = sitting.attendance().await;
    // Of the 21 who came, m07 left before the end. A closed session is shown as it was at its end.
    assert_eq!(attendance["headcount"], 20);
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

pub(crate) async fn check_exports(sitting: &Sitting) {
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

    assert_eq!(table.select(&["Present"]).concat().iter().filter(|cell| **cell == "true").count(), 20);
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

pub(crate) async fn check_minutes(sitting: &Sitting) {
    let name = |who: &str| sitting.person(who).name.clone();
    let came = |who: &str| format!("{} came in.", name(who));
    let left = |who: &str| format!("{} left.", name(who));
    let gave = |who: &str, holder: &str| format!("{} gave their vote to {}.", name(who), name(holder));
    let members: Vec<String> = (3..=22).map(|number| format!("m{number:02}")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();

    let mut expected = vec!["The session was opened.".to_owned()];
    expected.extend(["ada", "ben", "o24", "o25"].map(came));
    expected.extend(members[..14].iter().map(|who| came(who)));
    // m17 gave theirs in person; the others were entered by the chair.
    expected.push(gave("m17", "m03"));
    expected.extend(
        [("m18", "m04"), ("m19", "m05"), ("m20", "m06")]
            .map(|(who, to)| format!("The host entered that {}", gave(who, to))),
    );
    expected.push(format!("The proxy of {} to {} was revoked.", name("m19"), name("m05")));
    expected.push("Voting on “Amend article 4” was opened. The matter: As printed.".to_owned());
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

/// The minutes as people read them: the same in every form.
pub(crate) async fn check_papers(sitting: &Sitting) {
    let name = |who: &str| sitting.person(who).name.clone();
    let bare =
        |text: String| text.replace(['\\', '\u{200E}', '\u{202B}', '\u{202C}'], "").replace("&#39;", "'");
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let pdf = bare(sitting.export("minutes.pdf").await.pdf_text().await);
    let markdown = bare(words(sitting.export("minutes.md").await.body));
    let html = bare(words(sitting.export("minutes.html").await.body));
    for (form, text) in [("PDF", &pdf), ("Markdown", &markdown), ("HTML", &html)] {
        let mut said = vec![
            MOTION_SUMMARY.to_owned(),
            ELECTION_SUMMARY.to_owned(),
            ADJOURN_SUMMARY.to_owned(),
            "As printed.".to_owned(),
            "yes (12)".to_owned(),
            format!("{} (by {})", name("m17"), name("m03")),
            format!("represented by {}", name("m03")),
            "Not reached".to_owned(),
        ];
        said.extend(["ada", "ben", "m07", "o24"].map(name));
        // Text taken out of a PDF has the words of a name that runs from right to left as they lie on the page.
        match form {
            "PDF" => said.extend(name("m18").split(' ').map(str::to_owned)),
            _ => said.push(name("m18")),
        }
        for said in said {
            assert!(text.contains(&said), "{said} in the {form}: {text}");
        }
    }
    for (file, said) in [
        ("attendance.pdf", format!("votes for {}", name("m20"))),
        ("votes.pdf", "yes (12)".to_owned()),
        ("results.pdf", MOTION_SUMMARY.to_owned()),
    ] {
        let text = bare(sitting.export(file).await.pdf_text().await);
        assert!(text.contains(&said), "{said} in {file}: {text}");
    }
}

pub(crate) async fn check_audit(sitting: &Sitting) {
    let lines = sitting.person("ada").list(&sitting.organization.path("audit")).await;
    sitting.person("m03").get(&sitting.organization.path("audit")).refused(403, "forbidden").await;
    let count = |action: &str| lines.iter().filter(|line| line["action"] == action).count();
    for (action, times) in [
        ("organization.create", 1),
        // A line for each membership that a roster made: everyone but the founder.
        ("member.import", 24),
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
