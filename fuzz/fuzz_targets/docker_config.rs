//! Feeds anything in place of the configuration of docker and podman to `icr_cf::fuzzing::docker_config`, which says what must hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = icr_cf::fuzzing::docker_config(data);
});
