//! The pages of roles, as an administrator and others see them.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use super::{codes, give, made, path_of, somebody, system};
use crate::harness::TestApp;

#[tokio::test]
async fn an_administrator_makes_changes_disables_and_removes_a_role() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let page = admin.browser().await;
    let list = page.get("/roles").await.text;
    for part in [
        "10 roles.",
        ">Hospital admin</bdi>",
        "Everything",
        "Lab technician",
        "Built in</span>",
        "href=\"/roles/new\"",
        "aria-current=\"page\"",
    ] {
        assert!(list.contains(part), "{part} in {list}");
    }
    assert!(!list.contains("toggle-active"), "nothing is done to what comes with HMS");

    // Begin with what a receptionist may do.
    let desk = system(&admin, SystemRole::Receptionist).await;
    let begun = page.get(&format!("/roles/new?template={}", desk["id"].as_str().unwrap())).await.text;
    for code in codes(&desk) {
        assert!(begun.contains(&format!(r#"name="{code}" value="true" checked>"#)), "{code} in {begun}");
    }
    assert!(begun.contains(r#"name="users:create" value="true">"#));
    assert!(begun.contains("<legend>Stock items</legend>") && begun.contains("Book appointments"));
    assert_eq!(page.get("/roles/new?template=nonsense").await.status, 404);

    let blank = page.submit("/roles/new", &[("name", ""), ("patients:view", "true")]).await;
    assert_eq!(blank.status, 422);
    assert!(
        blank.text.contains("id=\"errors\"")
            && blank.text.contains("name=\"patients:view\" value=\"true\" checked")
    );
    let taken = page.submit("/roles/new", &[("name", "nurse"), ("patients:view", "true")]).await;
    assert_eq!(taken.status, 400);
    assert!(
        taken.text.contains("A role of this name exists already.") && taken.text.contains("value=\"nurse\"")
    );
    let fields = [
        ("name", "Ward <clerk>"),
        ("description", "Papers"),
        ("patients:view", "true"),
        ("users:view", "true"),
    ];
    let made = page.submit("/roles/new", &fields).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let href = made.header("location").split('?').next().unwrap().to_owned();
    let shown = page.get(made.header("location")).await;
    assert!(shown.text.contains("Role created. Nobody holds it yet."));
    assert!(shown.text.contains("Ward &#60;clerk&#62;") && !shown.text.contains("Ward <clerk>"));
    assert_eq!(shown.field("version"), "1");

    let fields = [("version", "1"), ("name", "Ward clerk"), ("patients:view", "true"), ("lab:view", "true")];
    assert_eq!(page.submit(&href, &fields).await.header("location"), format!("{href}?done=saved"));
    // Somebody else in between: both versions are seen, and one decides.
    let fields = [("version", "1"), ("name", "Clerk of the ward"), ("billing:view", "true")];
    let stale = page.submit(&href, &fields).await;
    assert_eq!((stale.status, stale.field("version")), (412, "2"));
    for part in
        ["Saved now", "Ward clerk", "Clerk of the ward", "See patients", "See bills", "Save mine over it"]
    {
        assert!(stale.text.contains(part), "{part} in {}", stale.text);
    }
    let fields = [("version", "2"), ("name", "Clerk of the ward"), ("billing:view", "true")];
    assert_eq!(page.submit(&href, &fields).await.status, 303);
    let shown = page.get(&href).await.text;
    assert!(shown.contains(r#"name="billing:view" value="true" checked>"#));
    assert!(shown.contains(r#"name="patients:view" value="true">"#));

    // Disable and enable ask first; a second click is told, not done.
    let toggle = format!("{href}/toggle-active");
    let asked = page.get(&toggle).await;
    assert!(
        asked.text.contains("Disable <bdi>Clerk of the ward</bdi>?")
            && asked.text.contains("Nobody holds it")
    );
    let version = asked.field("version").to_owned();
    let done = page.submit(&toggle, &[("version", &version)]).await;
    assert_eq!(done.header("location"), "/roles?done=role-disabled");
    assert!(page.get(done.header("location")).await.text.contains("It grants nothing any more."));
    let twice = page.submit(&toggle, &[("version", &version)]).await;
    assert_eq!(twice.status, 412);
    assert!(twice.text.contains("Somebody else changed this role"));
    assert!(page.get("/roles").await.text.contains("Disabled</span>"));
    assert!(page.get(&toggle).await.text.contains("Enable <bdi>Clerk of the ward</bdi>?"));
    let remove = format!("{href}/remove");
    assert!(page.get(&remove).await.text.contains("Remove <bdi>Clerk of the ward</bdi>?"));
    assert_eq!(page.submit(&remove, &[]).await.header("location"), "/roles?done=role-removed");
    assert_eq!(page.get(&href).await.status, 404);
    assert_eq!(page.submit(&href, &fields).await.status, 404);
}

#[tokio::test]
async fn who_holds_a_role_is_shown_to_who_may_see_staff() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let role = made(&admin, "Porter", &["dashboard:view"]).await;
    let person = clinic.staff(SystemRole::Dispatcher).await;
    give(&clinic, &person, &role).await;
    let href = format!("/roles/{}", role["id"].as_str().unwrap());
    let page = admin.browser().await;
    let shown = page.get(&href).await.text;
    assert!(shown.contains("1 person holds it") && shown.contains("People who hold it"), "{shown}");
    assert!(shown.contains("<bdi class=\"strong\">Meera Kulkarni</bdi>"), "{shown}");
    let (reader, _) = somebody(&clinic, &admin, &["roles:view"]).await;
    let seen = reader.browser().await.get(&href).await.text;
    assert!(seen.contains("1 person holds it") && !seen.contains("People who hold it"), "{seen}");
    assert!(!seen.contains("Save changes") && !seen.contains("toggle-active") && !seen.contains("/remove"));

    let refused = page.submit(&format!("{href}/remove"), &[]).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("This role is held by 1 person."), "{}", refused.text);
    assert!(
        page.get(&format!("{href}/toggle-active"))
            .await
            .text
            .contains("1 person holds it, and within a second")
    );
}

#[tokio::test]
async fn what_comes_with_hms_is_shown_and_not_changed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let page = admin.browser().await;
    let doctor = system(&admin, SystemRole::Doctor).await;
    let href = format!("/roles/{}", doctor["id"].as_str().unwrap());
    let shown = page.get(&href).await.text;
    assert!(
        shown.contains("This role comes with HMS and stays as it is.")
            && shown.contains("New role like this")
    );
    assert!(!shown.contains("Save changes") && shown.contains(r#"<fieldset class="plain" disabled>"#));
    let fields = [("version", "1"), ("name", "Mine"), ("patients:view", "true")];
    for (path, fields) in [
        (href.clone(), &fields[..]),
        (format!("{href}/toggle-active"), &fields[..1]),
        (format!("{href}/remove"), &[]),
    ] {
        let reply = page.submit(&path, fields).await;
        assert_eq!(reply.status, 403, "{path}: {}", reply.text);
        assert!(reply.text.contains("This role comes with HMS and stays as it is."), "{path}");
    }
    assert_eq!(admin.get(&path_of(&doctor)).await.json, doctor);

    // The menu shows it to who may see it.
    let today = page.get("/today").await.text;
    assert!(today.contains("href=\"/roles\"") && today.contains("href=\"/departments\""));
    let nurse = clinic.staff(SystemRole::Nurse).await.browser().await;
    let today = nurse.get("/today").await.text;
    assert!(
        !today.contains("href=\"/roles\"") && today.contains("href=\"/departments\""),
        "may see departments"
    );
    let auditor = clinic.staff(SystemRole::Auditor).await.browser().await;
    let list = auditor.get("/roles").await.text;
    assert!(list.contains("Hospital admin") && !list.contains("/roles/new"), "{list}");
    assert_eq!(clinic.staff(SystemRole::Doctor).await.get("/api/v1/roles").await.json["status"], json!(403));
}
