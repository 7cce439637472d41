use clap::builder::RangedU64ValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use ringgate_model::{Limit, Limits};

/// What the flag of a limit begins with; in `ringgate.toml` they stand in a table of their own:
/// `[limits]`, `routes-per-api = 1000`.
pub(crate) const PREFIX: &str = "limit-";

/// A flag for each of [`Limits::ALL`], made from that list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitArgs {
    /// The limits.
    pub limits: Limits,
}

fn arg(limit: &Limit) -> Arg {
    let range = u64(*limit.range.start())..=u64(*limit.range.end());
    // clap keeps texts for the life of the process, which is what these have.
    let name: &'static str = format!("{PREFIX}{}", limit.name).leak();
    let variable = format!("RINGGATE_{}", name.replace('-', "_").to_uppercase());
    let help = limit.meaning.trim().trim_end_matches('.');
    Arg::new(name)
        .long(name)
        .value_name("N")
        .env(&*variable.leak())
        .hide_env_values(true)
        .hide_short_help(true)
        .help(help)
        .help_heading("Limits: [limits] in ringgate.toml, without limit-")
        .default_value(&*limit.default.to_string().leak())
        .value_parser(RangedU64ValueParser::<u64>::new().range(range))
}

fn u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Args for LimitArgs {
    fn augment_args(command: Command) -> Command {
        command.args(Limits::ALL.iter().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LimitArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut limits = Limits::default();
        for limit in Limits::ALL {
            let given = matches.try_get_one::<u64>(&format!("{PREFIX}{}", limit.name));
            let number = given.ok().flatten().and_then(|number| usize::try_from(*number).ok());
            if let (Some(number), Some(slot)) = (number, limits.slot(limit.name)) {
                *slot = number;
            }
        }
        Ok(Self { limits })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
