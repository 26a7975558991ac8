//! The demo: two hospitals to look around in, made in seconds, made fresh, and removed without a trace of itself.
//!
//! Everything is made up, and the same for the same seed. It is written by COPY in one transaction for each hospital and
//! looked through (`check`) before that is kept; hospitals and people are made by the functions that a sign-up uses.
//! What is made is marked (`is_demo`), so that removing it removes exactly that and what hangs on it. Invariants: one act
//! at a time on a database, by an advisory lock that its doer holds to the end and by the task's row (`platform::demo`);
//! an act that fails has changed nothing in the hospital at which it failed; done twice, it is as if done once.

mod believable;
mod book;
mod check;
mod consultation;
mod desk;
mod dice;
mod doomed;
mod fill;
mod freshen;
mod growth;
mod hospital;
mod illnesses;
mod measures;
mod medicines;
mod patients;
mod people;
mod places;
mod progress;
mod reset;
mod rows;
mod schedule;
mod stage;
mod today;
mod visits;

use anyhow::{Context as _, bail};
use futures_util::future::try_join_all;
use jiff::civil::Date;
use serde_json::{Value, json};
use tokio_postgres::Client;

use self::hospital::Hospital;
use self::progress::{Beating, Progress};
use crate::app::App;
use crate::platform::demo::{self, Action, DemoTaskId, Task};
use crate::web::words;

/// Patients and appointments of a hospital, for each step of the scale.
const PATIENTS: u64 = 100;
const APPOINTMENTS: u64 = 500;
/// So many appointments of the whole span are enough for one doctor.
const OF_A_DOCTOR: u64 = 1800;
/// The largest demo: five million appointments.
pub const MAX_SCALE: u64 = 10_000;

/// How a demo is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The same seed, the same demo.
    pub seed: u64,
    /// So many times a hundred patients and five hundred appointments.
    pub scale: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self { seed: 1, scale: 1 }
    }
}

/// From what a hospital's demo was made.
#[derive(Debug, Clone, Copy)]
struct Made {
    seed: u64,
    scale: u64,
    day: Date,
}

impl Made {
    fn patients(&self) -> u64 {
        self.scale * PATIENTS
    }

    fn appointments(&self) -> u64 {
        self.scale * APPOINTMENTS
    }

    /// Two, and more where two could not see so many.
    fn doctors(&self) -> u64 {
        self.appointments().div_ceil(OF_A_DOCTOR).max(2)
    }

    fn json(&self) -> Value {
        json!({ "seed": self.seed, "scale": self.scale, "day": self.day.to_string() })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        let day = value.get("day").and_then(Value::as_str)?.parse().ok()?;
        Some(Self { seed: number("seed")?, scale: number("scale")?, day })
    }
}

/// Do what a task asks for, as a job does. What became of it is written down with the task.
///
/// # Errors
/// When even that cannot be written down.
pub async fn work(app: &App, task: DemoTaskId) -> anyhow::Result<()> {
    let ended = perform(app, task, Size::default(), false).await;
    if let Err(error) = &ended {
        tracing::warn!(error = %format!("{error:#}"), "an act on the demo failed");
    }
    Ok(())
}

/// Do it at the command line: what came of it, in one sentence.
///
/// # Errors
/// Why nothing came of it.
pub async fn at_terminal(app: &App, action: Action, size: Size) -> anyhow::Result<String> {
    // Whoever wants to be rid of it may be, whatever the mode.
    if action != Action::Reset {
        hospital::allowed(app)?;
    }
    let task = demo::begin(app, action, demo::DEFAULT_DAYS).await.map_err(told)?;
    perform(app, task.id, size, true).await
}

fn told(error: crate::kernel::AppError) -> anyhow::Error {
    match error {
        crate::kernel::AppError::Problem(problem) => anyhow::anyhow!("{}", problem.detail),
        other => other.into(),
    }
}

/// Look through all hospitals of the demo.
///
/// # Errors
/// The first rule that is broken, and where.
pub async fn check(app: &App) -> anyhow::Result<String> {
    let hospitals = hospital::there(app).await?;
    for (hospital, _) in &hospitals {
        let client = fill::connect(app, hospital).await?;
        let in_it = || format!("in {}", hospital.place.name);
        check::all(&client, app.clock.now()).await.with_context(in_it)?;
        believable::all(&client).await.with_context(in_it)?;
    }
    let looked = words::counted(i64::try_from(hospitals.len())?, "demo hospital", "demo hospitals");
    Ok(format!("{looked} looked through: everything is as it must be"))
}

async fn perform(app: &App, id: DemoTaskId, size: Size, at_terminal: bool) -> anyhow::Result<String> {
    let Some(task) = demo::take(app, id).await? else {
        bail!("somebody else does it already");
    };
    let progress = Progress::new(at_terminal);
    progress.at(0, task.action.label());
    let beating = Beating::start(app.clone(), id, progress.clone());
    let ended = alone(app, &task, size, &progress).await;
    drop(beating);
    progress.done();
    match &ended {
        Ok(sentence) => demo::finish(app, id, Ok(sentence)).await?,
        Err(error) => demo::finish(app, id, Err(&format!("{error:#}"))).await?,
    }
    ended
}

/// Do it while nobody else does anything to the demo.
async fn alone(app: &App, task: &Task, size: Size, progress: &Progress) -> anyhow::Result<String> {
    let lock = lock(app).await?;
    let sentence = match task.action {
        Action::Seed => seed(app, size, progress).await,
        Action::Freshen => freshen(app, progress).await,
        Action::Reset => reset(app, progress).await,
    };
    // Held to the end, and let go with its connection.
    drop(lock);
    sentence
}

/// The lock of all acts on a database, as long as this connection lives.
async fn lock(app: &App) -> anyhow::Result<Client> {
    let config = app.db.target.owner_with_path("extensions", app.db.isolation());
    let client = app.db.target.connect(&config).await.map_err(rows::told("connecting"))?;
    let taken: bool = client
        .query_one("select pg_try_advisory_lock(hashtextextended('hms demo', 0))", &[])
        .await
        .map_err(rows::told("taking the lock"))?
        .get(0);
    anyhow::ensure!(taken, "something is being done to the demo already: wait until it has ended");
    Ok(client)
}

async fn seed(app: &App, size: Size, progress: &Progress) -> anyhow::Result<String> {
    let mut hospitals = Vec::new();
    for which in hospital::all() {
        let (number, place, _) = which;
        progress.at(u8::try_from(number * 10).unwrap_or(0), format!("{}: hospital and people", place.name));
        let there = hospital::there(app).await?;
        let was = there.iter().find(|(hospital, _)| hospital.number == number);
        let was = was.and_then(|(_, known)| known.made.as_ref()).and_then(Made::from_json);
        let new = Made { seed: size.seed, scale: size.scale, day: Date::MIN };
        hospitals.push(hospital::ensure(app, which, was.unwrap_or(new).doctors()).await?);
    }
    // Side by side: each has a connection and a transaction of its own.
    let filling = hospitals.iter().map(|hospital| fill_one(app, hospital, size, progress));
    let filled = try_join_all(filling).await?;
    let (filled, before): (Vec<_>, Vec<_>) = filled.into_iter().partition(|(.., is_new)| *is_new);
    let before: Vec<&str> = before.iter().map(|(name, ..)| *name).collect();
    let list = |names: &[&str]| names.join(" and ");
    let Some((_, made, _)) = filled.first() else {
        return Ok(format!("{} were filled before; nothing was changed", list(&before)));
    };
    let names: Vec<&str> = filled.iter().map(|(name, ..)| *name).collect();
    let numbers = format!(
        "{} and {} each",
        words::counted(i64::try_from(made.patients())?, "patient", "patients"),
        words::counted(i64::try_from(made.appointments())?, "appointment", "appointments")
    );
    let rest =
        if before.is_empty() { String::new() } else { format!("; {} was filled before", list(&before)) };
    Ok(format!("{} filled: {numbers}{rest}", list(&names)))
}

/// A hospital, from what it was made, and whether it was empty before.
async fn fill_one(
    app: &App,
    hospital: &Hospital,
    size: Size,
    progress: &Progress,
) -> anyhow::Result<(&'static str, Made, bool)> {
    let name = hospital.place.name;
    let day = app.clock.in_zone(&hospital.facts.zone).date();
    let made = Made { seed: size.seed, scale: size.scale, day };
    let is_new =
        fill::seed(app, hospital, &made, progress, (20, 95)).await.with_context(|| name.to_owned())?;
    Ok((name, made, is_new))
}

async fn freshen(app: &App, progress: &Progress) -> anyhow::Result<String> {
    let mut told = Vec::new();
    for (hospital, known) in hospital::there(app).await? {
        let made = known.made.as_ref().and_then(Made::from_json);
        let (Some(made), Some(was)) = (made, known.day) else { continue };
        let from = u8::try_from(hospital.number * 50).unwrap_or(0);
        let name = hospital.place.name;
        hospital::reopen(app, &hospital, made.doctors()).await.with_context(|| name.to_owned())?;
        let days = freshen::hospital(app, &hospital, &made, was, progress, (from, from + 48)).await;
        let days = i64::from(days.with_context(|| name.to_owned())?);
        told.push(match days {
            0 => format!("{name} was of today, and is as of this moment"),
            _ => format!("{name} was moved by {}", words::counted(days, "day", "days")),
        });
    }
    if told.is_empty() {
        bail!("there is no demo to make fresh: seed it first");
    }
    Ok(told.join("; "))
}

async fn reset(app: &App, progress: &Progress) -> anyhow::Result<String> {
    let mut told = Vec::new();
    for (hospital, _) in hospital::there(app).await? {
        let name = hospital.place.name;
        progress.at(u8::try_from(hospital.number * 50).unwrap_or(0), format!("{name}: removing"));
        let gone = reset::hospital(app, &hospital).await.with_context(|| name.to_owned())?;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let patients = words::counted(count(gone.patients), "demo patient", "demo patients");
        let rows = words::counted(count(gone.rows), "row", "rows");
        told.push(match gone.stay {
            None => format!("{name} is gone, with {patients} and {rows}"),
            Some((stay, people)) => format!(
                "{name} lost {patients} ({rows}); it stays with {} and {} that were added, and its demo accounts with it",
                words::counted(stay, "patient", "patients"),
                words::counted(people, "person", "people")
            ),
        });
    }
    if told.is_empty() {
        return Ok("there is no demo; nothing was changed".to_owned());
    }
    Ok(told.join("; "))
}
