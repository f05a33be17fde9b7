"""seccomp: the kernel answers the system calls that a running network needs, and refuses every other one.

A small program for the kernel's filter machine (linux/seccomp.h, linux/bpf_common.h), made here: PyPI's `pyseccomp` needs a
library of the system that is not there by itself. Refused calls fail with EPERM, as they do for who may not; nothing is killed.
"""

import ctypes
import os
import platform
import sys
from typing import NamedTuple

PR_SET_SECCOMP, MODE_FILTER = 22, 2
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = 1, 38
LOAD, EQUALS, HAS_BITS, RETURN = 0x20, 0x15, 0x45, 0x06  # of the filter machine; they compare with a constant
CALL, ARCHITECTURE, VALUES = 0, 4, 16  # where the call's number, its architecture and its values (8 bytes each) lie

# Numbers by architecture: (AUDIT_ARCH, …), then one column each.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
PLAIN: dict[str, tuple[int, ...]] = {
    "brk": (12, 214), "clock_getres": (229, 114), "clock_gettime": (228, 113), "clock_nanosleep": (230, 115),
    "close": (3, 57), "exit": (60, 93), "exit_group": (231, 94), "fstat": (5, 80), "futex": (202, 98),
    "get_robust_list": (274, 100), "getcpu": (309, 168), "getdents64": (217, 61), "getegid": (108, 177),
    "geteuid": (107, 175), "getgid": (104, 176), "getpid": (39, 172), "getppid": (110, 173), "getrandom": (318, 278),
    "getrusage": (98, 165), "gettid": (186, 178), "gettimeofday": (96, 169), "getuid": (102, 174), "lseek": (8, 62),
    "madvise": (28, 233), "membarrier": (324, 283), "mincore": (27, 232), "mremap": (25, 216), "munmap": (11, 215),
    "nanosleep": (35, 101), "newfstatat": (262, 79), "poll": (7,), "ppoll": (271, 73), "pread64": (17, 67),
    "pselect6": (270, 72), "read": (0, 63), "readlink": (89,), "readlinkat": (267, 78), "readv": (19, 65),
    "restart_syscall": (219, 128), "rseq": (334, 293), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "sched_getaffinity": (204, 123), "sched_yield": (24, 124), "set_robust_list": (273, 99),
    "sigaltstack": (131, 132), "statx": (332, 291), "sysinfo": (99, 179), "uname": (63, 160), "write": (1, 64),
    "writev": (20, 66),
}  # fmt: skip
RULED = {
    "openat": (257, 56), "mmap": (9, 222), "mprotect": (10, 226), "clone": (56, 220), "clone3": (435, 435),
    "tgkill": (234, 131), "prctl": (157, 167), "prlimit64": (302, 261), "fcntl": (72, 25),
}  # fmt: skip
CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND if sys.platform == "linux" else 0
TEMPORARY = 0o20000000  # O_TMPFILE without O_DIRECTORY
PROT_EXEC, CLONE_THREAD = 4, 0x10000
PR_SET_NAME, PR_SET_VMA = 15, 0x53564D41
F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC = 1, 2, 3, 1030


class Line(NamedTuple):
    """One instruction: on a comparison, how many lines to skip when it holds and when it does not."""

    code: int
    constant: int
    yes: int = 0
    no: int = 0


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def restrict() -> bool:
    """Refuse every other call from now on, in this thread and those it starts. False where the kernel or the machine has no filter.

    The process must not gain privileges any more.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in MACHINES:
        return False
    lines = program(machine, os.getpid())
    packed = b"".join(
        line.code.to_bytes(2, "little") + bytes((line.yes, line.no)) + line.constant.to_bytes(4, "little")
        for line in lines
    )
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(_Program(len(lines), packed)), 0, 0) == 0)


def program(machine: str, process: int) -> list[Line]:
    """The filter for an architecture, where the process has that number."""
    architecture, column = MACHINES[machine]
    lines = [
        Line(LOAD, ARCHITECTURE),
        Line(EQUALS, architecture, 1, 0),
        Line(RETURN, KILL),
        Line(LOAD, CALL),
    ]
    for numbers in PLAIN.values():
        if column < len(numbers):
            lines += [Line(EQUALS, numbers[column], 0, 1), Line(RETURN, ALLOW)]
    for name, rule in _rules(process).items():
        lines += [Line(EQUALS, RULED[name][column], 0, len(rule)), *rule]
    return [*lines, Line(RETURN, ERRNO | EPERM)]


def _rules(process: int) -> dict[str, list[Line]]:
    """What else must hold for a call."""
    return {
        "openat": _lacks(2, CHANGING | TEMPORARY),  # only to read
        "mmap": _lacks(2, PROT_EXEC),  # no new code
        "mprotect": _lacks(2, PROT_EXEC),
        "clone": _has(0, CLONE_THREAD),  # threads, no processes
        "clone3": [Line(RETURN, ERRNO | ENOSYS)],  # its flags cannot be seen from here; the C library then takes clone
        "tgkill": _one_of(0, process),  # signals to itself
        "prctl": _one_of(0, PR_SET_NAME, PR_SET_VMA),
        "prlimit64": _none(2),  # look at limits, set none
        "fcntl": _one_of(1, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC),
    }


def _lacks(value: int, bits: int) -> list[Line]:
    refused, allowed = Line(RETURN, ERRNO | EPERM), Line(RETURN, ALLOW)
    return [Line(LOAD, VALUES + 8 * value), Line(HAS_BITS, bits, 0, 1), refused, allowed]


def _has(value: int, bits: int) -> list[Line]:
    refused, allowed = Line(RETURN, ERRNO | EPERM), Line(RETURN, ALLOW)
    return [Line(LOAD, VALUES + 8 * value), Line(HAS_BITS, bits, 0, 1), allowed, refused]


def _one_of(value: int, *numbers: int) -> list[Line]:
    allowed = [line for number in numbers for line in (Line(EQUALS, number, 0, 1), Line(RETURN, ALLOW))]
    return [Line(LOAD, VALUES + 8 * value), *allowed, Line(RETURN, ERRNO | EPERM)]


def _none(value: int) -> list[Line]:
    """All 64 bits of the value are 0."""
    low, high = Line(LOAD, VALUES + 8 * value), Line(LOAD, VALUES + 8 * value + 4)
    return [low, Line(EQUALS, 0, 0, 3), high, Line(EQUALS, 0, 0, 1), Line(RETURN, ALLOW), Line(RETURN, ERRNO | EPERM)]
