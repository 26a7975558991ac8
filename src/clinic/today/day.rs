//! What waits today for somebody: by what they may do, each number with the list behind it.

use super::Dashboard;
use crate::access::Authorized;
use crate::clinic::{figures, notes};
use crate::kernel::AppError;
use crate::web::layout::{Icon, Tile, Tiles};
use crate::web::words;

fn tile(icon: Icon, label: &'static str, number: i64) -> Tile {
    Tile::new(icon, label, words::count(number))
}

/// Absent for somebody who may not see appointments.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(super) async fn day(tx: &Authorized<Dashboard>) -> Result<Option<Tiles>, AppError> {
    let actor = tx.actor();
    if !actor.holds("appointments:view") {
        return Ok(None);
    }
    let is_doctor = actor.works_as("DOCTOR");
    let day = figures::day(tx).await?;
    let mut tiles = Vec::new();
    if is_doctor {
        let mine = format!("/appointments?doctor={}", actor.user);
        tiles.push(tile(Icon("calendar-user"), "Your patients today", day.mine).leads_to(mine));
        let queue = format!("/queue?doctor={}", actor.user);
        tiles.push(tile(Icon("armchair"), "Waiting for you", day.mine_waiting).leads_to(queue));
    }
    if actor.holds("encounters:record") {
        let drafts = i64::try_from(notes::drafts(tx).await?.len()).unwrap_or(i64::MAX);
        let waiting = tile(Icon("file-pencil"), "Drafts to sign", drafts).leads_to("/consultations");
        tiles.push(if drafts > 0 { waiting.note("only you see them") } else { waiting.note("none") });
    }
    if actor.holds("appointments:create") && !is_doctor {
        let due = tile(Icon("calendar-check"), "To check in", day.to_check_in)
            .leads_to("/appointments?status=SCHEDULED");
        tiles.push(match day.late {
            0 => due.note("within 4 hours"),
            late => due.note(format!("within 4 hours; {} late", words::count(late))).warns(),
        });
    }
    if !is_doctor {
        let with_doctor = format!("{} with a doctor", words::count(day.in_consultation));
        let waiting = tile(Icon("armchair"), "Waiting", day.checked_in).note(with_doctor);
        tiles.push(waiting.leads_to("/queue"));
    }
    if actor.holds("vitals:record") && !is_doctor {
        let missing = tile(Icon("heartbeat"), "Vital signs missing", day.without_vitals);
        tiles.push(missing.note("of those who are here").leads_to("/vitals/queue"));
    }
    if !is_doctor {
        let done = tile(Icon("circle-check"), "Seen today", day.completed);
        tiles.push(
            done.note(format!("of {}", words::count(day.booked))).leads_to("/appointments?status=COMPLETED"),
        );
    }
    Ok(Some(Tiles(tiles)))
}
