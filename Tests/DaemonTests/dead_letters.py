"""A webhook event that cannot be applied is given up after its tries, is told of everywhere, and is
applied once by an operator's replay (invariant 35)."""
import subprocess
import urllib.request

import grpc

from harness import (BUILT, World, account, admin_pb2, check, common_pb2, finish, free_port,
                     payment_methods_pb2 as pm, status_of, topup_pb2)

port = free_port()
world = World(daemon={"TOPUP_INBOX_TRIES_MAX": "1", "TOPUP_METRICS_LISTEN": f"127.0.0.1:{port}"})
world.set_balance(10**12)
payer = common_pb2.Payer(tenant="console", user="u1")
card = world.methods.AddPaymentMethod(pm.AddPaymentMethodRequest(
    payer=payer, payment_method_id="pm_card_threeDSecure2Required", idempotency_key="pm-1"),
    timeout=10).payment_method
made = world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=account(), payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-1", on_session=True, payment_method_id=card.id), timeout=20)
intent = made.top_up.attempts[0].payment_intent_id
actor = common_pb2.Actor(name="ops:test", reason="its cause is gone")


def inbox(stuck=False):
    return world.admin.ListInbox(
        admin_pb2.ListInboxRequest(stuck_only=stuck, page_size=200), timeout=10).events


def replay(event, who=actor):
    return world.admin.ReplayInboxEvent(
        admin_pb2.ReplayInboxEventRequest(id=event, actor=who), timeout=10).event


def status():
    return world.admin.GetStatus(admin_pb2.GetStatusRequest(), timeout=10)


def metric(name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f"{name} "):
                return line.split()[1]
    return None


def ctl(*arguments):
    return subprocess.run(
        [str(BUILT / "topupctl"), "inbox", *arguments, "--address", f"127.0.0.1:{world.rpc_port}"],
        capture_output=True, text=True)


# Nobody can read the intent while the person finishes it.
world.until(lambda: all(e.HasField("applied_at") for e in inbox()), "every event so far")
world.control("faults", {"rules": [{
    "match": {"service": "stripe", "method": "GET", "path": f"/v1/payment_intents/{intent}"},
    "action": {"answer": {"status": 500, "body": "{}"}}}]})
world.control("stripe/authenticate", {"intent": intent})
dead = world.until(lambda: [e for e in inbox(stuck=True) if e.HasField("given_up_at")
                            and e.type == "payment_intent.succeeded"], "a dead letter")[0]
check("with its error and its one try", (dead.object_id, dead.tries) == (intent, 1)
      and "could not be read" in dead.last_error, dead)
check("counted apart from what waits", status().inbox_dead_letters >= 1, status())
check("in the metrics", metric("topup_inbox_dead_letters") == str(status().inbox_dead_letters)
      and metric("topup_inbox_waiting") == str(status().inbox_waiting), status())
check("in the log", "is given up" in world.tail())
again = replay(dead.id)
check("given up again while its cause is there", again.HasField("given_up_at"), again)
code, message, _ = status_of(lambda: replay(dead.id, common_pb2.Actor(name="ops:test")))
check("nobody replays without a reason", code == grpc.StatusCode.INVALID_ARGUMENT, message)
run = ctl("list", "--stuck")
check("topupctl inbox list", run.returncode == 0 and "given up" in run.stdout, run)

world.control("faults", {"rules": []})
replayed = replay(dead.id)
check("applied by the replay", replayed.HasField("applied_at")
      and not replayed.HasField("given_up_at") and not replayed.last_error, replayed)
code, message, _ = status_of(lambda: replay(dead.id))
check("not twice", code == grpc.StatusCode.FAILED_PRECONDITION and "was applied at" in message,
      (code, message))
run = ctl("replay", dead.id, "--reason", "once more")
check("nor by topupctl", run.returncode == 64 + 9, run)
code, message, _ = status_of(lambda: replay("evt_none"))
check("there is no such event", code == grpc.StatusCode.NOT_FOUND, (code, message))
for event in inbox(stuck=True):
    if event.HasField("given_up_at"):
        run = ctl("replay", event.id, "--reason", "its cause is gone")
        check("topupctl inbox replay", run.returncode == 0, run)
check("no dead letter is left", status().inbox_dead_letters == 0, status())
top_up = world.until_final()[0]
check("credited once", top_up.state == topup_pb2.TOP_UP_STATE_CREDITED
      and world.stats()["stripe"]["captured"] == {"usd": 700}, (top_up, world.stats()["stripe"]))
world.verify_sound()
finish(world)
