use super::{RegistryToken, Repository};
use crate::secret::tests::lacks;

lacks!(RegistryToken: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, AsRef<str>);
lacks!(Repository<'static>: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
