"""A stock client calls every method: those that are built do what they say, the others answer
UNIMPLEMENTED with a reason."""
import threading

import grpc
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase)

from harness import (ALICE, CLUSTER, World, account, admin_pb2, balance_pb2, check, common_pb2,
                     finish, owner, payment_methods_pb2 as pm, status_of, topup_pb2)

world = World(daemon={"TOPUP_CREDIT_RATES": "console:USD:10"})
used = set()


def call(stub, method, request, **options):
    used.add(method)
    return getattr(stub, method)(request, timeout=10, **options)


payer, card = world.fund()
used |= {"AddPaymentMethod", "SetPolicy"}
who = account()

# Cards.
listed = call(world.methods, "ListPaymentMethods", pm.ListPaymentMethodsRequest(payer=payer))
check("listed", [m.id for m in listed.payment_methods] == [card.id], listed)
check("consent", listed.consent.text_version == "2026-11", listed)
setup = world.methods.AddPaymentMethod(pm.AddPaymentMethodRequest(
    payer=payer, idempotency_key="setup-1"), timeout=10)
check("a secret for the person's device", setup.client_secret.startswith(setup.setup_id), setup)
seen = call(world.methods, "GetSetup", pm.GetSetupRequest(setup_id=setup.setup_id))
check("not entered yet", seen.status == "requires_payment_method", seen)
world.control("stripe/card", {"setup_intent": setup.setup_id, "number": "5555555555554444"})
entered = world.until(
    lambda: (lambda s: s if s.HasField("payment_method") else None)(
        world.methods.GetSetup(pm.GetSetupRequest(setup_id=setup.setup_id), timeout=10)),
    "the entered card")
check("entered", entered.payment_method.brand == "mastercard", entered)
order = call(world.methods, "OrderPaymentMethods", pm.OrderPaymentMethodsRequest(
    payer=payer, payment_method_ids=[entered.payment_method.id, card.id], idempotency_key="o1"))
check("ordered", order.payment_methods[0].is_default
      and order.payment_methods[0].id == entered.payment_method.id, order)
call(world.methods, "RemovePaymentMethod", pm.RemovePaymentMethodRequest(
    payer=payer, payment_method_id=entered.payment_method.id, idempotency_key="r1"))
listed = world.methods.ListPaymentMethods(pm.ListPaymentMethodsRequest(payer=payer), timeout=10)
check("removed", [m.id for m in listed.payment_methods] == [card.id], listed)
call(world.methods, "WithdrawConsent", pm.WithdrawConsentRequest(payer=payer))
# A card that is corrected is a reason to look: without consent nothing comes of it.
renewed = call(world.methods, "UpdatePaymentMethod", pm.UpdatePaymentMethodRequest(
    payer=payer, payment_method_id=card.id, expiry_month=7, expiry_year=2031,
    idempotency_key="u1")).payment_method
check("renewed", (renewed.id, renewed.expiry_month, renewed.expiry_year) == (card.id, 7, 2031),
      renewed)
code, message, _ = status_of(lambda: world.methods.UpdatePaymentMethod(
    pm.UpdatePaymentMethodRequest(payer=payer, payment_method_id=card.id, expiry_month=13,
                                  expiry_year=2020, idempotency_key="u2"), timeout=10))
check("no such month, and long past", code == grpc.StatusCode.INVALID_ARGUMENT
      and "expiry_month" in message and "expired" in message, (code, message))
world.burn()
world.report()
world.until(lambda: [d for d in world.top_ups.ListDecisions(
    topup_pb2.ListDecisionsRequest(account=who), timeout=10).decisions
    if d.skip_reason == topup_pb2.SKIP_REASON_NO_CONSENT], "a skip without consent")
watching = world.top_ups.WatchTopUps(topup_pb2.WatchTopUpsRequest(account=who), timeout=60)
used |= {"WatchTopUps", "StreamLowBalance"}
steps, watched = [], threading.Event()


def watch():
    try:
        for message in watching:
            steps.append(message.top_up.state)
            if message.top_up.state == topup_pb2.TOP_UP_STATE_CREDITED:
                watched.set()
    except grpc.RpcError:
        pass


threading.Thread(target=watch, daemon=True).start()
balances = world.balances.WatchBalance(balance_pb2.WatchBalanceRequest(account=who), timeout=60)
used.add("WatchBalance")
check("a first balance", next(balances).balance.active == "0")
# Consent given anew is a reason to look: no event is needed (invariant 51).
call(world.methods, "RecordConsent", pm.RecordConsentRequest(
    payer=payer, consent=pm.Consent(text_version="2026-12"), idempotency_key="c1"))
top_up = world.until_final()[0]
check("watched to the end", watched.wait(20), steps)
check("each state once or more", topup_pb2.TOP_UP_STATE_CHARGED in steps, steps)
watching.cancel()
balances.cancel()

# Top-ups.
by_id = call(world.top_ups, "GetTopUp", topup_pb2.GetTopUpRequest(id=top_up.id)).top_up
check("transitions", len(by_id.transitions) >= 5, by_id)
check("entries balance", all(
    sum(int(p.amount) for p in e.postings if p.asset == asset) == 0
    for e in by_id.entries for asset in {p.asset for p in e.postings}), by_id.entries)
prices = call(world.top_ups, "ListPrices", topup_pb2.ListPricesRequest(tenant="console"))
check("what credits cost", [r.credits_per_minor_unit for r in prices.rates] == ["10"], prices)
quote = call(world.top_ups, "QuoteTopUp", topup_pb2.QuoteTopUpRequest(
    account=who, amount=common_pb2.Money(minor_units=5000, currency="USD")))
check("a price", int(quote.tokens) > 0 and quote.amount.minor_units == 5000, quote)
made = call(world.top_ups, "CreateTopUp", topup_pb2.CreateTopUpRequest(
    account=who, payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-1", description="by hand"))
same = world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=who, payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-1", description="by hand"), timeout=10)
check("the same key is the same top-up", same.top_up.id == made.top_up.id, same)
found = world.top_ups.GetTopUp(
    topup_pb2.GetTopUpRequest(idempotency_key="user-1"), timeout=10).top_up
check("found by its key", found.id == made.top_up.id, found)
world.until_final()
page = call(world.top_ups, "ListTopUps", topup_pb2.ListTopUpsRequest(account=who, page_size=1))
rest = world.top_ups.ListTopUps(topup_pb2.ListTopUpsRequest(
    account=who, page_size=1, page_token=page.next_page_token), timeout=10)
check("pages, newest first", [t.id for t in [*page.top_ups, *rest.top_ups]]
      == [made.top_up.id, top_up.id], (page, rest))
code, message, _ = status_of(lambda: call(world.top_ups, "CancelTopUp", topup_pb2.CancelTopUpRequest(
    id=top_up.id)))
check("too late to cancel", code == grpc.StatusCode.FAILED_PRECONDITION, message)
policy = call(world.top_ups, "GetPolicy", topup_pb2.GetPolicyRequest(account=who)).policy
check("the rule", policy.version == 1 and policy.threshold == "1000000000000", policy)
decisions = call(world.top_ups, "ListDecisions", topup_pb2.ListDecisionsRequest(account=who))
check("decisions", [d for d in decisions.decisions if d.top_up_id == top_up.id], decisions)

notices = call(world.top_ups, "ListNotices", topup_pb2.ListNoticesRequest(account=who))
check("told of the missing consent, and of each credit", [n.kind for n in notices.notices] == [
    topup_pb2.NOTICE_KIND_NO_CONSENT, *[topup_pb2.NOTICE_KIND_CREDITED] * 2], notices)
told = world.top_ups.WatchNotices(topup_pb2.WatchNoticesRequest(after_position=1), timeout=10)
used.add("WatchNotices")
check("watched from the cursor on", next(told).notice == notices.notices[1])
told.cancel()

# Balances.
balance = call(world.balances, "GetBalance", balance_pb2.GetBalanceRequest(
    account=who, refresh=True)).balance
check("delivered", int(balance.active) == int(by_id.tokens_delivered)
      + int(world.top_ups.GetTopUp(topup_pb2.GetTopUpRequest(id=made.top_up.id), timeout=10)
            .top_up.tokens_delivered), balance)
entries = call(world.balances, "ListEntries", balance_pb2.ListEntriesRequest(account=who))
check("four entries", len(entries.entries) == 4, entries)
between = world.balances.ListEntries(balance_pb2.ListEntriesRequest(
    account=who, from_position=2, to_position=3), timeout=10)
check("entries between two", [e.position for e in between.entries] == [3, 2], between)
stood = call(world.balances, "GetLedgerBalances", balance_pb2.GetLedgerBalancesRequest(
    account=who, position=1))
check("what stood after the first", [b.balance for b in stood.balances] == ["-2500"], stood)
now = world.balances.GetLedgerBalances(balance_pb2.GetLedgerBalancesRequest(account=who), timeout=10)
check("what stands", now.position == 4 and sorted(int(b.balance) for b in now.balances)[0] == 0
      and {b.asset for b in now.balances} == {"USD", "CERE"}, now)
code, message, _ = status_of(lambda: world.balances.GetLedgerBalances(
    balance_pb2.GetLedgerBalancesRequest(account=who, position=5), timeout=10))
check("nothing stands yet after the fifth", code == grpc.StatusCode.INVALID_ARGUMENT, message)
call(world.balances, "ReportLowBalance", balance_pb2.ReportLowBalanceRequest(
    source_id="u", event=balance_pb2.LowBalanceEvent(
        event_id=bytes(16), cluster_id=CLUSTER, owner=ALICE)))

# Operators.
status = call(world.admin, "GetStatus", admin_pb2.GetStatusRequest())
check("all well", all(c.healthy for c in status.components) and len(status.components) == 4, status)
head = call(world.admin, "GetLedgerHead", admin_pb2.GetLedgerHeadRequest())
check("a head", head.position == 4 and len(head.digest) == 32, head)
sound = call(world.admin, "VerifyLedger", admin_pb2.VerifyLedgerRequest(
    head_position=head.position, head_digest=head.digest))
check("sound", not sound.faults and not sound.more_faults and sound.entries == 4
      and sound.head_digest == head.digest, sound)
cut = world.admin.VerifyLedger(admin_pb2.VerifyLedgerRequest(
    head_position=5, head_digest=head.digest), timeout=10)
check("a cut tail", list(cut.faults) == ["entry 5: was exported as the head, and is not there"], cut)
used.add("Reconcile")
differences = list(world.admin.Reconcile(admin_pb2.ReconcileRequest(), timeout=30))
check("the books agree", differences == [], differences)
code, message, _ = status_of(lambda: list(world.admin.Reconcile(
    admin_pb2.ReconcileRequest(repair=True), timeout=10)))
check("whoever repairs is named", code == grpc.StatusCode.INVALID_ARGUMENT, (code, message))
code, message, _ = status_of(lambda: call(world.admin, "SettleByHand", admin_pb2.SettleByHandRequest(
    object_id="pi_1", actor=common_pb2.Actor(name="ops:test", reason="trying it"))))
check("nothing is to be settled", code == grpc.StatusCode.FAILED_PRECONDITION, (code, message))
code, message, _ = status_of(lambda: call(world.admin, "ClearBehind", admin_pb2.ClearBehindRequest(
    actor=common_pb2.Actor(name="ops:test", reason="trying it"))))
check("the store is not behind", code == grpc.StatusCode.FAILED_PRECONDITION, (code, message))
inbox = call(world.admin, "ListInbox", admin_pb2.ListInboxRequest())
check("webhooks came", any(e.type == "payment_intent.succeeded" for e in inbox.events), inbox)
actor = common_pb2.Actor(name="ops:test", reason="trying it")
call(world.admin, "SetKillSwitch", admin_pb2.SetKillSwitchRequest(engaged=True, actor=actor))
code, message, _ = status_of(lambda: world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=who, payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-2"), timeout=10))
check("stopped", code == grpc.StatusCode.FAILED_PRECONDITION and "operator" in message, message)
why = call(world.admin, "Explain", admin_pb2.ExplainRequest(account=who))
check("why nothing is charged", why.skip_reason == topup_pb2.SKIP_REASON_KILL_SWITCH
      and [p.name for p in why.predicates if p.standing == admin_pb2.PREDICATE_STANDING_FAILS]
      == ["kill_switch_off"], why)
began = next(d for d in decisions.decisions if d.top_up_id == top_up.id)
why = world.admin.Explain(admin_pb2.ExplainRequest(account=who, at=began.at), timeout=10)
check("why it was charged", why.would_charge == top_up.amount and why.at == began.at
      and why.summary == began.explanation, why)
disabled = topup_pb2.Policy()
disabled.CopyFrom(policy)
disabled.enabled = False
dry = call(world.admin, "DryRunPolicy", admin_pb2.DryRunPolicyRequest(policy=disabled)).decisions
check("a rule that is off would have charged nothing", dry and
      all(d.skip_reason == topup_pb2.SKIP_REASON_DISABLED for d in dry), dry)
again = call(world.admin, "ReplayDecisions", admin_pb2.ReplayDecisionsRequest())
check("decided again as it was", again.same > 0 and again.different == 0
      and again.position >= again.same, again)
trial = call(world.admin, "SetShadowPolicy", admin_pb2.SetShadowPolicyRequest(
    account=who, policy=disabled, actor=actor)).shadow
check("on trial", trial.version == 1 and not trial.policy.enabled, trial)
trial = call(world.admin, "GetShadowPolicy", admin_pb2.GetShadowPolicyRequest(account=who)).shadow
check("the trial is told", trial.version == 1 and trial.actor.name == actor.name, trial)
trial = world.admin.SetShadowPolicy(admin_pb2.SetShadowPolicyRequest(
    account=who, actor=actor, expected_version=1), timeout=10).shadow
check("the trial is over", trial.version == 2 and not trial.HasField("policy"), trial)
world.admin.SetKillSwitch(admin_pb2.SetKillSwitchRequest(engaged=False, actor=actor), timeout=10)
caps = call(world.admin, "SetCaps", admin_pb2.SetCapsRequest(
    currency="USD", day=topup_pb2.Cap(count=1), actor=actor)).caps
check("caps in force", caps.version == 1 and caps.day_use.count >= 1, caps)
code, message, _ = status_of(lambda: world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=who, payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-3"), timeout=10))
check("the service's cap", code == grpc.StatusCode.RESOURCE_EXHAUSTED
      and "of the service" in message and "of 1 top-ups" in message, (code, message))
world.admin.SetCaps(admin_pb2.SetCapsRequest(
    currency="USD", expected_version=1, actor=actor), timeout=10)
lifted = call(world.admin, "GetCaps", admin_pb2.GetCapsRequest()).caps
check("lifted", [c.version for c in lifted] == [2] and not lifted[0].day.count, lifted)
ramp = call(world.admin, "GetRamp", admin_pb2.GetRampRequest())
check("the ramp", not ramp.breaker.open and int(ramp.headroom) > 0
      and [p.currency for p in ramp.prices] == ["USD"], ramp)
price = call(world.admin, "AcceptPrice", admin_pb2.AcceptPriceRequest(
    currency="USD", rate_nano=2 * ramp.prices[0].rate_nano, actor=actor)).price
check("accepted", price.version == ramp.prices[0].version + 1, price)
code, message, _ = status_of(lambda: world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=who, payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-4"), timeout=10))
check("half the price charges nobody", code == grpc.StatusCode.FAILED_PRECONDITION
      and "50 % off" in message, (code, message))
code, message, _ = status_of(lambda: call(
    world.top_ups, "CreateAuthentication",
    topup_pb2.CreateAuthenticationRequest(top_up_id=top_up.id)))
check("nobody is to authenticate", code == grpc.StatusCode.FAILED_PRECONDITION
      and "credited" in message, (code, message))
code, message, _ = status_of(lambda: call(
    world.top_ups, "RefundTopUp", topup_pb2.RefundTopUpRequest(
        id=top_up.id, idempotency_key="refund-1", actor=actor)))
check("nothing is refunded beside a delivery", code == grpc.StatusCode.FAILED_PRECONDITION
      and "has been delivered" in message, (code, message))
code, message, _ = status_of(lambda: call(
    world.top_ups, "RedeemAuthentication",
    topup_pb2.RedeemAuthenticationRequest(one_time_token="auth_0")))
check("no such token", code == grpc.StatusCode.NOT_FOUND and "auth_0" not in message, message)
code, message, _ = status_of(lambda: call(
    world.admin, "ReplayInboxEvent", admin_pb2.ReplayInboxEventRequest(
        id=next(e.id for e in inbox.events if e.HasField("applied_at")), actor=actor)))
check("an applied event is not replayed", code == grpc.StatusCode.FAILED_PRECONDITION
      and "was applied at" in message, (code, message))
cleared = call(world.admin, "ClearRampBreaker", admin_pb2.ClearRampBreakerRequest(actor=actor))
check("nothing to clear", not cleared.breaker.open and cleared.breaker.version == 0, cleared)
call(world.admin, "ClearBreaker", admin_pb2.ClearBreakerRequest(
    payment_method_id=card.id, account=who, actor=actor))
stands = call(world.admin, "GetAccountStanding",
              admin_pb2.GetAccountStandingRequest(account=who)).standing
check("owes nothing and is free", not stands.debts and not stands.blocks
      and stands.episode.ordinal == 1, stands)
blocked = call(world.admin, "BlockAccount", admin_pb2.BlockAccountRequest(
    account=who, actor=actor, idempotency_key="block-1")).standing
check("blocked", [b.cause for b in blocked.blocks] == [admin_pb2.BLOCK_CAUSE_OPERATOR], blocked)
code, message, _ = status_of(lambda: world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=who, payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-5"), timeout=10))
check("a blocked account is not charged", code == grpc.StatusCode.FAILED_PRECONDITION
      and "an operator blocked it" in message, (code, message))
freed = call(world.admin, "ReleaseAccount", admin_pb2.ReleaseAccountRequest(
    account=who, causes=[admin_pb2.BLOCK_CAUSE_OPERATOR], actor=actor,
    idempotency_key="release-1"))
check("free again", not freed.standing.blocks and not freed.awaits_second_person, freed)
items = call(world.admin, "ListReviewItems", admin_pb2.ListReviewItemsRequest())
check("nothing waits for a person", not items.items, items)
code, message, _ = status_of(lambda: call(
    world.admin, "ActOnReviewItem", admin_pb2.ActOnReviewItemRequest(
        id=top_up.id, verb=admin_pb2.REVIEW_VERB_RESUME, actor=actor, idempotency_key="review-1")))
check("and so nothing is acted on", code == grpc.StatusCode.FAILED_PRECONDITION, (code, message))

# Credits.
alice, bob = (common_pb2.CreditsAccount(tenant="console", user=user) for user in ("alice", "bob"))


def left(user):
    return world.balances.GetBalance(balance_pb2.GetBalanceRequest(
        account=common_pb2.Account(credits=user)), timeout=10).balance.active


world.admin.AcceptPrice(admin_pb2.AcceptPriceRequest(
    currency="USD", rate_nano=ramp.prices[0].rate_nano, actor=actor), timeout=10)
bought = world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=common_pb2.Account(credits=alice), payer=payer, on_session=True,
    amount=common_pb2.Money(minor_units=100, currency="USD"), idempotency_key="credits-1"),
    timeout=20).top_up
world.until(lambda: left(alice) == "1000", "the credits that were bought")
deduct = balance_pb2.DeductCreditsRequest(
    account=alice, amount="600", idempotency_key="use-1", description="a job")
used_credits = call(world.balances, "DeductCredits", deduct)
check("used", used_credits.balance_after == "400" and left(alice) == "400"
      and used_credits.entry.description == "credits used: a job", used_credits)
check("once by its key", world.balances.DeductCredits(deduct, timeout=10) == used_credits
      and left(alice) == "400", left(alice))
code, message, _ = status_of(lambda: world.balances.DeductCredits(
    balance_pb2.DeductCreditsRequest(account=alice, amount="401", idempotency_key="use-2"),
    timeout=10))
check("no more than is there", code == grpc.StatusCode.FAILED_PRECONDITION
      and "has 400" in message, (code, message))
back = call(world.balances, "ReturnCredits", balance_pb2.ReturnCreditsRequest(
    account=alice, deduction_key="use-1", amount="500", idempotency_key="back-1"))
check("given back", back.balance_after == "900", back)
code, message, _ = status_of(lambda: world.balances.ReturnCredits(balance_pb2.ReturnCreditsRequest(
    account=alice, deduction_key="use-1", amount="101", idempotency_key="back-2"), timeout=10))
check("and no more than was taken", code == grpc.StatusCode.FAILED_PRECONDITION
      and "has 100" in message, (code, message))
call(world.balances, "TransferCredits", balance_pb2.TransferCreditsRequest(
    **{"from": alice, "to": bob}, amount="250", idempotency_key="move-1"))
check("handed on", (left(alice), left(bob)) == ("650", "250"), (left(alice), left(bob)))
sound = world.admin.VerifyLedger(admin_pb2.VerifyLedgerRequest(), timeout=30)
check("sound with credits", not sound.faults, sound)

# Everything else says that, and why, it is not there yet.
for stub, module in ((world.top_ups, topup_pb2), (world.methods, pm), (world.balances, balance_pb2),
                     (world.admin, admin_pb2)):
    service = next(iter(module.DESCRIPTOR.services_by_name.values()))
    for method in service.methods:
        if method.name in used:
            continue
        request = getattr(module, method.input_type.name)()
        result = lambda: (list if method.server_streaming else (lambda x: x))(
            getattr(stub, method.name)(request, timeout=10))
        code, message, _ = status_of(result)
        check(f"{method.name} is not built yet", code == grpc.StatusCode.UNIMPLEMENTED
              and "later release" in message, (code, message))

# Health and reflection.
health = health_pb2_grpc.HealthStub(world.channel)
serving = health_pb2.HealthCheckResponse.SERVING
for name in ("", "topup.v1.TopUp"):
    answer = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
    check(f"health of {name!r}", answer.status == serving, answer)
code, _, _ = status_of(
    lambda: health.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=5))
check("unknown service", code == grpc.StatusCode.NOT_FOUND, code)
first = next(iter(health.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=5)))
check("watch of an unknown one",
      first.status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN, first)
database = ProtoReflectionDescriptorDatabase(world.channel)
services = database.get_services()
for name in ("topup.v1.Balance", "grpc.channelz.v1.Channelz"):
    check(f"{name} is listed", name in services, services)
pool = descriptor_pool.DescriptorPool(database)
described = pool.FindServiceByName("topup.v1.TopUp")
check("described", "CreateTopUp" in described.methods_by_name, described)
finish(world)
