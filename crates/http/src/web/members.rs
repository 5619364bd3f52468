//! `/organizations/{id}/members`, the import of rosters, and the audit log.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::Failure;
use plenum_application::roster::{Column, RowFault};
use plenum_application::use_cases::{
    ContactChange, ImportMembers, ImportReport, ImportRow as Planned, PutMember, RemoveMember, RosterFile,
    RosterNote, RosterPicture, RowChange,
};
use plenum_domain::Moment;
use plenum_domain::field::FieldChecks;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Organization, Role, Weight};
use plenum_domain::permission::{Action, Standing};
use plenum_domain::text::{EmailAddress, MemberNumber};
use plenum_ports::page::Page as Piece;
use plenum_ports::queries::{AuditFilter, AuditLine, MemberLine};

use super::fault::Fault;
use super::form::Form;
use super::me::After;
use super::page::{Page, show};
use super::proxies::members as all_members;
use super::viewer::Viewer;
use crate::extract::{FromQuery, Path, Query, QueryReader};
use crate::problem::Problem;
use crate::state::{BodyLimits, HttpState};

/// How many members one page lists; a search finds the others.
const MOST_MEMBERS: usize = 200;
/// How many rows of a roster are shown before it is applied; mistakes come first.
const MOST_ROWS: usize = 500;

pub(super) fn router(limits: BodyLimits) -> Router<HttpState> {
    Router::new()
        .route("/organizations/{id}/members", get(look))
        .route("/organizations/{id}/members/{user_id}", post(put))
        .route("/organizations/{id}/members/{user_id}/remove", post(remove))
        .route(
            "/organizations/{id}/import",
            get(blank).post(import).layer(DefaultBodyLimit::max(limits.roster)),
        )
        .route("/organizations/{id}/audit", get(audit))
}

/// Who belongs to an organization.
#[derive(Template)]
#[template(path = "members.html")]
pub(super) struct Members {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) manages: bool,
    pub(super) members: Vec<MemberRow>,
    pub(super) more: usize,
    pub(super) wanted: String,
}

/// A member.
#[derive(Clone, Debug)]
pub(super) struct MemberRow {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) role: &'static str,
    pub(super) weight: u32,
    /// Empty where there is none, or for who may not see it; so is the number.
    pub(super) email: String,
    pub(super) number: String,
}

impl Members {
    pub(super) fn roles(&self) -> impl Iterator<Item = &'static str> {
        Role::ALL.into_iter().map(Role::as_str)
    }

    pub(super) fn is_role(&self, member: &MemberRow, role: &str) -> bool {
        member.role == role
    }
}

impl MemberRow {
    fn of(line: &MemberLine) -> Self {
        Self {
            id: line.user.id.get(),
            name: line.user.name.to_string(),
            login: line.user.andrew_id.to_string(),
            role: line.member.role.as_str(),
            weight: line.member.weight.get(),
            email: line.contact.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            number: line.contact.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    fn fits(&self, wanted: &str) -> bool {
        let texts = [&self.name, &self.login, &self.email, &self.number];
        texts.into_iter().any(|text| text.to_lowercase().contains(wanted))
    }
}

/// A roster to be checked and applied.
#[derive(Template)]
#[template(path = "import.html")]
pub(super) struct Import {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) csv: String,
    pub(super) rows: Vec<ImportRow>,
    pub(super) changes: usize,
    pub(super) mistakes: usize,
    /// How many lines are not shown.
    pub(super) more: usize,
    pub(super) wrong: Option<String>,
}

/// What a row of the roster would do.
#[derive(Clone, Debug)]
pub(super) struct ImportRow {
    pub(super) line: u64,
    /// What names the person, as it stands there.
    pub(super) login: String,
    pub(super) change: &'static str,
    pub(super) tone: &'static str,
    /// The person afterwards; `None` for a row that cannot be taken.
    pub(super) then: Option<Then>,
    pub(super) corrections: Vec<Correction>,
    /// That the name in the row does not count.
    pub(super) name_stays: bool,
    /// What is wrong, in the words of the server.
    pub(super) wrong: Option<String>,
    /// In which earlier line the same person or number stands.
    pub(super) earlier: Option<u64>,
}

/// A person as a row leaves them.
#[derive(Clone, Debug)]
pub(super) struct Then {
    pub(super) name: String,
    pub(super) login: String,
    pub(super) email: String,
    pub(super) number: String,
    pub(super) role: &'static str,
    pub(super) weight: u32,
}

/// Something that a row corrects.
#[derive(Clone, Debug)]
pub(super) struct Correction {
    /// The text that names what it is.
    pub(super) column: &'static str,
    pub(super) was: String,
    pub(super) is: String,
}

impl Import {
    /// Whether something that is shown is corrected.
    pub(super) fn is_corrected(&self, row: &ImportRow, column: &str) -> bool {
        row.corrections.iter().any(|correction| correction.column == column)
    }
}

impl Then {
    fn of(picture: &RosterPicture) -> Self {
        let contact = &picture.contact;
        Self {
            name: picture.name.to_string(),
            login: picture.andrew_id.to_string(),
            email: contact.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            number: contact.number.as_ref().map(ToString::to_string).unwrap_or_default(),
            role: picture.role.as_str(),
            weight: picture.weight.get(),
        }
    }
}

/// The text that names a column.
const fn heading(column: Column) -> &'static str {
    match column {
        Column::AndrewId => "me.login",
        Column::Name => "members.name",
        Column::Email => "members.email",
        Column::Role => "members.role",
        Column::Weight => "members.weight",
        Column::Number => "members.number",
    }
}

impl Correction {
    fn of(page: &Page, note: &RosterNote) -> Option<Self> {
        let RosterNote::Becomes { column, was, is } = note else { return None };
        let said = |text: &Option<String>| match (text, column) {
            (None, _) => page.t("import.nothing").to_owned(),
            (Some(word), Column::Role) => page.role(word).to_owned(),
            (Some(text), _) => text.clone(),
        };
        Some(Self { column: heading(*column), was: said(was), is: said(is) })
    }
}

/// The audit log.
#[derive(Template)]
#[template(path = "audit.html")]
pub(super) struct Audit {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) lines: Vec<AuditView>,
    pub(super) next: Option<i64>,
}

/// A line of the audit log.
#[derive(Clone, Debug)]
pub(super) struct AuditView {
    pub(super) at: Moment,
    /// `None` for the server itself.
    pub(super) who: Option<String>,
    pub(super) action: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

struct Wanted {
    name: String,
    note: Option<String>,
}

impl FromQuery for Wanted {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (name, note) = (query.take("q").unwrap_or_default(), query.take("note"));
        query.ignore_rest();
        Some(Self { name, note })
    }
}

/// The organization, for who may do this in it.
async fn permitted(
    state: &HttpState,
    id: OrganizationId,
    viewer: &Viewer,
    action: Action,
) -> Result<(Organization, Standing), Failure> {
    let found = state.app.organization(id, viewer.id()).await?;
    if action.allows(&found.1) { Ok(found) } else { Err(Failure::Forbidden { needs: action.needs() }) }
}

fn page(state: &HttpState, viewer: &Viewer, organization: &Organization, title: &str, place: &str) -> Page {
    let here = format!("/organizations/{}/{place}", organization.id);
    Page::new(&state.app, viewer, title).at(here).owned_by(organization)
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    Query(Wanted { name, note }): Query<Wanted>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let (organization, standing) = state.app.organization(id, viewer.id()).await?;
    let wanted = name.trim().to_lowercase();
    let mut members = all_members(&state.app, id, viewer.id()).await?;
    members.sort_by_key(|line| line.user.name.as_str().to_lowercase());
    let mut members: Vec<MemberRow> = members.iter().map(MemberRow::of).collect();
    members.retain(|member| member.fits(&wanted));
    Ok(show(&Members {
        page: page(&state, &viewer, &organization, "members.title", "members").noting(note.as_deref()),
        organization: id.get(),
        organization_name: organization.name.to_string(),
        manages: Action::ManageMembers.allows(&standing),
        more: members.len().saturating_sub(MOST_MEMBERS),
        members: members.into_iter().take(MOST_MEMBERS).collect(),
        wanted: name,
    }))
}

async fn put(
    Path((organization_id, user_id)): Path<(OrganizationId, UserId)>,
    form: Form,
) -> Result<Response, Fault> {
    let mut checks = FieldChecks::new();
    let role = checks.take("role", form.get("role").parse::<Role>());
    let weight = form.get("weight").trim().parse().map_err(|_| "must be a whole number");
    let weight = checks.take("weight", weight).and_then(|weight| checks.take("weight", Weight::new(weight)));
    let text = |field: &str| Some(form.get(field).trim()).filter(|text| !text.is_empty());
    // An empty field says that there is none; one that was not sent, nothing.
    let sent = |field: &str| form.ticked(field).then(|| text(field));
    let email = sent("email").map(|text| text.map(EmailAddress::parse).transpose());
    let number = sent("number").map(|text| text.map(MemberNumber::parse).transpose());
    let contact = ContactChange {
        email: email.and_then(|email| checks.take("email", email)),
        number: number.and_then(|number| checks.take("member_number", number)),
    };
    let (role, weight) = checks.finish(role.zip(weight)).map_err(Failure::from)?;
    let use_case = PutMember { organization_id, by: form.by(), user_id, role, weight: Some(weight), contact };
    Ok(form.run(&use_case, |_| format!("/organizations/{organization_id}/members?note=changed")).await?)
}

async fn remove(
    Path((organization_id, user_id)): Path<(OrganizationId, UserId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = RemoveMember { organization_id, by: form.by(), user_id };
    Ok(form
        .run(&use_case, |()| format!("/organizations/{organization_id}/members?note=member_removed"))
        .await?)
}

fn import_page(state: &HttpState, viewer: &Viewer, organization: &Organization, csv: String) -> Import {
    Import {
        page: page(state, viewer, organization, "import.title", "import"),
        organization: organization.id.get(),
        organization_name: organization.name.to_string(),
        csv,
        rows: Vec::new(),
        changes: 0,
        mistakes: 0,
        more: 0,
        wrong: None,
    }
}

async fn blank(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let (organization, _) = permitted(&state, id, &viewer, Action::ManageMembers).await?;
    Ok(show(&import_page(&state, &viewer, &organization, String::new())))
}

/// Shows what a roster would do; applies it when that was looked at.
async fn import(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let (organization, _) = permitted(&state, organization_id, &form.viewer, Action::ManageMembers).await?;
    let csv = form.get("csv").to_owned();
    let use_case = ImportMembers {
        organization_id,
        by: form.by(),
        roster: RosterFile::Text(csv.clone()),
        dry_run: !form.ticked("apply"),
    };
    if form.ticked("apply") {
        let done = format!("/organizations/{organization_id}/members?note=imported");
        return Ok(form.run(&use_case, |_| done.clone()).await?);
    }
    let mut shown = import_page(&state, &form.viewer, &organization, csv);
    let mut status = StatusCode::OK;
    match state.app.run(&use_case).await {
        Ok(report) => preview(&mut shown, &report),
        Err(failure @ Failure::Invalid(_)) => {
            shown.wrong = Some(shown.page.problem(&Problem::from(failure).plainly()));
            status = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Err(failure) => return Err(failure.into()),
    }
    let mut response = show(&shown);
    *response.status_mut() = status;
    Ok(response)
}

fn preview(shown: &mut Import, report: &ImportReport) {
    let page = &shown.page;
    let mut rows: Vec<ImportRow> = report.rows.iter().map(|row| import_row(page, row)).collect();
    shown.mistakes = rows.iter().filter(|row| row.then.is_none()).count();
    let unchanged = report.rows.iter().filter(|row| row.change == RowChange::Unchanged).count();
    shown.changes = rows.len() - unchanged - shown.mistakes;
    // Mistakes first, then what changes, then what stays.
    rows.sort_by_key(|row| (row.then.is_some(), row.change == "import.unchanged"));
    shown.more = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    shown.rows = rows;
}

fn import_row(page: &Page, row: &Planned) -> ImportRow {
    let (change, tone) = match &row.change {
        RowChange::NewPerson => ("import.new_person", "good"),
        RowChange::NewMember => ("import.new_member", "good"),
        RowChange::Changed => ("import.changed", "warn"),
        RowChange::Unchanged => ("import.unchanged", "plain"),
        RowChange::Wrong(RowFault::Twice { .. } | RowFault::SamePerson(_)) => ("import.twice", "bad"),
        RowChange::Wrong(RowFault::Other(_)) => ("import.wrong", "bad"),
    };
    let (wrong, earlier) = match &row.change {
        RowChange::Wrong(RowFault::Twice { line, .. } | RowFault::SamePerson(line)) => (None, Some(*line)),
        RowChange::Wrong(RowFault::Other(why)) => (Some(why.clone()), None),
        _ => (None, None),
    };
    ImportRow {
        line: row.line,
        login: row.andrew_id.clone(),
        change,
        tone,
        then: row.then.as_ref().map(Then::of),
        corrections: row.notes.iter().filter_map(|note| Correction::of(page, note)).collect(),
        name_stays: row.notes.contains(&RosterNote::NameStays),
        wrong,
        earlier,
    }
}

async fn audit(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    Query(After(after)): Query<After>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let (organization, _) = permitted(&state, id, &viewer, Action::ViewAudit).await?;
    let piece = Piece::new(None, after).unwrap_or_else(|_| Piece::first());
    let found = state.app.audit(id, viewer.id(), &AuditFilter::default(), piece).await?;
    let members = all_members(&state.app, id, viewer.id()).await?;
    let names: HashMap<UserId, String> =
        members.into_iter().map(|line| (line.user.id, line.user.name.to_string())).collect();
    Ok(show(&Audit {
        page: page(&state, &viewer, &organization, "audit.title", "audit"),
        organization: id.get(),
        organization_name: organization.name.to_string(),
        lines: found.items.iter().map(|line| audit_view(line, &names)).collect(),
        next: found.next,
    }))
}

fn audit_view(line: &AuditLine, names: &HashMap<UserId, String>) -> AuditView {
    let client = line.client.clone();
    let who =
        line.actor.map(|id| client.or_else(|| names.get(&id).cloned()).unwrap_or_else(|| format!("#{id}")));
    AuditView {
        at: line.at,
        who,
        action: line.action.clone(),
        before: line.before.as_ref().map(ToString::to_string),
        after: line.after.as_ref().map(ToString::to_string),
    }
}
