//! Staff: inviting, changing and stopping people, rights that nobody climbs, limits and races, tables of people.

mod api;
mod escalation;
mod import;
mod limits;
mod pages;
mod races;

use serde_json::{Value, json};

use crate::harness::{Client, Hospital, PASSWORD, TestApp};

pub const USERS: &str = "/api/v1/users";

/// An address that nobody has.
pub fn address() -> String {
    format!("{}@example.org", uuid::Uuid::now_v7().simple())
}

/// A complete invitation, with these fields on top.
pub fn person(fields: Value) -> Value {
    let mut body = json!({ "email": address(), "first_name": "Meera", "last_name": "Kulkarni", "department": "Cardiology" });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub async fn invited(by: &Client, fields: Value) -> Value {
    let reply = by.post(USERS, &person(fields)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

pub fn path_of(user: &Value) -> String {
    format!("{USERS}/{}", user["id"].as_str().unwrap())
}

/// Choose the usual password by the link that was mailed last.
pub async fn chooses_password(app: &TestApp, email: &str) {
    let link = app.link_for(email, "/set-password").await;
    let token = link.split_once("token=").unwrap().1;
    let body = json!({ "token": token, "new_password": PASSWORD });
    let reply = app.anonymous().post("/api/v1/auth/reset-password", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

/// Somebody who was invited with these roles, came, and is signed in.
pub async fn joined(app: &TestApp, by: &Client, roles: &[&str]) -> (Client, Value) {
    let user = invited(by, json!({ "roles": roles })).await;
    let email = user["email"].as_str().unwrap();
    chooses_password(app, email).await;
    (app.sign_in(email).await, user)
}

/// A role of this hospital that grants these codes; its id.
pub async fn role(clinic: &Hospital<'_>, name: &str, codes: &[&str]) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    clinic.sql(&format!("insert into roles (id, name) values ('{id}', '{name}')")).await;
    for code in codes {
        clinic
            .sql(&format!(
                "insert into role_permissions (role_id, permission_code) values ('{id}', '{code}')"
            ))
            .await;
    }
    id
}

/// The column of a user's row.
pub async fn account(app: &TestApp, user: &Value, column: &str) -> Value {
    let id = user["id"].as_str().unwrap();
    app.sql(&format!("select {column} as it from public.users where id = '{id}'")).await[0]["it"].clone()
}

/// Status and code of a refusal.
pub fn told(reply: &crate::harness::Reply) -> (u16, String) {
    (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned())
}
