//! What a process tells whoever started it (sd_notify(3)): systemd, or `ringgate up`. A datagram of
//! lines to the socket that `NOTIFY_SOCKET` names; without that variable nothing is said.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The variable that names the socket.
pub const NOTIFY_SOCKET_VARIABLE: &str = "NOTIFY_SOCKET";

/// Longest datagram that `ringgate up` reads.
pub const DATAGRAM_BYTES_MAX: usize = 4096;

/// How long a manager may be too busy to take what is said; then it is not said.
const SEND_WAIT_MS: u64 = 1_000;

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Everything serves: after the start, and after a reload.
    Ready,
    /// Settings are read again; [`News::Ready`] follows.
    Reloading,
    /// The process is about to end.
    Stopping,
    /// It is alive: to be said in half the time that [`watchdog`] gives.
    Watchdog,
    /// This process is the service from now on.
    MainPid(u32),
    /// How it is, for people.
    Status(String),
}

/// Tells it, in one datagram; false when nobody wants to know.
///
/// # Errors
/// When the socket is gone or of a kind not known here. Nothing depends on being heard.
pub fn notify(news: &[News]) -> io::Result<bool> {
    let Some(name) = env::var_os(NOTIFY_SOCKET_VARIABLE).filter(|name| !name.is_empty()) else {
        return Ok(false);
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(Duration::from_millis(SEND_WAIT_MS)))?;
    socket.send_to_addr(text(news).as_bytes(), &address(&name)?)?;
    Ok(true)
}

/// The time within which [`News::Watchdog`] must be said again and again; none when it need not
/// be (sd_watchdog_enabled(3)).
pub fn watchdog() -> Option<Duration> {
    let variable = |name| env::var(name).ok();
    let own = std::process::id();
    interval(variable("WATCHDOG_USEC").as_deref(), variable("WATCHDOG_PID").as_deref(), own)
}

/// The process that a datagram says is the service from now on.
pub fn main_pid(datagram: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(datagram).ok()?;
    text.lines().find_map(|line| line.strip_prefix("MAINPID="))?.parse().ok()
}

fn text(news: &[News]) -> String {
    let lines: Vec<String> = news.iter().map(line).collect();
    lines.join("\n")
}

fn line(news: &News) -> String {
    match news {
        News::Ready => "READY=1".to_owned(),
        News::Reloading => {
            // With the time systemd can tell this reload's READY from an earlier one's.
            let now = clock_gettime(ClockId::Monotonic);
            let micros = now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1_000);
            format!("RELOADING=1\nMONOTONIC_USEC={micros}")
        }
        News::Stopping => "STOPPING=1".to_owned(),
        News::Watchdog => "WATCHDOG=1".to_owned(),
        News::MainPid(pid) => format!("MAINPID={pid}"),
        News::Status(text) => format!("STATUS={}", text.replace('\n', " ")),
    }
}

/// A path, or a name behind `@` in the abstract namespace (unix(7)).
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        [b'/', ..] => SocketAddr::from_pathname(name),
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        _ => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("{NOTIFY_SOCKET_VARIABLE}: expected a path or a name behind @"),
        )),
    }
}

fn interval(micros: Option<&str>, pid: Option<&str>, own_pid: u32) -> Option<Duration> {
    // Another process's id: the variables were meant for a parent.
    if pid.is_some_and(|pid| pid.parse() != Ok(own_pid)) {
        return None;
    }
    let micros = micros?.parse().ok().filter(|&micros| micros > 0)?;
    Some(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let status = News::Status("two\nlines".to_owned());
        assert_eq!(text(&[News::Ready, status]), "READY=1\nSTATUS=two lines");
        assert_eq!(text(&[News::MainPid(7)]), "MAINPID=7");
        assert!(text(&[News::Reloading]).starts_with("RELOADING=1\nMONOTONIC_USEC="));
        assert_eq!(main_pid(b"STATUS=x\nMAINPID=41\nREADY=1"), Some(41));
        for other in [&b"MAINPID=x"[..], b"READY=1", b"MAINPID=-1", b"\xff\nMAINPID=1", b""] {
            assert_eq!(main_pid(other), None);
        }
    }

    #[test]
    fn paths_and_abstract_names() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify.sock");
        let socket = UnixDatagram::bind(&path).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        sender.send_to_addr(b"READY=1", &address(path.as_os_str()).unwrap()).unwrap();
        let mut bytes = [0; 16];
        assert_eq!(socket.recv(&mut bytes).unwrap(), 7);
        assert!(address(OsStr::new("@name")).unwrap().as_abstract_name().is_some());
        assert!(address(OsStr::new("vsock:2:1")).is_err());
    }

    #[test]
    fn the_watchdog_of_this_process_alone() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(interval(Some("1000000"), None, 7), second);
        assert_eq!(interval(Some("1000000"), Some("7"), 7), second);
        assert_eq!(interval(Some("1000000"), Some("8"), 7), None);
        assert_eq!(interval(Some("0"), None, 7), None);
        assert_eq!(interval(None, None, 7), None);
    }
}
