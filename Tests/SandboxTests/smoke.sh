#!/bin/sh
# Drives the real topupsandbox over loopback with curl: a payment, a replay, a lost answer, a
# delivered webhook, an order that shows at the node. $1 is the executable.
set -eu
sandbox=$1
work=$(mktemp -d)
pids=
finish() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

fail() { echo "smoke: $*" >&2; exit 1; }
# One member of a flat piece of JSON.
member() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }

# start <descriptor> <options…>: reads the line of ports, which comes once all doors are open.
start() {
  descriptor=$1
  shift
  mkfifo "$work/out$descriptor"
  "$sandbox" --json --quiet --stripe-port 0 --ramp-port 0 --node-port 0 --control-port 0 \
    --speed 100 "$@" >"$work/out$descriptor" &
  pids="$pids $!"
  # The reading end stays open, so that the process never writes into nowhere.
  eval "exec $descriptor<\"$work/out$descriptor\""
  eval "read -r ports <&$descriptor" || fail "it did not start"
}

# A second sandbox takes the webhooks: its reset answers 200 to any POST.
start 3
sink=$(echo "$ports" | member control)
start 4 --webhook-url "http://127.0.0.1:$sink/control/reset"
stripe=http://127.0.0.1:$(echo "$ports" | member stripe)/v1
ramp=http://127.0.0.1:$(echo "$ports" | member ramp)/v1
node=http://127.0.0.1:$(echo "$ports" | member node)
control=http://127.0.0.1:$(echo "$ports" | member control)/control

post() { # post <key> <path> [form…]
  key=$1 path=$2
  shift 2
  curl -sS -m 10 "$stripe/$path" -H 'Authorization: Bearer sk_test_sandbox' \
    -H 'Stripe-Version: 2026-10-28.endive' -H "Idempotency-Key: $key" \
    -H 'Content-Type: application/x-www-form-urlencoded' "$@" -X POST
}

# A payment in two steps.
customer=$(post c customers | member id)
card=$(post a payment_methods/pm_card_visa/attach -d "customer=$customer" | member id)
intent=$(post i payment_intents -d amount=2500 -d currency=usd -d "customer=$customer" \
  -d "payment_method=$card" -d 'allowed_payment_method_types[0]=card' | member id)
post p "payment_intents/$intent/confirm" -d off_session=true | grep -q '"status":"succeeded"' ||
  fail "the payment did not succeed"
post p "payment_intents/$intent/confirm" -d off_session=true -D - -o "$work/replay" |
  grep -qi '^idempotent-replayed: true' || fail "the repeat was no replay"

# An answer that is lost, after the refund was made.
curl -sS -m 10 "$control/faults" -d '{"rules": [{"match": {"service": "stripe",
  "path": "/v1/refunds", "nth": 1}, "action": {"drop": "after"}}]}' | grep -q '"rules":1' ||
  fail "the script was refused"
code=0
post r refunds -d "payment_intent=$intent" -d amount=1000 2>"$work/error" || code=$?
[ "$code" = 52 ] || fail "curl ended $code, not with an empty reply"
post r refunds -d "payment_intent=$intent" -d amount=1000 | grep -q '"status":"succeeded"' ||
  fail "the refund cannot be found again"
curl -sS -m 10 "$control/stats" | grep -q '"refunded":{"usd":1000}' || fail "refunded twice"

# Every event arrives.
count=0
until curl -sS -m 10 "$control/stats" | grep -q '"events_not_delivered":0'; do
  count=$((count + 1))
  [ "$count" -lt 500 ] || fail "webhooks do not arrive"
done

# An order that shows on chain.
cluster=0x0059f5ada35eee46802d80750d5ca4a490640511
owner=0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d
json() { # json <address> <body>
  curl -sS -m 10 "$1" -H 'Authorization: Bearer ramp_key_sandbox' \
    -H 'Content-Type: application/json' -d "$2"
}
quote=$(json "$ramp/quotes" "{\"side\":\"fiat\",\"currency\":\"USD\",\"minor_amount\":2500,
  \"cluster_id\":\"$cluster\"}")
planck=$(echo "$quote" | member planck)
json "$ramp/orders" "{\"client_order_id\":\"tu_1:1\",\"quote_id\":\"$(echo "$quote" | member id)\",
  \"destination\":{\"cluster_id\":\"$cluster\",\"owner\":\"$owner\"},\"planck\":\"$planck\",
  \"payment_reference\":\"ch_1\"}" | grep -q '"state":"ACCEPTED"' || fail "no order"
count=0
until curl -sS -m 10 "$ramp/orders/tu_1:1" -H 'Authorization: Bearer ramp_key_sandbox' |
  grep -q '"state":"COMPLETED"'; do
  count=$((count + 1))
  [ "$count" -lt 1000 ] || fail "the order does not complete"
done
rpc() { json "$node/" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2}"; }
head=$(rpc chain_getFinalizedHead '[]' | member result)
storage=0xaffb44e1082c7d59adbb5ebdf73bb14c4e5d0f20b61abee69002a08fa96842a4
storage=${storage}8be1fbeaa7d3f8d7a144305dd1da95d56c2b62e11519d8cc530ea55bae6dec7c
storage=${storage}2e3fb4c297a84c5cebc0e78257d213d0927ccc7596044c6ba013dd05522aacba
rpc state_getStorage "[\"$storage\",\"$head\"]" | grep -q '"result":"0xd43593c7' ||
  fail "the deposit does not show at the finalized head"
