//! Committees, people who are kept out or joined, and organizations that change hands or end.

use axum::http::Method;
use plenum_application::use_cases::AppointAdministrator;
use plenum_domain::text::AndrewId;
use serde_json::{Value, json};

use super::world::{Person, Reply, World};

struct Office {
    world: World,
    owner: Person,
    member: Person,
    administrator: Person,
    organization: i64,
}

impl Office {
    async fn new() -> Self {
        let world = World::new();
        let (owner, member) = (world.person("owner").await, world.person("member").await);
        let administrator = world.person("root").await;
        let andrew_id = AndrewId::parse("root").expect("a login name");
        world.app.run(&AppointAdministrator { andrew_id }).await.expect("appointed");
        let organization = world.organization(&owner).await;
        let office = Self { world, owner, member, administrator, organization };
        office
            .post(
                &office.owner,
                &office.at("members"),
                &json!({"andrew_id": "member", "user_role": "member"}),
            )
            .await;
        office
    }

    fn at(&self, rest: &str) -> String {
        format!("/api/v1/organizations/{}/{rest}", self.organization)
    }

    async fn post(&self, by: &Person, path: &str, body: &Value) -> Reply {
        self.world.post(path).by(by).json(&body.to_string()).await
    }

    async fn call(&self, method: Method, by: &Person, path: &str, body: &Value) -> Reply {
        self.world.call(method, path).by(by).json(&body.to_string()).await
    }

    /// A sitting that was held, and a motion by name on which this person voted in it.
    async fn sitting_with(&self, person: &Person) -> (Value, Value) {
        let sitting = json!({"organization_id": self.organization, "title": "Sitting"});
        let made = self.post(&self.owner, "/api/v1/sessions", &sitting).await.json();
        let join = json!({"join_code": made["join_code"]});
        let joined = self.post(person, "/api/v1/sessions/join", &join).await.json();
        let own = joined["user_sessions"][0]["id"].clone();
        let session = made["id"].clone();
        let motion = json!({"event_type": "motion", "name": "Motion"});
        let events = format!("/api/v1/sessions/{session}/events");
        let event = self.post(&self.owner, &events, &motion).await.json()["id"].clone();
        let at = |step: &str| format!("/api/v1/events/{event}/{step}");
        assert_eq!(self.post(&self.owner, &at("open"), &json!({})).await.status, 200);
        let vote = json!({"votes": [{"user_session_id": own, "vote_response": ["yes"]}]});
        let cast = self.post(person, &at("votes"), &vote).await;
        assert_eq!(cast.status, 201, "{}", cast.text());
        for step in ["close", "release"] {
            assert_eq!(self.post(&self.owner, &at(step), &json!({})).await.status, 200);
        }
        let close = format!("/api/v1/sessions/{session}/close");
        assert_eq!(self.post(&self.owner, &close, &json!({})).await.status, 200);
        (session, event)
    }

    async fn of_person(&self, by: &Person, person: &Person, what: &str) -> Reply {
        self.post(by, &format!("/api/v1/users/{}/{what}", person.id), &json!({})).await
    }
}

#[tokio::test]
async fn a_committee_has_its_own_chair_and_sittings() {
    let office = Office::new().await;
    let made = office.post(&office.owner, &office.at("committees"), &json!({"name": "Finance"})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].clone();
    let part = json!({"name": "Budget", "parent_id": id});
    let part = office.post(&office.owner, &office.at("committees"), &part).await.json()["id"].clone();
    let own = json!({"parent_id": part});
    let circle = office.call(Method::PATCH, &office.owner, &format!("/api/v1/committees/{id}"), &own).await;
    assert_eq!(circle.problem(), (409, "committee_in_itself".into()));
    let parts =
        office.call(Method::DELETE, &office.owner, &format!("/api/v1/committees/{id}"), &json!({})).await;
    assert_eq!(parts.problem(), (409, "committee_has_parts".into()));

    let sitting = json!({"organization_id": office.organization, "title": "Budget", "committee_id": part});
    let early = office.post(&office.member, "/api/v1/sessions", &sitting).await;
    assert_eq!(early.problem(), (403, "forbidden".into()));
    let seat = format!("/api/v1/committees/{id}/members/{}", office.member.id);
    let chair = json!({"user_role": "chair"});
    let by_member = office.call(Method::PUT, &office.member, &seat, &chair).await;
    assert_eq!(by_member.problem(), (403, "forbidden".into()));
    assert_eq!(office.call(Method::PUT, &office.owner, &seat, &chair).await.status, 201);
    let opened = office.post(&office.member, "/api/v1/sessions", &sitting).await;
    assert_eq!(opened.status, 201, "a chair of the committee above: {}", opened.text());
    let whole = json!({"organization_id": office.organization, "title": "All"});
    let beyond = office.post(&office.member, "/api/v1/sessions", &whole).await;
    assert_eq!(beyond.problem(), (403, "forbidden".into()));
    let listed = office.world.get(&format!("/api/v1/committees/{id}/members")).by(&office.owner).send().await;
    assert_eq!(listed.json()["items"][0]["user"]["andrew_id"], "member");
    let outside = office.world.get(&format!("/api/v1/committees/{id}/members")).by(&office.administrator);
    assert_eq!(outside.send().await.status, 200, "an administrator of the server sees it");
    assert_eq!(office.call(Method::DELETE, &office.member, &seat, &json!({})).await.status, 204, "one's own");
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_comes_back() {
    let office = Office::new().await;
    let by_owner = office.of_person(&office.owner, &office.member, "disable").await;
    assert_eq!(by_owner.problem(), (404, "not_found".into()));
    let cookie = office.world.sign_in("member2").await;
    let id =
        office.world.get("/api/v1/me").header("cookie", &cookie).send().await.json()["user"]["id"].clone();
    let disable = format!("/api/v1/users/{id}/disable");
    assert_eq!(office.post(&office.administrator, &disable, &json!({})).await.status, 200);
    let out = office.world.get("/api/v1/me").header("cookie", &cookie).send().await;
    assert_eq!(out.problem(), (401, "not_signed_in".into()));
    let left = office.world.get("/auth/login?next=/").send().await;
    let (name, browser) = left.cookie(0);
    let back = format!("/auth/callback?code=member2&state={}", left.state());
    let back = office.world.get(&back).header("cookie", &format!("{name}={browser}")).send().await;
    assert_eq!(back.problem(), (403, "person_disabled".into()));
    let enable = format!("/api/v1/users/{id}/enable");
    assert_eq!(office.post(&office.administrator, &enable, &json!({})).await.status, 200);
    office.world.sign_in("member2").await;

    assert_eq!(office.of_person(&office.administrator, &office.member, "disable").await.status, 200);
    let out = office.world.get("/api/v1/me").by(&office.member).send().await;
    assert_eq!(out.problem(), (401, "invalid_token".into()));
    let alone = office.of_person(&office.administrator, &office.owner, "disable").await;
    assert_eq!(alone.problem(), (409, "last_owner".into()));
    let own = office.of_person(&office.administrator, &office.administrator, "disable").await;
    assert_eq!(own.problem(), (403, "own_account".into()));
}

#[tokio::test]
async fn names_are_taken_away_and_duplicates_joined() {
    let office = Office::new().await;
    let double = office.world.person("double").await;
    let body = json!({"andrew_id": "double", "user_role": "chair"});
    office.post(&office.owner, &office.at("members"), &body).await;
    let (session, motion) = office.sitting_with(&double).await;
    let merge = format!("/api/v1/users/{}/merge", office.member.id);
    let body = json!({"duplicate_user_id": double.id});
    let merged = office.post(&office.administrator, &merge, &body).await;
    assert_eq!((merged.status.as_u16(), &merged.json()["andrew_id"]), (200, &json!("member")));
    assert_eq!(office.world.get("/api/v1/me").by(&double).send().await.status, 401);
    let again = office.post(&office.administrator, &merge, &body).await;
    assert_eq!(again.problem(), (409, "person_gone".into()));
    let back = office.of_person(&office.administrator, &double, "enable").await;
    assert_eq!(back.problem(), (409, "person_gone".into()));
    let members = office.world.get(&office.at("members")).by(&office.owner).send().await.json();
    assert_eq!(members["items"].as_array().map(Vec::len), Some(2), "{members}");

    let sitting = |rest: &str| format!("/api/v1/sessions/{session}/{rest}");
    let kept_on_record = [
        sitting("attendance"),
        sitting("exports/attendance.csv"),
        sitting("exports/minutes.json"),
        format!("/api/v1/events/{motion}/votes"),
    ];
    for path in &kept_on_record {
        let reply = office.world.get(path).by(&office.owner).send().await;
        assert!(reply.text().contains("Person double"), "{path}: {}", reply.text());
    }
    let nobody = office.of_person(&office.administrator, &office.member, "anonymize").await;
    assert_eq!(nobody.json()["name"], format!("Former member {}", office.member.id));
    let others = [office.at("members"), office.at("audit"), sitting("exports/minutes.md")];
    for path in kept_on_record.iter().chain(&others) {
        let reply = office.world.get(path).by(&office.owner).send().await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        for name in ["Person member", "Person double", "\"double\""] {
            assert!(!reply.text().contains(name), "{path}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn an_organization_changes_hands_is_archived_and_deleted() {
    let office = Office::new().await;
    let to = json!({"user_id": office.member.id, "keep_role": "chair"});
    let transfer = office.at("transfer");
    assert_eq!(office.post(&office.member, &transfer, &to).await.problem(), (403, "forbidden".into()));
    assert_eq!(office.post(&office.owner, &transfer, &to).await.status, 204);
    let me = office.world.get("/api/v1/me").by(&office.owner).send().await.json();
    assert_eq!(me["memberships"][0]["user_role"], "chair");
    assert_eq!(office.post(&office.owner, &transfer, &to).await.problem(), (403, "forbidden".into()));

    let owner = &office.member;
    let sitting = json!({"organization_id": office.organization, "title": "Sitting"});
    let session = office.post(owner, "/api/v1/sessions", &sitting).await.json()["id"].clone();
    let archive = office.at("archive");
    assert_eq!(office.post(owner, &archive, &json!({})).await.problem(), (409, "sessions_running".into()));
    let motion = json!({"event_type": "motion", "name": "Motion"});
    let event =
        office.post(owner, &format!("/api/v1/sessions/{session}/events"), &motion).await.json()["id"].clone();
    assert_eq!(office.post(owner, &format!("/api/v1/events/{event}/open"), &json!({})).await.status, 200);
    assert_eq!(
        office.post(owner, &format!("/api/v1/sessions/{session}/close"), &json!({})).await.status,
        200
    );
    let path = format!("/api/v1/organizations/{}", office.organization);
    let held = office.world.call(Method::DELETE, &path).by(owner).send().await;
    assert_eq!(held.problem(), (409, "organization_has_votes".into()));
    assert_eq!(office.post(owner, &archive, &json!({})).await.status, 204);
    for (method, path, body) in [
        (Method::POST, "/api/v1/sessions".to_owned(), sitting.clone()),
        (Method::PATCH, path.clone(), json!({"name": "Other"})),
        (Method::POST, office.at("members"), json!({"andrew_id": "root", "user_role": "member"})),
        (Method::POST, office.at("committees"), json!({"name": "Finance"})),
        (
            Method::POST,
            "/api/v1/role-grants".to_owned(),
            json!({"role": "teller", "user_id": office.owner.id, "organization_id": office.organization}),
        ),
    ] {
        let reply = office.call(method, owner, &path, &body).await;
        assert_eq!(reply.problem(), (409, "organization_archived".into()), "{path}");
    }
    assert_eq!(office.world.get(&path).by(owner).send().await.status, 200, "it can be looked at");
    assert_eq!(office.post(owner, &office.at("restore"), &json!({})).await.status, 204);
    assert_eq!(office.post(owner, "/api/v1/sessions", &sitting).await.status, 201);

    let other = office.world.organization(owner).await;
    let path = format!("/api/v1/organizations/{other}");
    assert_eq!(office.world.call(Method::DELETE, &path).by(owner).send().await.status, 204);
    assert_eq!(office.world.get(&path).by(owner).send().await.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn an_organization_is_not_left_to_somebody_who_is_kept_out() {
    let office = Office::new().await;
    assert_eq!(office.of_person(&office.administrator, &office.member, "disable").await.status, 200);
    let to = json!({"user_id": office.member.id, "keep_role": "chair"});
    let left = office.post(&office.owner, &office.at("transfer"), &to).await;
    assert_eq!(left.problem(), (409, "last_owner".into()));
    let me = office.world.get("/api/v1/me").by(&office.owner).send().await.json();
    assert_eq!(me["memberships"][0]["user_role"], "owner", "nothing half");
    // Nor is it by joining its owner with such a person.
    let double = office.world.person("double").await;
    let theirs = office.world.organization(&double).await;
    let merge = format!("/api/v1/users/{}/merge", office.member.id);
    let body = json!({"duplicate_user_id": double.id});
    let left = office.post(&office.administrator, &merge, &body).await;
    assert_eq!(left.problem(), (409, "last_owner".into()));
    // Who is let in again takes over as the owner, a plain member before or not.
    assert_eq!(office.of_person(&office.administrator, &office.member, "enable").await.status, 200);
    let members = format!("/api/v1/organizations/{theirs}/members");
    let plain = json!({"andrew_id": "member", "user_role": "member"});
    assert_eq!(office.post(&double, &members, &plain).await.status, 201);
    assert_eq!(office.post(&office.administrator, &merge, &body).await.status, 200);
    let members = office.world.get(&members).by(&office.member).send().await.json();
    let members = members["items"].as_array().expect("a list");
    assert_eq!((members.len(), &members[0]["user_role"]), (1, &json!("owner")), "{members:?}");
}

#[tokio::test]
async fn what_was_promised_by_somebody_who_is_kept_out_is_void() {
    let office = Office::new().await;
    let deputy = office.world.person("deputy").await;
    let body = json!({"andrew_id": "deputy", "user_role": "owner"});
    assert_eq!(office.post(&office.owner, &office.at("members"), &body).await.status, 201);
    let promise =
        |role: &str| json!({"role": role, "andrew_id": "zoe", "organization_id": office.organization});
    assert_eq!(office.post(&deputy, "/api/v1/role-grants", &promise("teller")).await.status, 202);
    assert_eq!(office.post(&office.owner, "/api/v1/role-grants", &promise("auditor")).await.status, 202);
    assert_eq!(office.of_person(&office.administrator, &deputy, "disable").await.status, 200);
    let cookie = office.world.sign_in("zoe").await;
    let me = office.world.get("/api/v1/me").header("cookie", &cookie).send().await.json();
    let roles: Vec<&Value> =
        me["roles"].as_array().expect("roles").iter().map(|grant| &grant["role"]).collect();
    assert_eq!(roles, ["auditor"], "{me}");
    let pending = format!("/api/v1/role-grants/pending?organization_id={}", office.organization);
    let pending = office.world.get(&pending).by(&office.owner).send().await.json();
    assert_eq!(pending["items"], json!([]), "it does not wait for the deputy to come back");
}
