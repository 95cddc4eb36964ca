//! Checks: what can be known before the push about whether it will succeed. Changes nothing.

mod cf_config;
pub(crate) mod cf_setup;
pub(crate) mod cf_token;
pub(crate) mod docker_flag;
mod go_json;
mod words;
