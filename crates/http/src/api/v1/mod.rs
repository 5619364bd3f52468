//! `/api/v1`: one file for each family of endpoints, each with its wire types.

mod attendance;
mod audit;
mod clients;
mod committees;
mod conduct;
mod events;
mod exports;
mod log;
mod me;
mod members;
mod moments;
mod motions;
mod nominations;
mod organizations;
mod people;
mod presence_checks;
mod proxies;
mod record;
mod results;
mod role_grants;
mod rules;
mod screen;
mod sessions;
mod tokens;
mod votes;
mod waiting;

use utoipa_axum::router::OpenApiRouter;

use crate::state::{BodyLimits, HttpState};

/// Everything under `/api/v1`.
pub(crate) fn router(limits: BodyLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .merge(crate::live::router())
        .merge(me::router())
        .merge(tokens::router())
        .merge(organizations::router())
        .merge(rules::router())
        .merge(members::router(limits))
        .merge(audit::router())
        .merge(role_grants::router())
        .merge(committees::router())
        .merge(clients::router())
        .merge(people::router())
        .merge(sessions::router())
        .merge(screen::router())
        .merge(attendance::router())
        .merge(waiting::router())
        .merge(presence_checks::router())
        .merge(proxies::router())
        .merge(events::router())
        .merge(conduct::router())
        .merge(motions::router())
        .merge(nominations::router())
        .merge(votes::router())
        .merge(results::router())
        .merge(exports::router())
        .merge(log::router())
        .merge(record::router())
}
