//! Runs images from IBM Cloud Container Registry on any Cloud Foundry.

pub mod args;
pub mod cf_flags;
pub mod error;
pub mod exit_code;
pub mod reference;
pub mod region;
