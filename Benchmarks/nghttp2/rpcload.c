/* The load of scripts/bench that h2load cannot make: streams, one caller's latency, idle connections,
 * and the time to a first answer. Checks every reply; prints "name value" lines.
 *
 *   rpcload unary PORT CALLS               one caller, one call at a time: p50_ns, p99_ns
 *   rpcload ingest PORT MESSAGES single    one client stream, a DATA frame for each message
 *   rpcload ingest PORT MESSAGES packed    the same, frames as full as they can be
 *   rpcload emit PORT MESSAGES             one server stream
 *   rpcload exchange PORT TURNS            one bidirectional stream, one message at a time: turn_p50_ns
 *   rpcload idle PORT CONNECTIONS          opens them, makes one call on each (health), says "held N",
 *                                          and holds them until stdin ends
 *   rpcload start COMMAND [ARGUMENT...]    runs a server whose stdout names its port; from exec to the
 *                                          first answer of its health service; then ends it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

#define SERVICE "/topupd.bench.v1.Echo/"
#define HEALTH "/grpc.health.v1.Health/Check"

enum { STOP_TURNS_MAX = 1500 /* of 10 ms */ };

extern char **environ;

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- a request of a few bytes, an answer of a few bytes ---- */

struct exchange {
  uint8_t request[128], response[256];
  size_t request_bytes, sent, received;
};

static size_t produce_once(void *context, uint8_t *out, size_t length, int *ended) {
  struct exchange *exchange = context;
  size_t count = exchange->request_bytes - exchange->sent;
  if (count > length) count = length;
  memcpy(out, exchange->request + exchange->sent, count);
  exchange->sent += count;
  *ended = exchange->sent == exchange->request_bytes;
  return count;
}

static void consume_once(void *context, const uint8_t *bytes, size_t length) {
  struct exchange *exchange = context;
  if (length > sizeof exchange->response - exchange->received) fail("an answer that is too long");
  memcpy(exchange->response + exchange->received, bytes, length);
  exchange->received += length;
}

static void perform(struct client *client, const char *path, struct exchange *exchange) {
  struct call call = {
      .path = path, .produce = produce_once, .consume = consume_once, .context = exchange};
  exchange->sent = exchange->received = 0;
  client_call(client, &call);
}

static size_t put_varint(uint8_t *out, uint64_t value) {
  size_t count = 0;
  for (; value >= 0x80; value >>= 7) out[count++] = (uint8_t)(value | 0x80);
  out[count++] = (uint8_t)value;
  return count;
}

/* The value of a varint field of the answer; 0 when it is not there. */
static uint64_t varint_field(const uint8_t *bytes, size_t length, uint8_t tag) {
  size_t at = 0;
  while (at < length) {
    uint8_t found = bytes[at++];
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at < length; shift += 7) {
      value |= (uint64_t)(bytes[at] & 0x7f) << shift;
      if ((bytes[at++] & 0x80) == 0) break;
    }
    if ((found & 7) != 0) fail("an answer with a field of another kind");
    if (found == tag) return value;
  }
  return 0;
}

static void put_prefix(uint8_t *out, size_t message_bytes) {
  out[0] = 0;
  for (int index = 0; index < 4; index++) out[1 + index] = (uint8_t)(message_bytes >> (24 - 8 * index));
}

static void make_echo(uint8_t *out) {
  put_prefix(out, MESSAGE_BYTES - 5);
  out[5] = 0x0a;
  out[6] = PAYLOAD_BYTES;
  memset(out + 7, 'x', PAYLOAD_BYTES);
}

/* ---- one caller ---- */

static int ascending(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static void unary(uint16_t port, uint64_t calls) {
  struct client *client = client_open(port);
  struct exchange exchange = {.request_bytes = MESSAGE_BYTES};
  uint64_t *spans = calloc(calls, sizeof *spans), warm = calls / 10;
  if (spans == NULL) fail("no memory");
  make_echo(exchange.request);
  for (uint64_t index = 0; index < warm + calls; index++) {
    uint64_t begun = now_ns();
    /* Each call has a payload of its own, so that a stale answer is seen. */
    memcpy(exchange.request + 7, &index, sizeof index);
    perform(client, SERVICE "Echo", &exchange);
    if (index >= warm) spans[index - warm] = now_ns() - begun;
    if (exchange.received != MESSAGE_BYTES ||
        memcmp(exchange.response, exchange.request, MESSAGE_BYTES) != 0)
      fail("the echo differs from what was sent");
  }
  qsort(spans, calls, sizeof *spans, ascending);
  printf("p50_ns %" PRIu64 "\np99_ns %" PRIu64 "\n", spans[calls / 2], spans[calls * 99 / 100]);
  client_close(client);
}

/* ---- one client stream ---- */

struct ingest {
  struct exchange answer;
  uint8_t message[MESSAGE_BYTES];
  uint64_t remaining;
  size_t offset; /* of the message that a frame cut */
  int packed;
};

static size_t produce_messages(void *context, uint8_t *out, size_t length, int *ended) {
  struct ingest *ingest = context;
  size_t filled = 0, max = ingest->packed || length < MESSAGE_BYTES ? length : MESSAGE_BYTES;
  if (!ingest->packed && max > MESSAGE_BYTES - ingest->offset) max = MESSAGE_BYTES - ingest->offset;
  while (filled < max && ingest->remaining > 0) {
    size_t count = MESSAGE_BYTES - ingest->offset;
    if (count > max - filled) count = max - filled;
    memcpy(out + filled, ingest->message + ingest->offset, count);
    filled += count;
    ingest->offset += count;
    if (ingest->offset == MESSAGE_BYTES) {
      ingest->offset = 0;
      ingest->remaining -= 1;
    }
  }
  *ended = ingest->remaining == 0;
  return filled;
}

static void consume_answer(void *context, const uint8_t *bytes, size_t length) {
  consume_once(&((struct ingest *)context)->answer, bytes, length);
}

static void ingest(uint16_t port, uint64_t messages, int packed) {
  struct client *client = client_open(port);
  struct ingest ingest = {.remaining = messages, .packed = packed};
  struct call call = {.path = SERVICE "Ingest",
                      .produce = produce_messages,
                      .consume = consume_answer,
                      .context = &ingest};
  make_echo(ingest.message);
  uint64_t begun = now_ns();
  client_call(client, &call);
  uint64_t span = now_ns() - begun;
  const uint8_t *answer = ingest.answer.response + 5;
  size_t length = ingest.answer.received < 5 ? 0 : ingest.answer.received - 5;
  if (varint_field(answer, length, 0x08) != messages ||
      varint_field(answer, length, 0x10) != messages * PAYLOAD_BYTES)
    fail("the server counted other messages than were sent");
  printf("messages_per_second %.0f\n", (double)messages * 1e9 / (double)span);
  client_close(client);
}

/* ---- one server stream ---- */

struct emit {
  struct exchange question;
  uint8_t message[MESSAGE_BYTES];
  uint64_t received;
  size_t offset;
};

static size_t produce_question(void *context, uint8_t *out, size_t length, int *ended) {
  return produce_once(&((struct emit *)context)->question, out, length, ended);
}

static void consume_messages(void *context, const uint8_t *bytes, size_t length) {
  struct emit *emit = context;
  while (length > 0) {
    size_t count = MESSAGE_BYTES - emit->offset;
    if (count > length) count = length;
    if (memcmp(bytes, emit->message + emit->offset, count) != 0)
      fail("message %" PRIu64 " is not what was asked for", emit->received);
    bytes += count;
    length -= count;
    emit->offset += count;
    if (emit->offset == MESSAGE_BYTES) {
      emit->offset = 0;
      emit->received += 1;
    }
  }
}

static void emit(uint16_t port, uint64_t messages) {
  struct client *client = client_open(port);
  struct emit emit = {.received = 0};
  struct call call = {.path = SERVICE "Emit",
                      .produce = produce_question,
                      .consume = consume_messages,
                      .context = &emit};
  uint8_t *body = emit.question.request + 5, *end = body;
  make_echo(emit.message);
  *end++ = 0x08;
  end += put_varint(end, messages);
  *end++ = 0x10;
  end += put_varint(end, PAYLOAD_BYTES);
  put_prefix(emit.question.request, (size_t)(end - body));
  emit.question.request_bytes = 5 + (size_t)(end - body);
  uint64_t begun = now_ns();
  client_call(client, &call);
  uint64_t span = now_ns() - begun;
  if (emit.received != messages || emit.offset != 0)
    fail("%" PRIu64 " messages came, not %" PRIu64, emit.received, messages);
  printf("messages_per_second %.0f\n", (double)messages * 1e9 / (double)span);
  client_close(client);
}

/* ---- one bidirectional stream, by turns ---- */

struct turns {
  struct client *client;
  struct call call;
  uint8_t message[MESSAGE_BYTES];
  size_t sent, received;
  uint64_t begun, done, wanted, *spans;
};

static size_t produce_turn(void *context, uint8_t *out, size_t length, int *ended) {
  struct turns *turns = context;
  size_t count = MESSAGE_BYTES - turns->sent;
  if (turns->done == turns->wanted) return *ended = 1, 0;
  if (count > length) count = length;
  if (turns->sent == 0) {
    turns->begun = now_ns();
    memcpy(turns->message + 7, &turns->done, sizeof turns->done);
  }
  memcpy(out, turns->message + turns->sent, count);
  turns->sent += count;
  return count;
}

static void consume_turn(void *context, const uint8_t *bytes, size_t length) {
  struct turns *turns = context;
  if (turns->done == turns->wanted || length > turns->sent - turns->received ||
      memcmp(bytes, turns->message + turns->received, length) != 0)
    fail("turn %" PRIu64 " is not what was sent", turns->done);
  turns->received += length;
  if (turns->received < MESSAGE_BYTES) return;
  turns->spans[turns->done++] = now_ns() - turns->begun;
  turns->sent = turns->received = 0;
  client_resume(turns->client, &turns->call);
}

static void exchange(uint16_t port, uint64_t wanted) {
  struct turns turns = {.client = client_open(port), .wanted = wanted};
  turns.spans = calloc(wanted, sizeof *turns.spans);
  if (turns.spans == NULL) fail("no memory");
  turns.call = (struct call){.path = SERVICE "Exchange",
                             .produce = produce_turn,
                             .consume = consume_turn,
                             .context = &turns};
  make_echo(turns.message);
  client_call(turns.client, &turns.call);
  if (turns.done != wanted) fail("the stream ended after %" PRIu64 " turns", turns.done);
  qsort(turns.spans, wanted, sizeof *turns.spans, ascending);
  printf("turn_p50_ns %" PRIu64 "\n", turns.spans[wanted / 2]);
  client_close(turns.client);
}

/* ---- idle connections, and the first answer ---- */

/* An empty HealthCheckRequest: the whole server; SERVING is field 1, value 1. */
static void check_health(struct client *client) {
  struct exchange exchange = {.request_bytes = 5};
  perform(client, HEALTH, &exchange);
  if (exchange.received != 7 || varint_field(exchange.response + 5, 2, 0x08) != 1)
    fail("the server is not SERVING");
}

static void idle(uint16_t port, uint64_t connections) {
  for (uint64_t index = 0; index < connections; index++) check_health(client_open(port));
  printf("held %" PRIu64 "\n", connections);
  fflush(stdout);
  for (char byte; read(STDIN_FILENO, &byte, 1) > 0;) continue;
}

/* The port in "ready PORT" or "... serves on HOST:PORT, ..."; 0 when the line says none. */
static uint16_t port_in(const char *line) {
  const char *serves = strstr(line, "serves on "), *digits = NULL;
  if (serves != NULL) digits = strchr(serves, ':');
  if (strncmp(line, "ready ", 6) == 0) digits = line + 5;
  return digits == NULL ? 0 : (uint16_t)strtoul(digits + 1, NULL, 10);
}

static void stop(pid_t pid) {
  const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
  kill(pid, SIGTERM);
  for (int turn = 0; turn < STOP_TURNS_MAX; turn++) {
    if (waitpid(pid, NULL, WNOHANG) != 0) return;
    nanosleep(&pause, NULL);
  }
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

static void start(char **command) {
  int out[2];
  pid_t pid;
  char line[512];
  posix_spawn_file_actions_t actions;
  if (pipe(out) != 0) fail("pipe: %s", strerror(errno));
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, out[0]);
  posix_spawn_file_actions_addclose(&actions, out[1]);
  uint64_t begun = now_ns();
  int error = posix_spawn(&pid, command[0], &actions, NULL, command, environ);
  if (error != 0) fail("%s: %s", command[0], strerror(error));
  close(out[1]);
  FILE *lines = fdopen(out[0], "r");
  uint16_t port = 0;
  while (port == 0 && lines != NULL && fgets(line, sizeof line, lines) != NULL) port = port_in(line);
  if (port != 0) {
    struct client *client = client_open(port);
    check_health(client);
    printf("start_ns %" PRIu64 "\n", now_ns() - begun);
    client_close(client);
  }
  stop(pid);
  if (port == 0) fail("%s ended without naming its port", command[0]);
}

static uint64_t positive(const char *text) {
  char *end;
  uint64_t value = strtoull(text, &end, 10);
  if (value == 0 || *end != 0) fail("%s is not a positive number", text);
  return value;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  signal(SIGPIPE, SIG_IGN);
  if (strcmp(mode, "start") == 0 && argc > 2) return start(argv + 2), 0;
  if (argc >= 4) {
    uint16_t port = (uint16_t)positive(argv[2]);
    uint64_t count = positive(argv[3]);
    if (strcmp(mode, "unary") == 0 && argc == 4) return unary(port, count), 0;
    if (strcmp(mode, "emit") == 0 && argc == 4) return emit(port, count), 0;
    if (strcmp(mode, "exchange") == 0 && argc == 4) return exchange(port, count), 0;
    if (strcmp(mode, "idle") == 0 && argc == 4) return idle(port, count), 0;
    if (strcmp(mode, "ingest") == 0 && argc == 5 && strcmp(argv[4], "single") == 0)
      return ingest(port, count, 0), 0;
    if (strcmp(mode, "ingest") == 0 && argc == 5 && strcmp(argv[4], "packed") == 0)
      return ingest(port, count, 1), 0;
  }
  fputs("usage: rpcload unary|emit|exchange|idle PORT N, ingest PORT N single|packed, start COMMAND\n",
        stderr);
  return 64;
}
