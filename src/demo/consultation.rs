//! What a consultation leaves: the encounter, the note with what was measured in it, and what was found.

use uuid::Uuid;

use super::book::{Book, Booking};
use super::stage::Stage;
use super::{measures, medicines};
use crate::clinic::vitals::Taken;

impl Book {
    /// The encounter, its note and its diagnoses.
    pub(super) fn consultation(
        &mut self,
        stage: &Stage,
        booking: &mut Booking,
        appointment: Uuid,
        taken: &Taken,
    ) {
        let Some(started) = booking.started_at else { return };
        let (patient, doctor) = (booking.patient.id, booking.doctor.id);
        let encounter = booking.dice.id(started);
        let ended = booking.completed_at;
        let status = if ended.is_some() { "FINISHED" } else { "IN_PROGRESS" };
        self.encounters.add(&[
            &encounter,
            &patient,
            &appointment,
            &doctor,
            &stage.department,
            &status,
            &started,
            &ended,
            &doctor,
            &started,
            &ended.unwrap_or(started),
            &true,
        ]);
        let visit = booking.visit();
        let days = booking.dice.between(2, 6);
        let person = &booking.patient.person;
        let years = person.age_on(started.to_zoned(stage.zone.clone()).date());
        let text = |words| measures::filled(&medicines::fitting(words, person, years), taken, days);
        let [subjective, objective, assessment, plan] = visit.words(booking.is_later());
        let note = booking.dice.id(started);
        let Some(signed) = ended else {
            // It is being written.
            let draft = text(subjective);
            self.notes.add(&[
                &note,
                &encounter,
                &patient,
                &doctor,
                &"DRAFT",
                &2_i32,
                &draft,
                &None::<i32>,
                &stage.now,
                &started,
                &true,
            ]);
            return;
        };
        self.notes.add(&[
            &note,
            &encounter,
            &patient,
            &doctor,
            &"SIGNED",
            &2_i32,
            &"",
            &Some(1_i32),
            &signed,
            &started,
            &true,
        ]);
        self.versions.add(&[
            &note,
            &1_i32,
            &text(subjective),
            &text(objective),
            &text(assessment),
            &text(plan),
            &doctor,
            &signed,
        ]);
        let certainty =
            if visit.of.is_some() || booking.dice.chance(50) { "CONFIRMED" } else { "PROVISIONAL" };
        let mut found = vec![(visit.code, certainty)];
        let others = booking.patient.person.chronic().map(|condition| condition.code);
        let other = others.into_iter().find(|code| *code != visit.code && !same_illness(code, visit.code));
        found.extend(other.filter(|_| booking.dice.chance(35)).map(|code| (code, "CONFIRMED")));
        for (rank, (code, certainty)) in (1_i16..).zip(found) {
            let known = stage.codes.get(code);
            let title = known.map_or(visit.reason, |(title, _)| title.as_str());
            let edition = known.map(|(_, edition)| edition.as_str());
            let id = booking.dice.id(signed);
            self.diagnoses.add(&[
                &id,
                &encounter,
                &patient,
                &title,
                &known.map(|_| code),
                &edition,
                &certainty,
                &rank,
                &doctor,
                &signed,
                &true,
            ]);
        }
    }
}

/// Codes that differ only after the point are of one illness.
fn same_illness(one: &str, other: &str) -> bool {
    one.split('.').next() == other.split('.').next()
}
