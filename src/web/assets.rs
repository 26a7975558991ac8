//! The files under `/assets/`: style sheets, scripts, fonts and icons, embedded in the binary.
//!
//! `build.rs` makes them and gives each a name with its content's hash, so a browser may keep a
//! file forever and still sees the new one after an update.

use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::kernel::Problem;

/// One embedded file.
struct Asset {
    /// What pages call it: `hms.css`.
    name: &'static str,
    /// What browsers call it: `hms.1a2b3c4d.css`. Also the ETag.
    file: &'static str,
    path: &'static str,
    mime: &'static str,
    bytes: &'static [u8],
}

/// Sorted by name.
static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Public path of an asset: `path("hms.css")` is `/assets/hms.1a2b3c4d.css`.
///
/// # Panics
/// If there is no such asset. The build refuses templates and code that name one.
#[must_use]
pub fn path(name: &str) -> &'static str {
    match ASSETS.binary_search_by(|asset| asset.name.cmp(name)) {
        Ok(found) => ASSETS[found].path,
        Err(_) => missing(name),
    }
}

#[expect(clippy::panic, reason = "the build refuses names that do not exist, so this is a mistake in code")]
fn missing(name: &str) -> ! {
    panic!("there is no asset {name:?}; see build.rs")
}

/// `GET /assets/{file}`: kept by browsers for a year, because the name changes with the content.
pub async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let file = uri.path().rsplit('/').next().unwrap_or_default();
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == file) else {
        return Problem::not_found("This file").into_response();
    };
    let tag = format!("\"{}\"", asset.file);
    let kept = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let lasting = [
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        (header::ETAG, tag.clone()),
    ];
    // Compression layers weaken the tag (`W/`); it still names the same content.
    if kept.is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return (StatusCode::NOT_MODIFIED, lasting).into_response();
    }
    (lasting, [(header::CONTENT_TYPE, asset.mime)], asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_found_by_its_name() {
        for asset in ASSETS {
            assert_eq!(path(asset.name), asset.path);
        }
    }

    #[test]
    fn the_style_sheet_names_only_hashed_files() {
        let css = ASSETS.iter().find(|asset| asset.name == "hms.css").expect("made by build.rs");
        let css = std::str::from_utf8(css.bytes).expect("UTF-8");
        for part in css.split("url(\"/assets/").skip(1) {
            let file = part.split('"').next().expect("closed");
            assert!(ASSETS.iter().any(|asset| asset.file == file), "{file}");
        }
    }

    #[tokio::test]
    async fn a_known_file_is_kept_for_a_year_and_an_unknown_one_is_absent() {
        let known = serve(Uri::from_static(path("hms.css")), HeaderMap::new()).await;
        assert_eq!(known.status(), StatusCode::OK);
        assert_eq!(known.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(known.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");

        let mut again = HeaderMap::new();
        again.insert(header::IF_NONE_MATCH, known.headers()[header::ETAG].clone());
        assert_eq!(serve(Uri::from_static(path("hms.css")), again).await.status(), StatusCode::NOT_MODIFIED);

        let absent = serve(Uri::from_static("/assets/../Cargo.toml"), HeaderMap::new()).await;
        assert_eq!(absent.status(), StatusCode::NOT_FOUND);
    }
}
