//! Changing a profile: the contract's rules, reasons, forms that clear nothing, and names of every kind.

mod contract;
mod forms;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Hospital, Reply, TestApp};
use crate::history::history;
use crate::patients::{PATIENTS, faults, found, path_of, registered};

/// Let the hospital be in this country.
async fn set_country(app: &TestApp, clinic: &Hospital<'_>, country: &str) {
    app.sql(&format!("update public.tenants set country = '{country}' where id = '{}'", clinic.id)).await;
    app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", clinic.id)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// Every control of the page's form that posts, as a browser would send it back.
fn controls(page: &Reply, action: &str) -> Vec<(String, String)> {
    let start =
        page.text.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form: {}", page.text));
    let form = page.text[start..].split("</form>").next().unwrap();
    let plain = |raw: &str| {
        let escaped = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
        escaped.iter().fold(raw.to_owned(), |text, (code, sign)| text.replace(code, sign))
    };
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(plain(rest.split('"').next()?))
    };
    let mut all = Vec::new();
    for tag in form.split("<input").skip(1) {
        let tag = tag.split('>').next().unwrap();
        let is_ticked = !tag.contains("type=\"checkbox\"") || tag.contains(" checked");
        if let Some(name) = attribute(tag, "name").filter(|_| is_ticked) {
            all.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    for select in form.split("<select").skip(1) {
        let select = select.split("</select>").next().unwrap();
        let chosen = select.split("<option").skip(1).find(|option| option.contains(" selected"));
        let chosen = chosen.or_else(|| select.split("<option").nth(1)).unwrap();
        all.push((attribute(select, "name").unwrap(), attribute(chosen, "value").unwrap()));
    }
    for area in form.split("<textarea").skip(1) {
        let text = area.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
        all.push((attribute(area, "name").unwrap(), plain(text.trim_start_matches('\n'))));
    }
    all
}

fn as_pairs(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn with(mut form: Vec<(String, String)>, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in changes {
        let field = form.iter_mut().find(|(field, _)| field == name).unwrap_or_else(|| panic!("no {name}"));
        (*value).clone_into(&mut field.1);
    }
    form
}

/// Everything that can be recorded.
fn everything() -> Value {
    json!({
        "first_name": "Asha & \"Co\"", "middle_name": "ibn", "last_name": "O'Neill", "name_alternate": "आशा", "gender": "FEMALE",
        "dob": "1992-03-14", "blood_group": "B+", "marital_status": "Married", "preferred_language": "Marathi",
        "phone_primary": "+91 98220 12345", "phone_alternate": "+91 98220 99999", "email": "asha@example.org",
        "address_line1": "12 MG Road", "address_line2": "Camp", "city": "Pune", "state": "MH", "postal_code": "411001",
        "country": "India", "emergency_contact_name": "Ravi", "emergency_contact_relation": "Brother",
        "emergency_contact_phone": "+919822077777", "known_allergies": "Penicillin", "chronic_conditions": "Asthma",
        "clinical_notes": "Needs a <ramp>\nand time", "national_id_type": "Passport", "national_id_number": "A1234567",
        "is_dnr": true, "consent_sms": true, "consent_email": true,
    })
}
