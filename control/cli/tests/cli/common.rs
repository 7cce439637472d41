//! The built binary beside daemons that are shell scripts, and a control process that is a thread.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A directory of its own for one test.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// `ringgate` in this directory, with a clean environment.
    pub(crate) fn ringgate(&self) -> Command {
        self.command(Path::new(env!("CARGO_BIN_EXE_ringgate")))
    }

    /// `ringgate` copied into this directory, where `daemon` put what it starts. By another
    /// process: what another test starts while this one writes the file holds it open for writing,
    /// and what is open for writing does not start.
    pub(crate) fn ringgate_here(&self) -> Command {
        let program = self.path("ringgate");
        if !program.exists() {
            let cp = Command::new("cp").arg(env!("CARGO_BIN_EXE_ringgate")).arg(&program).status();
            assert!(cp.unwrap().success());
        }
        self.command(&program)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.dir.path());
        for (name, _) in std::env::vars_os() {
            let name = name.into_string().unwrap_or_default();
            if name.starts_with("RINGGATE_") || name.ends_with("_DIRECTORY") {
                command.env_remove(name);
            }
        }
        command
    }

    /// A daemon that is a shell script.
    pub(crate) fn daemon(&self, name: &str, script: &str) {
        let path = self.write(name, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Waits for a file to hold this many lines.
    pub(crate) fn lines(&self, name: &str, count: usize) -> Vec<String> {
        let start = Instant::now();
        loop {
            let text = fs::read_to_string(self.path(name)).unwrap_or_default();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if lines.len() >= count && text.ends_with('\n') {
                return lines;
            }
            assert!(start.elapsed() < Duration::from_secs(40), "{name} holds {lines:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A control process that gives these answers (status and body), and tells what it was asked:
    /// `METHOD path body`.
    pub(crate) fn control(&self, answers: Vec<(u16, &str)>) -> Receiver<String> {
        let dir = self.path(".ringgate");
        fs::create_dir_all(&dir).unwrap();
        let listener = UnixListener::bind(dir.join("control.sock")).unwrap();
        let answers: Vec<(u16, String)> =
            answers.into_iter().map(|(status, body)| (status, body.to_owned())).collect();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if line.trim().is_empty() {
                        break;
                    }
                    if let Some(value) = line.strip_prefix("content-length: ") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                }
                let mut request = vec![0; length];
                reader.read_exact(&mut request).unwrap();
                let line = head.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
                let _ = tell.send(format!("{line} {}", String::from_utf8(request).unwrap()));
                let error = if status >= 400 { "x-amzn-ErrorType: SomeException\r\n" } else { "" };
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\n{error}content-length: {}\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        told
    }
}

/// Exit code, standard output, standard error.
pub(crate) fn ran(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}
