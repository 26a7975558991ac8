//! Makes the files under `/assets/` out of npm packages and `src/web/assets/`, ready to embed.
//!
//! 1. `npm ci` (scripts off) in `$OUT_DIR/npm`, only when the lock file changed or files are missing.
//! 2. `icons.svg`: one symbol for each icon that a template (`"bed"|icon`) or Rust code (in
//!    templates too: `Icon("bed")`) names. An unknown name fails the build.
//! 3. Every file gets a name with its content's hash, so that browsers may keep it forever;
//!    `url("/assets/...")` in our style sheet is rewritten to those names.
//! 4. `$OUT_DIR/assets.rs`: the table that `src/web/assets.rs` includes.
//! 5. `$OUT_DIR/fonts.rs`: the fonts of paper, for `src/paper/engine.rs`. They are not served.
//! 6. `$OUT_DIR/sentences.rs`: what each error says, read from `#[error("…")]`, for `src/kernel/codes.rs`. A `problem!`
//!    of an error without a sentence does not compile.
//!
//! A template that asks for an asset nobody made (`assets::path("x")`) fails the build as well.

#![expect(clippy::panic, reason = "a build script reports by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};

#[path = "build/fonts.rs"]
mod fonts;
#[path = "build/sentences.rs"]
mod sentences;

/// Files taken from npm as they are: public name, path under `node_modules`.
const FROM_NPM: &[(&str, &str)] = &[
    ("tabler.min.css", "@tabler/core/dist/css/tabler.min.css"),
    ("htmx.min.js", "htmx.org/dist/htmx.min.js"),
    ("inter-latin.woff2", "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
    ("inter-latin-ext.woff2", "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2"),
    ("swagger-ui.css", "swagger-ui-dist/swagger-ui.css"),
    ("swagger-ui-bundle.js", "swagger-ui-dist/swagger-ui-bundle.js"),
    ("redoc.standalone.js", "redoc/bundles/redoc.standalone.js"),
];

/// Our own files, in `src/web/assets/`. The style sheet comes last: it names the others.
const OURS: &[&str] = &[
    "mark.svg",
    "docs.css",
    "docs.js",
    "hms.js",
    "keys.js",
    "palette.js",
    "lock.js",
    "bell.js",
    "picture.js",
    "consult.js",
    "calendar.js",
    "hms.css",
];

/// What `npm ci` needs.
const NPM_FILES: &[&str] = &["package.json", "package-lock.json", ".npmrc"];

/// The packages whose licence texts we serve beside them, and the file that holds each.
const LICENCES: &[(&str, &str)] = &[
    // @tabler/core has its licence in the style sheet's first comment.
    ("Tabler Icons", "@tabler/icons/LICENSE"),
    ("htmx", "htmx.org/LICENSE"),
    ("Inter", "@fontsource-variable/inter/LICENSE"),
    ("Swagger UI", "swagger-ui-dist/LICENSE"),
    ("Swagger UI, notice", "swagger-ui-dist/NOTICE"),
    ("Swagger UI, parts", "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"),
    ("ReDoc", "redoc/LICENSE"),
    ("ReDoc, parts", "redoc/bundles/redoc.standalone.js.LICENSE.txt"),
];

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let ours = root.join("src/web/assets");

    // Templates and the Rust code that names icons live all over `src`.
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=src");

    // What makes no PDF files carries no fonts.
    let fonts = if env::var_os("CARGO_FEATURE_PDF").is_some() { fonts::FONTS } else { &[] };

    let modules = npm_packages(&ours, &out.join("npm"));
    write_if_changed(&out.join("fonts.rs"), fonts::table(fonts, &modules).as_bytes());
    let wanted = names_in_sources(&root.join("src"));

    let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for (name, path) in FROM_NPM {
        files.insert(name, without_source_map(name, read(&modules.join(path))));
    }
    files.entry("redoc.standalone.js").and_modify(ask_nobody_else);
    files.insert("icons.svg", sprite(&wanted.icons, &modules.join("@tabler/icons/icons/outline")));
    files.insert("licences.txt", licences(&modules, fonts));
    for name in OURS {
        files.insert(name, read(&ours.join(name)));
    }

    for (name, place) in &wanted.assets {
        assert!(
            files.contains_key(name.as_str()),
            "{place} asks for the asset \"{name}\", which build.rs does not make"
        );
    }
    write_table(&out, files);
    write_if_changed(&out.join("sentences.rs"), sentences::table(&wanted.sentences).as_bytes());
}

/// Runs `npm ci` unless the same lock file was installed before. Returns `node_modules`.
fn npm_packages(ours: &Path, place: &Path) -> PathBuf {
    let modules = place.join("node_modules");
    let stamp = place.join("installed");
    let mut hash = Sha256::new();
    for name in NPM_FILES {
        hash.update(read(&ours.join(name)));
    }
    let now = hex(&hash.finalize());
    let complete =
        FROM_NPM.iter().map(|(_, path)| modules.join(path)).chain(fonts::files(fonts::FONTS, &modules));
    let complete = complete.into_iter().all(|file| file.is_file());
    if complete && fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        return modules;
    }

    fs::create_dir_all(place).expect("OUT_DIR is writable");
    for name in NPM_FILES {
        fs::write(place.join(name), read(&ours.join(name))).expect("OUT_DIR is writable");
    }
    let run =
        Command::new("npm").args(["ci", "--ignore-scripts", "--loglevel=error"]).current_dir(place).output();
    let done = match run {
        Ok(done) => done,
        Err(error) => panic!(
            "\n\nHMS fetches its style sheets, icons and fonts with npm, and npm could not be started ({error}).\n\
             Install Node.js 18 or newer (Debian: apt-get install npm), or run scripts/run, which does it.\n"
        ),
    };
    assert!(
        done.status.success(),
        "\n\nnpm ci failed for src/web/assets/package-lock.json. It needs the npm registry once; later builds do not.\n{}\n",
        String::from_utf8_lossy(&done.stderr)
    );
    fs::write(stamp, now).expect("OUT_DIR is writable");
    modules
}

/// Names found in the sources, each with the file that used it first.
#[derive(Default)]
struct Wanted {
    icons: BTreeMap<String, String>,
    assets: BTreeMap<String, String>,
    sentences: sentences::Sentences,
}

fn names_in_sources(src: &Path) -> Wanted {
    let mut wanted = Wanted::default();
    let mut folders = vec![src.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
            .map(|e| e.expect("readable").path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let kind = path.extension().and_then(|e| e.to_str());
            if !matches!(kind, Some("html" | "rs")) {
                continue;
            }
            let text = String::from_utf8_lossy(&read(&path)).into_owned();
            let place = path.display().to_string();
            let filtered = if kind == Some("html") { before(&text, "|icon") } else { BTreeSet::new() };
            for name in filtered.into_iter().chain(after(&text, "Icon(\"")) {
                wanted.icons.entry(name).or_insert_with(|| place.clone());
            }
            for name in after(&text, "assets::path(\"") {
                wanted.assets.entry(name).or_insert_with(|| place.clone());
            }
            for (error, told) in sentences::of(&text) {
                let before = wanted.sentences.insert(error.clone(), told.clone());
                assert!(
                    before.is_none_or(|other| other == told),
                    "{place}: there is another {}::{}",
                    error.0,
                    error.1
                );
            }
        }
    }
    wanted
}

/// The string literals that `marker` starts: `Icon("bed")` gives `bed`.
fn after(text: &str, marker: &str) -> BTreeSet<String> {
    text.split(marker).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// The string literals right before `marker`: `"bed"|icon` gives `bed`. Variables are skipped.
fn before(text: &str, marker: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(marker) {
        let head = text[..at].trim_end();
        if let Some((_, name)) = head.strip_suffix('"').and_then(|head| head.rsplit_once('"')) {
            found.insert(name.to_owned());
        }
    }
    found
}

/// One `<symbol>` for each icon; the page sets size, stroke and colour.
fn sprite(icons: &BTreeMap<String, String>, outline: &Path) -> Vec<u8> {
    let mut svg = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\">\n");
    for (name, place) in icons {
        let file = outline.join(format!("{name}.svg"));
        let Ok(text) = fs::read_to_string(&file) else {
            panic!(
                "\n\n{place} names the icon \"{name}\", which is not an outline icon of @tabler/icons. See https://tabler.io/icons\n"
            );
        };
        let body = text.split_once("<svg").and_then(|(_, rest)| rest.split_once('>')).map(|(_, rest)| rest);
        let body = body
            .and_then(|rest| rest.rsplit_once("</svg>"))
            .map(|(body, _)| body)
            .unwrap_or_else(|| panic!("{name}.svg is not an SVG"));
        let body: String =
            body.lines().map(str::trim).filter(|line| !line.contains("M0 0h24v24H0z")).collect();
        writeln!(svg, "<symbol id=\"{name}\" viewBox=\"0 0 24 24\">{body}</symbol>").expect("String");
    }
    svg.push_str("</svg>\n");
    svg.into_bytes()
}

/// The licences of what we pass on ask that their text goes along.
fn licences(modules: &Path, fonts: &[(&str, &[&str])]) -> Vec<u8> {
    let mut text = String::from(
        "HMS passes on these works of others, unchanged, but that ReDoc does not fetch its maker's mark.\n",
    );
    for (name, path) in LICENCES {
        let licence = read(&modules.join(path));
        write!(text, "\n\n==== {name} ====\n\n{}", String::from_utf8_lossy(&licence)).expect("String");
    }
    // One text for many fonts; only its first line, the copyright, differs.
    let mut same: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (package, _) in fonts {
        let licence = read(&modules.join(fonts::FONT_PACKAGES).join(package).join("LICENSE_FONT"));
        let licence = String::from_utf8_lossy(&licence).into_owned();
        let (copyright, rest) = licence.split_once('\n').expect("a licence has more than one line");
        same.entry(rest.to_owned()).or_default().push(format!("{package}: {copyright}"));
    }
    for (licence, fonts) in &same {
        write!(text, "\n\n==== Fonts of PDF files ====\n\n{}\n{licence}", fonts.join("\n")).expect("String");
    }
    text.into_bytes()
}

/// ReDoc shows its maker's mark from the maker's server, which would see who reads here. An empty picture instead: the
/// words beside it stay.
fn ask_nobody_else(redoc: &mut Vec<u8>) {
    const MARK: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";
    let text = std::str::from_utf8(redoc).expect("a script is UTF-8");
    assert!(text.contains(MARK), "ReDoc does not name {MARK} any more: does it ask for another picture?");
    *redoc =
        text.replace(MARK, "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E").into_bytes();
}

/// Drops a last-line pointer to a source map that is not served.
fn without_source_map(name: &str, content: Vec<u8>) -> Vec<u8> {
    let marker: &[u8] =
        if name.ends_with(".css") { b"/*# sourceMappingURL=" } else { b"//# sourceMappingURL=" };
    let tail = content.len().saturating_sub(200);
    match content[tail..].windows(marker.len()).position(|window| window == marker) {
        Some(at) => content[..tail + at].to_vec(),
        None => content,
    }
}

/// Writes the hashed files and the table of them, and removes files of earlier builds.
fn write_table(out: &Path, mut files: BTreeMap<&str, Vec<u8>>) {
    let folder = out.join("assets");
    fs::create_dir_all(&folder).expect("OUT_DIR is writable");

    let mut public: BTreeMap<&str, String> = files
        .iter()
        .filter(|(name, _)| **name != "hms.css")
        .map(|(name, content)| (*name, hashed(name, content)))
        .collect();
    let css = String::from_utf8(files.remove("hms.css").expect("in OURS")).expect("hms.css is UTF-8");
    let css = css.split("url(\"/assets/").enumerate().fold(String::new(), |mut done, (i, part)| {
        if i > 0 {
            let (name, rest) = part.split_once('"').expect("url(\"/assets/...\") is closed");
            let name =
                public.get(name).unwrap_or_else(|| panic!("hms.css asks for the unknown asset \"{name}\""));
            write!(done, "url(\"/assets/{name}\"{rest}").expect("String");
        } else {
            done.push_str(part);
        }
        done
    });
    public.insert("hms.css", hashed("hms.css", css.as_bytes()));
    files.insert("hms.css", css.into_bytes());

    let mut table = String::from("&[\n");
    for (name, content) in &files {
        let file = &public[name];
        write_if_changed(&folder.join(file), content);
        writeln!(
            table,
            "    Asset {{ name: {name:?}, file: {file:?}, path: \"/assets/{file}\", mime: {:?}, bytes: include_bytes!({:?}) }},",
            mime(name),
            folder.join(file)
        )
        .expect("String");
    }
    table.push_str("]\n");
    write_if_changed(&out.join("assets.rs"), table.as_bytes());

    let current: BTreeSet<&String> = public.values().collect();
    for entry in fs::read_dir(&folder).expect("just written").flatten() {
        if !entry.file_name().to_str().is_some_and(|name| current.contains(&name.to_owned())) {
            fs::remove_file(entry.path()).expect("ours to remove");
        }
    }
}

/// `hms.css` with its content's hash: `hms.1a2b3c4d.css`.
fn hashed(name: &str, content: &[u8]) -> String {
    let (stem, ending) = name.rsplit_once('.').expect("assets have an ending");
    format!("{stem}.{}.{ending}", &hex(&Sha256::digest(content))[..8])
}

fn mime(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => panic!("{name} has no known kind"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("String");
        text
    })
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn write_if_changed(path: &Path, content: &[u8]) {
    if fs::read(path).is_ok_and(|then| then == content) {
        return;
    }
    fs::write(path, content).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
