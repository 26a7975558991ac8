//! `hms migrate`, killed in the middle and then started twice at once. (One hospital that fails: `modes`.)

use std::process::{Command, Stdio};
use std::time::Duration;

use super::stage::{Hms, Stage, place, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_migration_is_taken_up_by_two_that_start_at_once() {
    let stage = Stage::new().await;
    let variables = stage.database("fresh").await;
    let mut killed = Command::new(env!("CARGO_BIN_EXE_hms"));
    killed.arg("migrate").env_clear().envs(variables.iter().cloned()).env("HMS_HOME", place("command"));
    let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Somewhere between its first table and its last.
    let begun = "select 1 as n from pg_namespace where nspname = 'graphile_worker'";
    while stage.try_sql("fresh", begun).await.unwrap().is_empty() {
        assert!(killed.try_wait().unwrap().is_none(), "it ended before it began");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();

    let both: Vec<_> = (0..2)
        .map(|_| {
            let variables = variables.clone();
            std::thread::spawn(move || run(&variables, &["migrate"]))
        })
        .collect();
    for done in both {
        let done = done.join().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let twice = "select version from public.refinery_schema_history group by version having count(*) > 1";
    assert!(stage.try_sql("fresh", twice).await.unwrap().is_empty(), "each migration ran once");
    let status = run(&variables, &["migrate", "--status"]);
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    let version = said.lines().next().and_then(|line| line.split_once("version ")).unwrap().1;
    let (is, of) = version.split_once(" of ").unwrap();
    assert_eq!(is, of, "{said}");
    // What it made can be served.
    let _hms = Hms::start(&variables, &[]).await;
}
