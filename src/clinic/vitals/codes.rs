//! Codes and units by which other systems know what is measured: LOINC and UCUM.

use super::model::Measure;

/// LOINC codes, and the unit in UCUM. Those of the FHIR R4 vital-signs profile where it has one.
#[must_use]
pub fn of(measure: Measure) -> (&'static [&'static str], Option<&'static str>) {
    match measure {
        Measure::Systolic => (&["8480-6"], Some("mm[Hg]")),
        Measure::Diastolic => (&["8462-4"], Some("mm[Hg]")),
        Measure::HeartRate => (&["8867-4"], Some("/min")),
        Measure::RespiratoryRate => (&["9279-1"], Some("/min")),
        Measure::Temperature => (&["8310-5"], Some("Cel")),
        Measure::Spo2 => (&["59408-5", "2708-6"], Some("%")),
        Measure::Oxygen => (&[], None),
        Measure::OxygenFlow => (&["3151-8"], Some("L/min")),
        Measure::Consciousness => (&["80288-4"], None),
        Measure::Gcs => (&["9269-2"], Some("{score}")),
        Measure::Pain => (&["72514-3"], Some("{score}")),
        Measure::Glucose => (&["41653-7"], Some("mg/dL")),
        Measure::Weight => (&["29463-7"], Some("kg")),
        Measure::Height => (&["8302-2"], Some("cm")),
        Measure::Head => (&["9843-4"], Some("cm")),
        Measure::Bmi => (&["39156-5"], Some("kg/m2")),
    }
}
