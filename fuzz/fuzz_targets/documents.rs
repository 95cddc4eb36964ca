//! Feeds anything in place of indexes, manifests and configurations of images to `icr_cf::fuzzing::documents`, which says what must hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = icr_cf::fuzzing::documents(data);
});
