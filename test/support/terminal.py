"""Runs a program on a pseudo-terminal as a person would: waits for a text, then types.

Usage: terminal.py STEPS PROGRAM [ARGUMENT …], where STEPS is JSON: a list of [text to wait for, text to type]. Prints
everything that the terminal has shown and ends with the program's exit code, or with 99 if a text doesn't appear.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

LONGEST_SECONDS = 60


def read_until(terminal: int, shown: bytearray, start: int, text: bytes | None) -> bool:
    """Reads until the text appears after ``start``, or without a text until the program ends."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while text is None or text not in shown[start:]:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return text is None
        if not piece:
            return text is None
        shown.extend(piece)
    return True


def main() -> int:
    steps: list[tuple[str, str]] = json.loads(sys.argv[1])
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    shown = bytearray()
    start = 0
    ended = True
    for text, typed in steps:
        ended = read_until(terminal, shown, start, text.encode())
        if not ended:
            break
        start = len(shown)
        os.write(terminal, typed.encode())
    ended = ended and read_until(terminal, shown, start, None)
    sys.stdout.buffer.write(shown)
    if not ended:
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if ended else 99


sys.exit(main())
