"""From a low-balance event to the charge, and to the ramp's order: the real topupd and topupsandbox,
where the answer to each call to the processor, the ramp and the node takes LATENCY_MS longer.

What the sandbox alone takes of it is LATENCY_MS for each answer that the next call needs: before the
confirm three, the head, the balance at that block, beside both the ramp's quote, and the intent;
before the order also the confirm's and the charge as it is read again.

Run by engine.py with the Python of the tests, whose harness it uses: latency.py PROGRAMS ACCOUNTS
SERVER-CORE LOAD-CORE, "name value" lines on stdout.
"""
import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "Tests" / "DaemonTests"))
from harness import CLUSTER, World, balance_pb2, owner  # noqa: E402

LATENCY_MS = 300
EVENTS_PER_SECOND = 5
SERVICES = ("stripe", "ramp", "node")
# That pay; each is charged fewer than 15 times in 30 days (invariant 19).
CARDS = ("visa", "visa_debit", "mastercard", "amex", "bypassPending")


def p95(spans):
    return sorted(spans)[len(spans) * 95 // 100]


def pin(process, core):
    subprocess.run(["taskset", "-a", "-p", "-c", core, str(process.pid)], check=True,
                   stdout=subprocess.DEVNULL)


def stream_events(world, accounts):
    """One event of each account at a fixed rate; when each left, in ms of the wall clock."""
    outgoing, left = queue.Queue(), {}
    call = world.balances.StreamLowBalance(iter(outgoing.get, None), timeout=120)
    outgoing.put(balance_pb2.StreamLowBalanceRequest(
        hello=balance_pb2.Hello(source_id="bench", source_epoch=1, version=1)))
    next(call)
    answers = threading.Thread(target=lambda: [None for _ in call], daemon=True)
    answers.start()
    begun = time.monotonic()
    for number in range(accounts):
        time.sleep(max(0, begun + number / EVENTS_PER_SECOND - time.monotonic()))
        left[number] = time.time() * 1000
        outgoing.put(balance_pb2.StreamLowBalanceRequest(event=balance_pb2.LowBalanceEvent(
            seq=number + 1, cluster_id=CLUSTER, owner=owner(number), balance_active="0",
            severity=balance_pb2.SEVERITY_LOW)))

    def close():
        outgoing.put(None)
        answers.join(10)
    return left, close


def main(accounts, server_core, load_core):
    world = World(block_ms=100)
    pin(world.daemon, server_core)
    pin(world.sandbox, load_core)
    for number in range(accounts):
        world.fund(owner(number), card=f"pm_card_{CARDS[number % len(CARDS)]}")
    for number in range(accounts):
        world.control("chain", {"cluster": "0x" + CLUSTER.hex(), "owner": "0x" + owner(number).hex(),
                                "set_active": "0"})
    world.until(lambda: world.balance(owner(accounts - 1)).active == "0", "the balance used up")
    world.control("faults", {"rules": [
        {"match": {"service": service}, "action": {"delay_ms": LATENCY_MS}} for service in SERVICES]})
    left, close = stream_events(world, accounts)

    def orders():
        return world.stats()["requests"].get("ramp POST /v1/orders", 0)
    world.until(lambda: orders() >= accounts, "every order", 60)
    requests = world.control("requests?limit=10000")["requests"]
    close()
    keyed = {request["idempotency_key"]: request["time_ms"] for request in reversed(requests)}
    orders_at = {json.loads(request["body"])["client_order_id"]: request["time_ms"]
                 for request in reversed(requests) if request["endpoint"] == "POST /v1/orders"}
    created, charged, ordered = [], [], []
    for number in range(accounts):
        top_up = world.of(owner(number))[0].id
        created.append(keyed[f"{top_up}:1:create"] - left[number])
        charged.append(keyed[f"{top_up}:1:confirm"] - left[number])
        ordered.append(orders_at[f"{top_up}:1"] - left[number])
    print(f"event_to_intent_p95_ms {p95(created):.1f}")
    print(f"event_to_charge_p95_ms {p95(charged):.1f}")
    print(f"event_to_ramp_p95_ms {p95(ordered):.1f}")


main(int(sys.argv[2]), sys.argv[3], sys.argv[4])
