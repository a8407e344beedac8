/* wsload: a neutral WebSocket load generator (epoll, one thread), for measuring servers side by side.
 * modes:
 *   echo   PORT CONNS DEPTH SIZE SECONDS   each connection keeps DEPTH messages in flight; counts echoes
 *   fanout PORT CONNS SIZE COUNT           one publisher sends COUNT messages to a broadcast server, CONNS
 *                                          subscribers count what arrives; reports deliveries per second
 *   idle   PORT CONNS SECONDS              opens CONNS connections, holds them, reports how many stay open
 * prints one line of JSON.  Loopback only.
 * WS_PATH names the path; WS_DEFLATE=1 offers permessage-deflate, and in idle mode has each connection exchange one
 * compressed message with the (echo) server before it idles, so that both directions of the compression are in use.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifdef WITH_TLS
/* gcc -DWITH_TLS ... -lssl -lcrypto: the same over TLS, whatever the certificate */
#include <openssl/err.h>
#include <openssl/ssl.h>
static SSL *streams[1 << 16];
static ssize_t outcome(int fd, int r) {
  if (r > 0) return r;
  int e = SSL_get_error(streams[fd], r);
  if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) { errno = EAGAIN; return -1; }
  return 0;
}
static ssize_t tls_read(int fd, void *b, size_t n) { ERR_clear_error(); return outcome(fd, SSL_read(streams[fd], b, n)); }
static ssize_t tls_write(int fd, const void *b, size_t n) { ERR_clear_error(); return outcome(fd, SSL_write(streams[fd], b, n)); }
static int tls_connect(int fd) {
  static SSL_CTX *context;
  if (!context) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  SSL_set_fd(streams[fd] = SSL_new(context), fd);
  return SSL_connect(streams[fd]) == 1;
}
#define read tls_read
#define write tls_write
#else
#define tls_connect(fd) 1
#endif

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }

typedef struct { int fd; unsigned char *in; size_t len, cap; long got; double *sent; int head, tail; } conn;

static const char *path = "/";
static int deflate = 0;
static int dial(int port, int i) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  /* spread over 127.0.0.0/8 so that more than 28k sockets can be opened */
  struct sockaddr_in me = {.sin_family = AF_INET};
  me.sin_addr.s_addr = htonl(0x7f000001u + (i / 20000));
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  bind(fd, (void *)&me, sizeof me);
  inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
  if (connect(fd, (void *)&a, sizeof a)) { close(fd); return -1; }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (!tls_connect(fd)) { close(fd); return -1; }
  char req[512];
  int n = snprintf(req, sizeof req, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n", path, port,
    deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
  if (write(fd, req, n) != n) { close(fd); return -1; }
  char b[4096]; int k = 0;
  struct timeval tv = {10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  while (k < (int)sizeof b - 1) {
    int r = read(fd, b + k, 1);
    if (r <= 0) { close(fd); return -1; }
    k += r; b[k] = 0;
    if (k >= 4 && !memcmp(b + k - 4, "\r\n\r\n", 4)) break;
  }
  if (!strstr(b, " 101 ")) { close(fd); return -1; }
  if (deflate && !strstr(b, "permessage-deflate")) { fprintf(stderr, "permessage-deflate wasn't agreed\n"); exit(1); }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}
static size_t frame(unsigned char *o, size_t size, int id) {
  size_t h = 0; o[h++] = 0x82;
  if (size < 126) o[h++] = 0x80 | size; else if (size < 65536) { o[h++] = 0xfe; o[h++] = size >> 8; o[h++] = size; }
  else { o[h++] = 0xff; for (int i = 7; i >= 0; i--) o[h++] = (uint64_t)size >> (8 * i); }
  /* a key that repeats is a violation, and slows whoever looks for those */
  uint32_t key = (id + 1) * 2654435761u; unsigned char m[4]; memcpy(m, &key, 4); memcpy(o + h, m, 4); h += 4;
  for (size_t i = 0; i < size; i++) o[h + i] = ('a' + (i + id) % 26) ^ m[i & 3];
  return h + size;
}
/* walks whole frames in c->in; calls with count of data frames */
static long drain(conn *c) {
  long n = 0; size_t i = 0;
  while (c->len - i >= 2) {
    unsigned char *p = c->in + i; uint64_t L = p[1] & 0x7f; size_t h = 2;
    if (L == 126) { if (c->len - i < 4) break; L = p[2] << 8 | p[3]; h = 4; }
    else if (L == 127) { if (c->len - i < 10) break; L = 0; for (int k = 2; k < 10; k++) L = L << 8 | p[k]; h = 10; }
    if (c->len - i < h + L) break;
    int op = p[0] & 15;
    if (op == 1 || op == 2 || op == 0) n++;
    else if (op == 9) { unsigned char q[140] = {0x8a, (unsigned char)(0x80 | L), 0, 0, 0, 0}; memcpy(q + 6, p + h, L); if (write(c->fd, q, 6 + L) < 0) {} }
    else if (op == 8) return -1;
    i += h + L;
  }
  memmove(c->in, c->in + i, c->len - i); c->len -= i;
  return n;
}
/* sends 2 KiB as a compressed message (RFC 7692, 7.2.3.3: one block without compression) and reads the answer's header */
static void exchange(int fd) {
  enum { SIZE = 2048, BLOCK = 1 + 4 + SIZE + 1 };
  unsigned char f[8 + BLOCK] = {0xc2, 0xfe, BLOCK >> 8, BLOCK & 255, 0, 0, 0, 0, 0, SIZE & 255, SIZE >> 8, ~SIZE & 255, ~SIZE >> 8 & 255};
  for (int i = 0; i < SIZE; i++) f[13 + i] = 'a' + i * i % 26;
  char b[4096];
  fcntl(fd, F_SETFL, 0);
  if (write(fd, f, sizeof f) != sizeof f || read(fd, b, sizeof b) < 4 || !(b[0] & 0x40)) { fprintf(stderr, "no compressed answer\n"); exit(1); }
  fcntl(fd, F_SETFL, O_NONBLOCK);
}
static int cmpd(const void *a, const void *b) { double x = *(double *)a, y = *(double *)b; return x < y ? -1 : x > y; }
static void put(int fd, unsigned char *b, size_t n) {
  while (n) { ssize_t r = write(fd, b, n); if (r < 0) { if (errno == EAGAIN) { usleep(50); continue; } perror("write"); exit(1); } b += r; n -= r; }
}
int main(int ac, char **av) {
  if (ac < 4) { fprintf(stderr, "see the top of wsload.c\n"); return 2; }
  if (getenv("WS_PATH")) path = getenv("WS_PATH");
  deflate = getenv("WS_DEFLATE") != NULL;
  struct rlimit rl = {200000, 200000}; setrlimit(RLIMIT_NOFILE, &rl);
  const char *mode = av[1]; int port = atoi(av[2]), N = atoi(av[3]);
  conn *cs = calloc(N, sizeof *cs); int ep = epoll_create1(0); int open_ = 0;
  double t0 = now();
  for (int i = 0; i < N; i++) {
    cs[i].fd = dial(port, i);
    if (cs[i].fd < 0) { if (!strcmp(mode, "idle")) continue; fprintf(stderr, "connect %d failed\n", i); return 1; }
    open_++;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &cs[i]}; epoll_ctl(ep, EPOLL_CTL_ADD, cs[i].fd, &e);
  }
  double tc = now() - t0;
  if (!strcmp(mode, "idle")) {
    if (deflate) for (int i = 0; i < N; i++) if (cs[i].fd >= 0) exchange(cs[i].fd);
    double secs = atof(av[4]), end = now() + secs; int lost = 0; char b[4096];
    printf("{\"mode\":\"idle\",\"opened\":%d,\"asked\":%d,\"open_per_s\":%.0f", open_, N, open_ / tc); fflush(stdout);
    while (now() < end) { struct epoll_event ev[256]; int n = epoll_wait(ep, ev, 256, 100);
      for (int k = 0; k < n; k++) { conn *c = ev[k].data.ptr; c->in = (unsigned char *)b; c->cap = sizeof b; c->len = 0;
        ssize_t r = read(c->fd, b, sizeof b); if (r <= 0) { if (r == 0 || errno != EAGAIN) { lost++; close(c->fd); } } else { c->len = r; drain(c); } } }
    printf(",\"lost\":%d}\n", lost); return 0;
  }
  int depth = 1, size = 0; long count = 0; double secs = 0;
  if (!strcmp(mode, "echo")) { depth = atoi(av[4]); size = atoi(av[5]); secs = atof(av[6]); }
  else { size = atoi(av[4]); count = atol(av[5]); }
  unsigned char *f = malloc(size + 16); size_t fl = frame(f, size, 0);
  for (int i = 0; i < N; i++) { cs[i].cap = (fl * depth + 4096) * 4 + (1 << 18); cs[i].in = malloc(cs[i].cap); cs[i].sent = calloc(depth + 1, sizeof(double)); }
  struct epoll_event ev[512];
  if (!strcmp(mode, "echo")) {
    /* each frame twice, with two keys: connections take one half after the other */
    unsigned char *batch = malloc(fl * depth * 2), *halves[2] = {batch, batch + fl * depth}; char *half = calloc(N, 1);
    for (int d = 0; d < depth * 2; d++) frame(batch + d * fl, size, d);
    double *lat = malloc(sizeof(double) * 4000000); long nl = 0, total = 0;
    double start = now(), end = start + secs;
    for (int i = 0; i < N; i++) { put(cs[i].fd, batch, fl * depth); cs[i].sent[0] = now(); }
    while (1) {
      double t = now(); if (t > end) break;
      int n = epoll_wait(ep, ev, 512, 50);
      for (int k = 0; k < n; k++) { conn *c = ev[k].data.ptr;
        ssize_t r = read(c->fd, c->in + c->len, c->cap - c->len);
        if (r <= 0) { if (r < 0 && errno == EAGAIN) continue; fprintf(stderr, "peer closed\n"); return 1; }
        c->len += r; long g = drain(c); if (g < 0) { fprintf(stderr, "peer sent close\n"); return 1; }
        if (g) { double x = now(); total += g; if (depth == 1 && nl < 4000000) lat[nl++] = x - c->sent[0]; c->sent[0] = x; put(c->fd, halves[half[c - cs] ^= 1], fl * g); } }
    }
    double el = now() - start; qsort(lat, nl, sizeof(double), cmpd);
    printf("{\"mode\":\"echo\",\"conns\":%d,\"depth\":%d,\"size\":%d,\"msgs\":%ld,\"per_s\":%.0f,\"mb_s\":%.1f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n", N, depth, size, total, total / el, total / el * size / 1e6,
      nl ? lat[nl / 2] * 1e6 : 0, nl ? lat[nl * 99 / 100] * 1e6 : 0);
  } else { /* fanout: conn 0 publishes; the rest count (publisher may also receive) */
    long total = 0, want = count * (N - 1), sent = 0; double start = now(), last = start; size_t off = 0;
    while (total < want && now() - last < 10) {
      if (sent < count) { /* keep a window so that the server is loaded, not drowned */
        while (sent < count && (sent - total / (N - 1)) < 64) { ssize_t r = write(cs[0].fd, f + off, fl - off); if (r < 0) break; off += r; if (off == fl) { off = 0; sent++; } else break; } }
      int n = epoll_wait(ep, ev, 512, sent < count ? 1 : 50);
      for (int k = 0; k < n; k++) { conn *c = ev[k].data.ptr; ssize_t r = read(c->fd, c->in + c->len, c->cap - c->len);
        if (r <= 0) { if (r < 0 && errno == EAGAIN) continue; fprintf(stderr, "peer closed\n"); return 1; }
        c->len += r; long g = drain(c); if (g < 0) { fprintf(stderr, "peer sent close\n"); return 1; }
        if (c != cs) total += g; last = now(); }
    }
    double el = last - start;
    printf("{\"mode\":\"fanout\",\"subs\":%d,\"size\":%d,\"sent\":%ld,\"delivered\":%ld,\"lost\":%ld,\"per_s\":%.0f}\n", N - 1, size, sent, total, want - total, total / el);
  }
  return 0;
}
