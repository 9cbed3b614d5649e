"""What is taken back after its delivery: a debt that blocks the account until it is back or an operator
releases it, that the next top-up pays under a rule that nets, or a loss of ours where the rule forgives
(invariants 24, 25, 27, 38, 43, 47, 52)."""
import json
import subprocess

import grpc

from harness import (ALICE, BUILT, World, account, admin_pb2, balance_pb2, check, common_pb2, finish,
                     owner, status_of, topup_pb2)

world = World()
BOB, CAROL, DAVE = owner(2), owner(3), owner(4)
actor = common_pb2.Actor(name="ops:maria", reason="agreed in ticket 7")


def standing(who=ALICE):
    return world.admin.GetAccountStanding(
        admin_pb2.GetAccountStandingRequest(account=account(who)), timeout=10).standing


def causes(who=ALICE):
    return [block.cause for block in standing(who).blocks]


def owed(who=ALICE):
    return [(debt.amount.minor_units, debt.amount.currency,
             [(part.top_up_id, part.amount.minor_units) for part in debt.parts])
            for debt in standing(who).debts]


def explained(who=ALICE):
    told = world.admin.Explain(admin_pb2.ExplainRequest(account=account(who)), timeout=20)
    return next(p for p in told.predicates if p.name == "account_open"), told.skip_reason


def fund(who, seq, **policy):
    payer, card = world.fund(who, user=f"user-{seq}", **policy)
    world.burn(who)
    world.report(who, source=f"node-{seq}", seq=1)
    top_up = world.until(
        lambda: next((t for t in world.of(who) if t.state == topup_pb2.TOP_UP_STATE_CREDITED), None),
        "the first credit")
    return payer, top_up


def dispute(top_up):
    """The bank takes a charge back; the dispute's id."""
    intent = next(a.payment_intent_id for a in top_up.attempts if a.payment_intent_id)
    return world.control("stripe/dispute", {"intent": intent, "reason": "fraudulent"})["id"]


def create(payer, key, who=ALICE):
    return world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
        account=account(who), payer=payer, on_session=True, idempotency_key=key,
        amount=common_pb2.Money(minor_units=700, currency="USD")), timeout=20).top_up


def release(key, wanted=(), forgive=False, who=ALICE, expected=0, signed=actor):
    return world.admin.ReleaseAccount(admin_pb2.ReleaseAccountRequest(
        account=account(who), causes=wanted, forgive=forgive, idempotency_key=key, actor=signed,
        expected_version=expected), timeout=10)


# Nobody has heard of it.
check("at first", not standing().blocks and not standing().debts
      and standing().debt_rule == topup_pb2.DEBT_RULE_BLOCK, standing())

# A debt blocks, by the rule that is the default.
payer, top_up = fund(ALICE, 1)
check("free", not causes() and standing().episode.ordinal == 1, standing())
disputed = dispute(top_up)
world.until(lambda: owed() == [(2500, "USD", [(top_up.id, 2500)])], "what is owed")
check("blocked", causes() == [admin_pb2.BLOCK_CAUSE_DEBT]
      and standing().blocks[0].actor.name == "topupd"
      and top_up.id in standing().blocks[0].actor.reason, standing())
code, message, details = status_of(lambda: create(payer, "user-1"))
check("a user is refused", code == grpc.StatusCode.FAILED_PRECONDITION
      and "taken back and is owed" in message and b"ACCOUNT_BLOCKED" in details, (code, message))
predicate, skip = explained()
check("explained", skip == topup_pb2.SKIP_REASON_ACCOUNT_BLOCKED and not predicate.holds
      and predicate.left == "blocked: debt" and predicate.right == "open", predicate)
told = world.top_ups.ListNotices(
    topup_pb2.ListNoticesRequest(account=account()), timeout=10).notices
check("told once", [n.kind for n in told].count(topup_pb2.NOTICE_KIND_ACCOUNT_BLOCKED) == 1, told)

# Won, it is free again by itself.
world.control("stripe/decide_dispute", {"dispute": disputed, "won": True})
world.until(lambda: not owed() and not causes(), "free again")
check("as it was", world.top_ups.GetTopUp(topup_pb2.GetTopUpRequest(id=top_up.id), timeout=10)
      .top_up.state == topup_pb2.TOP_UP_STATE_CREDITED)

# An operator's block and release, each once by its key.
block = admin_pb2.BlockAccountRequest(account=account(), actor=actor, idempotency_key="b1")
check("blocked by hand", [b.actor.name for b in world.admin.BlockAccount(block, timeout=10)
                          .standing.blocks] == ["ops:maria"])
check("once", world.admin.BlockAccount(block, timeout=10).standing.version == standing().version)
code, message, _ = status_of(lambda: world.admin.BlockAccount(
    admin_pb2.BlockAccountRequest(account=account(), actor=actor, idempotency_key="b2"), timeout=10))
check("blocked already", code == grpc.StatusCode.FAILED_PRECONDITION, (code, message))
code, message, _ = status_of(lambda: release("r0", [admin_pb2.BLOCK_CAUSE_DEBT]))
check("not for that", code == grpc.StatusCode.FAILED_PRECONDITION
      and "not blocked for: debt" in message, (code, message))
code, message, _ = status_of(lambda: release(
    "r0", [admin_pb2.BLOCK_CAUSE_OPERATOR], expected=standing().version + 7))
check("another version", code == grpc.StatusCode.ABORTED, (code, message))
code, message, _ = status_of(lambda: release(
    "r0", [admin_pb2.BLOCK_CAUSE_OPERATOR], signed=common_pb2.Actor(name="ops:jan")))
check("unsigned", code == grpc.StatusCode.INVALID_ARGUMENT, (code, message))
free = release("r1", [admin_pb2.BLOCK_CAUSE_OPERATOR])
check("released", not free.standing.blocks and not free.awaits_second_person, free)
check("a user is served again", create(payer, "user-2").id != "")

# Owed again by another charge, and forgiven by hand: our loss, by an entry that names another.
second = world.until(lambda: next((t for t in world.of() if t.id != top_up.id
                                   and t.state == topup_pb2.TOP_UP_STATE_CREDITED), None),
                     "the user's credit")
dispute(second)
world.until(lambda: causes() == [admin_pb2.BLOCK_CAUSE_DEBT], "blocked again")
run = subprocess.run(
    [str(BUILT / "topupctl"), "account", "release", "--forgive", "--reason", "agreed", "--cluster",
     account().ddc.cluster_id, "--owner", account().ddc.owner, "--address",
     f"127.0.0.1:{world.rpc_port}", "-o", "json"], capture_output=True, text=True)
check("forgiven", run.returncode == 0 and "blocks" not in json.loads(run.stdout)["standing"], run)
check("nothing owed", not owed() and not causes(), standing())
entry = world.top_ups.GetTopUp(
    topup_pb2.GetTopUpRequest(id=second.id), timeout=10).top_up.entries[-1]
check("by a new entry", 0 < entry.corrects_position < entry.position
      and "absorbed:USD" in [p.account for p in entry.postings], entry)
code, message, _ = status_of(lambda: release("r3", forgive=True))
check("nothing to forgive", code == grpc.StatusCode.FAILED_PRECONDITION
      and "owes nothing" in message, (code, message))

# A rule that forgives: no debt, no block.
_, third = fund(BOB, 2, debt_rule=topup_pb2.DEBT_RULE_FORGIVE)
dispute(third)
world.until(lambda: world.of(BOB)[-1].disputed.minor_units == 2500, "the dispute in the books")
check("forgiven by the rule", not owed(BOB) and not causes(BOB)
      and standing(BOB).debt_rule == topup_pb2.DEBT_RULE_FORGIVE, standing(BOB))

# A rule that nets: no block, and the next top-up pays what is owed.
def disputed_and_low_again(who, seq, **policy):
    """A first top-up that is owed for, and a balance that was seen high since and is used up."""
    _, first = fund(who, seq, debt_rule=topup_pb2.DEBT_RULE_NET, **policy)
    dispute(first)
    world.until(lambda: owed(who) == [(2500, "USD", [(first.id, 2500)])], "what is owed")
    check("it blocks nobody", not causes(who), standing(who))
    world.set_balance(2 * 10**12, who)
    world.report(who, source=f"node-{seq}", seq=2)
    world.until(lambda: standing(who).episode.armed, "armed again")
    world.burn(who)
    world.report(who, source=f"node-{seq}", seq=3, severity=balance_pb2.SEVERITY_EXHAUSTED)
    return first


first = disputed_and_low_again(CAROL, 3)
paying = world.until(lambda: next((t for t in world.of(CAROL) if t.id != first.id
                                   and t.state == topup_pb2.TOP_UP_STATE_CREDITED), None),
                     "the top-up that pays")
check("charged with it", paying.amount.minor_units == 5000 and paying.debt_part.minor_units == 2500
      and paying.repaid.minor_units == 2500, paying)
check("paid", not owed(CAROL) and not causes(CAROL), standing(CAROL))

# Too large for the rule it is not paid in part, and that is told.
disputed_and_low_again(DAVE, 4, max_per_top_up=common_pb2.Money(minor_units=4000, currency="USD"))


def too_large():
    told = world.admin.Explain(admin_pb2.ExplainRequest(account=account(DAVE)), timeout=20)
    return told.skip_reason == topup_pb2.SKIP_REASON_DEBT_TOO_LARGE and told


told = world.until(too_large, "the debt is too large")
predicate = next(p for p in told.predicates if p.name == "debt_payable")
check("explained", not predicate.holds and "25.00 USD" in predicate.left
      and predicate.right == "40.00 USD", predicate)
check("nothing begun", len(world.of(DAVE)) == 1, world.of(DAVE))
world.verify_sound()
finish(world)
