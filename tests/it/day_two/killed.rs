//! Whatever a rotation is killed at, and whatever dies meanwhile: no app is ever without a key that
//! works, and the run that comes through leaves every instance with the new one alone.

use std::time::Duration;

use icr_cf_sandbox::{Action, CF_API_HOST, Client, Fault, World};
use rustix::process::Signal;

use super::{HELLO, WEB, another_key, pinned, run_with};
use crate::support::{Invocation, wait_for};

/// How many worlds are gone through, and how many runs are killed in each.
const WORLDS: u64 = 12;
const KILLS: usize = 3;
/// The most requests that one is let do; a whole run of two apps has fewer.
const MOST: u64 = 45;
const APPS: [&str; 2] = ["web", "hello"];

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn asked(world: &World) -> usize {
    let of_ours =
        |one: &&icr_cf_sandbox::Request| one.host == CF_API_HOST && one.client == Client::Outside;
    world.requests().iter().filter(of_ours).count()
}

/// A run that gets as far as so many requests, and is killed at the next.
fn killed_behind(world: &World, key: &str, count: usize, words: &[&str]) {
    world.forget_traffic();
    let hang = Fault::new(Action::Delay(Duration::from_secs(3600))).host(CF_API_HOST);
    world.add_fault(hang.client(Client::Outside).skip(count));
    let invocation = Invocation::new(words).in_world(world).variable("ICR_CF_API_KEY", key);
    let mut running = invocation.start();
    wait_for("that it hangs or ends", || running.has_ended() || asked(world) > count);
    if !running.has_ended() {
        running.kill(Signal::KILL);
    }
    running.finish();
    world.clear_faults();
}

fn something_dies(world: &World, numbers: &mut Numbers) {
    for app in APPS {
        match numbers.below(4) {
            0 => world.node_dies(app),
            1 => world.crash_instance(app, 0),
            2 => world.retry_crashed(app),
            _ => {}
        }
    }
}

/// Whether all of it is up once what starts has had its time.
#[track_caller]
fn all_up(world: &World, seed: u64) {
    for app in APPS {
        wait_for(&format!("{app} up, seed {seed}"), || {
            let states = world.instance_states(app);
            !states.is_empty() && states.iter().all(|state| *state == "RUNNING")
        });
    }
}

fn go_through(seed: u64) {
    let mut numbers = Numbers(seed);
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    for (app, image) in APPS.iter().zip([WEB, HELLO]) {
        world.run_app(app, &pinned(&world, image), &old).unwrap();
        world.scale(app, 2);
    }
    world.set_staging_time(Duration::from_millis(numbers.below(200)));
    world.set_start_time(Duration::from_millis(numbers.below(200)));
    let new = another_key(&world);
    let way: &[&str] = if numbers.below(4) == 0 { &["rotate", "--restart"] } else { &["rotate"] };
    for _ in 0..KILLS {
        let count = usize::try_from(numbers.below(MOST)).unwrap();
        killed_behind(&world, &new, count, way);
        something_dies(&world, &mut numbers);
        all_up(&world, seed);
    }
    let run = run_with(&world, &new, way);
    assert_eq!(run.code, Some(0), "seed {seed}: {run}");
    world.delete_key(&old);
    for app in APPS {
        world.node_dies(app);
        let states = || world.instance_states(app);
        wait_for(&format!("{app} with the new key alone, seed {seed}"), || {
            states() == ["RUNNING"; 2]
        });
    }
}

#[test]
fn a_rotation_that_is_killed_anywhere_leaves_all_up_and_comes_through_in_the_end() {
    std::thread::scope(|scope| {
        for first in 0..4 {
            scope.spawn(move || (first..WORLDS).step_by(4).for_each(go_through));
        }
    });
}
