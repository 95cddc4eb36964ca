//! The flags of `cf push` as clap has them: one argument for each row of the table.

use clap::{ArgMatches, Args, FromArgMatches};

use super::help::CF_HEADING;
use crate::cf_flags::{CF_FLAGS, GivenFlag, Takes};

/// The flags of `cf push`, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct CfFlagArgs {
    /// Each flag with its value, repetitions included.
    pub given: Vec<GivenFlag>,
}

impl FromArgMatches for CfFlagArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given: Vec<(usize, GivenFlag)> = Vec::new();
        for flag in &CF_FLAGS {
            let id = flag.id();
            if flag.is_switch() {
                if matches.get_flag(&id) {
                    let at = matches.index_of(&id).unwrap_or(usize::MAX);
                    given.push((at, GivenFlag { flag, value: None }));
                }
                continue;
            }
            let values = matches.get_many::<String>(&id).into_iter().flatten();
            let places = matches.indices_of(&id).into_iter().flatten();
            given.extend(
                places
                    .zip(values)
                    .map(|(at, value)| (at, GivenFlag { flag, value: Some(value.clone()) })),
            );
        }
        given.sort_by_key(|(at, _)| *at);
        Ok(Self { given: given.into_iter().map(|(_, flag)| flag).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for CfFlagArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.args(CF_FLAGS.iter().map(|flag| {
            let mut arg = clap::Arg::new(flag.id()).help(flag.help).help_heading(CF_HEADING);
            if let Some(long) = flag.long {
                arg = arg.long(long);
            }
            if let Some(short) = flag.short {
                arg = arg.short(short);
            }
            if flag.is_switch() {
                return arg.action(clap::ArgAction::SetTrue);
            }
            let numeric = flag.takes == Takes::Rate;
            arg.value_name(flag.value)
                .action(clap::ArgAction::Append)
                .allow_negative_numbers(numeric)
                .value_parser(clap::builder::StringValueParser::new())
        }))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}
