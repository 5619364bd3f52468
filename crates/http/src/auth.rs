use utoipa_axum::router::OpenApiRouter;

use crate::state::HttpState;

pub(crate) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
}
