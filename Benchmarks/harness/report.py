"""What the last run showed, for people and for programs."""
import json
import os
import platform
import subprocess
import time
from pathlib import Path
from statistics import median

from figures import (CPP, ENGINE, ENGINE_FIGURES, FIGURES, GROUPED, LARGE, NGHTTP2, OURS, PLAIN_C, SINGLE,
                     SMALL, STORE, SWIFT, TOPUPD)

SERVERS = [OURS, CPP, SWIFT, NGHTTP2]
ROWS = [
    ("unary, CPU µs/call", "unary_cpu_us", 1, 2),
    ("unary, thousand calls/s", "unary_per_s", 1e3, 1),
    ("unary, instructions/call", "unary_instructions", 1, 0),
    ("unary, RSS afterwards MB", "rss_mb", 1, 1),
    ("unary over TLS, CPU µs/call", "tls_cpu_us", 1, 2),
    ("one caller, p50 µs", "p50_us", 1, 1),
    ("one caller, p99 µs", "p99_us", 1, 1),
    ("bidirectional stream, p50 of a turn µs", "turn_p50_us", 1, 1),
    ("client stream, thousand messages/s", "ingest_per_s", 1e3, 0),
    ("client stream, CPU µs/message", "ingest_cpu_us", 1, 2),
    ("client stream, full frames, thousand/s", "packed_per_s", 1e3, 0),
    ("server stream, thousand messages/s", "emit_per_s", 1e3, 0),
    ("server stream, CPU µs/message", "emit_cpu_us", 1, 2),
]

# Of the engine's: whose each is differs from row to row.
ENGINE_ROWS = [
    ("entries/s in group commit", "entries_per_s", STORE, 0),
    ("entries/s in group commit", "entries_per_s", PLAIN_C, 0),
    ("CPU µs an entry, its callers included", "entries_cpu_us", STORE, 1),
    ("CPU µs an entry", "entries_cpu_us", PLAIN_C, 1),
    ("bytes of the file an entry", "bytes_per_entry", STORE, 0),
    ("bytes of the file an entry", "bytes_per_entry", PLAIN_C, 0),
    ("entries/s, 1 ms more a sync", "slow_entries_per_s", GROUPED, 0),
    ("entries/s, 1 ms more a sync", "slow_entries_per_s", SINGLE, 0),
    ("entries/s", "grown_entries_per_s", SMALL, 0),
    ("entries/s", "grown_entries_per_s", LARGE, 0),
    ("events/s, one to a message", "events_per_s", TOPUPD, 0),
    ("CPU µs an event", "events_cpu_us", TOPUPD, 2),
    ("events/s, 256 to a message", "batched_events_per_s", TOPUPD, 0),
    ("an event's ack at 10,000/s, p50 ms", "event_ack_p50_ms", TOPUPD, 2),
    ("an event's ack at 10,000/s, p99 ms", "event_ack_p99_ms", TOPUPD, 2),
    ("GetBalance, calls/s", "balances_per_s", TOPUPD, 0),
    ("GetBalance, CPU µs/call", "balances_cpu_us", TOPUPD, 2),
    ("GetBalance, asked first, calls/s", "balances_first_per_s", TOPUPD, 0),
    ("GetBalance, asked first, CPU µs/call", "balances_first_cpu_us", TOPUPD, 2),
    ("GetBalance, RSS afterwards MB", "balances_rss_mb", TOPUPD, 1),
    ("top-ups/s to CREDITED", "topups_per_s", ENGINE, 0),
    ("CPU µs a top-up, stand-ins included", "topups_cpu_us", ENGINE, 0),
    ("a decision that begins a top-up, µs", "decide_us", ENGINE, 2),
    ("a decision that the balance is enough, µs", "decide_skip_us", ENGINE, 2),
    ("event to intent, 300 ms an answer, p95 ms", "event_to_intent_p95_ms", TOPUPD, 0),
    ("event to charge, 300 ms an answer, p95 ms", "event_to_charge_p95_ms", TOPUPD, 0),
    ("event to the ramp's order, so too, p95 ms", "event_to_ramp_p95_ms", TOPUPD, 0),
    ("start with 100,000 top-ups, s", "recovery_s", TOPUPD, 2),
]


def machine():
    """Where and of what a run was made."""
    processor = platform.processor()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    version = swift.split("Swift version", 1)[-1].split()[0] if "Swift version" in swift else "?"
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True,
                            cwd=Path(__file__).parent).stdout.strip()
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "processor": processor,
        "cores": os.cpu_count(), "kernel": platform.release(), "swift": version,
        "commit": commit or "?", "load_average": os.getloadavg()[0],
    }


def aligned(rows):
    """Columns as wide as they must be; the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def number(value, digits=2):
    return f"{value:,.{digits}f}"


def servers_table(samples):
    rows = [["", *SERVERS]]
    for title, metric, unit, digits in ROWS:
        cells = [samples.get((metric, server)) for server in SERVERS]
        if any(cells):
            rows.append([title, *(number(median(cell) / unit, digits) if cell else "–"
                                  for cell in cells)])
    return aligned(rows) if len(rows) > 1 else ""


def engine_table(samples):
    rows = [["", "", "median", "least", "most"]]
    for title, metric, subject, digits in ENGINE_ROWS:
        values = samples.get((metric, subject))
        if values:
            rows.append([title, subject, *(number(value, digits)
                                           for value in (median(values), min(values), max(values)))])
    return aligned(rows) if len(rows) > 1 else ""


def figures_table(samples, figures):
    rows = [["figure", "value", "least", "most", "floor", "aim", "meets"]]
    for figure in figures:
        value, values = figure.value(samples), figure.values(samples)
        sign, digits = ("≤ " if figure.lower_is_better else "≥ "), figure.digits
        shown = [number(x, digits) for x in (value, min(values), max(values))] if values else ["–"] * 3
        rows.append([figure.name, *shown, f"{sign}{figure.floor:,}", f"{sign}{figure.aim:,}",
                     figure.verdict(value)])
    return aligned(rows)


def figure_lines(samples, figures):
    """One line a figure, for programs."""
    for figure in figures:
        value = figure.value(samples)
        text = "unavailable" if value is None else f"{value:.{figure.digits}f}"
        yield f"figure {figure.name} {text}"


def text(samples, figures, about, rounds):
    head = (f"{about['date']}, {about['processor']}, {about['cores']} cores, Linux {about['kernel']}, "
            f"Swift {about['swift']}, commit {about['commit']}, {rounds} rounds, medians")
    parts = [head, servers_table(samples), engine_table(samples), figures_table(samples, figures),
             "\n".join(figure_lines(samples, figures))]
    return "\n\n".join(part for part in parts if part)


def as_json(samples, figures, about, rounds):
    servers = {}
    for (metric, subject), values in samples.items():
        servers.setdefault(subject, {})[metric] = values
    return json.dumps({
        "machine": about, "rounds": rounds, "samples": servers,
        "figures": {figure.name: {
            "value": figure.value(samples), "floor": figure.floor, "aim": figure.aim,
            "meets": figure.verdict(figure.value(samples)),
        } for figure in figures},
    }, indent=2, ensure_ascii=False)


BY_NAME = {figure.name: figure for figure in FIGURES + ENGINE_FIGURES}
