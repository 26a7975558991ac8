//! Every operation as its description tells it: the sweeps are made from these, so new routes need no new tests.

use std::collections::BTreeMap;

use axum::http::Method;
use hms::app::App;
use hms::web::openapi::Described;
use serde_json::Value;

/// One operation of the API or of the pages.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `patients.show`
    pub id: String,
    pub method: Method,
    /// The template, with `/api/v1`.
    pub path: String,
    pub permission: Option<String>,
    /// For super-admins only.
    pub platform: bool,
    /// For staff, and for super-admins as well.
    pub operators_too: bool,
    /// Somebody has to be signed in.
    pub secured: bool,
    pub page: bool,
    pub body: Option<Body>,
    /// Names of the parameters of its query.
    pub query: Vec<String>,
}

/// What it reads.
#[derive(Debug, Clone)]
pub struct Body {
    pub media_type: String,
    /// With every `$ref` followed.
    pub schema: Value,
    pub required: bool,
}

impl Body {
    pub fn is_json(&self) -> bool {
        self.media_type == "application/json"
    }

    pub fn is_form(&self) -> bool {
        self.media_type == "application/x-www-form-urlencoded"
    }

    pub fn is_multipart(&self) -> bool {
        self.media_type == "multipart/form-data"
    }

    /// Its fields with their schemas.
    pub fn fields(&self) -> Vec<(String, Value)> {
        let fields = self.schema["properties"].as_object();
        fields.into_iter().flatten().map(|(name, schema)| (name.clone(), schema.clone())).collect()
    }

    /// Its fields that hold text.
    pub fn texts(&self) -> Vec<String> {
        let holds_text = |schema: &Value| schema["type"] == "string" || schema["type"][0] == "string";
        self.fields().into_iter().filter(|(_, schema)| holds_text(schema)).map(|(name, _)| name).collect()
    }
}

impl Operation {
    /// `GET /api/v1/patients/{patient_id}`
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Names of the variable parts with the part before: `patients/{patient_id}` says what the id is of.
    pub fn parameters(&self) -> Vec<String> {
        let parts: Vec<&str> = self.path.split('/').collect();
        parts.windows(2).filter(|w| w[1].starts_with('{')).map(|w| w.join("/")).collect()
    }

    /// The path with each variable part replaced.
    pub fn path_with(&self, value: impl Fn(&str) -> String) -> String {
        let parts: Vec<&str> = self.path.split('/').collect();
        let filled = parts.iter().enumerate().map(|(i, part)| {
            if part.starts_with('{') {
                value(&format!("{}/{part}", parts[i - 1]))
            } else {
                (*part).to_owned()
            }
        });
        filled.collect::<Vec<_>>().join("/")
    }

    /// The path with an id that nothing has.
    pub fn path_to_nothing(&self) -> String {
        self.path_with(|_| uuid::Uuid::new_v4().to_string())
    }

    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}

/// Every operation of the JSON API.
pub fn api() -> Vec<Operation> {
    of(&hms::server::api(), false)
}

/// Every page.
pub fn pages() -> Vec<Operation> {
    of(&hms::server::pages(), true)
}

/// Both.
pub fn all() -> Vec<Operation> {
    api().into_iter().chain(pages()).collect()
}

fn of(described: &Described<App>, page: bool) -> Vec<Operation> {
    let document = serde_json::to_value(&described.api).unwrap();
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // A path item may hold other things beside its operations.
            if !["get", "put", "post", "delete", "patch", "head", "options", "trace"]
                .contains(&method.as_str())
            {
                continue;
            }
            let method = method.to_uppercase().parse::<Method>().unwrap();
            let operation = Operation {
                id: operation["operationId"].as_str().unwrap_or_default().to_owned(),
                permission: operation["x-permission"].as_str().map(str::to_owned),
                platform: operation["x-platform"] == true,
                operators_too: operation["x-operators-too"] == true,
                secured: operation["security"].as_array().is_some_and(|s| !s.is_empty()),
                body: body_of(operation, &document),
                query: query_of(operation),
                path: path.clone(),
                method,
                page,
            };
            found.insert((path.clone(), operation.method.to_string()), operation);
        }
    }
    assert!(!found.is_empty(), "no operation is described");
    found.into_values().collect()
}

fn query_of(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap().to_owned()).collect()
}

fn body_of(operation: &Value, document: &Value) -> Option<Body> {
    let body = operation.get("requestBody")?;
    let (media_type, content) = body["content"].as_object()?.iter().next()?;
    // One that may be left out may also be `null`: what it is otherwise.
    let schema = content["schema"].pointer("/anyOf/0").unwrap_or(&content["schema"]);
    Some(Body {
        media_type: media_type.clone(),
        schema: resolved(schema, document, 0),
        required: body["required"] == true,
    })
}

/// The schema with its references replaced by what they mean (a few levels deep).
fn resolved(schema: &Value, document: &Value, depth: usize) -> Value {
    if depth > 12 {
        return Value::Null;
    }
    match schema {
        Value::Object(map) => {
            if let Some(pointer) = map.get("$ref").and_then(Value::as_str) {
                let target = document.pointer(pointer.trim_start_matches('#')).cloned().unwrap_or_default();
                return resolved(&target, document, depth + 1);
            }
            Value::Object(map.iter().map(|(k, v)| (k.clone(), resolved(v, document, depth + 1))).collect())
        }
        Value::Array(items) => items.iter().map(|item| resolved(item, document, depth + 1)).collect(),
        other => other.clone(),
    }
}
