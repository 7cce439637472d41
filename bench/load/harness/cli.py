"""What the scripts' command lines share."""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass

from . import procfs
from .processes import Bench, Failure
from .programs import find_program


@dataclass
class Cores:
    """Where the proxy runs and where origin and generator do."""

    proxies: list
    load: int

    @property
    def proxy(self):
        """As taskset takes it."""
        return ",".join(map(str, self.proxies))


def parser(text):
    """A parser with the options that every script has."""
    made = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--proxy-core", type=int, default=0, help="of the proxy under test")
    made.add_argument("--load-core", type=int, default=1, help="of origin and generator")
    made.add_argument("--nice", type=int, default=0, help="priority of it all; below 0 needs root")
    made.add_argument("--no-build", action="store_true", help="build nothing")
    made.add_argument("--keep", action="store_true", help="keep configurations, data and logs")
    made.add_argument("-o", "--output", choices=["markdown", "json"], default="markdown")
    return made


def cores(args):
    return Cores([args.proxy_core], args.load_core)


def names(known):
    """A type of argument: names of `known`, separated by commas."""

    def read(text):
        asked = text.split(",")
        unknown = [name for name in asked if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {unknown[0]} in: {', '.join(known)}")
        return asked

    return read


def main(args, prepare, work):
    """Prepares, works within a Bench, and turns what goes wrong into an exit status."""
    script = os.path.basename(sys.argv[0])
    try:
        prepare(args)
        os.nice(args.nice)
        with Bench(args.keep) as bench:
            return work(bench, args)
    except PermissionError as error:
        print(f"{script}: {error}", file=sys.stderr)
    except Failure as failure:
        print(f"{script}: {failure}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{script}: interrupted", file=sys.stderr)
    return 2


def install(peers):
    """Installs what the peers miss, and openssl, which makes their certificate."""
    missing = {peer.missing() for peer in peers}
    missing.add(None if find_program("openssl") else "openssl")
    packages = sorted(missing - {None})
    if packages:
        apt_get(packages)
    for peer in peers:
        if hasattr(peer, "install"):
            peer.install()


def apt_get(packages):
    argv = ["apt-get", "install", "-y", "--no-install-recommends"] + packages
    if os.geteuid() != 0:
        argv = ["sudo", "-n"] + argv
    # RUNLEVEL: the packages' own services need not start.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    print("installing", *packages, file=sys.stderr)
    if subprocess.run(argv, env=environment, stdout=sys.stderr).returncode != 0:
        raise Failure(f"could not install {' '.join(packages)}; by hand: {' '.join(argv)}")


def head(args):
    """A line on the machine, for the top of a report."""
    machine = procfs.machine()
    return (
        f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, load average "
        f"{machine['load_average']:.1f} at the start; proxy on core {args.proxy_core}, origin and "
        f"generator on core {args.load_core}"
    )


def progress(words):
    print("  " + words, file=sys.stderr, flush=True)
