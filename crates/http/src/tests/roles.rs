//! Role grants over HTTP: who may hand out what, who learns of what, and what one may do.

use axum::http::Method;
use plenum_application::use_cases::AppointAdministrator;
use plenum_domain::text::AndrewId;
use serde_json::{Value, json};

use super::world::{Person, World};

const GRANTS: &str = "/api/v1/role-grants";

struct Hall {
    world: World,
    owner: Person,
    chair: Person,
    member: Person,
    stranger: Person,
    organization: i64,
}

impl Hall {
    async fn new() -> Self {
        let world = World::new();
        let mut people = Vec::new();
        for name in ["owner", "chair", "member", "stranger"] {
            people.push(world.person(name).await);
        }
        let [owner, chair, member, stranger] =
            <[Person; 4]>::try_from(people).unwrap_or_else(|_| unreachable!("four people"));
        let organization = world.organization(&owner).await;
        for (name, role) in [("chair", "chair"), ("member", "member")] {
            let path = format!("/api/v1/organizations/{organization}/members");
            let body = json!({"andrew_id": name, "user_role": role}).to_string();
            assert_eq!(world.post(&path).by(&owner).json(&body).await.status, 201);
        }
        Self { world, owner, chair, member, stranger, organization }
    }

    async fn grant(&self, by: &Person, body: &Value) -> super::world::Reply {
        self.world.post(GRANTS).by(by).json(&body.to_string()).await
    }

    fn to(&self, person: &Person, role: &str) -> Value {
        json!({"role": role, "user_id": person.id, "organization_id": self.organization})
    }

    async fn revoke(&self, by: &Person, id: &Value) -> super::world::Reply {
        self.world.call(Method::DELETE, &format!("{GRANTS}/{id}")).by(by).send().await
    }

    async fn permitted(&self, person: &Person) -> Vec<String> {
        let found =
            self.world.get(&format!("/api/v1/organizations/{}", self.organization)).by(person).send().await;
        let permitted = found.json()["permitted"].as_array().cloned().unwrap_or_default();
        permitted.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
    }
}

#[tokio::test]
async fn a_role_is_granted_held_listed_and_revoked() {
    let hall = Hall::new().await;
    assert!(!hall.permitted(&hall.member).await.contains(&"view_audit".to_owned()));
    let made = hall.grant(&hall.owner, &hall.to(&hall.member, "auditor")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].clone();
    assert_eq!(made.json()["granted_by"]["andrew_id"], "owner");
    assert!(hall.permitted(&hall.member).await.contains(&"view_audit".to_owned()));
    let again = hall.grant(&hall.owner, &hall.to(&hall.member, "auditor")).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (200, &id), "the same grant");

    let list = format!("{GRANTS}?organization_id={}", hall.organization);
    let listed = hall.world.get(&list).by(&hall.chair).send().await.json();
    assert_eq!(listed["items"][0]["user"]["andrew_id"], "member");
    let me = hall.world.get("/api/v1/me").by(&hall.member).send().await.json();
    assert_eq!(me["roles"][0]["role"], "auditor");
    assert_eq!(me["roles"][0]["organization_id"], hall.organization);
    let permitted = me["memberships"][0]["permitted"].to_string();
    assert!(permitted.contains("view_audit"), "{permitted}");

    assert_eq!(hall.revoke(&hall.stranger, &id).await.problem(), (404, "not_found".into()));
    assert_eq!(hall.revoke(&hall.owner, &id).await.status, 204);
    assert_eq!(hall.revoke(&hall.owner, &id).await.status, 404);
    assert!(!hall.permitted(&hall.member).await.contains(&"view_audit".to_owned()));
}

#[tokio::test]
async fn nobody_hands_out_more_than_they_may_do() {
    let hall = Hall::new().await;
    for role in ["admin", "member_manager"] {
        let reply = hall.grant(&hall.chair, &hall.to(&hall.member, role)).await;
        assert_eq!(reply.problem(), (403, "role_beyond_own".into()), "{role}");
    }
    assert_eq!(hall.grant(&hall.chair, &hall.to(&hall.member, "teller")).await.status, 201);
    let own = hall.grant(&hall.chair, &hall.to(&hall.chair, "teller")).await;
    assert_eq!(own.problem(), (403, "role_to_oneself".into()));
    let plain = hall.grant(&hall.member, &hall.to(&hall.chair, "teller")).await;
    assert_eq!(plain.problem(), (403, "forbidden".into()));
    let elsewhere = hall.grant(&hall.stranger, &hall.to(&hall.member, "teller")).await;
    assert_eq!(elsewhere.problem(), (404, "not_found".into()));
    let unknown = hall.grant(&hall.owner, &hall.to(&hall.stranger, "teller")).await;
    assert_eq!(unknown.problem(), (404, "not_found".into()), "an id tells nobody whose it is");
    assert!(!unknown.text().contains("stranger"));
}

#[tokio::test]
async fn a_member_manager_makes_plain_members_only() {
    let hall = Hall::new().await;
    assert_eq!(hall.grant(&hall.owner, &hall.to(&hall.member, "member_manager")).await.status, 201);
    let path = format!("/api/v1/organizations/{}/members", hall.organization);
    let add = async |role: &str| {
        let body = json!({"andrew_id": "stranger", "user_role": role}).to_string();
        hall.world.post(&path).by(&hall.member).json(&body).await
    };
    for role in ["owner", "chair"] {
        assert_eq!(add(role).await.problem(), (403, "role_beyond_own".into()));
    }
    assert_eq!(add("observer").await.status, 201);
    let own = format!("{path}/{}", hall.member.id);
    let change = |body: &'static str| hall.world.call(Method::PUT, &own).by(&hall.member).json(body);
    assert_eq!(change(r#"{"user_role": "owner"}"#).await.problem(), (403, "role_beyond_own".into()));
    let heavier = change(r#"{"user_role": "member", "vote_weight": 5}"#).await;
    assert_eq!(heavier.problem(), (403, "own_role_upward".into()));
    let csv = json!({"csv": "andrew_id,name,user_role\nstranger,S,owner\n", "dry_run": true}).to_string();
    let report = hall.world.post(&format!("{path}/import")).by(&hall.member).json(&csv).await.json();
    assert_eq!(report["rows"][0]["change"], "wrong", "{report}");
    let chair = format!("{path}/{}", hall.chair.id);
    let removal = hall.world.call(Method::DELETE, &chair).by(&hall.member).send().await;
    assert_eq!(removal.problem(), (403, "role_beyond_own".into()));
}

#[tokio::test]
async fn an_organization_is_never_left_without_an_admin() {
    let hall = Hall::new().await;
    let members = format!("/api/v1/organizations/{}/members", hall.organization);
    let leave = async || {
        let own = format!("{members}/{}", hall.owner.id);
        hall.world.call(Method::DELETE, &own).by(&hall.owner).send().await
    };
    assert_eq!(leave().await.problem(), (409, "last_owner".into()));
    let grant = hall.grant(&hall.owner, &hall.to(&hall.member, "admin")).await;
    let id = grant.json()["id"].clone();
    assert_eq!(leave().await.status, 204, "somebody else runs it now");
    assert_eq!(hall.revoke(&hall.member, &id).await.problem(), (409, "last_owner".into()));
}

#[tokio::test]
async fn what_is_promised_is_claimed_at_sign_in() {
    let hall = Hall::new().await;
    let promise =
        |role: &str| json!({"role": role, "andrew_id": "newcomer", "organization_id": hall.organization});
    let made = hall.grant(&hall.owner, &promise("secretary")).await;
    assert_eq!(made.status, 202, "{}", made.text());
    assert_eq!(made.json()["andrew_id"], "newcomer");
    for (body, field) in [
        (promise("admin"), "role"),
        (json!({"role": "teller", "andrew_id": "newcomer"}), "organization_id"),
        (json!({"role": "teller", "organization_id": 1}), "user_id"),
        (json!({"role": "teller", "email": "nobody", "organization_id": 1}), "email"),
    ] {
        assert_eq!(hall.grant(&hall.owner, &body).await.wrong_fields(), [field], "{body}");
    }
    let list = format!("{GRANTS}/pending?organization_id={}", hall.organization);
    let waiting = hall.world.get(&list).by(&hall.owner).send().await.json();
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(1));
    let lapsing = hall.grant(&hall.chair, &promise("teller")).await;
    assert_eq!(lapsing.status, 202);
    let chair = format!("/api/v1/organizations/{}/members/{}", hall.organization, hall.chair.id);
    assert_eq!(hall.world.call(Method::DELETE, &chair).by(&hall.owner).send().await.status, 204);

    let cookie = hall.world.sign_in("newcomer").await;
    let me = hall.world.get("/api/v1/me").header("cookie", &cookie).send().await.json();
    let roles = me["roles"].as_array().expect("roles");
    assert_eq!(roles.len(), 1, "the chair's promise lapsed with their role: {me}");
    assert_eq!(roles[0]["role"], "secretary");
    let waiting = hall.world.get(&list).by(&hall.owner).send().await.json();
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(0));
    let organizations = hall.world.get("/api/v1/organizations").header("cookie", &cookie).send().await.json();
    assert_eq!(organizations["items"][0]["id"], hall.organization, "{organizations}");
}

#[tokio::test]
async fn the_operator_makes_the_first_administrator() {
    let hall = Hall::new().await;
    let body = json!({"role": "auditor", "user_id": hall.member.id, "is_global": true});
    assert_eq!(hall.grant(&hall.stranger, &body).await.problem(), (403, "forbidden".into()));
    let appoint = AppointAdministrator { andrew_id: AndrewId::parse("stranger").expect("a login name") };
    assert!(hall.world.app.run(&appoint).await.expect("appointed").1);
    assert!(!hall.world.app.run(&appoint).await.expect("appointed").1);
    assert_eq!(hall.grant(&hall.stranger, &body).await.status, 201);
    assert!(hall.permitted(&hall.stranger).await.contains(&"manage_people".to_owned()));
    let listed = hall.world.get(&format!("{GRANTS}?is_global=true")).by(&hall.stranger).send().await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    let promise = json!({"role": "teller", "email": "a@b.org", "is_global": true});
    assert_eq!(hall.grant(&hall.stranger, &promise).await.wrong_fields(), ["role"]);
}
