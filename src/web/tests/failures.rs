//! What went wrong behind the handler, and how programs, browsers and HEAD see it.

use super::client::{assert_problem, fetch, request, send};

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let answer = fetch("/api/v1/panics").await;
    let problem = assert_problem(&answer, 500, "internal");
    assert_eq!(problem["detail"], "Something went wrong on our side; nothing was changed.");
    assert!(!answer.text().contains("value"));
}

#[tokio::test]
async fn too_slow_is_a_503() {
    let answer = fetch("/api/v1/sleepy").await;
    assert_problem(&answer, 503, "timeout");
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn the_database_speaks_in_problems() {
    for (sqlstate, status, code) in [
        ("closed", 503, "unavailable"),
        ("57P01", 503, "unavailable"),
        ("53300", 503, "unavailable"),
        ("08006", 503, "unavailable"),
        ("57014", 503, "unavailable"),
        ("55P03", 503, "unavailable"),
        ("40001", 409, "conflict.retry"),
        ("40P01", 409, "conflict.retry"),
        ("22021", 422, "validation_failed"),
        ("22P05", 422, "validation_failed"),
        ("22001", 422, "validation_failed"),
        ("22003", 422, "validation_failed"),
        ("22007", 422, "validation_failed"),
        ("22008", 422, "validation_failed"),
        ("23505", 409, "conflict"),
        ("23503", 409, "conflict"),
        ("23514", 409, "conflict"),
        ("23P01", 409, "conflict"),
        ("42501", 500, "internal"),
        ("poisoned", 500, "internal"),
    ] {
        let answer = fetch(&format!("/api/v1/db/{sqlstate}")).await;
        assert_problem(&answer, status, code);
        let retry = matches!(status, 503) || code == "conflict.retry";
        assert_eq!(answer.headers.contains_key("retry-after"), retry, "{sqlstate}");
        assert!(!answer.text().contains("patients"), "{}", answer.text());
    }
    assert_problem(&fetch("/api/v1/broken").await, 500, "internal");
}

#[tokio::test]
async fn refusals_of_libraries_become_problems_too() {
    assert_problem(&fetch("/api/v1/bare").await, 418, "bad_request");
    let answer = send(request("DELETE", "/api/v1/patients", &[], "")).await;
    assert_problem(&answer, 405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    let denied = fetch("/api/v1/denied").await;
    assert_eq!(assert_problem(&denied, 401, "auth.unauthenticated")["detail"], "Not authenticated");
    assert_eq!(denied.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    for uri in ["/api/v1/patients", "/api/v1/nothing", "/api/v1/denied", "/openapi.json"] {
        let whole = fetch(uri).await;
        let head = send(request("HEAD", uri, &[], "")).await;
        assert_eq!(head.status, whole.status, "{uri}");
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-type"), whole.header("content-type"));
        assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{uri}");
    }
}

#[tokio::test]
async fn browsers_see_pages_and_programs_see_json() {
    let html = ("accept", "text/html,application/xhtml+xml");
    let page = send(request("GET", "/page?q=secret", &[html], "")).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(page.text().starts_with("<h1>You may not do this.</h1>"));
    assert!(page.text().contains(page.header("x-request-id")));
    assert!(page.text().ends_with(" /page false"), "{}", page.text());
    assert!(page.header("vary").contains("Accept"));

    let block = send(request("GET", "/page", &[("hx-request", "true")], "")).await;
    assert!(block.text().ends_with(" /page true"));
    let lost = send(request("GET", "/nowhere", &[html], "")).await;
    assert_eq!((lost.status.as_u16(), lost.header("content-type")), (404, "text/html; charset=utf-8"));
    assert_problem(&send(request("GET", "/api/v1/nowhere", &[html], "")).await, 404, "not_found");
    assert_problem(&fetch("/page").await, 403, "no");
}
