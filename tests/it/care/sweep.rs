//! Every address below a patient's record, asked by a doctor who may do everything but does not care for the patient.

use std::collections::BTreeMap;

use hms::clinic::roles::CATALOGUE;

use super::*;
use crate::authorization::{Kind, good_body, kind_of, make, page, program};
use crate::harness::routes;

/// A reason alone is not enough for what would outlast it.
const OUTLASTS_A_REASON: &[&str] =
    &["merges.merge", "pages.merges.merge", "care.assign", "pages.care.assign", "care.end", "pages.care.end"];

#[tokio::test]
async fn no_address_below_a_record_opens_without_care_or_a_reason() {
    let app = TestApp::new().await;
    let stage = Stage::off(&app).await;
    let boss = app.super_admin().await;
    for permission in CATALOGUE {
        stage
            .clinic
            .sql(&format!(
                "insert into role_permissions (role_id, permission_code)
                 select id, '{}' from roles where system_key = 'DOCTOR' on conflict do nothing",
                permission.code
            ))
            .await;
    }
    switch(&stage.admin, true).await;
    let doctor = stage.ben.again().await;
    let browser = doctor.browser().await;
    let mut asked = 0;
    for operation in routes::all() {
        let parameters = operation.parameters();
        let kinds: Vec<Kind> = parameters.iter().filter_map(|p| kind_of(p)).collect();
        // Breaking the glass is how a record is opened.
        if kinds.first() != Some(&Kind::Patient) || operation.path.ends_with("/break-glass") {
            continue;
        }
        // Who looked is for auditors, who need not see the record.
        if operation.permission.as_deref() == Some("audit:view") {
            continue;
        }
        let (mut ids, mut within) = (BTreeMap::new(), None);
        for (parameter, kind) in parameters.iter().zip(&kinds) {
            let id = make(*kind, &app, &stage.admin, &boss, &operation, within.as_deref()).await;
            ids.insert(parameter.clone(), id.clone());
            within = Some(id);
        }
        let mut body = good_body(&operation.id);
        if operation.id.ends_with("merges.merge") {
            body["duplicate_id"] = stage.patients[2]["id"].clone();
        }
        if operation.id.ends_with("care.assign") {
            body["user_id"] = me(&doctor).await;
        }
        let (name, path) = (operation.name(), operation.path_with(|p| ids[p].clone()));
        let call = async || match operation.page {
            true => page(&browser, &operation, &path, &body).await,
            false => program(&doctor, &operation, &path, &body).await,
        };
        let patient = &ids[&parameters[0]];
        let look = format!("select to_jsonb(p) as row from patients p where id = '{patient}'");
        let before = stage.clinic.sql(&look).await;
        let reply = call().await;
        let question = format!("/patients/{patient}/break-glass");
        match (operation.page, operation.is_read()) {
            (false, _) => assert_eq!(code(&reply), not_linked(), "{name}: {}", reply.text),
            (true, true) => {
                assert_eq!(reply.status, 303, "{name}: {}", reply.text);
                assert!(
                    reply.header("location").starts_with(&question),
                    "{name}: {}",
                    reply.header("location")
                );
            }
            (true, false) => assert_eq!(reply.status, 403, "{name}: {}", reply.text),
        }
        assert!(!reply.text.contains("Zebunnisa"), "{name} tells the name: {}", reply.text);
        assert_eq!(stage.clinic.sql(&look).await, before, "{name}");

        let broken = break_glass(&doctor, &format!("{PATIENTS}/{patient}")).await;
        assert_eq!(
            (broken.status, &broken.json["kind"]),
            (201, &json!("NOT_LINKED")),
            "{name}: {}",
            broken.text
        );
        let reply = call().await;
        if OUTLASTS_A_REASON.contains(&operation.id.as_str()) {
            assert_eq!(reply.status, 403, "{name} for a reason alone: {}", reply.text);
        } else {
            let fine = (200..300).contains(&reply.status)
                || (operation.page
                    && reply.status == 303
                    && !reply.header("location").starts_with(&question));
            assert!(fine, "{name} for a reason: {} {}", reply.status, reply.text);
        }
        asked += 1;
    }
    assert!(asked > 40, "the sweep asked {asked} times");
}
