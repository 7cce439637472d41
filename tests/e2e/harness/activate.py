"""Starts a program as systemd's socket activation does: `activate.py FD,FD NAME:NAME PROGRAM ...`
puts the descriptors to 3 and on, says in the environment what they are, and becomes the program."""

import os
import sys

FIRST = 3


def main(descriptors, names, *command):
    # Out of the way first: the numbers may overlap.
    moved = [os.dup(int(raw)) for raw in descriptors.split(",")]
    high = [os.dup2(raw, 100 + at) for at, raw in enumerate(moved)]
    for at, raw in enumerate(high):
        os.dup2(raw, FIRST + at)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=names)
    for raw in high:
        os.close(raw)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
