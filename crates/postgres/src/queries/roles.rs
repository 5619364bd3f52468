//! Who holds which role, and who belongs to which committee.

use plenum_domain::committee::{Committee, CommitteeMember};
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::organization::Organization;
use plenum_domain::permission::{RoleGrant, Scope, Standing};
use plenum_domain::user::User;
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::RoleGrantLine;
use plenum_ports::repository::PendingRole;
use sqlx::PgPool;

use super::organizations::role;
use super::{above, one_more, people};
use crate::error::failed;
use crate::rows::{
    CommitteeMemberRow, CommitteeRow, Document, OrganizationRow, PendingRoleRow, RoleRow, ScopeColumns,
    UserRow, all, granted,
};

pub(super) async fn organizations(
    pool: &PgPool,
    user: UserId,
    page: Page,
) -> Result<Paged<(Organization, Standing)>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT o.id, o.name, o.data AS "data: Document", m.user_role AS "user_role?",
                  held_roles($1, o.id, NULL, NULL, NULL) AS "held!"
           FROM organizations o
           LEFT JOIN organization_members m ON m.organization_id = o.id AND m.user_id = $1
           WHERE o.deleted_at IS NULL AND o.id > $2::bigint
             AND (m.user_id IS NOT NULL
                  OR EXISTS (SELECT FROM roles r
                             WHERE r.user_id = $1 AND r.deleted_at IS NULL
                               AND (r.is_global OR r.organization_id = o.id)))
           ORDER BY o.id
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
            let standing = Standing::in_organization(user, role(user, row.user_role.as_deref())?)
                .with(granted(user, &row.held)?);
            let organization = OrganizationRow { id: row.id, name: row.name, data: row.data };
            Ok((organization.try_into()?, standing))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |line: &(Organization, Standing)| line.0.id.get().into()))
}

pub(super) async fn standing(
    pool: &PgPool,
    scope: Scope,
    user: UserId,
) -> Result<Option<Standing>, StoreError> {
    let columns = ScopeColumns::of(scope);
    if scope == Scope::Global {
        let held =
            sqlx::query_scalar!(r#"SELECT held_roles($1, NULL, NULL, NULL, NULL) AS "held!""#, user.get())
                .fetch_one(pool)
                .await
                .map_err(failed)?;
        return Ok(Some(Standing::in_organization(user, None).with(granted(user, &held)?)));
    }
    let row = sqlx::query!(
        r#"SELECT m.user_role AS "user_role?", s.created_by_user_id AS "host_user_id?",
                  held_roles($1, o.id, coalesce(s.committee_id, place.committee_id), s.id, place.event_id)
                      AS "held!",
                  EXISTS (SELECT FROM user_sessions us
                          WHERE us.session_id = s.id AND us.user_id = $1
                            AND us.proxy IS NULL AND NOT us.barred) AS "participant!"
           FROM (SELECT $2::integer AS organization_id, NULL::integer AS committee_id,
                        NULL::integer AS session_id, NULL::integer AS event_id
                 WHERE $2::integer IS NOT NULL
                 UNION ALL SELECT organization_id, id, NULL, NULL FROM committees
                           WHERE id = $3 AND deleted_at IS NULL
                 UNION ALL SELECT organization_id, committee_id, id, NULL FROM sessions WHERE id = $4
                 UNION ALL SELECT es.organization_id, es.committee_id, es.id, e.id
                           FROM events e JOIN sessions es ON es.id = e.session_id WHERE e.id = $5) place
           JOIN organizations o ON o.id = place.organization_id AND o.deleted_at IS NULL
           LEFT JOIN sessions s ON s.id = place.session_id
           LEFT JOIN organization_members m ON m.organization_id = o.id AND m.user_id = $1"#,
        user.get(),
        columns.organization_id,
        columns.committee_id,
        columns.session_id,
        columns.event_id,
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(|row| {
        Ok(Standing {
            host: row.host_user_id == Some(user.get()),
            participant: row.participant,
            ..Standing::in_organization(user, role(user, row.user_role.as_deref())?)
                .with(granted(user, &row.held)?)
        })
    })
    .transpose()
}

pub(super) async fn role_grants(
    pool: &PgPool,
    scope: Scope,
    page: Page,
) -> Result<Paged<RoleGrantLine>, StoreError> {
    let columns = ScopeColumns::of(scope);
    let rows = sqlx::query!(
        r#"SELECT r.id, r.role, r.organization_id, r.committee_id, r.session_id, r.event_id, r.created_at,
                  u.id AS user_id, u.name, u.andrew_id, u.created_at AS user_created_at,
                  g.id AS "granter_id?", g.name AS "granter_name?", g.andrew_id AS "granter_andrew_id?",
                  g.created_at AS "granter_created_at?"
           FROM roles r
           JOIN users u ON u.id = r.user_id
           LEFT JOIN users g ON g.id = r.granted_by_user_id
           LEFT JOIN events e ON e.id = r.event_id
           LEFT JOIN sessions s ON s.id = coalesce(r.session_id, e.session_id)
           LEFT JOIN committees c ON c.id = r.committee_id
           WHERE r.deleted_at IS NULL AND r.id > $6::bigint
             AND CASE
                     WHEN $1 THEN r.is_global
                     WHEN $2::integer IS NOT NULL
                         THEN coalesce(r.organization_id, c.organization_id, s.organization_id) = $2
                     WHEN $3::integer IS NOT NULL
                         THEN coalesce(r.committee_id, s.committee_id) = ANY (committee_tree($3))
                     WHEN $4::integer IS NOT NULL THEN s.id = $4
                     ELSE r.event_id = $5
                 END
           ORDER BY r.id
           LIMIT $7"#,
        scope == Scope::Global,
        columns.organization_id,
        columns.committee_id,
        columns.session_id,
        columns.event_id,
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let grant = RoleRow {
                id: row.id,
                user_id: row.user_id,
                role: row.role,
                organization_id: row.organization_id,
                committee_id: row.committee_id,
                session_id: row.session_id,
                event_id: row.event_id,
                created_at: row.created_at,
                granted_by_user_id: row.granter_id,
                deleted_at: None,
                revoked_by_user_id: None,
            };
            let user = UserRow {
                id: row.user_id,
                name: row.name,
                andrew_id: row.andrew_id,
                created_at: row.user_created_at,
            };
            let granter = (row.granter_id, row.granter_name, row.granter_andrew_id, row.granter_created_at);
            let granted_by = match granter {
                (Some(id), Some(name), Some(andrew_id), Some(created_at)) => {
                    Some(UserRow { id, name, andrew_id, created_at }.try_into()?)
                }
                _ => None,
            };
            Ok(RoleGrantLine { grant: grant.try_into()?, user: user.try_into()?, granted_by })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |line: &RoleGrantLine| line.grant.id.get().into()))
}

pub(super) async fn pending_roles(
    pool: &PgPool,
    scope: Scope,
    page: Page,
) -> Result<Paged<PendingRole>, StoreError> {
    let columns = ScopeColumns::of(scope);
    let rows = sqlx::query_as!(
        PendingRoleRow,
        r#"SELECT r.id, r.email, r.andrew_id, r.role, r.organization_id, r.committee_id, r.session_id,
                  r.event_id, r.expires_at, r.created_at, r.granted_by_user_id
           FROM pending_roles r
           LEFT JOIN events e ON e.id = r.event_id
           LEFT JOIN sessions s ON s.id = coalesce(r.session_id, e.session_id)
           LEFT JOIN committees c ON c.id = r.committee_id
           WHERE r.deleted_at IS NULL AND r.expires_at > clock_timestamp() AND r.id > $5::bigint
             AND CASE
                     WHEN $1::integer IS NOT NULL
                         THEN coalesce(r.organization_id, c.organization_id, s.organization_id) = $1
                     WHEN $2::integer IS NOT NULL
                         THEN coalesce(r.committee_id, s.committee_id) = ANY (committee_tree($2))
                     WHEN $3::integer IS NOT NULL THEN s.id = $3
                     ELSE r.event_id = $4
                 END
           ORDER BY r.id
           LIMIT $6"#,
        columns.organization_id,
        columns.committee_id,
        columns.session_id,
        columns.event_id,
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(Paged::from_one_more(page, all(rows)?, |promise: &PendingRole| promise.id.get().into()))
}

pub(super) async fn roles_of(pool: &PgPool, user: UserId) -> Result<Vec<RoleGrant>, StoreError> {
    let rows = sqlx::query_as!(
        RoleRow,
        "SELECT id, user_id, role, organization_id, committee_id, session_id, event_id, created_at,
                granted_by_user_id, deleted_at, revoked_by_user_id
         FROM roles
         WHERE user_id = $1 AND deleted_at IS NULL
         ORDER BY id
         LIMIT 200",
        user.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    all(rows)
}

pub(super) async fn committees(
    pool: &PgPool,
    id: OrganizationId,
    page: Page,
) -> Result<Paged<Committee>, StoreError> {
    let rows = sqlx::query_as!(
        CommitteeRow,
        "SELECT id, organization_id, parent_id, name, created_at FROM committees
         WHERE organization_id = $1 AND deleted_at IS NULL AND id > $2::bigint
         ORDER BY id
         LIMIT $3",
        id.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(Paged::from_one_more(page, all(rows)?, |committee: &Committee| committee.id.get().into()))
}

pub(super) async fn committee_members(
    pool: &PgPool,
    id: CommitteeId,
    page: Page,
) -> Result<Paged<(CommitteeMember, User)>, StoreError> {
    let rows = sqlx::query!(
        "SELECT m.user_role, m.joined_at, u.id, u.name, u.andrew_id, u.created_at
         FROM committee_members m
         JOIN users u ON u.id = m.user_id
         WHERE m.committee_id = $1 AND m.user_id > $2::bigint
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
        let seat = CommitteeMemberRow {
            committee_id: id.get(),
            user_id: row.id,
            user_role: row.user_role,
            joined_at: row.joined_at,
        };
        let user =
            UserRow { id: row.id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        Ok((seat.try_into()?, user))
    });
    people(page, rows)
}
