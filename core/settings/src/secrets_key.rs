use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::Common;

/// Length of the key that secrets are sealed with at rest.
pub const SECRETS_KEY_BYTES: usize = 32;
/// What the key is called among systemd's credentials (`LoadCredentialEncrypted=`).
pub const SECRETS_CREDENTIAL: &str = "ringgate-secrets-key";
const OWN_FILE: &str = "secrets.key";
/// Text of the key: hexadecimal digits, and a line end.
const TEXT_BYTES_MAX: usize = 2 * SECRETS_KEY_BYTES + 2;

/// The key that secrets at rest are sealed with, wiped when it is dropped.
pub type SecretsKey = Zeroizing<[u8; SECRETS_KEY_BYTES]>;

impl Common {
    /// Where the key for secrets at rest is: the file of `--secrets-key`, else systemd's credential
    /// [`SECRETS_CREDENTIAL`], else `secrets.key` in the data directory.
    pub fn secrets_key_file(&self) -> PathBuf {
        if let Some(file) = &self.secrets_key {
            return file.clone();
        }
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
        let credential = credentials.map(|dir| Path::new(&dir).join(SECRETS_CREDENTIAL));
        match credential.filter(|path| path.exists()) {
            Some(path) => path,
            None => self.data_dir.join(OWN_FILE),
        }
    }

    /// Reads the key.
    ///
    /// # Errors
    /// A sentence with the file: not there, not readable, no key, or open to others than its owner
    /// and group.
    pub fn secrets_key(&self) -> Result<SecretsKey, String> {
        read(&self.secrets_key_file())
    }

    /// Reads the key; one that nobody gave is made, in the data directory and with mode 0600. Of
    /// two processes that make it at once, both get the same.
    ///
    /// # Errors
    /// As [`Common::secrets_key`].
    pub fn secrets_key_or_new(&self, random: &SecretsKey) -> Result<SecretsKey, String> {
        let file = self.secrets_key_file();
        if self.secrets_key.is_none() && file == self.data_dir.join(OWN_FILE) && !file.exists() {
            make(&file, random).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        read(&file)
    }
}

fn read(path: &Path) -> Result<SecretsKey, String> {
    let said = |what: String| format!("the key for secrets, {}: {what}", path.display());
    let meta = fs::metadata(path).map_err(|error| said(error.to_string()))?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o037 != 0 {
        return Err(said(format!("its mode is {mode:04o}; expected 0600, or 0640 at most")));
    }
    if meta.len() > TEXT_BYTES_MAX as u64 {
        return Err(said(expected().to_owned()));
    }
    let text = Zeroizing::new(fs::read(path).map_err(|error| said(error.to_string()))?);
    parse(&text).ok_or_else(|| said(expected().to_owned()))
}

fn expected() -> &'static str {
    "expected 32 bytes, or 64 hexadecimal digits (openssl rand -hex 32)"
}

/// 32 bytes as they are, or as hexadecimal digits.
fn parse(text: &[u8]) -> Option<SecretsKey> {
    if let Ok(raw) = <[u8; SECRETS_KEY_BYTES]>::try_from(text) {
        return Some(Zeroizing::new(raw));
    }
    let digits = text.trim_ascii_end();
    if digits.len() != 2 * SECRETS_KEY_BYTES {
        return None;
    }
    let mut key = Zeroizing::new([0; SECRETS_KEY_BYTES]);
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| pair.get(at).and_then(|b| char::from(*b).to_digit(16));
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
    }
    Some(key)
}

/// Written beside, then linked into place: whoever reads it finds it whole, and whoever is first
/// makes it.
fn make(path: &Path, random: &SecretsKey) -> io::Result<()> {
    let beside = path.with_extension(format!("key.{}", std::process::id()));
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let mut text = Zeroizing::new(String::with_capacity(TEXT_BYTES_MAX));
    for byte in random.iter() {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = match fs::hard_link(&beside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    };
    fs::remove_file(&beside)?;
    linked?;
    // What is sealed with it is lost without it: its name has to be on the disk as well.
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_bytes_or_digits() {
        assert_eq!(parse(&[7; 32]).as_deref(), Some(&[7; 32]));
        assert_eq!(parse("0a".repeat(32).as_bytes()).as_deref(), Some(&[10; 32]));
        assert_eq!(parse(format!("{}\n", "FF".repeat(32)).as_bytes()).as_deref(), Some(&[255; 32]));
        for bad in ["", "0a", &"0g".repeat(32), &"0a".repeat(33), &"0a".repeat(31)] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn it_is_made_once_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(OWN_FILE);
        make(&path, &Zeroizing::new([1; 32])).unwrap();
        make(&path, &Zeroizing::new([2; 32])).unwrap();
        assert_eq!(read(&path).as_deref(), Ok(&[1; 32]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).unwrap_err().contains("0644"));
    }
}
