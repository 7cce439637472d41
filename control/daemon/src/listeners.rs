//! The sockets of the control process: passed down by `ringgate up` or systemd, else bound here.

use std::io::{Error, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use socket2::{Domain, SockRef, Socket, Type};

use crate::limits::BACKLOG;

/// The names under which sockets are passed down.
const MANAGEMENT: &str = "management";
const CONTROL: &str = "control";

/// Sockets that were passed down.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    management: Vec<TcpListener>,
    /// The control socket, whose file belongs to whoever passed it down.
    pub(crate) control: Option<UnixListener>,
}

/// Sorts the sockets that were passed down.
///
/// # Errors
/// A sentence: a socket that nobody would serve.
pub(crate) fn inherited(passed: Vec<(String, OwnedFd)>) -> Result<Inherited, String> {
    let mut inherited = Inherited::default();
    for (name, fd) in passed {
        let refuse = |reason: String| format!("inherited socket '{name}': {reason}");
        match name.as_str() {
            MANAGEMENT => inherited.management.push(TcpListener::from(fd)),
            CONTROL if inherited.control.is_some() => {
                return Err(refuse("there are two of that name".to_owned()));
            }
            CONTROL => {
                let listener = UnixListener::from(fd);
                let unix = listener.local_addr().and_then(|_| listener.set_nonblocking(true));
                unix.map_err(|error| refuse(format!("it is no Unix socket: {error}")))?;
                inherited.control = Some(listener);
            }
            _ => {
                let expected = format!("expected one named '{MANAGEMENT}' or '{CONTROL}'");
                return Err(refuse(expected));
            }
        }
    }
    Ok(inherited)
}

/// The management sockets. Those bound here refuse connections until [`listen`] is called.
///
/// # Errors
/// A sentence for people.
pub(crate) fn management(
    inherited: &mut Inherited,
    address: SocketAddr,
) -> Result<Vec<TcpListener>, String> {
    let mut listeners = std::mem::take(&mut inherited.management);
    if listeners.is_empty() {
        listeners.push(bind(address).map_err(|error| cannot_bind(address, &error))?);
    }
    Ok(listeners)
}

/// Opens the management port: everything behind it is ready.
///
/// # Errors
/// A sentence for people.
pub(crate) fn listen(listeners: &[TcpListener]) -> Result<(), String> {
    for (listener, address) in listeners.iter().zip(addresses(listeners)?) {
        let listening = SockRef::from(listener).listen(BACKLOG);
        listening
            .and_then(|()| listener.set_nonblocking(true))
            .map_err(|error| cannot_bind(address, &error))?;
    }
    Ok(())
}

/// Where these sockets listen.
///
/// # Errors
/// One is no TCP socket.
pub(crate) fn addresses(listeners: &[TcpListener]) -> Result<Vec<SocketAddr>, String> {
    let address = |listener: &TcpListener| {
        listener.local_addr().map_err(|error| format!("the management socket: {error}"))
    };
    listeners.iter().map(address).collect()
}

/// Refuses `test`/`test` on anything but loopback.
///
/// # Errors
/// A sentence that says how to make a real key.
pub(crate) fn check_exposure(addresses: &[SocketAddr], well_known: bool) -> Result<(), String> {
    let exposed = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback());
    match exposed {
        Some(address) if well_known => Err(format!(
            "--management {address} is reachable from other machines, but the access key is still \
             test/test, which everybody knows. Start once with --management 127.0.0.1:{}, make a \
             key of your own with `ringgate key new`, then start again like this",
            address.port()
        )),
        _ => Ok(()),
    }
}

/// The control socket, mode 0600, in place of one that a killed process left.
///
/// # Errors
/// A sentence for people: also when another process answers there.
pub(crate) fn control_socket(path: &Path) -> Result<UnixListener, String> {
    let cannot = |error: Error| format!("cannot listen on {}: {error}", path.display());
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if UnixStream::connect(path).is_ok() {
                return Err(format!(
                    "{} is in use by another process. Give another --data-dir or --runtime-dir",
                    path.display()
                ));
            }
            std::fs::remove_file(path).map_err(cannot)?;
            UnixListener::bind(path).map_err(cannot)?
        }
        bound => bound.map_err(cannot)?,
    };
    // The peer's credentials are checked too; the mode keeps others from trying.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    Ok(listener)
}

fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn cannot_bind(address: SocketAddr, error: &Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "--management {address} is in use by another program (LocalStack has the same port). \
             Stop that one, or give another address"
        ),
        _ => format!("cannot listen on --management {address}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_key_stays_on_loopback() {
        let at = |text: &str| vec![text.parse::<SocketAddr>().unwrap()];
        for local in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(check_exposure(&at(local), true), Ok(()), "{local}");
        }
        for open in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1"] {
            let refusal = check_exposure(&at(open), true).unwrap_err();
            assert!(refusal.contains("`ringgate key new`"), "{refusal}");
            assert_eq!(check_exposure(&at(open), false), Ok(()));
        }
    }

    #[test]
    fn inherited_sockets_are_known_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let tcp = || OwnedFd::from(TcpListener::bind("127.0.0.1:0").unwrap());
        let unix = |name: &str| OwnedFd::from(UnixListener::bind(dir.path().join(name)).unwrap());
        let passed = |sockets: Vec<(&str, OwnedFd)>| {
            inherited(sockets.into_iter().map(|(name, fd)| (name.to_owned(), fd)).collect())
        };
        let both = passed(vec![("management", tcp()), ("control", unix("a"))]).unwrap();
        assert_eq!((both.management.len(), both.control.is_some()), (1, true));
        for (wrong, reason) in [
            (vec![("http", tcp())], "'http': expected one named 'management' or 'control'"),
            (vec![("control", tcp())], "'control': it is no Unix socket"),
            (vec![("control", unix("b")), ("control", unix("c"))], "two of that name"),
        ] {
            let error = passed(wrong).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_stale_control_socket_is_replaced_and_a_live_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.sock");
        let first = control_socket(&path).unwrap();
        assert!(control_socket(&path).unwrap_err().contains("in use"));
        drop(first);
        let second = control_socket(&path);
        assert!(second.is_ok(), "{second:?}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
