//! Suspending and activating.

use super::*;

#[tokio::test]
async fn a_suspension_holds_on_every_instance_within_a_second_and_ends_when_activated() {
    let app = TestApp::new().await;
    let other = app.second_instance().await;
    let (clinic, neighbour) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let elsewhere = nurse.on(&other.router);
    let unharmed = neighbour.admin().await;
    let boss = app.super_admin().await;
    assert_eq!((nurse.get(ME).await.status, elsewhere.get(ME).await.status), (200, 200));

    let reason = json!({ "reason": "  Unpaid since\tMay " });
    let suspended = boss.patch(&format!("{TENANTS}/{}/suspend", clinic.id), &reason).await;
    let started = Instant::now();
    assert_eq!(suspended.status, 200, "{}", suspended.text);
    assert_eq!((&suspended.json["status"], &suspended.json["id"]), (&json!("SUSPENDED"), &json!(clinic.id)));
    for client in [&nurse, &elsewhere] {
        eventually("staff are refused", async || client.get(ME).await.status == 403).await;
        assert!(client.get(ME).await.detail().contains("suspended"));
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    let login = app
        .anonymous()
        .form("/api/v1/auth/login", &[("username", &clinic.email), ("password", crate::harness::PASSWORD)])
        .await;
    assert!(login.status == 401 && login.detail().contains("suspended"), "{}", login.text);
    assert_eq!(unharmed.get(ME).await.status, 200);
    assert_eq!(change(&boss, &clinic.id, "suspend").await.detail(), "This hospital is suspended already.");

    let activated = change(&boss, &clinic.id, "activate").await;
    assert_eq!((activated.status, &activated.json["status"]), (200, &json!("ACTIVE")));
    for client in [&nurse, &elsewhere] {
        eventually("staff are back", async || client.get(ME).await.status == 200).await;
    }
    let again = change(&boss, &clinic.id, "activate").await;
    assert_eq!((again.status, again.detail()), (400, "This hospital is active already."));
    let expected = [
        (
            "suspended".to_owned(),
            json!({ "from": "ACTIVE", "to": "SUSPENDED", "patients_here": 0, "reason": "Unpaid since May" }),
        ),
        ("activated".to_owned(), json!({ "from": "SUSPENDED", "to": "ACTIVE" })),
    ];
    assert_eq!(history(&app, &clinic.id).await, expected, "what was refused is not in it");
}

#[tokio::test]
async fn suspending_is_no_way_around_the_confirmation_of_an_address() {
    let app = TestApp::new().await;
    let clinic = app.pending_hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    assert_eq!(change(&boss, &clinic.id, "suspend").await.json["status"], "SUSPENDED");
    let back = change(&boss, &clinic.id, "activate").await;
    assert_eq!(back.json["status"], "PENDING");

    let vouched = change(&boss, &clinic.id, "activate").await;
    assert_eq!(vouched.json["status"], "ACTIVE", "an operator may vouch, knowingly: it was PENDING before");
    assert_eq!(clinic.admin().await.get(ME).await.status, 200);
    assert_eq!(history(&app, &clinic.id).await[2].1, json!({ "from": "PENDING", "to": "ACTIVE" }));
}

#[tokio::test]
async fn only_who_saw_the_newest_version_may_change_it() {
    let app = TestApp::new().await;
    let clinic = app.pending_hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let with_version = async |verb: &str, version: &str| {
        boss.request(Method::PATCH, &format!("{TENANTS}/{}/{verb}", clinic.id))
            .header("if-match", version)
            .send()
            .await
    };
    assert_eq!(with_version("suspend", "\"7\"").await.status, 412);
    let suspended = with_version("suspend", "\"1\"").await;
    assert_eq!(
        (suspended.status, suspended.header("etag"), &suspended.json["version"]),
        (200, "\"2\"", &json!(2))
    );
    let version = suspended.header("etag").to_owned();
    let racers = join_all((0..8).map(|_| with_version("activate", &version))).await;
    assert_eq!(racers.iter().filter(|r| r.status == 200).count(), 1);
    assert_eq!(racers.iter().filter(|r| r.status == 412).count(), 7);
    assert_eq!(boss.get(TENANTS).await.json["items"][0]["status"], "PENDING", "nobody vouched by accident");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_suspend_at_once_one_does() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(50));
    let racers = (0..50).map(|_| {
        let (boss, id, start) = (boss.clone(), clinic.id.clone(), std::sync::Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            change(&boss, &id, "suspend").await
        })
    });
    let replies: Vec<Reply> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(replies.iter().filter(|r| r.status == 200).count(), 1);
    for reply in replies.iter().filter(|r| r.status != 200) {
        assert_eq!((reply.status, &reply.json["code"]), (400, &json!("hospitals.already_suspended")));
    }
    assert_eq!(history(&app, &clinic.id).await.len(), 1);
}
