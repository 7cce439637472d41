//! `ringgate-load`: see `--help`.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Write as _};
use std::num::NonZeroU64;
use std::process::ExitCode;

use clap::Parser as _;
use ringgate_bench_load::client::{Args, Engine, Output, Report, RequestSource};

/// The kernel may be this late with a timer; its default of 50 us would blur a fixed rate.
const TIMER_SLACK_NS: Option<NonZeroU64> = NonZeroU64::new(1_000);

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringgate-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Box<dyn Error>> {
    rustix::thread::set_current_timer_slack(TIMER_SLACK_NS)?;
    let source = RequestSource::new(&args)?;
    let (output, hold, warms_up) = (args.output, args.hold, args.warm_up_seconds > 0.0);
    let mut engine = Engine::new(args, source)?;
    if warms_up {
        print(&engine.warm_up()?, output)?;
        while engine.hold()? {
            print(&engine.run()?, output)?;
        }
        return Ok(());
    }
    print(&engine.run()?, output)?;
    if hold {
        while engine.hold()? {}
        let closed = engine.closed_by_peer();
        match output {
            Output::Text => println!("closed while held: {closed}"),
            Output::Json => println!("{{\"closed_while_held\":{closed}}}"),
        }
    }
    Ok(())
}

fn print(report: &Report, output: Output) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    match output {
        Output::Text => write!(out, "{report}")?,
        Output::Json => writeln!(out, "{}", serde_json::to_string(report)?)?,
    }
    Ok(out.flush()?)
}
