//! Runs images from IBM Cloud Container Registry on any Cloud Foundry.

pub mod args;
pub mod cf_flags;
pub mod cf_program;
mod credentials;
pub mod environment;
pub mod error;
pub mod exit_code;
pub mod plan;
mod process;
pub mod reference;
pub mod region;
pub mod request;
