//! What a broken, careless or hostile client sends: each operation that the routes describe is sent all of it, by
//! somebody who may use the operation. Every answer is a problem with one plain sentence, none is a fault of ours, and
//! nothing is written.

mod addresses;
mod bodies;
mod fields;
mod random;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::authorization::{Kind, kind_of, make};
use crate::harness::routes::{self, Operation};
use crate::harness::{Client, Hospital, Reply, TestApp};

/// Everybody who is needed to pass each gate, and one thing of each kind.
pub struct Attack<'a> {
    app: &'a TestApp,
    admin: Client,
    boss: Client,
    anyone: Client,
    ids: Vec<(Kind, String)>,
}

impl<'a> Attack<'a> {
    pub async fn on(app: &'a TestApp, hospital: &Hospital<'_>) -> Self {
        let mut this = Self {
            app,
            admin: hospital.admin().await,
            boss: app.super_admin().await,
            anyone: app.anonymous(),
            ids: Vec::new(),
        };
        for operation in routes::all() {
            let mut within: Option<String> = None;
            for kind in operation.parameters().iter().filter_map(|p| kind_of(p)) {
                if this.id(kind).is_none() {
                    let id = make(kind, app, &this.admin, &this.boss, &operation, within.as_deref()).await;
                    this.ids.push((kind, id));
                }
                within = this.id(kind);
            }
        }
        this
    }

    /// Who holds the permission.
    pub fn actor(&self, operation: &Operation) -> &Client {
        match (operation.secured, operation.platform) {
            (false, _) => &self.anyone,
            (true, true) => &self.boss,
            (true, false) => &self.admin,
        }
    }

    fn id(&self, kind: Kind) -> Option<String> {
        self.ids.iter().find(|(known, _)| *known == kind).map(|(_, id)| id.clone())
    }

    /// The path to something that is there.
    pub fn path(&self, operation: &Operation) -> String {
        operation.path_with(|p| kind_of(p).and_then(|kind| self.id(kind)).unwrap_or_default())
    }

    async fn raw(
        &self,
        operation: &Operation,
        content_type: &str,
        body: impl Into<axum::body::Body>,
    ) -> Reply {
        let call = self.actor(operation).request(operation.method.clone(), &self.path(operation));
        call.raw(content_type, body).send().await
    }

    /// Each call from another address, so that no brake hides what lies behind it.
    pub async fn json(&self, operation: &Operation, body: &Value, n: usize) -> Reply {
        let call = self.actor(operation).request(operation.method.clone(), &self.path(operation));
        call.json(body).from(&format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255)).await
    }

    pub async fn form(&self, operation: &Operation, fields: &[(&str, &str)], n: usize) -> Reply {
        let call = self.actor(operation).request(operation.method.clone(), &self.path(operation));
        call.form(fields).from(&format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255)).await
    }
}

/// Operations that read JSON.
fn json_operations() -> Vec<Operation> {
    routes::all().into_iter().filter(|o| o.body.as_ref().is_some_and(routes::Body::is_json)).collect()
}

/// Operations that read a form.
fn form_operations() -> Vec<Operation> {
    routes::all().into_iter().filter(|o| o.body.as_ref().is_some_and(routes::Body::is_form)).collect()
}

/// A refusal as it has to be: a problem, one sentence, an id to quote, nothing from the engine room.
fn refused(what: &str, reply: &Reply) {
    assert!((400..500).contains(&reply.status), "{what}: {} {:.400}", reply.status, reply.text);
    assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
    assert_eq!(reply.json["status"], reply.status, "{what}");
    let detail = reply.detail();
    let is_sentence =
        detail.ends_with('.') && detail.len() > 8 && detail.chars().count() < 300 && !detail.contains('\n');
    assert!(is_sentence || [401, 403].contains(&reply.status), "{what}: {detail:?}");
    let id = reply.json["request_id"].as_str().unwrap_or_default();
    assert!(!id.is_empty() && id == reply.header("x-request-id"), "{what}: {}", reply.text);
    assert!(reply.json["code"].as_str().is_some_and(|code| !code.is_empty()), "{what}: {}", reply.text);
    for error in reply.json["errors"].as_array().unwrap() {
        let message = error["message"].as_str().unwrap_or_default();
        assert!(
            message.ends_with(['.', '?']) && !error["field"].as_str().unwrap().is_empty(),
            "{what}: {error}"
        );
    }
    for word in
        ["SQLSTATE", "panicked", "serde", "src/", "tokio", "expected value", "invalid type", "postgres"]
    {
        assert!(!reply.text.contains(word), "{what} tells {word}: {}", reply.text);
    }
}

fn status_is(what: &str, reply: &Reply, statuses: &[u16]) {
    refused(what, reply);
    assert!(
        statuses.contains(&reply.status),
        "{what}: {} instead of {statuses:?}: {}",
        reply.status,
        reply.text
    );
}

fn not_our_fault(what: &str, reply: &Reply) {
    assert!(reply.status < 500, "{what}: {} {:.400}", reply.status, reply.text);
    if reply.status >= 400 && reply.header("content-type").contains("json") {
        refused(what, reply);
    }
}

/// A digest of every table of the database but those that exist to count attempts.
async fn fingerprint(app: &TestApp, but: &[&str]) -> BTreeMap<String, String> {
    let rows = app
        .sql(
            "select t.table_schema || '.' || t.table_name as name,
                    md5(query_to_xml(format('select * from %I.%I t order by t::text', t.table_schema, t.table_name),
                                     true, false, '')::text) as digest
               from information_schema.tables t
              where t.table_type = 'BASE TABLE' and t.table_schema not in ('pg_catalog', 'information_schema')",
        )
        .await;
    assert!(rows.len() > 20);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    // When somebody was last seen is noted whatever they asked for.
    let is_kept = |name: &str| name != "public.tenant_activity" && !but.contains(&name);
    let kept = rows.iter().filter(|row| is_kept(row["name"].as_str().unwrap()));
    kept.map(|row| (text(row, "name"), text(row, "digest"))).collect()
}

const ATTEMPTS: &[&str] = &["public.denied_attempts", "public.failed_sign_ins", "public.idempotency_keys"];

#[tokio::test]
async fn a_flood_of_bad_input_leaves_the_counters_of_attempts_as_the_only_trace() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let before = fingerprint(&app, ATTEMPTS).await;
    for operation in
        json_operations().into_iter().filter(|o| o.body.as_ref().is_some_and(|body| body.required))
    {
        // Of somebody whom nobody knows everything may be blank, and blank notes are none.
        if ["unidentified.register", "appointments.update"].contains(&operation.id.as_str()) {
            continue;
        }
        // Read well, refused by its rules.
        let everything_blank: Value =
            operation.body.as_ref().unwrap().texts().into_iter().map(|field| (field, json!(" "))).collect();
        let reply = attack.json(&operation, &everything_blank, 77).await;
        if reply.status < 300 && operation.path.ends_with("/resend-verification") {
            continue;
        }
        refused(&format!("{} with blanks", operation.name()), &reply);
    }
    assert_eq!(fingerprint(&app, ATTEMPTS).await, before);
}
