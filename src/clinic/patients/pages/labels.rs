//! What the fields of a patient are called on pages.

/// Name and label, in the order of the forms: for the summary of errors, for the comparison of two versions, for the
/// record's history.
pub const LABELS: &[(&str, &str)] = &[
    ("first_name", "First name"),
    ("middle_name", "Middle name"),
    ("last_name", "Last name"),
    ("name_alternate", "Name in another script"),
    ("gender", "Sex"),
    ("born", "Born, or age"),
    ("blood_group", "Blood group"),
    ("marital_status", "Marital status"),
    ("preferred_language", "Preferred language"),
    ("phone_primary", "Phone"),
    ("phone_is_landline", "Kind of phone"),
    ("no_phone_reason", "Why no phone"),
    ("phone_alternate", "Other phone"),
    ("email", "E-mail address"),
    ("address_line1", "Street and house"),
    ("address_line2", "Further line of the address"),
    ("city", "City or village"),
    ("state", "State or province"),
    ("postal_code", "Postal code"),
    ("country", "Country"),
    ("no_address_reason", "Why no address"),
    ("emergency_contact_name", "Name of the emergency contact"),
    ("emergency_contact_relation", "Relation of the emergency contact"),
    ("emergency_contact_phone", "Phone of the emergency contact"),
    ("national_id_type", "Identity document"),
    ("national_id_number", "Number of the identity document"),
    ("is_dnr", "Do not resuscitate"),
    ("clinical_notes", "Care notes"),
    ("known_allergies", "Allergies"),
    ("chronic_conditions", "Conditions"),
    ("confidentiality", "Confidentiality"),
    ("is_deceased", "Deceased"),
    ("date_of_death", "Date of death"),
    ("died_at", "Time of death"),
    ("death_certified_by", "Death certified by"),
    ("consent_sms", "Text messages"),
    ("consent_email", "E-mail"),
    ("change_reason", "Reason for the change"),
];

/// The label of a field; a field without one is called by its name.
#[must_use]
pub fn label(field: &str) -> &str {
    LABELS.iter().find(|(name, _)| *name == field).map_or(field, |(_, label)| label)
}
