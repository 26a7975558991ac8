//! A toy capability, and a router around it with one route for each thing that may go wrong.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::openapi::Operation;
use aide::{OperationInput, generate::GenContext};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, DbError, Problem};
use crate::web::layers::{self, BodyLimit, Settings};
use crate::web::{Created, Form, IfMatch, Json, NoContent, Path, Query, Reply, RequestInfo, openapi};

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sex {
    Female,
    Male,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RegisterPatient {
    name: String,
    age: u8,
    sex: Option<Sex>,
    #[serde(default)]
    contacts: Vec<Contact>,
    doctor: Option<uuid::Uuid>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Contact {
    phone: String,
}

/// A patient.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PatientView {
    name: String,
    sex: Option<Sex>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ListQuery {
    /// Part of a name.
    search: Option<String>,
    page: Option<i64>,
    active: Option<bool>,
}

/// What the gate does to a documented route.
struct MayRegister;

impl<S: Send + Sync> FromRequestParts<S> for MayRegister {
    type Rejection = AppError;
    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, AppError> {
        Ok(Self)
    }
}

impl OperationInput for MayRegister {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        openapi::add_security(operation, Some("patients.create"));
    }
}

async fn register(
    _: MayRegister,
    Json(body): Json<RegisterPatient>,
) -> Result<Created<PatientView>, AppError> {
    let _ = (body.age, body.doctor, body.contacts.iter().map(|c| c.phone.len()).sum::<usize>());
    let view = PatientView { name: body.name, sex: body.sex };
    Ok(Reply::new(view).etag(1).location("/api/v1/patients/1"))
}

pub(super) async fn list(Query(query): Query<ListQuery>) -> Result<Json<Vec<PatientView>>, AppError> {
    let name = format!("{:?} {:?} {:?}", query.search, query.page, query.active);
    Ok(Json(vec![PatientView { name, sex: None }]))
}

async fn show(Path(id): Path<TenantId>) -> Result<Reply<PatientView>, AppError> {
    Ok(Reply::new(PatientView { name: id.to_string(), sex: Some(Sex::Male) }).etag(7))
}

async fn rename(
    Path((_, part)): Path<(TenantId, i32)>,
    IfMatch(version): IfMatch,
    Json(contact): Json<Contact>,
) -> Result<NoContent, AppError> {
    assert_eq!((version, part, contact.phone.as_str()), (Some(7), 3, "1"));
    Ok(NoContent)
}

async fn form(Form(contact): Form<Contact>) -> String {
    contact.phone
}

pub(super) fn api() -> ApiRouter {
    let patients = ApiRouter::new()
        .api_route("/patients", get_with(list, openapi::op("patients.list", "List patients")))
        .api_route("/patients", post_with(register, openapi::op("patients.register", "Register a patient")))
        .api_route(
            "/patients/{patient_id}",
            get_with(show, |o| {
                openapi::op("patients.show", "Show a patient")(o).with(openapi::header(
                    200,
                    "ETag",
                    "Version, for If-Match.",
                ))
            }),
        )
        .api_route(
            "/patients/{patient_id}/parts/{part}",
            patch_with(rename, openapi::op("patients.rename", "Rename")),
        );
    ApiRouter::new().nest("/api/v1", patients)
}

fn render(problem: &Problem, info: &RequestInfo) -> Html<String> {
    Html(format!("<h1>{}</h1>{} {} {}", problem.detail, info.request_id, info.path, info.htmx))
}

async fn sleepy() -> &'static str {
    tokio::time::sleep(Duration::from_secs(5)).await;
    "late"
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() -> &'static str {
    panic!("a value that must not be seen")
}

async fn database(Path(sqlstate): Path<String>) -> AppError {
    let sqlstate = std::borrow::Cow::Owned(sqlstate);
    DbError {
        sqlstate,
        constraint: Some("patients_name".into()),
        statement: "patients::INSERT",
        in_doubt: false,
    }
    .into()
}

pub(super) fn app() -> Router {
    let described = openapi::describe(api);
    let router = described
        .router
        .route("/api/v1/sleepy", get(sleepy))
        .route("/api/v1/panics", get(panics))
        .route("/page", get(async || Problem::forbidden("no", "You may not do this.")))
        .route("/api/v1/db/{sqlstate}", get(database))
        .route("/api/v1/broken", get(async || AppError::internal("a fault")))
        .route("/api/v1/bare", get(async || (StatusCode::IM_A_TEAPOT, "plain words")))
        .route("/api/v1/denied", get(async || Problem::unauthenticated("Not authenticated")))
        .route("/form", post(form))
        .route("/upload", post(form).layer(layers::body_limit(BodyLimit(8 * 1024 * 1024))))
        .route("/style.css", get(async || ([("cache-control", "max-age=9")], "x".repeat(4000))))
        .merge(openapi::routes(&described.api, |name| format!("/assets/{name}")));
    let settings = Settings {
        origins: vec!["https://app.example.org".into()],
        https: true,
        timeout: Duration::from_millis(60),
        render: Some(std::sync::Arc::new(render)),
        ..Settings::default()
    };
    layers::wrap(layers::refuse_unknown(router), &settings).expect("origins are origins")
}
