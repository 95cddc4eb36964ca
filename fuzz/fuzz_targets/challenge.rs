//! Feeds anything in place of what a registry answers to a request without a token to `icr_cf::fuzzing::challenge`, which says what must hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = icr_cf::fuzzing::challenge(data);
});
