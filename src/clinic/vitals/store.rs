//! SQL of sets of vital signs.

pub(super) mod handover;
pub(super) mod plans;
pub(super) mod raising;
pub(super) mod tables;
pub(super) mod waiting;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::judge::Earlier;
use super::model::{
    Absence, Consciousness, Ended, Flag, GlucoseReading, Measure, NewSet, PainScale, Score, Standing, Taken,
    Unscored, VitalSet, VitalsId,
};
use crate::access::TenantTx;
use crate::clinic::appointments::AppointmentId;
use crate::clinic::encounters::EncounterId;
use crate::clinic::patients::{PatientId, Period};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

macro_rules! columns {
    () => {
        "select v.id, v.patient_id, v.appointment_id, v.admission_id, v.encounter_id, v.recorded_by_id, v.recorded_at,
                v.entered_at, v.systolic_bp, v.diastolic_bp, v.heart_rate, v.respiratory_rate, v.temperature_tenths, v.spo2,
                v.weight_grams, v.height_mm, v.head_mm, v.oxygen_given, v.oxygen_flow_tenths, v.consciousness, v.gcs, v.pain,
                v.pain_scale, v.glucose_mg_dl, v.glucose_reading, v.is_pregnant, v.device, v.notes, v.absent, v.confirmed,
                v.unconfirmed, v.bmi_tenths, v.news2_state, v.news2_why, v.news2_total, v.news2_single_red, v.news2_parts, v.news2_scale,
                v.news2_table, v.flags, v.next_due_at, v.error_at, v.error_by_id, v.error_reason, v.replaced_by_id
           from vitals v "
    };
}
/// Of a patient `$1`, an appointment `$2` and a stay `$3`; `$4`: those entered in error too.
macro_rules! wanted {
    () => {
        "where v.patient_id = $1 and ($2::uuid is null or v.appointment_id = $2) and ($3::uuid is null or v.admission_id = $3)
           and ($4 or v.error_at is null)"
    };
}

statements! { Tenant;
    INSERT(UUID, UUID, UUID, UUID, UUID, UUID, TIMESTAMPTZ, TIMESTAMPTZ, INT2, INT2, INT2, INT2, INT2, INT2, INT4, INT2, INT2,
           BOOL, INT2, TEXT, INT2, INT2, TEXT, INT2, TEXT, BOOL, TEXT, TEXT, JSONB, TEXT_ARRAY, INT2, TEXT, TEXT, INT2, BOOL,
           JSONB, INT2, TEXT, JSONB, TIMESTAMPTZ, BOOL, TEXT_ARRAY) =
        "insert into vitals (id, patient_id, appointment_id, admission_id, encounter_id, recorded_by_id, recorded_at, entered_at,
                systolic_bp, diastolic_bp, heart_rate, respiratory_rate, temperature_tenths, spo2, weight_grams, height_mm,
                head_mm, oxygen_given, oxygen_flow_tenths, consciousness, gcs, pain, pain_scale, glucose_mg_dl, glucose_reading,
                is_pregnant, device, notes, absent, confirmed, bmi_tenths, news2_state, news2_why, news2_total,
                news2_single_red, news2_parts, news2_scale, news2_table, flags, next_due_at, is_watched, unconfirmed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)";
    hot PAGE(UUID, UUID, UUID, BOOL, INT8, INT8) =
        concat!(columns!(), wanted!(), " order by v.recorded_at desc, v.id desc limit $5 offset $6");
    TOTAL(UUID, UUID, UUID, BOOL) = concat!("select count(*) as total from vitals v ", wanted!());
    /// Within a period, those entered in error too.
    WITHIN(UUID, TIMESTAMPTZ, TIMESTAMPTZ, INT8) = concat!(columns!(),
        "where v.patient_id = $1 and ($2::timestamptz is null or v.recorded_at >= $2) and ($3::timestamptz is null or v.recorded_at < $3)
          order by v.recorded_at desc, v.id desc limit $4");
    hot LATEST(UUID) =
        concat!(columns!(), "where v.patient_id = $1 and v.error_at is null order by v.recorded_at desc, v.id desc limit 1");
    /// The newest `$2` of each of these patients that count.
    NEWEST_OF(UUID_ARRAY, INT8) = concat!(columns!(),
        "where v.id in (select n.id from unnest($1::uuid[]) as t(patient_id)
                         cross join lateral (select x.id from vitals x where x.patient_id = t.patient_id and x.error_at is null
                                              order by x.recorded_at desc, x.id desc limit $2) n)
          order by v.patient_id, v.recorded_at desc, v.id desc");
    FIND(UUID) = concat!(columns!(), "where v.id = $1");
    /// What is known of a patient at `$2`.
    hot EARLIER(UUID, TIMESTAMPTZ) =
        "select w.weight_grams, w.recorded_at as weight_at, h.height_mm, h.recorded_at as height_at
           from (select 1) as one
           left join lateral (select weight_grams, recorded_at from vitals
                               where patient_id = $1 and error_at is null and weight_grams is not null and recorded_at <= $2
                               order by recorded_at desc, id desc limit 1) w on true
           left join lateral (select height_mm, recorded_at from vitals
                               where patient_id = $1 and error_at is null and height_mm is not null and recorded_at <= $2
                               order by recorded_at desc, id desc limit 1) h on true";
    /// What was last said of a pregnancy at visit `$2`, until `$3`.
    hot PREGNANT(UUID, UUID, TIMESTAMPTZ) =
        "select is_pregnant from vitals
          where patient_id = $1 and appointment_id = $2 and error_at is null and is_pregnant is not null and recorded_at <= $3
          order by recorded_at desc, id desc limit 1";
    /// When the newest was taken that is in no doubt, and when the one was that somebody is to come back for.
    hot STANDING(UUID) =
        "select max(recorded_at) filter (where cardinality(unconfirmed) = 0) as newest, max(recorded_at) filter (where is_watched) as watched
           from vitals where patient_id = $1 and error_at is null";
    /// When somebody is to come back, and for which visit.
    WATCHED(UUID) =
        "select next_due_at, appointment_id from vitals where patient_id = $1 and is_watched order by recorded_at desc, id desc limit 1";
    UNWATCH(UUID) = "update vitals set is_watched = false where patient_id = $1 and is_watched";
    /// The newest that said when the next is due.
    REWATCH(UUID) =
        "update vitals set is_watched = true
          where id = (select id from vitals where patient_id = $1 and error_at is null and next_due_at is not null
                       order by recorded_at desc, id desc limit 1)";
    END(UUID, TIMESTAMPTZ, UUID, TEXT) =
        "update vitals set error_at = $2, error_by_id = $3, error_reason = $4, is_watched = false where id = $1";
    REPLACED(UUID, UUID) = "update vitals set replaced_by_id = $2 where id = $1";
    RESCHEDULE(UUID, TIMESTAMPTZ) = "update vitals set next_due_at = $2, is_watched = true where id = $1";
}

/// A set with everything that was made of it.
pub(super) struct Scored<'a> {
    pub new: &'a NewSet,
    pub encounter: Option<EncounterId>,
    pub bmi: Option<i32>,
    pub score: &'a Score,
    pub next_due_at: Option<Timestamp>,
    pub is_watched: bool,
}

fn small(value: Option<i32>) -> Option<i16> {
    value.and_then(|value| i16::try_from(value).ok())
}

fn object<V: serde::Serialize>(map: &BTreeMap<Measure, V>) -> Value {
    Value::Object(
        map.iter()
            .map(|(measure, value)| {
                (measure.code().to_owned(), serde_json::to_value(value).unwrap_or_default())
            })
            .collect(),
    )
}

pub(super) async fn insert(tx: &TenantTx, id: VitalsId, by: UserId, set: &Scored<'_>) -> Result<(), DbError> {
    let (new, taken, score) = (set.new, &set.new.taken, set.score);
    let value = |measure| small(taken.get(measure));
    let (systolic, diastolic) = (value(Measure::Systolic), value(Measure::Diastolic));
    let (heart, breath) = (value(Measure::HeartRate), value(Measure::RespiratoryRate));
    let (temperature, spo2) = (value(Measure::Temperature), value(Measure::Spo2));
    let weight = taken.get(Measure::Weight);
    let (height, head) = (value(Measure::Height), value(Measure::Head));
    let (flow, gcs) = (value(Measure::OxygenFlow), value(Measure::Gcs));
    let (pain, glucose) = (value(Measure::Pain), value(Measure::Glucose));
    let consciousness = taken.consciousness.map(Consciousness::code);
    let pain_scale = taken.pain_scale.map(PainScale::code);
    let reading = taken.glucose_reading.map(GlucoseReading::code);
    let confirmed: Vec<&str> = taken.confirmed.iter().map(|measure| measure.code()).collect();
    let unconfirmed: Vec<&str> = taken.unconfirmed.iter().map(|measure| measure.code()).collect();
    let (state, why) = match score.standing {
        Standing::Scored(_) => ("SCORED", None),
        Standing::Incomplete => ("INCOMPLETE", None),
        Standing::NotApplicable(why) => ("NOT_APPLICABLE", Some(why.code())),
    };
    let (total, scale) = (score.total().map(i16::from), i16::from(score.scale));
    let (absent, parts, flags) = (object(&taken.absent), object(&score.parts), object(&score.flags));
    let (bmi, entered_at) = (small(set.bmi), tx.now());
    tx.execute(
        &INSERT,
        &[
            &id,
            &new.patient,
            &new.appointment,
            &new.admission,
            &set.encounter,
            &by,
            &new.recorded_at,
            &entered_at,
            &systolic,
            &diastolic,
            &heart,
            &breath,
            &temperature,
            &spo2,
            &weight,
            &height,
            &head,
            &taken.oxygen,
            &flow,
            &consciousness,
            &gcs,
            &pain,
            &pain_scale,
            &glucose,
            &reading,
            &taken.pregnant,
            &taken.device,
            &taken.notes,
            &absent,
            &confirmed,
            &bmi,
            &state,
            &why,
            &total,
            &score.single_red,
            &parts,
            &scale,
            &score.table,
            &flags,
            &set.next_due_at,
            &set.is_watched,
            &unconfirmed,
        ],
    )
    .await
    .map(|_| ())
}

/// Which sets of a patient are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrowed {
    pub appointment: Option<AppointmentId>,
    pub admission: Option<Uuid>,
    pub with_ended: bool,
}

pub(super) async fn page(
    tx: &TenantTx,
    patient: PatientId,
    narrowed: Narrowed,
    page: PageRequest,
) -> Result<Vec<VitalSet>, DbError> {
    let Narrowed { appointment, admission, with_ended } = narrowed;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&patient, &appointment, &admission, &with_ended, &page.page_size, &page.offset()];
    Ok(tx.rows(&PAGE, &params).await?.iter().map(set_of).collect())
}

pub(super) async fn total(tx: &TenantTx, patient: PatientId, narrowed: Narrowed) -> Result<i64, DbError> {
    let Narrowed { appointment, admission, with_ended } = narrowed;
    Ok(tx.row(&TOTAL, &[&patient, &appointment, &admission, &with_ended]).await?.get("total"))
}

/// Within a period, the newest first.
pub(super) async fn within(
    tx: &TenantTx,
    patient: PatientId,
    period: Period,
    most: i64,
) -> Result<Vec<VitalSet>, DbError> {
    let Period { from, until } = period;
    Ok(tx.rows(&WITHIN, &[&patient, &from, &until, &most]).await?.iter().map(set_of).collect())
}

pub(super) async fn latest(tx: &TenantTx, patient: PatientId) -> Result<Option<VitalSet>, DbError> {
    Ok(tx.row_opt(&LATEST, &[&patient]).await?.as_ref().map(set_of))
}

/// The newest sets of each of these patients, `each` at most, the newest first.
pub(super) async fn newest_of(
    tx: &TenantTx,
    patients: &[PatientId],
    each: i64,
) -> Result<Vec<VitalSet>, DbError> {
    Ok(tx.rows(&NEWEST_OF, &[&patients, &each]).await?.iter().map(set_of).collect())
}

pub(super) async fn find(tx: &TenantTx, id: VitalsId) -> Result<Option<VitalSet>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(set_of))
}

pub(super) async fn earlier(tx: &TenantTx, patient: PatientId, at: Timestamp) -> Result<Earlier, DbError> {
    let row = tx.row(&EARLIER, &[&patient, &at]).await?;
    let height = row.get::<_, Option<i16>>("height_mm").map(i32::from);
    Ok(Earlier {
        weight: row.get::<_, Option<i32>>("weight_grams").zip(row.get("weight_at")),
        height: height.zip(row.get("height_at")),
    })
}

/// What was last said of a pregnancy at a visit until then; none: nobody said anything.
pub(super) async fn pregnant(
    tx: &TenantTx,
    patient: PatientId,
    visit: AppointmentId,
    until: Timestamp,
) -> Result<Option<bool>, DbError> {
    Ok(tx.row_opt(&PREGNANT, &[&patient, &visit, &until]).await?.map(|row| row.get("is_pregnant")))
}

/// When the newest set was taken that is in no doubt, and when the one was that somebody is to come back for.
pub(super) async fn standing(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<(Option<Timestamp>, Option<Timestamp>), DbError> {
    let row = tx.row(&STANDING, &[&patient]).await?;
    Ok((row.get("newest"), row.get("watched")))
}

/// When somebody is to come back, and for which visit.
pub(super) async fn watched(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<Option<(Timestamp, Option<AppointmentId>)>, DbError> {
    let row = tx.row_opt(&WATCHED, &[&patient]).await?;
    Ok(row.map(|row| (row.get("next_due_at"), row.get("appointment_id"))))
}

pub(super) async fn unwatch(tx: &TenantTx, patient: PatientId) -> Result<(), DbError> {
    tx.execute(&UNWATCH, &[&patient]).await.map(|_| ())
}

pub(super) async fn rewatch(tx: &TenantTx, patient: PatientId) -> Result<(), DbError> {
    tx.execute(&UNWATCH, &[&patient]).await?;
    tx.execute(&REWATCH, &[&patient]).await.map(|_| ())
}

pub(super) async fn end(tx: &TenantTx, id: VitalsId, by: UserId, reason: &str) -> Result<(), DbError> {
    let at = tx.now();
    tx.execute(&END, &[&id, &at, &by, &reason]).await.map(|_| ())
}

pub(super) async fn replaced(tx: &TenantTx, id: VitalsId, by: VitalsId) -> Result<(), DbError> {
    tx.execute(&REPLACED, &[&id, &by]).await.map(|_| ())
}

pub(super) async fn reschedule(tx: &TenantTx, id: VitalsId, due_at: Timestamp) -> Result<(), DbError> {
    tx.execute(&RESCHEDULE, &[&id, &due_at]).await.map(|_| ())
}

/// What is kept by measure.
fn by_measure<V>(value: &Value, read: impl Fn(&Value) -> Option<V>) -> BTreeMap<Measure, V> {
    let fields = value.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((Measure::from_code(name)?, read(value)?))).collect()
}

fn word<T>(value: &Value, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    value.as_str().and_then(read)
}

pub(super) fn set_of(row: &Row) -> VitalSet {
    let small = |name: &str| row.get::<_, Option<i16>>(name).map(i32::from);
    let values = [
        (Measure::Systolic, small("systolic_bp")),
        (Measure::Diastolic, small("diastolic_bp")),
        (Measure::HeartRate, small("heart_rate")),
        (Measure::RespiratoryRate, small("respiratory_rate")),
        (Measure::Temperature, small("temperature_tenths")),
        (Measure::Spo2, small("spo2")),
        (Measure::OxygenFlow, small("oxygen_flow_tenths")),
        (Measure::Gcs, small("gcs")),
        (Measure::Pain, small("pain")),
        (Measure::Glucose, small("glucose_mg_dl")),
        (Measure::Weight, row.get("weight_grams")),
        (Measure::Height, small("height_mm")),
        (Measure::Head, small("head_mm")),
    ];
    let coded = |name: &str| row.get::<_, Option<&str>>(name);
    let total = small("news2_total").and_then(|total| u8::try_from(total).ok());
    let standing = match (coded("news2_state"), total, coded("news2_why").and_then(Unscored::from_code)) {
        (Some("SCORED"), Some(total), _) => Standing::Scored(total),
        (_, _, Some(why)) => Standing::NotApplicable(why),
        _ => Standing::Incomplete,
    };
    let measures = |name: &str| -> BTreeSet<Measure> {
        row.get::<_, Vec<&str>>(name).into_iter().filter_map(Measure::from_code).collect()
    };
    let ended_at: Option<Timestamp> = row.get("error_at");
    VitalSet {
        id: row.get("id"),
        patient: row.get("patient_id"),
        appointment: row.get("appointment_id"),
        admission: row.get("admission_id"),
        encounter: row.get("encounter_id"),
        recorded_by: row.get("recorded_by_id"),
        recorded_at: row.get("recorded_at"),
        entered_at: row.get("entered_at"),
        taken: Taken {
            values: values.into_iter().filter_map(|(measure, value)| Some((measure, value?))).collect(),
            oxygen: row.get("oxygen_given"),
            consciousness: coded("consciousness").and_then(Consciousness::from_code),
            pain_scale: coded("pain_scale").and_then(PainScale::from_code),
            glucose_reading: coded("glucose_reading").and_then(GlucoseReading::from_code),
            pregnant: row.get("is_pregnant"),
            device: row.get("device"),
            notes: row.get("notes"),
            absent: by_measure(&row.get("absent"), |value| word(value, Absence::from_code)),
            confirmed: measures("confirmed"),
            unconfirmed: measures("unconfirmed"),
        },
        bmi: small("bmi_tenths"),
        score: Score {
            standing,
            single_red: row.get("news2_single_red"),
            parts: by_measure(&row.get("news2_parts"), |value| u8::try_from(value.as_u64()?).ok()),
            scale: small("news2_scale").and_then(|scale| u8::try_from(scale).ok()).unwrap_or(1),
            table: row.get::<_, Option<String>>("news2_table").unwrap_or_default(),
            flags: by_measure(&row.get("flags"), |value| word(value, Flag::from_code)),
        },
        next_due_at: row.get("next_due_at"),
        ended: ended_at.map(|at| Ended {
            at,
            by: row.get::<_, Option<UserId>>("error_by_id").unwrap_or(UserId(Uuid::nil())),
            reason: row.get::<_, Option<String>>("error_reason").unwrap_or_default(),
            replaced_by: row.get("replaced_by_id"),
        }),
    }
}
