//! People.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::committee::CommitteeMember;
use plenum_domain::id::{OrganizationId, RoleGrantId, UserId};
use plenum_domain::organization::{Member, Role};
use plenum_domain::permission::{self, RoleGrant, Scope};
use plenum_domain::text::{AndrewId, PersonName};
use plenum_domain::user::User;

use super::state::{State, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{ImportedPerson, NewUser, Promisee, ProviderSubject, RosterPerson, UserRepository};

/// A person as kept.
#[derive(Clone)]
pub(super) struct UserRow {
    pub(super) user: User,
    subject: Option<ProviderSubject>,
    disabled: bool,
    anonymized: bool,
    merged_into: Option<UserId>,
}

impl State {
    /// Whether login name and subject are free, or belong to `id` itself.
    fn check_identity(&self, id: Option<UserId>, user: &NewUser) -> Result<(), StoreError> {
        let others = || self.users.values().filter(|row| Some(row.user.id) != id);
        if others().any(|row| row.user.andrew_id == user.andrew_id) {
            return Err(StoreError::Violated(Constraint::AndrewId));
        }
        if user.subject.is_some() && others().any(|row| row.subject == user.subject) {
            return Err(StoreError::Violated(Constraint::OidcSubject));
        }
        Ok(())
    }

    pub(super) fn add_user(&mut self, new: &NewUser, now: Moment) -> Result<User, StoreError> {
        self.check_identity(None, new)?;
        let id = UserId::new(self.next_id());
        let user = User { id, name: new.name.clone(), andrew_id: new.andrew_id.clone(), created_at: now };
        let row = UserRow {
            user: user.clone(),
            subject: new.subject.clone(),
            disabled: false,
            anonymized: false,
            merged_into: None,
        };
        self.users.insert(id, row);
        Ok(user)
    }

    pub(super) fn disable(&mut self, id: UserId) -> Result<(), StoreError> {
        the_row(self.users.get_mut(&id), "disable user")?.disabled = true;
        Ok(())
    }

    pub(super) fn is_disabled(&self, id: UserId) -> bool {
        self.users.get(&id).is_some_and(|row| row.disabled)
    }

    fn runs_alone(&self, id: UserId) -> bool {
        self.organizations.keys().any(|organization| {
            self.has_organization(*organization)
                && !self.runs(*organization, id)
                && (self.member(*organization, id).is_some_and(|member| member.role == Role::Owner)
                    || self
                        .live_grant(id, permission::Role::Admin, Scope::Organization(*organization))
                        .is_some())
        })
    }

    fn anonymize(
        &mut self,
        id: UserId,
        name: &PersonName,
        andrew_id: &AndrewId,
        now: Moment,
    ) -> Result<User, StoreError> {
        let gone = self.with_duplicates(id);
        let logins: Vec<_> = gone.iter().filter_map(|id| Some(&self.users.get(id)?.user.andrew_id)).collect();
        let theirs = self.contacts.iter().filter(|((_, user), _)| gone.contains(user));
        let emails: Vec<_> = theirs.filter_map(|(_, contact)| contact.email.as_ref()).collect();
        self.promises.retain(|_, promise| match &promise.to {
            Promisee::Email(email) => !emails.contains(&email),
            Promisee::AndrewId(andrew_id) => !logins.contains(&andrew_id),
        });
        for one in &gone {
            let row = the_row(self.users.get_mut(one), "anonymize user")?;
            row.user.name = name.clone();
            row.user.andrew_id = andrew_id.clone();
            if *one != id
                && let Ok(own) = AndrewId::parse(&format!("{andrew_id}-{one}"))
            {
                row.user.andrew_id = own;
            }
            row.subject = None;
            (row.disabled, row.anonymized) = (true, true);
            self.end_for(*one, now);
        }
        self.contacts.retain(|(_, user), _| !gone.contains(user));
        let rows: Vec<i64> = gone.iter().map(|id| id.get().into()).collect();
        self.log.erase(|action| action.starts_with("user."), &rows, None);
        for line in self.audit.iter_mut().map(|row| &mut row.line) {
            if line.target_table == "users" && rows.contains(&line.target_id) {
                for name in ["name", "andrew_id"] {
                    for side in [&mut line.before, &mut line.after].into_iter().flatten() {
                        side.as_object_mut().map(|fields| fields.remove(name));
                    }
                }
            }
        }
        the_row(self.users.get(&id), "anonymize user").map(|row| row.user.clone())
    }

    /// A person, and everybody who was merged into them or into one of these.
    fn with_duplicates(&self, id: UserId) -> Vec<UserId> {
        let mut found = vec![id];
        let mut at = 0;
        while let Some(kept) = found.get(at).copied() {
            let rows = self.users.values().filter(|row| row.merged_into == Some(kept));
            found.extend(rows.map(|row| row.user.id));
            at += 1;
        }
        found
    }

    /// Ends what a person holds and can prove themselves with.
    pub(super) fn end_for(&mut self, id: UserId, now: Moment) {
        for row in self.tokens.values_mut().filter(|row| row.token.user_id == id) {
            row.revoked = true;
        }
        for grant in self.roles.values_mut().filter(|grant| grant.user_id == id) {
            grant.deleted_at.get_or_insert(now);
        }
    }

    fn merge(&mut self, duplicate: UserId, into: UserId, now: Moment) -> Result<(), StoreError> {
        let theirs: Vec<Member> =
            self.members.values().filter(|member| member.user_id == duplicate).copied().collect();
        for member in theirs {
            self.members.remove(&(member.organization_id, duplicate));
            let key = (member.organization_id, into);
            let kept = self.members.entry(key).or_insert(Member { user_id: into, ..member });
            kept.role = kept.role.min(member.role);
            if let Some(gone) = self.contacts.remove(&(member.organization_id, duplicate)) {
                let kept = self.contacts.entry(key).or_default();
                kept.email = kept.email.take().or(gone.email);
                kept.number = kept.number.take().or(gone.number);
            }
        }
        let theirs: Vec<_> = self.seats.values().filter(|seat| seat.user_id == duplicate).copied().collect();
        for seat in theirs {
            self.seats.remove(&(seat.committee_id, duplicate));
            let moved = CommitteeMember { user_id: into, ..seat };
            let kept = self.seats.entry((seat.committee_id, into)).or_insert(moved);
            kept.role = kept.role.min(seat.role);
        }
        let grants: Vec<RoleGrant> = self.roles.values().copied().collect();
        for grant in
            grants.into_iter().filter(|grant| grant.user_id == duplicate && grant.deleted_at.is_none())
        {
            if self.live_grant(into, grant.role, grant.scope).is_none() {
                let id = RoleGrantId::new(self.next_id());
                self.roles.insert(id, RoleGrant { id, user_id: into, created_at: now, ..grant });
            }
        }
        self.end_for(duplicate, now);
        let row = the_row(self.users.get_mut(&duplicate), "merge user")?;
        (row.disabled, row.merged_into) = (true, Some(into));
        Ok(())
    }

    fn follow_provider(&mut self, id: UserId, change: &NewUser) -> Result<User, StoreError> {
        self.check_identity(Some(id), change)?;
        let row = the_row(self.users.get_mut(&id), "update user")?;
        row.user.name = change.name.clone();
        row.user.andrew_id = change.andrew_id.clone();
        if change.subject.is_some() {
            row.subject.clone_from(&change.subject);
        }
        Ok(row.user.clone())
    }
}

#[async_trait]
impl UserRepository for MemoryTx {
    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.look(|state| state.users.get(&id).map(|row| row.user.clone()))
    }

    async fn find_by_subject(&mut self, subject: &ProviderSubject) -> Result<Option<User>, StoreError> {
        self.look(|state| {
            let row = state.users.values().find(|row| row.subject.as_ref() == Some(subject))?;
            let kept = row.merged_into.unwrap_or(row.user.id);
            state.users.get(&kept).map(|row| row.user.clone())
        })
    }

    async fn find_by_andrew_id(&mut self, andrew_id: &AndrewId) -> Result<Option<(User, bool)>, StoreError> {
        self.look(|state| {
            let row = state.users.values().find(|row| row.user.andrew_id == *andrew_id);
            row.map(|row| (row.user.clone(), row.subject.is_some()))
        })
    }

    async fn for_roster(
        &mut self,
        organization: OrganizationId,
        andrew_ids: &[AndrewId],
        ids: &[UserId],
    ) -> Result<Vec<RosterPerson>, StoreError> {
        self.look(|state| {
            let rows = state.users.values();
            let asked =
                rows.filter(|row| andrew_ids.contains(&row.user.andrew_id) || ids.contains(&row.user.id));
            let found = asked.filter_map(|row| {
                let kept = state.users.get(&row.merged_into.unwrap_or(row.user.id))?;
                let elsewhere =
                    state.members.keys().any(|(of, user)| *of != organization && *user == kept.user.id);
                Some(RosterPerson {
                    asked: row.user.andrew_id.clone(),
                    is_client: state.is_client(kept.user.id),
                    is_gone: kept.anonymized,
                    is_correctable: kept.subject.is_none() && !elsewhere,
                    user: kept.user.clone(),
                })
            });
            found.collect()
        })
    }

    async fn rename_all(&mut self, names: &[(UserId, PersonName)]) -> Result<(), StoreError> {
        self.change(|state| {
            for (id, name) in names {
                the_row(state.users.get_mut(id), "rename users")?.user.name = name.clone();
            }
            Ok(())
        })
    }

    async fn insert(&mut self, user: &NewUser) -> Result<User, StoreError> {
        let now = self.time();
        self.change(|state| state.add_user(user, now))
    }

    async fn insert_all(&mut self, people: &[ImportedPerson]) -> Result<Vec<User>, StoreError> {
        let now = self.time();
        self.change(|state| {
            people
                .iter()
                .map(|person| NewUser {
                    name: person.name.clone(),
                    andrew_id: person.andrew_id.clone(),
                    subject: None,
                })
                .map(|new| state.add_user(&new, now))
                .collect()
        })
    }

    async fn is_disabled(&mut self, id: UserId) -> Result<bool, StoreError> {
        self.look(|state| state.is_disabled(id))
    }

    async fn is_gone(&mut self, id: UserId) -> Result<bool, StoreError> {
        self.look(|state| state.users.get(&id).is_some_and(|row| row.anonymized || row.merged_into.is_some()))
    }

    async fn set_disabled(&mut self, id: UserId, since: Option<Moment>) -> Result<(), StoreError> {
        self.change(|state| {
            the_row(state.users.get_mut(&id), "disable user")?.disabled = since.is_some();
            Ok(())
        })
    }

    async fn runs_alone(&mut self, id: UserId) -> Result<bool, StoreError> {
        self.look(|state| state.runs_alone(id))
    }

    async fn is_in_running_session(&mut self, id: UserId) -> Result<bool, StoreError> {
        self.look(|state| {
            let running = state.sessions.values().filter(|session| !session.status.is_closed());
            running.into_iter().any(|session| state.is_present(session.id, id))
        })
    }

    async fn anonymize(
        &mut self,
        id: UserId,
        name: &PersonName,
        andrew_id: &AndrewId,
        now: Moment,
    ) -> Result<User, StoreError> {
        self.change(|state| state.anonymize(id, name, andrew_id, now))
    }

    async fn merge(&mut self, duplicate: UserId, into: UserId, now: Moment) -> Result<(), StoreError> {
        self.change(|state| state.merge(duplicate, into, now))
    }

    async fn update_from_provider(&mut self, id: UserId, user: &NewUser) -> Result<User, StoreError> {
        self.change(|state| state.follow_provider(id, user))
    }
}
