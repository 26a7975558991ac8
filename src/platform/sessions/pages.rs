//! Pages of signing in.
use crate::app::App;
use aide::axum::ApiRouter;
pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
}
