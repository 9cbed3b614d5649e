"""The power fails while the daemon works: of every disk that may be left, `topupd verify` says that it
is sound, and everything that a caller was told before is there (invariants 35, 49).

The daemon itself runs once, under a shim that notes each change of its files; the losses are made from
these notes (replay.py). The same losses with syncs that are not honoured must lose something: a check
that cannot fail proves nothing.

    power_loss.py PROGRAMS [IMAGES [SEED]]
"""
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
from pathlib import Path

import disk
import promises
import replay
from harness import (BUILT, FINAL, World, account, check, common_pb2, finish, owner,
                     topup_pb2)

images = int(sys.argv[2]) if len(sys.argv) > 2 else 60
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261121
log = disk.Log()
world = World(block_ms=60, webhook_delay_ms=5, daemon=disk.settings(log=log))
store = world.folder / "store.sqlite"
# In memory where there is such a folder: hundreds of images are made.
memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def webhook(name):
    """Posts an event; whether there was room for it, for it is noted then."""
    try:
        world.post_webhook(name)
    except urllib.error.HTTPError as error:
        # More come at once than the listener takes in a second; Stripe would send it again.
        assert error.code == 429, error
        return False
    log.acknowledged(inbox=name)
    return True


# What callers do, several at once; each answer is noted the moment it has come.


def webhooks(part, count):
    for number in range(count):
        world.until(lambda: webhook(f"evt_{part}_{number}"), "room for a webhook", 20)


def events(part, count):
    for number in range(1, count + 1):
        results = world.report(owner(900 + number % 7), source=f"node-{part}", seq=number * 4 - 3,
                               count=4)
        assert len(results) == 4, results
        log.acknowledged(source=f"node-{part}", seq=number * 4)


def policies(part, payer, first, count):
    for number in range(count):
        key = f"rule-{part}-{number}"
        world.top_ups.SetPolicy(topup_pb2.SetPolicyRequest(
            policy=topup_pb2.Policy(
                account=account(owner(first + number)), payer=payer, enabled=False, threshold="1000",
                fixed=common_pb2.Money(minor_units=2500, currency="USD")),
            idempotency_key=key), timeout=10)
        log.acknowledged(request=key)


def top_ups(part, payer, who, count):
    made = {}
    for number in range(count):
        key = f"by-hand-{part}-{number}"
        top_up = world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
            account=account(who), payer=payer, idempotency_key=key,
            amount=common_pb2.Money(minor_units=700, currency="USD")), timeout=10).top_up
        made[top_up.id] = key
        log.acknowledged(request=key, top_up=top_up.id)

    def seen():
        for top_up in world.of(who):
            if made.get(top_up.id) and top_up.state in FINAL:
                name = topup_pb2.TopUpState.Name(top_up.state).removeprefix("TOP_UP_STATE_").lower()
                log.acknowledged(top_up=top_up.id, state=name)
                del made[top_up.id]
        return not made
    world.until(seen, "every top-up's end")


def load(part, payer, payers, scale):
    """Runs all of them side by side to their end; top-ups for those payers that are given."""
    failed = []

    def run(work, arguments):
        try:
            work(*arguments)
        except BaseException as error:
            failed.append(repr(error))

    work = [(webhooks, (f"{part}-{n}", 20 * scale)) for n in range(2)]
    work += [(events, (f"{part}-{n}", 20 * scale)) for n in range(2)]
    work += [(policies, (part, payer, 1000 * (1 + int(part)), 20 * scale))]
    work += [(top_ups, (f"{part}-{n}", payer, who, 12)) for n, (who, payer) in enumerate(payers)]
    threads = [threading.Thread(target=run, args=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    check(f"load {part}", not failed and not any(t.is_alive() for t in threads), failed)


def record():
    """Lets the daemon work twice over one store, with a start and an orderly end of each."""
    cards = ("visa", "visa_debit", "mastercard", "amex", "bypassPending", "mastercard_debit")
    payers = [(owner(n), world.fund(owner(n), card=f"pm_card_{card}")[0])
              for n, card in enumerate(cards)]
    uncopied = store.stat().st_size
    load("0", payers[0][1], payers[:4], 4)
    # How much is written depends on how many were committed together.
    parts = 1
    while store.stat().st_size == uncopied and parts < 20:
        load(str(parts), payers[0][1], [], 4)
        parts += 1
    load(str(parts), payers[0][1], [], 1)
    stop()
    world.start()
    load(str(parts + 1), payers[4][1], payers[4:], 1)
    stop()


def stop():
    world.daemon.terminate()
    check("drained", world.daemon.wait(30) == 0, world.tail())


# What a loss leaves.


def start(path):
    """Starts on a store that was not whole yet when the power failed, and stops."""
    settings = {**world.settings(), "TOPUP_DATABASE": str(path)}
    del settings["LD_PRELOAD"]
    daemon = subprocess.Popen([str(BUILT / "topupd")], env=settings, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    serves = b"serves on" in daemon.stdout.readline()
    daemon.terminate()
    said = daemon.communicate(timeout=30)[1]
    return None if serves else f"damaged: does not start: {said[-300:]!r}"


def look(folder, image, acknowledged):
    """What is wrong with an image: None, or in words."""
    path = folder / "store.sqlite"
    for kind, content in image.items():
        (folder / f"store.sqlite{disk.SUFFIXES[kind]}").write_bytes(content)
    code, said = world.verify(path)
    if code == 78 and acknowledged and "nothing in the file" in said:
        return f"lost: all {len(acknowledged)}"
    if code == 78 and not acknowledged:
        # Nothing was promised before the store was made; a start makes it, or goes on with it.
        wrong = start(path)
        if wrong:
            return wrong
        code, said = world.verify(path)
    if code != 0:
        return f"damaged: verify ended with {code}: {said[:300]}"
    lost = promises.missing(path, acknowledged)
    return f"lost: {len(lost)} of {len(acknowledged)}, such as {lost[0]}" if lost else None


def losses(mode, records, cuts):
    """Replays the log and lets the power fail at each cut; what is wrong with each image."""
    replayer = replay.Replay(mode)
    found = []
    for number, record in enumerate(records):
        if number in cuts:
            generator = random.Random(f"{seed} {number}")
            with tempfile.TemporaryDirectory(prefix="topup-loss-", dir=memory) as folder:
                wrong = look(Path(folder), replayer.images(generator), replayer.acknowledged)
            found.append((number, wrong))
            if len(found) % 100 == 0:
                print(f"{mode}: {len(found)} of {len(cuts)} images", flush=True)
        replayer.apply(*record)
    return found, replayer


began = time.monotonic()
record()
records = list(log.records())
changes = sum(1 for change, *_ in records if change != disk.ACKNOWLEDGED)
print(f"{changes} changes, {len(records) - changes} acknowledgements, "
      f"{log.path.stat().st_size >> 20} MiB, {time.monotonic() - began:.1f} s", flush=True)

# Half of the moments anywhere, half of them while the log is copied, or a file comes or goes.
began = time.monotonic()
generator = random.Random(seed)
rare = [number for number, (change, kind, *_) in enumerate(records)
        if kind == disk.STORE or change in (disk.CREATE, disk.REMOVE)]
cuts = set(generator.sample(rare, images // 2))
cuts |= set(generator.sample(sorted(set(range(1, len(records))) - cuts), images - len(cuts)))
found, whole = losses(replay.FULL, records, cuts)
for number, wrong in found:
    check(f"seed {seed}, the power fails at {number}", wrong is None, wrong)
check("something was promised", len(whole.acknowledged) > 300, len(whole.acknowledged))
check("the log was copied into the store while calls were answered",
      whole.answered_while_copied > 10, whole.answered_while_copied)
# The notes are the truth: played to their end they are the files that the daemon left.
kept = {kind: Path(f"{store}{suffix}").read_bytes() for kind, suffix in disk.SUFFIXES.items()
        if Path(f"{store}{suffix}").exists()}
check("the log of changes is whole", whole.contents() == kept, sorted(kept))
print(f"full: {len(found)} images, {sum(w is not None for _, w in found)} bad, "
      f"{time.monotonic() - began:.1f} s", flush=True)

for mode in (replay.NORMAL, replay.OFF):
    began = time.monotonic()
    found, _ = losses(mode, records, set(sorted(cuts)[::4]))
    bad = [wrong for _, wrong in found if wrong]
    lost = sum(wrong.startswith("lost") for wrong in bad)
    print(f"{mode}: {len(found)} images, {lost} lost, {len(bad) - lost} damaged, "
          f"{time.monotonic() - began:.1f} s", flush=True)
    check(f"a disk that syncs as with {mode} loses something", bad)
    if mode == replay.NORMAL:
        check("and is sound", lost == len(bad), bad)
finish(world)
