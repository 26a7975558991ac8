//! What the whole description shares: title, security, schemas, order.

use std::collections::BTreeSet;

use aide::openapi::{
    ApiKeyLocation, Components, Info, License, OpenApi, Operation, PathItem, ReferenceOr, SchemaObject,
    SecurityScheme, Server, Tag,
};
use indexmap::IndexMap;
use schemars::generate::SchemaSettings;

use crate::web::problem::ProblemBody;

use super::parameters::name_path_parameters;
use super::problems::{ANY_PROBLEM, PROBLEMS, component_of, problem_doc};
use super::{BEARER, COOKIE, SESSION_COOKIE};

const SCHEMAS: &str = "#/components/schemas/";

/// Schemas as OpenAPI 3.1 means them (aide alone would write draft 7).
pub(super) fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = SCHEMAS.into();
        s.meta_schema = None;
    })
}

/// Title, version, security, shared problems; then everything in a stable order.
pub fn document(api: &mut OpenApi) {
    api.info = Info {
        title: "HMS".to_owned(),
        description: Some(include_str!("guide.md").to_owned()),
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

pub(super) fn operations_of(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    named_operations_of(item).map(|(_, operation)| operation)
}

/// Operations with their methods.
pub(super) fn named_operations_of(
    item: &mut PathItem,
) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
        ("OPTIONS", &mut item.options),
        ("HEAD", &mut item.head),
        ("PATCH", &mut item.patch),
        ("TRACE", &mut item.trace),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
