//! What becomes of requests, writes, rights and jobs when something fails: real `hms serve` processes on a PostgreSQL of
//! their own, killed, frozen, filled up and asked to stop while people work.
//!
//! `book` reconciles every reply with the rows: what was acknowledged is there once, what was refused is not there at
//! all, and only what was cut off or told as unknown may be either.
//!
//! Elsewhere: a hospital whose migration fails, and one that is behind its version (`modes`); what the built-in
//! PostgreSQL does when it or its owner is killed (`embedded`).

mod abandoned;
mod book;
mod clock;
mod database;
mod disk;
mod http;
mod jobs;
mod load;
mod mails;
mod migrations;
mod rights;
mod shim;
mod slow;
mod stage;
mod stopping;
