//! The number of accounts that a hospital may have holds, however many invite at once.

use futures_util::future::join_all;
use serde_json::json;

use super::{USERS, invited, path_of, person, told};
use crate::harness::{Hospital, TestApp};

async fn limit(app: &TestApp, clinic: &Hospital<'_>, most: Option<i64>) {
    let most = most.map_or("null".to_owned(), |most| most.to_string());
    app.sql(&format!("update public.tenants set max_users = {most} where id = '{}'", clinic.id)).await;
}

async fn accounts(app: &TestApp, clinic: &Hospital<'_>) -> i64 {
    let rows = app
        .sql(&format!(
            "select count(*) as n from public.users where tenant_id = '{}' and not is_deleted",
            clinic.id
        ))
        .await;
    rows[0]["n"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_invitations_at_once_fill_the_places_and_not_one_more() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, other) = (clinic.admin().await, app.second_instance().await);
    let there = admin.on(&other.router);
    limit(&app, &clinic, Some(8)).await;
    let requests = (0..50).map(|n| {
        let (admin, there) = (&admin, &there);
        async move {
            let by = if n % 2 == 0 { admin } else { there };
            by.post(USERS, &person(json!({ "roles": ["NURSE"] }))).await
        }
    });
    let replies = join_all(requests).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 7, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!(told(reply), (400, "staff.limit_reached".into()), "{}", reply.text);
    }
    assert_eq!(accounts(&app, &clinic).await, 8);
    let staff = clinic.sql("select count(*) as n from staff").await;
    assert_eq!(staff[0]["n"], 8, "both sides agree");
}

#[tokio::test]
async fn an_inactive_account_counts_and_a_limit_that_is_lifted_is_none() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let user = invited(&admin, json!({})).await;
    assert_eq!(admin.post(&format!("{}/deactivate", path_of(&user)), &json!({})).await.status, 200);
    limit(&app, &clinic, Some(2)).await;
    let full = admin.post(USERS, &person(json!({}))).await;
    assert_eq!(told(&full), (400, "staff.limit_reached".into()));
    assert!(full.detail().contains("2 accounts"), "{}", full.text);
    // Below what there is already, it takes nothing away.
    limit(&app, &clinic, Some(1)).await;
    assert_eq!(admin.post(USERS, &person(json!({}))).await.status, 400);
    assert_eq!(admin.get(USERS).await.status, 200);
    limit(&app, &clinic, None).await;
    assert_eq!(admin.post(USERS, &person(json!({}))).await.status, 201);
}

#[tokio::test]
async fn a_table_fills_the_places_and_says_which_lines_found_none() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    limit(&app, &clinic, Some(4)).await;
    let people: Vec<_> = (0..5).map(|_| person(json!({}))).collect();
    let body = json!({ "people": people });
    let checked = admin.post(&format!("{USERS}/import?check_only=true"), &body).await;
    assert_eq!(
        (&checked.json["invited"], &checked.json["refused"]),
        (&json!(0), &json!(2)),
        "{}",
        checked.text
    );
    assert_eq!(accounts(&app, &clinic).await, 1);
    // Two tables at once: three places in all.
    let more = json!({ "people": (0..5).map(|_| person(json!({}))).collect::<Vec<_>>() });
    let path = format!("{USERS}/import");
    let (one, two) = tokio::join!(admin.post(&path, &body), admin.post(&path, &more));
    let invited = one.json["invited"].as_i64().unwrap() + two.json["invited"].as_i64().unwrap();
    assert_eq!((invited, accounts(&app, &clinic).await), (3, 4), "{} {}", one.text, two.text);
    let lines = [&one, &two].map(|reply| reply.json["lines"].as_array().unwrap().clone()).concat();
    let refused: Vec<_> = lines.iter().filter(|line| line["outcome"] == "REFUSED").collect();
    assert!(
        refused.len() == 7 && refused[0]["errors"][0]["message"].as_str().unwrap().contains("4 accounts")
    );
}
