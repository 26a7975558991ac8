//! Everybody who tries, and how a program and a browser send what an operation takes.

use hms::clinic::roles::SystemRole;
use serde_json::Value;

use crate::harness::files::{Part, png};
use crate::harness::routes::{self, Operation};
use crate::harness::{Browser, Client, Hospital, Reply, TestApp};

/// Everybody on one stage.
pub(super) struct Cast<'a> {
    pub(super) app: &'a TestApp,
    pub(super) hospital: &'a Hospital<'a>,
    pub(super) staff: Vec<(SystemRole, Person)>,
    pub(super) boss: Person,
}

/// Somebody with a program and a browser.
pub(super) struct Person {
    pub(super) client: Client,
    pub(super) browser: Browser,
}

impl Person {
    pub(super) async fn of(client: Client) -> Self {
        let browser = client.browser().await;
        Self { client, browser }
    }

    pub(super) async fn call(&self, operation: &Operation, path: &str, body: &Value) -> Reply {
        if operation.page {
            page(&self.browser, operation, path, body).await
        } else {
            program(&self.client, operation, path, body).await
        }
    }

    /// After an act that ends the session.
    pub(super) async fn again(&self) -> Self {
        Self::of(self.client.again().await).await
    }
}

impl<'a> Cast<'a> {
    pub(super) async fn of(app: &'a TestApp, hospital: &'a Hospital<'a>) -> Self {
        let mut staff = Vec::new();
        for role in SystemRole::ALL {
            staff.push((role, Person::of(hospital.staff(role).await).await));
        }
        Self { app, hospital, staff, boss: Person::of(app.super_admin().await).await }
    }
}

pub async fn program(client: &Client, operation: &Operation, path: &str, body: &Value) -> Reply {
    let call = client.request(operation.method.clone(), path);
    let call = match &operation.body {
        None => call,
        Some(wanted) if wanted.is_json() => call.json(body),
        Some(wanted) if wanted.is_form() => call.form(&pairs(body)),
        Some(wanted) if wanted.is_multipart() => call.file(&png()),
        Some(wanted) => call.raw(&wanted.media_type, ""),
    };
    call.send().await
}

pub async fn page(browser: &Browser, operation: &Operation, path: &str, body: &Value) -> Reply {
    let takes_file = operation.body.as_ref().is_some_and(routes::Body::is_multipart);
    match operation.is_read() {
        true => browser.get(path).await,
        false if takes_file => browser.upload(path, &[Part::file(&png())]).await,
        false => browser.submit(path, &pairs(body)).await,
    }
}

fn pairs(body: &Value) -> Vec<(&str, &str)> {
    body.as_object().unwrap().iter().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?))).collect()
}
