//! Organizations and sittings, made over the API.

use serde_json::{Value, json};

use crate::client::Person;
use crate::server::TestServer;

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its number.
    pub id: i64,
    /// Who founded it.
    pub owner: Person,
}

impl Organization {
    /// Founds one with the rules of `data`.
    pub async fn found(owner: &Person, name: &str, data: &Value) -> Self {
        let founded = owner.post("organizations", &json!({"name": name, "data": data})).expect(201).await;
        Self { id: founded["id"].as_i64().expect("an id"), owner: owner.clone() }
    }

    /// The path of something in it.
    pub fn path(&self, rest: &str) -> String {
        format!("organizations/{}/{rest}", self.id)
    }

    /// Gives somebody a role in it.
    pub async fn put(&self, person: &Person, role: &str) {
        let body = json!({"andrew_id": person.andrew_id, "user_role": role});
        let answer = self.owner.post(&self.path("members"), &body).send().await;
        assert!(matches!(answer.status, 200 | 201), "{answer}");
    }

    /// Takes a roster; gives the report.
    pub async fn import(&self, csv: &str, dry_run: bool) -> Value {
        let body = json!({"csv": csv, "dry_run": dry_run});
        self.owner.post(&self.path("members/import"), &body).expect(200).await
    }

    /// Opens a sitting; gives its number and its code.
    pub async fn convene(&self, host: &Person, title: &str) -> (i64, String) {
        let body = json!({"organization_id": self.id, "title": title});
        let session = host.post("sessions", &body).expect(201).await;
        assert_eq!(session["status"], "open");
        let code = session["join_code"].as_str().expect("a code").to_owned();
        (session["id"].as_i64().expect("an id"), code)
    }
}

/// A sitting with people in it, for tests of voting.
#[derive(Clone, Debug)]
pub struct Hall {
    /// Whose sitting it is.
    pub organization: Organization,
    /// The host, a chair who is in the sitting and has a vote.
    pub chair: Person,
    /// Members with a vote who are in the sitting.
    pub members: Vec<Person>,
    /// The sitting.
    pub session: i64,
    /// Its code.
    pub code: String,
}

impl Hall {
    /// An organization with the rules of `data`, a chair and so many members, all in a sitting. The
    /// owner has a vote and is not in.
    pub async fn fill(server: &TestServer, members: usize, data: &Value) -> Self {
        let owner = server.person("owner", "Olga Owner").await;
        let chair = server.person("chair", "Chris Chair").await;
        let organization = Organization::found(&owner, "Assembly", data).await;
        organization.put(&chair, "chair").await;
        let (session, code) = organization.convene(&chair, "Sitting").await;
        let mut hall = Self { organization, chair, members: Vec::new(), session, code };
        hall.enter(&hall.chair).await;
        for number in 1..=members {
            let member = server.person(&format!("m{number}"), &format!("Member {number}")).await;
            hall.organization.put(&member, "member").await;
            hall.enter(&member).await;
            hall.members.push(member);
        }
        hall
    }

    /// Lets somebody in with the code.
    pub async fn enter(&self, person: &Person) {
        person.post("sessions/join", &json!({"join_code": self.code})).expect(200).await;
    }

    /// The path of something in the sitting.
    pub fn path(&self, rest: &str) -> String {
        format!("sessions/{}/{rest}", self.session)
    }

    /// Prepares an event; gives its number.
    pub async fn draft(&self, body: &Value) -> i64 {
        let event = self.chair.post(&self.path("events"), body).expect(201).await;
        event["id"].as_i64().expect("an id")
    }

    /// Prepares an event and opens it; gives its number.
    pub async fn open(&self, body: &Value) -> i64 {
        let event = self.draft(body).await;
        self.chair.do_post(&format!("events/{event}/open")).expect(200).await;
        event
    }

    /// Casts somebody's only vote.
    pub async fn vote(&self, person: &Person, event: i64, choice: &str) -> Value {
        let body = json!({"vote_response": [choice]});
        person.post(&format!("events/{event}/votes"), &body).expect(201).await
    }

    /// Closes an event, publishes its result and gives it.
    pub async fn result(&self, event: i64) -> Value {
        self.chair.do_post(&format!("events/{event}/close")).expect(200).await;
        self.chair.do_post(&format!("events/{event}/release")).expect(200).await;
        self.chair.get(&format!("events/{event}/results")).expect(200).await
    }
}
