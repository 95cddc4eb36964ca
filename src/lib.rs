//! Runs images from IBM Cloud Container Registry on any Cloud Foundry.

