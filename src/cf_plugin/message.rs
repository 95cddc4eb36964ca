//! What a plugin says of itself: the request of Go's `net/rpc` that cf waits for when it installs one.
//! Pure.

use super::gob::{self, INT, STRING, Struct, UINT};

/// What cf has to be asked.
const METHOD: &str = "CliRpcCmd.SetPluginMetadata";

/// The numbers of our types; those below 64 are Go's own.
const REQUEST: i64 = 65;
const METADATA: i64 = 66;
const VERSION: i64 = 67;
const COMMANDS: i64 = 68;
const COMMAND: i64 = 69;
const USAGE: i64 = 70;

/// A plugin as cf gets to know it. Without the release of the library that plugins in Go have, which
/// cf takes for its first; and without the oldest cf that it works with, at which cf does not look.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The name by which it is removed.
    pub name: &'static str,
    /// Its release.
    pub version: [i64; 3],
    /// What it adds to cf.
    pub commands: Vec<Command>,
}

/// One command of a plugin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// As it is typed behind `cf`.
    pub name: String,
    /// What it does, in a line.
    pub about: String,
    /// What `cf help` shows of it.
    pub usage: String,
}

/// The request, with the definitions of all types in it.
#[must_use]
pub(super) fn request(metadata: &Metadata) -> Vec<u8> {
    // Go has no number for the first request of a connection: it is zero.
    let request = Struct::default().text(METHOD);
    let [major, minor, build] = metadata.version;
    let version = Struct::default().int(major).int(minor).int(build);
    let commands = metadata.commands.iter().map(|command| {
        let usage = Struct::default().text(&command.usage);
        Struct::default().text(&command.name).text(&command.about).inner(usage)
    });
    let value = Struct::default().text(metadata.name).inner(version).list(commands);
    [
        gob::structure(REQUEST, "Request", &[("ServiceMethod", STRING), ("Seq", UINT)]),
        gob::value(REQUEST, request),
        gob::structure(
            METADATA,
            "M",
            &[("Name", STRING), ("Version", VERSION), ("Commands", COMMANDS)],
        ),
        gob::structure(VERSION, "V", &[("Major", INT), ("Minor", INT), ("Build", INT)]),
        gob::list(COMMANDS, "[]main.Command", COMMAND),
        gob::structure(
            COMMAND,
            "C",
            &[("Name", STRING), ("HelpText", STRING), ("UsageDetails", USAGE)],
        ),
        gob::structure(USAGE, "U", &[("Usage", STRING)]),
        gob::value(METADATA, value),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::{Command, Metadata, request};

    /// Decoded and answered by a server of Go's `net/rpc` with cf's types (Go 1.19).
    const GOLDEN: &str = "\
        2fff81030101075265717565737401ff82000102010d536572766963654d6574686f64010c000103536571010600000020ff82011b436c69527063436d642e536574506c7567696e4d65746164617461\
        0033ff83030101014d01ff8400010301044e616d65010c00010756657273696f6e01ff86000108436f6d6d616e647301ff880000002dff85030101015601ff8600010301054d616a6f7201040001054d\
        696e6f7201040001054275696c6401040000001dff870201010e5b5d6d61696e2e436f6d6d616e6401ff880001ff8a000037ff89030101014301ff8a00010301044e616d65010c00010848656c705465\
        7874010c00010c557361676544657461696c7301ff8c00000019ff8b030101015501ff8c00010101055573616765010c00000051ff8401066963722d636601020200010101086963722d707573680114\
        5075736820616e20696d616765206f662049435201011b6366206963722d7075736820415050202d2d696d61676520524546000000";

    #[test]
    fn the_request_is_the_one_that_go_has_taken_byte_for_byte() {
        let metadata = Metadata {
            name: "icr-cf",
            version: [0, 1, 0],
            commands: vec![Command {
                name: "icr-push".into(),
                about: "Push an image of ICR".into(),
                usage: "cf icr-push APP --image REF".into(),
            }],
        };
        let bytes = request(&metadata);
        let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(hex, GOLDEN);
    }
}
