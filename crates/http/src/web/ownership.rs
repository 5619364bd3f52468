//! What ends or hands over an organization: forms of its settings page, each of which asks once and says
//! what will happen.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use plenum_application::Failure;
use plenum_application::use_cases::{ArchiveOrganization, DeleteOrganization, TransferOwnership};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::OrganizationId;
use plenum_domain::organization::Role;

use super::fault::Fault;
use super::form::Form;
use super::organization::settings_again;
use super::proxies::{find, members};
use crate::extract::Path;
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/organizations/{id}/transfer", post(transfer))
        .route("/organizations/{id}/archive", post(archive))
        .route("/organizations/{id}/restore", post(restore))
        .route("/organizations/{id}/delete", post(delete))
}

/// The page where the form stands, with why it was not done; other failures are pages of their own.
async fn told(
    state: &HttpState,
    id: OrganizationId,
    form: &Form,
    done: Result<Response, Failure>,
) -> Result<Response, Fault> {
    match done {
        Ok(response) => Ok(response),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused(_))) => {
            settings_again(state, id, &form.viewer, None, failure).await
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn transfer(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let done = async {
        let people = members(&state.app, organization_id, form.by()).await?;
        let found = find(people.iter().map(|line| &line.user), form.get("person"));
        let to = found.ok_or_else(|| FieldErrors::one("person", "must be a member; choose from the list"))?;
        let keep = form.get("keep").parse::<Role>().unwrap_or(Role::Member);
        let use_case = TransferOwnership { organization_id, by: form.by(), to: to.id, keep };
        form.run(&use_case, |_| format!("/organizations/{organization_id}?note=handed_over")).await
    };
    let done = done.await;
    told(&state, organization_id, &form, done).await
}

async fn archive(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = ArchiveOrganization { organization_id, by: form.by(), archive: true };
    let done = form.run(&use_case, |()| format!("/organizations/{organization_id}?note=archived")).await;
    told(&state, organization_id, &form, done).await
}

async fn restore(Path(organization_id): Path<OrganizationId>, form: Form) -> Result<Response, Fault> {
    let use_case = ArchiveOrganization { organization_id, by: form.by(), archive: false };
    Ok(form.run(&use_case, |()| format!("/organizations/{organization_id}?note=restored")).await?)
}

async fn delete(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = DeleteOrganization { organization_id, by: form.by() };
    let done = form.run(&use_case, |()| "/".to_owned()).await;
    told(&state, organization_id, &form, done).await
}
