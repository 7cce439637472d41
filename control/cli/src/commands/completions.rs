use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments::Cli;
use crate::failure::Failure;

pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    clap_complete::generate(shell, &mut Cli::command(), "ringgate", &mut std::io::stdout());
    Ok(())
}
