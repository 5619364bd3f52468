//! From claims to a person: which claim says what is configuration.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::settings::OidcSettings;

/// The longest name that is kept; a longer one is cut.
const LONGEST_NAME: usize = 200;

/// The longest identifier that is believed; a longer one is ignored, because a cut one could be someone else's.
const LONGEST_IDENTIFIER: usize = 255;

/// Claims the library has no field for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct OtherClaims(pub(crate) Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

/// What the claims say about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: Option<String>,
    pub(crate) andrew_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
}

/// Which claims to read.
#[derive(Clone, Debug)]
pub(crate) struct ClaimRules {
    name_claims: Vec<String>,
    andrew_id_claim: String,
    wants_email: bool,
}

impl ClaimRules {
    pub(crate) fn new(settings: &OidcSettings) -> Self {
        Self {
            name_claims: settings.name_claims.clone(),
            andrew_id_claim: settings.andrew_id_claim.clone(),
            wants_email: settings.scopes.iter().any(|scope| scope == "email"),
        }
    }

    /// Whether something a person is known by is missing, so that userinfo is worth a request. A fallback does
    /// not count: the same person must not get another `andrew_id` depending on where the provider puts it.
    pub(crate) fn is_incomplete(&self, claims: &Map<String, Value>) -> bool {
        let has = |claim: &str| text(claims, claim).is_some();
        !self.name_claims.first().is_none_or(|claim| has(claim))
            || !has(&self.andrew_id_claim)
            || (self.wants_email && !has("email"))
    }

    /// The person in these claims.
    pub(crate) fn person(&self, claims: &Map<String, Value>) -> Person {
        let name = self
            .name_claims
            .iter()
            .find_map(|claim| text(claims, claim))
            .map(|name| name.chars().take(LONGEST_NAME).collect());
        let email = identifier(claims, "email");
        let email_verified = email.is_some() && is_true(claims.get("email_verified"));
        let andrew_id = identifier(claims, &self.andrew_id_claim)
            .or_else(|| identifier(claims, "preferred_username"))
            .or_else(|| {
                email
                    .as_deref()
                    .filter(|_| email_verified)
                    .and_then(|email| email.split_once('@'))
                    .map(|(local, _)| local.to_owned())
                    .filter(|local| !local.is_empty())
            });
        Person { name, andrew_id, email, email_verified }
    }
}

/// The ID token's claims, completed by those of userinfo; what the ID token says is never replaced. An
/// address and whether it is verified stay together.
pub(crate) fn complete(
    mut claims: Map<String, Value>,
    mut userinfo: Map<String, Value>,
) -> Map<String, Value> {
    let same_address = match (text(&claims, "email"), text(&userinfo, "email")) {
        (Some(ours), Some(theirs)) => ours == theirs,
        (Some(_), None) => false,
        (None, _) => {
            claims.remove("email_verified");
            true
        }
    };
    if !same_address {
        userinfo.remove("email_verified");
    }
    for (claim, value) in userinfo {
        if text(&claims, &claim).is_none() && !claims.get(&claim).is_some_and(Value::is_boolean) {
            claims.insert(claim, value);
        }
    }
    claims
}

/// A claim as text: trimmed, without control characters, never empty. Numbers count as text, as some
/// providers hold login names that way.
fn text(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    let raw = match claims.get(claim)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let clean: String = raw.chars().filter(|character| !character.is_control()).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

fn identifier(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    text(claims, claim).filter(|value| value.chars().count() <= LONGEST_IDENTIFIER)
}

/// Some providers send booleans as text.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(value)) => value == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules() -> ClaimRules {
        ClaimRules::new(&OidcSettings::new(
            "https://login.example.org",
            "plenum",
            "https://plenum.example.org/callback",
        ))
    }

    fn claims(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => unreachable!("tests write objects"),
        }
    }

    #[test]
    fn the_configured_claims_come_first() {
        let person = rules().person(&claims(json!({
            "name": "Ada Lovelace", "andrew_id": "ada", "preferred_username": "countess",
            "email": "ada@example.org", "email_verified": true
        })));
        assert_eq!(person.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(person.andrew_id.as_deref(), Some("ada"));
        assert_eq!(person.email.as_deref(), Some("ada@example.org"));
        assert!(person.email_verified);
    }

    #[test]
    fn the_login_name_falls_back_to_user_name_then_verified_address() {
        let rules = rules();
        let andrew_id = |value| rules.person(&claims(value)).andrew_id;
        assert_eq!(
            andrew_id(json!({"preferred_username": "countess", "email": "ada@example.org"})),
            Some("countess".to_owned())
        );
        assert_eq!(
            andrew_id(json!({"email": "ada@example.org", "email_verified": true})),
            Some("ada".to_owned())
        );
        assert_eq!(andrew_id(json!({"email": "ada@example.org", "email_verified": false})), None);
        assert_eq!(andrew_id(json!({"email": "ada@example.org"})), None);
        assert_eq!(andrew_id(json!({"email": "@example.org", "email_verified": true})), None);
        assert_eq!(andrew_id(json!({"andrew_id": 4711})), Some("4711".to_owned()));
    }

    #[test]
    fn names_lose_control_characters_and_identifiers_are_never_cut() {
        let person = rules().person(&claims(json!({
            "name": format!(" \u{0}Ada\r\n{} ", "ü".repeat(500)), "andrew_id": "a".repeat(256)
        })));
        let name = person.name.expect("name");
        assert!(name.starts_with("Adaü"), "{name}");
        assert_eq!(name.chars().count(), LONGEST_NAME);
        assert_eq!(person.andrew_id, None);
        assert_eq!(rules().person(&claims(json!({"name": " \t\n"}))).name, None);
    }

    #[test]
    fn the_id_token_wins_over_userinfo() {
        let merged = complete(
            claims(json!({"sub": "1", "name": "Ada", "email": "ada@example.org", "email_verified": false})),
            claims(
                json!({"sub": "1", "name": "Eve", "andrew_id": "ada", "email": "eve@example.org", "email_verified": true}),
            ),
        );
        let person = rules().person(&merged);
        assert_eq!(person.name.as_deref(), Some("Ada"));
        assert_eq!(person.andrew_id.as_deref(), Some("ada"));
        assert_eq!(person.email.as_deref(), Some("ada@example.org"));
        assert!(!person.email_verified);
    }

    #[test]
    fn verification_belongs_to_the_address_it_came_with() {
        let merged = complete(
            claims(json!({"email": "ada@example.org"})),
            claims(json!({"email": "other@example.org", "email_verified": true})),
        );
        assert!(!rules().person(&merged).email_verified);
        let merged =
            complete(claims(json!({"email_verified": true})), claims(json!({"email": "ada@example.org"})));
        assert!(!rules().person(&merged).email_verified);
        let merged = complete(
            claims(json!({})),
            claims(json!({"email": "ada@example.org", "email_verified": "true"})),
        );
        assert!(rules().person(&merged).email_verified);
    }

    #[test]
    fn userinfo_is_asked_for_what_is_missing() {
        let rules = rules();
        assert!(
            !rules.is_incomplete(&claims(
                json!({"name": "Ada", "andrew_id": "ada", "email": "ada@example.org"})
            ))
        );
        assert!(rules.is_incomplete(&claims(json!({"name": "Ada", "andrew_id": "ada"}))));
        assert!(rules.is_incomplete(&claims(
            json!({"name": "Ada", "preferred_username": "ada", "email": "ada@example.org"})
        )));
    }
}
