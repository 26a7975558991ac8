//! Typst, with the fonts of `build.rs` and nothing else: no file system, no network, no fonts of the machine.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Serialize;
use typst::foundations::{Bytes, Dict, Smart, Value};
use typst::text::Font;
use typst_as_lib::{TypstAsLibError, TypstEngine, TypstTemplateMainFile};
use typst_pdf::PdfOptions;

use crate::kernel::AppError;

/// Letterhead and foot, for all templates.
const PAPER: (&str, &str) = ("paper.typ", include_str!("paper.typ"));

/// Made by `build.rs`.
static FONT_FILES: &[&[u8]] = include!(concat!(env!("OUT_DIR"), "/fonts.rs"));

/// Read when the first paper is made, not when HMS starts.
static FONTS: OnceLock<Vec<Font>> = OnceLock::new();

fn fonts() -> &'static [Font] {
    FONTS.get_or_init(|| FONT_FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect())
}

/// One template, read and ready.
pub(super) struct Engine(TypstEngine<TypstTemplateMainFile>);

impl Engine {
    pub(super) fn new(template: &'static str) -> Self {
        let engine = TypstEngine::builder()
            .fonts(fonts().iter().cloned())
            .with_static_source_file_resolver([PAPER])
            .main_file(("template.typ", template))
            .build();
        Self(engine)
    }

    /// `sys.inputs` is the data, `logo`, and `boxes`: some of its letters are in none of the fonts, so boxes stand for
    /// them.
    pub(super) fn pdf(&self, data: &impl Serialize, logo: Option<&[u8]>) -> Result<Vec<u8>, AppError> {
        let data = serde_json::to_value(data).map_err(AppError::internal)?;
        let boxes = !all_are_known(&data);
        let mut inputs: Dict = serde_json::from_value(data).map_err(AppError::internal)?;
        inputs.insert("boxes".into(), Value::Bool(boxes));
        let logo = logo.map_or(Value::None, |logo| Value::Bytes(Bytes::new(logo.to_vec())));
        inputs.insert("logo".into(), logo);
        let document = self.0.compile_with_input(inputs).output.map_err(internal)?;
        let options = PdfOptions { creator: Smart::Custom(Some("HMS".to_owned())), ..PdfOptions::default() };
        typst_pdf::pdf(&document, &options).map_err(|faults| internal(faults.into()))
    }
}

/// What a fault says goes to the log, so it says what is wrong with the template and nothing about its data.
fn internal(error: TypstAsLibError) -> AppError {
    match error {
        TypstAsLibError::TypstSource(faults) => {
            let fault = faults.first().map(|fault| fault.message.as_str()).unwrap_or_default();
            AppError::internal(format_args!("a template: {fault}"))
        }
        _ => AppError::internal("a template could not be loaded"),
    }
}

fn all_are_known(data: &serde_json::Value) -> bool {
    let mut letters = BTreeSet::new();
    collect(data, &mut letters);
    letters
        .into_iter()
        .filter(|letter| !is_invisible(*letter))
        .all(|letter| fonts().iter().any(|font| font.info().coverage.contains(letter.into())))
}

fn collect(data: &serde_json::Value, letters: &mut BTreeSet<char>) {
    match data {
        serde_json::Value::String(text) => letters.extend(text.chars()),
        serde_json::Value::Array(many) => many.iter().for_each(|one| collect(one, letters)),
        serde_json::Value::Object(fields) => fields.values().for_each(|one| collect(one, letters)),
        _ => {}
    }
}

/// Blanks, joiners, marks of direction and variation selectors.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}
