"""The unit files and the script that installs them. No systemd has to run for these."""

import os
import re
import subprocess

import pytest

from harness.places import BINARIES, binary
from harness.units import DEPLOY, SERVICES, seconds, syscalls_allowed, unit

PROGRAMS = ("ringgate", "ringgated", "ringgate-control")
EXPOSURE_MAX = 2.0


def tool(*command, check=True):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=120, env=os.environ | {"SYSTEMD_COLORS": "0", "LC_ALL": "C"})
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


def install(*arguments, check=True):
    return tool(DEPLOY / "install", "--binaries", BINARIES, *arguments, check=check)


def files(folder):
    """Every file below a folder, by its path in there."""
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def default_of(program, flag):
    """The default that --help gives a flag."""
    text = tool(binary(program), "--help").stdout
    found = re.search(rf"^ +(?:-\w, )?{flag} .*?\[default: ([^\]]*)\]", text, re.S | re.M)
    assert found, f"{program} has no {flag} with a default"
    return found[1]


def test_systemd_finds_nothing_to_complain_about(tmp_path):
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace("ExecStart=/usr/bin/", f"ExecStart={BINARIES}/")
        (tmp_path / path.name).write_text(text)
    done = tool("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("service", SERVICES)
def test_the_exposure_is_low(service):
    path = DEPLOY / "systemd" / service
    done = tool("systemd-analyze", "security", "--offline=true", "--no-pager",
                f"--threshold={EXPOSURE_MAX * 10:.0f}", path)
    [exposure] = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    print(f"{service}: exposure {exposure}")
    assert float(exposure) <= EXPOSURE_MAX


@pytest.mark.parametrize("service", SERVICES)
def test_the_call_filter_lets_through_what_must_be_and_no_more(service):
    allowed = syscalls_allowed(service)
    assert {"accept4", "execve", "epoll_wait", "futex", "prlimit64", "sendmsg"} <= allowed
    ours = {"io_uring_setup", "io_uring_enter", "io_uring_register", "sched_setaffinity"}
    assert ours & allowed == (ours if service == "ringgated.service" else set())
    assert not {"ptrace", "mount", "bpf", "setuid", "chroot", "keyctl"} & allowed


def test_the_two_services_agree_on_what_they_share():
    one, other = (unit(service) for service in SERVICES)
    for key in ("User", "StateDirectory", "StateDirectoryMode", "RuntimeDirectory", "UMask",
                "RuntimeDirectoryMode", "WorkingDirectory", "ConfigurationDirectory"):
        assert one[key] == other[key], key
    assert one["RuntimeDirectoryPreserve"] == other["RuntimeDirectoryPreserve"] == ["yes"]
    for settings in (one, other):
        for key in ("Requires", "BindsTo", "PartOf", "Requisite"):
            assert key not in settings, "they survive each other"
        assert "ringgate" not in " ".join(settings.get("After", []) + settings.get("Before", []))


def test_the_units_agree_with_the_flags():
    assert unit("ringgated.socket")["ListenStream"] == [default_of("ringgated", "--http")]
    management = default_of("ringgate-control", "--management")
    assert unit("ringgate-control.socket")["ListenStream"] == [management]
    if "--https" in tool(binary("ringgated"), "--help").stdout:
        assert unit("ringgated-https.socket")["ListenStream"] == [
            default_of("ringgated", "--https")]
    drain_s = int(default_of("ringgated", "--drain-timeout-ms")) / 1000
    assert seconds(unit("ringgated.service")["TimeoutStopSec"][0]) > drain_s + 5


def test_the_settings_that_are_installed_are_settings(tmp_path):
    text = (DEPLOY / "ringgate.toml").read_text()
    # The examples too.
    (tmp_path / "ringgate.toml").write_text(re.sub(r"^# (?=[a-z-]+ = )", "", text, flags=re.M))
    done = tool(binary("ringgate"), "status", "--config", tmp_path / "ringgate.toml",
                "--data-dir", tmp_path, "--runtime-dir", tmp_path, check=False)
    assert "no gateway runs" in done.stderr, done.stderr


def test_the_user_is_one_that_systemd_makes(tmp_path):
    tool("systemd-sysusers", "--dry-run", DEPLOY / "sysusers" / "ringgate.conf")
    install("--root", tmp_path, "--prefix", "/usr")
    tool("systemd-sysusers", f"--root={tmp_path}")
    [line] = (tmp_path / "etc" / "passwd").read_text().splitlines()
    assert re.fullmatch(r"ringgate:x:\d+:\d+:Ringgate:/var/lib/ringgate:\S+/nologin", line), line


def test_the_directories_are_there_before_the_first_start(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: systemd-tmpfiles needs root to give directories to users")
    install("--root", tmp_path, "--prefix", "/usr")
    tool("systemd-sysusers", f"--root={tmp_path}")
    tool("systemd-tmpfiles", "--create", f"--root={tmp_path}")
    uid = int((tmp_path / "etc" / "passwd").read_text().split(":")[2])
    made = {}
    for folder in ("etc/ringgate", "var/lib/ringgate", "var/log/ringgate", "run/ringgate"):
        stat = (tmp_path / folder).stat()
        made[folder] = (stat.st_uid, stat.st_mode & 0o777)
    private = (uid, 0o700)
    assert made == {"etc/ringgate": (0, 0o755), "var/lib/ringgate": private,
                    "var/log/ringgate": private, "run/ringgate": private}


@pytest.mark.parametrize("prefix", ["/usr", "/usr/local"])
def test_install_twice_then_uninstall(tmp_path, prefix):
    where = ("--root", tmp_path, "--prefix", prefix)
    first = install(*where).stdout
    below = prefix[1:]
    installed = files(tmp_path)
    for name in PROGRAMS:
        assert os.access(installed[f"{below}/bin/{name}"], os.X_OK)
    for path in (DEPLOY / "systemd").iterdir():
        text = installed[f"{below}/lib/systemd/system/{path.name}"].read_text()
        for program in re.findall(r"^ExecStart=(\S+)", text, re.M):
            assert program in (f"{prefix}/bin/ringgated", f"{prefix}/bin/ringgate-control")
    bash = installed[f"{below}/share/bash-completion/completions/ringgate"]
    assert "complete" in bash.read_text()
    assert re.findall(r"^new +(\S+)$", first, re.M) and "replaced" not in first
    assert {line.split()[1] for line in first.splitlines() if line.startswith("new ")} == {
        str(path) for path in installed.values()}, "it says what it does, and does no more"

    (tmp_path / "etc/ringgate/ringgate.toml").write_text("workers = 1\n")
    before = {path: path.stat().st_ino for path in installed.values()}
    second = install(*where).stdout
    assert "new " not in second and "replaced" not in second
    assert f"kept       {tmp_path}/etc/ringgate/ringgate.toml" in second
    assert {path: path.stat().st_ino for path in files(tmp_path).values()} == before

    installed[f"{below}/bin/ringgated"].write_text("older")
    assert f"replaced   {tmp_path}{prefix}/bin/ringgated" in install(*where).stdout

    install(*where, "--uninstall")
    assert list(files(tmp_path)) == ["etc/ringgate/ringgate.toml"]
    install(*where, "--uninstall")


@pytest.mark.parametrize(
    "arguments, part",
    [
        (["--prefix", "/opt"], "expected /usr or /usr/local"),
        (["--root", "/nonexistent"], "/nonexistent is no directory"),
        (["--root"], "--root needs a directory"),
        (["--rot", "/tmp"], "unknown argument '--rot'"),
    ],
)
def test_install_refuses_what_it_cannot_do(arguments, part):
    done = install(*arguments, check=False)
    assert done.returncode == 1 and part in done.stderr, done


def test_install_refuses_before_it_changes_anything(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    done = install("--root", tmp_path, "--binaries", empty, check=False)
    assert done.returncode == 1 and "cargo build --release" in done.stderr
    assert files(tmp_path) == {}
    install("--root", tmp_path, "--prefix", "/usr")
    before = files(tmp_path)
    done = install("--root", tmp_path, "--prefix", "/usr/local", check=False)
    assert done.returncode == 1 and "--prefix /usr --uninstall" in done.stderr
    assert files(tmp_path) == before


def test_install_needs_root_where_it_is_meant(tmp_path):
    somebody = tmp_path / "id"
    somebody.write_text("#!/bin/sh\necho 1000\n")
    somebody.chmod(0o755)
    done = subprocess.run([DEPLOY / "install", "--binaries", BINARIES], capture_output=True,
                          text=True, timeout=20,
                          env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert done.returncode == 1 and "run it as root" in done.stderr, done
