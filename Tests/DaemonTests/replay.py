"""The disks that a loss of power could leave, out of a log of changes (disk.py).

A write that was not synced may be lost, kept, or kept in part: each of its sectors has any of the
contents it was given since the last sync, so that writes are torn at sectors and applied in any
order. So has a file's length, and so has a name: a file that was made or removed may be there or
not until its folder was synced. What was synced stays.
"""
import json
from dataclasses import dataclass, field

from disk import (ACKNOWLEDGED, CREATE, FOLDER_KIND, LENGTH, REMOVE, STORE, SUFFIXES, SYNC, WAL,
                  WRITE)

SECTOR = 512
# Which syncs count: all; none of the log but those around a checkpoint, as with
# `synchronous=NORMAL`; none at all, as with `OFF`.
FULL, NORMAL, OFF = "full", "normal", "off"


@dataclass
class File:
    """One file: what is surely on the disk, and what was asked for since."""
    durable: bytearray = field(default_factory=bytearray)
    # Sector -> the contents it was given since, oldest first.
    sectors: dict = field(default_factory=dict)
    lengths: list = field(default_factory=list)
    # As the program sees it.
    now: bytearray = field(default_factory=bytearray)

    def write(self, offset, content):
        if len(self.now) < offset + len(content):
            self.now.extend(bytes(offset + len(content) - len(self.now)))
            self.lengths.append(len(self.now))
        self.now[offset:offset + len(content)] = content
        for sector in range(offset // SECTOR, (offset + len(content) - 1) // SECTOR + 1):
            self.sectors.setdefault(sector, []).append(
                bytes(self.now[sector * SECTOR:(sector + 1) * SECTOR]))

    def set_length(self, length):
        if length < len(self.now):
            del self.now[length:]
        else:
            self.now.extend(bytes(length - len(self.now)))
        self.lengths.append(length)

    def sync(self):
        # Only what changed is copied: a store is synced thousands of times.
        if self.lengths:
            del self.durable[len(self.now):]
            self.durable.extend(bytes(len(self.now) - len(self.durable)))
        for sector in self.sectors:
            place = sector * SECTOR
            if place < len(self.now):
                part = self.now[place:place + SECTOR]
                self.durable[place:place + len(part)] = part
        self.sectors = {}
        self.lengths = []

    @property
    def is_pending(self):
        return bool(self.sectors or self.lengths)

    def after_loss(self, generator, kept):
        """One of the contents that it may have; `kept` is the chance that a sector was written."""
        length = len(self.durable)
        if self.lengths and generator.random() < max(kept, 0.5):
            length = generator.choice(self.lengths)
        image = bytearray(self.durable)
        for sector, contents in self.sectors.items():
            if generator.random() >= kept:
                continue
            # The newest most often: what was overwritten at once seldom reached the disk.
            content = contents[-1] if generator.random() < 0.7 else generator.choice(contents)
            place = sector * SECTOR
            if len(image) < place + len(content):
                image.extend(bytes(place + len(content) - len(image)))
            image[place:place + len(content)] = content
        image.extend(bytes(max(0, length - len(image))))
        del image[length:]
        return bytes(image)


class Replay:
    """Goes through a log once, and makes images on the way."""

    def __init__(self, mode=FULL):
        self.mode = mode
        self.files = {kind: None for kind in SUFFIXES}
        # What each name may stand for on the disk: files, or None; the last is what it is now.
        self.names = {kind: [None] for kind in SUFFIXES}
        self.acknowledged = []
        # How many callers were answered between the first page copied out of a log and its end.
        self.answered_while_copied = 0
        self.is_copied = False

    def apply(self, change, kind, offset, content):
        if change == ACKNOWLEDGED:
            self.acknowledged.append(json.loads(content))
            self.answered_while_copied += self.is_copied
        elif change == CREATE:
            self.files[kind] = File()
            self.names[kind].append(self.files[kind])
        elif change == REMOVE:
            self.files[kind] = None
            self.names[kind].append(None)
            self.is_copied = False
        elif change == WRITE:
            if kind == STORE and self.files[WAL]:
                self.is_copied = True
                # With NORMAL the log is synced before it is copied into the store.
                if self.mode == NORMAL:
                    self.sync(WAL)
            self.files[kind].write(offset, content)
        elif change == LENGTH:
            self.files[kind].set_length(offset)
        elif change == SYNC:
            if self.mode == FULL or (self.mode == NORMAL and kind != WAL):
                self.sync(kind)
        else:
            raise ValueError(f"the log has a change {change}")

    def sync(self, kind):
        if kind == FOLDER_KIND:
            for known in self.names:
                self.names[known] = self.names[known][-1:]
        elif self.files[kind].is_pending:
            self.files[kind].sync()

    def images(self, generator):
        """What the files' names may lead to after a loss of power now: kind -> content."""
        # From nearly nothing kept to nearly everything; one in four keeps or drops it all.
        kept = generator.choice((0.0, 1.0, generator.random(), generator.random()))
        result = {}
        for kind, candidates in self.names.items():
            file = generator.choice(candidates)
            if file is not None:
                result[kind] = file.after_loss(generator, kept)
        return result

    def contents(self):
        """What the files hold when nothing is lost."""
        return {kind: bytes(file.now) for kind, file in self.files.items() if file is not None}
