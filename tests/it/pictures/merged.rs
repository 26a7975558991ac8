//! Whose picture it is after a merge, and after its undoing.

use super::*;

async fn merged(desk: &Client, survivor: &str, duplicate: &str, fields: Value) -> String {
    let body = json!({ "duplicate_id": duplicate, "reason": "Same passport", "fields": fields });
    let reply = desk.post(&format!("{PATIENTS}/{survivor}/merge"), &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["id"].as_str().unwrap().to_owned()
}

async fn undo(desk: &Client, merge: &str) -> Reply {
    desk.post(&format!("{PATIENTS}/merges/{merge}/undo"), &json!({ "reason": "Two people" })).await
}

fn wide(width: u32) -> Vec<u8> {
    written(halves(width, 10), ImageFormat::Png)
}

async fn width(desk: &Client, patient: &str) -> Option<u32> {
    match desk.get(&of(patient)).await.status {
        404 => None,
        _ => Some(shown(desk, patient, "").await.width()),
    }
}

#[tokio::test]
async fn the_duplicates_picture_is_the_survivors_and_goes_back_when_the_merge_is_undone() {
    let app = TestApp::new().await;
    let (_, desk, survivor) = stage(&app).await;
    let duplicate = registered(&desk, "Aasha").await;
    given(&desk, &duplicate, &wide(20)).await;
    let merge = merged(&desk, &survivor, &duplicate, json!({})).await;
    assert_eq!((width(&desk, &survivor).await, width(&desk, &duplicate).await), (Some(20), Some(20)));
    assert_eq!(send(&desk, &duplicate, &png()).await.json["code"], "patients.merged");
    let record = desk.get(&format!("{PATIENTS}/{survivor}")).await.json;
    assert_eq!(record["photo_path"], of(&survivor));
    age_all(&app);
    pictures::housekeep(&app.app).await.unwrap();
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!((width(&desk, &survivor).await, width(&desk, &duplicate).await), (None, Some(20)));

    // Replaced at the survivor, the picture is gone for good: nothing leads back to it.
    let merge = merged(&desk, &survivor, &duplicate, json!({})).await;
    given(&desk, &survivor, &wide(30)).await;
    assert_eq!(undo(&desk, &merge).await.status, 200, "nobody could set it back");
    assert_eq!((width(&desk, &survivor).await, width(&desk, &duplicate).await), (Some(30), None));
    assert_eq!(kept(&app).len(), 2);
}

#[tokio::test]
async fn of_two_pictures_both_are_kept_until_the_merge_cannot_be_undone() {
    let app = TestApp::new().await;
    let (_, desk, survivor) = stage(&app).await;
    let duplicate = registered(&desk, "Aasha").await;
    given(&desk, &survivor, &wide(10)).await;
    given(&desk, &duplicate, &wide(20)).await;
    let both = async || (width(&desk, &survivor).await, width(&desk, &duplicate).await);
    let tidy = async || {
        age_all(&app);
        pictures::housekeep(&app.app).await.unwrap();
        kept(&app).len()
    };

    let compared = desk.browser().await.get(&format!("/patients/{survivor}/merge?with={duplicate}")).await;
    for patient in [&survivor, &duplicate] {
        assert!(compared.text.contains(&format!("src=\"{}?size=thumb\"", of(patient))), "{}", compared.text);
    }
    let merge = merged(&desk, &survivor, &duplicate, json!({})).await;
    assert_eq!((both().await, tidy().await), ((Some(10), Some(10)), 4));
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!(both().await, (Some(10), Some(20)));

    let merge = merged(&desk, &survivor, &duplicate, json!({ "photo_path": "duplicate" })).await;
    assert_eq!((both().await, tidy().await), ((Some(20), Some(20)), 4), "the survivor's may come back");
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!((both().await, tidy().await), ((Some(10), Some(20)), 4));

    merged(&desk, &survivor, &duplicate, json!({ "photo_path": "duplicate" })).await;
    assert_eq!(desk.request(Method::DELETE, &of(&survivor)).send().await.status, 204);
    assert_eq!(
        (both().await, tidy().await),
        ((None, None), 0),
        "somebody wants no picture of hers to be kept"
    );
}

// -------------------------------------------------------------------------- pages
