"""The same day four times, with webhooks as they come, switched off, a day late, and tenfold in any
order: each has the same final state, one charge and one delivery of each top-up (invariants 36, 39).

Days and hours pass by a clock that is set ahead for sandbox and daemon alike (shim/disk.c).
"""
from concurrent.futures import ThreadPoolExecutor

import disk
from harness import (World, account, admin_pb2, balance_pb2, check, common_pb2, finish,
                     owner, topup_pb2)

HOUR, DAY = 3_600, 86_400
BOUGHT, WAITED, DECLINED, REFUNDED, DISPUTED = map(owner, range(5))
DELAYED = {"match": {"service": "webhook"}, "action": {"webhook": {"delay_ms": DAY * 1000}}}
DROPPED = {"match": {"service": "webhook"}, "action": {"webhook": {"drop": True}}}
PROCESSING = {"match": {"service": "stripe", "method": "POST", "path_suffix": "/confirm",
                        "nth": 2}, "action": {"processing_ms": 1500}}
MODES = {
    "as they come": ([], ()),
    "off": ([DROPPED], ()),
    "a day late": ([DELAYED], ()),
    "tenfold and out of order": ([], ("--webhook-copies", "10", "--webhook-jitter-ms", "2500")),
}


class Day:
    """One of the four."""

    def __init__(self, mode):
        self.mode = mode
        rules, options = MODES[mode]
        self.clock = disk.Clock()
        self.world = World(
            block_ms=60, webhook_delay_ms=5, sandbox=["--seed", "7", *options],
            daemon=disk.settings(clock=self.clock),
            sandbox_environment=disk.settings(clock=self.clock))
        self.world.control("faults", {"rules": [PROCESSING, *rules]})

    def run(self):
        world = self.world
        for who, card in ((BOUGHT, "visa"), (WAITED, "mastercard"), (DECLINED, "chargeCustomerFail"),
                          (REFUNDED, "amex"), (DISPUTED, "visa_debit")):
            payer, _ = world.fund(who, card=f"pm_card_{card}")
            if who == DECLINED:
                # By hand, for a rule would try again an hour later, and rightly.
                world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
                    account=account(who), payer=payer, idempotency_key="by-hand",
                    amount=common_pb2.Money(minor_units=700, currency="USD")), timeout=10)
            else:
                world.burn(who)
                world.report(who, source=f"node-{who[-1]}")
            world.until(lambda: world.of(who), f"{self.mode}: a top-up")
        for who in map(owner, range(5)):
            world.until_final(who)
        self.take_back()
        # Within the hour it is found out without any webhook.
        self.pass_time(HOUR + 1)
        world.until(lambda: self.taken_back() == (1000, 2500), f"{self.mode}: taken back")
        check(f"{self.mode}: one confirm took its time",
              world.control("faults")[0]["applied"] == 1, world.control("faults"))
        if self.mode in ("off", "a day late"):
            # Of one answer: the fee of a charge made in the last second may come this very moment.
            stripe = world.stats()["stripe"]
            check(f"{self.mode}: no webhook yet",
                  stripe["events_not_delivered"] == stripe["events"], stripe)
        known = self.facts()
        # A day later every event has come that comes at all, and nothing is done again.
        self.pass_time(HOUR + 1 + DAY)
        if self.mode != "off":
            world.until(lambda: world.stats()["stripe"]["events_not_delivered"] == 0,
                        f"{self.mode}: every event")
        world.until(lambda: not self.waiting(), f"{self.mode}: every event applied")
        check(f"{self.mode}: a day later", self.facts() == known, (known, self.facts()))
        facts = self.facts()
        world.verify_sound()
        return facts

    def take_back(self):
        """What others do: a refund in the dashboard, and a dispute at the bank."""
        for who, verb, body in ((REFUNDED, "refund", {"amount": 1000}),
                                (DISPUTED, "dispute", {"reason": "fraudulent"})):
            top_up, = self.world.of(who)
            intent = self.whole(top_up).attempts[0].payment_intent_id
            self.world.control(f"stripe/{verb}", {"intent": intent, **body})

    def pass_time(self, ahead):
        self.clock.set(ahead)
        # The sandbox sees it with the next call, the daemon with the next event.
        self.world.stats()
        self.world.report(BOUGHT, source=f"clock-{ahead}")

    def whole(self, top_up):
        return self.world.top_ups.GetTopUp(
            topup_pb2.GetTopUpRequest(id=top_up.id), timeout=10).top_up

    def taken_back(self):
        """What stands taken back of what was charged, in the books of the two."""
        refunded, disputed = (self.whole(self.world.of(who)[0]) for who in (REFUNDED, DISPUTED))
        return refunded.refunded.minor_units, disputed.disputed.minor_units

    def balances(self, who):
        found = self.world.balances.GetLedgerBalances(
            balance_pb2.GetLedgerBalancesRequest(account=account(who)), timeout=10).balances
        return {one.account: one.balance for one in found}

    def waiting(self):
        """Events that were taken in and are not applied yet."""
        events, token = [], ""
        while True:
            page = self.world.admin.ListInbox(
                admin_pb2.ListInboxRequest(page_size=200, page_token=token), timeout=10)
            events += [one.id for one in page.events if not one.HasField("applied_at")]
            token = page.next_page_token
            if not token:
                return events

    def facts(self):
        """The final state, without what is chance or time."""
        world, stats = self.world, self.world.stats()
        return {
            "top-ups": [[(t.id, topup_pb2.TopUpState.Name(t.state), len(t.attempts), len(t.orders),
                          t.tokens_delivered, t.refunded.minor_units, t.disputed.minor_units)
                         for t in map(self.whole, world.of(who))] for who in map(owner, range(5))],
            "books": [self.balances(who) for who in map(owner, range(5))],
            "stripe": {name: stats["stripe"][name] for name in (
                "intents", "captured", "refunded", "disputes", "customers")},
            "orders": stats["ramp"]["orders"],
            "deposits": [one["count"] for one in stats["chain"]["deposits"]],
            # A price is a question, though it is posted; an event that tells of the new time asks one.
            "sent": {name: count for name, count in stats["requests"].items()
                     if " POST " in name and not name.endswith("/quotes")},
            "oddities": stats["oddities"],
        }


with ThreadPoolExecutor(len(MODES)) as pool:
    days = list(pool.map(Day, MODES))
    ends = list(pool.map(Day.run, days))
for day, facts in zip(days, ends):
    for name, expected in ends[0].items():
        check(f"{day.mode}: {name}", facts[name] == expected, (expected, facts[name]))
check("one charge each", ends[0]["stripe"]["intents"] == {"succeeded": 4, "canceled": 1}
      and ends[0]["stripe"]["captured"] == {"usd": 4 * 2500}, ends[0]["stripe"])
check("one order each", ends[0]["orders"] == {"COMPLETED": 4}, ends[0]["orders"])
check("one delivery each", ends[0]["deposits"] == [1] * 4, ends[0]["deposits"])
check("nothing odd", not ends[0]["oddities"], ends[0]["oddities"])
check("the states", [t[1].removeprefix("TOP_UP_STATE_") for one in ends[0]["top-ups"] for t in one]
      == ["CREDITED", "CREDITED", "DECLINED", "REVERSED", "REVERSED"], ends[0]["top-ups"])
finish(days[0].world)
