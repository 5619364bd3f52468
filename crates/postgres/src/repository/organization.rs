//! Organizations and their members.

use std::collections::HashMap;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Contact, Member, Organization};
use plenum_domain::text::{EmailAddress, MemberNumber};
use plenum_ports::StoreError;
use plenum_ports::documents::OrganizationData;
use plenum_ports::repository::{NewMember, NewOrganization, OrganizationRepository};
use sqlx::types::Json;

use crate::error::expect_rows;
use crate::rows::{self, MemberRow, OrganizationRow};
use crate::store::PgTx;

#[async_trait]
impl OrganizationRepository for PgTx {
    async fn get(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let row = sqlx::query_as!(
            OrganizationRow,
            r#"SELECT id, name, data AS "data: _" FROM organizations WHERE id = $1 AND deleted_at IS NULL"#,
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn get_for_update(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let row = sqlx::query_as!(
            OrganizationRow,
            r#"SELECT id, name, data AS "data: _" FROM organizations
               WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE"#,
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn insert(&mut self, organization: &NewOrganization) -> Result<Organization, StoreError> {
        let data =
            Json(OrganizationData::new(&organization.description, &organization.rules, organization.accent));
        let row = sqlx::query_as!(
            OrganizationRow,
            r#"INSERT INTO organizations (name, data) VALUES ($1, $2)
               RETURNING id, name, data AS "data: _""#,
            organization.name.as_str(),
            data as _,
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn update(&mut self, organization: &Organization) -> Result<(), StoreError> {
        let data = Json(OrganizationData::of(organization));
        let answer = sqlx::query!(
            "UPDATE organizations SET name = $2, data = $3 WHERE id = $1",
            organization.id.get(),
            organization.name.as_str(),
            data as _,
        )
        .execute(self.connection())
        .await;
        self.changed("update organization", 1, answer)
    }

    async fn member(&mut self, id: OrganizationId, user: UserId) -> Result<Option<Member>, StoreError> {
        let row = sqlx::query_as!(
            MemberRow,
            "SELECT organization_id, user_id, user_role, vote_weight, joined_at FROM organization_members
             WHERE organization_id = $1 AND user_id = $2",
            id.get(),
            user.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn is_archived(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        let archived = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM organizations WHERE id = $1 AND archived_at IS NOT NULL) AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(archived)
    }

    async fn set_archived(&mut self, id: OrganizationId, since: Option<Moment>) -> Result<(), StoreError> {
        let answer = sqlx::query!("UPDATE organizations SET archived_at = $2 WHERE id = $1", id.get(), since)
            .execute(self.connection())
            .await;
        self.changed("archive organization", 1, answer)
    }

    async fn has_running_sessions(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM sessions WHERE organization_id = $1 AND status <> 'closed')
               AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn has_held_votes(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM events e JOIN sessions s ON s.id = e.session_id
                              WHERE s.organization_id = $1 AND e.state <> 'draft') AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn delete(&mut self, id: OrganizationId, now: Moment) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE organizations SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("delete organization", 1, answer)
    }

    async fn knows(&mut self, id: OrganizationId, user: UserId) -> Result<bool, StoreError> {
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM organization_members WHERE organization_id = $1 AND user_id = $2)
                   OR EXISTS (SELECT FROM api_clients c
                              WHERE c.organization_id = $1 AND c.user_id = $2 AND c.deleted_at IS NULL)
                   OR EXISTS (SELECT FROM user_sessions us JOIN sessions s ON s.id = us.session_id
                              WHERE us.user_id = $2 AND s.organization_id = $1)
                   OR EXISTS (SELECT FROM proxies p JOIN sessions s ON s.id = p.session_id
                              WHERE p.principal_user_id = $2 AND s.organization_id = $1)
                   OR EXISTS (SELECT FROM roles r
                              LEFT JOIN committees c ON c.id = r.committee_id
                              LEFT JOIN events e ON e.id = r.event_id
                              LEFT JOIN sessions s ON s.id = coalesce(r.session_id, e.session_id)
                              WHERE r.user_id = $2
                                AND coalesce(r.organization_id, c.organization_id, s.organization_id) = $1)
                   AS "known!""#,
            id.get(),
            user.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(known)
    }

    async fn members(&mut self, id: OrganizationId) -> Result<Vec<Member>, StoreError> {
        let found = sqlx::query_as!(
            MemberRow,
            "SELECT organization_id, user_id, user_role, vote_weight, joined_at FROM organization_members
             WHERE organization_id = $1
             ORDER BY user_id",
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn put_members(
        &mut self,
        id: OrganizationId,
        members: &[NewMember],
    ) -> Result<Vec<Member>, StoreError> {
        let users: Vec<i32> = members.iter().map(|member| member.user_id.get()).collect();
        let roles: Vec<&str> = members.iter().map(|member| member.role.as_str()).collect();
        let weights: Vec<i64> = members.iter().map(|member| i64::from(member.weight.get())).collect();
        // Whoever is named twice gets what was said last; one statement may not change a row twice.
        let put = sqlx::query_as!(
            MemberRow,
            "INSERT INTO organization_members (organization_id, user_id, user_role, vote_weight)
             SELECT DISTINCT ON (user_id) $1, user_id, user_role, vote_weight
             FROM unnest($2::int4[], $3::text[], $4::int8[]) WITH ORDINALITY
                 AS member (user_id, user_role, vote_weight, place)
             ORDER BY user_id, place DESC
             ON CONFLICT ON CONSTRAINT organization_members_pkey
                 DO UPDATE SET user_role = excluded.user_role, vote_weight = excluded.vote_weight
             RETURNING organization_id, user_id, user_role, vote_weight, joined_at",
            id.get(),
            &users,
            &roles as &[&str],
            &weights,
        )
        .fetch_all(self.connection())
        .await;
        let put: Vec<Member> = rows::all(self.done(put)?)?;
        let by_user: HashMap<i32, Member> =
            put.into_iter().map(|member| (member.user_id.get(), member)).collect();
        let in_order: Vec<Member> = users.iter().filter_map(|user| by_user.get(user).copied()).collect();
        expect_rows("put members", users.len() as u64, in_order.len() as u64)?;
        Ok(in_order)
    }

    async fn contacts(&mut self, id: OrganizationId) -> Result<Vec<(UserId, Contact)>, StoreError> {
        let found = sqlx::query!(
            "SELECT user_id, email, member_number FROM organization_members
             WHERE organization_id = $1 AND (email IS NOT NULL OR member_number IS NOT NULL)
             ORDER BY user_id",
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        let known = self.done(found)?.into_iter().map(|row| {
            let contact = rows::contact(row.user_id, row.email.as_deref(), row.member_number.as_deref())?;
            Ok((UserId::new(row.user_id), contact))
        });
        known.collect()
    }

    async fn put_contacts(
        &mut self,
        id: OrganizationId,
        contacts: &[(UserId, Contact)],
    ) -> Result<(), StoreError> {
        let users: Vec<i32> = contacts.iter().map(|(user, _)| user.get()).collect();
        let emails: Vec<Option<&str>> =
            contacts.iter().map(|(_, contact)| contact.email.as_ref().map(EmailAddress::as_str)).collect();
        let numbers: Vec<Option<&str>> =
            contacts.iter().map(|(_, contact)| contact.number.as_ref().map(MemberNumber::as_str)).collect();
        // First nobody of them has a number: two who exchange theirs never have the same in between.
        let answer = sqlx::query!(
            "UPDATE organization_members SET member_number = NULL
             WHERE organization_id = $1 AND user_id = ANY($2) AND member_number IS NOT NULL",
            id.get(),
            &users,
        )
        .execute(self.connection())
        .await;
        self.done(answer)?;
        let answer = sqlx::query!(
            "UPDATE organization_members m SET email = contact.email, member_number = contact.member_number
             FROM unnest($2::int4[], $3::text[], $4::text[]) AS contact (user_id, email, member_number)
             WHERE m.organization_id = $1 AND m.user_id = contact.user_id",
            id.get(),
            &users,
            &emails as &[Option<&str>],
            &numbers as &[Option<&str>],
        )
        .execute(self.connection())
        .await;
        self.changed("put contacts", contacts.len() as u64, answer)
    }

    async fn remove_member(&mut self, id: OrganizationId, user: UserId) -> Result<bool, StoreError> {
        let answer = sqlx::query!(
            "DELETE FROM organization_members WHERE organization_id = $1 AND user_id = $2",
            id.get(),
            user.get(),
        )
        .execute(self.connection())
        .await;
        Ok(self.done(answer)?.rows_affected() == 1)
    }
}
