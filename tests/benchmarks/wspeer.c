/* wspeer: the other end for measuring clients, much faster than any of them.
 * modes:
 *   sink                 takes messages and throws them away
 *   source COUNT SIZE    sends COUNT text messages of SIZE bytes, then a close frame
 *   pace RATE SECONDS    sends RATE numbered messages of 98 bytes each second, for so
 *                        many seconds, then a close frame
 *   echo                 sends each message back
 * Prints the port that it listens on, then for each connection one line of JSON with
 * the number of messages and bytes that came in. One connection at a time; loopback.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, CLOSE = 8, PING = 9 };
static unsigned char buffer[BUFFER + 16];

static uint32_t rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

/* SHA-1 of a text shorter than 120 bytes. */
static void sha1(const char *text, unsigned char digest[20]) {
  unsigned char m[128] = {0};
  size_t n = strlen(text), blocks = n < 56 ? 1 : 2;
  memcpy(m, text, n);
  m[n] = 0x80;
  m[blocks * 64 - 2] = n * 8 >> 8;
  m[blocks * 64 - 1] = n * 8;
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (size_t block = 0; block < blocks; block++) {
    uint32_t w[80], v[5];
    for (int i = 0; i < 16; i++) {
      unsigned char *p = m + block * 64 + i * 4;
      w[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
    }
    for (int i = 16; i < 80; i++)
      w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 80; i++) {
      uint32_t f, k;
      if (i < 20) f = (v[1] & v[2]) | (~v[1] & v[3]), k = 0x5a827999;
      else if (i < 40) f = v[1] ^ v[2] ^ v[3], k = 0x6ed9eba1;
      else if (i < 60) f = (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]), k = 0x8f1bbcdc;
      else f = v[1] ^ v[2] ^ v[3], k = 0xca62c1d6;
      uint32_t next = rotate(v[0], 5) + f + v[4] + k + w[i];
      v[4] = v[3], v[3] = v[2], v[2] = rotate(v[1], 30), v[1] = v[0], v[0] = next;
    }
    for (int i = 0; i < 5; i++) h[i] += v[i];
  }
  for (int i = 0; i < 20; i++) digest[i] = h[i / 4] >> (24 - i % 4 * 8);
}

/* Base64 of 20 bytes: 28 characters. */
static void base64(const unsigned char digest[20], char *text) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 21; i += 3) {
    uint32_t three = digest[i] << 16 | digest[i + 1] << 8 | (i < 18 ? digest[i + 2] : 0);
    for (int shift = 18; shift >= 0; shift -= 6) *text++ = digits[three >> shift & 63];
  }
  text[-1] = '=';
  *text = 0;
}

static int send_all(int fd, const void *data, size_t size) {
  while (size) {
    ssize_t sent = write(fd, data, size);
    if (sent <= 0) return -1;
    data = (const char *)data + sent;
    size -= sent;
  }
  return 0;
}

/* Answer the opening handshake; the bytes behind it are moved to the buffer's start. */
static ssize_t open_connection(int fd) {
  size_t size = 0;
  char *end;
  do {
    ssize_t got = read(fd, buffer + size, BUFFER - size);
    if (got <= 0) return -1;
    size += got;
    buffer[size] = 0;
  } while (!(end = strstr((char *)buffer, "\r\n\r\n")));
  char *line = (char *)buffer, key[128] = "";
  while (line < end) {
    if (!strncasecmp(line, "sec-websocket-key:", 18)) sscanf(line + 18, " %64s", key);
    line = strstr(line, "\r\n") + 2;
  }
  strcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  unsigned char digest[21] = {0};
  char accept[32], response[256];
  sha1(key, digest);
  base64(digest, accept);
  int n = snprintf(response, sizeof response,
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
  if (send_all(fd, response, n)) return -1;
  size -= end + 4 - (char *)buffer;
  memmove(buffer, end + 4, size);
  return size;
}

/* Send a payload of up to 64 KiB as one frame, after taking its mask off. */
static int answer(int fd, int opcode, unsigned char *payload, size_t size,
                  const unsigned char *key) {
  unsigned char header[4] = {0x80 | opcode, size < 126 ? size : 126, size >> 8, size};
  for (size_t i = 0; i < size; i++) payload[i] ^= key[i & 3];
  return send_all(fd, header, size < 126 ? 2 : 4) || send_all(fd, payload, size);
}

/* Read frames until the close frame, which is answered, or the end of the stream. */
static void receive(int fd, size_t have, int echo, int answer_close) {
  long messages = 0;
  uint64_t bytes = 0, skip = 0;
  for (;;) {
    unsigned char *p = buffer, *end = buffer + have;
    for (;;) {
      uint64_t step = skip < (uint64_t)(end - p) ? skip : (uint64_t)(end - p);
      p += step, skip -= step;
      if (skip || end - p < 2) break;
      uint64_t size = p[1] & 0x7f;
      size_t header = (size < 126 ? 2 : size == 126 ? 4 : 10) + (p[1] & 0x80 ? 4 : 0);
      if ((size_t)(end - p) < header) break;
      if (size == 126) size = p[2] << 8 | p[3];
      else if (size == 127)
        for (int i = (size = 0, 2); i < 10; i++) size = size << 8 | p[i];
      int opcode = p[0] & 15, data = opcode < CLOSE;
      if ((echo || !data) && (uint64_t)(end - p) < header + size) break;
      if (data) messages += p[0] >> 7, bytes += size;
      if (opcode == CLOSE) {
        if (answer_close) answer(fd, CLOSE, p + header, size, p + header - 4);
        goto ended;
      }
      if (data && echo) answer(fd, opcode, p + header, size, p + header - 4);
      if (opcode == PING) answer(fd, 10, p + header, size, p + header - 4);
      p += header, skip = size;
    }
    have = end - p;
    memmove(buffer, p, have);
    ssize_t got = read(fd, buffer + have, BUFFER - have);
    if (got <= 0) break;
    have += got;
  }
ended:
  printf("{\"messages\": %ld, \"bytes\": %llu}\n", messages, (unsigned long long)bytes);
  fflush(stdout);
}

/* Send many messages in large writes, then a close frame. */
static void flood(int fd, long count, size_t size) {
  size_t header = size < 126 ? 2 : 4, frame = header + size;
  long per_write = BUFFER / frame;
  unsigned char *frames = malloc(per_write * frame);
  for (long i = 0; i < per_write; i++) {
    unsigned char *p = frames + i * frame;
    p[0] = 0x81;
    p[1] = size < 126 ? size : 126;
    if (size >= 126) p[2] = size >> 8, p[3] = size;
    for (size_t k = 0; k < size; k++) p[header + k] = 'a' + k % 26;
  }
  while (count > 0) {
    long n = count < per_write ? count : per_write;
    if (send_all(fd, frames, n * frame)) break;
    count -= n;
  }
  free(frames);
  send_all(fd, "\x88\x02\x03\xe8", 4);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

/* Send numbered messages at a rate, as far as the client takes them. */
static void pace(int fd, double rate, double duration) {
  enum { SIZE = 98, FRAME = 2 + SIZE, PER_WRITE = BUFFER / FRAME };
  unsigned char *frames = malloc(PER_WRITE * FRAME);
  char number[16];
  for (long i = 0; i < PER_WRITE; i++) {
    memset(frames + i * FRAME, '.', FRAME);
    frames[i * FRAME] = 0x81;
    frames[i * FRAME + 1] = SIZE;
  }
  double start = seconds();
  for (long sent = 0;;) {
    double now = seconds() - start;
    if (now > duration) now = duration;
    long due = (long)(now * rate) - sent;
    if (due > PER_WRITE) due = PER_WRITE;
    for (long i = 0; i < due; i++) {
      snprintf(number, sizeof number, "%012ld", ++sent);
      memcpy(frames + i * FRAME + 2, number, 12);
    }
    if (due && send_all(fd, frames, due * FRAME)) break;
    if (now >= duration && due == 0) break;
    usleep(2000);
  }
  free(frames);
  send_all(fd, "\x88\x02\x03\xe8", 4);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  int source = !strcmp(mode, "source") && argc == 4, echo = !strcmp(mode, "echo");
  int paced = !strcmp(mode, "pace") && argc == 4;
  if (!source && !paced && !echo && strcmp(mode, "sink")) {
    fprintf(stderr,
            "usage: wspeer sink | source COUNT SIZE | pace RATE SECONDS | echo\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (void *)&address, length) || listen(listener, 16) ||
      getsockname(listener, (void *)&address, &length)) {
    perror("listen");
    return 1;
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) return 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    ssize_t have = open_connection(fd);
    if (have >= 0 && source) flood(fd, atol(argv[2]), atol(argv[3]));
    if (have >= 0 && paced) pace(fd, atof(argv[2]), atof(argv[3]));
    if (have >= 0) receive(fd, have, echo, !source && !paced);
    close(fd);
  }
}
