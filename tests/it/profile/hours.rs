//! Opening hours and holidays.

use super::*;

#[tokio::test]
async fn hours_are_typed_as_people_write_them() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, page) = (clinic.admin().await, clinic.admin().await.browser().await);
    let proposal = page.get("/settings/hospital/hours").await.text;
    assert!(proposal.contains("A proposal") && proposal.contains("09:00\u{2013}17:00"), "{proposal}");
    let version = hospital(&admin).await["version"].to_string();
    let hours = |days: &[(&'static str, &'static str)]| {
        let mut form = vec![("version", version.clone())];
        form.extend(days.iter().map(|(day, text)| (*day, (*text).to_owned())));
        form
    };
    let submit = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        page.submit("/settings/hospital/hours", &fields).await
    };
    let bad =
        submit(hours(&[("monday", "9-13, 12-14"), ("tuesday", "nine to five"), ("friday", "9-5")])).await;
    assert_eq!(bad.status, 422);
    for part in ["tuesday-error", "friday-error", "Write hours like", "nine to five"] {
        assert!(bad.text.contains(part), "{part} in {}", bad.text);
    }
    let bad = submit(hours(&[("sunday", "20-6"), ("monday", "5-9")])).await;
    assert!(bad.text.contains("These hours go on into those of Monday."), "{}", bad.text);

    let fine = hours(&[("monday", "9-13, 16:00 to 20:00"), ("saturday", "8 pm-6 am"), ("sunday", "closed")]);
    assert_eq!(submit(fine.clone()).await.status, 303);
    let saved = hospital(&admin).await;
    assert_eq!(saved["opening_hours"].as_array().unwrap().len(), 3);
    assert_eq!(
        saved["opening_hours"][2],
        json!({ "weekday": "SATURDAY", "opens": "20:00", "closes": "06:00" })
    );
    // The same form again: somebody was quicker, and the page says what differs in the same words.
    let late = submit(hours(&[("monday", "9-13, 16:00 to 20:00"), ("saturday", "closed")])).await;
    assert_eq!(late.status, 412);
    assert!(
        late.text.contains("20:00\u{2013}06:00") && !late.text.contains("<th scope=\"row\">Monday"),
        "{}",
        late.text
    );

    // Saturday 23:30 and Sunday 03:00 are open, 07:00 is not, nor Sunday's evening.
    let open_at = async |day: &str| {
        let at: jiff::Timestamp = format!("{day}[Asia/Kolkata]").parse::<jiff::Zoned>().unwrap().timestamp();
        app.app.clock.shift(at.as_second() - app.app.clock.now().as_second());
        let open = hospital(&clinic.admin().await).await["is_open_now"].clone();
        open.as_bool().unwrap()
    };
    let saturday = {
        let today = app.app.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let ahead = (6 - i32::from(today.weekday().to_monday_one_offset())).rem_euclid(7) + 7;
        today.checked_add(jiff::Span::new().days(ahead)).unwrap()
    };
    let sunday = saturday.tomorrow().unwrap();
    assert!(open_at(&format!("{saturday}T23:30")).await);
    assert!(open_at(&format!("{sunday}T03:00")).await);
    assert!(!open_at(&format!("{sunday}T07:00")).await);
}

#[tokio::test]
async fn holidays_are_pasted_one_a_line() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, page) = (clinic.admin().await, clinic.admin().await.browser().await);
    let path = "/settings/hospital/holidays";
    let version = hospital(&admin).await["version"].to_string();
    let bad =
        page.submit(path, &[("version", &version), ("holidays", "26 Jan 2099 Republic Day\nsoon")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text.contains("Line 2:") && bad.text.contains("\nsoon</textarea>"), "{}", bad.text);
    let typed = "26 Jan 2099 Republic Day\r\n15/08/2099: <Independence> Day\r\n\r\n2099-10-02 गांधी जयंती\r\n";
    let saved = page.submit(path, &[("version", &version), ("holidays", typed)]).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/settings/hospital/holidays?done=saved"));
    let days = hospital(&admin).await["holidays"].clone();
    assert_eq!(days[1], json!({ "day": "2099-08-15", "name": "<Independence> Day" }));
    let shown = page.get(path).await.text;
    for part in ["Saturday, 15 Aug 2099", "&#60;Independence&#62; Day", "गांधी जयंती", "2 Oct 2099"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let late = page.submit(path, &[("version", &version), ("holidays", "26 Jan 2099 Republic Day")]).await;
    assert_eq!(late.status, 412);
    assert!(late.text.contains("15 Aug 2099: none"), "{}", late.text);

    // A holiday closes a day that has hours.
    let today = app.app.clock.in_zone(&jiff::tz::TimeZone::get("Asia/Kolkata").unwrap()).date();
    let all: Vec<Value> = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
        .map(|day| json!({ "weekday": day, "opens": "00:00", "closes": "24:00" }))
        .into();
    assert_eq!(changed(&admin, &json!({ "opening_hours": all })).await["is_open_now"], true);
    let closed = changed(&admin, &json!({ "holidays": [{ "day": today, "name": "Flood" }] })).await;
    assert_eq!(closed["is_open_now"], false);
    assert!(page.get("/settings/hospital/hours").await.text.contains("for Flood"));
}
