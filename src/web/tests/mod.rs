//! Through small routers: every bad input gets its problem, every layer does its work.

mod client;
mod description;
mod failures;
mod input;
mod layers;
mod replies;
mod toy;
mod upload;
