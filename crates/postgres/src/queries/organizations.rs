//! Organizations and who belongs to them.

use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Organization, Role};
use plenum_domain::permission::Standing;
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{MemberLine, MembershipLine};
use sqlx::PgPool;

use super::{above, one_more, people};
use crate::error::failed;
use crate::rows::{Cell, Document, MemberRow, OrganizationRow, UserRow, contact, granted};

/// Reads the role of a person who may be no member.
pub(super) fn role(user: UserId, word: Option<&str>) -> Result<Option<Role>, StoreError> {
    word.map(|word| Cell::new("organization_members", "user_role", user.get()).word(word)).transpose()
}

pub(super) async fn memberships(
    pool: &PgPool,
    user: UserId,
    page: Page,
) -> Result<Paged<MembershipLine>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT o.id, o.name, o.data AS "data: Document", m.user_role, m.vote_weight, m.joined_at
           FROM organization_members m
           JOIN organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
           WHERE m.user_id = $1 AND m.organization_id > $2::bigint
           ORDER BY m.organization_id
           LIMIT $3"#,
        user.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let member = MemberRow {
                organization_id: row.id,
                user_id: user.get(),
                user_role: row.user_role,
                vote_weight: row.vote_weight,
                joined_at: row.joined_at,
            };
            let organization = OrganizationRow { id: row.id, name: row.name, data: row.data };
            Ok(MembershipLine { organization: organization.try_into()?, member: member.try_into()? })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |line: &MembershipLine| line.organization.id.get().into()))
}

pub(super) async fn is_archived(pool: &PgPool, id: OrganizationId) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM organizations WHERE id = $1 AND archived_at IS NOT NULL) AS "found!""#,
        id.get(),
    )
    .fetch_one(pool)
    .await
    .map_err(failed)
}

pub(super) async fn organization(
    pool: &PgPool,
    id: OrganizationId,
    user: UserId,
) -> Result<Option<(Organization, Standing)>, StoreError> {
    let row = sqlx::query!(
        r#"SELECT o.id, o.name, o.data AS "data: Document",
                  (SELECT m.user_role FROM organization_members m
                   WHERE m.organization_id = o.id AND m.user_id = $2) AS user_role,
                  held_roles($2, o.id, NULL, NULL, NULL) AS "held!"
           FROM organizations o
           WHERE o.id = $1 AND o.deleted_at IS NULL"#,
        id.get(),
        user.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(|row| {
        let standing = Standing::in_organization(user, role(user, row.user_role.as_deref())?)
            .with(granted(user, &row.held)?);
        let organization = OrganizationRow { id: row.id, name: row.name, data: row.data };
        Ok((organization.try_into()?, standing))
    })
    .transpose()
}

pub(super) async fn members(
    pool: &PgPool,
    id: OrganizationId,
    page: Page,
) -> Result<Paged<MemberLine>, StoreError> {
    let rows = sqlx::query!(
        "SELECT m.user_role, m.vote_weight, m.joined_at, m.email, m.member_number, u.id, u.name, u.andrew_id,
                u.created_at
         FROM organization_members m
         JOIN users u ON u.id = m.user_id
         WHERE m.organization_id = $1 AND m.user_id > $2::bigint
         ORDER BY m.user_id
         LIMIT $3",
        id.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let rows = rows.into_iter().map(|row| {
        let member = MemberRow {
            organization_id: id.get(),
            user_id: row.id,
            user_role: row.user_role,
            vote_weight: row.vote_weight,
            joined_at: row.joined_at,
        };
        let contact = contact(row.id, row.email.as_deref(), row.member_number.as_deref())?;
        let user =
            UserRow { id: row.id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        Ok(((member.try_into()?, contact), user))
    });
    Ok(people(page, rows)?.map(|((member, contact), user)| MemberLine { member, user, contact }))
}
