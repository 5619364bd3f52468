//! People.

use std::collections::HashMap;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::text::{AndrewId, PersonName};
use plenum_domain::user::User;
use plenum_ports::repository::{ImportedPerson, NewUser, ProviderSubject, RosterPerson, UserRepository};
use plenum_ports::{StoreError, Tx};

use crate::error::expect_rows;
use crate::rows::{self, RosterPersonRow, UserRow};
use crate::store::PgTx;

#[async_trait]
impl UserRepository for PgTx {
    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = sqlx::query_as!(
            UserRow,
            "SELECT id, name, andrew_id, created_at FROM users WHERE id = $1",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn find_by_subject(&mut self, subject: &ProviderSubject) -> Result<Option<User>, StoreError> {
        let row = sqlx::query_as!(
            UserRow,
            "SELECT kept.id, kept.name, kept.andrew_id, kept.created_at
             FROM users known
             JOIN users kept ON kept.id = coalesce(known.merged_into, known.id)
             WHERE known.oidc_issuer = $1 AND known.oidc_subject = $2
             FOR NO KEY UPDATE OF kept",
            &subject.issuer,
            &subject.subject,
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn find_by_andrew_id(&mut self, andrew_id: &AndrewId) -> Result<Option<(User, bool)>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT id, name, andrew_id, created_at, oidc_subject IS NOT NULL AS "known!" FROM users
               WHERE andrew_id = $1
               FOR NO KEY UPDATE"#,
            andrew_id.as_str(),
        )
        .fetch_optional(self.connection())
        .await;
        let Some(row) = self.done(row)? else { return Ok(None) };
        let user =
            UserRow { id: row.id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        Ok(Some((user.try_into()?, row.known)))
    }

    async fn for_roster(
        &mut self,
        organization: OrganizationId,
        andrew_ids: &[AndrewId],
        ids: &[UserId],
    ) -> Result<Vec<RosterPerson>, StoreError> {
        let andrew_ids: Vec<&str> = andrew_ids.iter().map(AndrewId::as_str).collect();
        let ids: Vec<i32> = ids.iter().map(|id| id.get()).collect();
        let found = sqlx::query_as!(
            RosterPersonRow,
            r#"SELECT known.andrew_id AS asked, u.id, u.name, u.andrew_id, u.created_at, u.is_client,
                      u.anonymized_at IS NOT NULL AS "is_gone!",
                      (u.oidc_subject IS NULL
                       AND NOT EXISTS (SELECT FROM organization_members m
                                       WHERE m.user_id = u.id AND m.organization_id <> $3)) AS "is_correctable!"
               FROM users known
               JOIN users u ON u.id = coalesce(known.merged_into, known.id)
               WHERE known.andrew_id = ANY($1) OR known.id = ANY($2)
               ORDER BY known.id"#,
            &andrew_ids as &[&str],
            &ids,
            organization.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn rename_all(&mut self, names: &[(UserId, PersonName)]) -> Result<(), StoreError> {
        let ids: Vec<i32> = names.iter().map(|(id, _)| id.get()).collect();
        let texts: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        let answer = sqlx::query!(
            "UPDATE users u SET name = person.name
             FROM unnest($1::int4[], $2::text[]) AS person (id, name)
             WHERE u.id = person.id",
            &ids,
            &texts as &[&str],
        )
        .execute(self.connection())
        .await;
        self.changed("rename users", names.len() as u64, answer)
    }

    async fn insert(&mut self, user: &NewUser) -> Result<User, StoreError> {
        let subject = user.subject.as_ref();
        let row = sqlx::query_as!(
            UserRow,
            "INSERT INTO users (name, andrew_id, oidc_issuer, oidc_subject) VALUES ($1, $2, $3, $4)
             RETURNING id, name, andrew_id, created_at",
            user.name.as_str(),
            user.andrew_id.as_str(),
            subject.map(|subject| subject.issuer.as_str()),
            subject.map(|subject| subject.subject.as_str()),
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn insert_all(&mut self, people: &[ImportedPerson]) -> Result<Vec<User>, StoreError> {
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        let andrew_ids: Vec<&str> = people.iter().map(|person| person.andrew_id.as_str()).collect();
        // Two rosters that name the same people at once meet in the same order and not crosswise.
        let added = sqlx::query_as!(
            UserRow,
            "INSERT INTO users (name, andrew_id)
             SELECT name, andrew_id FROM unnest($1::text[], $2::text[]) AS person (name, andrew_id)
             ORDER BY andrew_id
             RETURNING id, name, andrew_id, created_at",
            &names as &[&str],
            &andrew_ids as &[&str],
        )
        .fetch_all(self.connection())
        .await;
        let mut by_andrew_id: HashMap<String, UserRow> =
            self.done(added)?.into_iter().map(|row| (row.andrew_id.clone(), row)).collect();
        let in_order: Vec<UserRow> =
            andrew_ids.iter().filter_map(|andrew_id| by_andrew_id.remove(*andrew_id)).collect();
        expect_rows("insert users", people.len() as u64, in_order.len() as u64)?;
        rows::all(in_order)
    }

    async fn is_disabled(&mut self, id: UserId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM users WHERE id = $1 AND disabled_at IS NOT NULL) AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn is_gone(&mut self, id: UserId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM users
                              WHERE id = $1 AND (merged_into IS NOT NULL OR anonymized_at IS NOT NULL))
               AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn set_disabled(&mut self, id: UserId, since: Option<Moment>) -> Result<(), StoreError> {
        let answer = sqlx::query!("UPDATE users SET disabled_at = $2 WHERE id = $1", id.get(), since)
            .execute(self.connection())
            .await;
        self.changed("disable user", 1, answer)
    }

    async fn runs_alone(&mut self, id: UserId) -> Result<bool, StoreError> {
        // Their organizations are held still meanwhile, in one order.
        let organizations = sqlx::query_scalar!(
            "SELECT o.id FROM organizations o
             WHERE o.deleted_at IS NULL AND o.id IN (
                 SELECT organization_id FROM organization_members WHERE user_id = $1 AND user_role = 'owner'
                 UNION
                 SELECT organization_id FROM roles
                 WHERE user_id = $1 AND role = 'admin' AND deleted_at IS NULL AND organization_id IS NOT NULL)
             ORDER BY o.id
             FOR NO KEY UPDATE",
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        for organization in self.done(organizations)? {
            if !self.roles().has_other_admin(OrganizationId::new(organization), id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_in_running_session(&mut self, id: UserId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM user_sessions us
                              JOIN sessions s ON s.id = us.session_id AND s.status <> 'closed'
                              WHERE us.user_id = $1 AND us.join_left = 'joined') AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn anonymize(
        &mut self,
        id: UserId,
        name: &PersonName,
        andrew_id: &AndrewId,
        now: Moment,
    ) -> Result<User, StoreError> {
        let locked = sqlx::query_scalar!("SELECT id FROM users WHERE id = $1 FOR UPDATE", id.get())
            .fetch_optional(self.connection())
            .await;
        self.the_row("anonymize user", locked)?;
        // Their duplicates' rows tell who they are as well, and so do those of duplicates of these.
        let gone = sqlx::query_scalar!(
            r#"WITH RECURSIVE gone AS (
                   SELECT $1::integer AS id
                   UNION
                   SELECT u.id FROM users u JOIN gone ON u.merged_into = gone.id)
               SELECT id AS "id!" FROM gone"#,
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        let gone = self.done(gone)?;
        // While it is known still by which names and addresses roles were promised to them.
        let answer = sqlx::query!(
            "UPDATE pending_roles
             SET email = NULL, andrew_id = $2, deleted_at = coalesce(deleted_at, $3)
             WHERE claimed_by_user_id = ANY($1)
                OR andrew_id IN (SELECT andrew_id FROM users WHERE id = ANY($1))
                OR email IN (SELECT lower(email) FROM organization_members WHERE user_id = ANY($1)
                             UNION ALL
                             SELECT email FROM pending_roles WHERE claimed_by_user_id = ANY($1))",
            &gone,
            andrew_id.as_str(),
            now,
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        let answer = sqlx::query!(
            "UPDATE users
             SET name = $3, andrew_id = $4 || '-' || id, oidc_issuer = NULL, oidc_subject = NULL,
                 disabled_at = coalesce(disabled_at, $5), anonymized_at = $5
             WHERE id = ANY($1) AND id <> $2",
            &gone,
            id.get(),
            name.as_str(),
            andrew_id.as_str(),
            now,
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        let row = sqlx::query_as!(
            UserRow,
            "UPDATE users
             SET name = $2, andrew_id = $3, oidc_issuer = NULL, oidc_subject = NULL,
                 disabled_at = coalesce(disabled_at, $4), anonymized_at = $4
             WHERE id = $1
             RETURNING id, name, andrew_id, created_at",
            id.get(),
            name.as_str(),
            andrew_id.as_str(),
            now,
        )
        .fetch_optional(self.connection())
        .await;
        let user = self.the_row("anonymize user", row)?.try_into()?;
        let answer = sqlx::query!(
            "UPDATE organization_members SET email = NULL, member_number = NULL WHERE user_id = ANY($1)",
            &gone,
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        let answer = sqlx::query!(
            "SELECT redact_audit_log(gone.id), erase_person_from_log(gone.id)
             FROM unnest($1::integer[]) AS gone (id)",
            &gone,
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        for id in gone {
            self.end_for(UserId::new(id), now).await?;
        }
        Ok(user)
    }

    async fn merge(&mut self, duplicate: UserId, into: UserId, now: Moment) -> Result<(), StoreError> {
        // Who belongs somewhere twice belongs there in the greater of the two roles.
        let answer = sqlx::query!(
            "INSERT INTO organization_members AS kept (organization_id, user_id, user_role, vote_weight, joined_at)
             SELECT organization_id, $2, user_role, vote_weight, joined_at
             FROM organization_members WHERE user_id = $1
             ON CONFLICT ON CONSTRAINT organization_members_pkey DO UPDATE SET user_role =
                 CASE WHEN array_position(ARRAY['owner', 'chair', 'member', 'observer'], excluded.user_role)
                         < array_position(ARRAY['owner', 'chair', 'member', 'observer'], kept.user_role)
                      THEN excluded.user_role ELSE kept.user_role END",
            duplicate.get(),
            into.get(),
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        let answer = sqlx::query!(
            "INSERT INTO committee_members AS kept (committee_id, organization_id, user_id, user_role, joined_at)
             SELECT committee_id, organization_id, $2, user_role, joined_at
             FROM committee_members WHERE user_id = $1
             ON CONFLICT ON CONSTRAINT committee_members_pkey DO UPDATE SET user_role =
                 CASE WHEN array_position(ARRAY['chair', 'secretary', 'member', 'observer'], excluded.user_role)
                         < array_position(ARRAY['chair', 'secretary', 'member', 'observer'], kept.user_role)
                      THEN excluded.user_role ELSE kept.user_role END",
            duplicate.get(),
            into.get(),
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        // Their places in committees go with their memberships. A number is free for the one who is kept then.
        let answer = sqlx::query!(
            "WITH gone AS (
                 DELETE FROM organization_members WHERE user_id = $1
                 RETURNING organization_id, email, member_number)
             UPDATE organization_members kept
             SET email = coalesce(kept.email, gone.email),
                 member_number = coalesce(kept.member_number, gone.member_number)
             FROM gone
             WHERE kept.organization_id = gone.organization_id AND kept.user_id = $2",
            duplicate.get(),
            into.get(),
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        let answer = sqlx::query!(
            "INSERT INTO roles (user_id, role, is_global, organization_id, committee_id, session_id, event_id,
                                granted_by_user_id)
             SELECT $2, role, is_global, organization_id, committee_id, session_id, event_id, granted_by_user_id
             FROM roles WHERE user_id = $1 AND deleted_at IS NULL
             ON CONFLICT DO NOTHING",
            duplicate.get(),
            into.get(),
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        self.end_for(duplicate, now).await?;
        let answer = sqlx::query!(
            "UPDATE users SET disabled_at = coalesce(disabled_at, $3), merged_into = $2 WHERE id = $1",
            duplicate.get(),
            into.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("merge user", 1, answer)
    }

    async fn update_from_provider(&mut self, id: UserId, user: &NewUser) -> Result<User, StoreError> {
        let subject = user.subject.as_ref();
        let row = sqlx::query_as!(
            UserRow,
            "UPDATE users
             SET name = $2,
                 andrew_id = $3,
                 oidc_issuer = coalesce($4, oidc_issuer),
                 oidc_subject = coalesce($5, oidc_subject)
             WHERE id = $1
             RETURNING id, name, andrew_id, created_at",
            id.get(),
            user.name.as_str(),
            user.andrew_id.as_str(),
            subject.map(|subject| subject.issuer.as_str()),
            subject.map(|subject| subject.subject.as_str()),
        )
        .fetch_optional(self.connection())
        .await;
        self.the_row("update user", row)?.try_into()
    }
}

impl PgTx {
    /// Ends what a person holds and can prove themselves with.
    pub(super) async fn end_for(&mut self, id: UserId, now: Moment) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE api_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        let answer = sqlx::query!(
            "UPDATE roles SET deleted_at = $2 WHERE user_id = $1 AND deleted_at IS NULL",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.done(answer).map(drop)
    }
}
