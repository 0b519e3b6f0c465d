/* The yardstick: the lowest cost of a probe. A bare OpenSSL client with the engine's settings:
 * connect, full handshake with verification, read the certificate, one GET, close.
 *
 *     bench_raw CA_FILE PORT COUNT CONCURRENCY [ADDRESSES]
 *
 * makes COUNT probes of the first ADDRESSES (COUNT) endpoints of lab.c in turn, CONCURRENCY at
 * once. It has no DNS and no timers. Exits with 1 if a probe failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define FIRST_ENDPOINT 0x0a400001u /* ep0.bench.test */

typedef struct probe {
  int fd;
  SSL *ssl; /* NULL until TCP is connected */
  unsigned number;
  bool requested;
  char answer[4096];
  size_t length;
} probe;

static SSL_CTX *context;
static int epoll_fd;
static uint16_t port;
static unsigned count, addresses, started, succeeded, failed;

static void require(bool ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* As in checks/probe/wire/tls_context.c. */
static void make_context(const char *ca_file) {
  char groups[] = "X25519:P-256:P-384:P-521";
  require(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1, "OpenSSL");
  context = SSL_CTX_new(TLS_client_method());
  require(context != NULL, "context");
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  require(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
              SSL_CTX_set1_groups_list(context, groups) == 1 &&
              SSL_CTX_load_verify_file(context, ca_file) == 1,
          ca_file);
}

static void start_next(void) {
  if (started == count)
    return;
  probe *p = calloc(1, sizeof(*p));
  require(p != NULL, "out of memory");
  p->number = started++ % addresses;
  const struct sockaddr_in target = {.sin_family = AF_INET,
                                     .sin_port = htons(port),
                                     .sin_addr = {.s_addr = htonl(FIRST_ENDPOINT + p->number)}};
  const int on = 1;
  p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  require(p->fd >= 0, "socket");
  setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  int result = connect(p->fd, (const struct sockaddr *)&target, sizeof(target));
  require(result == 0 || errno == EINPROGRESS, "connect");
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = p}};
  require(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, p->fd, &event) == 0, "epoll_ctl");
}

static void finish(probe *p, bool ok) {
  succeeded += ok;
  failed += !ok;
  SSL_free(p->ssl);
  close(p->fd);
  free(p);
  start_next();
}

static bool start_tls(probe *p) {
  char name[64];
  snprintf(name, sizeof(name), "ep%u.bench.test", p->number);
  p->ssl = SSL_new(context);
  if (p->ssl == NULL || SSL_set_fd(p->ssl, p->fd) != 1 ||
      SSL_set_tlsext_host_name(p->ssl, name) != 1 || SSL_set1_host(p->ssl, name) != 1)
    return false;
  SSL_set_connect_state(p->ssl);
  return true;
}

/* Reads the certificate, and sends the request. */
static bool send_request(probe *p) {
  char request[256];
  struct tm end;
  const X509 *leaf = SSL_get0_peer_certificate(p->ssl);
  if (leaf == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &end) != 1)
    return false;
  int length =
      snprintf(request, sizeof(request),
               "GET / HTTP/1.1\r\nHost: ep%u.bench.test\r\nConnection: close\r\n\r\n", p->number);
  p->requested = true;
  return SSL_write(p->ssl, request, length) == length;
}

static bool has_whole_answer(const probe *p) {
  const char *end = memmem(p->answer, p->length, "\r\n\r\n", 4);
  return end != NULL && p->length >= (size_t)(end - p->answer) + 4 + 3 &&
         memcmp(p->answer, "HTTP/1.1 200", 12) == 0;
}

static void read_answer(probe *p) {
  while (!has_whole_answer(p)) {
    int length = SSL_read(p->ssl, p->answer + p->length, (int)(sizeof(p->answer) - p->length));
    if (length <= 0) {
      if (SSL_get_error(p->ssl, length) != SSL_ERROR_WANT_READ)
        finish(p, false);
      return;
    }
    p->length += (size_t)length;
  }
  finish(p, true);
}

static void advance(probe *p, uint32_t events) {
  if (p->ssl == NULL && ((events & EPOLLOUT) == 0 || !start_tls(p))) {
    finish(p, false);
    return;
  }
  if (!p->requested) {
    int result = SSL_do_handshake(p->ssl);
    if (result != 1) {
      int reason = SSL_get_error(p->ssl, result);
      if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
        finish(p, false);
      return;
    }
    if (!send_request(p)) {
      finish(p, false);
      return;
    }
  }
  read_answer(p);
}

int main(int argc, char **argv) {
  require(argc >= 5, "usage: bench_raw CA_FILE PORT COUNT CONCURRENCY [ADDRESSES]");
  port = (uint16_t)strtoul(argv[2], NULL, 10);
  count = (unsigned)strtoul(argv[3], NULL, 10);
  addresses = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : count;
  signal(SIGPIPE, SIG_IGN);
  make_context(argv[1]);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  for (unsigned long i = 0; i < strtoul(argv[4], NULL, 10); i++)
    start_next();
  while (succeeded + failed < count) {
    struct epoll_event events[32];
    int ready = epoll_wait(epoll_fd, events, 32, -1);
    for (int i = 0; i < ready; i++)
      advance(events[i].data.ptr, events[i].events);
  }
  SSL_CTX_free(context);
  printf("%u probes, %u failed\n", count, failed);
  return failed == 0 ? 0 : 1;
}
