//! What the tests of this crate look at: the files of the repository, and cargo's own account of
//! its crates. The rules stand in `tests/`, one file per matter.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod function;
mod package;
mod scan;
mod tree;

pub use function::{Function, functions};
pub use package::{Dependency, Package, Workspace};
pub use scan::code_only;
pub use tree::{SourceFile, root, rust_files, text_files, tracked};
