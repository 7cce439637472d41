use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use crate::ApiError;
use crate::limits::{UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX, ZIP_ENTRIES_MAX, ZIP_PATH_BYTES_MAX};

/// Why a zip file is not unpacked.
#[derive(Debug)]
pub(crate) enum ZipError {
    /// It is none, or is broken.
    Broken(String),
    /// An entry leads out of the directory, is a link, or is both a file and a directory.
    Entry(String),
    /// One of the limits.
    TooLarge(String),
    /// The disk.
    Disk(io::Error),
}

impl From<ZipError> for ApiError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Broken(why) => Self::invalid(format!(
                "Could not unzip uploaded file. Please check your file, then try to upload again. \
                 ({why})"
            )),
            ZipError::Entry(why) => Self::invalid(format!("The zip file: {why}")),
            ZipError::TooLarge(why) => Self::invalid(why),
            ZipError::Disk(error) => Self::internal(format!("the disk: {error}")),
        }
    }
}

/// Unpacks `zip` into the empty directory `into`. Nothing is written outside it, links are refused,
/// and what is written is counted as it comes, whatever the zip file says about its size. Of the
/// permissions only those to execute are kept.
///
/// # Errors
/// [`ZipError`]; what was written stays for the caller to remove.
pub(crate) fn unzip(zip: &[u8], into: &Path) -> Result<(), ZipError> {
    if zip.len() > ZIP_BYTES_MAX {
        return Err(ZipError::TooLarge(format!("The zip file has over {ZIP_BYTES_MAX} bytes")));
    }
    let broken = |error: zip::result::ZipError| ZipError::Broken(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(broken)?;
    if archive.len() > ZIP_ENTRIES_MAX {
        let message = format!("The zip file has more than {ZIP_ENTRIES_MAX} entries");
        return Err(ZipError::TooLarge(message));
    }
    let mut left = UNZIPPED_BYTES_MAX;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        let path = into.join(inside(&name)?);
        let mode = entry.unix_mode().unwrap_or(0o644);
        if mode & 0o170_000 == 0o120_000 {
            return Err(ZipError::Entry(format!("'{name}' is a symbolic link, which is refused")));
        }
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(clash)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(clash)?;
        }
        left = write(&mut entry, &path, mode, left)?;
    }
    Ok(())
}

/// Writes one entry; gives how many bytes are left for the others.
fn write(entry: &mut impl Read, path: &Path, mode: u32, left: u64) -> Result<u64, ZipError> {
    let mode = if mode & 0o111 == 0 { 0o644 } else { 0o755 };
    let file = File::options().write(true).create_new(true).mode(mode).open(path);
    let mut file = file.map_err(clash)?;
    // As it was asked for, whatever the umask is.
    file.set_permissions(fs::Permissions::from_mode(mode)).map_err(ZipError::Disk)?;
    let mut bounded = entry.take(left + 1);
    let written = io::copy(&mut bounded, &mut file).map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ZipError::Disk(error),
        _ => ZipError::Broken(error.to_string()),
    })?;
    left.checked_sub(written).ok_or_else(|| {
        let limit = UNZIPPED_BYTES_MAX;
        ZipError::TooLarge(format!("Unzipped size must be smaller than {limit} bytes"))
    })
}

/// The path of an entry, which must lead nowhere but into the directory.
fn inside(name: &str) -> Result<PathBuf, ZipError> {
    let refused = |why: &str| Err(ZipError::Entry(format!("'{name}' {why}")));
    if name.len() > ZIP_PATH_BYTES_MAX {
        return refused("is too long a path");
    }
    if name.contains(['\0', '\\']) {
        return refused("holds a character that no path here has");
    }
    let path = Path::new(name);
    let mut parts = path.components().peekable();
    if parts.peek().is_none() {
        return refused("is no path");
    }
    if parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Ok(path.to_owned());
    }
    refused("leads out of the directory")
}

fn clash(error: io::Error) -> ZipError {
    match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            ZipError::Entry("two entries have the same path".to_owned())
        }
        io::ErrorKind::InvalidFilename => ZipError::Entry("a path is too long".to_owned()),
        _ => ZipError::Disk(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(entries: &[(&str, &[u8], u32)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes, mode) in entries {
            writer.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn unpack(zip: &[u8]) -> Result<tempfile::TempDir, ApiError> {
        let dir = tempfile::tempdir().unwrap();
        let into = dir.path().join("in");
        fs::create_dir(&into).unwrap();
        let result = unzip(zip, &into);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "something was written outside");
        result.map(|()| dir).map_err(ApiError::from)
    }

    #[test]
    fn files_come_out_with_their_permission_to_run() {
        let zip = zipped(&[("bootstrap", b"#!", 0o755), ("lib/a.py", b"x = 1", 0o600)]);
        let dir = unpack(&zip).unwrap();
        let mode = |name: &str| {
            let metadata = fs::metadata(dir.path().join("in").join(name)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!((mode("bootstrap"), mode("lib/a.py")), (0o755, 0o644));
        assert_eq!(fs::read(dir.path().join("in/lib/a.py")).unwrap(), b"x = 1");
    }

    #[test]
    fn what_would_leave_the_directory_is_refused() {
        for name in ["../evil", "/etc/evil", "a/../../evil", "a\\..\\evil"] {
            let error = unpack(&zipped(&[(name, b"x", 0o644)])).unwrap_err();
            assert_eq!(error.status, 400, "{name}: {error}");
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink("link", "/etc", SimpleFileOptions::default()).unwrap();
        let link = writer.finish().unwrap().into_inner();
        assert!(unpack(&link).unwrap_err().message.contains("symbolic link"));
        let twice = zipped(&[("a", b"1", 0o644), ("a/b", b"2", 0o644)]);
        assert!(unpack(&twice).unwrap_err().message.contains("same path"));
    }

    #[test]
    fn a_bomb_is_counted_as_it_bursts() {
        let dir = tempfile::tempdir().unwrap();
        let mut zeros = io::repeat(0).take(10_000_000);
        let error = write(&mut zeros, &dir.path().join("z"), 0o644, 1_000).unwrap_err();
        assert!(matches!(error, ZipError::TooLarge(_)), "{error:?}");
        assert_eq!(fs::metadata(dir.path().join("z")).unwrap().len(), 1_001);
    }

    proptest! {
        #[test]
        fn a_broken_file_is_an_error_and_no_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
            let mut zip = zipped(&[("a/b.py", &[7; 200], 0o644), ("c", b"d", 0o755)]);
            zip.truncate(zip.len() - cut.min(zip.len()));
            if let Some(one) = zip.get_mut(at) {
                *one = byte;
            }
            let _ = unpack(&zip);
        }
    }
}
