"""A tenant sells credits by rates and tiers: users buy a tier by its name, a rule buys one when what
was used leaves too little, and what has no price charges nothing and says why (invariants 5, 47, 51)."""
import subprocess

import grpc
from google.protobuf import duration_pb2

from harness import (BUILT, World, admin_pb2, balance_pb2, check, common_pb2, finish,
                     payment_methods_pb2 as pm, status_of, topup_pb2)

TIERS = "console:starter:USD:200:1000,console:plus:USD:1000:10000+500"
world = World(daemon={"TOPUP_CREDIT_RATES": "console:USD:10", "TOPUP_CREDIT_TIERS": TIERS})


def credits(user, tenant="console"):
    return common_pb2.Account(credits=common_pb2.CreditsAccount(tenant=tenant, user=user))


def pay(tenant):
    payer = common_pb2.Payer(tenant=tenant, user="payer")
    world.methods.AddPaymentMethod(pm.AddPaymentMethodRequest(
        payer=payer, payment_method_id="pm_card_visa", idempotency_key=f"pm-{tenant}",
        make_default=True, consent=pm.Consent(text_version="2026-11")), timeout=10)
    return payer


def rule(account, payer, key, **amount):
    return topup_pb2.SetPolicyRequest(
        policy=topup_pb2.Policy(
            account=account, payer=payer, enabled=True, threshold="400",
            cooldown=duration_pb2.Duration(seconds=0), **amount), idempotency_key=key)


def has(account):
    return int(world.balances.GetBalance(
        balance_pb2.GetBalanceRequest(account=account), timeout=10).balance.active)


def automatic(account):
    return [t for t in world.top_ups.ListTopUps(
        topup_pb2.ListTopUpsRequest(account=account), timeout=10).top_ups
        if t.trigger == topup_pb2.TRIGGER_THRESHOLD
        and t.state == topup_pb2.TOP_UP_STATE_CREDITED]


def decisions(account):
    return world.top_ups.ListDecisions(
        topup_pb2.ListDecisionsRequest(account=account), timeout=10).decisions


def use(account, amount, key):
    return world.balances.DeductCredits(balance_pb2.DeductCreditsRequest(
        account=account.credits, amount=str(amount), idempotency_key=key), timeout=10)


# What there is to buy.
prices = world.top_ups.ListPrices(topup_pb2.ListPricesRequest(tenant="console"), timeout=10)
check("the rate", [(r.currency, r.credits_per_minor_unit) for r in prices.rates] == [("USD", "10")],
      prices)
check("the tiers", [(t.name, t.price.minor_units, t.credits, t.bonus) for t in prices.tiers]
      == [("starter", 200, "1000", "0"), ("plus", 1000, "10000", "500")], prices)
other = world.top_ups.ListPrices(topup_pb2.ListPricesRequest(tenant="acme"), timeout=10)
check("nobody else's", not other.rates and not other.tiers, other)

# A user buys one by its name.
payer, alice = pay("console"), credits("alice")
bought = topup_pb2.CreateTopUpRequest(
    account=alice, payer=payer, tier="starter", idempotency_key="buy-1")
made = world.top_ups.CreateTopUp(bought, timeout=10).top_up
check("its price is charged", (made.amount.minor_units, made.tokens_quoted) == (200, "1000"), made)
world.until(lambda: has(alice) == 1000, "what the tier grants")
check("the same key is the same purchase",
      world.top_ups.CreateTopUp(bought, timeout=10).top_up.id == made.id, made)
bought.amount.CopyFrom(common_pb2.Money(minor_units=200, currency="USD"))
code, message, _ = status_of(lambda: world.top_ups.CreateTopUp(bought, timeout=10))
check("an amount or a tier", code == grpc.StatusCode.INVALID_ARGUMENT and "amount" in message,
      (code, message))
code, message, _ = status_of(lambda: world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=alice, payer=payer, tier="pro", idempotency_key="buy-2"), timeout=10))
check("no such tier to buy", code == grpc.StatusCode.INVALID_ARGUMENT
      and "starter, plus" in message, (code, message))

# A rule buys one when what was used leaves too little.
code, message, _ = status_of(lambda: world.top_ups.SetPolicy(
    rule(alice, payer, "policy-0", tier="pro"), timeout=10))
check("no such tier for a rule", code == grpc.StatusCode.INVALID_ARGUMENT
      and "policy.tier" in message and "starter, plus" in message, (code, message))
world.top_ups.SetPolicy(rule(alice, payer, "policy-1", tier="plus"), timeout=10)
world.until(lambda: decisions(alice), "the look that the rule causes")
use(alice, 599, "use-1")
check("enough is left", not automatic(alice), automatic(alice))
use(alice, 1, "use-2")
world.until(lambda: automatic(alice), "the tier that the rule buys")
top_up = automatic(alice)[0]
check("price and grant of the tier",
      (top_up.amount.minor_units, top_up.tokens_delivered) == (1000, "10500"), top_up)
check("granted once", has(alice) == 400 + 10500, has(alice))
newest = decisions(alice)[0]
check("explained in credits", newest.top_up_id == top_up.id and newest.explanation
      == "400 credits is not above the threshold of 400 credits", newest)
told = world.admin.Explain(admin_pb2.ExplainRequest(account=alice), timeout=10)
names = [p.name for p in told.predicates]
check("no ramp in it", told.skip_reason == topup_pb2.SKIP_REASON_NOT_LOW
      and "price_listed" in names and not [n for n in names if "quote" in n or "ramp" in n], told)

# Without a price nothing is charged, and the reason is one that an operator can act on.
poor, theirs = credits("bob", "acme"), pay("acme")
world.top_ups.SetPolicy(rule(poor, theirs, "policy-2", fixed=common_pb2.Money(
    minor_units=500, currency="USD")), timeout=10)
world.until(lambda: decisions(poor), "a decision without a price")
skip = decisions(poor)[0]
check("unpriced", skip.skip_reason == topup_pb2.SKIP_REASON_CREDITS_UNPRICED
      and "acme" in skip.explanation and "TOPUP_CREDIT_RATES" in skip.explanation, skip)

# A start with another list: who waited is looked at, and a tier that is gone is no other.
world.daemon.terminate()
check("drained", world.daemon.wait(30) == 0, world.daemon.returncode)
world.environment = {"TOPUP_CREDIT_RATES": "console:USD:10,acme:USD:3",
                     "TOPUP_CREDIT_TIERS": "console:starter:USD:200:1000"}
world.start()
world.until(lambda: automatic(poor), "the account that waited for a price")
check("at the new rate", has(poor) == 1500, has(poor))
use(alice, 10800, "use-3")
world.until(lambda: decisions(alice)[0].skip_reason == topup_pb2.SKIP_REASON_CREDITS_UNPRICED,
            "a tier that is gone")
check("which there are", "there are: starter" in decisions(alice)[0].explanation, decisions(alice))
check("nothing was charged for it", len(automatic(alice)) == 1, automatic(alice))
world.verify_sound()

# What cannot be sold is refused at the start, with its item named.
for item in ("console:plus:USD:10:1", "console:plus:USD:1000", "console:starter:usd:300:1"):
    run = subprocess.run(
        [str(BUILT / "topupd")], capture_output=True, text=True, timeout=60,
        env={**world.settings(), "TOPUP_CREDIT_TIERS": f"console:starter:USD:200:1000,{item}"})
    said = run.stdout + run.stderr
    check(item, run.returncode != 0 and item in said and "TOPUP_CREDIT_TIERS" in said, said)
finish(world)
