//! Hospitals to try HMS with.

mod asking;
mod believing;
mod freshening;
mod resetting;
mod seeding;

use hms::app::App;
use hms::demo::{self, Size};
use hms::platform::demo::Action;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::harness::{Client, TestApp};

pub const PASSWORD: &str = "Demo@12345";
const A: &str = "demo-tenant-a.hms";
const B: &str = "demo-tenant-b.hms";

/// An installation in demo mode, where it is a quarter past eleven on a working day at hospital A.
async fn in_demo_mode(more: &[(&str, &str)]) -> TestApp {
    let mut variables = vec![("DEMO_MODE", "true")];
    variables.extend(more);
    let app = TestApp::configured(&variables).await;
    let now = app.app.clock.in_zone(&TimeZone::get("Asia/Kolkata").unwrap());
    let mut day = now.date();
    if now.time() > jiff::civil::time(11, 15, 0, 0) {
        day = day.tomorrow().unwrap();
    }
    if day.weekday() == jiff::civil::Weekday::Sunday {
        day = day.tomorrow().unwrap();
    }
    let wanted = day.at(11, 15, 0, 0).to_zoned(now.time_zone().clone()).unwrap();
    app.app.clock.shift(wanted.timestamp().as_second() - now.timestamp().as_second());
    app
}

async fn act(app: &App, action: Action) -> String {
    demo::at_terminal(app, action, Size::default()).await.unwrap_or_else(|error| panic!("{error:#}"))
}

async fn seeded(more: &[(&str, &str)]) -> TestApp {
    let app = in_demo_mode(more).await;
    act(&app.app, Action::Seed).await;
    app
}

/// Somebody of a hospital, signed in.
async fn sign_in(app: &TestApp, key: &str, domain: &str) -> Client {
    Client::sign_in(app.router.clone(), &format!("{key}@{domain}"), PASSWORD).await
}

/// Rows of a query in a demo hospital's schema; nothing for other statements.
async fn rows(app: &TestApp, letter: char, statement: &str) -> Vec<Value> {
    let licence = format!("DEMO-TENANT-{letter}-011");
    let found =
        app.sql(&format!("select schema_name from public.tenants where license_number = '{licence}'")).await;
    let schema = found[0]["schema_name"].as_str().unwrap();
    let client = app.superuser().await;
    client.batch_execute(&format!("set search_path to {schema}, extensions")).await.unwrap();
    if !statement.trim_start().starts_with("select") {
        client.batch_execute(statement).await.unwrap();
        return Vec::new();
    }
    let found = client.query(&format!("select to_jsonb(x) from ({statement}) x"), &[]).await.unwrap();
    found.iter().map(|row| row.get(0)).collect()
}

async fn count(app: &TestApp, letter: char, query: &str) -> i64 {
    rows(app, letter, &format!("select ({query}) as n")).await[0]["n"].as_i64().unwrap()
}
