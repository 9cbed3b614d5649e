/* The load on topupd's own services that scripts/bench engine makes. Checks every reply; prints
 * "name value" lines.
 *
 *   topupload events PORT COUNT ACCOUNTS [RATE]   one stream of low-balance events, each in a message of
 *                                                 its own: as many under way as Welcome allows, or RATE
 *                                                 a second: events_per_second, ack_p50_ns, ack_p99_ns
 *   topupload batches PORT COUNT ACCOUNTS         the same, 256 events to a message
 *   topupload balances PORT CALLS ACCOUNTS        GetBalance of one account after another, chosen at
 *                                                 random, 32 in flight on each of 8 connections:
 *                                                 calls_per_second
 *
 * Accounts are those of topupbench make-accounts.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"

#define STREAM "/topup.v1.Balance/StreamLowBalance"
#define GET "/topup.v1.Balance/GetBalance"

enum {
  CONNECTIONS = 8,
  IN_FLIGHT = 32,
  BATCH = 256,
  EVENT_BYTES_MAX = 256,
  QUEUE_BYTES = 1 << 20,
  ANSWER_BYTES_MAX = 1 << 20,
  OUTCOME_ACCEPTED = 1,
  OUTCOME_COALESCED = 3,
};

static const uint8_t cluster[20] = {0x00, 0x59, 0xf5, 0xad, 0xa3, 0x5e, 0xee, 0x46, 0x80, 0x2d,
                                    0x80, 0x75, 0x0d, 0x5c, 0xa4, 0xa4, 0x90, 0x64, 0x05, 0x11};

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- protobuf ---- */

static size_t put_varint(uint8_t *out, uint64_t value) {
  size_t count = 0;
  for (; value >= 0x80; value >>= 7) out[count++] = (uint8_t)(value | 0x80);
  out[count++] = (uint8_t)value;
  return count;
}

static size_t put_field(uint8_t *out, uint8_t tag, uint64_t value) {
  out[0] = tag;
  return 1 + put_varint(out + 1, value);
}

static size_t put_bytes(uint8_t *out, uint8_t tag, const void *bytes, size_t length) {
  size_t count = put_field(out, tag, length);
  memcpy(out + count, bytes, length);
  return count + length;
}

static void put_prefix(uint8_t *out, size_t message_bytes) {
  out[0] = 0;
  for (int index = 0; index < 4; index++) out[1 + index] = (uint8_t)(message_bytes >> (24 - 8 * index));
}

/* One field, read from the left: its number, and its value or its bytes. */
struct field {
  unsigned number;
  uint64_t value;
  const uint8_t *bytes;
  size_t length;
};

static uint64_t take_varint(const uint8_t **at, const uint8_t *end) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  fail("a varint without an end");
}

static int take_field(const uint8_t **at, const uint8_t *end, struct field *field) {
  if (*at == end) return 0;
  uint64_t tag = take_varint(at, end);
  *field = (struct field){.number = (unsigned)(tag >> 3)};
  if ((tag & 7) == 0) {
    field->value = take_varint(at, end);
  } else if ((tag & 7) == 2) {
    field->length = take_varint(at, end);
    if (field->length > (size_t)(end - *at)) fail("a field beyond its message");
    field->bytes = *at;
    *at += field->length;
  } else {
    fail("a field of another kind");
  }
  return 1;
}

/* ---- made-up owners ---- */

static void owner_bytes(uint8_t out[32], uint64_t number) {
  memset(out, 0, 32);
  number += 1;
  for (int index = 31; index > 23; index--, number >>= 8) out[index] = (uint8_t)number;
}

/* ---- one stream of events ---- */

struct stream {
  struct client *client;
  struct call call;
  uint64_t first, count, accounts, rate, batch;
  /* Sequence numbers: the next to be made, and up to which the server has said that it is durable. */
  uint64_t next, acked;
  uint64_t window, begun, *made_at, *spans;
  int is_welcome;
  /* What is to be sent, and what came. */
  uint8_t out[QUEUE_BYTES], in[ANSWER_BYTES_MAX];
  size_t out_start, out_end, in_bytes;
};

static size_t make_event(const struct stream *stream, uint8_t *out, uint64_t sequence) {
  uint8_t owner[32];
  size_t at = 0;
  owner_bytes(owner, sequence % stream->accounts);
  at += put_field(out + at, 0x10, sequence);
  at += put_bytes(out + at, 0x1a, cluster, sizeof cluster);
  at += put_bytes(out + at, 0x22, owner, sizeof owner);
  at += put_bytes(out + at, 0x2a, "10000000000", 11);    /* balance_active */
  at += put_bytes(out + at, 0x32, "1000000000000", 13);  /* threshold */
  at += put_bytes(out + at, 0x42, "12500000", 8);        /* unbilled */
  at += put_bytes(out + at, 0x4a, "182507", 6);          /* burn_per_era */
  at += put_field(out + at, 0x50, 15);                   /* burn_window_eras */
  at += put_field(out + at, 0x70, 1001);                 /* block_number */
  out[at++] = 0x88, out[at++] = 0x01, out[at++] = 1;     /* severity LOW */
  return at;
}

static void queue_message(struct stream *stream, const uint8_t *bytes, size_t length) {
  if (stream->out_start == stream->out_end) stream->out_start = stream->out_end = 0;
  if (stream->out_end + 5 + length > QUEUE_BYTES) fail("the queue is too short");
  put_prefix(stream->out + stream->out_end, length);
  memcpy(stream->out + stream->out_end + 5, bytes, length);
  stream->out_end += 5 + length;
}

static void queue_hello(struct stream *stream) {
  uint8_t hello[64], message[80];
  size_t length = put_bytes(hello, 0x0a, "bench", 5);
  length += put_field(hello + length, 0x10, now_ns()); /* another life of the source each time */
  length += put_field(hello + length, 0x20, 1);
  queue_message(stream, message, put_bytes(message, 0x0a, hello, length));
}

/* How many events may be made now: the window, and at a fixed rate the clock. */
static uint64_t allowed(const struct stream *stream, uint64_t now) {
  uint64_t last = stream->first + stream->count, limit = stream->acked + 1 + stream->window;
  if (stream->rate > 0) {
    uint64_t due = stream->first + (now - stream->begun) * stream->rate / 1000000000u;
    if (due < last) last = due;
  }
  if (limit < last) last = limit;
  return last > stream->next ? last - stream->next : 0;
}

static void queue_events(struct stream *stream) {
  static uint8_t batch[BATCH * EVENT_BYTES_MAX], message[BATCH * EVENT_BYTES_MAX + 16];
  uint8_t event[EVENT_BYTES_MAX];
  uint64_t now = now_ns(), room = allowed(stream, now);
  while (room > 0 && QUEUE_BYTES - stream->out_end > sizeof message + 5) {
    uint64_t count = room < stream->batch ? room : stream->batch;
    size_t length = 0;
    for (uint64_t index = 0; index < count; index++) {
      /* At a fixed rate an event is as old as the moment it was due, however late it leaves. */
      stream->made_at[stream->next - stream->first] =
          stream->rate > 0
              ? stream->begun + (stream->next - stream->first) * 1000000000u / stream->rate
              : now;
      size_t bytes = make_event(stream, event, stream->next++);
      if (stream->batch == 1) {
        length = put_bytes(message, 0x12, event, bytes);
      } else {
        length += put_bytes(batch + length, 0x0a, event, bytes);
      }
    }
    if (stream->batch > 1) length = put_bytes(message, 0x1a, batch, length);
    queue_message(stream, message, length);
    room -= count;
  }
}

static size_t produce_events(void *context, uint8_t *out, size_t length, int *ended) {
  struct stream *stream = context;
  if (stream->is_welcome && stream->out_start == stream->out_end) queue_events(stream);
  size_t count = stream->out_end - stream->out_start;
  if (count > length) count = length;
  memcpy(out, stream->out + stream->out_start, count);
  stream->out_start += count;
  *ended = stream->is_welcome && stream->acked + 1 == stream->first + stream->count;
  return count;
}

static void take_welcome(struct stream *stream, const struct field *message) {
  const uint8_t *at = message->bytes;
  struct field field;
  uint64_t resume = 0;
  while (take_field(&at, message->bytes + message->length, &field)) {
    if (field.number == 1) resume = field.value;
    if (field.number == 2) stream->window = field.value;
  }
  if (resume != 1 || stream->window == 0) fail("a Welcome that is none");
  stream->first = stream->next = resume;
  stream->acked = resume - 1;
  stream->is_welcome = 1;
  stream->begun = now_ns();
}

/* Each event has one result, in order, and is to be looked at. */
static void take_ack(struct stream *stream, const struct field *message) {
  const uint8_t *at = message->bytes;
  struct field field, part;
  uint64_t up_to = 0, sequence = stream->acked;
  while (take_field(&at, message->bytes + message->length, &field)) {
    if (field.number == 1) up_to = field.value;
    if (field.number != 2) continue;
    const uint8_t *inner = field.bytes;
    uint64_t outcome = 0, of = 0;
    while (take_field(&inner, field.bytes + field.length, &part)) {
      if (part.number == 1) of = part.value;
      if (part.number == 2) outcome = part.value;
    }
    if (of != ++sequence) fail("a result for %" PRIu64 " instead of %" PRIu64, of, sequence);
    if (outcome != OUTCOME_ACCEPTED && outcome != OUTCOME_COALESCED)
      fail("event %" PRIu64 " came to %" PRIu64, of, outcome);
  }
  if (up_to != sequence || up_to >= stream->next)
    fail("acknowledged up to %" PRIu64 ", with results up to %" PRIu64, up_to, sequence);
  uint64_t now = now_ns();
  for (; stream->acked < up_to; stream->acked++) {
    uint64_t index = stream->acked + 1 - stream->first;
    stream->spans[index] = now - stream->made_at[index];
  }
}

static void consume_acks(void *context, const uint8_t *bytes, size_t length) {
  struct stream *stream = context;
  if (length > ANSWER_BYTES_MAX - stream->in_bytes) fail("an answer that is too long");
  memcpy(stream->in + stream->in_bytes, bytes, length);
  stream->in_bytes += length;
  size_t start = 0;
  while (stream->in_bytes - start >= 5) {
    const uint8_t *at = stream->in + start;
    size_t size = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
    struct field message;
    if (stream->in_bytes - start < 5 + size) break;
    at += 5;
    if (!take_field(&at, at + size, &message)) fail("an empty message");
    if (message.number == 1 && !stream->is_welcome) take_welcome(stream, &message);
    else if (message.number == 2 && stream->is_welcome) take_ack(stream, &message);
    else fail("message %u of the stream is not expected", message.number);
    start += 5 + size;
  }
  memmove(stream->in, stream->in + start, stream->in_bytes - start);
  stream->in_bytes -= start;
  if (stream->is_welcome) client_resume(stream->client, &stream->call);
}

static int ascending(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static void events(uint16_t port, uint64_t count, uint64_t accounts, uint64_t rate, uint64_t batch) {
  struct stream *stream = calloc(1, sizeof *stream);
  if (stream == NULL) fail("no memory");
  stream->client = client_open(port);
  stream->count = count, stream->accounts = accounts, stream->rate = rate, stream->batch = batch;
  stream->made_at = calloc(count, sizeof *stream->made_at);
  stream->spans = calloc(count, sizeof *stream->spans);
  if (stream->made_at == NULL || stream->spans == NULL) fail("no memory");
  stream->call = (struct call){
      .path = STREAM, .produce = produce_events, .consume = consume_acks, .context = stream};
  queue_hello(stream);
  client_begin(stream->client, &stream->call);
  uint64_t silent_since = now_ns(), seen = 0;
  while (!client_ended(&stream->call)) {
    client_turn(stream->client, rate > 0 ? 1 : SILENCE_MS_MAX);
    if (rate == 0) continue;
    if (stream->is_welcome && allowed(stream, now_ns()) > 0)
      client_resume(stream->client, &stream->call);
    if (stream->acked != seen) seen = stream->acked, silent_since = now_ns();
    if (now_ns() - silent_since > SILENCE_MS_MAX * 1000000ull) fail("no ack comes any more");
  }
  double span = (double)(now_ns() - stream->begun);
  if (stream->acked != count) fail("%" PRIu64 " events were acknowledged", stream->acked);
  qsort(stream->spans, count, sizeof *stream->spans, ascending);
  printf("events_per_second %.0f\nack_p50_ns %" PRIu64 "\nack_p99_ns %" PRIu64 "\n",
         (double)count * 1e9 / span, stream->spans[count / 2], stream->spans[count * 99 / 100]);
  client_close(stream->client);
}

/* ---- balances ---- */

struct ask {
  struct call call;
  uint8_t request[160], answer[2048];
  size_t request_bytes, sent, received;
  char owner[67];
};

static size_t produce_ask(void *context, uint8_t *out, size_t length, int *ended) {
  struct ask *ask = context;
  size_t count = ask->request_bytes - ask->sent;
  if (count > length) count = length;
  memcpy(out, ask->request + ask->sent, count);
  ask->sent += count;
  *ended = ask->sent == ask->request_bytes;
  return count;
}

static void consume_ask(void *context, const uint8_t *bytes, size_t length) {
  struct ask *ask = context;
  if (length > sizeof ask->answer - ask->received) fail("an answer that is too long");
  memcpy(ask->answer + ask->received, bytes, length);
  ask->received += length;
}

static void begin_ask(struct client *client, struct ask *ask, uint64_t account) {
  uint8_t ddc[128], message[140], request[150];
  size_t length;
  snprintf(ask->owner, sizeof ask->owner, "0x%064" PRIx64, account + 1);
  length = put_bytes(ddc, 0x0a, "0x0059f5ada35eee46802d80750d5ca4a490640511", 42);
  length += put_bytes(ddc + length, 0x12, ask->owner, 66);
  length = put_bytes(message, 0x0a, ddc, length);
  length = put_bytes(request, 0x0a, message, length);
  put_prefix(ask->request, length);
  memcpy(ask->request + 5, request, length);
  ask->request_bytes = 5 + length;
  ask->sent = ask->received = 0;
  ask->call = (struct call){.path = GET, .produce = produce_ask, .consume = consume_ask, .context = ask};
  client_begin(client, &ask->call);
}

/* The balance that topupbench made, of 200 CERE. */
static void check_ask(const struct ask *ask) {
  static const char balance[] = "\x12\x0d" "2000000000000";
  if (ask->received < 64 || memmem(ask->answer, ask->received, balance, sizeof balance - 1) == NULL)
    fail("the balance of %s is another", ask->owner);
}

static uint64_t random_number(uint64_t *state) {
  /* Marsaglia's xorshift64. */
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void balances(uint16_t port, uint64_t calls, uint64_t accounts) {
  static struct ask asks[CONNECTIONS][IN_FLIGHT];
  struct client *clients[CONNECTIONS];
  uint64_t seed = 88172645463325252u, begun_calls = 0, ended = 0, begun = now_ns();
  for (int which = 0; which < CONNECTIONS; which++) {
    clients[which] = client_open(port);
    for (int place = 0; place < IN_FLIGHT; place++, begun_calls++)
      begin_ask(clients[which], &asks[which][place], random_number(&seed) % accounts);
  }
  while (ended < calls) {
    for (int which = 0; which < CONNECTIONS; which++) {
      client_turn(clients[which], 0);
      for (int place = 0; place < IN_FLIGHT; place++) {
        struct ask *ask = &asks[which][place];
        if (ask->call.path == NULL || !client_ended(&ask->call)) continue;
        check_ask(ask);
        ended += 1;
        ask->call.path = NULL;
        if (begun_calls < calls) {
          begin_ask(clients[which], ask, random_number(&seed) % accounts);
          begun_calls += 1;
        }
      }
    }
  }
  printf("calls_per_second %.0f\n", (double)ended * 1e9 / (double)(now_ns() - begun));
  for (int which = 0; which < CONNECTIONS; which++) client_close(clients[which]);
}

static uint64_t positive(const char *text) {
  char *end;
  uint64_t value = strtoull(text, &end, 10);
  if (value == 0 || *end != 0) fail("%s is not a positive number", text);
  return value;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc >= 5) {
    const char *mode = argv[1];
    uint16_t port = (uint16_t)positive(argv[2]);
    uint64_t count = positive(argv[3]), accounts = positive(argv[4]);
    uint64_t rate = argc == 6 ? positive(argv[5]) : 0;
    if (strcmp(mode, "events") == 0) return events(port, count, accounts, rate, 1), 0;
    if (strcmp(mode, "batches") == 0) return events(port, count, accounts, rate, BATCH), 0;
    if (strcmp(mode, "balances") == 0 && argc == 5) return balances(port, count, accounts), 0;
  }
  fputs("usage: topupload events|batches PORT COUNT ACCOUNTS [RATE], balances PORT CALLS ACCOUNTS\n",
        stderr);
  return 64;
}
