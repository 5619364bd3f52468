//! Rosters over HTTP: files of every kind, people found again, names corrected, numbers kept apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::world::{Person, Reply, World};

struct Office {
    world: World,
    owner: Person,
    organization: i64,
}

impl Office {
    async fn new() -> Self {
        let world = World::new();
        let owner = world.person("owner").await;
        let organization = world.organization(&owner).await;
        Self { world, owner, organization }
    }

    fn at(&self, rest: &str) -> String {
        format!("/api/v1/organizations/{}/{rest}", self.organization)
    }

    async fn send(&self, body: Value) -> Reply {
        self.world.post(&self.at("members/import")).by(&self.owner).json(&body.to_string()).await
    }

    async fn look(&self, csv: &str) -> Vec<Value> {
        let reply = self.send(json!({"csv": csv})).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["rows"].as_array().expect("rows").clone()
    }

    async fn take(&self, csv: &str) -> Value {
        let reply = self.send(json!({"csv": csv, "dry_run": false})).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    async fn members(&self, by: &Person) -> Value {
        self.world.get(&self.at("members")).by(by).send().await.json()["items"].clone()
    }
}

fn what(rows: &[Value]) -> Vec<(&str, String)> {
    rows.iter()
        .map(|row| {
            let notes = row["notes"].as_array().expect("notes").iter().filter_map(Value::as_str);
            let said = row["message"].as_str().into_iter().chain(notes).collect::<Vec<_>>().join("; ");
            (row["change"].as_str().expect("a word"), said)
        })
        .collect()
}

#[tokio::test]
async fn every_column_is_taken_and_every_change_announced() {
    let office = Office::new().await;
    let csv = "andrew_id,name,email,user_role,vote_weight,member_number\n\
               zoe,Zoe,Zoe@example.org,chair,2,M-1\nann,Ann Lee,,,,M-2\n";
    assert_eq!(what(&office.look(csv).await), [("new_person", String::new()), ("new_person", String::new())]);
    assert_eq!(office.members(&office.owner).await.as_array().map(Vec::len), Some(1), "it was only a look");
    office.take(csv).await;
    let members = office.members(&office.owner).await;
    let zoe = &members[1];
    assert_eq!((&zoe["name"], &zoe["email"]), (&json!("Zoe"), &json!("zoe@example.org")));
    assert_eq!((&zoe["member_number"], &zoe["user_role"]), (&json!("M-1"), &json!("chair")));
    assert_eq!(what(&office.look(csv).await), [("unchanged", String::new()), ("unchanged", String::new())]);

    // By number alone; names that were typed wrongly; numbers that are exchanged.
    let csv = "andrew_id;name;email;user_role;vote_weight;member_number\n\
               zoe;Zoë Ng;;member;3;M-2\nann;;ann@example.org;;;m-1\n";
    let expected = [
        (
            "changed",
            "name: Zoe becomes Zoë Ng; user_role: chair becomes member; vote_weight: 2 becomes 3; member_number: \
             M-1 becomes M-2"
                .to_owned(),
        ),
        ("changed", "email: nothing becomes ann@example.org; member_number: M-2 becomes m-1".to_owned()),
    ];
    assert_eq!(what(&office.look(csv).await), expected);
    let taken = office.take(csv).await;
    assert_eq!(what(taken["rows"].as_array().expect("rows")), expected, "what was announced was done");
    let found = office.look("member_number,vote_weight\nM-1,7\n").await;
    assert_eq!(what(&found), [("changed", "vote_weight: 1 becomes 7".to_owned())]);
    let members = office.members(&office.owner).await;
    assert_eq!((&members[1]["name"], &members[1]["member_number"]), (&json!("Zoë Ng"), &json!("M-2")));
    assert_eq!(members[2]["member_number"], "m-1");
    let log = office.world.get(&office.at("audit")).by(&office.owner).send().await;
    assert!(!log.text().contains("example.org"), "addresses stay out of the log: {}", log.text());
}

#[tokio::test]
async fn addresses_and_numbers_are_for_who_manages_members() {
    let office = Office::new().await;
    let plain = office.world.person("ann").await;
    office.take("andrew_id,email,member_number\nann,ann@example.org,1\n").await;
    office.take("andrew_id,name,email,member_number\nzoe,Zoe,zoe@example.org,2\n").await;
    let seen = office.members(&plain).await.to_string();
    assert!(seen.contains("ann@example.org"), "one's own: {seen}");
    assert!(!seen.contains("zoe@example.org") && !seen.contains("\"2\""), "{seen}");
    assert!(office.members(&office.owner).await.to_string().contains("zoe@example.org"));
}

#[tokio::test]
async fn rows_that_cannot_be_are_told_and_nothing_is_done() {
    let office = Office::new().await;
    office.take("andrew_id,name,member_number\nzoe,Zoe,M-1\n").await;
    let csv = "andrew_id,name,email,user_role,vote_weight,member_number\n\
               ann,Ann,,,,M-1\n,,,,,M-9\nbob,,,,,\ncid,Cid,nowhere,,,\ndan,Dan,,king,,\neve,Eve,,,many,\n\
               fay,Fay,,,,\nFAY,Fay,,,,\nzoe,,,,,M-1\n,,,chair,,m-1\n";
    let rows = office.look(csv).await;
    let expected = [
        "member_number: belongs to zoe already",
        "member_number: is nobody's here",
        "name: is needed",
        "email: ",
        "user_role: ",
        "vote_weight: ",
        "",
        "andrew_id: stands in line 8 already",
        "member_number: stands in line 2 already",
        "member_number: stands in line 2 already",
    ];
    for (row, expected) in rows.iter().zip(expected) {
        let said = row["message"].as_str().unwrap_or_default();
        assert!(said.starts_with(expected), "{row}");
        assert_eq!(expected.is_empty(), row["change"] != "wrong", "{row}");
    }
    let refused = office.send(json!({"csv": csv, "dry_run": false})).await;
    assert_eq!(refused.wrong_fields().len(), 9, "{}", refused.text());
    assert_eq!(office.members(&office.owner).await.as_array().map(Vec::len), Some(2), "nothing half");
    let twice = office.look("andrew_id,member_number\nzoe,\n,M-1\n").await;
    assert_eq!(twice[1]["message"], "andrew_id: this person stands in line 2 already");
}

#[tokio::test]
async fn files_are_read_in_the_encodings_of_spreadsheet_programs() {
    let office = Office::new().await;
    let text = "andrew_id;name\nzoe;Zoë Müller\n";
    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let narrow: Vec<u8> =
        text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin")).collect();
    let marked = [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat();
    for (bytes, said, encoding) in [
        (text.as_bytes(), Value::Null, "utf-8"),
        (&marked, Value::Null, "utf-8"),
        (&wide, Value::Null, "utf-16le"),
        (&wide, json!("UTF-16LE"), "utf-16le"),
        (&narrow, json!("latin1"), "windows-1252"),
    ] {
        let body = json!({"file": STANDARD.encode(bytes), "encoding": said});
        let reply = office.send(body).await.json();
        assert_eq!(
            (&reply["encoding"], &reply["rows"][0]["change"], &reply["rows"][0]["name"]),
            (&json!(encoding), &json!("new_person"), &json!("Zoë Müller")),
            "{reply}"
        );
    }
    let narrow = STANDARD.encode(&narrow);
    let body = json!({"file": narrow, "encoding": "windows-1252", "dry_run": false});
    assert_eq!(office.send(body).await.json()["applied"], true);
    assert_eq!(office.members(&office.owner).await[1]["name"], "Zoë Müller");
    for (body, field) in [
        (json!({"file": STANDARD.encode(b"PK\x03\x04 a workbook")}), "file"),
        (json!({"file": STANDARD.encode([0xFF, 0xFE, 0, 0, 1])}), "file"),
        (json!({"file": "not Base64!"}), "file"),
        (json!({"file": narrow}), "file"),
        (json!({"file": narrow, "encoding": "ebcdic"}), "encoding"),
        (json!({"file": narrow, "encoding": "utf-8"}), "encoding"),
        (json!({"file": STANDARD.encode(text), "encoding": "windows-1252"}), "encoding"),
        (json!({"csv": text, "encoding": "utf-8"}), "encoding"),
        (json!({"csv": "andrew_id,name\nzoe,Zo\u{FFFD}\n"}), "csv"),
        (json!({}), "csv"),
        (json!({"csv": text, "file": STANDARD.encode(text)}), "csv"),
        (json!({"csv": "andrew_id,shoe_size\nzoe,38\n"}), "csv"),
    ] {
        assert_eq!(office.send(body.clone()).await.wrong_fields(), [field], "{body}");
    }
}

#[tokio::test]
async fn names_from_poland_and_bohemia_are_not_guessed() {
    let office = Office::new().await;
    // Łukasz Śliwiński and Tomáš Dvořák, as spreadsheet programs there write them.
    let file =
        STANDARD.encode(b"andrew_id;name\nluk;\xA3ukasz \x8Cliwi\xF1ski\ntom;Tom\xE1\x9A Dvo\xF8\xE1k\n");
    let refused = office.send(json!({"file": file, "dry_run": false})).await;
    assert_eq!(refused.wrong_fields(), ["file"]);
    let said = refused.text();
    assert!(said.contains("“Łukasz Śliwiński” in windows-1250"), "what it would say is shown: {said}");
    assert!(said.contains("“£ukasz Œliwiñski” in windows-1252"), "{said}");
    assert_eq!(office.members(&office.owner).await.as_array().map(Vec::len), Some(1), "nobody was added");
    let body = json!({"file": file, "encoding": "windows-1250", "dry_run": false});
    let taken = office.send(body).await.json();
    assert_eq!((&taken["applied"], &taken["encoding"]), (&json!(true), &json!("windows-1250")));
    let members = office.members(&office.owner).await;
    assert_eq!(
        (&members[1]["name"], &members[2]["name"]),
        (&json!("Łukasz Śliwiński"), &json!("Tomáš Dvořák"))
    );
}

#[tokio::test]
async fn a_roster_renames_nobody_who_has_said_their_name_themselves() {
    let office = Office::new().await;
    let cookie = office.world.sign_in("ada").await;
    let stays = "name: stays as this person or another organization gave it".to_owned();
    let rows = office.look("andrew_id,name\nada,Somebody Else\n").await;
    assert_eq!(what(&rows), [("new_member", stays.clone())], "and the name there is is not told");
    office.take("andrew_id,name\nada,Somebody Else\n").await;
    let me = office.world.get("/api/v1/me").header("cookie", &cookie).send().await.json();
    assert_eq!(me["user"]["name"], "Person ada");
    // Nor somebody who belongs to another organization as well.
    let other = office.world.person("other").await;
    let elsewhere = office.world.organization(&other).await;
    office.take("andrew_id,name\nzoe,Zoe\n").await;
    let path = format!("/api/v1/organizations/{elsewhere}/members/import");
    let csv = json!({"csv": "andrew_id,name\nzoe,Zorro\n", "dry_run": false}).to_string();
    let report = office.world.post(&path).by(&other).json(&csv).await.json();
    assert_eq!(what(report["rows"].as_array().expect("rows")), [("new_member", stays)]);
}

#[tokio::test]
async fn a_roster_makes_no_machine_a_member() {
    let office = Office::new().await;
    let post = async |rest: &str, body: Value| {
        office.world.post(&office.at(rest)).by(&office.owner).json(&body.to_string()).await.json()
    };
    let client = post("clients", json!({"name": "Robot"})).await["id"].clone();
    let token = post(&format!("clients/{client}/tokens"), json!({"name": "x"})).await["token"].clone();
    let bearer = format!("Bearer {}", token.as_str().expect("a secret"));
    let me = office.world.get("/api/v1/me").header("authorization", &bearer).send().await.json();
    let csv = format!("andrew_id\n{}\n", me["user"]["andrew_id"].as_str().expect("a name"));
    let rows = office.look(&csv).await;
    assert!(rows[0]["message"].as_str().is_some_and(|why| why.contains("never votes")), "{rows:?}");
}
