//! `/organizations/{id}/rules`: the rules in words, each beside what changes it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use plenum_application::Failure;
use plenum_application::use_cases::UpdateOrganization;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::OrganizationId;
use plenum_domain::organization::Organization;
use plenum_domain::permission::Action;
use plenum_domain::rules;
use plenum_ports::documents::{OrganizationData, RulesData};
use serde_json::{Map, Value};

use super::fault::Fault;
use super::form::Form;
use super::page::{Page, show};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new().route("/organizations/{id}/rules", get(look).post(adopt))
}

/// What a setting can be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// One of these words.
    Words(&'static [&'static str]),
    /// Yes or no.
    Flag,
    /// A whole number up to this.
    Number(u32),
    /// A share, such as `2/3`.
    Share,
}

use Kind::{Flag, Number, Share, Words};

const COMPARISONS: Kind = Words(&["more_than", "at_least"]);
const SECONDS: Kind = Number(2_592_000);

/// Every setting that the page changes, as the document names it. Lists of people, a committee as the
/// electorate and quick votes are changed over the API.
const SETTINGS: &[(&str, Kind)] = &[
    ("joining", Words(&["members", "list", "anyone"])),
    ("attendance.admission", Words(&["code", "host"])),
    ("attendance.checks.seconds", SECONDS),
    ("attendance.checks.sets_absent", Flag),
    ("quorum.kind", Words(&["none", "count", "fraction"])),
    ("quorum.count", Number(1_000_000)),
    ("quorum.fraction", Share),
    ("quorum.comparison", COMPARISONS),
    ("quorum.of", Words(&["entitled", "present"])),
    ("quorum.at_opening", Words(&["refuse", "warn", "ignore"])),
    ("quorum.at_counting", Words(&["no_quorum", "warn", "ignore"])),
    ("late_arrivals", Words(&["join", "wait"])),
    ("proxies.allowed", Flag),
    ("proxies.per_event", Flag),
    ("proxies.max_per_holder", Number(1000)),
    ("proxies.holders", Words(&["voting_members", "members", "anyone"])),
    ("proxies.holder_present", Flag),
    ("proxies.principal_absent", Flag),
    ("proxies.confirmation", Words(&["nobody", "chair", "holder"])),
    ("proxies.until", Words(&["any_time", "between_votes", "first_vote"])),
    ("proxies.reason_required", Flag),
    ("motion.threshold", Share),
    ("motion.comparison", COMPARISONS),
    (
        "motion.base",
        Words(&["votes_cast", "votes_cast_without_abstentions", "present", "entitled", "all_members"]),
    ),
    ("weights.used", Flag),
    ("weights.split", Flag),
    ("votes.may_be_changed", Flag),
    ("ties.motion", Words(&["rejected", "chair"])),
    ("ties.election", Words(&["refuse", "lot", "chair"])),
    ("durations.motion", SECONDS),
    ("durations.election", SECONDS),
    ("durations.quick_vote", SECONDS),
];

/// The rules.
#[derive(Template)]
#[template(path = "rules.html")]
pub(super) struct RulesPage {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    /// Which version of the rules it is.
    pub(super) version: String,
    pub(super) groups: Vec<Group>,
    pub(super) edits: bool,
    pub(super) wrong: Vec<String>,
}

/// What belongs together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    /// What it says now.
    pub(super) text: String,
    pub(super) settings: Vec<Setting>,
}

/// One setting.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    pub(super) value: String,
}

impl Setting {
    /// The text that names it.
    pub(super) fn label(&self) -> String {
        format!("setting.{}.name", self.path)
    }

    /// The words to choose from, with the texts that say them; empty for what is typed.
    pub(super) fn words(&self) -> Vec<(&'static str, String)> {
        match self.kind {
            Words(words) => {
                words.iter().map(|word| (*word, format!("setting.{}.{word}", self.path))).collect()
            }
            Flag => ["yes", "no"].map(|word| (word, format!("setting.{word}"))).to_vec(),
            Number(_) | Share => Vec::new(),
        }
    }

    /// The most it can be, where it is a number.
    pub(super) const fn most(&self) -> Option<u32> {
        match self.kind {
            Number(most) => Some(most),
            _ => None,
        }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.value == word
    }
}

/// What the document says at a path, as the form has it.
fn value(document: &Value, path: &str) -> String {
    let found = path.split('.').try_fold(document, |value, part| value.get(part));
    match found {
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ if path == "quorum.kind" => {
            let has = |key: &str| document.get("quorum").is_some_and(|quorum| quorum.get(key).is_some());
            if has("count") {
                "count"
            } else if has("fraction") {
                "fraction"
            } else {
                "none"
            }
            .to_owned()
        }
        _ => String::new(),
    }
}

/// The rules, each with what the form said of it, if it was sent.
fn groups(organization: &Organization, form: Option<&Form>) -> Vec<Group> {
    let document = serde_json::to_value(RulesData::of(&organization.rules)).unwrap_or_default();
    let group = |statement: rules::Statement| Group {
        name: statement.setting,
        text: statement.text,
        settings: SETTINGS
            .iter()
            .filter(|(path, _)| path.split('.').next() == Some(statement.setting))
            .map(|(path, kind)| Setting {
                path,
                kind: *kind,
                value: form.map_or_else(|| value(&document, path), |form| form.get(path).to_owned()),
            })
            .collect(),
    };
    rules::describe(&organization.rules).into_iter().map(group).collect()
}

/// The document that a form describes; what it does not name keeps its value.
fn document(form: &Form) -> Result<RulesData, Failure> {
    let mut document = Map::new();
    for (path, kind) in SETTINGS {
        let text = form.get(path).trim();
        let value = match kind {
            Words(words) => words.contains(&text).then(|| Value::from(text)),
            Flag => matches!(text, "yes" | "no").then(|| Value::from(text == "yes")),
            Number(_) if text.is_empty() => None,
            Number(most) => {
                let number = text.parse::<u32>().ok().filter(|number| number <= most);
                let wrong = || FieldErrors::one(*path, format!("must be a whole number up to {most}"));
                Some(Value::from(number.ok_or_else(wrong)?))
            }
            Share => (!text.is_empty()).then(|| Value::from(text)),
        };
        if let Some(value) = value {
            put(&mut document, path, value);
        }
    }
    // A quorum is told whole: the kind that was chosen, and nothing of the other ones.
    if let Some(Value::Object(quorum)) = document.get_mut("quorum") {
        let kind = quorum.remove("kind").unwrap_or_default();
        let others: &[&str] = match kind.as_str() {
            Some("count") => &["fraction", "comparison", "of"],
            Some("fraction") => &["count"],
            _ => &["count", "fraction", "comparison", "of"],
        };
        quorum.retain(|key, _| !others.contains(&key.as_str()));
    }
    if let Ok(version) = form.get("version").parse::<u32>() {
        put(&mut document, "version", Value::from(version));
    }
    serde_json::from_value(Value::Object(document)).map_err(|error| FieldErrors::one("rules", error).into())
}

fn put(document: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            document.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = document.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn page(
    state: &HttpState,
    viewer: &Viewer,
    organization: &Organization,
    edits: bool,
    form: Option<&Form>,
) -> RulesPage {
    let id = organization.id;
    let version = RulesData::of(&organization.rules).version.unwrap_or_default();
    RulesPage {
        page: Page::new(&state.app, viewer, "rules.title")
            .at(format!("/organizations/{id}/rules"))
            .owned_by(organization),
        organization: id.get(),
        organization_name: organization.name.to_string(),
        version: form.map_or_else(|| version.to_string(), |form| form.get("version").to_owned()),
        groups: groups(organization, form),
        edits,
        wrong: Vec::new(),
    }
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let (organization, standing) = state.app.organization(id, viewer.id()).await?;
    let mut rules = page(&state, &viewer, &organization, Action::EditOrganization.allows(&standing), None);
    rules.page = rules.page.noting(note.as_deref());
    Ok(show(&rules))
}

async fn adopt(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let adopted = match document(&form) {
        Ok(rules) => {
            let data = OrganizationData { rules: Some(rules), ..OrganizationData::default() };
            let use_case =
                UpdateOrganization { organization_id, by: form.by(), name: None, data: Some(data) };
            form.run(&use_case, |_| format!("/organizations/{organization_id}/rules?note=settled")).await
        }
        Err(failure) => Err(failure),
    };
    match adopted {
        Ok(response) => Ok(response),
        Err(Failure::Invalid(errors)) => {
            let (organization, standing) = state.app.organization(organization_id, form.by()).await?;
            let edits = Action::EditOrganization.allows(&standing);
            let mut rules = page(&state, &form.viewer, &organization, edits, Some(&form));
            rules.wrong = errors
                .as_slice()
                .iter()
                .map(|error| Problem::field(&error.field, &error.message).plainly().detail().to_owned())
                .collect();
            let mut response = show(&rules);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(failure) => Err(failure.into()),
    }
}

#[cfg(test)]
mod tests {
    use plenum_domain::rules::Rules;

    use super::*;
    use crate::web::words::Lang;

    #[test]
    fn every_setting_and_every_word_has_a_text() {
        for (path, kind) in SETTINGS {
            let setting = Setting { path, kind: *kind, value: String::new() };
            let texts =
                [setting.label()].into_iter().chain(setting.words().into_iter().map(|(_, text)| text));
            for text in texts {
                assert!(Lang::ALL.iter().all(|lang| lang.text(&text).is_some()), "{text}");
            }
        }
    }

    #[test]
    fn every_word_is_one_that_the_document_knows() {
        let rules = Rules::default();
        for (path, kind) in SETTINGS.iter().filter(|(path, _)| *path != "quorum.kind") {
            let values = match kind {
                Words(words) => words.iter().map(|word| Value::from(*word)).collect(),
                Flag => vec![Value::from(true), Value::from(false)],
                Number(_) => vec![Value::from(60)],
                Share => vec![Value::from("2/3")],
            };
            for value in values {
                let mut document = Map::new();
                // A quorum's comparison and base say something of a share.
                if path.starts_with("quorum.") && *path != "quorum.count" {
                    put(&mut document, "quorum.fraction", Value::from("1/2"));
                }
                put(&mut document, path, value.clone());
                let read: RulesData = serde_json::from_value(Value::Object(document)).expect("a document");
                let read = read.over(&rules).unwrap_or_else(|errors| panic!("{path} {value}: {errors:?}"));
                let written = serde_json::to_value(RulesData::of(&read)).expect("JSON");
                let found = path.split('.').try_fold(&written, |value, part| value.get(part));
                // What goes without saying is not written.
                let usual = matches!(kind, Words([first, ..]) if value == *first);
                assert!(found == Some(&value) || found.is_none() && usual, "{path} {value}: {found:?}");
            }
        }
    }

    #[test]
    fn every_group_of_the_rules_is_named() {
        for statement in rules::describe(&Rules::default()) {
            let text = format!("rules.{}", statement.setting);
            assert!(Lang::ALL.iter().all(|lang| lang.text(&text).is_some()), "{text}");
        }
    }
}
