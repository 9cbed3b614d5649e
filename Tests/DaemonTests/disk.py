"""What stands between a daemon and its disk in the scenarios of power losses and failing disks: the
shim (shim/disk.c), the log of changes that it writes, and the words that make it fail."""
import atexit
import itertools
import json
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="topup-shim-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
SHIM = FOLDER / "shim.so"
subprocess.run(
    [shutil.which("cc") or "clang", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o", str(SHIM),
     str(Path(__file__).resolve().parent / "shim" / "disk.c"), "-ldl", "-lpthread"], check=True)

# As in the shim.
STORE, WAL, JOURNAL, FOLDER_KIND = 1, 2, 3, 5
SUFFIXES = {STORE: "", WAL: "-wal", JOURNAL: "-journal"}
CREATE, WRITE, LENGTH, SYNC, REMOVE = 1, 2, 3, 4, 5
ACKNOWLEDGED = 100
RECORD = struct.Struct("=IIqQ")
CALLS = ("write", "sync", "open", "length", "remove", "room")
FAULT = struct.Struct("=iiii")
CLOCK = struct.Struct("=q")
NUMBERS = itertools.count()


def fresh(name):
    """A path that no other thread of this process was given, and none will be."""
    return FOLDER / f"{name}-{next(NUMBERS)}"


class Log:
    """Every change of the store's files in its order, and what callers learnt in between."""

    def __init__(self):
        self.path = fresh("changes")
        self.descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def acknowledged(self, **what):
        """Notes what a caller was told: from here on no loss of power may take it away."""
        text = json.dumps(what).encode()
        line = RECORD.pack(ACKNOWLEDGED, 0, 0, len(text)) + text
        assert os.write(self.descriptor, line) == len(line)

    def records(self):
        """(change, kind, offset, bytes or, of a change without any, their count)."""
        whole = self.path.read_bytes()
        place = 0
        while place < len(whole):
            change, kind, offset, count = RECORD.unpack_from(whole, place)
            place += RECORD.size
            content = b""
            if change in (WRITE, ACKNOWLEDGED):
                content = whole[place:place + count]
                assert len(content) == count, "the log is cut"
                place += count
            yield change, kind, offset, content


class Words:
    """A file of words that a program under the shim has mapped."""

    def __init__(self, name, size):
        path = fresh(name)
        path.write_bytes(bytes(size))
        self.path = path
        with open(path, "r+b") as file:
            self.bytes = mmap.mmap(file.fileno(), size)


class Faults(Words):
    """Which calls of the disk fail, and when."""

    def __init__(self):
        super().__init__("faults", FAULT.size * len(CALLS))

    def arm(self, call, error, passes=0, times=-1):
        """From now on `passes` calls of that kind pass, and then `times` fail; negative: all."""
        FAULT.pack_into(self.bytes, CALLS.index(call) * FAULT.size, error, passes, times, 0)

    def disarm(self):
        self.bytes[:] = bytes(len(self.bytes))

    def failed(self, call):
        return FAULT.unpack_from(self.bytes, CALLS.index(call) * FAULT.size)[3]


class Clock(Words):
    """How far ahead the wall clock of all programs is that were given it."""

    def __init__(self):
        super().__init__("clock", CLOCK.size)

    def set(self, ahead_seconds):
        CLOCK.pack_into(self.bytes, 0, ahead_seconds * 1000)


def settings(log=None, faults=None, clock=None):
    """Variables that put a program under the shim."""
    result = {"LD_PRELOAD": str(SHIM)}
    if log:
        result["SHIM_LOG"] = str(log.path)
    if faults:
        result["SHIM_FAULTS"] = str(faults.path)
    if clock:
        result["SHIM_CLOCK"] = str(clock.path)
    return result
