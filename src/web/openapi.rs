//! The API's description of itself: OpenAPI 3.1, made from the routes, served with two readers of it.
//!
//! [`describe`] makes router and description in one go, so neither can be made without the other.
//! What aide could not describe comes out as a fault, and a test asks that there be none.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use aide::axum::ApiRouter;
use aide::generate::GenContext;
use aide::openapi::{
    ApiKeyLocation, Components, Header, HeaderStyle, Info, License, MediaType, OpenApi, Operation, Parameter,
    ParameterSchemaOrContent, PathItem, ReferenceOr, Response as ResponseDoc, SchemaObject, SecurityScheme,
    Server, StatusCode as StatusDoc, Tag,
};
use aide::transform::TransformOperation;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use indexmap::IndexMap;
use schemars::generate::SchemaSettings;
use sha2::{Digest, Sha256};

use super::problem::{PROBLEM_JSON, ProblemBody};

/// Name of the token's security scheme.
pub const BEARER: &str = "bearer";
/// Name of the session cookie's security scheme.
pub const COOKIE: &str = "cookie";
/// The cookie that carries a page's session.
pub const SESSION_COOKIE: &str = "__Host-hms_session";

const SCHEMAS: &str = "#/components/schemas/";

/// The refusals that operations share, each described once under `components.responses`.
const PROBLEMS: [(StatusCode, &str); 12] = [
    (StatusCode::BAD_REQUEST, "The request cannot be read."),
    (StatusCode::UNAUTHORIZED, "Not signed in, or the session has ended."),
    (StatusCode::FORBIDDEN, "Signed in, but not allowed."),
    (StatusCode::NOT_FOUND, "Not there, or not for this hospital."),
    (StatusCode::CONFLICT, "Does not fit with what is already recorded."),
    (StatusCode::PRECONDITION_FAILED, "Somebody else changed it in the meantime."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is of another type."),
    (StatusCode::UNPROCESSABLE_ENTITY, "Some fields need attention."),
    (StatusCode::TOO_MANY_REQUESTS, "Too many attempts; see `Retry-After`."),
    (StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours."),
    (StatusCode::SERVICE_UNAVAILABLE, "Not available for a moment; see `Retry-After`."),
];

/// A router, what it says about itself, and what it failed to say.
pub struct Described<S> {
    pub router: Router<S>,
    pub api: OpenApi,
    /// Empty in a sound build: a test holds that.
    pub faults: Vec<String>,
}

/// Make the documented router. Every `api_route` must be called inside `make`: aide gathers in a
/// thread-local that this function prepares and empties.
pub fn describe<S: Clone + Send + Sync + 'static>(make: impl FnOnce() -> ApiRouter<S>) -> Described<S> {
    let faults = Rc::new(RefCell::new(Vec::new()));
    aide::generate::reset_context();
    aide::generate::infer_responses(true);
    aide::generate::extract_schemas(true);
    aide::generate::in_context(|ctx| ctx.schema = settings().into_generator());
    aide::generate::on_error({
        let faults = Rc::clone(&faults);
        move |error| {
            tracing::error!(%error, "the API description is not sound");
            faults.borrow_mut().push(error.to_string());
        }
    });
    let mut api = OpenApi::default();
    let router = make().finish_api(&mut api);
    aide::generate::reset_context();
    document(&mut api);
    let mut faults = faults.take();
    faults.extend(check(&api));
    Described { router, api, faults }
}

/// Schemas as OpenAPI 3.1 means them (aide alone would write draft 7).
fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = SCHEMAS.into();
        s.meta_schema = None;
    })
}

/// Title, version, security, shared problems; then everything in a stable order.
pub fn document(api: &mut OpenApi) {
    api.info = Info {
        title: "HMS".to_owned(),
        description: Some(
            "Hospital management system. Refusals are `application/problem+json`: `detail` is a sentence \
             for people, `code` is stable for programs. A POST with an `Idempotency-Key` can be repeated \
             safely for 24 hours."
                .to_owned(),
        ),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        license: Some(License {
            name: "MIT".to_owned(),
            identifier: Some("MIT".to_owned()),
            ..License::default()
        }),
        ..Info::default()
    };
    api.servers = vec![Server { url: "/".to_owned(), ..Server::default() }];

    let paths = api.paths.get_or_insert_default();
    let mut tags = BTreeSet::new();
    for (path, item) in &mut paths.paths {
        let Some(item) = item.as_item_mut() else { continue };
        for operation in operations_of(item) {
            name_path_parameters(path, operation);
            if let Some(responses) = &mut operation.responses {
                responses.responses.sort_keys();
            }
            tags.extend(operation.tags.iter().cloned());
        }
    }
    paths.paths.sort_keys();
    api.tags = tags.into_iter().map(|name| Tag { name, ..Tag::default() }).collect();

    let components = api.components.get_or_insert_default();
    add_shared(components);
    components.schemas.sort_keys();
}

fn add_shared(components: &mut Components) {
    let mut generator = settings().for_serialize().into_generator();
    let schema = generator.subschema_for::<ProblemBody<'static>>();
    for (name, schema) in generator.take_definitions(true) {
        if let Ok(json_schema) = schema.try_into() {
            components.schemas.insert(name, SchemaObject { json_schema, example: None, external_docs: None });
        }
    }
    for (status, description) in PROBLEMS {
        let response = ReferenceOr::Item(problem_doc(schema.clone(), description));
        components.responses.insert(component_of(status), response);
    }
    let any = problem_doc(schema, "Refused, or failed.");
    components.responses.insert(ANY_PROBLEM.to_owned(), ReferenceOr::Item(any));
    components.security_schemes.insert(
        BEARER.to_owned(),
        ReferenceOr::Item(SecurityScheme::Http {
            scheme: "bearer".to_owned(),
            bearer_format: Some("JWT".to_owned()),
            description: Some("The `access_token` that signing in returns.".to_owned()),
            extensions: IndexMap::new(),
        }),
    );
    components.security_schemes.insert(
        COOKIE.to_owned(),
        ReferenceOr::Item(SecurityScheme::ApiKey {
            location: ApiKeyLocation::Cookie,
            name: SESSION_COOKIE.to_owned(),
            description: Some("The session of a browser that signed in on a page.".to_owned()),
            extensions: IndexMap::new(),
        }),
    );
}

/// What a reader of the description would stumble over.
#[must_use]
pub fn check(api: &OpenApi) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, method, operation) in api.operations() {
        match &operation.operation_id {
            None => faults.push(format!("{method} {path} has no operation id")),
            Some(id) if !seen.insert(id.clone()) => faults.push(format!("two operations are called {id}")),
            Some(_) => {}
        }
        let mut named: Vec<&str> = operation.parameters.iter().filter_map(path_parameter).collect();
        let mut wanted = placeholders(path);
        named.sort_unstable();
        wanted.sort_unstable();
        if named != wanted {
            faults.push(format!("{method} {path} has parameters {wanted:?} but describes {named:?}"));
        }
        let answers = operation.responses.iter().flat_map(|r| r.responses.keys());
        if !answers.into_iter().any(|s| matches!(s, StatusDoc::Code(code) if *code < 400)) {
            faults.push(format!("{method} {path} describes no success"));
        }
    }
    let schemas = api.components.iter().flat_map(|c| c.schemas.keys()).collect::<BTreeSet<_>>();
    for name in &schemas {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if stem.len() < name.len() && schemas.iter().any(|other| *other == stem) {
            faults.push(format!("two different schemas are called {stem}"));
        }
    }
    faults
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}

fn placeholders(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.trim_start_matches('*'))
        .collect()
}

fn path_parameter(parameter: &ReferenceOr<Parameter>) -> Option<&str> {
    match parameter.as_item()? {
        Parameter::Path { parameter_data, .. } => Some(&parameter_data.name),
        _ => None,
    }
}

/// Name of the path parameter at `index` until its route is known.
pub(super) fn unnamed(index: usize) -> String {
    format!("${index}")
}

fn name_path_parameters(path: &str, operation: &mut Operation) {
    let names = placeholders(path);
    for parameter in &mut operation.parameters {
        if let ReferenceOr::Item(Parameter::Path { parameter_data, .. }) = parameter
            && let Some(index) = parameter_data.name.strip_prefix('$').and_then(|i| i.parse::<usize>().ok())
            && let Some(name) = names.get(index)
        {
            parameter_data.name = (*name).to_owned();
        }
    }
}

// ------------------------------------------------------------------------ helpers for operations

/// Id, summary and tag of an operation: `get_with(list, op("patients.list", "List patients"))`.
/// The tag is the noun before the dot.
pub fn op(
    id: &'static str,
    summary: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |operation| {
        let tag = id.split('.').next().unwrap_or(id);
        operation.id(id).summary(summary).tag(tag)
    }
}

/// Who may call this: signed in, and holding `permission` if there is one. Called by the gate, so
/// that what is described is what is checked.
pub fn add_security(operation: &mut Operation, permission: Option<&str>) {
    for scheme in [BEARER, COOKIE] {
        let requirement = IndexMap::from_iter([(scheme.to_owned(), Vec::new())]);
        if !operation.security.contains(&requirement) {
            operation.security.push(requirement);
        }
    }
    if let Some(permission) = permission {
        operation.extensions.insert("x-permission".to_owned(), permission.into());
    }
    add_problem(operation, StatusCode::UNAUTHORIZED);
    add_problem(operation, StatusCode::FORBIDDEN);
}

/// This operation may refuse with `status`. Nothing happens if it already says so.
pub fn add_problem(operation: &mut Operation, status: StatusCode) {
    let responses = &mut operation.responses.get_or_insert_default().responses;
    responses
        .entry(StatusDoc::Code(status.as_u16()))
        .or_insert_with(|| ReferenceOr::ref_(&format!("#/components/responses/{}", component_of(status))));
}

/// This operation may refuse or fail in ways that it does not list.
pub fn add_default_problem(operation: &mut Operation) {
    let responses = operation.responses.get_or_insert_default();
    responses
        .default
        .get_or_insert_with(|| ReferenceOr::ref_(&format!("#/components/responses/{ANY_PROBLEM}")));
}

/// A refusal with words of its own, for `OperationInput` and `OperationOutput`.
pub fn problem_response(ctx: &mut GenContext, status: StatusCode, description: &str) -> ResponseDoc {
    let words =
        if description.is_empty() { status.canonical_reason().unwrap_or("Refused.") } else { description };
    problem_doc(ctx.schema.subschema_for::<ProblemBody<'static>>(), words)
}

/// A header of the reply with `status`: `op(…)(o).with(header(200, "ETag", "Version, for If-Match."))`.
pub fn header(
    status: u16,
    name: &'static str,
    description: &'static str,
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |mut operation| {
        let responses = operation.inner_mut().responses.get_or_insert_default();
        if let Some(ReferenceOr::Item(response)) = responses.responses.get_mut(&StatusDoc::Code(status)) {
            let json_schema = schemars::json_schema!({ "type": "string" });
            let schema = SchemaObject { json_schema, example: None, external_docs: None };
            let header = Header {
                description: Some(description.to_owned()),
                style: HeaderStyle::Simple,
                required: false,
                deprecated: None,
                format: ParameterSchemaOrContent::Schema(schema),
                example: None,
                examples: IndexMap::new(),
                extensions: IndexMap::new(),
            };
            response.headers.insert(name.to_owned(), ReferenceOr::Item(header));
        }
        operation
    }
}

const ANY_PROBLEM: &str = "Problem";

fn component_of(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or(ANY_PROBLEM).replace(' ', "")
}

fn problem_doc(json_schema: schemars::Schema, description: &str) -> ResponseDoc {
    let content = MediaType {
        schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
        ..MediaType::default()
    };
    ResponseDoc {
        description: description.to_owned(),
        content: IndexMap::from_iter([(PROBLEM_JSON.to_owned(), content)]),
        ..ResponseDoc::default()
    }
}

/// The text of `openapi.json`: the same for the same routes, ending with a line break.
#[must_use]
pub fn to_json(api: &OpenApi) -> String {
    let mut text = serde_json::to_string_pretty(api).expect("an API description is plain data");
    text.push('\n');
    text
}

// ------------------------------------------------------------------------------- serving it

/// `/openapi.json`, Swagger UI at `/docs`, ReDoc at `/redoc`. `asset` gives the public path of a
/// built asset (`web::assets::path`).
pub fn routes<S>(api: &OpenApi, asset: impl Fn(&'static str) -> String) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let json: &'static [u8] = to_json(api).into_bytes().leak();
    let digest = Sha256::digest(json);
    let tag: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).expect("hex digits are a header value");
    let swagger = reader(
        "<div id=\"reader\" data-spec=\"/openapi.json\"></div>",
        &asset("swagger-ui.css"),
        &[&asset("swagger-ui-bundle.js"), &asset("docs.js")],
    );
    let redoc = reader(
        "<div id=\"reader\" data-spec=\"/openapi.json\"></div>",
        "",
        &[&asset("redoc.standalone.js"), &asset("docs.js")],
    );
    Router::new()
        .route("/openapi.json", get(async move |headers: HeaderMap| spec(&headers, json, tag)))
        .route("/docs", get(async move || page(swagger, DOCS_CSP)))
        .route("/redoc", get(async move || page(redoc, REDOC_CSP)))
}

fn spec(headers: &HeaderMap, json: &'static [u8], tag: HeaderValue) -> Response {
    let fresh = headers.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|known| {
        known.split(',').any(|known| known.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes())
    });
    let caching = [(ETAG, tag), (CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if fresh {
        (StatusCode::NOT_MODIFIED, caching).into_response()
    } else {
        (caching, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
    }
}

const DOCS_CSP: &str = super::layers::STRICT_CSP;

/// ReDoc writes its style sheet at run time and searches in a worker made from a blob.
const REDOC_CSP: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src blob:; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

fn page(html: String, csp: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(csp)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, html).into_response()
}

fn reader(root: &str, style: &str, scripts: &[&str]) -> String {
    let style =
        if style.is_empty() { String::new() } else { format!("<link rel=\"stylesheet\" href=\"{style}\">") };
    let scripts: String = scripts.iter().map(|src| format!("<script src=\"{src}\"></script>")).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>HMS API</title>{style}</head>\n<body>{root}\
         <noscript>This page needs JavaScript. The description itself is at \
         <a href=\"/openapi.json\">/openapi.json</a>.</noscript>{scripts}</body>\n</html>\n"
    )
}
