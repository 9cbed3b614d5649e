"""Bad input is refused with a precise status and field, and changes nothing."""
import hashlib
import hmac
import json
import socket
import time

import grpc
from google.rpc import error_details_pb2, status_pb2

from harness import (ALICE, CLUSTER, SECRET, World, account, admin_pb2, balance_pb2, check,
                     common_pb2, finish, owner, payment_methods_pb2 as pm, status_of, topup_pb2)

world = World()
payer, card = world.fund()
GOOD = "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi"


def state():
    status = world.admin.GetStatus(admin_pb2.GetStatusRequest(), timeout=10)
    stats = world.stats()
    posts = [r for r in world.control("requests?limit=10000")["requests"] if r["method"] == "POST"
             and r["service"] != "node"]
    return (status.ledger_position, status.top_ups_in_flight, status.inbox_waiting,
            len(world.of()), stats["stripe"]["intents"], len(posts))


def violations(details):
    """The fields of a BadRequest, and the ErrorInfo's reason."""
    status = status_pb2.Status.FromString(details)
    fields, reason = {}, ""
    for detail in status.details:
        if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            fields = {v.field: v.description for v in bad.field_violations}
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            reason = info.reason
    return fields, reason


def refused(what, call, code, field=None, reason=None, says=None):
    got, message, details = status_of(call)
    check(f"{what}: status", got == code, (got, message))
    if field:
        fields, why = violations(details)
        check(f"{what}: field", field in fields, fields)
        if reason:
            check(f"{what}: reason", why == reason, why)
    if says:
        check(f"{what}: text", says in message, message)


def ddc(owner_text=GOOD, cluster="0x" + CLUSTER.hex()):
    return common_pb2.Account(ddc=common_pb2.DdcAccount(cluster_id=cluster, owner=owner_text))


def create(amount=(2500, "USD"), key="bad-1", who=None, pay=payer, **fields):
    return world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
        account=who or ddc(), payer=pay, idempotency_key=key,
        amount=common_pb2.Money(minor_units=amount[0], currency=amount[1]), **fields), timeout=10)


before = state()
INVALID = grpc.StatusCode.INVALID_ARGUMENT

# Addresses: every vector of the facts that is not this network's, or no address at all.
ADDRESSES = {
    "": "empty", "x" * 65: "too long",
    "6UJs22j5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi": "checksum",
    "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmp2": "checksum",
    "5D5PhZQNJzcJXVBxwJxZcsutjKPqUPydrvpu6HeiBfMae2Qu": None,
    "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmp0": "alphabet",
    "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmp": None,
    "0x1234": None, "0x" + "g" * 64: None,
}
for text in ADDRESSES:
    refused(f"address {text[:20]!r}", lambda: create(who=ddc(text)), INVALID, "account.ddc.owner")
for text in ("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
             "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
             "VdvKmYJfD4VXA9fzz1SbmCo2eYHSzUFbaDCZSuaNKJAe8YNg6"):
    refused(f"network {text[:8]}", lambda: create(who=ddc(text)), INVALID, "account.ddc.owner",
            "WRONG_NETWORK", "54")
    refused(f"balance of {text[:8]}", lambda: world.balances.GetBalance(
        balance_pb2.GetBalanceRequest(account=ddc(text)), timeout=10), INVALID,
        "account.ddc.owner", "WRONG_NETWORK")
for text in ("", "0x00", "0059f5ada35eee46802d80750d5ca4a490640511", "0x" + "0" * 42):
    refused(f"cluster {text!r}", lambda: create(who=ddc(cluster=text)), INVALID,
            "account.ddc.cluster_id")
refused("no account", lambda: world.balances.GetBalance(
    balance_pb2.GetBalanceRequest(), timeout=10), INVALID, "account")

# Amounts and currencies.
AMOUNT = "amount.minor_units"
refused("zero", lambda: create((0, "USD")), INVALID, AMOUNT, "AMOUNT_TOO_SMALL")
refused("negative", lambda: create((-5, "USD")), INVALID, AMOUNT, "AMOUNT_TOO_SMALL")
refused("below the least", lambda: create((49, "USD")), INVALID, AMOUNT, "AMOUNT_TOO_SMALL", "0.50")
refused("over the limit", lambda: create((100_000_000, "USD")), INVALID, AMOUNT,
        "AMOUNT_TOO_LARGE", "999999.99")
refused("far over", lambda: create((2 ** 63 - 1, "USD")), INVALID, AMOUNT, "AMOUNT_TOO_LARGE")
for currency in ("", "usd", "XYZ", "US", "USDX", "U\u015aD"):
    refused(f"currency {currency!r}", lambda: create((2500, currency)), INVALID, "amount.currency",
            "UNKNOWN_CURRENCY")
refused("several at once", lambda: world.top_ups.CreateTopUp(
    topup_pb2.CreateTopUpRequest(), timeout=10), INVALID, "idempotency_key")
for key in ("", "with blank", "x" * 129, "ü"):
    refused(f"key {key[:5]!r}", lambda: create(key=key), INVALID, "idempotency_key")
refused("a card number", lambda: world.methods.AddPaymentMethod(pm.AddPaymentMethodRequest(
    payer=payer, payment_method_id="4242424242424242", idempotency_key="n"), timeout=10), INVALID,
    "payment_method_id", says="never taken")
refused("somebody else's card", lambda: create(payment_method_id="pm_of_somebody_else"),
        grpc.StatusCode.NOT_FOUND, "payment_method_id", "PAYMENT_METHOD_NOT_OWNED")
refused("no card", lambda: create(pay=common_pb2.Payer(tenant="console", user="nobody")),
        grpc.StatusCode.FAILED_PRECONDITION, says="no stored card")
refused("no such top-up", lambda: world.top_ups.GetTopUp(
    topup_pb2.GetTopUpRequest(id="tu_none"), timeout=10), grpc.StatusCode.NOT_FOUND)
refused("an unknown zone", lambda: world.top_ups.SetPolicy(topup_pb2.SetPolicyRequest(
    policy=topup_pb2.Policy(account=account(), payer=payer, threshold="1", time_zone="Mars/Base",
                            fixed=common_pb2.Money(minor_units=100, currency="USD")),
    idempotency_key="z"), timeout=10), INVALID, "policy.time_zone")
refused("a stale version", lambda: world.top_ups.SetPolicy(topup_pb2.SetPolicyRequest(
    policy=topup_pb2.Policy(account=account(), payer=payer, threshold="1",
                            fixed=common_pb2.Money(minor_units=100, currency="USD")),
    idempotency_key="v"), timeout=10), grpc.StatusCode.ABORTED)
for text in ("-1", "1.5", "01", "1e3", " 1", "9" * 40):
    refused(f"threshold {text!r}", lambda: world.top_ups.SetPolicy(topup_pb2.SetPolicyRequest(
        policy=topup_pb2.Policy(account=account(), payer=payer, threshold=text,
                                fixed=common_pb2.Money(minor_units=100, currency="USD")),
        idempotency_key="t", expected_version=1), timeout=10), INVALID, "policy.threshold")

# The wire.
raw = world.channel.unary_unary("/topup.v1.TopUp/CreateTopUp", request_serializer=lambda m: m,
                                response_deserializer=lambda m: m)
refused("oversize", lambda: raw(b"\x3a" + b"\x80\x80\x40" + b"x" * 300_000, timeout=10),
        grpc.StatusCode.RESOURCE_EXHAUSTED, says="262144")
for name, message in {"truncated": b"\x0a\x05abc", "bad tag": b"\xff\xff\xff\xff\xff\xff",
                      "bad UTF-8": b"\x22\x02\xc3\x28", "NUL in text": b"\x22\x03a\x00b",
                      "a group": b"\x0b\x0c"}.items():
    refused(f"malformed: {name}", lambda: raw(message, timeout=10), grpc.StatusCode.INTERNAL)
refused("unknown method", lambda: world.channel.unary_unary("/topup.v1.TopUp/Nothing")(
    b"", timeout=10), grpc.StatusCode.UNIMPLEMENTED)
check("nothing has changed", state() == before, (before, state()))

# One key, two requests.
made = create(key="twice").top_up
used = state()
refused("another body", lambda: create((2600, "USD"), key="twice"),
        grpc.StatusCode.ALREADY_EXISTS, "idempotency_key", "IDEMPOTENCY_KEY_REUSED")
check("the same again is the same", create(key="twice").top_up.id == made.id)
world.until_final()


# Webhooks: refused before any row is made.
def post(head, body=b""):
    with socket.create_connection(("127.0.0.1", world.webhook_port), timeout=10) as connection:
        connection.sendall(head + b"\r\n\r\n" + body)
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
    return int(answer.split(b" ", 2)[1])


def event(**fields):
    return json.dumps({
        "id": "evt_forged", "object": "event", "api_version": "2026-10-28.endive",
        "created": int(time.time()), "livemode": False, "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_forged", "object": "payment_intent"}}, **fields}).encode()


def signed(body, secret=SECRET, at=None):
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
    return b"t=%d,v1=%s" % (moment, mac.encode())


def head(body, signature, *more, length=True, path=b"/stripe/webhook", method=b"POST"):
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: localhost",
             b"Content-Type: application/json", b"Stripe-Signature: " + signature, *more]
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines)


inbox = lambda: len(world.admin.ListInbox(admin_pb2.ListInboxRequest(page_size=200), timeout=10)
                    .events)
rows = inbox()
body = event()
check("wrong signature", post(head(body, signed(body, "whsec_other")), body) == 400)
check("old timestamp", post(head(body, signed(body, at=time.time() - 301)), body) == 400)
check("future timestamp", post(head(body, signed(body, at=time.time() + 330)), body) == 400)
check("no signature", post(head(body, b""), body) == 400)
check("changed body", post(head(body, signed(body)), body.replace(b"pi_forged", b"pi_f0rged"))
      == 400)
check("second Content-Length", post(
    head(body, signed(body), b"Content-Length: %d" % len(body)), body) == 400)
check("chunked", post(head(body, signed(body), b"Transfer-Encoding: chunked", length=False),
                      b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n") in (400, 411, 501))
check("chunked and a length", post(head(body, signed(body), b"Transfer-Encoding: chunked"), body)
      == 400)
check("GET", post(head(b"", b"", method=b"GET")) == 405)
check("another path", post(head(body, signed(body), path=b"/metrics"), body) == 404)
check("too long", post(head(b"", signed(b""), b"Content-Length: 300000", length=False)) == 413)
live = event(livemode=True)
check("wrong mode", post(head(live, signed(live)), live) == 400)
check("no row", inbox() == rows, (rows, inbox()))
check("a genuine one is taken", post(head(body, signed(body)), body) == 200)
check("and taken once", post(head(body, signed(body)), body) == 200 and inbox() == rows + 1)
finish(world)
