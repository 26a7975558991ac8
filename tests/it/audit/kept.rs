//! Nobody who serves requests can change or remove a line: not a hospital's role, not the platform's, not the login.

use hms::db::Isolation;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::harness::{Blank, TestApp};
use crate::modes;

const OF_HOSPITALS: [&str; 3] = ["audit_events", "patient_changes", "consents"];
const OF_THE_PLATFORM: [&str; 3] =
    ["public.audit_events", "public.denied_attempts", "public.failed_sign_ins"];

/// Each way to change or remove what is kept there, tried in a transaction that begins so.
async fn cannot_be_changed(client: &Client, context: &str, table: &str) {
    let column = match table.trim_start_matches("public.") {
        "patient_changes" => "action",
        "consents" | "audit_events" => "kind",
        "denied_attempts" => "route",
        _ => "reason",
    };
    for sql in [
        format!("update {table} set {column} = 'x'"),
        format!("update {table} set id = id where false"),
        format!("delete from {table}"),
        format!("truncate {table}"),
        format!("merge into {table} a using (select 1) b on true when matched then delete"),
        format!("select id from {table} for update"),
    ] {
        client.batch_execute(&format!("begin; {context}")).await.unwrap();
        let refused = client.batch_execute(&sql).await;
        let error = refused.map_or_else(|error| error, |()| panic!("allowed: {context}; {sql}"));
        assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{context}; {sql}");
        client.batch_execute("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn no_role_of_the_app_changes_or_removes_a_line() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let client = app.target().connect(&app.target().app).await.unwrap();
    let schema = &clinic.schema;
    let hospital = format!("set local role {schema}; set local search_path to {schema}, extensions");
    let platform = "set local role hms_platform; set local search_path to extensions";
    for table in OF_HOSPITALS {
        cannot_be_changed(&client, &hospital, table).await;
        cannot_be_changed(&client, platform, &format!("{schema}.{table}")).await;
        cannot_be_changed(&client, "select", &format!("{schema}.{table}")).await;
        cannot_be_changed(&client, &hospital, &format!("{}.{table}", other.schema)).await;
    }
    for table in OF_THE_PLATFORM {
        cannot_be_changed(&client, platform, table).await;
        cannot_be_changed(&client, &hospital, table).await;
        cannot_be_changed(&client, "select", table).await;
    }
    // Adding and reading is what they may do.
    let add = "insert into audit_events (id, at, action, kind) values (gen_random_uuid(), now(), 'x', 'x')";
    client
        .batch_execute(&format!("begin; {hospital}; {add}; select * from audit_events; rollback"))
        .await
        .unwrap();
}

#[tokio::test]
async fn where_hospitals_have_no_role_of_their_own_the_login_cannot_either() {
    let blank = Blank::create().await;
    let app = modes::prepare(&blank, blank.target(), "off").await;
    assert_eq!(app.app.db.isolation(), Isolation::PathOnly);
    let clinic = app.hospital("Asha Clinic").await;
    let client = app.target().connect(&app.target().app).await.unwrap();
    let path = format!("set local search_path to {}, extensions", clinic.schema);
    for table in OF_HOSPITALS.into_iter().chain(OF_THE_PLATFORM) {
        cannot_be_changed(&client, &path, table).await;
    }
}
