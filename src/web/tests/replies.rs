//! Replies: how they look, how they are stored and repeated.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::json;

use crate::web::{Created, Json, NoContent, Outcome, Page, PageWithStatus, Reply, SeeOther, StoredReply};

use super::client::Answer;

#[derive(askama::Template)]
#[template(source = "<p>{{ name }}</p>", ext = "html")]
struct Hello {
    name: &'static str,
}

async fn sent(response: impl IntoResponse) -> Answer {
    let (parts, body) = response.into_response().into_parts();
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn assert_replays(outcome: impl Outcome) -> StoredReply {
    let stored = outcome.stored().expect("stored");
    let first = sent(outcome).await;
    let again = sent(stored.clone()).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    for name in ["content-type", "etag", "location", "link", "x-total-count"] {
        assert_eq!(first.header(name), again.header(name), "{name}");
    }
    stored
}

#[tokio::test]
async fn a_stored_reply_is_the_same_reply() {
    assert_replays(Json(json!({"a": 1}))).await;
    assert_replays(NoContent).await;
    assert_replays(SeeOther("/patients".into())).await;
    let list = Reply::<_, 200>::new(vec![1, 2]).total(9).link("next", "/x?page=2").link("last", "/x?page=5");
    let stored = assert_replays(list).await;
    assert_eq!(stored.headers.iter().filter(|(name, _)| name == "link").count(), 2);
    let created: Created<_> = Reply::new(json!({"id": 1})).etag(1).location("/x/1");
    assert_eq!(assert_replays(created).await.status, 201);
}

#[tokio::test]
async fn a_secret_is_told_once() {
    let reply: Created<_> = Reply::new(json!({"password": "hunter2"})).secret();
    let stored = reply.stored().expect("remembered as done");
    assert!(stored.withheld && stored.body.is_empty() && stored.headers.is_empty());
    let first = sent(reply).await;
    assert!(first.text().contains("hunter2"));
    assert_eq!(first.header("cache-control"), "no-store");
    let again = sent(stored).await;
    assert_eq!(again.status, 409);
    assert_eq!(again.json()["code"], "idempotency.reply_withheld");
}

#[tokio::test]
async fn pages_escape_and_are_not_stored() {
    let page = Page(Hello { name: "<b>" });
    assert!(page.stored().is_none());
    let page = sent(page).await;
    assert_eq!((page.status.as_u16(), page.text().as_str()), (200, "<p>&#60;b&#62;</p>"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("vary"), "HX-Request");
    assert_eq!(sent(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, Hello { name: "x" })).await.status, 422);
}

#[tokio::test]
async fn a_redirect_stays_in_the_house() {
    for (to, goes) in [
        ("/patients?page=2", "/patients?page=2"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ] {
        let answer = sent(SeeOther(to.to_owned())).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, goes));
    }
}
