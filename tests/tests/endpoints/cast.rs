//! Everybody who calls, and requests that are right in themselves, with everything they are about.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use openidconnect::http::Method;
use plenum_tests::{Client, Organization, Person, TestServer, until};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// Members of the organization, with the role of their membership.
const MEMBERS: [(&str, &str); 5] = [
    ("chair", "chair"),
    ("host", "member"),
    ("participant", "member"),
    ("member", "member"),
    ("observer", "observer"),
];

/// People who are no members, with the role that is granted to them in the organization.
const GRANTED: [(&str, &str); 7] = [
    ("admin", "admin"),
    ("secretary", "secretary"),
    ("teller", "teller"),
    ("manager", "member_manager"),
    ("auditor", "auditor"),
    ("viewer", "observer"),
    ("voter", "voting_member"),
];

/// What a request needs to be right.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// An organization in which everybody has their role.
pub(crate) struct Place {
    pub(crate) organization: Organization,
    /// A sitting for events that do not need one of their own.
    hall: OnceCell<i64>,
}

/// Everyone who calls.
pub(crate) struct Cast {
    pub(crate) place: Place,
    people: Vec<(&'static str, Person)>,
    pub(crate) elsewhere: Person,
    pub(crate) nobody: Client,
    /// Where a mandate waits for its holder, and where it waits for the chair.
    asking: [OnceCell<Place>; 2],
    /// Where the host admits.
    admitting: OnceCell<Place>,
    spans: AtomicU32,
    names: AtomicU32,
}

impl Cast {
    pub(crate) async fn new(server: &TestServer) -> Self {
        let owner = server.person("owner", "Olga Owner").await;
        let organization = Organization::found(&owner, "Society", &json!({})).await;
        let mut people = vec![("owner", owner)];
        for (name, _) in MEMBERS.iter().chain(&GRANTED) {
            people.push((*name, server.person(name, name).await));
        }
        for name in ["local", "nearby"] {
            people.push((name, server.person(name, name).await));
        }
        let administrator = server.administrator("administrator").await;
        let overseer = server.person("overseer", "Otto Overseer").await;
        let body = json!({"role": "auditor", "user_id": overseer.user_id, "is_global": true});
        administrator.post("role-grants", &body).expect(201).await;
        people.extend([("administrator", administrator), ("overseer", overseer)]);
        let elsewhere = server.person("elsewhere", "Elsa Elsewhere").await;
        Organization::found(&elsewhere, "Another society", &json!({})).await;
        let place = Place { organization, hall: OnceCell::new() };
        let (spans, names) = (AtomicU32::new(0), AtomicU32::new(1));
        let nobody = server.nobody().clone();
        let (asking, admitting) = (Default::default(), OnceCell::new());
        let cast = Self { place, people, elsewhere, nobody, asking, admitting, spans, names };
        cast.populate(&cast.place.organization).await;
        cast
    }

    pub(crate) fn person(&self, name: &str) -> &Person {
        let found = self.people.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| panic!("the table names an unknown role: {name}"), |(_, person)| person)
    }

    /// Gives everybody their role in an organization of the owner.
    async fn populate(&self, organization: &Organization) {
        for (name, role) in MEMBERS {
            organization.put(self.person(name), role).await;
        }
        for (name, role) in GRANTED {
            let id = organization.id;
            let body = json!({"role": role, "andrew_id": self.person(name).andrew_id, "organization_id": id});
            self.person("owner").post("role-grants", &body).expect(201).await;
        }
        // In this organization, and not where anything of interest happens.
        let (session, _) = organization.convene(self.person("owner"), "Next door").await;
        let body = json!({"role": "chair", "andrew_id": "nearby", "session_id": session});
        self.person("owner").post("role-grants", &body).expect(201).await;
    }

    /// Another organization of the owner in which everybody has their role.
    pub(crate) async fn another_place(&self, data: &Value) -> Place {
        let organization = Organization::found(self.person("owner"), "Another of the owner's", data).await;
        self.populate(&organization).await;
        Place { organization, hall: OnceCell::new() }
    }

    /// A name that nobody and nothing has yet.
    fn unused(&self, what: &str) -> String {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        format!("{what}{number}")
    }

    /// What operations are about, in this place.
    pub(crate) const fn at<'a>(&'a self, server: &'a TestServer, place: &'a Place) -> Scene<'a> {
        Scene { cast: self, server, place }
    }

    /// A request that is right in itself, with everything it is about freshly made.
    pub(crate) async fn call(&self, server: &TestServer, operation: &str) -> Call {
        self.at(server, &self.place).call(operation).await
    }
}

/// Where the things are that operations are about.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    cast: &'a Cast,
    server: &'a TestServer,
    place: &'a Place,
}

impl Deref for Scene<'_> {
    type Target = Cast;

    fn deref(&self) -> &Cast {
        self.cast
    }
}

impl Scene<'_> {
    /// A sitting with host, participant and observer in it.
    pub(crate) async fn session(&self) -> (i64, String) {
        let (session, code) = self.convene(&self.place.organization).await;
        for name in ["host", "participant", "observer"] {
            self.person(name).post("sessions/join", &json!({"join_code": code})).expect(200).await;
        }
        (session, code)
    }

    /// A sitting of the host, who conducts it without any role, and of a chair of this sitting alone.
    async fn convene(&self, organization: &Organization) -> (i64, String) {
        let (session, code) = organization.convene(self.person("owner"), "Sitting").await;
        // Only who leads may open one; the host is a plain member since.
        sqlx::query("UPDATE sessions SET created_by_user_id = $1 WHERE id = $2")
            .bind(i32::try_from(self.person("host").user_id).expect("an id"))
            .bind(i32::try_from(session).expect("an id"))
            .execute(self.server.database.pool())
            .await
            .expect("a host");
        let body = json!({"role": "chair", "andrew_id": "local", "session_id": session});
        self.person("owner").post("role-grants", &body).expect(201).await;
        (session, code)
    }

    /// An event, taken these steps further than a draft.
    pub(crate) async fn event(&self, steps: &[&str]) -> i64 {
        let session = self.place.hall.get_or_init(async || self.session().await.0).await;
        self.event_in(*session, steps).await
    }

    /// The same in this sitting.
    async fn event_in(&self, session: i64, steps: &[&str]) -> i64 {
        let body = json!({"event_type": "motion", "name": "Motion", "data": {"secrecy": "roll_call"}});
        let host = self.person("host");
        let event = host.post(&format!("sessions/{session}/events"), &body).expect(201).await;
        for step in steps {
            host.do_post(&format!("events/{}/{step}", event["id"])).expect(200).await;
        }
        event["id"].as_i64().expect("an id")
    }

    /// An office in a sitting of its own, for which the participant is nominated: sitting, office, nomination.
    async fn office(&self, accepted: bool) -> (i64, i64, i64) {
        let (session, _) = self.session().await;
        let host = self.person("host");
        let body = json!({"offices": [{"name": "Treasurer"}]});
        let made = host.post(&format!("sessions/{session}/offices"), &body).expect(201).await;
        let office = made["items"][0]["id"].as_i64().expect("an id");
        let body = json!({"user_id": self.person("participant").user_id});
        let made = host.post(&format!("offices/{office}/nominations"), &body).expect(201).await;
        let nomination = made["id"].as_i64().expect("an id");
        if accepted {
            host.post(&format!("nominations/{nomination}/accept"), &json!({})).expect(200).await;
        }
        (session, office, nomination)
    }

    /// A sitting to which the host admits, with the member waiting.
    async fn waiting(&self) -> (i64, i64) {
        let rules = json!({"rules": {"attendance": {"admission": "host"}}});
        let usual = std::ptr::eq(self.place, &raw const self.cast.place);
        let place =
            if usual { self.admitting.get_or_init(|| self.another_place(&rules)).await } else { self.place };
        let (session, code) = self.convene(&place.organization).await;
        let member = self.person("member");
        let status = if usual { 202 } else { 200 };
        member.post("sessions/join", &json!({"join_code": code})).expect(status).await;
        (session, member.user_id)
    }

    /// A proxy of the participant's vote, held by the member, under rules that want the word asked for.
    async fn mandate(&self, operation: &str) -> i64 {
        let (which, confirmation) = match operation.rsplit('/').next() {
            Some("accept") => (0, "holder"),
            Some("confirm") => (1, "chair"),
            _ => (2, "nobody"),
        };
        let rules = json!({"rules": {"proxies": {"confirmation": confirmation}}});
        let place = match self.asking.get(which) {
            Some(asking) if std::ptr::eq(self.place, &raw const self.cast.place) => {
                asking.get_or_init(|| self.another_place(&rules)).await
            }
            _ => self.place,
        };
        let (session, _) = self.convene(&place.organization).await;
        let body = json!({
            "principal_user_id": self.person("participant").user_id,
            "holder_user_id": self.person("member").user_id,
        });
        let path = format!("sessions/{session}/proxies");
        let proxy = self.person("participant").post(&path, &body).expect(201).await;
        proxy["id"].as_i64().expect("an id")
    }

    /// An organization with the same people that may be got rid of; its number, and that of a member.
    async fn another_organization(&self) -> (i64, i64) {
        let Place { organization, .. } = self.another_place(&json!({})).await;
        // Nothing is archived or deleted while a sitting goes on.
        for session in
            self.person("owner").list(&format!("sessions?organization_id={}", organization.id)).await
        {
            let close = format!("sessions/{}/close", session["id"]);
            self.person("owner").do_post(&close).expect(200).await;
        }
        let heir = self.server.person("heir", "Henry Heir").await;
        organization.put(&heir, "member").await;
        (organization.id, heir.user_id)
    }

    async fn client(&self) -> i64 {
        let path = self.place.organization.path("clients");
        let made =
            self.person("owner").post(&path, &json!({"name": self.unused("Client")})).expect(201).await;
        made["id"].as_i64().expect("an id")
    }

    async fn committee(&self) -> i64 {
        let body = json!({"name": self.unused("Committee")});
        let path = self.place.organization.path("committees");
        let made = self.person("owner").post(&path, &body).expect(201).await;
        let id = made["id"].as_i64().expect("an id");
        let body = json!({"role": "chair", "andrew_id": "local", "committee_id": id});
        self.person("owner").post("role-grants", &body).expect(201).await;
        id
    }

    /// A membership to end, of somebody new each time.
    async fn membership(&self) -> i64 {
        let person = self.server.person(&self.unused("goner"), "Gina Goner").await;
        self.place.organization.put(&person, "member").await;
        person.user_id
    }

    /// A request that is right in itself, with everything it is about freshly made.
    #[expect(clippy::too_many_lines, reason = "one table of requests")]
    pub(crate) async fn call(&self, operation: &str) -> Call {
        let organization = self.place.organization.id;
        let nothing = Vec::new;
        let (ids, body): (Vec<i64>, Option<Value>) = match operation {
            "DELETE /api/v1/me/tokens/{id}" => {
                let made = self.person("member").post("me/tokens", &json!({"name": "t"})).expect(201).await;
                (vec![made["id"].as_i64().expect("an id")], None)
            }
            "POST /api/v1/me/tokens" => (nothing(), Some(json!({"name": "script"}))),
            "POST /api/v1/organizations" => (nothing(), Some(json!({"name": "New society"}))),
            "PATCH /api/v1/organizations/{id}" => {
                (vec![organization], Some(json!({"data": {"description": "Changed."}})))
            }
            "POST /api/v1/organizations/{id}/members" => {
                let newcomer = self.server.person(&self.unused("newcomer"), "Nora Newcomer").await;
                (vec![organization], Some(json!({"andrew_id": newcomer.andrew_id, "user_role": "member"})))
            }
            "PUT /api/v1/organizations/{id}/members/{user_id}" => {
                (vec![organization, self.membership().await], Some(json!({"user_role": "observer"})))
            }
            "DELETE /api/v1/organizations/{id}/members/{user_id}" => {
                (vec![organization, self.membership().await], None)
            }
            "POST /api/v1/organizations/{id}/members/import" => {
                let csv = "andrew_id,name\nimported,Ines Imported\n";
                (vec![organization], Some(json!({"csv": csv, "dry_run": false})))
            }
            "DELETE /api/v1/organizations/{id}"
            | "POST /api/v1/organizations/{id}/archive"
            | "POST /api/v1/organizations/{id}/restore"
            | "POST /api/v1/organizations/{id}/transfer" => {
                let (organization, heir) = self.another_organization().await;
                let body = operation.ends_with("transfer").then(|| json!({"user_id": heir}));
                (vec![organization], body)
            }
            "GET /api/v1/organizations/{id}/clients" => (vec![organization], None),
            "POST /api/v1/organizations/{id}/clients" => {
                (vec![organization], Some(json!({"name": self.unused("Client"), "roles": ["auditor"]})))
            }
            "PATCH /api/v1/organizations/{id}/clients/{client_id}" => {
                (vec![organization, self.client().await], Some(json!({"disabled": true})))
            }
            "POST /api/v1/organizations/{id}/clients/{client_id}/tokens" => {
                (vec![organization, self.client().await], Some(json!({"name": "script"})))
            }
            "DELETE /api/v1/organizations/{id}/clients/{client_id}/tokens/{token_id}" => {
                let client = self.client().await;
                let path = self.place.organization.path(&format!("clients/{client}/tokens"));
                let token = self.person("owner").post(&path, &json!({"name": "script"})).expect(201).await;
                (vec![organization, client, token["id"].as_i64().expect("an id")], None)
            }
            _ if operation.contains("/clients/{client_id}") => {
                (vec![organization, self.client().await], None)
            }
            "GET /api/v1/organizations/{id}/committees" => (vec![organization], None),
            "POST /api/v1/organizations/{id}/committees" => {
                (vec![organization], Some(json!({"name": self.unused("Committee")})))
            }
            "PATCH /api/v1/committees/{id}" => {
                (vec![self.committee().await], Some(json!({"name": self.unused("Renamed")})))
            }
            "DELETE /api/v1/committees/{id}" | "GET /api/v1/committees/{id}/members" => {
                (vec![self.committee().await], None)
            }
            "PUT /api/v1/committees/{id}/members/{user_id}" => {
                let ids = vec![self.committee().await, self.membership().await];
                (ids, Some(json!({"user_role": "member"})))
            }
            "DELETE /api/v1/committees/{id}/members/{user_id}" => {
                let (committee, person) = (self.committee().await, self.membership().await);
                let path = format!("committees/{committee}/members/{person}");
                self.person("owner").put(&path, &json!({"user_role": "member"})).expect(201).await;
                (vec![committee, person], None)
            }
            "POST /api/v1/users/{id}/merge" => {
                let kept = self.server.person(&self.unused("kept"), "Kept").await.user_id;
                let duplicate = self.server.person(&self.unused("duplicate"), "Duplicate").await.user_id;
                (vec![kept], Some(json!({"duplicate_user_id": duplicate})))
            }
            _ if operation.contains(" /api/v1/users/{id}") => {
                (vec![self.server.person(&self.unused("person"), "Person").await.user_id], None)
            }
            "POST /api/v1/role-grants" => {
                let person = self.membership().await;
                (
                    nothing(),
                    Some(json!({"role": "teller", "user_id": person, "organization_id": organization})),
                )
            }
            "DELETE /api/v1/role-grants/{id}" => {
                let person = self.membership().await;
                let body = json!({"role": "auditor", "user_id": person, "organization_id": organization});
                let grant = self.person("owner").post("role-grants", &body).expect(201).await;
                (vec![grant["id"].as_i64().expect("an id")], None)
            }
            "DELETE /api/v1/role-grants/pending/{id}" => {
                let body =
                    json!({"role": "teller", "email": "zoe@example.org", "organization_id": organization});
                let promise = self.person("owner").post("role-grants", &body).expect(202).await;
                (vec![promise["id"].as_i64().expect("an id")], None)
            }
            "GET /api/v1/organizations/{id}"
            | "GET /api/v1/organizations/{id}/rules"
            | "GET /api/v1/organizations/{id}/rules/versions"
            | "GET /api/v1/organizations/{id}/members"
            | "GET /api/v1/organizations/{id}/proxies"
            | "GET /api/v1/organizations/{id}/audit" => (vec![organization], None),
            "GET /api/v1/organizations/{id}/rules/versions/{version}" => (vec![organization, 1], None),
            "POST /api/v1/sessions" => {
                (nothing(), Some(json!({"organization_id": organization, "title": "Sitting"})))
            }
            "POST /api/v1/sessions/join" => (nothing(), Some(json!({"join_code": self.session().await.1}))),
            "POST /api/v1/sessions/{id}/open" => {
                let session = self.session().await.0;
                self.person("host").do_post(&format!("sessions/{session}/lock")).expect(200).await;
                (vec![session], None)
            }
            "PUT /api/v1/sessions/{id}/attendance/{user_id}" => {
                let someone = self.person("member").user_id;
                (vec![self.session().await.0, someone], Some(json!({"status": "present"})))
            }
            "DELETE /api/v1/sessions/{id}/attendance/{user_id}" => {
                (vec![self.session().await.0, self.person("observer").user_id], None)
            }
            "POST /api/v1/sessions/{id}/proxies" => {
                let body = json!({
                    "principal_user_id": self.person("participant").user_id,
                    "holder_user_id": self.person("host").user_id,
                });
                (vec![self.session().await.0], Some(body))
            }
            "DELETE /api/v1/sessions/{id}/proxies/{proxy_id}" => {
                let session = self.session().await.0;
                let body = json!({
                    "principal_user_id": self.person("participant").user_id,
                    "holder_user_id": self.person("host").user_id,
                });
                let path = format!("sessions/{session}/proxies");
                let proxy = self.person("host").post(&path, &body).expect(201).await;
                (vec![session, proxy["id"].as_i64().expect("an id")], None)
            }
            "POST /api/v1/sessions/{id}/waiting-list/{user_id}/admit"
            | "POST /api/v1/sessions/{id}/waiting-list/{user_id}/refuse" => {
                let (session, someone) = self.waiting().await;
                (vec![session, someone], Some(json!({})))
            }
            "POST /api/v1/sessions/{id}/presence-checks" => (vec![self.session().await.0], Some(json!({}))),
            _ if operation.contains("/presence-checks/{check_id}") => {
                let session = self.session().await.0;
                let path = format!("sessions/{session}/presence-checks");
                let check = self.person("host").post(&path, &json!({"seconds": 3600})).expect(201).await;
                (vec![session, check["id"].as_i64().expect("an id")], None)
            }
            "GET /api/v1/me/proxies" => (nothing(), None),
            "POST /api/v1/organizations/{id}/proxies" => {
                // Each in a year of its own: spans of one principal may not meet.
                let year = 2100 + self.spans.fetch_add(1, Ordering::Relaxed);
                let body = json!({
                    "principal_user_id": self.person("participant").user_id,
                    "holder_user_id": self.person("member").user_id,
                    "from": format!("{year}-01-01T00:00:00Z"), "until": format!("{year}-07-01T00:00:00Z"),
                });
                (vec![organization], Some(body))
            }
            "GET /api/v1/proxies/{id}" => (vec![self.mandate(operation).await], None),
            _ if operation.contains(" /api/v1/proxies/{id}") => {
                (vec![self.mandate(operation).await], Some(json!({})))
            }
            "POST /api/v1/sessions/{id}/events" => {
                (vec![self.session().await.0], Some(json!({"event_type": "motion", "name": "Motion"})))
            }
            "PATCH /api/v1/events/{id}" => (vec![self.event(&[]).await], Some(json!({"name": "Another"}))),
            "GET /api/v1/events/{id}" | "DELETE /api/v1/events/{id}" | "POST /api/v1/events/{id}/open" => {
                (vec![self.event(&[]).await], None)
            }
            "POST /api/v1/events/{id}/votes" => {
                (vec![self.event(&["open"]).await], Some(json!({"vote_response": ["yes"]})))
            }
            "POST /api/v1/sessions/{id}/quick-votes" => {
                (vec![self.session().await.0], Some(json!({"preset": "Straw poll"})))
            }
            "POST /api/v1/events/{id}/extend" => {
                let session = self.session().await.0;
                let body = json!({"preset": "Straw poll", "duration": 600});
                let path = format!("sessions/{session}/quick-votes");
                let event = self.person("host").post(&path, &body).expect(201).await;
                (vec![event["id"].as_i64().expect("an id")], Some(json!({"seconds": 60})))
            }
            "POST /api/v1/events/{id}/share" | "POST /api/v1/events/{id}/unshare" => {
                (vec![self.event(&["open"]).await], None)
            }
            "GET /api/v1/events/{id}/motion" => (vec![self.event(&[]).await], None),
            "PUT /api/v1/events/{id}/motion" => {
                (vec![self.event(&[]).await], Some(json!({"text": "The senate buys chairs."})))
            }
            "POST /api/v1/events/{id}/amendments" => {
                (vec![self.event(&[]).await], Some(json!({"inserts": "In June."})))
            }
            "POST /api/v1/events/{id}/reconsider" => {
                let event = self.event(&["open"]).await;
                let votes = format!("events/{event}/votes");
                self.person("participant").post(&votes, &json!({"vote_response": ["yes"]})).expect(201).await;
                for step in ["close", "release"] {
                    self.person("host").do_post(&format!("events/{event}/{step}")).expect(200).await;
                }
                (vec![event], Some(json!({})))
            }
            "POST /api/v1/events/{id}/withdraw" => (vec![self.event(&[]).await], Some(json!({}))),
            "POST /api/v1/sessions/{id}/offices" => {
                (vec![self.session().await.0], Some(json!({"offices": [{"name": "Treasurer"}]})))
            }
            "GET /api/v1/offices/{id}" | "DELETE /api/v1/offices/{id}" => {
                (vec![self.office(false).await.1], None)
            }
            "POST /api/v1/offices/{id}/nominations" => {
                let someone = self.person("member").user_id;
                (vec![self.office(false).await.1], Some(json!({"user_id": someone})))
            }
            "POST /api/v1/nominations/{id}/accept" | "POST /api/v1/nominations/{id}/decline" => {
                (vec![self.office(false).await.2], Some(json!({})))
            }
            "POST /api/v1/sessions/{id}/elections" => {
                let (session, office, _) = self.office(true).await;
                (vec![session], Some(json!({"office_ids": [office]})))
            }
            "POST /api/v1/sessions/{id}/events/open" => {
                let (session, _) = self.session().await;
                let event = self.event_in(session, &[]).await;
                (vec![session], Some(json!({"event_ids": [event]})))
            }
            "POST /api/v1/sessions/{id}/votes" => {
                let (session, _) = self.session().await;
                let event = self.event_in(session, &["open"]).await;
                let vote = json!({"event_id": event, "vote_response": ["yes"]});
                (vec![session], Some(json!({"votes": [vote]})))
            }
            "POST /api/v1/events/{id}/annul" => {
                (vec![self.event(&["open"]).await], Some(json!({"reason": "By mistake."})))
            }
            "POST /api/v1/events/{id}/tie" => {
                (vec![self.event(&["open", "close"]).await], Some(json!({"choice": "yes"})))
            }
            "GET /api/v1/events/{id}/vote-instances"
            | "GET /api/v1/events/{id}/turnout"
            | "POST /api/v1/events/{id}/close" => (vec![self.event(&["open"]).await], None),
            "GET /api/v1/events/{id}/results"
            | "GET /api/v1/events/{id}/votes"
            | "POST /api/v1/events/{id}/release" => (vec![self.event(&["open", "close"]).await], None),
            "GET /api/v1/receipts/{id}" => {
                let event = self.event(&["open"]).await;
                let vote = json!({"vote_response": ["yes"]});
                let path = format!("events/{event}/votes");
                let cast = self.person("participant").post(&path, &vote).expect(201).await;
                (vec![cast["receipt"]["id"].as_i64().expect("an id")], None)
            }
            _ if operation.contains("/{id}/log") => {
                let of = if operation.contains("/sessions/") { "sessions" } else { "organizations" };
                let id = if of == "sessions" { self.session().await.0 } else { organization };
                // Nothing can be proven before the first leaf is in its place.
                let path = format!("{of}/{id}/log/head");
                let head = async || self.person("owner").get(&path).expect(200).await;
                until("the log to begin", head, |head| head["size"].as_i64() > Some(0)).await;
                (vec![id], None)
            }
            _ if operation.contains(" /api/v1/sessions/{id}") => (vec![self.session().await.0], None),
            _ if operation.contains('{') => {
                panic!("say in tests/tests/endpoints/cast.rs what {operation} needs")
            }
            _ => (nothing(), None),
        };
        let (method, path) = operation.split_once(' ').expect("method and path");
        let mut path = path.replace("{file}", "minutes.xlsx");
        for id in ids {
            path = filled(&path, &id.to_string());
        }
        if operation.starts_with("GET /api/v1/role-grants") {
            path = format!("{path}?organization_id={organization}");
        }
        Call { method: method.parse().expect("a method"), path, body }
    }
}

/// Puts an id into the first gap of a path.
pub(crate) fn filled(path: &str, id: &str) -> String {
    let (start, rest) = path.split_once('{').unwrap_or_else(|| panic!("{path} has no place for {id}"));
    let (_, end) = rest.split_once('}').expect("a closing brace");
    format!("{start}{id}{end}")
}
