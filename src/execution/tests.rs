use super::find_release;
use super::output::{Phase, Tail};
use crate::cf_flags::Release;

#[test]
fn the_release_is_found_in_what_cf_and_ibmcloud_print() {
    assert_eq!(find_release("cf version 8.18.4+3fcd823.2026-06-29\n"), Some(Release(8, 18, 4)));
    assert_eq!(find_release("cf8 version 8.7.11+x.2024-05-22\n"), Some(Release(8, 7, 11)));
    let wrapped = "Invoking 'cf version'...\n\ncf version 6.53.0+8e2b70a4a.2020-10-01\n";
    assert_eq!(find_release(wrapped), Some(Release(6, 53, 0)));
    assert_eq!(find_release("cf version 0.0.0-unknown-version\n"), None);
    assert_eq!(find_release("garbage"), None);
}

#[test]
fn the_tail_keeps_the_last_lines_and_knows_how_far_cf_came() {
    let mut tail = Tail::new();
    tail.take(b"Pushing app web to org acme / space prod as dev...\n");
    assert_eq!(tail.phase(), Phase::Pushing);
    tail.take(b"Staging app and tracing logs...\r\n");
    assert_eq!(tail.phase(), Phase::Staging);
    for number in 0..300 {
        tail.take(format!("line {number}\n").as_bytes());
    }
    tail.take(&[b'x'; 10_000]);
    let lines = tail.lines();
    assert_eq!(lines.len(), 200);
    assert_eq!(lines[198], "line 299");
    assert_eq!(lines[199].len(), 2_000);
    assert_eq!(tail.phase(), Phase::Staging);
}
