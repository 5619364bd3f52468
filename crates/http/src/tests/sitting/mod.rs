//! A sitting over HTTP: sessions, attendance, proxies, events, votes, results, exports.

mod attendance;
mod electorates;
mod events;
mod exports;
mod moves;
mod proxies;
mod results;
mod sessions;
mod votes;

use axum::http::Method;
use serde_json::{Value, json};

use super::world::{Person, Reply, World};

/// An organization with a running session. The chair owns the one and hosts the other.
pub(crate) struct Hall {
    pub(crate) world: World,
    pub(crate) chair: Person,
    pub(crate) members: Vec<Person>,
    pub(crate) stranger: Person,
    pub(crate) organization: i64,
    pub(crate) session: i64,
    pub(crate) code: String,
}

impl Hall {
    /// With so many members besides the chair; nobody has joined.
    pub(crate) async fn of(count: usize) -> Self {
        let world = World::new();
        let chair = world.person("chair").await;
        let organization = world.organization(&chair).await;
        let mut members = Vec::new();
        for at in 0..count {
            let member = world.person(&format!("member{at}")).await;
            let path = format!("/api/v1/organizations/{organization}/members/{}", member.id);
            let call = world.call(Method::PUT, &path).by(&chair);
            assert_eq!(call.json(r#"{"user_role": "member"}"#).await.status, 201);
            members.push(member);
        }
        let stranger = world.person("stranger").await;
        let body = json!({"organization_id": organization, "title": "March assembly"}).to_string();
        let reply = world.post("/api/v1/sessions").by(&chair).json(&body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let session = reply.json();
        let code = session["join_code"].as_str().expect("a code").to_owned();
        let session = session["id"].as_i64().expect("an id");
        Self { world, chair, members, stranger, organization, session, code }
    }

    /// With so many members, all of whom have joined, and the chair.
    pub(crate) async fn full(count: usize) -> Self {
        let hall = Self::of(count).await;
        hall.join(&hall.chair).await;
        for member in &hall.members {
            hall.join(member).await;
        }
        hall
    }

    /// A path under the session.
    pub(crate) fn at(&self, rest: &str) -> String {
        format!("/api/v1/sessions/{}{rest}", self.session)
    }

    pub(crate) async fn get(&self, path: &str, by: &Person) -> Reply {
        self.world.get(path).by(by).send().await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, by: &Person, body: &Value) -> Reply {
        self.world.call(method, path).by(by).json(&body.to_string()).await
    }

    pub(crate) async fn post(&self, path: &str, by: &Person, body: &Value) -> Reply {
        self.send(Method::POST, path, by, body).await
    }

    /// Joins and gives the person's instances.
    pub(crate) async fn join(&self, person: &Person) -> Value {
        let reply = self.post("/api/v1/sessions/join", person, &json!({"join_code": self.code})).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["user_sessions"].clone()
    }

    /// Gives a proxy and tells its instance.
    pub(crate) async fn proxy(&self, principal: &Person, holder: &Person) -> Value {
        let body = json!({"principal_user_id": principal.id, "holder_user_id": holder.id});
        let reply = self.post(&self.at("/proxies"), principal, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()
    }

    /// Prepares an event.
    pub(crate) async fn draft(&self, body: &Value) -> i64 {
        let reply = self.post(&self.at("/events"), &self.chair, body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["id"].as_i64().expect("an id")
    }

    /// Takes an event a step further, as the chair.
    pub(crate) async fn step(&self, event: i64, step: &str) -> Value {
        let reply = self.post(&format!("/api/v1/events/{event}/{step}"), &self.chair, &json!({})).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// Prepares an event and opens it.
    pub(crate) async fn open(&self, body: &Value) -> i64 {
        let event = self.draft(body).await;
        self.step(event, "open").await;
        event
    }

    pub(crate) async fn cast(&self, event: i64, by: &Person, body: &Value) -> Reply {
        self.post(&format!("/api/v1/events/{event}/votes"), by, body).await
    }

    /// Casts the only vote of a person.
    pub(crate) async fn vote(&self, event: i64, by: &Person, option: &str) {
        let reply = self.cast(event, by, &json!({"vote_response": [option]})).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
}

/// A motion with nothing said about it.
pub(crate) fn motion() -> Value {
    json!({"event_type": "motion", "name": "Amend article 4"})
}

/// What a refusal looks like.
fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
