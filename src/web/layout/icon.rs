//! The name of an icon, as Rust code writes it; templates write `{{ "bed"|icon }}`.

/// Name of a Tabler outline icon. Write it as `Icon("bed")` with a literal: `build.rs` puts exactly
/// the names it finds in this form into the sprite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon(pub &'static str);

impl AsRef<str> for Icon {
    fn as_ref(&self) -> &str {
        self.0
    }
}
