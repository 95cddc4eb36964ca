//! Feeds anything in place of what people write for an image to `icr_cf::fuzzing::reference`, which says what must hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = icr_cf::fuzzing::reference(data);
});
