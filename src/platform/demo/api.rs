//! `/admin/demo/refresh`

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, DemoTaskId, Manage, Status, Task, model};
use crate::access::{Audit, PlatformAuthorized};
use crate::app::App;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};
use crate::web::openapi::{op, refuses};
use crate::web::{Json, Query, Reply};

/// How long an answer waits for the end of the act: less than a request may take.
const PATIENCE: Duration = Duration::from_secs(25);
const BETWEEN: Duration = Duration::from_millis(100);

const REFUSALS: &[&str] = &["demo.off", "demo.running"];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/admin/demo/refresh/start",
            post_with(start, refuses(op("demo.start", "Seed, freshen or reset the demo"), REFUSALS)),
        )
        .api_route(
            "/admin/demo/refresh/status",
            get_with(status, refuses(op("demo.status", "Show how far that is"), &["not_found"])),
        )
        .api_route(
            "/admin/demo/refresh",
            post_with(refresh, refuses(op("demo.refresh", "The same, answered at its end"), REFUSALS)),
        )
}

/// What is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct RefreshDemo {
    action: Action,
    /// 1 to 365; 7 if absent. Freshening always moves by as many whole days as have passed, so that today is believable
    /// afterwards: this number is kept with the task and moves nothing.
    #[serde(default)]
    freshen_days: Option<i64>,
}

/// It was asked for.
#[derive(Debug, Serialize, JsonSchema)]
struct DemoStarted {
    task_id: DemoTaskId,
    /// Always `started`.
    status: &'static str,
    message: &'static str,
}

/// An act that was asked for the demo.
#[derive(Debug, Serialize, JsonSchema)]
struct DemoTaskView {
    id: DemoTaskId,
    /// Null: HMS itself, or a command at the machine.
    user_id: Option<UserId>,
    /// `DEMO_SEED`, `DEMO_FRESHEN` or `DEMO_RESET`.
    task_type: &'static str,
    status: Status,
    /// In per cent.
    progress: i16,
    message: Option<String>,
    error: Option<String>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
}

impl From<Task> for DemoTaskView {
    fn from(task: Task) -> Self {
        Self {
            id: task.id,
            user_id: task.by,
            task_type: task.action.code(),
            status: task.status,
            progress: task.progress,
            message: task.message,
            error: task.error,
            created_at: task.created_at,
            started_at: task.started_at,
            completed_at: task.completed_at,
        }
    }
}

/// How it ended.
#[derive(Debug, Serialize, JsonSchema)]
struct DemoRefreshed {
    /// `completed`, or `started` if it takes longer than an answer may.
    status: &'static str,
    action: Action,
    freshen_days: i32,
    message: String,
}

async fn start(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    Json(body): Json<RefreshDemo>,
) -> Result<Reply<DemoStarted>, AppError> {
    let days = model::days(body.freshen_days)?;
    let (task, audit) = super::start(&app, &tx, body.action, days).await?;
    let started = DemoStarted {
        task_id: task.id,
        status: "started",
        message: "It goes on by itself; ask for its status.",
    };
    tx.commit(audit, Reply::new(started)).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct WhichTask {
    task_id: DemoTaskId,
}

async fn status(
    tx: PlatformAuthorized<Manage>,
    Query(query): Query<WhichTask>,
) -> Result<Reply<DemoTaskView>, AppError> {
    let task = super::find(&tx, query.task_id).await?;
    tx.commit(Audit::viewed(task.id), Reply::new(task.into())).await
}

async fn refresh(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    Json(body): Json<RefreshDemo>,
) -> Result<Reply<DemoRefreshed>, AppError> {
    let days = model::days(body.freshen_days)?;
    let (task, audit) = super::start(&app, &tx, body.action, days).await?;
    let answer = |status, message: &str| {
        Reply::new(DemoRefreshed {
            status,
            action: body.action,
            freshen_days: days,
            message: message.to_owned(),
        })
    };
    // What a repeated Idempotency-Key is told; nothing is open while the job is waited for.
    let asked = tx.commit(audit, answer("started", "It goes on by itself.")).await?;
    let waiting = async {
        loop {
            tokio::time::sleep(BETWEEN).await;
            let now = super::standing(&app, task.id).await?;
            if now.status.is_over() {
                return Ok::<Task, AppError>(now);
            }
        }
    };
    let Ok(ended) = tokio::time::timeout(PATIENCE, waiting).await else { return Ok(asked) };
    let ended = ended?;
    match ended.status {
        Status::Completed => Ok(answer("completed", ended.message.as_deref().unwrap_or("Done."))),
        _ => {
            Err(Problem::unavailable(ended.error.unwrap_or_else(|| "It did not work.".to_owned()), 60).into())
        }
    }
}
