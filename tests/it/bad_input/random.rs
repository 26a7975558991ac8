//! Whatever a generator makes up.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::{Attack, form_operations, json_operations, not_our_fault};
use crate::harness::TestApp;

/// Random bodies for each operation.
const CASES: usize = 60;

/// Any JSON, or an object with the operation's own fields holding anything.
fn bodies(fields: Vec<String>) -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[a-zA-Z ]{0,40}",
        prop::sample::select(vec![
            "\u{0}",
            "\u{202e}abc",
            "😀",
            "आशा",
            "'; drop table x",
            "%",
            "2026-02-29",
            "1990-01-01",
            "MALE",
            "a@b.org",
            "9820012345",
            "Asia/Kolkata",
            "INR",
            "P-00001",
            "null",
            "\u{feff}",
            "e\u{301}\u{301}",
            "\r\n",
            "\\",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let any_json = leaf.clone().prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    let name = prop::sample::select(if fields.is_empty() { vec!["x".to_owned()] } else { fields });
    let own = prop::collection::btree_map(name, prop_oneof![4 => leaf, 1 => any_json.clone()], 0..12)
        .prop_map(|map| Value::Object(map.into_iter().collect()));
    prop_oneof![1 => any_json, 4 => own]
}

#[tokio::test]
async fn no_random_body_is_a_fault_of_ours() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let attack = Attack::on(&app, &clinic).await;
    let mut runner = TestRunner::deterministic();
    let mut n = 0;
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for operation in json_operations() {
        let fields = operation.body.as_ref().unwrap().fields().into_iter().map(|(name, _)| name).collect();
        let strategy = bodies(fields);
        for _ in 0..CASES {
            n += 1;
            let body = strategy.new_tree(&mut runner).unwrap().current();
            let reply = attack.json(&operation, &body, n).await;
            not_our_fault(&format!("{} with {body}", operation.name()), &reply);
            *statuses.entry(reply.status).or_default() += 1;
        }
    }
    for operation in form_operations() {
        let fields: Vec<String> =
            operation.body.as_ref().unwrap().fields().into_iter().map(|(name, _)| name).collect();
        let strategy = prop::collection::vec((prop::sample::select(fields), any::<String>()), 0..12);
        for _ in 0..CASES / 2 {
            n += 1;
            let body = strategy.new_tree(&mut runner).unwrap().current();
            let pairs: Vec<(&str, &str)> = body.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let reply = attack.form(&operation, &pairs, n).await;
            not_our_fault(&format!("{} with {body:?}", operation.name()), &reply);
            *statuses.entry(reply.status).or_default() += 1;
        }
    }
    assert!(statuses.get(&422).is_some_and(|n| *n > 100), "{statuses:?}");
    assert!(attack.app.router.has_routes());
}
