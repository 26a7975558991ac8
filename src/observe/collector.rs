//! The way to the collector of traces: HTTP/1.1, over TLS where its address says so, with the TLS that the rest of HMS
//! uses.

use std::time::Duration;

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use super::metrics;

const PATIENCE: Duration = Duration::from_secs(10);
/// Of the answer, which says little more than that it arrived.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

type Https = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Sends batches. They come from a thread of their own, so the work is done on the runtime.
#[derive(Debug)]
pub(super) struct Collector {
    client: Https,
    runtime: Handle,
}

impl Collector {
    /// Call it inside the runtime.
    ///
    /// # Errors
    /// When this machine has no certificates of authorities, or there is no runtime.
    pub(super) fn new() -> anyhow::Result<Self> {
        let connector =
            HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, runtime: Handle::try_current()? })
    }
}

impl HttpClient for Collector {
    fn send_bytes<'me, 'fut>(
        &'me self,
        request: Request<Bytes>,
    ) -> BoxFuture<'fut, Result<Response<Bytes>, HttpError>>
    where
        'me: 'fut,
        Self: 'fut,
    {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let answer = tokio::time::timeout(PATIENCE, send(client, request)).await;
            let answer = answer.unwrap_or_else(|_| Err("the collector does not answer".into()));
            metrics::traces_sent(answer.as_ref().is_ok_and(|answer| answer.status().is_success()));
            answer
        });
        Box::pin(async move { sent.await? })
    }
}

async fn send(client: Https, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = client.request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await?.to_bytes();
    Ok(Response::from_parts(parts, body))
}
