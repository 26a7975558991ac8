//! Router and layers, in one place.

mod errors;
pub mod listen;
mod metrics;

use std::sync::Arc;

use aide::axum::ApiRouter;
use askama::Template as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::access::{self, SystemTask};
use crate::app::App;
use crate::kernel::Problem;
use crate::modules::MODULES;
use crate::platform;
use crate::web::layers::{self, BodyLimit};
use crate::web::layout::ErrorPage;
use crate::web::openapi::{self, Capability, Described};
use crate::web::{RequestInfo, SeeOther, assets};

/// The JSON API with its description.
#[must_use]
pub fn api() -> Described<App> {
    let mut capabilities = Vec::new();
    let mut described = openapi::describe(|| {
        let mut all = ApiRouter::new();
        for module in MODULES {
            let mut operations = Vec::new();
            if let Some(api) = module.api {
                all = all.merge(api().with_path_items(|mut item| {
                    operations.extend(openapi::ids(item.inner_mut()));
                    item
                }));
            }
            let (name, docs, problems) = (module.name, module.docs, module.problems);
            capabilities.push(Capability { name, docs, problems, operations });
        }
        ApiRouter::new().nest("/api/v1", all)
    });
    openapi::publish(&mut described, &capabilities);
    described
}

/// The pages; their description is for the authorization sweep only.
#[must_use]
pub fn pages() -> Described<App> {
    openapi::describe(|| {
        MODULES
            .iter()
            .filter_map(|module| module.pages)
            .fold(ApiRouter::new(), |router, pages| router.merge(pages()))
    })
}

/// Everything that HMS answers.
///
/// # Errors
/// When an allowed origin of the configuration is none.
pub fn router(app: &App) -> anyhow::Result<Router> {
    let api = api();
    let documents = openapi::routes(&api.api, |name| assets::path(name).to_owned());
    let codes: Arc<[_]> = api.codes.into();
    let pages = pages().router.layer(from_fn(sign_in_first));
    let router = Router::new()
        .merge(api.router)
        .merge(pages)
        .merge(documents)
        .route("/docs/errors", get(move |app, headers| errors::show(Arc::clone(&codes), app, headers)))
        .route("/assets/{file}", get(assets::serve))
        .route("/health", get(health))
        .route("/api/v1/auth/health", get(health))
        .route("/api/v1/tenants/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics::show));
    let router = layers::refuse_unknown(router)
        .layer(from_fn(access::hash_body))
        .layer(from_fn_with_state(app.clone(), same_origin))
        .layer(from_fn_with_state(app.clone(), access::brake))
        .layer(from_fn_with_state(app.clone(), access::establish))
        .layer(from_fn(ask_first))
        .with_state(app.clone());
    let settings = layers::Settings {
        origins: app.config.cors_origins.clone(),
        https: app.config.public_url.scheme() == "https",
        timeout: app.config.edges.request_timeout,
        body_limit: BodyLimit::default(),
        render: Some(Arc::new({
            let app = app.clone();
            move |problem: &Problem, info: &RequestInfo| error_page(&app, problem, info)
        })),
    };
    Ok(layers::wrap(router, &settings)?)
}

/// A page that needs a session sends a visitor to the sign-in, and back afterwards; a locked session to its lock. What
/// htmx asked for is not answered with another page: the refusal says where the whole page has to go.
async fn sign_in_first(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let headers = request.headers();
    let htmx = headers.contains_key("hx-request");
    let shown = headers.get("hx-current-url").and_then(|url| url::Url::parse(url.to_str().ok()?).ok());
    let mut response = next.run(request).await;
    if response.status() != StatusCode::UNAUTHORIZED {
        return response;
    }
    let locked = response.extensions().get::<Problem>().is_some_and(|problem| problem.code == access::LOCKED);
    if htmx {
        let shown = shown.map(|url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned());
        let lock = HeaderValue::from_str(&platform::lock::address(&shown.unwrap_or_default()));
        if let (true, Ok(lock)) = (locked, lock) {
            response.headers_mut().insert("hx-redirect", lock);
        }
        return response;
    }
    match (method, uri.path()) {
        (Method::GET, _) if locked => {
            SeeOther(platform::lock::address(uri.path_and_query().map_or("", PathAndQuery::as_str)))
                .into_response()
        }
        (Method::GET, path) if path != "/sign-in" => {
            SeeOther(format!("/sign-in?next={path}")).into_response()
        }
        _ => response,
    }
}

/// A page that lacks an answer (why a restricted record is opened) leads to the question, and back afterwards. Around
/// `establish`, so that the refusal itself is on record.
async fn ask_first(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let problem = response.extensions().get::<Problem>();
    let Some(asks_at) = problem.and_then(|problem| problem.asks_at.clone()) else { return response };
    if !path.starts_with("/api/") {
        if method == Method::GET {
            return SeeOther(format!("{asks_at}?next={path}")).into_response();
        }
        // htmx follows this one whatever the status.
        if let Ok(place) = HeaderValue::try_from(asks_at) {
            response.headers_mut().insert("hx-redirect", place);
        }
    }
    response
}

async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.csrf.check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn error_page(app: &App, problem: &Problem, info: &RequestInfo) -> Html<String> {
    let frame = access::public_frame(app, &info.cookies);
    let page = ErrorPage::new(frame, problem, Some(info.request_id.clone()));
    Html(page.render().unwrap_or_else(|_| problem.detail.clone().into_owned()))
}

/// Alive: asks nobody.
async fn health() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], axum_json(&json!({ "status": "ok" }))).into_response()
}

/// Able to serve: the database answers, and the boot's safeguards are told.
async fn ready(State(app): State<App>) -> Response {
    let asked = async { access::system_platform(&app, SystemTask("ready")).await?.ping().await };
    let database = asked.await.is_ok();
    let report = &app.db.report;
    let safeguards: Vec<_> =
        report.safeguards.iter().map(|s| json!({ "name": s.name, "on": s.on, "note": s.note })).collect();
    let body = json!({
        "status": if database { "ok" } else { "unavailable" },
        "database": { "reachable": database, "version": report.server_version },
        "listener": app.registry.is_live(),
        "safeguards": safeguards,
    });
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], axum_json(&body)).into_response()
}

fn axum_json(value: &serde_json::Value) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string())
}
