use std::collections::{HashMap, HashSet};
use std::fmt;

use async_trait::async_trait;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Contact, Member, Role, Weight};
use plenum_domain::permission::{ManageMembers, Permitted, Standing, change_membership};
use plenum_domain::text::{AndrewId, EmailAddress, MemberNumber, PersonName};
use plenum_domain::user::User;
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use plenum_ports::repository::{AuditEntry, ImportedPerson, NewMember, RosterPerson};
use serde_json::json;

use super::put_member::{contact_line, document, keep_an_admin};
use crate::audit::{self, Describe};
use crate::roster::{self, Column, Encoding, RowFault, Said};
use crate::{Env, Failure, UseCase, load, rolls};

/// A roster, as it was sent.
#[derive(Clone, Debug)]
pub enum RosterFile {
    /// Text that somebody has read already.
    Text(String),
    /// A file as it lies on a disk, in UTF-8 or UTF-16.
    Bytes(Vec<u8>),
    /// A file in an encoding that somebody named.
    Encoded(Vec<u8>, Encoding),
}

/// Takes a roster in CSV: says row by row what would change, and does it when told to and no row is wrong.
///
/// The first line names the columns, in any order: `andrew_id`, `name` (needed for people not known yet),
/// `email`, `user_role` (default member), `vote_weight` (default 1) and `member_number`, which finds a
/// member without a login name. What is left empty stays as it is.
#[derive(Clone, Debug)]
pub struct ImportMembers {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who imports.
    pub by: UserId,
    /// The roster.
    pub roster: RosterFile,
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
    /// Something about a member changes.
    Changed,
    /// Nothing.
    Unchanged,
    /// The row is wrong, and why.
    Wrong(RowFault),
}

/// What a row leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterPicture {
    /// The full name.
    pub name: PersonName,
    /// The login name.
    pub andrew_id: AndrewId,
    /// How the organization reaches and numbers them.
    pub contact: Contact,
    /// The role.
    pub role: Role,
    /// The weight of their vote.
    pub weight: Weight,
}

/// What becomes of what is known already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterNote {
    /// Something is corrected; `None` for nothing.
    Becomes {
        /// What.
        column: Column,
        /// What it was.
        was: Option<String>,
        /// What it is then.
        is: Option<String>,
    },
    /// The name in the row is another one, and does not count: who somebody is, a roster says only until they
    /// or another organization have said it themselves.
    NameStays,
}

impl fmt::Display for RosterNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Becomes { column, was, is } => {
                let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
                write!(f, "{column}: {} becomes {}", said(was), said(is))
            }
            Self::NameStays => f.write_str("name: stays as this person or another organization gave it"),
        }
    }
}

/// A row of the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Its line in the file; the header is line 1.
    pub line: u64,
    /// The login name as it stands there, or the number where there is none.
    pub andrew_id: String,
    /// The name as it was read; `None` where none stands there, or the row is wrong.
    pub name: Option<PersonName>,
    /// What it does.
    pub change: RowChange,
    /// What becomes of what is known already: corrections, and what is left as it is.
    pub notes: Vec<RosterNote>,
    /// The person afterwards; `None` for a wrong row.
    pub then: Option<RosterPicture>,
}

/// What an import does, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// Whether it was done.
    pub applied: bool,
    /// How the file was read; `None` for text.
    pub encoding: Option<Encoding>,
    /// Row by row.
    pub rows: Vec<ImportRow>,
}

/// What the store knows of the people a roster may be about.
struct Known {
    standing: Standing,
    by_name: HashMap<AndrewId, UserId>,
    people: HashMap<UserId, RosterPerson>,
    members: HashMap<UserId, Member>,
    contacts: HashMap<UserId, Contact>,
    /// The members with a number, by it.
    numbers: HashMap<String, UserId>,
}

/// What is to be done for a row.
struct Plan {
    said: Said,
    /// `None` for somebody not known yet.
    user: Option<UserId>,
    membership: (Role, Weight),
    contact: Contact,
    /// A name that corrects the one there is.
    name: Option<PersonName>,
}

#[async_trait]
impl UseCase for ImportMembers {
    const NAME: &'static str = "member.import";
    type Output = ImportReport;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<ImportReport, Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        ManageMembers::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        load::require_active(tx, organization.id).await?;
        let told = |(text, encoding)| (text, Some(encoding));
        let (text, encoding) = match &self.roster {
            RosterFile::Text(text) => {
                roster::require_whole(text)?;
                (text.clone(), None)
            }
            RosterFile::Bytes(bytes) => told(roster::decode(bytes, None)?),
            RosterFile::Encoded(bytes, encoding) => told(roster::decode(bytes, Some(*encoding))?),
        };
        let parsed = roster::read(&text)?;
        let known = self.look(tx, standing, &parsed).await?;
        let renumbered = known.renumbered(&parsed);
        let mut seen: HashMap<UserId, u64> = HashMap::new();
        let (mut rows, mut plans) = (Vec::with_capacity(parsed.len()), Vec::new());
        for row in parsed {
            let name = row.said.as_ref().ok().and_then(|said| said.name.clone());
            let planned = row.said.and_then(|said| Ok(known.plan(said, &renumbered)?)).and_then(|plan| {
                // The same person by their login name here and by their number there.
                match plan.user.and_then(|user| seen.insert(user, row.line)) {
                    Some(line) => Err(RowFault::SamePerson(line)),
                    None => Ok(plan),
                }
            });
            let (change, notes, then) = match planned {
                Ok(plan) => {
                    let (change, notes) = known.tell(&plan);
                    let then = known.picture(&plan);
                    plans.push(plan);
                    (change, notes, then)
                }
                Err(why) => (RowChange::Wrong(why), Vec::new(), None),
            };
            rows.push(ImportRow { line: row.line, andrew_id: row.label, name, change, notes, then });
        }
        if self.dry_run {
            return Ok(ImportReport { applied: false, encoding, rows });
        }
        if rows.iter().any(|row| matches!(row.change, RowChange::Wrong(_))) {
            return Err(errors_of(&rows));
        }
        if rows.iter().any(|row| row.change != RowChange::Unchanged) {
            self.apply(tx, &plans, &known).await?;
        }
        Ok(ImportReport { applied: true, encoding, rows })
    }
}

impl ImportMembers {
    async fn look(
        &self,
        tx: &mut dyn Tx,
        standing: Standing,
        rows: &[roster::Row],
    ) -> Result<Known, Failure> {
        let id = self.organization_id;
        let members: HashMap<UserId, Member> = tx
            .organizations()
            .members(id)
            .await?
            .into_iter()
            .map(|member| (member.user_id, member))
            .collect();
        let contacts: HashMap<UserId, Contact> = tx.organizations().contacts(id).await?.into_iter().collect();
        let folded = |(user, contact): (&UserId, &Contact)| Some((contact.number.as_ref()?.folded(), *user));
        let numbers: HashMap<String, UserId> = contacts.iter().filter_map(folded).collect();
        let said = || rows.iter().filter_map(|row| row.said.as_ref().ok());
        let names: Vec<AndrewId> = said().filter_map(|said| said.andrew_id.clone()).collect();
        let numbered = said().filter_map(|said| numbers.get(&said.number.as_ref()?.folded()).copied());
        let numbered: Vec<UserId> = numbered.collect();
        let found = tx.users().for_roster(id, &names, &numbered).await?;
        let by_name = found.iter().map(|person| (person.asked.clone(), person.user.id)).collect();
        let people = found.into_iter().map(|person| (person.user.id, person)).collect();
        Ok(Known { standing, by_name, people, members, contacts, numbers })
    }

    async fn apply(&self, tx: &mut dyn Tx, plans: &[Plan], known: &Known) -> Result<(), Failure> {
        let strangers: Vec<ImportedPerson> = plans
            .iter()
            .filter(|plan| plan.user.is_none())
            .filter_map(|plan| {
                let (name, andrew_id) = (plan.said.name.clone()?, plan.said.andrew_id.clone()?);
                Some(ImportedPerson { name, andrew_id })
            })
            .collect();
        let added = tx.users().insert_all(&strangers).await?;
        let new: HashMap<&AndrewId, UserId> = added.iter().map(|user| (&user.andrew_id, user.id)).collect();
        let whose = |plan: &Plan| {
            plan.user.or_else(|| plan.said.andrew_id.as_ref().and_then(|name| new.get(name).copied()))
        };
        let names: Vec<(UserId, PersonName)> =
            plans.iter().filter_map(|plan| Some((plan.user?, plan.name.clone()?))).collect();
        tx.users().rename_all(&names).await?;
        let wanted: Vec<NewMember> = plans
            .iter()
            .filter_map(|plan| {
                let (role, weight) = plan.membership;
                Some(NewMember { user_id: whose(plan)?, role, weight })
            })
            .collect();
        let put = tx.organizations().put_members(self.organization_id, &wanted).await?;
        let contacts: Vec<(UserId, Contact)> = plans
            .iter()
            .filter_map(|plan| Some((whose(plan)?, plan.contact.clone())))
            .filter(|(user, contact)| known.contact(*user) != *contact)
            .collect();
        tx.organizations().put_contacts(self.organization_id, &contacts).await?;
        let now = tx.now().await?;
        let mut entries = self.entries(&added, &put, &known.members, now);
        entries.extend(names.iter().filter_map(|(user, name)| {
            let before = &known.people.get(user)?.user;
            let line = audit::entry("user.update", "users", user.get(), Some(self.by), now);
            let line = line.organization(self.organization_id).before(json!({"name": before.name.as_str()}));
            Some(line.after(json!({"name": name.as_str()})))
        }));
        entries.extend(contacts.iter().map(|(user, contact)| {
            let line = audit::entry("member.contact", "organization_members", user.get(), Some(self.by), now);
            contact_line(line.organization(self.organization_id), *user, contact)
        }));
        tx.audit().append(&entries).await?;
        let people: Vec<UserId> = put.iter().map(|member| member.user_id).collect();
        rolls::join(tx, self.organization_id, &people, Some(self.by), now).await?;
        let lost = |member: &&Member| {
            let before = known.members.get(&member.user_id);
            before.is_some_and(|before| before.role == Role::Owner) && member.role != Role::Owner
        };
        if let Some(lost) = put.iter().find(lost) {
            let before = known.members.get(&lost.user_id);
            keep_an_admin(tx, self.organization_id, lost.user_id, before, Some(lost.role)).await?;
        }
        Ok(())
    }

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

impl Known {
    fn contact(&self, user: UserId) -> Contact {
        self.contacts.get(&user).cloned().unwrap_or_default()
    }

    /// The members whose number the roster changes: the one they have is free for somebody else.
    fn renumbered(&self, rows: &[roster::Row]) -> HashSet<UserId> {
        let said = rows.iter().filter_map(|row| row.said.as_ref().ok());
        said.filter_map(|said| {
            let user = *self.by_name.get(said.andrew_id.as_ref()?)?;
            let number = said.number.as_ref()?.folded();
            (self.contact(user).number?.folded() != number).then_some(user)
        })
        .collect()
    }

    /// Whom a row is about, and what is to be done for them.
    fn plan(&self, said: Said, renumbered: &HashSet<UserId>) -> Result<Plan, String> {
        let holder = said.number.as_ref().and_then(|number| self.numbers.get(&number.folded()).copied());
        let holder = holder.filter(|holder| !renumbered.contains(holder));
        let user = match &said.andrew_id {
            Some(name) => self.by_name.get(name).copied(),
            None => Some(holder.ok_or("member_number: is nobody's here; somebody new needs an andrew_id")?),
        };
        if let Some(holder) = holder.filter(|holder| Some(*holder) != user) {
            let whose = self.people.get(&holder).map(|person| person.user.andrew_id.as_str());
            return Err(format!("member_number: belongs to {} already", whose.unwrap_or("somebody else")));
        }
        let person = user.and_then(|user| self.people.get(&user));
        if person.is_some_and(|person| person.is_client) {
            return Err(format!("andrew_id: {}", Refusal::ClientNeverVotes));
        }
        if person.is_some_and(|person| person.is_gone) {
            return Err("andrew_id: is that of somebody who was made anonymous".to_owned());
        }
        if user.is_none() && said.name.is_none() {
            return Err("name: is needed for a person not known yet".to_owned());
        }
        let member = user.and_then(|user| self.members.get(&user));
        let membership = (
            said.role.or(member.map(|member| member.role)).unwrap_or(Role::Member),
            said.weight.or(member.map(|member| member.weight)).unwrap_or(Weight::ONE),
        );
        if member.is_none_or(|member| (member.role, member.weight) != membership) {
            // A person not known yet is nobody who could be oneself.
            let id = user.unwrap_or(UserId::new(0));
            change_membership(&self.standing, id, member, Some(membership))
                .map_err(|refusal| format!("user_role: {refusal}"))?;
        }
        let before = user.map(|user| self.contact(user)).unwrap_or_default();
        // What found somebody changes nothing, in whatever case it was typed.
        let number = said.number.clone().filter(|_| said.andrew_id.is_some());
        let contact =
            Contact { email: said.email.clone().or(before.email), number: number.or(before.number) };
        let corrects = |person: &&RosterPerson| {
            person.is_correctable && said.name.as_ref().is_some_and(|name| *name != person.user.name)
        };
        let name = person.filter(corrects).and(said.name.clone());
        Ok(Plan { said, user, membership, contact, name })
    }

    /// The person as the row leaves them.
    fn picture(&self, plan: &Plan) -> Option<RosterPicture> {
        let known = plan.user.and_then(|user| self.people.get(&user)).map(|person| &person.user);
        let name = plan.name.as_ref().or(known.map(|user| &user.name)).or(plan.said.name.as_ref())?;
        let andrew_id = known.map(|user| &user.andrew_id).or(plan.said.andrew_id.as_ref())?;
        let (role, weight) = plan.membership;
        Some(RosterPicture {
            name: name.clone(),
            andrew_id: andrew_id.clone(),
            contact: plan.contact.clone(),
            role,
            weight,
        })
    }

    /// What a row does, with a note for each thing that changes, or that was wanted and stays.
    fn tell(&self, plan: &Plan) -> (RowChange, Vec<RosterNote>) {
        let Some((user, person)) = plan.user.and_then(|user| Some((user, self.people.get(&user)?))) else {
            return (RowChange::NewPerson, Vec::new());
        };
        let mut notes = Vec::new();
        let mut becomes = |column, was: Option<String>, is: Option<String>| {
            if was != is {
                notes.push(RosterNote::Becomes { column, was, is });
            }
        };
        if let Some(name) = &plan.name {
            becomes(Column::Name, Some(person.user.name.to_string()), Some(name.to_string()));
        }
        let member = self.members.get(&user);
        let before = self.contact(user);
        if let Some(member) = member {
            let (role, weight) = plan.membership;
            becomes(Column::Role, Some(member.role.to_string()), Some(role.to_string()));
            let weights = [member.weight, weight].map(|weight| Some(weight.get().to_string()));
            let [was, is] = weights;
            becomes(Column::Weight, was, is);
            let text = |email: &Option<EmailAddress>| email.as_ref().map(ToString::to_string);
            becomes(Column::Email, text(&before.email), text(&plan.contact.email));
            let text = |number: &Option<MemberNumber>| number.as_ref().map(ToString::to_string);
            becomes(Column::Number, text(&before.number), text(&plan.contact.number));
        }
        let changed = !notes.is_empty();
        let differs = plan.said.name.as_ref().is_some_and(|name| *name != person.user.name);
        if differs && !person.is_correctable {
            notes.push(RosterNote::NameStays);
        }
        let change = match member {
            None => RowChange::NewMember,
            Some(_) if changed => RowChange::Changed,
            Some(_) => RowChange::Unchanged,
        };
        (change, notes)
    }
}

fn errors_of(rows: &[ImportRow]) -> Failure {
    let mut checks = FieldChecks::new();
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
