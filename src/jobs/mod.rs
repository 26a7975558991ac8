//! The job runner: queue and clock in PostgreSQL, fed by `public.enqueue` inside the transaction of the act.
//!
//! Payloads hold ids only, because the queue logs them.
//!
//! A job runs at least once. One that is under way when HMS is asked to stop is finished within [`GRACE`] or put back;
//! what a killed instance was doing is taken up by another one once its runner has been silent for [`DEAD_AFTER`].

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use graphile_worker::{
    Cron, IntoTaskHandlerResult, TaskHandler, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use graphile_worker_database::Database;
use graphile_worker_database::tokio_postgres::TokioPostgresDatabase;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clinic::{appointments, confidential, doctors, escalations, pictures, profile, staff};
use crate::db::{Isolation, Target, schemas};
use crate::demo;
use crate::kernel::AppError;
use crate::kernel::ids::MailId;
use crate::observe::metrics;
use crate::platform::demo::DemoTaskId;
use crate::platform::sessions::{self, MailRequestId};
use crate::platform::{hospitals, housekeeping, messages, mfa, signup};

/// How long a job may still run when HMS is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// Without it, the jobs of an instance that was killed would stay its own for four hours.
const DEAD_AFTER: Duration = Duration::from_secs(30);

/// Send one message of the outbox.
#[derive(Debug, Serialize, Deserialize)]
struct SendMail {
    id: MailId,
}

/// Answer somebody who asked for a mail without being signed in, if there is such an account.
#[derive(Debug, Serialize, Deserialize)]
struct AnswerRequest {
    id: MailRequestId,
}

/// Seed, freshen or reset the demo.
#[derive(Debug, Serialize, Deserialize)]
struct WorkOnDemo {
    id: DemoTaskId,
}

/// Keep a few empty schemas ready, so that a sign-up takes milliseconds.
#[derive(Debug, Serialize, Deserialize)]
struct WarmSchemas {}

/// Forget what has expired: sessions, tokens, idempotency keys.
#[derive(Debug, Serialize, Deserialize)]
struct Housekeeping {}

/// Forget each hospital's old idempotency keys.
#[derive(Debug, Serialize, Deserialize)]
struct TidyHospitals {}

/// Tell again of alarms that nobody answered.
#[derive(Debug, Serialize, Deserialize)]
struct RepeatAlarms {}

/// Remove files of pictures that no row names.
#[derive(Debug, Serialize, Deserialize)]
struct TidyPictures {}

/// Tell hospitals that come near a limit.
#[derive(Debug, Serialize, Deserialize)]
struct WarnHospitals {}

/// Tell reviewers how many records were opened while they were not told.
#[derive(Debug, Serialize, Deserialize)]
struct TellReviewers {}

/// Mark who did not come as missed.
#[derive(Debug, Serialize, Deserialize)]
struct TidyAppointments {}

/// Measure what each hospital takes up.
#[derive(Debug, Serialize, Deserialize)]
struct MeasureHospitals {}

impl TaskHandler for SendMail {
    const IDENTIFIER: &'static str = "mail.send";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        counted(Self::IDENTIFIER, messages::send(app(&ctx)?, self.id).await.map_err(|e| e.to_string()))
    }
}

impl TaskHandler for AnswerRequest {
    const IDENTIFIER: &'static str = "mail.asked";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        counted(Self::IDENTIFIER, answer(app(&ctx)?, self.id).await.map_err(|e| e.to_string()))
    }
}

/// Answer one request for a mail: each kind takes its own.
///
/// # Errors
/// Whatever PostgreSQL answers; the request waits for the next attempt then.
pub async fn answer(app: &App, id: MailRequestId) -> Result<(), AppError> {
    sessions::answer_reset(app, id).await?;
    signup::answer_resend(app, id).await
}

impl TaskHandler for WorkOnDemo {
    const IDENTIFIER: &'static str = "demo.run";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        counted(Self::IDENTIFIER, demo::work(app(&ctx)?, self.id).await.map_err(|e| format!("{e:#}")))
    }
}

impl TaskHandler for WarmSchemas {
    const IDENTIFIER: &'static str = "schemas.warm";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = app(&ctx)?;
        let wanted = usize::from(app.config.warm_schemas);
        let made = schemas::keep_warm(&app.db.target, app.db.isolation(), wanted).await;
        counted(Self::IDENTIFIER, made.map(|_| ()).map_err(|e| format!("{e:#}")))
    }
}

impl TaskHandler for Housekeeping {
    const IDENTIFIER: &'static str = "housekeeping";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = app(&ctx)?;
        let tidied = async {
            housekeeping::run(app).await?;
            signup::forget_unconfirmed(app).await?;
            mfa::seal_anew(app).await.map(|_| ())
        };
        counted(Self::IDENTIFIER, tidied.await.map_err(|e: AppError| e.to_string()))
    }
}

impl TaskHandler for TidyHospitals {
    const IDENTIFIER: &'static str = "hospitals.tidy";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = app(&ctx)?;
        housekeeping::hospitals(app).await.map_err(|e| e.to_string())?;
        staff::bring_in_step(app).await.map_err(|e| e.to_string())
    }
}

impl TaskHandler for RepeatAlarms {
    const IDENTIFIER: &'static str = "escalations.repeat";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let said = escalations::housekeep(app(&ctx)?).await;
        counted(Self::IDENTIFIER, said.map(|_| ()).map_err(|e| e.to_string()))
    }
}

impl TaskHandler for TidyPictures {
    const IDENTIFIER: &'static str = "pictures.tidy";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = app(&ctx)?;
        let tidied = async {
            pictures::housekeep(app).await?;
            profile::housekeep(app).await?;
            doctors::housekeep(app).await
        };
        counted(Self::IDENTIFIER, tidied.await.map_err(|e: AppError| e.to_string()))
    }
}

impl TaskHandler for WarnHospitals {
    const IDENTIFIER: &'static str = "hospitals.warn";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        counted(Self::IDENTIFIER, hospitals::warn(app(&ctx)?).await.map(|_| ()).map_err(|e| e.to_string()))
    }
}

impl TaskHandler for TellReviewers {
    const IDENTIFIER: &'static str = "openings.tell";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let told = confidential::tell_reviewers(app(&ctx)?).await;
        counted(Self::IDENTIFIER, told.map(|_| ()).map_err(|e| e.to_string()))
    }
}

impl TaskHandler for TidyAppointments {
    const IDENTIFIER: &'static str = "appointments.tidy";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let tidied = appointments::housekeep(app(&ctx)?).await;
        counted(Self::IDENTIFIER, tidied.map(|_| ()).map_err(|e| e.to_string()))
    }
}

impl TaskHandler for MeasureHospitals {
    const IDENTIFIER: &'static str = "hospitals.measure";
    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        counted(
            Self::IDENTIFIER,
            hospitals::measure_all(app(&ctx)?).await.map(|_| ()).map_err(|e| e.to_string()),
        )
    }
}

/// Count how this job ended.
fn counted(task: &'static str, ended: Result<(), String>) -> Result<(), String> {
    metrics::job(task, ended.is_ok());
    ended
}

fn app(ctx: &WorkerContext) -> Result<&App, String> {
    ctx.get_ext::<App>().ok_or_else(|| "the worker was started without its app".to_owned())
}

/// Create or update the queue's own tables.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn migrate(target: &Target, isolation: Isolation) -> anyhow::Result<()> {
    WorkerOptions::default()
        .database(database(target, isolation)?)
        .listen_os_shutdown_signals(false)
        .init()
        .await?;
    Ok(())
}

/// Work until shut-down.
///
/// # Errors
/// When the database cannot be reached at the start.
pub async fn run(app: App) -> anyhow::Result<()> {
    let stop = app.shutdown.clone();
    let worker = WorkerOptions::default()
        .database(database(&app.db.target, app.db.isolation())?)
        .concurrency(2)
        .poll_interval(Duration::from_secs(2))
        .define_job::<SendMail>()
        .define_job::<AnswerRequest>()
        .define_job::<WorkOnDemo>()
        .define_job::<WarmSchemas>()
        .define_job::<Housekeeping>()
        .define_job::<TidyHospitals>()
        .define_job::<TidyPictures>()
        .define_job::<RepeatAlarms>()
        .define_job::<WarnHospitals>()
        .define_job::<MeasureHospitals>()
        .define_job::<TellReviewers>()
        .define_job::<TidyAppointments>()
        .with_cron(Cron::every_minute::<WarmSchemas>().payload(WarmSchemas {})?)
        .with_cron(Cron::hourly_at::<Housekeeping>(17)?.payload(Housekeeping {})?)
        .with_cron(Cron::every_minute::<WarnHospitals>().payload(WarnHospitals {})?)
        .with_cron(Cron::every_minute::<TellReviewers>().payload(TellReviewers {})?)
        .with_cron(Cron::every_n_minutes::<TidyAppointments>(5)?.payload(TidyAppointments {})?)
        .with_cron(Cron::hourly_at::<MeasureHospitals>(37)?.payload(MeasureHospitals {})?)
        .with_cron(Cron::daily_at::<TidyHospitals>(3, 20)?.payload(TidyHospitals {})?)
        .with_cron(Cron::daily_at::<TidyPictures>(3, 40)?.payload(TidyPictures {})?)
        .with_cron(Cron::every_minute::<RepeatAlarms>().payload(RepeatAlarms {})?)
        .add_extension(app)
        .listen_os_shutdown_signals(false)
        .shutdown_signal(async move { stop.cancelled().await })
        .shutdown_grace_period(GRACE)
        .worker_recovery(
            WorkerRecoveryConfig::default()
                .heartbeat_interval(Duration::from_secs(5))
                .sweep_interval(Duration::from_secs(10))
                .sweep_threshold(DEAD_AFTER)
                .recovery_delay(Duration::from_secs(1)),
        )
        .init()
        .await?;
    worker.run().await?;
    Ok(())
}

/// The owner's connections for the queue. Where TLS is not in question it is listened to; else it is polled, because the
/// queue's listener cannot speak TLS.
fn database(target: &Target, isolation: Isolation) -> anyhow::Result<Database> {
    let mut config = target.owner_with_path("extensions", isolation);
    config.application_name("hms-jobs");
    if target.is_plain() {
        return Ok(TokioPostgresDatabase::from_config(config, 4).map_err(|e| anyhow::anyhow!("{e}"))?.into());
    }
    let manager =
        Manager::from_config(config, target.tls(), ManagerConfig { recycling_method: RecyclingMethod::Fast });
    let pool = Pool::builder(manager).max_size(4).runtime(Runtime::Tokio1).build()?;
    Ok(TokioPostgresDatabase::new(pool).into())
}
