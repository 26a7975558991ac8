//! Leave, bookings, moves and hand-overs at the same moment: all hold doctors before patients, so none fails for another.

use std::time::Duration;

use super::*;
use crate::harness::Hospital;
use crate::queue::{WALK_INS, id_of, moves, room, walks};

async fn waiting(app: &TestApp, many: i64) {
    for _ in 0..400 {
        if app.waiting().await >= many {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{many} do not wait");
}

/// Two who both need this patient, who is kept from them until both wait: the first one before the second one has begun.
async fn meet(
    (app, clinic, patient): (&TestApp, &Hospital<'_>, &str),
    first: impl Future<Output = Reply>,
    second: impl Future<Output = Reply>,
) -> (Reply, Reply) {
    let door = app.superuser().await;
    let keep = format!("begin; select id from {}.patients where id = '{patient}' for update", clinic.schema);
    door.batch_execute(&keep).await.unwrap();
    let second = async {
        waiting(app, 1).await;
        second.await
    };
    let open = async {
        waiting(app, 2).await;
        door.batch_execute("commit").await.unwrap();
    };
    let (first, second, ()) = tokio::join!(first, second, open);
    (first, second)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leave_waits_for_who_books_or_moves_and_they_for_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (sick, colleague) = (doctor(&admin, "Nikhil").await, doctor(&admin, "Sara").await);
    with_hours(&admin, &colleague, "09:00", "15:00", 15).await;
    let first = soon(&app);
    for round in 0..8_i64 {
        let day = first.checked_add(round.days()).unwrap();
        let patient = new_patient(&desk, &format!("Patient {round}")).await;
        let booking = book(&desk, &patient, &sick, &at(day, "09:00")).await;
        assert_eq!(booking.status, 201, "{}", booking.text);
        let moves_it = round % 4 > 1;
        let decision = if moves_it { "KEEP" } else { "MOVE_DOCTOR" };
        let leave = take(&admin, &sick, day, json!({ "all_bookings": decision }));
        let other = async {
            if moves_it {
                let path =
                    format!("/api/v1/appointments/{}/reschedule", booking.json["id"].as_str().unwrap());
                let later = day.checked_add(20.days()).unwrap();
                desk.patch(&path, &json!({ "scheduled_at": at(later, "09:00") })).await
            } else {
                book(&desk, &patient, &colleague, &at(day, "11:00")).await
            }
        };
        let with = (&app, &clinic, patient.as_str());
        let (taken, other) = if round % 2 == 0 {
            meet(with, leave, other).await
        } else {
            let (other, taken) = meet(with, other, leave).await;
            (taken, other)
        };
        assert_eq!(taken.status, 201, "round {round}: {}", taken.text);
        assert_eq!(other.status, if moves_it { 200 } else { 201 }, "round {round}: {}", other.text);
        let outcomes: Vec<&Value> =
            taken.json["results"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
        let wanted = match round % 4 {
            0 | 1 => json!(["MOVED"]),
            2 => json!(["KEPT"]),
            // It had been moved before the doctor was away.
            _ => json!([]),
        };
        assert_eq!(json!(outcomes), wanted, "round {round}: {}", taken.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hands_over_or_lets_in_waits_for_who_books() {
    let app = crate::appointments::an_app().await;
    let clinic = app.hospital("Asha Clinic").await;
    let zone = clinic.in_the_morning().await;
    let (sick, colleague) = (room(&clinic).await, room(&clinic).await);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let to = Doctor { id: colleague.doctor_id.clone(), department: colleague.department_id.clone() };
    let day = today(&app, zone.iana_name().unwrap());
    for (round, name) in ["Asha", "Bina", "Chitra", "Divya"].into_iter().enumerate() {
        let visit = id_of(&walks(&desk, &sick, name, json!({})).await);
        let visit = appointment(&desk, &json!({ "id": visit })).await;
        let (patient, visit) = (visit["patient_id"].as_str().unwrap(), visit["id"].as_str().unwrap());
        let when = day.checked_add((i64::try_from(round).unwrap() + 2).days()).unwrap();
        let when = format!("{when}T11:00:00Z");
        let booking = book(&desk, patient, &to, &when);
        let body = json!({ "patient_id": patient, "doctor_user_id": to.id });
        let comes = async {
            if round % 2 == 0 {
                moves(&desk, visit, "hand-over", json!({ "doctor_user_id": to.id })).await
            } else {
                desk.post(WALK_INS, &body).await
            }
        };
        let (came, booked) = meet((&app, &clinic, patient), comes, booking).await;
        assert_eq!(booked.status, 201, "{name}: {}", booked.text);
        assert_eq!(came.status, if round % 2 == 0 { 200 } else { 201 }, "{name}: {}", came.text);
    }
}
