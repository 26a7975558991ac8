//! The door to the network: accepts connections, gives each request its head's time, and lets the running ones finish
//! when the house closes.
//!
//! axum's own loop waits forever for whoever connects and says nothing, or says it one byte at a time.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::config::Edges;
use crate::observe::metrics;

/// Open connections; the next ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 10_000;
/// Of one request's head, all headers together; also what is read ahead of a body.
const MAX_HEAD_BYTES: u16 = 64 * 1000;
const MAX_HEADERS: usize = 100;
/// What the system gives a process by default may be a tenth of it.
const FILES: u64 = 65_536;
/// When the house closes, connections that were on their way are still let in for this long, and have as long again to
/// send their request: cut off, nobody could know whether it was done.
const LAST_COMERS: Duration = Duration::from_millis(250);
const BACKLOG: usize = 1024;
/// Of one HTTP/2 connection at a time.
const MAX_STREAMS: u32 = 100;
/// Whoever has not answered an HTTP/2 ping by then is gone.
const PING: Duration = Duration::from_secs(30);

/// Serve until `stop`, then let running requests finish; the caller knows for how long. What a connection does wrong
/// ends that connection.
pub async fn serve(listener: TcpListener, router: Router, edges: &Edges, stop: CancellationToken) {
    allow_many_files();
    let builder = Arc::new(builder(edges));
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let closing = GracefulShutdown::new();
    let mut last = pin!(async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_COMERS).await;
    });
    let let_in = |(stream, peer, place): (TcpStream, SocketAddr, OwnedSemaphorePermit)| {
        let (builder, router, watcher) = (Arc::clone(&builder), router.clone(), closing.watcher());
        let head = edges.header_timeout;
        tokio::spawn(async move {
            connection(&builder, stream, peer, router, watcher, head).await;
            drop(place);
        });
    };
    loop {
        tokio::select! {
            accepted = accept(&listener, &places, edges.keep_alive) => {
                accepted.map(let_in);
            }
            () = &mut last => break,
        }
    }
    // Whom the system has let in already; not more, or a flood would keep the door open.
    for _ in 0..BACKLOG {
        let Some(accepted) = accept(&listener, &places, edges.keep_alive).now_or_never() else { break };
        accepted.map(let_in);
    }
    drop(listener);
    tokio::time::sleep(LAST_COMERS).await;
    closing.shutdown().await;
}

/// As many open files as this process may have: each connection is one.
fn allow_many_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES, |most| most.min(FILES));
    if limit.current.is_some_and(|now| now < wanted) {
        limit.current = Some(wanted);
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

fn builder(edges: &Edges) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Runs between two requests too, so it is also how long an idle connection is kept.
    let idle = edges.keep_alive.max(edges.header_timeout);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES.into());
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD_BYTES.into());
    builder
}

/// The next connection, once there is a place for it. One that takes nothing of its answer for `unread` is cut.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    unread: Duration,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // An answer is written whole; waiting for more would only delay it.
            let _ = stream.set_nodelay(true);
            #[cfg(target_os = "linux")]
            let _ = rustix::net::sockopt::set_tcp_user_timeout(
                &stream,
                u32::try_from(unread.as_millis()).unwrap_or(u32::MAX),
            );
            Some((stream, peer, place))
        }
        Err(error) => {
            use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
            if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
                // Too many open files, most likely: some will be closed.
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            None
        }
    }
}

async fn connection(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
    head: Duration,
) {
    let asked = Arc::new(AtomicBool::new(false));
    let service = {
        let asked = Arc::clone(&asked);
        hyper::service::service_fn(move |request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            answer(router.clone(), request, peer)
        })
    };
    let mut serving = pin!(watcher.watch(builder.serve_connection(TokioIo::new(stream), service)));
    // Whatever goes wrong from here on is the other side's: a broken connection, a head that is none.
    tokio::select! {
        _ = &mut serving => return,
        () = tokio::time::sleep(head) => {}
    }
    if asked.load(Ordering::Relaxed) {
        let _ = serving.await;
    } else {
        metrics::connection_refused("slow_head");
    }
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
