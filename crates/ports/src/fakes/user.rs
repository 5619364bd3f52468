//! People.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::UserId;
use plenum_domain::text::AndrewId;
use plenum_domain::user::User;

use super::state::{State, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{ImportedPerson, NewUser, ProviderSubject, UserRepository};

/// A person as kept.
#[derive(Clone)]
pub(super) struct UserRow {
    pub(super) user: User,
    subject: Option<ProviderSubject>,
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

    fn add_user(&mut self, new: &NewUser, now: Moment) -> Result<User, StoreError> {
        self.check_identity(None, new)?;
        let id = UserId::new(self.next_id());
        let user = User { id, name: new.name.clone(), andrew_id: new.andrew_id.clone(), created_at: now };
        self.users.insert(id, UserRow { user: user.clone(), subject: new.subject.clone() });
        Ok(user)
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
            let row = state.users.values().find(|row| row.subject.as_ref() == Some(subject));
            row.map(|row| row.user.clone())
        })
    }

    async fn find_by_andrew_id(&mut self, andrew_id: &AndrewId) -> Result<Option<(User, bool)>, StoreError> {
        self.look(|state| {
            let row = state.users.values().find(|row| row.user.andrew_id == *andrew_id);
            row.map(|row| (row.user.clone(), row.subject.is_some()))
        })
    }

    async fn find_all_by_andrew_id(&mut self, andrew_ids: &[AndrewId]) -> Result<Vec<User>, StoreError> {
        self.look(|state| {
            let known = state.users.values().filter(|row| andrew_ids.contains(&row.user.andrew_id));
            known.map(|row| row.user.clone()).collect()
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

    async fn update_from_provider(&mut self, id: UserId, user: &NewUser) -> Result<User, StoreError> {
        self.change(|state| state.follow_provider(id, user))
    }
}
