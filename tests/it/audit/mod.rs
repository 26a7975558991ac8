//! The audit, visible: the trail with its filters, who looked at one patient, failed sign-ins and denied attempts, the
//! platform's own; files of it; and that nobody can change a line.

mod attempts;
mod export;
mod kept;
mod looked;
mod pages;
mod platform;
mod told;
mod trail;
mod words;

use serde_json::{Value, json};

use crate::harness::{Client, Hospital};

const AUDIT: &str = "/api/v1/audit";

/// The lines that a query leaves, newest first.
async fn trail(reader: &Client, query: &str) -> Vec<Value> {
    let reply = reader.get(&format!("{AUDIT}?page_size=500&{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    reply.json["items"].as_array().unwrap().clone()
}

/// Verbs of lines.
fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

async fn id_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

/// Lines that say nothing, a minute apart, the last one now.
async fn many(clinic: &Hospital<'_>, count: usize) {
    clinic
        .sql(&format!(
            "insert into audit_events (id, at, action, kind, detail)
             select gen_random_uuid(), now() - n * interval '1 minute', 'made up', 'listed', '{}'::jsonb
               from generate_series(1, {count}) n",
            json!({ "count": 3 })
        ))
        .await;
}
