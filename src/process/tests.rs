//! What the kernel tells of processes, and who is ended by what is told.

use super::field_of;

#[test]
fn a_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
    let stat = "42 (a) b (c) S 7 40 39 0 -1 4194304";
    assert_eq!(field_of(stat, 1), Some(42));
    assert_eq!([4, 5, 6].map(|field| field_of(stat, field)), [Some(7), Some(40), Some(39)]);
    assert_eq!(field_of(stat, 3), None, "the state is no number");
    assert_eq!(field_of("", 6), None);
}

#[cfg(target_os = "linux")]
#[test]
fn who_has_left_the_group_is_ended_by_its_mark_and_nobody_else_is() {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::{Descendants, Job, Signals, in_runtime, spawn};

    let folder = tempfile::tempdir().unwrap();
    // Not by `adopt_orphans`: other tests have children meanwhile.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
    let file = |name: &str| folder.path().join(name);
    let job = |name: &str| {
        let words = [
            "-c",
            "setsid sh -c 'echo $$ > \"$0\"; exec sleep 60' \"$0\" & while [ ! -s \"$0\" ]; do sleep 0.01; done",
        ];
        let words = words.map(Into::into).into_iter().chain([file(name).into()]);
        Job {
            set: vec![("MARK".to_owned(), name.into())],
            descendants: Descendants::Marked("MARK".to_owned(), name.into()),
            ..Job::question("/bin/sh".into(), words.collect())
        }
    };
    let runs = |name: &str| {
        let pid = super::kernel_text(&file(name));
        let stat = super::kernel_text(&Path::new("/proc").join(pid.trim()).join("stat"));
        !stat.is_empty() && !stat.contains(") Z ")
    };
    in_runtime(async {
        let mut hub = super::Hub::default();
        let mut signals: [Signals; 2] = [hub.subscribe(), hub.subscribe()];
        let [one, other] = [job("one"), job("other")].map(|job| spawn(job).unwrap());
        let end = Instant::now() + Duration::from_secs(20);
        while !file("other").exists() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let _ended = one.ended(Duration::from_secs(20), &mut signals[0]).await;
        assert!(!runs("one"));
        assert!(runs("other"));
        let _ended = other.ended(Duration::from_secs(20), &mut signals[1]).await;
        assert!(!runs("other"));
    })
    .unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_nobody_waits_for_any_more_is_killed() {
    use std::time::{Duration, Instant};

    use super::{InGroup, Job, in_runtime, spawn};

    let job = |group| Job { group, ..Job::question("sleep".into(), vec!["60".into()]) };
    for group in [InGroup::Own, InGroup::Ours] {
        let pid = in_runtime(async { spawn(job(group)).unwrap().handle.pids()[0] }).unwrap();
        let file = format!("/proc/{pid}/stat");
        let has_ended = || {
            let stat = super::kernel_text(file.as_ref());
            stat.is_empty() || stat.contains(") Z ")
        };
        let end = Instant::now() + Duration::from_secs(20);
        while !has_ended() && Instant::now() < end {
            std::thread::yield_now();
        }
        assert!(has_ended(), "{group:?}");
    }
}
