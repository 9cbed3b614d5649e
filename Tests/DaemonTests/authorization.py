"""A daemon with a policy and an issuer's keys, and stock clients with and without tokens."""
import base64
import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from harness import BUILT, World, admin_pb2, check, common_pb2, finish, topup_pb2

folder = tempfile.TemporaryDirectory(prefix="topup-auth-")
root = Path(folder.name)


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True).stdout


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key(name):
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
        str(root / name))
    modulus = run("openssl", "rsa", "-in", str(root / name), "-noout", "-modulus").decode()
    return {"kty": "RSA", "kid": name, "alg": "RS256", "use": "sig", "e": "AQAB",
            "n": encoded(bytes.fromhex(modulus.strip().split("=")[1]))}


def token(account, key="one", **claims):
    now = int(time.time())
    header = {"alg": "RS256", "kid": key}
    body = {"iss": "https://issuer.example", "aud": ["topupd"], "exp": now + 600, "nbf": now,
            "sub": f"system:serviceaccount:topup:{account}", **claims}
    text = ".".join(encoded(json.dumps(part).encode()) for part in (header, body))
    (root / "text").write_text(text)
    mark = run("openssl", "dgst", "-sha256", "-sign", str(root / key), str(root / "text"))
    return f"{text}.{encoded(mark)}"


def ends(method, request, bearer=None):
    """The status of a call, and the ErrorInfo beside it."""
    metadata = (("authorization", f"Bearer {bearer}"),) if bearer else ()
    try:
        method(request, timeout=10, metadata=metadata)
        return grpc.StatusCode.OK, {}
    except grpc.RpcError as error:
        for detail in rpc_status.from_call(error).details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                return error.code(), {"reason": info.reason, **info.metadata}
        return error.code(), {}


OK, UNKNOWN = grpc.StatusCode.OK, grpc.StatusCode.UNAUTHENTICATED
DENIED = grpc.StatusCode.PERMISSION_DENIED
keys = root / "keys.json"
keys.write_text(json.dumps({"keys": [new_key("one")]}))
policy = root / "policy.json"
policy.write_text(
    (Path(__file__).resolve().parents[2] / "deploy/policy/all.json").read_text())
bindings = root / "bindings.json"
bindings.write_text(json.dumps({"name": "all", "bindings": [{
    "name": "all", "principals": ["system:serviceaccount:topup:*"], "tenants": ["*"],
    "clusters": ["*"], "sources": ["*"], "service": True}]}))
world = World(daemon={
    "TOPUP_POLICY_FILE": str(policy), "TOPUP_BINDINGS_FILE": str(bindings), "TOPUP_JWKS_FILE": str(keys),
    "TOPUP_TOKEN_ISSUER": "https://issuer.example", "TOPUP_TOKEN_AUDIENCE": "topupd"})
get, status = world.top_ups.ListTopUps, world.admin.GetStatus
top_ups, ask = topup_pb2.ListTopUpsRequest(), admin_pb2.GetStatusRequest()

health = health_pb2_grpc.HealthStub(world.channel)
check("health", health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == 1, "")

missing = (UNKNOWN, {"reason": "UNAUTHENTICATED", "class": "CREDENTIAL_MISSING"})
check("nobody", ends(get, top_ups) == missing, ends(get, top_ups))
console, operator = token("console"), token("operator")
for _ in range(2):
    check("console", ends(get, top_ups, console)[0] == OK, ends(get, top_ups, console))
check("operator", ends(status, ask, operator)[0] == OK, ends(status, ask, operator))
code, info = ends(status, ask, console)
check("console is no operator", code == DENIED, code)
check("known and not allowed", info["reason"] == "PERMISSION_DENIED", info)
check("the rule is told", info["rule"] == "rule admin-is-for-operators", info)
code, info = ends(get, top_ups, token("stranger"))
check("stranger", code == DENIED and info["rule"] == "no allow rule", info)
for name, bearer, kind in [
    ("audience", token("console", aud=["other"]), "UNTRUSTED"),
    ("issuer", token("console", iss="https://x.example"), "UNTRUSTED"),
    ("expired", token("console", exp=int(time.time()) - 61), "EXPIRED"),
    ("changed", console[:-4] + "AAAA", "UNTRUSTED"),
    ("nonsense", "nonsense", "MALFORMED"),
]:
    code, info = ends(get, top_ups, bearer)
    check(name, (code, info["class"]) == (UNKNOWN, f"CREDENTIAL_{kind}"), info)
    check(f"{name}: not known", info["reason"] == "UNAUTHENTICATED", info)
# What the library says is what the API lists.
for reason in ("UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_BOUND"):
    check(reason, f"ERROR_REASON_{reason}" in common_pb2.ErrorReason.keys())

# The operator's tool takes its token from a file.
(root / "token").write_text(operator + "\n")
ctl = [str(BUILT / "topupctl"), "server", "status", "--address", f"127.0.0.1:{world.rpc_port}"]
asked = subprocess.run(ctl + ["--token-file", str(root / "token")], capture_output=True)
check("topupctl with a token", asked.returncode == 0, asked.stderr)
asked = subprocess.run(ctl, capture_output=True)
check("topupctl without", asked.returncode == 80, (asked.returncode, asked.stderr))


# A wrong file changes nothing, a good one changes all: new keys, old ones out. The wrong one is in
# place before the new keys, so that a look between the two takes neither.
def told(words, count):
    def enough():
        return (world.folder / "topupd.log").read_text().count(words) >= count
    world.until(enough, words)


good = policy.read_text()
policy.write_text('{"name": "p", "alow_rules": []}')
keys.write_text(json.dumps({"keys": [new_key("two")]}))
# The looks find it by themselves; whoever asks is told again.
told("those from before stay", 1)
world.daemon.send_signal(signal.SIGHUP)
told("those from before stay", 2)
check("still the old", ends(get, top_ups, console)[0] == OK, "")
policy.write_text(good)
told("were read again", 1)
code, _ = ends(get, top_ups, console)
check("old key is out", code == UNKNOWN, code)
check("new key is in", ends(get, top_ups, token("console", "two"))[0] == OK, "")

log = (world.folder / "topupd.log").read_text()
check("denials are logged", "admin-is-for-operators" in log, log[-2000:])
check("no token is logged", console not in log and console[:40] not in log, "")
finish(world)
