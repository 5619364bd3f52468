use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Member, Role, Weight};
use plenum_domain::permission::{ManageMembers, Permitted, Standing, change_membership};
use plenum_domain::text::{AndrewId, PersonName};
use plenum_domain::user::User;
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use plenum_ports::repository::{AuditEntry, ImportedPerson, NewMember};
use serde_json::json;

use super::put_member::{document, keep_an_admin};
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Takes a roster in CSV: says row by row what would change, and does it when told to and no row is wrong.
///
/// The first line names the columns, in any order: `andrew_id` is required; `name` is needed for people
/// not known yet; `user_role` (default member) and `vote_weight` (default 1) are optional.
#[derive(Clone, Debug)]
pub struct ImportMembers {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who imports.
    pub by: UserId,
    /// The roster.
    pub csv: String,
    /// Only say what would change.
    pub dry_run: bool,
}

/// What a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// A person unknown so far becomes a member.
    NewPerson,
    /// A known person becomes a member.
    NewMember,
    /// A member's role or weight changes.
    Changed,
    /// Nothing.
    Unchanged,
    /// The row is wrong, and why.
    Wrong(String),
}

/// A row of the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Its line in the file; the header is line 1.
    pub line: u64,
    /// The login name as it stands there.
    pub andrew_id: String,
    /// What it does.
    pub change: RowChange,
}

/// What an import does, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// Whether it was done.
    pub applied: bool,
    /// Row by row.
    pub rows: Vec<ImportRow>,
}

/// The most rows of one roster.
const MOST_ROWS: usize = 20_000;

struct Parsed {
    line: u64,
    andrew_id: AndrewId,
    name: Option<PersonName>,
    role: Option<Role>,
    weight: Option<Weight>,
}

#[derive(Clone, Copy, Default)]
struct Columns {
    andrew_id: usize,
    name: Option<usize>,
    role: Option<usize>,
    weight: Option<usize>,
}

#[async_trait]
impl UseCase for ImportMembers {
    const NAME: &'static str = "member.import";
    type Output = ImportReport;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<ImportReport, Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        ManageMembers::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        load::require_active(tx, organization.id).await?;
        let (parsed, mut rows) = parse(&self.csv)?;
        let ids: Vec<AndrewId> = parsed.iter().map(|row| row.andrew_id.clone()).collect();
        let known: HashMap<AndrewId, User> = tx
            .users()
            .find_all_by_andrew_id(&ids)
            .await?
            .into_iter()
            .map(|user| (user.andrew_id.clone(), user))
            .collect();
        let members: HashMap<UserId, Member> = tx
            .organizations()
            .members(organization.id)
            .await?
            .into_iter()
            .map(|member| (member.user_id, member))
            .collect();
        for row in &parsed {
            let user = known.get(&row.andrew_id);
            let member = user.and_then(|user| members.get(&user.id));
            let change = match allowed(&standing, row, user, member) {
                Ok(()) => judge(row, user, member),
                Err(refusal) => RowChange::Wrong(format!("user_role: {refusal}")),
            };
            rows.push(ImportRow { line: row.line, andrew_id: row.andrew_id.to_string(), change });
        }
        rows.sort_by_key(|row| row.line);
        let wrong = rows.iter().any(|row| matches!(row.change, RowChange::Wrong(_)));
        if self.dry_run {
            return Ok(ImportReport { applied: false, rows });
        }
        if wrong {
            return Err(errors_of(&rows));
        }
        if rows.iter().any(|row| row.change != RowChange::Unchanged) {
            self.apply(tx, &parsed, &known, &members).await?;
        }
        Ok(ImportReport { applied: true, rows })
    }
}

impl ImportMembers {
    async fn apply(
        &self,
        tx: &mut dyn Tx,
        parsed: &[Parsed],
        known: &HashMap<AndrewId, User>,
        members: &HashMap<UserId, Member>,
    ) -> Result<(), Failure> {
        let strangers: Vec<ImportedPerson> = parsed
            .iter()
            .filter(|row| !known.contains_key(&row.andrew_id))
            .filter_map(|row| {
                Some(ImportedPerson { name: row.name.clone()?, andrew_id: row.andrew_id.clone() })
            })
            .collect();
        let added = tx.users().insert_all(&strangers).await?;
        let ids: HashMap<AndrewId, UserId> =
            known.values().chain(&added).map(|user| (user.andrew_id.clone(), user.id)).collect();
        let wanted: Vec<NewMember> = parsed
            .iter()
            .filter_map(|row| {
                let user_id = *ids.get(&row.andrew_id)?;
                Some(membership(row, user_id, members.get(&user_id)))
            })
            .collect();
        let put = tx.organizations().put_members(self.organization_id, &wanted).await?;
        let now = tx.now().await?;
        let entries = self.entries(&added, &put, members, now);
        tx.audit().append(&entries).await?;
        let lost = |member: &&Member| {
            let before = members.get(&member.user_id);
            before.is_some_and(|before| before.role == Role::Owner) && member.role != Role::Owner
        };
        if let Some(lost) = put.iter().find(lost) {
            keep_an_admin(
                tx,
                self.organization_id,
                lost.user_id,
                members.get(&lost.user_id),
                Some(lost.role),
            )
            .await?;
        }
        Ok(())
    }
}

impl ImportMembers {
    /// A line for each person added and each membership that is new or changed.
    fn entries(
        &self,
        added: &[User],
        put: &[Member],
        before: &HashMap<UserId, Member>,
        now: Moment,
    ) -> Vec<AuditEntry> {
        let people = added.iter().map(|user| {
            audit::entry("user.add", "users", user.id.get(), Some(self.by), now)
                .organization(self.organization_id)
                .after(json!({"andrew_id": user.andrew_id.as_str()}))
        });
        let changed = put.iter().filter(|member| before.get(&member.user_id) != Some(member));
        let memberships = changed.map(|member| {
            let mut entry =
                audit::entry(Self::NAME, "organization_members", member.user_id.get(), Some(self.by), now)
                    .organization(self.organization_id)
                    .after(document(member));
            entry.before = before.get(&member.user_id).map(document);
            entry
        });
        people.chain(memberships).collect()
    }
}

fn membership(row: &Parsed, user_id: UserId, before: Option<&Member>) -> NewMember {
    NewMember {
        user_id,
        role: row.role.or(before.map(|member| member.role)).unwrap_or(Role::Member),
        weight: row.weight.or(before.map(|member| member.weight)).unwrap_or(Weight::ONE),
    }
}

/// Whether who imports may do to this person what the row says; a row that changes nothing does nothing.
fn allowed(
    standing: &Standing,
    row: &Parsed,
    user: Option<&User>,
    member: Option<&Member>,
) -> Result<(), Refusal> {
    // A person not known yet is nobody who could be oneself.
    let id = user.map_or(UserId::new(0), |user| user.id);
    let new = membership(row, id, member);
    if member.is_some_and(|member| (member.role, member.weight) == (new.role, new.weight)) {
        return Ok(());
    }
    change_membership(standing, id, member, Some((new.role, new.weight)))
}

fn judge(row: &Parsed, user: Option<&User>, member: Option<&Member>) -> RowChange {
    match (user, member) {
        (None, _) if row.name.is_none() => {
            RowChange::Wrong("name: is needed for a person not known yet".into())
        }
        (None, _) => RowChange::NewPerson,
        (Some(_), None) => RowChange::NewMember,
        (Some(user), Some(member)) => {
            let new = membership(row, user.id, Some(member));
            let same = new.role == member.role && new.weight == member.weight;
            if same { RowChange::Unchanged } else { RowChange::Changed }
        }
    }
}

fn errors_of(rows: &[ImportRow]) -> Failure {
    let mut checks = plenum_domain::field::FieldChecks::new();
    for row in rows {
        if let RowChange::Wrong(why) = &row.change {
            checks.fail(&format!("csv line {}", row.line), why);
        }
    }
    match checks.finish::<()>(None) {
        Err(errors) => Failure::Invalid(errors),
        Ok(()) => Failure::Invalid(FieldErrors::one("csv", "is wrong")),
    }
}

/// Reads the file; the rows that cannot be read come back as wrong ones.
fn parse(text: &str) -> Result<(Vec<Parsed>, Vec<ImportRow>), FieldErrors> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let delimiter = if text.lines().next().is_some_and(|line| line.contains(';') && !line.contains(',')) {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| FieldErrors::one("csv", error))?;
    let columns = columns(headers)?;
    let (mut parsed, mut wrong) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| FieldErrors::one("csv", error))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if parsed.len() + wrong.len() >= MOST_ROWS {
            return Err(FieldErrors::one("csv", format!("may have at most {MOST_ROWS} rows")));
        }
        let line = record.position().map_or(0, csv::Position::line);
        match parse_row(line, &record, columns) {
            Ok(row) if !seen.insert(row.andrew_id.clone()) => wrong.push(ImportRow {
                line,
                andrew_id: row.andrew_id.to_string(),
                change: RowChange::Wrong("andrew_id: appears in an earlier row".to_owned()),
            }),
            Ok(row) => parsed.push(row),
            Err(why) => wrong.push(ImportRow {
                line,
                andrew_id: record
                    .get(columns.andrew_id)
                    .unwrap_or_default()
                    .chars()
                    .take(AndrewId::MAX)
                    .collect(),
                change: RowChange::Wrong(why),
            }),
        }
    }
    Ok((parsed, wrong))
}

fn columns(headers: &csv::StringRecord) -> Result<Columns, FieldErrors> {
    let mut andrew_id = None;
    let mut columns = Columns::default();
    for (at, header) in headers.iter().enumerate() {
        match header.to_lowercase().replace([' ', '-'], "_").as_str() {
            "andrew_id" => andrew_id = Some(at),
            "name" => columns.name = Some(at),
            "user_role" | "role" => columns.role = Some(at),
            "vote_weight" | "weight" => columns.weight = Some(at),
            _ => {
                let message = format!(
                    "has the unknown column {header:?}; use andrew_id, name, user_role and vote_weight"
                );
                return Err(FieldErrors::one("csv", message));
            }
        }
    }
    columns.andrew_id =
        andrew_id.ok_or_else(|| FieldErrors::one("csv", "needs a first line with a column andrew_id"))?;
    Ok(columns)
}

fn parse_row(line: u64, record: &csv::StringRecord, columns: Columns) -> Result<Parsed, String> {
    let cell = |column: Option<usize>| {
        column.and_then(|at| record.get(at)).map(str::trim).filter(|text| !text.is_empty())
    };
    let wrong = |column: &str, why: &dyn std::fmt::Display| format!("{column}: {why}");
    let andrew_id = AndrewId::parse(cell(Some(columns.andrew_id)).unwrap_or_default())
        .map_err(|error| wrong("andrew_id", &error))?;
    let name =
        cell(columns.name).map(PersonName::parse).transpose().map_err(|error| wrong("name", &error))?;
    let role = cell(columns.role)
        .map(|text| text.to_lowercase().parse::<Role>())
        .transpose()
        .map_err(|error| wrong("user_role", &error))?;
    let weight = cell(columns.weight)
        .map(|text| text.parse().ok().and_then(|number| Weight::new(number).ok()))
        .map(|weight| weight.ok_or_else(|| wrong("vote_weight", &plenum_domain::organization::WeightError)))
        .transpose()?;
    Ok(Parsed { line, andrew_id, name, role, weight })
}
