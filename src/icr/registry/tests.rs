use super::{Repository, Token};
use crate::secret::tests::lacks;

lacks!(Token: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, AsRef<str>);
lacks!(Repository<'static>: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
