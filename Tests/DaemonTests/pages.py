"""Which bytes of a SQLite file mean something: the pages of each table and index, and in each page what
is its head and its cells, and what is free (sqlite.org/fileformat2.html §1.6).

Counted as free is also what lies in a cell and is not read: the keys by which an interior page of a
table leads to its leaves may be others between the same two rows, and the place of a row's number
among its columns says nothing.
"""
import sqlite3

INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE = 2, 5, 10, 13


def varint(content, place):
    value = 0
    for count in range(8):
        byte = content[place + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + count + 1
    return value << 8 | content[place + 8], place + 9


def cell_end(content, place, kind, usable):
    """Where a cell ends, and the overflow page that it goes on in, or 0."""
    if kind in (INTERIOR_INDEX, INTERIOR_TABLE):
        place += 4
    if kind == INTERIOR_TABLE:
        return varint(content, place)[1], 0
    payload, place = varint(content, place)
    if kind == LEAF_TABLE:
        place = varint(content, place)[1]
    most = usable - 35 if kind == LEAF_TABLE else (usable - 12) * 64 // 255 - 23
    if payload <= most:
        return place + payload, 0
    least = (usable - 12) * 32 // 255 - 23
    local = least + (payload - least) % (usable - 4)
    local = local if local <= most else least
    overflow = int.from_bytes(content[place + local:place + local + 4], "big")
    return place + local + 4, overflow


class Tree:
    """The places in the file of the bytes of one table or index."""

    def __init__(self, content, root, size, has_row_number):
        self.live, self.free = [], []
        self.content, self.size, self.has_row_number = content, size, has_row_number
        waiting = [root]
        while waiting:
            waiting += self.add(waiting.pop())

    def add(self, number):
        """Takes a page in; the pages below it."""
        start = (number - 1) * self.size
        page = self.content[start:start + self.size]
        head = 100 if number == 1 else 0
        kind = page[head]
        count = int.from_bytes(page[head + 3:head + 5], "big")
        is_interior = kind in (INTERIOR_INDEX, INTERIOR_TABLE)
        array = head + (12 if is_interior else 8)
        used = [range(head, array + 2 * count)]
        below = [int.from_bytes(page[head + 8:head + 12], "big")] if is_interior else []
        for index in range(count):
            place = int.from_bytes(page[array + 2 * index:array + 2 * index + 2], "big")
            if is_interior:
                below.append(int.from_bytes(page[place:place + 4], "big"))
            used += self.cell(page, place, kind)
        is_used = bytearray(self.size)
        for part in used:
            is_used[part.start:part.stop] = b"\1" * len(part)
        for place in range(head, self.size):
            (self.live if is_used[place] else self.free).append(start + place)
        return below

    def cell(self, page, place, kind):
        """What is read of a cell."""
        if kind == INTERIOR_TABLE:
            return [range(place, place + 4)]
        end, overflow = cell_end(page, place, kind, self.size)
        assert not overflow, "a row that is longer than a page is not looked for"
        if kind != LEAF_TABLE or not self.has_row_number:
            return [range(place, end)]
        _, number = varint(page, place)
        _, header = varint(page, number)
        _, first = varint(page, header)
        return [range(place, first), range(first + 1, end)]


def trees(path):
    """Each table's and index's bytes, by its name."""
    content = path.read_bytes()
    size = int.from_bytes(content[16:18], "big")
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as connection:
        roots = connection.execute("SELECT name, rootpage, sql FROM sqlite_schema WHERE rootpage > 0")
        return {name: Tree(content, root, size, "INTEGER PRIMARY KEY" in (sql or ""))
                for name, root, sql in roots}
