/* The ceiling of scripts/bench: the least that an HTTP/2 server on nghttp2 can do. One thread, epoll,
 * no protobuf, no routing, no deadlines: it reads a request's body and sends it back with gRPC's
 * headers and trailers.
 *
 *   nghttp2server [--port N]        prints "ready PORT"
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  READ_BYTES_MAX = 65536,
  WRITE_BYTES_MAX = 65536,
  BODY_BYTES_MAX = 4096, /* more than any request of the benchmark; the stream is reset beyond */
  EVENTS_MAX = 256,
};

/* One request; kept for the next one when it ends. */
struct stream {
  struct stream *next;
  size_t received, sent;
  uint8_t body[BODY_BYTES_MAX];
};

struct connection {
  int fd;
  int waits_writable;
  nghttp2_session *session;
  /* What the socket did not take yet. */
  uint8_t *pending;
  size_t pending_bytes;
};

static struct stream *free_streams;
static nghttp2_session_callbacks *callbacks;
static nghttp2_option *options;
static uint8_t read_buffer[READ_BYTES_MAX], write_buffer[WRITE_BYTES_MAX];

#define FIELD(name, value)                                                      \
  {(uint8_t *)name, (uint8_t *)value, sizeof(name) - 1, sizeof(value) - 1,      \
   NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE}
static const nghttp2_nv headers[] = {FIELD(":status", "200"),
                                     FIELD("content-type", "application/grpc")};
static const nghttp2_nv trailers[] = {FIELD("grpc-status", "0")};

static void fail(const char *what) {
  perror(what);
  exit(71);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t length,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
  struct stream *stream = source->ptr;
  size_t count = stream->received - stream->sent;
  (void)user;
  if (count > length) count = length;
  memcpy(out, stream->body + stream->sent, count);
  stream->sent += count;
  if (stream->sent == stream->received) {
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    if (nghttp2_submit_trailer(session, id, trailers, 1) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  return (ssize_t)count;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
  struct stream *stream = free_streams;
  (void)user;
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  if (stream != NULL) {
    free_streams = stream->next;
  } else if ((stream = malloc(sizeof *stream)) == NULL) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  stream->received = stream->sent = 0;
  return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t length, void *user) {
  struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
  (void)flags, (void)user;
  if (stream == NULL) return 0;
  if (length > BODY_BYTES_MAX - stream->received)
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_ENHANCE_YOUR_CALM);
  memcpy(stream->body + stream->received, data, length);
  stream->received += length;
  return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
  nghttp2_data_provider body = {.read_callback = read_body};
  (void)user;
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  body.source.ptr = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
  if (body.source.ptr == NULL) return 0;
  return nghttp2_submit_response(session, frame->hd.stream_id, headers, 2, &body);
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user) {
  struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
  (void)code, (void)user;
  if (stream == NULL) return 0;
  stream->next = free_streams;
  free_streams = stream;
  return 0;
}

static void make_callbacks(void) {
  if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0)
    fail("nghttp2");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_option_set_no_closed_streams(options, 1);
}

static void watch(int epoll, int operation, struct connection *connection, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(epoll, operation, connection->fd, &event) != 0) fail("epoll_ctl");
}

static void close_connection(struct connection *connection) {
  nghttp2_session_del(connection->session);
  close(connection->fd);
  free(connection->pending);
  free(connection);
}

static void accept_all(int epoll, int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    if (fd < 0) {
      if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
      fail("accept4");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection *connection = calloc(1, sizeof *connection);
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 128}};
    if (connection == NULL) fail("calloc");
    connection->fd = fd;
    if (nghttp2_session_server_new2(&connection->session, callbacks, connection, options) != 0 ||
        nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 1) != 0)
      fail("nghttp2_session_server_new2");
    watch(epoll, EPOLL_CTL_ADD, connection, EPOLLIN);
  }
}

/* Keeps what the socket did not take. */
static int keep(struct connection *connection, const uint8_t *bytes, size_t count) {
  uint8_t *copy = malloc(count);
  if (copy == NULL) return -1;
  memcpy(copy, bytes, count);
  free(connection->pending);
  connection->pending = copy;
  connection->pending_bytes = count;
  return 0;
}

static int write_out(struct connection *connection, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t taken = write(connection->fd, bytes, count);
    if (taken < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? keep(connection, bytes, count) : -1;
    }
    bytes += taken;
    count -= (size_t)taken;
  }
  return 0;
}

/* Gathers what nghttp2 has and writes it in as few calls as the buffer allows. */
static int flush(struct connection *connection) {
  size_t filled = 0;
  if (connection->pending_bytes > 0) {
    uint8_t *pending = connection->pending;
    size_t count = connection->pending_bytes;
    connection->pending = NULL;
    connection->pending_bytes = 0;
    int failed = write_out(connection, pending, count);
    free(pending);
    if (failed) return -1;
  }
  while (connection->pending_bytes == 0) {
    const uint8_t *bytes;
    ssize_t count = nghttp2_session_mem_send(connection->session, &bytes);
    if (count < 0) return -1;
    if (count == 0 || filled + (size_t)count > WRITE_BYTES_MAX) {
      if (write_out(connection, write_buffer, filled) != 0) return -1;
      filled = 0;
      if (count == 0) return 0;
      if (connection->pending_bytes > 0) { /* the frame in hand goes behind what waits */
        uint8_t *grown = realloc(connection->pending, connection->pending_bytes + (size_t)count);
        if (grown == NULL) return -1;
        memcpy(grown + connection->pending_bytes, bytes, (size_t)count);
        connection->pending = grown;
        connection->pending_bytes += (size_t)count;
        return 0;
      }
    }
    memcpy(write_buffer + filled, bytes, (size_t)count);
    filled += (size_t)count;
  }
  return 0;
}

static int serve(int epoll, struct connection *connection) {
  if (connection->pending_bytes == 0) {
    ssize_t count = read(connection->fd, read_buffer, READ_BYTES_MAX);
    if (count == 0) return -1;
    if (count < 0 && errno != EAGAIN && errno != EINTR) return -1;
    if (count > 0 &&
        nghttp2_session_mem_recv(connection->session, read_buffer, (size_t)count) != count)
      return -1;
  }
  if (flush(connection) != 0) return -1;
  int waits = connection->pending_bytes > 0;
  if (waits != connection->waits_writable) {
    watch(epoll, EPOLL_CTL_MOD, connection, waits ? EPOLLOUT : EPOLLIN);
    connection->waits_writable = waits;
  }
  if (!nghttp2_session_want_read(connection->session) &&
      !nghttp2_session_want_write(connection->session))
    return -1;
  return 0;
}

static int listen_on(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0 ||
      getsockname(fd, (struct sockaddr *)&address, &length) != 0)
    fail("listen");
  printf("ready %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char **argv) {
  int port = 0;
  if (argc == 3 && strcmp(argv[1], "--port") == 0) port = atoi(argv[2]);
  if ((argc != 1 && argc != 3) || port < 0 || port > 65535) {
    fprintf(stderr, "usage: nghttp2server [--port N]\n");
    return 64;
  }
  make_callbacks();
  int epoll = epoll_create1(EPOLL_CLOEXEC), listener = listen_on((uint16_t)port);
  struct epoll_event first = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &first) != 0) fail("epoll");
  for (;;) {
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int index = 0; index < count; index++) {
      struct connection *connection = events[index].data.ptr;
      if (connection == NULL) {
        accept_all(epoll, listener);
      } else if (serve(epoll, connection) != 0) {
        close_connection(connection);
      }
    }
  }
}
