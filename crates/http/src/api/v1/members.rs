//! `/organizations/{id}/members`: who belongs to an organization.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use plenum_application::roster::Encoding;
use plenum_application::use_cases::{
    AddMember, ContactChange, Enrolled, ImportMembers, ImportReport, ImportRow, PutMember, RemoveMember,
    RosterFile, RowChange,
};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Contact, Member, Weight};
use plenum_domain::text::{AndrewId, EmailAddress, MemberNumber};
use plenum_domain::user::User;
use plenum_ports::page::Page;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Json, Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::{BodyLimits, HttpState};
use crate::wire::{Items, RoleWord};

pub(super) fn router(limits: BodyLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(put, remove))
        .routes(routes!(import).layer(DefaultBodyLimit::max(limits.roster)))
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member, example = json!({
    "organization_id": 3, "user_id": 12, "name": "Zoë Ng", "andrew_id": "zng",
    "user_role": "member", "vote_weight": 1, "joined_at": "2026-02-10T17:30:00Z",
}))]
struct MemberBody {
    organization_id: i32,
    user_id: i32,
    name: String,
    andrew_id: String,
    user_role: RoleWord,
    vote_weight: u32,
    joined_at: DateTime<Utc>,
    /// How the organization reaches them; for who manages its members and for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Their number in the organization; for who manages its members and for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    member_number: Option<String>,
}

/// What a member is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberChange, example = json!({
    "user_role": "chair", "vote_weight": 1, "email": "zoe@example.org", "member_number": "204",
}))]
struct MemberChangeBody {
    user_role: RoleWord,
    /// 0 to 1,000,000; left out it stays as it is, and is 1 for a new member.
    vote_weight: Option<u32>,
    /// How the organization reaches them; left out it stays as it is, null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "left out, null and a text are three things")]
    email: Option<Option<String>>,
    /// Their number in the organization, nobody else's; left out it stays as it is, null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "left out, null and a text are three things")]
    member_number: Option<Option<String>>,
}

/// Tells null from left out.
#[expect(clippy::option_option, reason = "left out, null and a text are three things")]
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl MemberChangeBody {
    fn read(
        self,
        by: UserId,
        (organization_id, user_id): (OrganizationId, UserId),
    ) -> Result<PutMember, FieldErrors> {
        let mut checks = FieldChecks::new();
        let weight = weight(&mut checks, self.vote_weight);
        let email = self.email.map(|text| text.map(|text| EmailAddress::parse(&text)).transpose());
        let number = self.member_number.map(|text| text.map(|text| MemberNumber::parse(&text)).transpose());
        let contact = ContactChange {
            email: email.and_then(|email| checks.take("email", email)),
            number: number.and_then(|number| checks.take("member_number", number)),
        };
        let role = self.user_role.into();
        checks.finish(Some(PutMember { organization_id, by, user_id, role, weight, contact }))
    }
}

/// A person who is to be a member, by login name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember, example = json!({"andrew_id": "zng", "user_role": "member"}))]
struct NewMemberBody {
    /// The login name of a person who has signed in here, or was in a roster.
    andrew_id: String,
    user_role: RoleWord,
    /// 0 to 1,000,000; left out it stays as it is, and is 1 for a new member.
    vote_weight: Option<u32>,
}

/// A roster.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Roster, example = json!({
    "csv": "andrew_id,name,email,user_role,vote_weight,member_number\nzng,Zoë Ng,zoe@example.org,member,1,204\n",
    "dry_run": true,
}))]
struct RosterBody {
    /// The roster as text. The first line names the columns, in any order: `andrew_id`, `name` (needed for people
    /// not known yet), `email`, `user_role` (default member), `vote_weight` (default 1) and `member_number`, which
    /// finds a member without a login name. Commas, semicolons or tabs separate them; up to 20,000 rows.
    csv: Option<String>,
    /// In place of `csv`: the file itself in Base64, in UTF-8 or UTF-16, or as `encoding` says.
    file: Option<String>,
    /// How the file was written, where it is not in Unicode: `windows-1252`, `windows-1250`, `iso-8859-2`, or any other
    /// name of the Encoding Standard. Nothing is guessed: without it such a file is refused, with what it would say.
    encoding: Option<String>,
    /// Only say what would change; true unless said otherwise.
    #[serde(default = "yes")]
    dry_run: bool,
}

impl RosterBody {
    fn read(&self) -> Result<RosterFile, FieldErrors> {
        let encoding = self.encoding.as_deref().map(Encoding::named).transpose()?;
        match (&self.csv, &self.file) {
            (Some(_), None) if encoding.is_some() => {
                Err(FieldErrors::one("encoding", "is said of a file only; csv is text already"))
            }
            (Some(text), None) => Ok(RosterFile::Text(text.clone())),
            (None, Some(file)) => {
                let file: String = file.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
                let bytes = STANDARD.decode(file).map_err(|_| FieldErrors::one("file", "is no Base64"))?;
                Ok(match encoding {
                    Some(encoding) => RosterFile::Encoded(bytes, encoding),
                    None => RosterFile::Bytes(bytes),
                })
            }
            _ => Err(FieldErrors::one("csv", "is to be given, or else file, and not both")),
        }
    }
}

const fn yes() -> bool {
    true
}

/// What a roster changes, row by row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RosterReport, example = json!({
    "applied": false, "encoding": null,
    "rows": [{
        "line": 2, "andrew_id": "zng", "name": "Zoë Ng", "change": "new_person", "message": null, "notes": [],
    }],
}))]
struct RosterReportBody {
    /// Whether it was done; false for a dry run.
    applied: bool,
    /// How the file was read, such as `utf-8`, `utf-16le` or `windows-1250`; null for `csv`.
    encoding: Option<String>,
    rows: Vec<RosterRowBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RosterRow)]
struct RosterRowBody {
    /// Line of the file; the header is line 1.
    line: u64,
    /// The login name as it stands there, or the member number where there is none.
    andrew_id: String,
    /// The name as it was read; null where none stands there, and in wrong rows.
    name: Option<String>,
    change: RowWord,
    /// What is wrong with a wrong row.
    message: Option<String>,
    /// What is corrected, and what was wanted and stays, each in a sentence.
    notes: Vec<String>,
}

/// What a row does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RosterChange)]
enum RowWord {
    /// A person unknown so far becomes a member.
    NewPerson,
    /// A known person becomes a member.
    NewMember,
    /// Something about a member changes; see the notes.
    Changed,
    /// Nothing.
    Unchanged,
    /// The row cannot be taken; see its message.
    Wrong,
}

impl MemberBody {
    fn of(member: &Member, user: &User, contact: &Contact) -> Self {
        Self {
            organization_id: member.organization_id.get(),
            user_id: member.user_id.get(),
            name: user.name.to_string(),
            andrew_id: user.andrew_id.to_string(),
            user_role: member.role.into(),
            vote_weight: member.weight.get(),
            joined_at: member.joined_at,
            email: contact.email.as_ref().map(ToString::to_string),
            member_number: contact.number.as_ref().map(ToString::to_string),
        }
    }
}

impl RosterReportBody {
    fn of(report: &ImportReport) -> Self {
        Self {
            applied: report.applied,
            encoding: report.encoding.as_ref().map(ToString::to_string),
            rows: report.rows.iter().map(RosterRowBody::of).collect(),
        }
    }
}

impl RosterRowBody {
    fn of(row: &ImportRow) -> Self {
        let (change, message) = match &row.change {
            RowChange::NewPerson => (RowWord::NewPerson, None),
            RowChange::NewMember => (RowWord::NewMember, None),
            RowChange::Changed => (RowWord::Changed, None),
            RowChange::Unchanged => (RowWord::Unchanged, None),
            RowChange::Wrong(why) => (RowWord::Wrong, Some(why.to_string())),
        };
        Self {
            line: row.line,
            andrew_id: row.andrew_id.clone(),
            name: row.name.as_ref().map(ToString::to_string),
            change,
            message,
            notes: row.notes.iter().map(ToString::to_string).collect(),
        }
    }
}

fn weight(checks: &mut FieldChecks, number: Option<u32>) -> Option<Weight> {
    number.and_then(|number| checks.take("vote_weight", Weight::new(number)))
}

/// The answer for a membership: 201 for a new one, 200 for a known one.
fn answer(enrolled: &Enrolled) -> Answer {
    let status = if enrolled.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Answer::json(status, &MemberBody::of(&enrolled.member, &enrolled.user, &enrolled.contact))
}

/// List the members
#[utoipa::path(
    get,
    path = "/organizations/{id}/members",
    tag = "members",
    params(("id" = i32, Path, description = "The organization."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<MemberBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let members = state.app.members(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(members, |line| MemberBody::of(&line.member, &line.user, &line.contact))))
}

/// Add a member by login name
///
/// For people who have signed in here or were in a roster; import a roster to add people not known yet.
/// Someone who is a member already gets the role and weight given.
#[utoipa::path(
    post,
    path = "/organizations/{id}/members",
    tag = "members",
    params(("id" = i32, Path, description = "The organization.")),
    request_body = NewMemberBody,
    responses(
        (status = 200, description = "The member, known before.", body = MemberBody),
        (status = 201, description = "The new member.", body = MemberBody),
    ),
)]
async fn add(
    Path(organization_id): Path<OrganizationId>,
    post: Post<NewMemberBody>,
) -> Result<Response, Problem> {
    let by = post.by();
    let mut checks = FieldChecks::new();
    let andrew_id = checks.take("andrew_id", AndrewId::parse(&post.body.andrew_id));
    let weight = weight(&mut checks, post.body.vote_weight);
    let andrew_id = checks.finish(andrew_id)?;
    let (role, contact) = (post.body.user_role.into(), ContactChange::default());
    post.run(&AddMember { organization_id, by, andrew_id, role, weight, contact }, answer).await
}

/// Make someone a member, or change their role, weight, address or number
///
/// For people the organization knows: members, people who took part in its sessions, and who holds or held a
/// role in it. Add others by login name.
#[utoipa::path(
    put,
    path = "/organizations/{id}/members/{user_id}",
    tag = "members",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("user_id" = i32, Path, description = "The person."),
    ),
    request_body = MemberChangeBody,
    responses(
        (status = 200, description = "The member, known before.", body = MemberBody),
        (status = 201, description = "The new member.", body = MemberBody),
    ),
)]
async fn put(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((organization_id, user_id)): Path<(OrganizationId, UserId)>,
    Json(body): Json<MemberChangeBody>,
) -> Result<Answer, Problem> {
    let use_case = body.read(actor.user.id, (organization_id, user_id))?;
    Ok(answer(&state.app.run(&use_case).await?))
}

/// End a membership
///
/// Owners can end any, members their own. Votes, rolls and attendance stay as they are.
#[utoipa::path(
    delete,
    path = "/organizations/{id}/members/{user_id}",
    tag = "members",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("user_id" = i32, Path, description = "The person."),
    ),
    responses((status = 204, description = "They are no member any more.")),
)]
async fn remove(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((organization_id, user_id)): Path<(OrganizationId, UserId)>,
) -> Result<Answer, Problem> {
    state.app.run(&RemoveMember { organization_id, by: actor.user.id, user_id }).await?;
    Ok(Answer::nothing())
}

/// Import a roster
///
/// A dry run says row by row what would change. Otherwise everything is done, or, when a row is wrong,
/// nothing.
#[utoipa::path(
    post,
    path = "/organizations/{id}/members/import",
    tag = "members",
    params(("id" = i32, Path, description = "The organization.")),
    request_body = RosterBody,
    responses((status = 200, description = "What changes, or changed.", body = RosterReportBody)),
)]
async fn import(
    Path(organization_id): Path<OrganizationId>,
    post: Post<RosterBody>,
) -> Result<Response, Problem> {
    let (roster, dry_run) = (post.body.read()?, post.body.dry_run);
    let use_case = ImportMembers { organization_id, by: post.by(), roster, dry_run };
    post.run(&use_case, |report| Answer::ok(&RosterReportBody::of(report))).await
}
