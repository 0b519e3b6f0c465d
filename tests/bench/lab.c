/* The servers of the benchmark, on every local address of their network namespace:
 *
 *   53/udp   answers for the names below: one A record for each zone, and no AAAA record
 *   443      TLS, HTTP; certificate with a P-256 key
 *   4430     the same with RSA-2048; both send an intermediate certificate, as providers do
 *   4431     accepts, and never answers
 *
 *   epN.bench.test     10.64.0.0 + N + 1
 *   holeN.bench.test   10.65.0.0 + N + 1; the testbed drops packets to it
 *   zonesN.bench.test  10.66.0.0 + 4N + 1 to 3
 *   pubN.bench.test    52.58.0.0 + N + 1; answers 403, the others answer 200
 *
 *     bench_lab FOLDER
 *
 * writes p256.pem and rsa.pem (the CA of each) and `counters` (see struct counters) into FOLDER,
 * then "ready" to stdout, and serves until it is killed or its parent ends. A GET of /stall is
 * never answered.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define PUBLIC_NET 0x343a0000u /* 52.58.0.0/16 */
#define ANSWERS_PER_EVENT 64
#define DAY 86400

/* What has been served so far. `run` compares it with the number of probes. */
typedef struct counters {
  uint64_t questions, connections, handshakes, answers;
} counters;

typedef struct source source;
struct source {
  int fd;
  void (*ready)(source *source);
  SSL_CTX *context; /* of a listener; NULL for the silent one */
  SSL *ssl;         /* of a connection */
  char request[2048];
  size_t length;
};

static int epoll_fd;
static counters *served;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void require(bool ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static source *watch(int fd, void (*ready)(source *source)) {
  source *s = calloc(1, sizeof(*s));
  require(s != NULL, "out of memory");
  s->fd = fd;
  s->ready = ready;
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = s}};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    die("epoll_ctl");
  return s;
}

/* ---- certificates --------------------------------------------------------------------------- */

typedef struct identity {
  X509 *x509;
  EVP_PKEY *key;
} identity;

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  require(extension != NULL && X509_add_ext(x509, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

/* The certificate of a CA or of a server. Signed by itself if there is no issuer. */
static identity make_identity(const char *name, bool rsa, bool authority, const identity *issuer) {
  static long serial = 1;
  identity made = {.x509 = X509_new(), .key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")};
  require(made.x509 != NULL && made.key != NULL, "key");
  const identity *signer = issuer != NULL ? issuer : &made;
  X509_set_version(made.x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.x509), serial++);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.x509), "CN", MBSTRING_UTF8,
                             (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(made.x509, X509_get_subject_name(signer->x509));
  X509_gmtime_adj(X509_getm_notBefore(made.x509), -DAY);
  X509_gmtime_adj(X509_getm_notAfter(made.x509), 90 * DAY);
  X509_set_pubkey(made.x509, made.key);
  if (authority) {
    add_extension(made.x509, signer->x509, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made.x509, signer->x509, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(made.x509, signer->x509, NID_ext_key_usage, "serverAuth");
    add_extension(made.x509, signer->x509, NID_subject_alt_name, "DNS:*.bench.test");
  }
  require(X509_sign(made.x509, signer->key, EVP_sha256()) > 0, "signature");
  return made;
}

static FILE *create_file(const char *folder, const char *name) {
  char path[512];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  if (file == NULL)
    die(path);
  return file;
}

static SSL_CTX *make_server(const char *folder, const char *name, bool rsa) {
  char file_name[32];
  snprintf(file_name, sizeof(file_name), "%s.pem", name);
  const identity root = make_identity(name, rsa, true, NULL);
  const identity intermediate = make_identity("intermediate", rsa, true, &root);
  const identity server = make_identity("bench.test", rsa, false, &intermediate);
  FILE *file = create_file(folder, file_name);
  require(PEM_write_X509(file, root.x509) == 1 && fclose(file) == 0, file_name);
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  require(context != NULL && SSL_CTX_use_certificate(context, server.x509) == 1 &&
              SSL_CTX_use_PrivateKey(context, server.key) == 1 &&
              SSL_CTX_add1_chain_cert(context, intermediate.x509) == 1,
          "TLS context");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

/* ---- HTTP over TLS -------------------------------------------------------------------------- */

static void hang_up(source *s) {
  SSL_free(s->ssl);
  close(s->fd);
  free(s);
}

/* Ignores what the client sends after its request. The client closes the connection. */
static void linger(source *s) {
  char bytes[1024];
  ssize_t length;
  do
    length = recv(s->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
  while (length > 0);
  if (length == 0 || errno != EAGAIN)
    hang_up(s);
}

static bool is_public(int fd) {
  struct sockaddr_in local = {.sin_family = AF_INET};
  socklen_t size = sizeof(local);
  return getsockname(fd, (struct sockaddr *)&local, &size) == 0 &&
         (ntohl(local.sin_addr.s_addr) & 0xffff0000u) == PUBLIC_NET;
}

static void answer(source *s) {
  char text[256];
  int length = snprintf(text, sizeof(text),
                        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
                        "Connection: close\r\n\r\nyes",
                        is_public(s->fd) ? "403 Forbidden" : "200 OK");
  s->ready = linger;
  if (SSL_write(s->ssl, text, length) != length)
    return;
  served->answers++;
  (void)SSL_shutdown(s->ssl);
  (void)shutdown(s->fd, SHUT_WR);
}

static void read_request(source *s) {
  const size_t room = sizeof(s->request) - 1 - s->length;
  int length = SSL_read(s->ssl, s->request + s->length, (int)room);
  if (length <= 0) {
    if (SSL_get_error(s->ssl, length) != SSL_ERROR_WANT_READ)
      hang_up(s);
    return;
  }
  s->length += (size_t)length;
  s->request[s->length] = '\0';
  if (strstr(s->request, "\r\n\r\n") == NULL)
    return;
  if (strncmp(s->request, "GET /stall ", strlen("GET /stall ")) == 0)
    s->ready = linger;
  else
    answer(s);
}

static void handshake(source *s) {
  int result = SSL_accept(s->ssl);
  if (result != 1) {
    if (SSL_get_error(s->ssl, result) != SSL_ERROR_WANT_READ)
      hang_up(s);
    return;
  }
  served->handshakes++;
  s->ready = read_request;
  read_request(s);
}

static void accept_all(source *listener) {
  for (int i = 0; i < ANSWERS_PER_EVENT; i++) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
      return;
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    served->connections++;
    source *s = watch(fd, listener->context != NULL ? handshake : linger);
    if (listener->context == NULL)
      continue;
    s->ssl = SSL_new(listener->context);
    require(s->ssl != NULL && SSL_set_fd(s->ssl, fd) == 1, "TLS session");
  }
}

/* ---- DNS ------------------------------------------------------------------------------------ */

typedef struct zone {
  const char *prefix;
  uint32_t network;
  unsigned addresses, step;
} zone;

static const zone zones[] = {
    {"ep", 0x0a400000u, 1, 1},
    {"hole", 0x0a410000u, 1, 1},
    {"zones", 0x0a420000u, 3, 4},
    {"pub", PUBLIC_NET, 1, 1},
};

/* The zone of the first label of the question, and the number in it. */
static const zone *find_zone(const unsigned char *label, unsigned long *ret_number) {
  char text[64];
  const size_t length = label[0] < sizeof(text) ? label[0] : 0;
  memcpy(text, label + 1, length);
  text[length] = '\0';
  for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
    const size_t prefix = strlen(zones[i].prefix);
    if (strncmp(text, zones[i].prefix, prefix) == 0 && text[prefix] >= '0' && text[prefix] <= '9') {
      *ret_number = strtoul(text + prefix, NULL, 10);
      return &zones[i];
    }
  }
  return NULL;
}

/* Turns the question (RFC 1035 4.1) into its answer; returns the answer's length. */
static size_t answer_question(unsigned char *packet, size_t length) {
  size_t end = 12;
  while (end < length && packet[end] != 0)
    end += packet[end] + 1u;
  if (end + 5 > length)
    return 0;
  unsigned long number = 0;
  const zone *z = find_zone(packet + 12, &number);
  const bool wants_ipv4 = packet[end + 1] == 0 && packet[end + 2] == 1;
  const unsigned count = z != NULL && wants_ipv4 ? z->addresses : 0;
  unsigned char *at = packet + end + 5;
  packet[2] = 0x84 | (packet[2] & 1);  /* QR, AA; RD as it came */
  packet[3] = z != NULL ? 0x80 : 0x83; /* RA; NOERROR or NXDOMAIN */
  memcpy(packet + 6, (unsigned char[]){0, (unsigned char)count, 0, 0, 0, 0}, 6);
  for (unsigned i = 0; i < count; i++) {
    const uint32_t address = htonl(z->network + (uint32_t)number * z->step + i + 1);
    memcpy(at, (unsigned char[]){0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4}, 12);
    memcpy(at + 12, &address, 4);
    at += 16;
  }
  return (size_t)(at - packet);
}

static void answer_questions(source *s) {
  for (int i = 0; i < ANSWERS_PER_EVENT; i++) {
    unsigned char packet[1024];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    ssize_t length = recvfrom(s->fd, packet, 512, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (length < 0)
      return;
    const size_t whole = answer_question(packet, (size_t)length);
    if (whole > 0 && sendto(s->fd, packet, whole, 0, (struct sockaddr *)&from, size) > 0)
      served->questions++;
  }
}

/* ---- main ----------------------------------------------------------------------------------- */

static int bind_to(int type, uint16_t port) {
  const int on = 1, buffer = 4 << 20;
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    die("socket");
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (type == SOCK_DGRAM)
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
  if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) != 0)
    die("bind");
  return fd;
}

static void listen_on(uint16_t port, SSL_CTX *context) {
  int fd = bind_to(SOCK_STREAM, port);
  if (listen(fd, 4096) != 0)
    die("listen");
  watch(fd, accept_all)->context = context;
}

static void map_counters(const char *folder) {
  FILE *file = create_file(folder, "counters");
  if (ftruncate(fileno(file), sizeof(*served)) != 0)
    die("counters");
  char path[512];
  snprintf(path, sizeof(path), "%s/counters", folder);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  served = mmap(NULL, sizeof(*served), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (served == MAP_FAILED)
    die("counters");
  fclose(file);
  close(fd);
}

int main(int argc, char **argv) {
  require(argc == 2, "usage: bench_lab FOLDER");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  map_counters(argv[1]);
  watch(bind_to(SOCK_DGRAM, 53), answer_questions);
  listen_on(443, make_server(argv[1], "p256", false));
  listen_on(4430, make_server(argv[1], "rsa", true));
  listen_on(4431, NULL);
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll_fd, events, 64, -1);
    for (int i = 0; i < count; i++) {
      source *s = events[i].data.ptr;
      s->ready(s);
    }
  }
}
