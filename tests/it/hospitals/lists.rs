//! Who sees which hospitals, found, sorted and paged.

use super::*;

#[tokio::test]
async fn a_super_admin_sees_every_hospital_and_nobody_else_sees_any() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let nurse = asha.staff(SystemRole::Nurse).await;
    app.sql(&format!("insert into public.tenant_usage values ('{}', 12480, now())", zen.schema)).await;
    let boss = app.super_admin().await;

    let page = boss.get(TENANTS).await;
    assert_eq!(names(&page), ["Zen Hospital", "Asha Clinic"], "newest first");
    assert_eq!(
        (&page.json["total"], &page.json["page"], &page.json["page_size"]),
        (&json!(2), &json!(1), &json!(50))
    );
    let [z, a] = [0, 1].map(|i| &page.json["items"][i]);
    assert_eq!((&a["user_count"], &z["user_count"]), (&json!(2), &json!(1)));
    assert_eq!((&a["patient_count"], &z["patient_count"]), (&json!(0), &json!(12480)));
    assert_eq!((&a["id"], &a["status"]), (&json!(asha.id), &json!("ACTIVE")));
    for key in ["schema_name", "admin_email", "admin_temp_password", "max_users", "max_patients"] {
        assert!(a.as_object().unwrap().contains_key(key) && a[key].is_null(), "{key}");
    }
    assert!(!page.text.contains(&asha.schema), "where data lies is not told");

    for (client, status) in [(&nurse, 403), (&asha.admin().await, 403), (&app.anonymous(), 401)] {
        assert_eq!(client.get(TENANTS).await.status, status);
        for verb in ["suspend", "activate", "restrict", "lift"] {
            assert_eq!(change(client, &zen.id, verb).await.status, status, "{verb}");
            assert_eq!(change(client, "no-id", verb).await.status, status, "refused before the id is read");
            let page = format!("/console/hospitals/{}/{verb}", zen.id);
            assert_eq!(client.get(&page).await.status, if status == 401 { 303 } else { status });
            assert_eq!(client.form(&page, &[]).await.status, status);
        }
        assert_eq!(client.form("/console/hospitals/search", &[("search", "zen")]).await.status, status);
    }
    assert_eq!(history(&app, &zen.id).await, []);
    assert_eq!(boss.get("/api/v1/auth/me").await.json["roles"][0]["name"], "SUPER_ADMIN");
}

#[tokio::test]
async fn what_is_not_there_or_not_readable_is_refused_plainly() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    for id in [NOBODY, "1", "asha", "%00"] {
        for verb in ["suspend", "activate", "restrict", "lift"] {
            assert_eq!(change(&boss, id, verb).await.status, 404, "{id}");
            assert_eq!(boss.get(&format!("/console/hospitals/{id}/{verb}")).await.status, 404);
            let form = [("reason", "Unpaid")];
            assert_eq!(boss.form(&format!("/console/hospitals/{id}/{verb}"), &form).await.status, 404);
        }
    }
    let path = format!("{TENANTS}/{}/suspend", clinic.id);
    let send = async |content_type: &str, body: String| {
        boss.request(Method::PATCH, &path).raw(content_type, body).send().await
    };
    for (content_type, body, status) in [
        ("application/json", json!({ "reason": "x".repeat(501) }).to_string(), 422),
        ("application/json", json!({ "reason": "a\u{0}b" }).to_string(), 422),
        ("application/json", json!({ "reason": 5 }).to_string(), 422),
        ("application/json", "{".to_owned(), 400),
        ("text/plain", "why".to_owned(), 415),
    ] {
        let reply = send(content_type, body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.text);
        assert!(!reply.detail().is_empty());
    }
    for query in [
        [("status_filter", "GONE")],
        [("sort", "schema_name")],
        [("page", "0")],
        [("page_size", "501")],
        [("page", "x")],
        [("search", &"x".repeat(121))],
        [("search", "a\0b")],
    ] {
        assert_eq!(list(&boss, &query).await.status, 422, "{query:?}");
    }
    assert_eq!(history(&app, &clinic.id).await, []);

    for (content_type, body) in [("", ""), ("application/json", "null"), ("application/json", "{}")] {
        assert_eq!(
            send(content_type, body.to_owned()).await.status,
            200,
            "{body:?} says nothing, which is allowed"
        );
        assert_eq!(change(&boss, &clinic.id, "activate").await.status, 200);
    }
    app.sql("update public.tenants set status = 'INACTIVE'").await;
    assert_eq!(change(&boss, &clinic.id, "suspend").await.json["code"], "hospitals.inactive");
}

#[tokio::test]
async fn search_knows_every_script_and_no_wildcards() {
    let app = TestApp::new().await;
    for name in
        ["आशा क्लिनिक", "Río Clinic", "مستشفى الأمل", "東京病院", "100% Care", "A_B Clinic", "C\\D Clinic"]
    {
        app.hospital(name).await;
    }
    let boss = app.super_admin().await;
    for (search, expected) in [
        ("आशा", vec!["आशा क्लिनिक"]),
        ("rio", vec!["Río Clinic"]),
        ("RÍO c", vec!["Río Clinic"]),
        ("الأمل", vec!["مستشفى الأمل"]),
        ("京病", vec!["東京病院"]),
        ("%", vec!["100% Care"]),
        ("％", vec!["100% Care"]),
        ("_", vec!["A_B Clinic"]),
        ("\\", vec!["C\\D Clinic"]),
        ("' or true --", vec![]),
        ("clinic", vec!["A_B Clinic", "C\\D Clinic", "Río Clinic"]),
        ("nobody", vec![]),
    ] {
        assert_eq!(found(&boss, search).await, expected, "{search}");
    }
    assert_eq!(found(&boss, "  ").await.len(), 7, "blank is no search");
    assert_eq!(found(&boss, "lic-admin").await.len(), 7, "licence");
    assert_eq!(found(&boss, "@EXAMPLE.org").await.len(), 7, "e-mail");
}

#[tokio::test]
async fn lists_are_sorted_filtered_and_paged() {
    let app = TestApp::new().await;
    for name in ["beta", "Alpha", "gamma"] {
        app.hospital(name).await;
    }
    let waiting = app.pending_hospital("Delta").await;
    let boss = app.super_admin().await;
    for (sort, expected) in [
        ("name", ["Alpha", "beta", "Delta", "gamma"]),
        ("-name", ["gamma", "Delta", "beta", "Alpha"]),
        ("created", ["beta", "Alpha", "gamma", "Delta"]),
        ("-created", ["Delta", "gamma", "Alpha", "beta"]),
    ] {
        assert_eq!(names(&list(&boss, &[("sort", sort)]).await), expected, "{sort}");
    }
    let second = list(&boss, &[("sort", "name"), ("page", "2"), ("page_size", "3")]).await;
    assert_eq!((names(&second), &second.json["total"]), (vec!["gamma"], &json!(4)));
    let beyond = list(&boss, &[("page", "9")]).await;
    assert_eq!((names(&beyond).len(), &beyond.json["total"]), (0, &json!(4)));
    let pending = list(&boss, &[("status_filter", "PENDING")]).await;
    assert_eq!((&pending.json["items"][0]["id"], &pending.json["total"]), (&json!(waiting.id), &json!(1)));
    let both =
        list(&boss, &[("status_filter", "ACTIVE"), ("search", "delta"), ("page", ""), ("sort", "")]).await;
    assert_eq!(both.json["total"], 0);
}

#[tokio::test]
async fn the_filter_of_the_status_finds_restricted_ones_too() {
    let app = TestApp::new().await;
    let (asha, _zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let boss = app.super_admin().await;
    assert_eq!(change(&boss, &asha.id, "restrict").await.status, 200);
    let found = list(&boss, &[("status_filter", "RESTRICTED")]).await;
    assert_eq!((names(&found), &found.json["total"]), (vec!["Asha Clinic"], &json!(1)));
    let active = list(&boss, &[("status_filter", "ACTIVE"), ("sort", "name")]).await;
    assert_eq!(names(&active), ["Asha Clinic", "Zen Hospital"], "it stays active");
    let both = [("status_filter", "RESTRICTED"), ("restricted", "false")];
    assert_eq!(list(&boss, &both).await.json["errors"][0]["field"], "restricted");
}
