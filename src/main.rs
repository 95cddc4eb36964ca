//! The program; does nothing yet.

fn main() {}
