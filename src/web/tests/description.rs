//! The API's description: whole, the same every time, and served.

use aide::axum::routing::get_with;
use aide::axum::{ApiRouter, IntoApiResponse};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::web::{NoContent, openapi};

use super::client::{fetch, request, send};
use super::toy::{api, list};

#[test]
fn the_description_is_whole_and_the_same_every_time() {
    let described = openapi::describe(api);
    assert_eq!(described.faults, Vec::<String>::new());
    let text = openapi::to_json(&described.api);
    assert_eq!(text, openapi::to_json(&openapi::describe(api).api));

    let doc: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(doc["openapi"], "3.1.0");
    assert_eq!(doc["info"]["title"], "HMS");
    assert_eq!(doc["info"]["version"], env!("CARGO_PKG_VERSION"));
    let register = &doc["paths"]["/api/v1/patients"]["post"];
    assert_eq!(register["operationId"], "patients.register");
    assert_eq!(register["tags"], json!(["patients"]));
    assert_eq!(register["x-permission"], "patients.create");
    assert_eq!(register["security"], json!([{"bearer": []}, {"cookie": []}]));
    let responses = register["responses"].as_object().expect("responses");
    let mut statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["201", "400", "401", "403", "413", "415", "422", "default"]);
    assert_eq!(
        responses["201"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/PatientView"
    );
    for (status, response) in responses.iter().filter(|(status, _)| *status != "201") {
        let name = response["$ref"].as_str().and_then(|r| r.rsplit('/').next()).expect("a shared response");
        let shared = &doc["components"]["responses"][name];
        let schema = &shared["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/Problem", "{status}");
    }

    let list = &doc["paths"]["/api/v1/patients"]["get"];
    assert!(list.get("security").is_none());
    let names: Vec<_> = list["parameters"].as_array().expect("query").iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["search", "page", "active"]);
    let show = &doc["paths"]["/api/v1/patients/{patient_id}"]["get"];
    assert_eq!(show["parameters"][0]["name"], "patient_id");
    assert_eq!(show["parameters"][0]["in"], "path");
    assert_eq!(show["parameters"][0]["required"], true);
    assert_eq!(show["responses"]["200"]["headers"]["ETag"]["schema"]["type"], "string");
    let rename = &doc["paths"]["/api/v1/patients/{patient_id}/parts/{part}"]["patch"];
    let names: Vec<_> = rename["parameters"].as_array().expect("parts").iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["patient_id", "part", "If-Match"]);
    assert!(rename["responses"]["412"].is_object());
    let required = doc["components"]["schemas"]["Problem"]["required"].as_array().expect("required");
    assert!(required.contains(&json!("errors")) && required.contains(&json!("detail")));
    // No reference leads nowhere.
    for reference in text.split("\"$ref\": \"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(doc.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn a_careless_description_is_a_fault() {
    async fn nothing() -> impl IntoApiResponse {
        NoContent
    }
    let described = openapi::describe(|| -> ApiRouter {
        ApiRouter::new()
            .api_route("/a", get_with(nothing, |o| o))
            .api_route("/b/{id}", get_with(nothing, openapi::op("b.show", "")))
            .api_route("/c", get_with(list, openapi::op("b.show", "")))
    });
    let faults = described.faults.join("; ");
    assert!(faults.contains("get /a has no operation id"), "{faults}");
    assert!(faults.contains("get /b/{id} has parameters"), "{faults}");
    assert!(faults.contains("two operations are called b.show"), "{faults}");
}

#[tokio::test]
async fn the_description_is_served_with_its_readers_and_no_inline_script() {
    let spec = fetch("/openapi.json").await;
    assert_eq!(spec.header("content-type"), "application/json");
    let tag = spec.header("etag").to_owned();
    assert_eq!(spec.json()["openapi"], "3.1.0");
    let again = send(request("GET", "/openapi.json", &[("if-none-match", &tag)], "")).await;
    assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag.as_str()));
    for (uri, script) in
        [("/docs", "/assets/swagger-ui-bundle.js"), ("/redoc", "/assets/redoc.standalone.js")]
    {
        let answer = send(request("GET", uri, &[(ACCEPT.as_str(), "text/html")], "")).await;
        assert_eq!(answer.headers[CONTENT_TYPE], "text/html; charset=utf-8");
        let page = answer.text();
        assert!(page.contains(&format!("<script src=\"{script}\"></script>")), "{page}");
        assert!(page.contains("/assets/docs.js"));
        assert!(!page.contains("<script>") && !page.contains("style=") && !page.contains("onload"));
    }
}
