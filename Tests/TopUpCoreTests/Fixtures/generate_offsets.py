#!/usr/bin/env python3
"""Writes the tables that TimeZoneRules is compared with, from Python's own zoneinfo.

zone-offsets.txt   zone, moment, offset: both sides of changes from 1970 to 2025, whose history is
                   settled, so that a newer time zone database does not break the test
rule-offsets.txt   moment, offset, footer: both sides of changes by a repeating rule alone, read from
                   files made here, so that they depend on no database. Days counted from 0 are left
                   out: CPython takes them as counted from 1; TZifTests has glibc's answers instead

Run it in this folder after changing the lists; the tables are committed.
"""

import datetime
import io
import struct
import zoneinfo

UTC = datetime.timezone.utc
DAY = 86400

ZONES = """Africa/Cairo Africa/Casablanca Africa/Monrovia America/Caracas America/New_York
America/Nuuk America/Sao_Paulo America/St_Johns America/Toronto Antarctica/Troll Asia/Gaza
Asia/Kathmandu Asia/Kolkata Asia/Pyongyang Asia/Tehran Asia/Tokyo Australia/Lord_Howe
Australia/Sydney Europe/Berlin Europe/Dublin Europe/London Europe/Moscow Pacific/Apia
Pacific/Chatham Pacific/Kiritimati UTC""".split()

RULES = """<+03>-3
UTC0
IST-5:30
NPT-5:45
LMT0:01:15
CET-1CEST,M3.5.0,M10.5.0/3
EST5EDT,M3.2.0,M11.1.0
<+1030>-10:30<+11>-11,M10.1.0,M4.1.0
AEST-10AEDT,M10.1.0,M4.1.0/3
IST-1GMT0,M10.5.0,M3.5.0/1
<-02>2<-01>,M3.5.0/-1,M10.5.0/0
EET-2EEST,M3.4.4/50,M10.4.4/50
<+0330>-3:30<+0430>,J79/24,J263/24
AAA3BBB,J60,J300
AAA-12:45BBB-13:45,M9.5.0/2:45,M4.1.0/3:45
AAA-2BBB,M2.5.6/100,M11.5.1/-100""".split("\n")


def offset_at(zone, moment):
    at = datetime.datetime.fromtimestamp(moment, UTC).astimezone(zone)
    return int(at.utcoffset().total_seconds())


def changes(zone, first, last):
    """The first moments with a new offset, found by days and then by halves."""
    previous = offset_at(zone, first)
    for noon in range(first, last, DAY):
        low, high = noon, noon + DAY
        after = offset_at(zone, high)
        if after == previous:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if offset_at(zone, middle) == previous:
                low = middle
            else:
                high = middle
        yield high
        previous = after


def spread(items, most):
    items = list(items)
    if len(items) <= most:
        return items
    return [items[i * (len(items) - 1) // (most - 1)] for i in range(most)]


def moments(zone, first, last, most):
    yield first
    for change in spread(changes(zone, first, last), most):
        yield change - 1
        yield change
    yield last


def seconds(year):
    return int(datetime.datetime(year, 1, 1, 12, tzinfo=UTC).timestamp())


def zone_of(rule):
    """A version 3 file that has nothing but a footer."""
    header = b"TZif3" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = struct.pack(">lbb", 0, 0, 0) + b"LMT\0"
    return zoneinfo.ZoneInfo.from_file(
        io.BytesIO(header + block + header + block + b"\n" + rule.encode() + b"\n"))


with open("zone-offsets.txt", "w", encoding="ascii") as table:
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        for moment in moments(zone, seconds(1970), seconds(2025), 24):
            table.write(f"{name} {moment} {offset_at(zone, moment)}\n")

with open("rule-offsets.txt", "w", encoding="ascii") as table:
    for rule in RULES:
        zone = zone_of(rule)
        for year in (1904, 1969, 2023, 2024, 2100, 2400):
            for moment in moments(zone, seconds(year), seconds(year + 1), 9):
                table.write(f"{moment} {offset_at(zone, moment)} {rule}\n")
