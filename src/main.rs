//! The `hms` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    give_back_memory();
    // Before anything speaks TLS: two providers in the graph would make rustls refuse to choose.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    hms::cli::main()
}

/// The 19 MiB of a password hash go back to the system at once. By itself, glibc learns from the first that such blocks
/// come and go, keeps them for every thread that ever made one, and a morning of sign-ins costs half a gigabyte.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the allocator's setting has no other door; nothing else runs yet")]
fn give_back_memory() {
    const ONE_MEBIBYTE: libc::c_int = 1 << 20;
    // SAFETY: a call without pointers, before the first thread starts.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, ONE_MEBIBYTE) };
}

#[cfg(not(target_env = "gnu"))]
fn give_back_memory() {}
