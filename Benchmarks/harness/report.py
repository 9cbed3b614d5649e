"""What the last run showed, for people and for programs."""
import json
import os
import platform
import subprocess
import time
from pathlib import Path
from statistics import median

from figures import CPP, FIGURES, NGHTTP2, OURS, SWIFT

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


def figure_digits(figure):
    return 0 if figure.name == "unary_instructions" else 2


def figures_table(samples, figures):
    rows = [["figure", "value", "least", "most", "floor", "aim", "meets"]]
    for figure in figures:
        value, values = figure.value(samples), figure.values(samples)
        sign, digits = ("≤ " if figure.lower_is_better else "≥ "), figure_digits(figure)
        shown = [number(x, digits) for x in (value, min(values), max(values))] if values else ["–"] * 3
        rows.append([figure.name, *shown, f"{sign}{figure.floor:,}", f"{sign}{figure.aim:,}",
                     figure.verdict(value)])
    return aligned(rows)


def figure_lines(samples, figures):
    """One line a figure, for programs."""
    for figure in figures:
        value = figure.value(samples)
        text = "unavailable" if value is None else f"{value:.{figure_digits(figure)}f}"
        yield f"figure {figure.name} {text}"


def text(samples, figures, about, rounds):
    head = (f"{about['date']}, {about['processor']}, {about['cores']} cores, Linux {about['kernel']}, "
            f"Swift {about['swift']}, commit {about['commit']}, {rounds} rounds, medians")
    parts = [head, servers_table(samples), figures_table(samples, figures),
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


BY_NAME = {figure.name: figure for figure in FIGURES}
