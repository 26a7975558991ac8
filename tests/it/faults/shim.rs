//! What a test does between a process and its system: a library that shifts the clock, and lets no file of a table grow.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::stage::{open_to_all, place, template};

/// The shim, compiled once by the compiler that links this test.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/faults/shim.c");
        let library = place("shim").join("shim.so");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).arg(&library).arg(source).arg("-ldl");
        let done = cc.output().unwrap_or_else(|error| panic!("this test needs a C compiler: {error}"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        library
    })
}

/// The switches of one test.
pub struct Shim {
    folder: PathBuf,
}

impl Shim {
    pub fn new() -> Self {
        let shim = Self { folder: place("switches") };
        shim.shift_clock(0);
        shim
    }

    /// Move the wall clock of all processes with this shim by so many seconds, to and fro.
    pub fn shift_clock(&self, seconds: i64) {
        let (new, file) = (self.folder.join("new"), self.clock());
        fs::write(&new, seconds.to_string()).unwrap();
        fs::rename(new, file).unwrap();
    }

    /// No file of a table or index gets any longer: the disk is full.
    pub fn fill_disk(&self, full: bool) {
        match full {
            true => fs::write(self.full(), "").unwrap(),
            false => fs::remove_file(self.full()).unwrap(),
        }
    }

    fn clock(&self) -> PathBuf {
        self.folder.join("clock")
    }

    fn full(&self) -> PathBuf {
        self.folder.join("full")
    }

    /// For a process of ours.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: &Path| path.display().to_string();
        vec![
            ("LD_PRELOAD", text(library())),
            ("HMS_TEST_CLOCK", text(&self.clock())),
            ("HMS_TEST_FULL", text(&self.full())),
        ]
    }

    /// A folder of PostgreSQL's binaries, whose server runs with the shim.
    pub async fn postgres(&self) -> PathBuf {
        let real = tokio::task::spawn_blocking(|| &template().bin).await.unwrap();
        let bin = self.folder.join("bin");
        fs::create_dir_all(&bin).unwrap();
        open_to_all(&bin);
        let exports: String =
            self.environment().iter().map(|(name, value)| format!("export {name}='{value}'\n")).collect();
        for (program, exports) in [("postgres", exports.as_str()), ("initdb", "")] {
            let script = format!("#!/bin/sh\n{exports}exec '{}' \"$@\"\n", real.join(program).display());
            fs::write(bin.join(program), script).unwrap();
            fs::set_permissions(bin.join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        bin
    }
}
