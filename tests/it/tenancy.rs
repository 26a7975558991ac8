//! Isolation fails closed: whatever happens to one hospital's request, the next one on the same connection sees only
//! its own hospital, and without the gate nobody sees anything.

mod checks;

pub use checks::many_at_once_see_only_themselves as many_at_once;
use hms::access::{SystemTask, system_tenant};
use hms::identity::actor::TenantFacts;
use hms::statements;
use serde_json::json;

use crate::harness::TestApp;
use crate::patients::{path_of, registered};

statements! { Tenant; ANY() = "select 1 as one"; }

/// Two hospitals, `North` and `South`, each with a number of its own in its schema.
pub struct Stage {
    pub app: TestApp,
    pub facts: [TenantFacts; 2],
}

impl Stage {
    /// On one connection of a server of our own.
    async fn own() -> Self {
        Self::on(TestApp::configured(&[("HMS_LANES", "1")]).await).await
    }

    pub async fn on(app: TestApp) -> Self {
        let facts = [app.hospital("North").await.facts(), app.hospital("South").await.facts()];
        checks::mark(&app, &facts).await;
        Self { app, facts }
    }
}

/// Each check is a test on a server of our own; together they are what `hosts` runs on every other kind of host.
macro_rules! checks {
    ($(#[$doc:meta])* $all:ident: $($name:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                checks::$name(&Stage::own().await).await;
            }
        )+
        $(#[$doc])*
        pub async fn $all(stage: &Stage) {
            $(
                eprintln!(stringify!($name));
                checks::$name(stage).await;
            )+
        }
    };
}

checks! {
    /// By role or by path, through a pooler or not.
    everywhere:
    commit_and_rollback_leave_nothing_behind,
    a_panic_inside_a_transaction_leaves_nothing_behind,
    a_request_cancelled_at_any_await_leaves_nothing_behind,
    a_request_that_times_out_in_the_database_leaves_nothing_behind,
    a_failed_statement_poisons_the_transaction_and_its_commit_says_so,
    an_attempt_that_fails_is_undone_alone,
    a_cached_statement_whose_result_changed_is_forgotten_and_tried_again,
    many_at_once_see_only_themselves,
    no_header_body_or_query_can_name_another_hospital,
    one_connection_is_enough_for_every_request,
}

checks! {
    /// Where requests have a login of their own, and each hospital its role.
    by_role:
    without_context_the_request_login_can_do_nothing,
    a_hospitals_role_reaches_its_own_rows_and_not_even_all_rights_on_them,
    a_hospital_can_ask_for_known_work_in_its_own_name_only,
}

#[tokio::test]
async fn without_prepared_statements_everything_works_and_none_is_left() {
    for (kept, most) in [("0", 0), ("3", 3)] {
        let app = TestApp::configured(&[("HMS_LANES", "1"), ("HMS_STATEMENTS", kept)]).await;
        let (north, south) = (app.hospital("North").await, app.hospital("South").await);
        for (clinic, name) in [(&north, "Asha"), (&south, "Ravi")] {
            let admin = clinic.admin().await;
            let patient = registered(&admin, json!({ "first_name": name })).await;
            let seen = admin.get(&path_of(&patient)).await;
            assert_eq!((seen.status, &seen.json["first_name"]), (200, &json!(name)), "{}", seen.text);
            let looks = "select count(*) as n from audit_events where kind = 'viewed' and entity = 'patient'";
            assert_eq!(clinic.sql(looks).await[0]["n"], 1, "a look is on record in its own hospital");
        }
        let conn = app.app.db.lanes.checkout(None).await.unwrap();
        let row =
            conn.client().query_typed("select count(*) from pg_prepared_statements", &[]).await.unwrap();
        assert!(row[0].get::<_, i64>(0) <= most, "{kept}");
    }
}

#[tokio::test]
async fn a_hospital_has_most_connections_while_it_is_alone_and_a_quarter_beside_others() {
    let app = TestApp::configured(&[("HMS_LANES", "8")]).await;
    let (one, other) = (app.hospital("North").await.facts(), app.hospital("South").await.facts());
    let open = async |facts: &TenantFacts| {
        let tx = system_tenant(&app.app, SystemTask("test"), facts.clone()).await.unwrap();
        tx.row(&ANY, &[]).await.unwrap();
        tx
    };
    let shortly = std::time::Duration::from_millis(200);
    // Their sign-ups are over a second ago.
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    for (free, beside) in [(6, false), (2, true)] {
        if beside {
            open(&other).await.done().await.unwrap();
        }
        let mut held = Vec::new();
        for _ in 0..free {
            held.push(open(&one).await);
        }
        assert!(tokio::time::timeout(shortly, open(&one)).await.is_err(), "{free} and no more");
        open(&other).await.done().await.unwrap();
        for tx in held {
            tx.done().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_hospital_that_asks_without_end_leaves_connections_to_the_others() {
    let app = TestApp::configured(&[("HMS_LANES", "4")]).await;
    let (noisy, quiet) = (app.hospital("North").await.facts(), app.hospital("South").await.facts());
    let open = async |facts: &TenantFacts| {
        let tx = system_tenant(&app.app, SystemTask("test"), facts.clone()).await.unwrap();
        tx.row(&ANY, &[]).await.unwrap();
        tx
    };
    let mut held = vec![open(&noisy).await, open(&noisy).await];
    let mut more: Vec<_> = (0..20).map(|_| Box::pin(open(&noisy))).collect();
    for waiting in &mut more {
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    }
    // By now the two are slow, and nobody is sent behind them.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    for _ in 0..5 {
        open(&quiet).await.done().await.unwrap();
    }
    let mut next = more.remove(0);
    let shortly = tokio::time::timeout(std::time::Duration::from_millis(200), &mut next);
    assert!(shortly.await.is_err(), "a third one at a time");
    held.remove(0).done().await.unwrap();
    next.await.done().await.unwrap();
    // Whoever gives up leaves no place taken.
    drop(more);
    held.remove(0).done().await.unwrap();
    for tx in [open(&noisy).await, open(&noisy).await] {
        tx.done().await.unwrap();
    }
}
