"""Attacks on a real server over real sockets, and what must be true after each.

Usage: attacks.py FOLDER_OF_PROGRAMS [NAME ...]

After every attack: its counter has risen, another client is answered within its usual latency, memory
is back to within 20 %, and the server's CPU is idle. Each attack is made twice where that is another
thing: by a peer that reads, and by one that never does. Each returns a line of what it saw; a broken
promise raises.
"""
import sys

import attack_floods  # noqa: F401
import attack_slow  # noqa: F401
import attack_streams  # noqa: F401
from attack_list import ATTACKS
from victim import Victim


def rise(before, after, names):
    """How much the first of some counters that rose has risen by; None when none has."""
    for name in names:
        if after[name] > before[name]:
            return f"{name} +{after[name] - before[name]}"
    return None


def make(attack, victim):
    """Makes one attack and holds the server to all that must be true after it."""
    before = victim.counters()
    saw = attack.run(victim.port)
    unharmed = victim.expect_unharmed()
    counted = rise(before, victim.counters(), attack.counters)
    if attack.counters and counted is None:
        raise AssertionError(f"none of {attack.counters} has risen; {saw}")
    return f"{saw}; {counted or 'no counter'}; {unharmed}"


def main():
    folder, names = sys.argv[1], sys.argv[2:]
    attacks = [attack for attack in ATTACKS if not names or attack.name in names]
    victim = Victim(folder, "--address-connections", "400")
    failures = 0
    try:
        # Twice each, so that what the allocator keeps for good is in the baseline.
        for attack in 2 * [attack for attack in attacks if attack.is_quick]:
            try:
                attack.run(victim.port)
            except AssertionError:
                pass  # Told when it is measured.
        print(f"{'baseline':40} {victim.measure()}", flush=True)
        for attack in attacks:
            try:
                print(f"{attack.name:40} ok   {make(attack, victim)}", flush=True)
            except AssertionError as error:
                failures += 1
                print(f"{attack.name:40} FAIL {error}", flush=True)
                if victim.has_ended():
                    print("the server has ended", flush=True)
                    break
    finally:
        victim.stop()
    sys.exit(1 if failures or not attacks else 0)


if __name__ == "__main__":
    main()
