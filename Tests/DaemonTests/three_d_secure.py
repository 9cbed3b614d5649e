"""Authentication that an issuer demands (invariant 21). A person who is present gets what the device
needs from CreateTopUp. For an automatic charge a console asks for it, mails a link, and redeems its
token once. What the person finishes is credited; what nobody finishes is cancelled after a day."""
import json
import subprocess

import grpc

import disk
from harness import (BUILT, World, account, check, common_pb2, finish, owner,
                     payment_methods_pb2 as pm, status_of, topup_pb2)

clock = disk.Clock()
world = World(daemon=disk.settings(clock=clock), sandbox_environment=disk.settings(clock=clock))
world.set_balance(10**12)
payer = common_pb2.Payer(tenant="console", user="u1")
card = world.methods.AddPaymentMethod(pm.AddPaymentMethodRequest(
    payer=payer, payment_method_id="pm_card_threeDSecure2Required", idempotency_key="pm-1"),
    timeout=10).payment_method
request = topup_pb2.CreateTopUpRequest(
    account=account(), payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-1", on_session=True, payment_method_id=card.id)
made = world.top_ups.CreateTopUp(request, timeout=20)
intent = made.top_up.attempts[0].payment_intent_id if made.top_up.attempts else "?"
check("waits for the person", made.top_up.state == topup_pb2.TOP_UP_STATE_ACTION_REQUIRED, made)
check("with the secret of its intent", made.client_secret.startswith(f"{intent}_secret_"), made)
again = world.top_ups.CreateTopUp(request, timeout=20)
check("the same key gives it again", (again.top_up.id, again.client_secret)
      == (made.top_up.id, made.client_secret), again)
kept = b"".join(path.read_bytes() for path in world.folder.glob("*"))
check("the store is looked at", intent.encode() in kept, len(kept))
check("neither stored nor logged", made.client_secret.encode() not in kept)
world.control("stripe/authenticate", {"intent": intent})
top_up = world.until_final()[0]
check("credited", top_up.state == topup_pb2.TOP_UP_STATE_CREDITED and not top_up.reason, top_up)
last = world.top_ups.CreateTopUp(request, timeout=20)
check("no secret once it is done", (last.top_up.state, last.client_secret)
      == (topup_pb2.TOP_UP_STATE_CREDITED, ""), last)


# An automatic charge: the payer is not there.
def waiting(number):
    """An account that is low, and the top-up of it that waits for its person."""
    who = owner(number)
    world.fund(who, card="pm_card_authenticationRequired")
    world.burn(who)
    world.report(who, source=f"node-{number}")
    return world.until(lambda: [t for t in world.of(who)
                                if t.state == topup_pb2.TOP_UP_STATE_ACTION_REQUIRED],
                       "an automatic top-up that waits for a person")[0]


def ask(id, **more):
    return world.top_ups.CreateAuthentication(
        topup_pb2.CreateAuthenticationRequest(top_up_id=id, **more), timeout=10)


def redeem(token):
    return world.top_ups.RedeemAuthentication(
        topup_pb2.RedeemAuthenticationRequest(one_time_token=token), timeout=10)


def refused(call, code, words, what):
    seen = status_of(call)
    check(what, seen[0] == code and words in seen[1], seen)


waits = waiting(1)
intent = waits.attempts[0].payment_intent_id
first = ask(waits.id)
made = ask(waits.id, return_url="https://console.example/done")
check("the secret of the same intent", made.client_secret.startswith(f"{intent}_secret_"), made)
check("with its card, for a day", made.payment_method_id == waits.attempts[0].payment_method_id
      and made.expires_at.seconds == waits.attempts[0].started_at.seconds + 86_400, made)
refused(lambda: ask(waits.id, return_url="http://console.example"),
        grpc.StatusCode.INVALID_ARGUMENT, "https://", "a return address in the clear")
refused(lambda: redeem(first.one_time_token), grpc.StatusCode.FAILED_PRECONDITION, "a later one",
        "a link that another replaced")
given = redeem(made.one_time_token)
check("the link gives what was asked for", (given.top_up.id, given.client_secret, given.return_url)
      == (waits.id, made.client_secret, "https://console.example/done"), given)
refused(lambda: redeem(made.one_time_token), grpc.StatusCode.FAILED_PRECONDITION, "one use",
        "a link that was used")
refused(lambda: redeem("auth_" + "0" * 48), grpc.StatusCode.NOT_FOUND, "no authentication",
        "a token of nobody's")
# The operator's tool does the same; a token goes by a file.
ctl, rest = [str(BUILT / "topupctl"), "topup"], [
    "--address", f"127.0.0.1:{world.rpc_port}", "-o", "json"]
asked = subprocess.run([*ctl, "authenticate", waits.id, *rest], capture_output=True, text=True)
check("topupctl topup authenticate", asked.returncode == 0 and intent in asked.stdout, asked)
token = json.loads(asked.stdout)["oneTimeToken"]
used = subprocess.run([*ctl, "redeem", "-", *rest], capture_output=True, text=True,
                      input=token + "\n")
check("topupctl topup redeem", used.returncode == 0 and made.client_secret in used.stdout, used)
kept = b"".join(path.read_bytes() for path in world.folder.glob("*"))
for secret in (made.client_secret, first.one_time_token, made.one_time_token, token):
    found = kept.find(secret.encode())
    check("neither stored nor logged", found < 0, kept[max(0, found - 200):found + 100])
world.control("stripe/authenticate", {"intent": intent})
top_up = world.until_final(owner(1))[0]
check("credited once", top_up.state == topup_pb2.TOP_UP_STATE_CREDITED
      and len(top_up.attempts) == 1, top_up)
refused(lambda: ask(waits.id), grpc.StatusCode.FAILED_PRECONDITION, "credited",
        "nobody is waited for any more")

# Nobody comes within a day; and somebody comes just too late for the cancel.
lost, late = waiting(2), waiting(3)
intent = late.attempts[0].payment_intent_id
token = ask(lost.id).one_time_token
world.control("faults", {"rules": [{
    "match": {"service": "stripe", "method": "POST", "path_suffix": f"/{intent}/cancel",
              "first": 3},
    "action": {"drop": "before"}}]})
clock.set(86_400 + 60)
world.stats()
world.report(owner(999_999), source="clock")
world.until(lambda: world.control("faults")[0]["applied"], "a cancel that is lost")
world.control("stripe/authenticate", {"intent": intent})


def state(id):
    return world.top_ups.GetTopUp(topup_pb2.GetTopUpRequest(id=id), timeout=10).top_up.state


world.until(lambda: state(lost.id) == topup_pb2.TOP_UP_STATE_CANCELLED, "cancelled after a day")
world.until(lambda: state(late.id) == topup_pb2.TOP_UP_STATE_CREDITED, "credited all the same")
refused(lambda: redeem(token), grpc.StatusCode.FAILED_PRECONDITION, "does not wait",
        "a link that nobody opened in time")
finish(world)
