"""Starts one program with what it must have before its first instruction, then becomes it.

Run as a script by an isolated interpreter (`python -I -S`, 10 ms), never imported:

    launch.py [--user NAME] [--folder PATH] SIGNAL PROGRAM ARGUMENT...

- SIGNAL is sent to the program by the kernel when its parent dies, so that nothing outlives a
  killed supervisor or test run.
- `--user` gives up root (PostgreSQL refuses to run as root).
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
EX_OSERR = 71


def become(name: str) -> None:
    """Gives up root for good and all."""
    account = pwd.getpwnam(name)
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)


def die_with_parent(number: int, parent: int) -> None:
    """Asks the kernel for a signal when the parent ends; exits if it ended just now.

    After `become`, because a change of the user clears the wish.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit(EX_OSERR)


def main(arguments: list[str]) -> None:
    """Parses the arguments in order and replaces this process; returns never."""
    parent = os.getppid()
    rest = iter(arguments)
    user = folder = None
    for word in rest:
        if word == "--user":
            user = next(rest)
        elif word == "--folder":
            folder = next(rest)
        else:
            break
    program = list(rest)
    if user is not None:
        become(user)
    if folder is not None:
        os.chdir(folder)
    die_with_parent(signal.Signals[word], parent)
    os.execv(program[0], program)  # noqa: S606 - to become the program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
