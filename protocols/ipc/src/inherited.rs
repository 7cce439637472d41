//! Listening sockets that a parent passed down: `ringgate up`, or systemd's socket activation
//! (sd_listen_fds(3)).

use std::env;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{Errno, FdFlags};
use rustix::net::SocketType;
use rustix::net::sockopt::socket_acceptconn;

use crate::Channel;

/// Where `ringgate up` names the sockets it passes: `http=5,https=6,management=7`.
pub const LISTEN_FDS_VARIABLE: &str = "RINGGATE_LISTEN_FDS";

/// Where a data plane names its end of the socket pair to the process that started it to take its
/// place.
pub const UPGRADE_FD_VARIABLE: &str = "RINGGATE_UPGRADE_FD";

/// Most sockets a process takes over.
pub const LISTEN_FDS_MAX: usize = 1024;

/// First descriptor that systemd passes (`SD_LISTEN_FDS_START`).
const SYSTEMD_FIRST: RawFd = 3;

/// The listening sockets this process was started with, by name; none when it was started without.
/// They are marked close-on-exec. To be called once, before anything opens a descriptor.
///
/// `RINGGATE_LISTEN_FDS` goes before `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`.
///
/// # Errors
/// A text that names the variable, or the descriptor that is not an inherited listening socket.
pub fn take() -> Result<Vec<(String, OwnedFd)>, String> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let variable = |name| env::var(name).ok();
    let named = named(
        variable(LISTEN_FDS_VARIABLE).as_deref(),
        variable("LISTEN_FDS").as_deref(),
        variable("LISTEN_PID").as_deref(),
        variable("LISTEN_FDNAMES").as_deref(),
        std::process::id(),
    )?;
    if TAKEN.swap(true, Ordering::Relaxed) && !named.is_empty() {
        return Err("the inherited sockets were taken before".to_owned());
    }
    named.into_iter().map(|(name, raw)| Ok((name.clone(), listening(&name, raw)?))).collect()
}

/// The socket pair to the process that this one is to take the place of; `None` when it is to take
/// nobody's. To be called once, before anything opens a descriptor.
///
/// # Errors
/// A text that names the variable or the descriptor.
pub fn channel() -> Result<Option<Channel>, String> {
    let Ok(text) = env::var(UPGRADE_FD_VARIABLE) else { return Ok(None) };
    let raw = text.parse().ok().filter(|raw| *raw >= SYSTEMD_FIRST);
    let raw = raw.ok_or_else(|| format!("{UPGRADE_FD_VARIABLE}: '{text}' is no descriptor"))?;
    let is_pair = |socket: BorrowedFd<'_>| {
        Ok(rustix::net::sockopt::socket_type(socket)? == SocketType::SEQPACKET)
    };
    let socket = adopt("upgrade", raw, "a socket of packets", is_pair)?;
    Ok(Some(Channel::of(socket)))
}

/// The descriptors that the environment names, each once.
fn named(
    ours: Option<&str>,
    count: Option<&str>,
    pid: Option<&str>,
    names: Option<&str>,
    own_pid: u32,
) -> Result<Vec<(String, RawFd)>, String> {
    let named = match ours.filter(|ours| !ours.is_empty()) {
        Some(ours) => from_ringgate(ours)?,
        None => from_systemd(count, pid, names, own_pid)?,
    };
    if named.len() > LISTEN_FDS_MAX {
        return Err(format!("{} inherited sockets, more than {LISTEN_FDS_MAX}", named.len()));
    }
    for (at, (name, raw)) in named.iter().enumerate() {
        if *raw < SYSTEMD_FIRST {
            return Err(format!("inherited socket {name}: descriptor {raw} is a standard stream"));
        }
        if named.iter().skip(at + 1).any(|(_, other)| other == raw) {
            return Err(format!("inherited socket {name}: descriptor {raw} is named twice"));
        }
    }
    Ok(named)
}

fn from_ringgate(text: &str) -> Result<Vec<(String, RawFd)>, String> {
    text.split(',')
        .map(|entry| {
            let (name, raw) = entry.split_once('=').unwrap_or_default();
            match raw.parse() {
                Ok(raw) if !name.is_empty() => Ok((name.to_owned(), raw)),
                _ => Err(format!("{LISTEN_FDS_VARIABLE}: '{entry}' is not name=descriptor")),
            }
        })
        .collect()
}

fn from_systemd(
    count: Option<&str>,
    pid: Option<&str>,
    names: Option<&str>,
    own_pid: u32,
) -> Result<Vec<(String, RawFd)>, String> {
    let Some(count) = count else { return Ok(Vec::new()) };
    // Without our own process id the variables were meant for a parent.
    if pid.and_then(|pid| pid.parse().ok()) != Some(own_pid) {
        return Ok(Vec::new());
    }
    let count: usize =
        count.parse().ok().filter(|count| *count <= LISTEN_FDS_MAX).ok_or_else(|| {
            format!("LISTEN_FDS: '{count}' is not a number up to {LISTEN_FDS_MAX}")
        })?;
    let mut names = names.unwrap_or_default().split(':');
    let named = (SYSTEMD_FIRST..).take(count).map(|raw| {
        let name = names.next().filter(|name| !name.is_empty()).unwrap_or("unknown");
        (name.to_owned(), raw)
    });
    Ok(named.collect())
}

fn listening(name: &str, raw: RawFd) -> Result<OwnedFd, String> {
    adopt(name, raw, "a listening socket", |socket| socket_acceptconn(socket))
}

/// Takes one descriptor over, if it is what it is said to be.
fn adopt(
    name: &str,
    raw: RawFd,
    what: &str,
    is_one: impl Fn(BorrowedFd<'_>) -> rustix::io::Result<bool>,
) -> Result<OwnedFd, String> {
    let refuse = |reason: String| format!("inherited socket {name}: descriptor {raw} {reason}");
    // SAFETY: `raw` is not -1 (it is 3 or more), and the borrow ends before this function does.
    // Should the number be closed, the calls below answer EBADF and touch nothing.
    let borrowed = unsafe { BorrowedFd::borrow_raw(raw) };
    match rustix::io::fcntl_getfd(borrowed) {
        Ok(flags) if flags.contains(FdFlags::CLOEXEC) => {
            // It cannot have come through exec, so somebody in this process opened it.
            return Err(refuse("was not inherited".to_owned()));
        }
        Ok(_) => {}
        Err(Errno::BADF) => return Err(refuse("is not open".to_owned())),
        Err(error) => return Err(refuse(error.to_string())),
    }
    match is_one(borrowed) {
        Ok(true) => {}
        Ok(false) | Err(Errno::NOTSOCK) => return Err(refuse(format!("is not {what}"))),
        Err(error) => return Err(refuse(error.to_string())),
    }
    rustix::io::fcntl_setfd(borrowed, FdFlags::CLOEXEC)
        .map_err(|error| refuse(error.to_string()))?;
    // SAFETY: the descriptor is open and nobody in this process owns it: it came through exec
    // (close-on-exec was off until the line above; this workspace and std open everything with it
    // on), each number is adopted once (`named` refuses repeats, `take` a second call, and a
    // second `adopt` of the same number would find close-on-exec on).
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::{AsFd, AsRawFd, IntoRawFd};

    use super::*;
    use crate::passing;

    /// An inherited descriptor: open, without close-on-exec, and owned by nobody.
    fn inherit(descriptor: impl Into<OwnedFd>) -> RawFd {
        let descriptor = descriptor.into();
        passing::expose(&[descriptor.as_fd()]).unwrap();
        descriptor.into_raw_fd()
    }

    #[test]
    fn a_listening_socket_is_taken_over_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let raw = inherit(listener);
        let taken = TcpListener::from(listening("http", raw).unwrap());
        assert_eq!(taken.local_addr().unwrap(), address);
        assert!(rustix::io::fcntl_getfd(&taken).unwrap().contains(FdFlags::CLOEXEC));
        let again = listening("http", raw).unwrap_err();
        assert_eq!(again, format!("inherited socket http: descriptor {raw} was not inherited"));
        TcpStream::connect(address).unwrap();
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let file = std::fs::File::open("/dev/null").unwrap();
        for raw in [inherit(stream), inherit(file)] {
            let error = listening("management", raw).unwrap_err();
            let want =
                format!("inherited socket management: descriptor {raw} is not a listening socket");
            assert_eq!(error, want);
        }
        let error = listening("http", 1_000_000).unwrap_err();
        assert_eq!(error, "inherited socket http: descriptor 1000000 is not open");
        assert!(listener.as_raw_fd() > 2);
    }

    #[test]
    fn our_own_variable() {
        let named = |ours| named(Some(ours), Some("1"), Some("7"), None, 7);
        let http = |raw| ("http".to_owned(), raw);
        let want = vec![http(5), http(6), ("management".to_owned(), 7)];
        assert_eq!(named("http=5,http=6,management=7"), Ok(want));
        for wrong in ["http", "http=", "=5", "http=x", "http=5,", "http=5,http=5", "http=2"] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
        assert_eq!(named(""), Ok(vec![("unknown".to_owned(), 3)]));
    }

    #[test]
    fn systemd_variables() {
        let named = |count, pid, names| named(None, count, pid, names, 7);
        assert_eq!(named(None, None, None), Ok(vec![]));
        assert_eq!(named(Some("2"), Some("8"), None), Ok(vec![]));
        assert_eq!(named(Some("2"), None, None), Ok(vec![]));
        let want = vec![("http".to_owned(), 3), ("unknown".to_owned(), 4)];
        assert_eq!(named(Some("2"), Some("7"), Some("http")), Ok(want));
        assert!(named(Some("x"), Some("7"), None).is_err());
        assert!(named(Some("99999999"), Some("7"), None).is_err());
    }
}
