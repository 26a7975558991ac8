//! Believable examples of bodies, answers and parameters, made from their schemas.
//!
//! `examples.json` holds what a schema cannot tell: a value for each field, `Schema.field` before `field`, and whole
//! values of a `Schema` where its fields depend on each other. In a list of objects, each entry there is laid over an
//! example of one. A text or number that nobody gave a value is a fault.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aide::openapi::{OpenApi, Operation, Parameter, ParameterSchemaOrContent, ReferenceOr, SchemaObject};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::document::operations_of;

const FILE: &str = "src/web/openapi/examples.json";
static KNOWN: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).expect("a test reads it"));

/// What bodies are read as, or answered as, with an example.
const WITH_EXAMPLE: [&str; 2] = ["application/json", "application/x-www-form-urlencoded"];

/// Give every body, every JSON answer of a success and the parameters that are needed an example.
pub(super) fn add(api: &mut OpenApi, faults: &mut Vec<String>) {
    let schemas = api.components.as_ref().map(|c| c.schemas.clone()).unwrap_or_default();
    let mut examples = Examples { schemas: &schemas, missing: BTreeSet::new() };
    for item in api.paths.iter_mut().flat_map(|paths| paths.paths.values_mut()) {
        let Some(item) = item.as_item_mut() else { continue };
        for operation in operations_of(item) {
            examples.add_to(operation);
        }
    }
    faults.extend(examples.missing.into_iter().map(|field| {
        format!(
            "no example for {field}: add a line like \"{field}\": … to {FILE} (or without the schema's name)"
        )
    }));
}

struct Examples<'a> {
    schemas: &'a IndexMap<String, SchemaObject>,
    missing: BTreeSet<String>,
}

impl Examples<'_> {
    fn add_to(&mut self, operation: &mut Operation) {
        let body = operation.request_body.as_mut().and_then(ReferenceOr::as_item_mut);
        let contents = body.into_iter().flat_map(|body| &mut body.content);
        let answers = operation.responses.iter_mut().flat_map(|responses| &mut responses.responses);
        let answers = answers.filter_map(|(_, response)| response.as_item_mut());
        for (kind, content) in contents.chain(answers.flat_map(|answer| &mut answer.content)) {
            if let Some(schema) = &content.schema
                && WITH_EXAMPLE.contains(&kind.as_str())
            {
                content.example = Some(self.of(schema.json_schema.as_value(), "", ""));
            }
        }
        for parameter in operation.parameters.iter_mut().filter_map(ReferenceOr::as_item_mut) {
            let fills_in = matches!(parameter, Parameter::Path { .. } | Parameter::Query { .. });
            let data = parameter.parameter_data_mut();
            // What narrows a list stays empty, or "Try it out" would find nobody.
            let fills_in = fills_in && (data.required || ["page", "page_size"].contains(&data.name.as_str()));
            if let ParameterSchemaOrContent::Schema(schema) = &data.format
                && fills_in
            {
                data.example = Some(self.of(schema.json_schema.as_value(), "", &data.name));
            }
        }
    }

    /// An example of the schema, which stands at `field` of the object `owner`.
    fn of(&mut self, schema: &Value, owner: &str, field: &str) -> Value {
        let own = KNOWN.get(&format!("{owner}.{field}"));
        if let Some(value) = own {
            return self.laid_over(schema, value);
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return match (KNOWN.get(name), self.schemas.get(name)) {
                (Some(value), _) => value.clone(),
                (None, Some(schema)) => self.of(schema.json_schema.as_value(), name, field),
                (None, None) => Value::Null,
            };
        }
        if let Some(options) = choices(schema, self.schemas) {
            let usual = KNOWN.get(field).filter(|value| options.contains(value));
            return usual.or(options.first()).cloned().unwrap_or_default();
        }
        for several in ["oneOf", "anyOf", "allOf"] {
            if let Some(first) = schema[several].as_array().and_then(|all| all.iter().find(|s| !is_null(s))) {
                return self.of(first, owner, field);
            }
        }
        if let Some(fields) = schema["properties"].as_object() {
            let value = fields.iter().map(|(name, schema)| (name.clone(), self.of(schema, owner, name)));
            return Value::Object(value.collect());
        }
        if let Some(value) = KNOWN.get(field) {
            return self.laid_over(schema, value);
        }
        match (kind(schema), schema["format"].as_str()) {
            (Some("array"), _) => json!([self.of(&schema["items"], owner, field)]),
            (Some("object"), _) => json!({}),
            (Some("boolean"), _) => json!(false),
            (_, Some("uuid")) => json!("0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10"),
            (_, Some("date")) => json!("2026-03-14"),
            (_, Some("date-time")) => json!("2026-03-14T09:12:04Z"),
            _ => {
                self.missing.insert(format!("{owner}.{field}").trim_matches('.').to_owned());
                Value::Null
            }
        }
    }

    /// The value; in a list of objects each entry lies over an example of such an object.
    fn laid_over(&mut self, schema: &Value, value: &Value) -> Value {
        match value {
            Value::Array(entries) if entries.iter().all(Value::is_object) => entries
                .iter()
                .map(|entry| {
                    let mut whole = self.of(&schema["items"], "", "");
                    if let (Some(whole), Some(entry)) = (whole.as_object_mut(), entry.as_object()) {
                        whole.extend(entry.clone());
                    }
                    whole
                })
                .collect(),
            _ => value.clone(),
        }
    }
}

/// The type, `null` left out.
fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    }
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
}

/// The values of a closed choice; `None` if this is none.
fn choices(schema: &Value, schemas: &IndexMap<String, SchemaObject>) -> Option<Vec<Value>> {
    if let Some(one) = schema.get("const") {
        return Some(vec![one.clone()]);
    }
    if let Some(all) = schema["enum"].as_array() {
        return Some(all.iter().filter(|value| !value.is_null()).cloned().collect());
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return choices(schemas.get(name)?.json_schema.as_value(), schemas);
    }
    let parts = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    let parts = parts.iter().filter(|part| !is_null(part)).map(|part| choices(part, schemas));
    Some(parts.collect::<Option<Vec<_>>>()?.concat())
}
