"""What people are told (invariant 45): each notice once, in order, over kills of the daemon, to a
watcher that comes again with its cursor, and to nobody who is another tenant's."""
import grpc

from harness import (World, account, balance_pb2, check, common_pb2, finish, owner,
                     payment_methods_pb2 as pm, status_of, topup_pb2)

world = World()
seen, cursor = [], 0


def watch_until(done, why):
    """Reads on from the cursor until something holds of what was seen; comes again when cut off."""
    global cursor
    for _ in range(60):
        stream = world.top_ups.WatchNotices(
            topup_pb2.WatchNoticesRequest(after_position=cursor), timeout=5, wait_for_ready=True)
        try:
            for answer in stream:
                cursor = answer.position
                if answer.HasField("notice"):
                    seen.append(answer.notice)
                if done():
                    stream.cancel()
                    return
        except grpc.RpcError as error:
            check("cut off, not refused", error.code() in (
                grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.CANCELLED), error)
    check(why, False, seen)


def kinds(number):
    user = "u3" if number == 3 else f"user-{owner(number)[-4:].hex()}"
    return [n.kind for n in seen if n.payer.user == user]


# One whose card declines, one who is credited, one without consent.
world.fund(owner(1), card="pm_card_chargeCustomerFail")
world.fund(owner(2))
world.set_balance(2 * 10**12, owner(3))
payer = common_pb2.Payer(tenant="other", user="u3")
world.methods.AddPaymentMethod(pm.AddPaymentMethodRequest(
    payer=payer, payment_method_id="pm_card_visa", idempotency_key="pm-3"), timeout=10)
world.top_ups.SetPolicy(topup_pb2.SetPolicyRequest(policy=topup_pb2.Policy(
    account=account(owner(3)), payer=payer, enabled=True, threshold=str(10**12),
    fixed=common_pb2.Money(minor_units=700, currency="USD")), idempotency_key="rule-3"), timeout=10)
for number in (1, 2, 3):
    world.burn(owner(number))
    world.report(owner(number), source=f"node-{number}")
watch_until(lambda: kinds(1) and kinds(3), "a decline and a missing consent are told")
world.kill()
world.start()
watch_until(lambda: kinds(2), "a credit is told after a kill")
check("declined, with class, card and next try", kinds(1) == [topup_pb2.NOTICE_KIND_DECLINED], seen)
declined = next(n for n in seen if n.kind == topup_pb2.NOTICE_KIND_DECLINED)
check("its class", declined.decline_class == topup_pb2.DECLINE_CLASS_SOFT, declined)
check("its card and episode", declined.payment_method_id and declined.episode == 1, declined)
check("its next try", declined.HasField("retry_at"), declined)
check("no card data", "4242" not in str(declined) and "0341" not in str(declined), declined)
check("credited", kinds(2) == [topup_pb2.NOTICE_KIND_CREDITED], seen)
credited = next(n for n in seen if n.kind == topup_pb2.NOTICE_KIND_CREDITED)
told = world.top_ups.GetTopUp(topup_pb2.GetTopUpRequest(id=credited.top_up_id), timeout=10).top_up
check("of a step that is there", [t for t in told.transitions if t.version == credited.top_up_version
      and t.to == topup_pb2.TOP_UP_STATE_CREDITED], told)
check("no consent", kinds(3) == [topup_pb2.NOTICE_KIND_NO_CONSENT], seen)

# Looked at again and again, it is told once.
for seq in range(2, 6):
    world.report(owner(3), source="node-3", seq=seq, severity=balance_pb2.SEVERITY_CRITICAL)
world.kill()
world.start()
pages, token = [], ""
while True:
    page = world.top_ups.ListNotices(topup_pb2.ListNoticesRequest(
        page_size=2, page_token=token), timeout=20, wait_for_ready=True)
    pages += page.notices
    token = page.next_page_token
    if not token:
        break
check("the list is what the watcher saw", pages == seen, (pages, seen))
check("in order, each once", [n.position for n in pages] == [1, 2, 3], pages)
mine = world.top_ups.ListNotices(topup_pb2.ListNoticesRequest(account=account(owner(3))), timeout=10)
check("an account's", [n.kind for n in mine.notices] == kinds(3), mine)

# Refusals.
for request, code, field in (
        (topup_pb2.ListNoticesRequest(after_position=-1), grpc.StatusCode.INVALID_ARGUMENT,
         "after_position"),
        (topup_pb2.ListNoticesRequest(page_token="x"), grpc.StatusCode.INVALID_ARGUMENT, "page_token"),
        (topup_pb2.ListNoticesRequest(after_position=99), grpc.StatusCode.OUT_OF_RANGE, "99")):
    got, message, _ = status_of(lambda: world.top_ups.ListNotices(request, timeout=10))
    check("refused", got == code and field in message, (got, message))
finish(world)
