use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::limits::WATCHED_FILES_MAX;

/// Directories that hold what others made.
const SKIPPED: [&str; 3] = ["node_modules", "__pycache__", ".git"];

/// A number that is another one once a file below `dir` was changed, added or removed. Looks at the
/// first [`WATCHED_FILES_MAX`] files, and not into what package managers and compilers make.
pub(crate) fn fingerprint(dir: &Path) -> u64 {
    let mut left = WATCHED_FILES_MAX;
    add(dir, &mut left)
}

fn add(dir: &Path, left: &mut usize) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    let mut sum: u64 = 0;
    for entry in entries.flatten() {
        let name = entry.file_name();
        if *left == 0 || SKIPPED.iter().any(|skipped| name == *skipped) {
            continue;
        }
        *left -= 1;
        // Followed where it is a link: what it leads to is what runs.
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        let of_file = [
            metadata.ino(),
            metadata.size(),
            metadata.mtime().unsigned_abs(),
            metadata.mtime_nsec().unsigned_abs(),
        ];
        // The order of a directory is no order: the numbers of its files are added up.
        let mixed = of_file.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, part| {
            (hash ^ part).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
        });
        sum = sum.wrapping_add(mixed);
        if metadata.is_dir() && !entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
            sum = sum.wrapping_add(add(&entry.path(), left));
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_below_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir_all(path("lib/node_modules")).unwrap();
        fs::write(path("lib/a.py"), "1").unwrap();
        let first = fingerprint(dir.path());
        assert_eq!(first, fingerprint(dir.path()));
        fs::write(path("lib/node_modules/x"), "1").unwrap();
        fs::write(path("lib/a.py"), "12").unwrap();
        let second = fingerprint(dir.path());
        assert_ne!(first, second);
        fs::remove_file(path("lib/a.py")).unwrap();
        assert_ne!(second, fingerprint(dir.path()));
    }
}
