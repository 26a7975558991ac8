//! A file arrives in time and in bounded memory, or not at all.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::post;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::kernel::AppError;
use crate::web::{FileLimits, Upload};

const MEGABYTE: usize = 1024 * 1024;
const BEGIN: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
const END: &str = "\r\n--x--\r\n";

async fn length(upload: Result<Upload, AppError>) -> Result<String, AppError> {
    Ok(upload?.bytes.len().to_string())
}

fn app(bytes: usize, arrival: Duration) -> Router {
    let limits = FileLimits { bytes, arrival };
    Router::new().route("/", post(length).layer(limits.layers()))
}

/// The head of the file, then nothing before the gate opens.
fn slow(announced: usize, mut gate: watch::Receiver<bool>) -> Request {
    let rest = stream::once(async move {
        let _ = gate.wait_for(|open| *open).await;
        END
    });
    let body = stream::once(async { BEGIN }).chain(rest).map(Ok::<_, std::convert::Infallible>);
    Request::post("/")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("content-length", announced.to_string())
        .body(Body::from_stream(body))
        .unwrap()
}

#[tokio::test]
async fn a_file_that_does_not_come_is_not_waited_for() {
    let (_gate, opened) = watch::channel(false);
    let answer = app(MEGABYTE, Duration::from_millis(50)).oneshot(slow(100, opened)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn files_wait_for_a_place_in_memory() {
    let app = app(8 * MEGABYTE, Duration::from_secs(20));
    let (gate, opened) = watch::channel(false);
    let mut first =
        Box::pin(join_all((0..8).map(|_| app.clone().oneshot(slow(8 * MEGABYTE, opened.clone())))));
    assert!(first.as_mut().now_or_never().is_none());
    // All 64 MB are promised: a ninth has to wait, however small, and its turn comes when one is done.
    let mut next = Box::pin(app.oneshot(slow(MEGABYTE, opened)));
    let waited = tokio::time::timeout(Duration::from_millis(100), next.as_mut()).await;
    assert!(waited.is_err());
    gate.send(true).unwrap();
    assert!(
        tokio::time::timeout(Duration::from_millis(100), next.as_mut()).await.is_err(),
        "nothing was freed"
    );
    for answer in first.await {
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(next.await.unwrap().status(), StatusCode::OK);
}
