/* A connection to a gRPC server and calls on it, for rpcload.c and topupload.c. Every failure ends the
 * process with a line on stderr: a benchmark that goes on after one measures something else. */
#pragma once
#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

enum {
  PAYLOAD_BYTES = 64,
  /* gRPC's prefix of five bytes, then field 1, length-delimited, of 64 bytes. */
  MESSAGE_BYTES = 5 + 2 + PAYLOAD_BYTES,
};

struct client;

/* What the caller sends, as nghttp2 asks for it: fills `out`, answers how many bytes; sets *ended with
 * the last of them. Nothing, and no end: it is asked again after client_resume(). */
typedef size_t (*produce_fn)(void *context, uint8_t *out, size_t length, int *ended);
/* Takes what arrives, in pieces of any length. */
typedef void (*consume_fn)(void *context, const uint8_t *bytes, size_t length);

struct call {
  const char *path;
  produce_fn produce;
  consume_fn consume;
  void *context;
  /* Filled in by the client. */
  int32_t id;
  int http_status, grpc_status;
  int closed;
};

/* Connects to 127.0.0.1. */
struct client *client_open(uint16_t port);
void client_close(struct client *client);

/* Makes a call and returns when it is over; anything but 200 and OK ends the process. */
void client_call(struct client *client, struct call *call);

/* The same in pieces, for many calls at a time: begins one; moves bytes for as long as there are any to
 * move, and waits for more up to so many ms, at most SILENCE_MS_MAX; and says whether one is over. */
void client_begin(struct client *client, struct call *call);
void client_turn(struct client *client, int wait_ms);
int client_ended(struct call *call);
enum { SILENCE_MS_MAX = 20000 /* a server that says nothing for so long is broken */ };

/* There is more to send. May be called while messages are consumed. */
void client_resume(struct client *client, struct call *call);

void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
