#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  BUFFER_BYTES = 65536,
  FRAME_BYTES_MAX = 16384 + 9,
  WINDOW_BYTES = 1 << 30,
};

struct client {
  int fd;
  nghttp2_session *session;
  char authority[32];
  /* What the socket did not take yet: start and end in the buffer. */
  size_t start, end;
  uint8_t out[BUFFER_BYTES];
};

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s: ", program_invocation_short_name);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

static int equals(const uint8_t *bytes, size_t length, const char *text) {
  return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

static int number(const uint8_t *bytes, size_t length) {
  int value = 0;
  if (length == 0 || length > 4) return -1;
  for (size_t index = 0; index < length; index++) {
    if (bytes[index] < '0' || bytes[index] > '9') return -1;
    value = value * 10 + (bytes[index] - '0');
  }
  return value;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *user) {
  struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
  (void)flags, (void)user;
  if (call == NULL) return 0;
  if (equals(name, name_length, ":status")) call->http_status = number(value, value_length);
  if (equals(name, name_length, "grpc-status")) call->grpc_status = number(value, value_length);
  return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t length, void *user) {
  struct call *call = nghttp2_session_get_stream_user_data(session, id);
  (void)flags, (void)user;
  if (call != NULL) call->consume(call->context, data, length);
  return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user) {
  struct call *call = nghttp2_session_get_stream_user_data(session, id);
  (void)user;
  if (call == NULL) return 0;
  if (code != NGHTTP2_NO_ERROR) fail("%s was reset with code %u", call->path, code);
  call->closed = 1;
  return 0;
}

static ssize_t read_request(nghttp2_session *session, int32_t id, uint8_t *out, size_t length,
                            uint32_t *flags, nghttp2_data_source *source, void *user) {
  struct call *call = source->ptr;
  int ended = 0;
  size_t count = call->produce(call->context, out, length, &ended);
  (void)session, (void)id, (void)user;
  if (ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (count == 0 && !ended) return NGHTTP2_ERR_DEFERRED;
  return (ssize_t)count;
}

struct client *client_open(uint16_t port) {
  static nghttp2_session_callbacks *callbacks;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES}};
  struct client *client = malloc(sizeof *client);
  int one = 1;
  if (client == NULL) fail("no memory");
  if (callbacks == NULL) {
    if (nghttp2_session_callbacks_new(&callbacks) != 0) fail("no memory");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  }
  client->start = client->end = 0;
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client->fd < 0) fail("socket: %s", strerror(errno));
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0)
    fail("connect: %s", strerror(errno));
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  snprintf(client->authority, sizeof client->authority, "127.0.0.1:%u", port);
  if (nghttp2_session_client_new(&client->session, callbacks, client) != 0 ||
      nghttp2_submit_settings(client->session, NGHTTP2_FLAG_NONE, settings, 1) != 0 ||
      nghttp2_session_set_local_window_size(client->session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES) != 0)
    fail("nghttp2");
  return client;
}

void client_resume(struct client *client, struct call *call) {
  int error = nghttp2_session_resume_data(client->session, call->id);
  /* One that does not wait to be asked needs no call (nghttp2_session_resume_data). */
  if (error != 0 && error != NGHTTP2_ERR_INVALID_ARGUMENT) fail("nghttp2: %s", nghttp2_strerror(error));
}

void client_close(struct client *client) {
  nghttp2_session_del(client->session);
  close(client->fd);
  free(client);
}

/* Moves what nghttp2 has to the socket until one of them has no more; answers whether bytes wait. */
static int write_some(struct client *client) {
  for (;;) {
    while (client->end + FRAME_BYTES_MAX <= BUFFER_BYTES) {
      const uint8_t *bytes;
      ssize_t count = nghttp2_session_mem_send(client->session, &bytes);
      if (count < 0) fail("nghttp2: %s", nghttp2_strerror((int)count));
      if (count == 0) break;
      memcpy(client->out + client->end, bytes, (size_t)count);
      client->end += (size_t)count;
    }
    if (client->start == client->end) return 0;
    ssize_t taken =
        send(client->fd, client->out + client->start, client->end - client->start, MSG_DONTWAIT);
    if (taken < 0) {
      if (errno == EAGAIN || errno == EINTR) return 1;
      fail("write: %s", strerror(errno));
    }
    client->start += (size_t)taken;
    if (client->start == client->end) client->start = client->end = 0;
  }
}

static void read_some(struct client *client) {
  static uint8_t in[BUFFER_BYTES];
  ssize_t count = recv(client->fd, in, sizeof in, MSG_DONTWAIT);
  if (count == 0) fail("the server closed the connection");
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    fail("read: %s", strerror(errno));
  }
  ssize_t used = nghttp2_session_mem_recv(client->session, in, (size_t)count);
  if (used < 0) fail("nghttp2: %s", nghttp2_strerror((int)used));
}

void client_begin(struct client *client, struct call *call) {
#define FIELD(name, value, length)                                              \
  {(uint8_t *)name, (uint8_t *)value, sizeof(name) - 1, length,                 \
   NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE}
  const nghttp2_nv headers[] = {
      FIELD(":method", "POST", 4),
      FIELD(":scheme", "http", 4),
      FIELD(":path", call->path, strlen(call->path)),
      FIELD(":authority", client->authority, strlen(client->authority)),
      FIELD("te", "trailers", 8),
      FIELD("content-type", "application/grpc", 16),
      FIELD("grpc-accept-encoding", "identity, deflate, gzip", 23),
      FIELD("grpc-timeout", "60S", 3),
      FIELD("user-agent", "topupd-bench/1", 14),
  };
  nghttp2_data_provider body = {.source.ptr = call, .read_callback = read_request};
  call->http_status = call->grpc_status = -1;
  call->closed = 0;
  call->id = nghttp2_submit_request(client->session, NULL, headers,
                                    sizeof headers / sizeof headers[0], &body, call);
  if (call->id < 0) fail("nghttp2: %s", nghttp2_strerror(call->id));
}

void client_turn(struct client *client, int wait_ms) {
  int waits = write_some(client);
  struct pollfd event = {.fd = client->fd, .events = (short)(POLLIN | (waits ? POLLOUT : 0))};
  int ready = poll(&event, 1, wait_ms);
  if (ready < 0 && errno != EINTR) fail("poll: %s", strerror(errno));
  if (ready == 0 && wait_ms >= SILENCE_MS_MAX) fail("no answer in %d ms", SILENCE_MS_MAX);
  if (ready > 0 && event.revents & ~POLLOUT) read_some(client);
}

int client_ended(struct call *call) {
  if (!call->closed) return 0;
  if (call->http_status != 200 || call->grpc_status != 0)
    fail("%s ended with HTTP %d, grpc-status %d", call->path, call->http_status, call->grpc_status);
  return 1;
}

void client_call(struct client *client, struct call *call) {
  client_begin(client, call);
  while (!client_ended(call)) client_turn(client, SILENCE_MS_MAX);
}
