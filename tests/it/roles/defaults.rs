//! What a hospital starts with: the same in an old one, told by the documentation, and made of codes that mean something.

use hms::clinic::roles::{CATALOGUE, SystemRole};
use hms::db::{SchemaName, migrate};
use hms::modules::MODULES;
use serde_json::Value;

use crate::architecture::root;
use crate::cli;
use crate::harness::TestApp;

/// The contract's, area by area.
const CONTRACT: &str = "dashboard:view patients:view patients:create patients:update appointments:view appointments:create \
    appointments:update_status prescriptions:view prescriptions:create prescriptions:update_status users:view users:create \
    users:update users:deactivate users:assign_roles billing:view billing:create pharmacy:view pharmacy:dispense lab:view \
    lab:order lab:result ipd:view ipd:admit ipd:discharge documents:view documents:upload sharing:create sharing:view \
    departments:view departments:create departments:update departments:delete roles:view roles:create roles:update \
    roles:assign_permissions stock_items:view stock_items:manage settings:view settings:update";

/// Codes of ours that nothing asks for yet. May only shrink.
const AHEAD: &[(&str, &str)] = &[
    ("vitals:view", "the ward's measurements are still to come; the contract has no code for them"),
    ("vitals:record", "the ward's measurements are still to come; the contract has no code for them"),
];

#[test]
fn each_code_is_the_contracts_or_asked_for_by_something() {
    let contract: Vec<&str> = CONTRACT.split_whitespace().collect();
    assert_eq!(contract.len(), 41);
    for code in &contract {
        assert!(CATALOGUE.iter().any(|p| p.code == *code), "{code} of the contract is missing");
    }
    let declared = |code: &str| MODULES.iter().flat_map(|m| m.permissions).any(|p| p.code == code);
    for permission in CATALOGUE {
        let code = permission.code;
        let known =
            contract.contains(&code) || declared(code) || AHEAD.iter().any(|(ahead, _)| *ahead == code);
        assert!(known, "{code} means nothing: no module declares it");
        assert_eq!(CATALOGUE.iter().filter(|p| p.code == code).count(), 1, "{code} twice");
    }
}

#[tokio::test]
async fn the_documentation_tells_the_roles_as_they_are() {
    let page = hms::cli::roles::page();
    let kept = std::fs::read_to_string(root().join("docs/ROLES.md")).unwrap();
    assert!(
        kept == page,
        "docs/ROLES.md differs: run `cargo run -- roles --out docs/ROLES.md`, look at the difference, commit it"
    );
    assert!(std::fs::read_to_string(root().join("README.md")).unwrap().contains("(docs/ROLES.md)"));
    // By the command itself, without a database.
    let ran = cli::run(&[], &["roles"]).await;
    assert_eq!((ran.code, &ran.out), (0, &page), "{}", ran.err);
    let ticks = page.matches('●').count();
    assert_eq!(ticks, SystemRole::ALL.iter().map(|role| role.permissions().len()).sum::<usize>());
}

/// As a sign-up wrote them before version 14.
const OLD: &[(&str, &str, &str)] = &[
    ("HOSPITAL_ADMIN", "Runs the hospital's account", ""),
    (
        "DOCTOR",
        "Treats patients",
        "dashboard:view patients:view patients:create patients:update patients:restrict appointments:view \
         appointments:create appointments:update_status prescriptions:view prescriptions:create \
         prescriptions:update_status ipd:view ipd:admit ipd:discharge lab:view lab:order documents:view documents:upload \
         sharing:create sharing:view stock_items:view departments:view users:view",
    ),
    (
        "NURSE",
        "Cares for patients",
        "dashboard:view patients:view patients:create patients:update appointments:view ipd:view ipd:admit ipd:discharge \
         stock_items:view departments:view",
    ),
    (
        "PHARMACIST",
        "Dispenses medicines and keeps the stock",
        "dashboard:view prescriptions:view prescriptions:update_status pharmacy:view pharmacy:dispense stock_items:view \
         stock_items:manage",
    ),
    (
        "RECEPTIONIST",
        "Registers patients and books visits",
        "dashboard:view patients:view patients:create patients:update appointments:view appointments:create \
         appointments:update_status departments:view users:view",
    ),
];

#[tokio::test]
async fn an_old_hospital_gets_what_a_new_one_starts_with() {
    let app = TestApp::new().await;
    let (target, isolation) = (app.target(), app.app.db.isolation());
    let schema = SchemaName::parse("t_00000000000000aa").unwrap();
    let owner = target.connect(&target.owner_with_path("extensions", isolation)).await.unwrap();
    owner.batch_execute(&format!("create schema {schema}")).await.unwrap();
    migrate::tenant_to(target, isolation, &schema, 11).await.unwrap();
    let administrator = format!("{CONTRACT} roles:delete patients:restrict");
    for (key, about, codes) in OLD {
        let codes = if codes.is_empty() { &administrator } else { *codes };
        let about = about.replace('\'', "''");
        let old = format!(
            "set search_path to {schema}, extensions;
             insert into roles (id, name, system_key, description, is_system)
             values (gen_random_uuid(), '{key}', '{key}', '{about}', true);
             insert into role_permissions (role_id, permission_code)
             select id, code from roles, unnest(string_to_array('{}', ' ')) as code where system_key = '{key}'",
            codes.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        owner.batch_execute(&old).await.unwrap();
    }
    migrate::tenant(target, isolation, &schema).await.unwrap();

    let fresh = app.hospital("New").await;
    let roles = |schema: &str| {
        format!(
            "select name, system_key, works_as, description, is_system, is_active, version,
                    array(select permission_code from {schema}.role_permissions p where p.role_id = r.id order by 1) as codes
               from {schema}.roles r order by system_key"
        )
    };
    let (old, new): (Vec<Value>, Vec<Value>) =
        (app.sql(&roles(schema.as_str())).await, app.sql(&roles(&fresh.schema)).await);
    assert_eq!(new.len(), SystemRole::ALL.len());
    for (old, new) in old.iter().zip(&new) {
        assert_eq!(old, new, "a migration is missing for what the catalogue gives");
    }
    assert_eq!(old.len(), new.len());
}
