use utoipa_axum::router::OpenApiRouter;

use crate::state::HttpState;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
}
