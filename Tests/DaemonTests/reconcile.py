"""The three books from outside, with webhooks off: a charge and its credit leave nothing to say; what
somebody does behind the daemon's back is printed and ends with 1, --repair mends what is safe to mend, and
looking alone writes nothing (invariants 16, 36, 38, 39, 40)."""
import json
import subprocess

from harness import BUILT, World, admin_pb2, check, finish, topup_pb2

# The webhooks' address is nobody's.
world = World(sandbox=["--webhook-url", "http://127.0.0.1:9/stripe/webhook"])
world.fund()
world.burn()
world.report()
top_up = world.until_final()[0]
check("credited without a webhook", top_up.state == topup_pb2.TOP_UP_STATE_CREDITED, top_up)


def ctl(*arguments):
    run = subprocess.run(
        [str(BUILT / "topupctl"), "reconcile", "--settled", "0", *arguments], capture_output=True,
        text=True, timeout=60,
        env={"TOPUP_ADDRESS": f"127.0.0.1:{world.rpc_port}", "PATH": "/usr/bin", "USER": "maria"})
    return run.returncode, run.stdout.strip(), run.stderr.strip()


def position():
    return world.admin.GetStatus(admin_pb2.GetStatusRequest(), timeout=10).ledger_position


def silent(what):
    code, said, complaint = ctl()
    check(what, (code, said, complaint) == (0, "", ""), (code, said, complaint))


silent("healthy")
last = world.admin.GetStatus(admin_pb2.GetStatusRequest(), timeout=10).last_reconciliation
check("the status tells it", last.scope == "asked" and last.payments == 1
      and last.open_differences == 0, last)

# Somebody refunds a part in the processor's dashboard.
confirm = next(r["path"] for r in world.control("requests?service=stripe&limit=10000")["requests"]
               if r["path"].endswith("/confirm"))
intent = confirm.split("/")[3]
world.control("stripe/refund", {"intent": intent, "amount": 700})
before = position()
code, said, complaint = ctl("-o", "json")
found = json.loads(said)
check("a refund", code == 1 and [d["kind"] for d in found] == ["refund_sum"], (code, said))
check("both figures", found[0]["ours"] == "0.00 USD refunded"
      and found[0]["theirs"] == "7.00 USD refunded" and found[0]["objectId"] == intent, found)
check("to be counted", "1 difference stands" in complaint, complaint)
check("looking wrote nothing", position() == before, position())
code, said, complaint = ctl("--repair")
check("a repair takes a reason", code == 64 and "--reason" in complaint, (code, complaint))
code, said, complaint = ctl("--repair", "--reason", "refunded by hand")
check("repaired", code == 0 and "repaired" in said, (code, said, complaint))
silent("after the repair")
steps = world.top_ups.GetTopUp(topup_pb2.GetTopUpRequest(id=top_up.id), timeout=10).top_up.transitions
check("in the record", "reconciled by ops:maria, refunded by hand" in steps[-1].cause, steps[-1])

# What no machine can mend stays.
world.control("ramp", {"rewrite": f"{top_up.id}:1", "credited_planck": "1"})
code, said, complaint = ctl("--repair", "--reason", "try")
check("a person's", code == 1 and "delivered_amount" in said, (code, said))
check("the log tells it", "delivered_amount" in world.tail())
finish(world)
