"""Child process of a virtual board: makes its standard input the terminal, dies with its parent, becomes MicroPython.

First argument: the folder that the interpreter's extension module is in. Runs without site packages, to start fast.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import sys
import termios

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Does not return before the interpreter ends."""
    sys.path.append(sys.argv.pop(1))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.isatty(0):
        with contextlib.suppress(OSError):
            os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    from micropython import main as run  # type: ignore[import-not-found, unused-ignore]

    sys.exit(run())


main()
