"""Ringgate installed as services of a machine that tests may break (machine.py)."""

from pathlib import Path

from .machine import Machine
from .places import BINARIES, ROOT, free_port
from .site import START_S, Site
from .waiting import until

DAEMONS = ("ringgate-control.service", "ringgated.service")
# A system call that the filter refuses kills: every test shows that there is none.
STRICTER = "[Service]\nSystemCallErrorNumber=kill\n"


class Service(Site):
    def __init__(self, driver):
        super().__init__(driver)
        self.machine = Machine()
        self.https = free_port()
        # As seen from here; the kernel takes such a path for a socket too.
        self.inside = Path(f"/proc/{self.machine.init}/root")
        self.data = self.inside / "run/ringgate"

    # The machine

    def install(self, *arguments):
        return self.machine.run(ROOT / "deploy" / "install", "--binaries", BINARIES, *arguments)

    def configure(self):
        """Ports of this test, this driver, and the strictness; from the next start on."""
        for unit, port in (("ringgated", self.http), ("ringgated-https", self.https),
                           ("ringgate-control", self.management)):
            self.machine.drop_in(f"{unit}.socket", "[Socket]\nListenStream=\n"
                                 f"ListenStream=127.0.0.1:{port}\n")
        for unit in DAEMONS:
            self.machine.drop_in(unit, STRICTER)
        self.settings()

    def settings(self, more=""):
        """Writes ringgate.toml."""
        self.machine.write("/etc/ringgate/ringgate.toml",
                           f'data-dir = "/var/lib/ringgate"\nruntime-dir = "/run/ringgate"\n'
                           f'http = ["127.0.0.1:{self.http}"]\ndriver = "{self.driver}"\n{more}')

    def running(self):
        """Both daemons, whatever the last test did to them; each attached to the other."""
        self.machine.systemctl("reset-failed")
        self.machine.systemctl("start", *DAEMONS)
        self.wait_ready("systemd")
        return self

    def state(self, unit, *names):
        shown = self.machine.show(unit, *names)
        return tuple(shown[name] for name in names)

    def command_line(self, *arguments, user="root"):
        """The installed command line, with the installed settings."""
        return self.machine.run("setpriv", "--reuid", user, "--regid", user, "--init-groups", "env",
                                "RINGGATE_CONFIG=/etc/ringgate/ringgate.toml", "ringgate",
                                *arguments)

    # What Site does with processes of its own

    def wait_for(self, owner, condition, what):
        try:
            until(condition, what, START_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    def pids(self, name=None):
        return []

    def logs(self, bytes_max=8000):
        return self.machine.journal()[-bytes_max:]

    def close(self):
        self.machine.close()
        super().close()
