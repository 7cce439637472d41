use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file of the repository.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path below the root, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The paths git tracks, and new ones it does not ignore, that exist; below the root, sorted.
///
/// # Errors
/// What kept git from telling.
pub fn tracked() -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("git is needed to list the files: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let listed = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
    let mut paths: Vec<String> = listed
        .split('\0')
        .filter(|path| !path.is_empty() && root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// Every tracked file that is text.
///
/// # Errors
/// As [`tracked`].
pub fn text_files() -> Result<Vec<SourceFile>, String> {
    let files = tracked()?.into_iter().filter_map(|path| {
        let text = std::fs::read_to_string(root().join(&path)).ok()?;
        Some(SourceFile { path, text })
    });
    Ok(files.collect())
}

/// Every tracked Rust file.
///
/// # Errors
/// As [`tracked`].
pub fn rust_files() -> Result<Vec<SourceFile>, String> {
    Ok(text_files()?.into_iter().filter(|file| file.path.ends_with(".rs")).collect())
}
