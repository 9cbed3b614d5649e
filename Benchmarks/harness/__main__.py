"""scripts/bench calls this; see there."""
import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import build
import instructions
import order
import report
from engine import ENGINE_COUNTS, EngineBench
from figures import ENGINE_FIGURES, FIGURES, OURS
from load import Load
from measure import COUNTS, Bench, silent_environment
from process import Failure

BUDGET = Path(__file__).resolve().parent.parent / "budget.json"
LINK_ORDER = build.ROOT / "Sources" / "topupd" / "link-order.txt"
# Above this another program has a core for itself, and timings are noise.
LOAD_AVERAGE_MAX = 0.5


def planned(figures, everything):
    """The subjects of each measurement; with everything, which is given, also what is in the table
    alone."""
    if everything:
        return {measurement: list(counts) for measurement, counts in everything.items()}
    plan = {}
    for figure in figures:
        subjects = plan.setdefault(figure.measurement, [])
        subjects += [subject for subject in figure.subjects if subject not in subjects]
    return plan


def rpc(arguments):
    return compare(arguments, FIGURES, COUNTS, Bench)


def engine(arguments):
    return compare(arguments, ENGINE_FIGURES, ENGINE_COUNTS, EngineBench)


def compare(arguments, all_figures, counts, make_bench):
    """Everything that is asked for, round by round."""
    figures = [report.BY_NAME[name] for name in arguments.only] if arguments.only else all_figures
    plan = planned(figures, None if arguments.only else counts)
    bench = make_bench({subject for subjects in plan.values() for subject in subjects})
    about = report.machine()
    if about["load_average"] > LOAD_AVERAGE_MAX:
        build.say(f"the machine is busy (load average {about['load_average']:.2f}): "
                  "ratios within a round still mean something, times do not")
    samples = {}
    for turn in range(arguments.rounds):
        for measurement, subjects in plan.items():
            # What is counted, not timed, is the same each time: once is enough.
            if not bench.can(measurement) or (measurement in bench.once and turn > 0):
                continue
            # Who goes first changes from round to round.
            shift = turn % len(subjects)
            for subject in subjects[shift:] + subjects[:shift]:
                build.say(f"round {turn + 1} of {arguments.rounds}: {measurement}, {subject}")
                for metric, value in bench.sample(measurement, subject).items():
                    samples.setdefault((metric, subject), []).append(value)
    show = report.as_json if arguments.json else report.text
    print(show(samples, figures, about, arguments.rounds))
    return 0


def gate(_):
    """Fails when a unary call costs more instructions than the committed budget."""
    budget = json.loads(BUDGET.read_text())["unary_instructions"]
    load = Load(None, max(os.sched_getaffinity(0)))
    program = build.ours("benchserver")
    found = instructions.per_call(load, program, COUNTS["instructions"][OURS], enough=budget)
    print(f"figure unary_instructions {found}")
    if found > budget:
        print(f"scripts/bench: a unary call costs {found:,} instructions, and the budget of "
              f"{BUDGET.relative_to(build.ROOT)} is {budget:,}.\nMake it cheaper, or raise the budget "
              "in a commit that says why it is worth it.", file=sys.stderr)
        return 1
    print(f"within the budget of {budget:,}")
    if found < budget * 0.95:
        print(f"the budget can be lowered to about {found * 102 // 100:,}", file=sys.stderr)
    return 0


def link_order(_):
    """Has the linker lay side by side what a start runs now."""
    program = build.ours("topupd")
    with tempfile.TemporaryDirectory(prefix="topupd-bench-") as folder:
        silent, environment = silent_environment(folder)
        with silent:
            count = order.write(LINK_ORDER, program, environment, build.rpcload())
    print(f"{count} functions in {LINK_ORDER.relative_to(build.ROOT)}")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    commands = parser.add_subparsers(
        required=True, metavar="rpc | engine | instructions | link-order")
    for name, help_text, run, figures in [
            ("rpc", "measures our server beside its peers", rpc, FIGURES),
            ("engine", "measures store, intake and engine", engine, ENGINE_FIGURES)]:
        one = commands.add_parser(name, help=help_text)
        one.add_argument("--rounds", type=int, default=5, metavar="N",
                         help="at least 1; 5 unless told")
        one.add_argument("--only", action="append", metavar="NAME",
                         choices=sorted(figure.name for figure in figures),
                         help="one figure, and what it needs; may be given again")
        one.add_argument("--json", action="store_true", help="everything that was measured, as JSON")
        one.set_defaults(run=run)
    two = commands.add_parser("instructions", help="the gate of CI: instructions against the budget")
    two.set_defaults(run=gate)
    three = commands.add_parser("link-order", help="writes anew what topupd is linked by")
    three.set_defaults(run=link_order)
    arguments = parser.parse_args()
    if getattr(arguments, "rounds", 1) < 1:
        parser.error("--rounds is at least 1")
    os.chdir(build.ROOT)
    try:
        sys.exit(arguments.run(arguments))
    except Failure as failure:
        sys.exit(f"scripts/bench: {failure}")


main()
