//! Feeds anything in place of a manifest of cf to `icr_cf::fuzzing::manifest`, which says what must hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = icr_cf::fuzzing::manifest(data);
});
