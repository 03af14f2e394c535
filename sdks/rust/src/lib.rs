//! A client of the API of [ipfs-kit](https://www.npmjs.com/package/ipfs-kit): every operation as a method with types.
//!
//! ```no_run
//! use std::io::Read;
//! use ipfs_kit::{Client, DownloadOptions, PinLsOptions, UploadOptions};
//!
//! # fn main() -> ipfs_kit::Result<()> {
//! let client = Client::of_home(None)?;
//! let added = client.upload(&b"hello"[..], &UploadOptions::default())?;
//! let mut text = String::new();
//! client.download(&added.cid, &DownloadOptions::default())?.read_to_string(&mut text)?;
//! for pin in client.iter_pin_ls(&PinLsOptions::default()) {
//!     println!("{}", pin?.cid);
//! }
//! # Ok(())
//! # }
//! ```

#[rustfmt::skip]
mod api;
mod client;
mod connect;
mod error;
mod events;
mod http;
mod job;
mod pages;

pub use api::*;
pub use client::Client;
pub use connect::{Connect, Connection};
pub use error::{Error, FieldProblem, Problem, Result};
pub use events::{Event, Events};
pub use http::Body;
pub use job::Job;
pub use pages::Pages;
