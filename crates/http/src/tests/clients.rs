//! API clients over HTTP: made by people, acting for one organization, never voting.

use axum::http::Method;
use plenum_application::use_cases::{AppointAdministrator, IssueToken};
use plenum_domain::text::{AndrewId, TokenName};
use serde_json::{Value, json};

use super::world::{Person, Reply, World};

struct Office {
    world: World,
    owner: Person,
    chair: Person,
    stranger: Person,
    organization: i64,
}

impl Office {
    async fn new() -> Self {
        let world = World::new();
        let (owner, chair) = (world.person("owner").await, world.person("chair").await);
        let stranger = world.person("stranger").await;
        let organization = world.organization(&owner).await;
        let office = Self { world, owner, chair, stranger, organization };
        let body = json!({"andrew_id": "chair", "user_role": "chair"});
        assert_eq!(office.post(&office.owner, "members", &body).await.status, 201);
        office
    }

    fn at(&self, rest: &str) -> String {
        format!("/api/v1/organizations/{}/{rest}", self.organization)
    }

    async fn call(&self, method: Method, by: &Person, path: &str, body: &Value) -> Reply {
        self.world.call(method, path).by(by).json(&body.to_string()).await
    }

    async fn post(&self, by: &Person, rest: &str, body: &Value) -> Reply {
        self.call(Method::POST, by, &self.at(rest), body).await
    }

    async fn get(&self, by: &Person, path: &str) -> Reply {
        self.world.get(path).by(by).send().await
    }

    /// Makes a client with these roles and a token for everything that clients do.
    async fn client(&self, name: &str, roles: &[&str]) -> Person {
        let made = self.post(&self.owner, "clients", &json!({"name": name, "roles": roles})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = i32::try_from(made.json()["id"].as_i64().expect("an id")).expect("a small one");
        let token = self.post(&self.owner, &format!("clients/{id}/tokens"), &json!({"name": "test"})).await;
        assert_eq!(token.status, 201, "{}", token.text());
        assert_eq!(token.json()["scopes"], json!(["read", "host", "administer"]));
        Person { id, token: token.json()["token"].as_str().expect("a secret").to_owned() }
    }
}

#[tokio::test]
async fn a_client_acts_for_its_organization_as_itself() {
    let office = Office::new().await;
    let robot = office.client("Robot", &["chair"]).await;
    let me = office.get(&robot, "/api/v1/me").await.json();
    assert_eq!(
        me["client"],
        json!({"id": robot.id, "organization_id": office.organization, "name": "Robot"})
    );
    assert_eq!(me["user"]["name"], "Robot");
    assert!(office.get(&office.owner, "/api/v1/me").await.json()["client"].is_null());
    let sitting = json!({"organization_id": office.organization, "title": "By machine"});
    let opened = office.call(Method::POST, &robot, "/api/v1/sessions", &sitting).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let session = opened.json()["id"].clone();
    let motion = json!({"event_type": "motion", "name": "Motion"});
    let events = format!("/api/v1/sessions/{session}/events");
    let event = office.call(Method::POST, &robot, &events, &motion).await.json()["id"].clone();
    let open = format!("/api/v1/events/{event}/open");
    assert_eq!(office.call(Method::POST, &robot, &open, &json!({})).await.status, 200);
    let log = office.get(&office.owner, &office.at("audit")).await.json();
    assert_eq!(log["items"][0]["actor"], json!({"user_id": robot.id, "role": null, "client": "Robot"}));
    let listed = office.get(&office.chair, &office.at("clients")).await.json();
    let expected = json!({
        "id": robot.id, "organization_id": office.organization, "name": "Robot", "roles": ["chair"],
        "disabled": false, "created_by_user_id": office.owner.id, "created_at": "2026-03-01T19:00:00Z",
    });
    assert_eq!(listed["items"], json!([expected]));
    assert_eq!(
        office.get(&office.chair, &office.at(&format!("clients/{}", robot.id))).await.json(),
        expected
    );
    let other = office.world.organization(&office.stranger).await;
    let elsewhere = office.get(&robot, &format!("/api/v1/organizations/{other}")).await;
    assert_eq!(elsewhere.problem(), (404, "not_found".into()));
    let theirs = format!("/api/v1/organizations/{other}/clients/{}", robot.id);
    assert_eq!(office.get(&office.stranger, &theirs).await.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn only_who_runs_an_organization_makes_clients_and_none_beyond_themselves() {
    let office = Office::new().await;
    let new = json!({"name": "Robot", "roles": ["auditor"]});
    assert_eq!(office.post(&office.chair, "clients", &new).await.problem(), (403, "forbidden".into()));
    assert_eq!(office.post(&office.stranger, "clients", &new).await.problem(), (404, "not_found".into()));
    assert_eq!(
        office.get(&office.stranger, &office.at("clients")).await.problem(),
        (404, "not_found".into())
    );
    let voter = json!({"name": "Robot", "roles": ["voting_member"]});
    assert_eq!(
        office.post(&office.owner, "clients", &voter).await.problem(),
        (409, "client_never_votes".into())
    );
    assert_eq!(office.post(&office.owner, "clients", &new).await.status, 201);
    let again = office.post(&office.owner, "clients", &json!({"name": "ROBOT"})).await;
    assert_eq!(again.wrong_fields(), ["name"]);
    // A role granted to a client afterwards is bound by the same rules, and to its organization.
    let robot = office.client("Other", &[]).await;
    let grant = async |by: &Person, role: &str, key: &str, id: &Value| {
        let body = json!({"role": role, "user_id": robot.id, key: id});
        office.call(Method::POST, by, "/api/v1/role-grants", &body).await
    };
    let here = json!(office.organization);
    assert_eq!(
        grant(&office.chair, "admin", "organization_id", &here).await.problem(),
        (403, "role_beyond_own".into())
    );
    assert_eq!(grant(&office.chair, "teller", "organization_id", &here).await.status, 201);
    let voter = grant(&office.owner, "voting_member", "organization_id", &here).await;
    assert_eq!(voter.problem(), (409, "client_never_votes".into()));
    let other = json!(office.world.organization(&office.stranger).await);
    let foreign = grant(&office.stranger, "teller", "organization_id", &other).await;
    assert_eq!(foreign.problem(), (404, "not_found".into()));
    let appoint = AppointAdministrator { andrew_id: AndrewId::parse("stranger").expect("a login name") };
    office.world.app.run(&appoint).await.expect("appointed");
    let server = grant(&office.stranger, "auditor", "is_global", &json!(true)).await;
    assert_eq!(server.problem(), (404, "not_found".into()), "no client is let loose on the whole server");
    let name = office.get(&robot, "/api/v1/me").await.json()["user"]["andrew_id"].clone();
    let by_name = json!({"role": "teller", "andrew_id": name, "organization_id": other});
    let by_name = office.call(Method::POST, &office.stranger, "/api/v1/role-grants", &by_name).await;
    assert_eq!(by_name.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn tokens_of_a_client_go_no_further_than_their_maker_and_never_vote() {
    let office = Office::new().await;
    let robot = office.client("Robot", &["admin"]).await;
    let tokens = format!("clients/{}/tokens", robot.id);
    let issue = async |by: &Person, body: Value| office.post(by, &tokens, &body).await;
    assert_eq!(
        issue(&office.owner, json!({"name": "x", "scopes": ["vote"]})).await.wrong_fields(),
        ["scopes"]
    );
    assert_eq!(
        issue(&office.owner, json!({"name": "", "scopes": []})).await.wrong_fields(),
        ["name", "scopes"]
    );
    let past = issue(&office.owner, json!({"name": "x", "expires_at": "2020-01-01T00:00:00Z"})).await;
    assert_eq!(past.wrong_fields(), ["expires_at"]);
    let narrow = json!({"name": "narrow", "scopes": ["read", "administer"]});
    let narrow = office.call(Method::POST, &office.owner, "/api/v1/me/tokens", &narrow).await.json();
    let narrow =
        Person { id: office.owner.id, token: narrow["token"].as_str().expect("a secret").to_owned() };
    assert_eq!(issue(&narrow, json!({"name": "x", "scopes": ["host"]})).await.wrong_fields(), ["scopes"]);
    let made = issue(&narrow, json!({"name": "reads", "scopes": ["read"]})).await.json();
    let reader = Person { id: robot.id, token: made["token"].as_str().expect("a secret").to_owned() };
    assert_eq!(office.get(&reader, "/api/v1/me").await.status, 200);
    let sitting = json!({"organization_id": office.organization, "title": "No"});
    let beyond = office.call(Method::POST, &reader, "/api/v1/sessions", &sitting).await;
    assert_eq!(beyond.problem(), (403, "token_scope".into()));
    let listed = office.get(&office.owner, &office.at(&tokens)).await;
    let names: Vec<_> =
        listed.json()["items"].as_array().expect("a list").iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["test", "reads"]);
    assert!(!listed.text().contains("plenum_"), "secrets are shown once: {}", listed.text());
    assert_eq!(office.get(&office.chair, &office.at(&tokens)).await.problem(), (403, "forbidden".into()));
    let path = office.at(&format!("{tokens}/{}", made["id"]));
    let foreign = format!("/api/v1/me/tokens/{}", made["id"]);
    assert_eq!(office.call(Method::DELETE, &office.owner, &foreign, &json!({})).await.status, 404);
    assert_eq!(office.call(Method::DELETE, &office.owner, &path, &json!({})).await.status, 204);
    assert_eq!(office.call(Method::DELETE, &office.owner, &path, &json!({})).await.status, 404);
    assert_eq!(office.get(&reader, "/api/v1/me").await.problem(), (401, "invalid_token".into()));
    assert_eq!(office.get(&robot, "/api/v1/me").await.status, 200, "the other token works on");
}

#[tokio::test]
async fn what_is_for_people_is_not_for_machines() {
    let office = Office::new().await;
    let robot = office.client("Robot", &["admin"]).await;
    let people_only = (403, "for_people_only".to_owned());
    let never = (409, "client_never_votes".to_owned());
    for (rest, body) in [
        ("clients", json!({"name": "Offspring"})),
        (&*format!("clients/{}/tokens", robot.id), json!({"name": "more"})),
    ] {
        assert_eq!(office.post(&robot, rest, &body).await.problem(), people_only, "{rest}");
    }
    let own = office.call(Method::POST, &robot, "/api/v1/me/tokens", &json!({"name": "own"})).await;
    assert_eq!(own.problem(), people_only);
    let found =
        office.call(Method::POST, &robot, "/api/v1/organizations", &json!({"name": "Machines"})).await;
    assert_eq!(found.problem(), never, "who founds an organization is its first member");
    let member = office.at(&format!("members/{}", robot.id));
    let put = office.call(Method::PUT, &office.owner, &member, &json!({"user_role": "observer"})).await;
    assert_eq!(put.problem(), never);
    let name = office.get(&robot, "/api/v1/me").await.json()["user"]["andrew_id"].clone();
    let add = office.post(&office.owner, "members", &json!({"andrew_id": name, "user_role": "member"})).await;
    assert_eq!(add.problem(), never);
    let sitting = json!({"organization_id": office.organization, "title": "Sitting"});
    let session = office.call(Method::POST, &office.owner, "/api/v1/sessions", &sitting).await.json();
    let join = json!({"join_code": session["join_code"]});
    let join = office.call(Method::POST, &robot, "/api/v1/sessions/join", &join).await;
    assert_eq!(join.problem(), (403, "token_scope".into()));
    let seat = format!("/api/v1/sessions/{}/attendance/{}", session["id"], robot.id);
    let seated = office.call(Method::PUT, &office.owner, &seat, &json!({"join_left": "joined"})).await;
    assert!(seated.status.is_client_error(), "{}", seated.text());
    let proxies = format!("/api/v1/sessions/{}/proxies", session["id"]);
    let proxy = json!({"principal_user_id": office.chair.id, "holder_user_id": robot.id});
    let proxy = office.call(Method::POST, &office.owner, &proxies, &proxy).await;
    assert!(proxy.status.is_client_error(), "{}", proxy.text());
    // The operator does not make tokens for it either, and nobody signs in by its name.
    let andrew_id = AndrewId::parse(name.as_str().expect("a name")).expect("a login name");
    let token_name = TokenName::parse("operator").expect("a name");
    let issue = IssueToken { andrew_id: andrew_id.clone(), person_name: None, token_name };
    assert!(office.world.app.run(&issue).await.is_err());
    assert!(office.world.app.run(&AppointAdministrator { andrew_id }).await.is_err());
    let left = office.world.get("/auth/login?next=/").send().await;
    let (cookie, browser) = left.cookie(0);
    let back = format!("/auth/callback?code={}&state={}", name.as_str().expect("a name"), left.state());
    let back = office.world.get(&back).header("cookie", &format!("{cookie}={browser}")).send().await;
    assert_eq!(back.problem(), (400, "login_name_taken".into()));
    // A machine that runs everything is nobody who could be left in charge.
    let leave = office.at(&format!("members/{}", office.owner.id));
    let leave = office.call(Method::DELETE, &office.owner, &leave, &json!({})).await;
    assert_eq!(leave.problem(), (409, "last_owner".into()));
}

#[tokio::test]
async fn a_client_is_kept_out_at_once_and_deleted_for_good() {
    let office = Office::new().await;
    let robot = office.client("Robot", &["auditor"]).await;
    let path = office.at(&format!("clients/{}", robot.id));
    let change = async |body: Value| office.call(Method::PATCH, &office.owner, &path, &body).await;
    let out = change(json!({"disabled": true, "name": "Old robot"})).await.json();
    assert_eq!((&out["disabled"], &out["name"]), (&json!(true), &json!("Old robot")));
    assert_eq!(office.get(&robot, "/api/v1/me").await.problem(), (401, "invalid_token".into()));
    assert_eq!(change(json!({"disabled": false})).await.json()["disabled"], false);
    assert_eq!(office.get(&robot, "/api/v1/me").await.json()["client"]["name"], "Old robot");
    let by_chair = office.call(Method::DELETE, &office.chair, &path, &json!({})).await;
    assert_eq!(by_chair.problem(), (403, "forbidden".into()));
    assert_eq!(office.call(Method::DELETE, &office.owner, &path, &json!({})).await.status, 204);
    assert_eq!(office.call(Method::DELETE, &office.owner, &path, &json!({})).await.status, 404);
    assert_eq!(office.get(&robot, "/api/v1/me").await.problem(), (401, "invalid_token".into()));
    assert_eq!(change(json!({"disabled": false})).await.problem(), (404, "not_found".into()));
    let listed = office.get(&office.owner, &office.at("clients")).await.json();
    assert_eq!(listed["items"], json!([]));
    let actions: Vec<_> = office.get(&office.owner, &office.at("audit")).await.json()["items"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| line["action"].clone())
        .take(4)
        .collect();
    assert_eq!(actions, ["client.delete", "client.update", "client.update", "token.create"]);
    let appoint = AppointAdministrator { andrew_id: AndrewId::parse("stranger").expect("a login name") };
    office.world.app.run(&appoint).await.expect("appointed");
    for what in ["disable", "enable", "anonymize"] {
        let path = format!("/api/v1/users/{}/{what}", robot.id);
        let reply = office.call(Method::POST, &office.stranger, &path, &json!({})).await;
        assert_eq!(reply.problem(), (403, "for_people_only".into()), "{what}");
    }
}
