/* Attempts against real sockets: servers of this test's own, in a network namespace of its own. */
#include "alloc_fail.h"
#include "certs.h"
#include "net/path.h"
#include "netns.h"
#include "server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define IPV4 "192.0.2.1"
#define IPV6 "2001:db8::1"
#define HOST "endpoint.example"

/* ---- the world ------------------------------------------------------------------------------ */

typedef enum leaf {
  CERT_NONE,
  CERT_GOOD,
  CERT_EXPIRED,
  CERT_FUTURE,
  CERT_WRONG_NAME,
  CERT_EXPIRED_WRONG_NAME,
  CERT_UNKNOWN_CA,
  CERT_CLIENT_ONLY,
  CERT_WEAK,
  CERT_COUNT,
} leaf;

#define DAY 86400

static const cert_spec leaf_specs[CERT_COUNT] = {
    [CERT_GOOD] = {.common_name = HOST, .san = "DNS:" HOST ",IP:" IPV4},
    [CERT_EXPIRED] = {.common_name = HOST,
                      .san = "DNS:" HOST,
                      .not_before = -20 * DAY,
                      .not_after = -DAY},
    [CERT_FUTURE] = {.common_name = HOST,
                     .san = "DNS:" HOST,
                     .not_before = DAY,
                     .not_after = 20 * DAY},
    [CERT_WRONG_NAME] = {.common_name = HOST, .san = "DNS:other.example"},
    [CERT_EXPIRED_WRONG_NAME] = {.common_name = HOST,
                                 .san = "DNS:other.example",
                                 .not_before = -20 * DAY,
                                 .not_after = -DAY},
    [CERT_UNKNOWN_CA] = {.common_name = HOST, .san = "DNS:" HOST},
    [CERT_CLIENT_ONLY] = {.common_name = HOST, .san = "DNS:" HOST, .usage = "clientAuth"},
    [CERT_WEAK] = {.common_name = HOST, .san = "DNS:" HOST, .rsa_bits = 1024},
};

static test_cert authority, stranger, leaves[CERT_COUNT];
static SSL_CTX *servers[CERT_COUNT];
static pl_tls_context *tls;
static char ca_path[64];

static int make_world(void **state) {
  (void)state;
  netns_enter();
  netns_add_address("lo", IPV4, 32);
  netns_add_address("lo", IPV6, 128);
  assert_true(netns_add_wire("wire0") >= 0);
  netns_add_address("wire0", "198.18.0.1", 24);
  assert_true(netns_add_dead_segment("dead0") >= 0);
  netns_add_address("dead0", "198.19.0.1", 24);
  authority = cert_make(&(cert_spec){.common_name = "Test CA", .is_ca = true}, NULL);
  stranger = cert_make(&(cert_spec){.common_name = "Somebody else's CA", .is_ca = true}, NULL);
  for (int i = CERT_GOOD; i < CERT_COUNT; i++) {
    leaves[i] = cert_make(&leaf_specs[i], i == CERT_UNKNOWN_CA ? &stranger : &authority);
    servers[i] = cert_server(&leaves[i], NULL);
  }
  cert_write(&authority, ca_path);
  pl_error error;
  assert_int_equal(pl_tls_library_init(&error), PL_OK);
  assert_int_equal(pl_tls_context_create(NULL, ca_path, &tls, &error), PL_OK);
  return 0;
}

static int free_world(void **state) {
  (void)state;
  pl_tls_context_free(tls);
  unlink(ca_path);
  for (int i = CERT_GOOD; i < CERT_COUNT; i++) {
    cert_free(&leaves[i]);
    SSL_CTX_free(servers[i]);
  }
  cert_free(&authority);
  cert_free(&stranger);
  return 0;
}

/* ---- running attempts ----------------------------------------------------------------------- */

typedef struct test_bench {
  pl_loop *loop;
  pl_gate *gate;
  unsigned ended;
  pl_try last;
  int match; /* what the match callback says */
  unsigned match_calls;
  char body[PL_LIMIT_HTTP_BODY + 1]; /* that it was shown */
} test_bench;

static void bench_open_with(test_bench *bench, unsigned connecting, unsigned handshaking,
                            const pl_clock *clock) {
  pl_error error;
  *bench = (test_bench){.match = -1};
  assert_int_equal(pl_loop_create(clock, &bench->loop, &error), PL_OK);
  assert_int_equal(pl_gate_create(bench->loop, connecting, handshaking, &bench->gate), PL_OK);
}

static void bench_open(test_bench *bench) {
  pl_clock clock = pl_clock_system();
  bench_open_with(bench, 100, 100, &clock);
}

static void bench_close(test_bench *bench) {
  pl_gate_free(bench->gate);
  pl_loop_free(bench->loop);
}

static void attempt_done(void *user, const pl_try *result) {
  test_bench *bench = user;
  bench->ended++;
  bench->last = *result;
}

static int match_body(void *user, unsigned status, const char *body, size_t length) {
  test_bench *bench = user;
  (void)status;
  bench->match_calls++;
  memcpy(bench->body, body, length);
  bench->body[length] = '\0';
  return bench->match;
}

static pl_sockaddr target_of(const char *address, uint16_t port) {
  pl_sockaddr target = {.port = port};
  assert_int_equal(pl_addr_parse(address, &target.address), PL_OK);
  return target;
}

static pl_attempt_config config_for(test_bench *bench, const char *address, uint16_t port) {
  return (pl_attempt_config){
      .loop = bench->loop,
      .gate = bench->gate,
      .tls = tls,
      .target = target_of(address, port),
      .name = HOST,
      .path = "/",
      .depth = PL_DEPTH_HTTP,
      .connect_timeout = 10 * PL_SEC,
      .response_timeout = 10 * PL_SEC,
      .deadline = pl_loop_clock(bench->loop) + 30 * PL_SEC,
      .match = match_body,
      .done = attempt_done,
      .user = bench,
  };
}

static void turn_until_ended(test_bench *bench, unsigned count) {
  while (bench->ended < count)
    assert_int_equal(pl_loop_turn(bench->loop), PL_OK);
}

static pl_try run(test_bench *bench, const pl_attempt_config *config) {
  pl_attempt *attempt;
  unsigned before = bench->ended;
  assert_int_equal(pl_attempt_start(config, &attempt), PL_OK);
  assert_int_equal(bench->ended, before);
  turn_until_ended(bench, before + 1);
  pl_attempt_free(attempt);
  return bench->last;
}

static unsigned count_descriptors(void) {
  unsigned count = 0;
  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* ---- every way an attempt at a server ends -------------------------------------------------- */

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define ALERT_80 "\x15\x03\x03\x00\x02\x02\x50"
#define ALERT_70 "\x15\x03\x01\x00\x02\x02\x46"
#define BYTES(bytes) .text = (bytes), .length = sizeof(bytes) - 1

typedef struct end_case {
  const char *name;
  server_script script;
  leaf certificate;
  pl_depth depth;
  const char *address; /* NULL: IPv4 */
  const char *secret;
  int connect_msec, response_msec; /* 0: more than is needed */
  pl_end end;
  int16_t alert; /* 0: none */
  uint16_t status;
  const char *note;
  pl_certificate_time time;
} end_case;

static const end_case end_cases[] = {
    {.name = "connect only",
     .script = {.run = serve_silence},
     .depth = PL_DEPTH_TCP,
     .end = PL_END_CONNECTED},
    {.name = "connect only, IPv6",
     .script = {.run = serve_silence},
     .depth = PL_DEPTH_TCP,
     .address = IPV6,
     .end = PL_END_CONNECTED},
    {.name = "accepts and is silent",
     .script = {.run = serve_silence},
     .depth = PL_DEPTH_TLS,
     .connect_msec = 200,
     .end = PL_END_TLS_SILENT},
    {.name = "resets the handshake",
     .script = {.run = serve_reset},
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_RESET},
    {.name = "closes the handshake",
     .script = {.run = serve_close},
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_CLOSED},
    {.name = "alert 80",
     .script = {.run = serve_plain, BYTES(ALERT_80)},
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_ALERT,
     .alert = 80},
    {.name = "no common version",
     .script = {.run = serve_plain, BYTES(ALERT_70)},
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_ALERT,
     .alert = 70},
    {.name = "plain HTTP",
     .script = {.run = serve_plain, .text = "HTTP/1.1 400 Bad\r\n\r\n"},
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_GARBAGE},
    {.name = "SSH",
     .script = {.run = serve_plain, .text = "SSH-2.0-OpenSSH_9.2\r\n"},
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_GARBAGE},

    {.name = "handshake only",
     .script = {.run = serve_silence},
     .certificate = CERT_NONE,
     .depth = PL_DEPTH_TCP,
     .end = PL_END_CONNECTED},
    {.name = "verified handshake",
     .script = {.run = serve_answer},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_TLS,
     .end = PL_END_TLS_DONE,
     .time = PL_CERTIFICATE_VALID},
    {.name = "expired, depth tls",
     .script = {.run = serve_answer},
     .certificate = CERT_EXPIRED,
     .depth = PL_DEPTH_TLS,
     .end = PL_END_TLS_DONE,
     .time = PL_CERTIFICATE_EXPIRED},
    {.name = "expired, depth http",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_EXPIRED,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .note = "hello",
     .time = PL_CERTIFICATE_EXPIRED},
    {.name = "not yet valid, depth http",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_FUTURE,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .note = "hello",
     .time = PL_CERTIFICATE_NOT_YET},
    {.name = "expired, with a secret",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_EXPIRED,
     .depth = PL_DEPTH_HTTP,
     .secret = "s3cret",
     .end = PL_END_TLS_DONE,
     .time = PL_CERTIFICATE_EXPIRED},
    {.name = "wrong name",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_WRONG_NAME,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_UNVERIFIED,
     .time = PL_CERTIFICATE_VALID},
    {.name = "expired and wrong name",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_EXPIRED_WRONG_NAME,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_UNVERIFIED,
     .time = PL_CERTIFICATE_EXPIRED},
    {.name = "unknown CA",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_UNKNOWN_CA,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_TLS_UNVERIFIED,
     .time = PL_CERTIFICATE_VALID},
    {.name = "a client's certificate",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_CLIENT_ONLY,
     .depth = PL_DEPTH_TLS,
     .end = PL_END_TLS_UNVERIFIED,
     .time = PL_CERTIFICATE_VALID},
    {.name = "RSA 1024",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_WEAK,
     .depth = PL_DEPTH_TLS,
     .end = PL_END_TLS_UNVERIFIED,
     .time = PL_CERTIFICATE_VALID},

    {.name = "200",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .note = "hello",
     .time = PL_CERTIFICATE_VALID},
    {.name = "200, IPv6, with a secret",
     .script = {.run = serve_answer, .text = OK_ANSWER},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .address = IPV6,
     .secret = "s3cret",
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .note = "hello",
     .time = PL_CERTIFICATE_VALID},
    {.name = "403 until close",
     .script = {.run = serve_answer, .text = "HTTP/1.1 403 Forbidden\r\n\r\nno|pe"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 403,
     .note = "no?pe",
     .time = PL_CERTIFICATE_VALID},
    {.name = "500, HTTP/1.0",
     .script = {.run = serve_hold, .text = "HTTP/1.0 500 Oops\r\nContent-Length: 0\r\n\r\n"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 500,
     .note = "",
     .time = PL_CERTIFICATE_VALID},
    {.name = "chunked",
     .script = {.run = serve_hold,
                .text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .note = "abcde",
     .time = PL_CERTIFICATE_VALID},
    {.name = "interim answers",
     .script = {.run = serve_hold,
                .text = "HTTP/1.1 100 Continue\r\n\r\n"
                        "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
                        "HTTP/1.1 204 No Content\r\n\r\n"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 204,
     .note = "",
     .time = PL_CERTIFICATE_VALID},
    {.name = "silent after the request",
     .script = {.run = serve_hold},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .response_msec = 200,
     .end = PL_END_HTTP_SILENT,
     .time = PL_CERTIFICATE_VALID},
    {.name = "slow headers",
     .script = {.run = serve_drip, .text = "HTTP/1.1 200 OK\r\nA: bbbbbb"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .response_msec = 300,
     .end = PL_END_HTTP_SILENT,
     .time = PL_CERTIFICATE_VALID},
    {.name = "body that never ends",
     .script = {.run = serve_hold,
                .text = "HTTP/1.1 200 OK\r\n"
                        "Content-Length: 99\r\n\r\npart"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .response_msec = 300,
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .note = "part",
     .time = PL_CERTIFICATE_VALID},
    {.name = "body cut by a reset",
     .script = {.run = serve_tls_reset,
                .text = "HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\npart"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 403,
     .note = "part",
     .time = PL_CERTIFICATE_VALID},
    {.name = "headers cut by a reset",
     .script = {.run = serve_tls_reset, .text = "HTTP/1.1 403 Forbidden\r\nContent-Len"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_RESET,
     .time = PL_CERTIFICATE_VALID},
    {.name = "headers cut by a close",
     .script = {.run = serve_answer, .text = "HTTP/1.1 403 Forbidden\r\nContent-Len"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_CLOSED,
     .time = PL_CERTIFICATE_VALID},
    {.name = "close after the request",
     .script = {.run = serve_tls_close},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_CLOSED,
     .time = PL_CERTIFICATE_VALID},
    {.name = "reset after the request",
     .script = {.run = serve_tls_reset},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_RESET,
     .time = PL_CERTIFICATE_VALID},
    {.name = "another protocol",
     .script = {.run = serve_hold, .text = "220 smtp ready\r\n"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_GARBAGE,
     .note = "220 smtp ready??",
     .time = PL_CERTIFICATE_VALID},
    {.name = "half a TLS record, byte by byte",
     .script = {.run = serve_drip_plain, BYTES("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")},
     .depth = PL_DEPTH_HTTP,
     .connect_msec = 300,
     .end = PL_END_TLS_SILENT},
    {.name = "endless key updates",
     .script = {.run = serve_key_updates},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_GARBAGE,
     .time = PL_CERTIFICATE_VALID},
    {.name = "endless headers",
     .script = {.run = serve_flood, .text = "HTTP/1.1 200 OK"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_GARBAGE,
     .time = PL_CERTIFICATE_VALID},
    {.name = "endless interim answers",
     .script = {.run = serve_flood, .text = "HTTP/1.1 100 Continue\r\n\r\n"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_GARBAGE,
     .time = PL_CERTIFICATE_VALID},
};

static void check_end(const end_case *test, const pl_try *result) {
  assert_int_equal(result->end, test->end);
  assert_int_equal(result->alert, test->alert != 0 ? test->alert : -1);
  assert_int_equal(result->http_status, test->status);
  assert_int_equal(result->certificate.time, test->time);
  assert_int_equal(result->certificate.seen, test->time != PL_CERTIFICATE_TIME_UNKNOWN);
  assert_int_equal(result->tls_version, test->certificate != CERT_NONE ? 0x0304 : 0);
  assert_int_not_equal(result->local_port, 0);
  assert_true(result->connect_time >= 0);
  assert_true(result->ended >= result->started);
  assert_false(result->icmp.seen);
  if (test->note != NULL)
    assert_string_equal(result->http_note, test->note);
}

static void every_end_is_told_from_the_others(void **state) {
  (void)state;
  unsigned descriptors = count_descriptors();
  for (size_t i = 0; i < PL_COUNT_OF(end_cases); i++) {
    const end_case *test = &end_cases[i];
    print_message("  %s\n", test->name);
    server_script script = test->script;
    script.tls = servers[test->certificate];
    const char *address = test->address != NULL ? test->address : IPV4;
    test_server server = server_start(address, &script);
    test_bench bench;
    bench_open(&bench);
    pl_attempt_config config = config_for(&bench, address, server.port);
    config.depth = test->depth;
    config.secret = test->secret;
    if (test->connect_msec != 0)
      config.connect_timeout = test->connect_msec * PL_MSEC;
    if (test->response_msec != 0)
      config.response_timeout = test->response_msec * PL_MSEC;
    pl_try result = run(&bench, &config);
    check_end(test, &result);
    assert_int_equal(bench.match_calls, test->end == PL_END_HTTP_ANSWER);
    bench_close(&bench);
    server_stop(&server);
  }
  assert_int_equal(count_descriptors(), descriptors);
}

/* ---- what is sent --------------------------------------------------------------------------- */

static void a_secret_is_sent_where_it_is_given(void **state) {
  (void)state;
  server_script script = {.run = serve_echo, .tls = servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  test_bench bench;
  bench_open(&bench);
  pl_attempt_config config = config_for(&bench, IPV4, server.port);
  config.path = "/v1/self?x=1";
  (void)run(&bench, &config);
  assert_non_null(strstr(bench.body, "GET /v1/self?x=1 HTTP/1.1\r\nHost: " HOST));
  assert_null(strstr(bench.body, "Authorization"));
  config.secret = "s3cret";
  config.scheme = "ApiKey";
  (void)run(&bench, &config);
  assert_non_null(strstr(bench.body, "\r\nAuthorization: ApiKey s3cret\r\n"));
  bench_close(&bench);
  server_stop(&server);
}

static void nothing_is_sent_over_an_unverified_session(void **state) {
  (void)state;
  static const leaf wrong[] = {CERT_WRONG_NAME, CERT_UNKNOWN_CA, CERT_EXPIRED_WRONG_NAME,
                               CERT_EXPIRED};
  int report[2];
  assert_int_equal(pipe2(report, O_CLOEXEC), 0);
  for (size_t i = 0; i < PL_COUNT_OF(wrong); i++) {
    server_script script = {.run = serve_report, .tls = servers[wrong[i]], .report_fd = report[1]};
    test_server server = server_start(IPV4, &script);
    test_bench bench;
    bench_open(&bench);
    pl_attempt_config config = config_for(&bench, IPV4, server.port);
    config.secret = "s3cret";
    pl_try result = run(&bench, &config);
    assert_int_equal(result.end,
                     wrong[i] == CERT_EXPIRED ? PL_END_TLS_DONE : PL_END_TLS_UNVERIFIED);
    char sent;
    assert_int_equal(read(report[0], &sent, 1), 1);
    assert_int_equal(sent, 'n');
    bench_close(&bench);
    server_stop(&server);
  }
  close(report[0]);
  close(report[1]);
}

static void a_signature_is_matched_once_and_kept(void **state) {
  (void)state;
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  test_bench bench;
  bench_open(&bench);
  bench.match = 3;
  pl_attempt_config config = config_for(&bench, IPV4, server.port);
  pl_try result = run(&bench, &config);
  assert_int_equal(result.signature, 3);
  assert_int_equal(bench.match_calls, 1);
  assert_string_equal(bench.body, "hello");
  bench_close(&bench);
  server_stop(&server);
}

static void without_signatures_the_body_is_not_waited_for(void **state) {
  (void)state;
  server_script script = {.run = serve_hold,
                          .text = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
                          .tls = servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  test_bench bench;
  bench_open(&bench);
  pl_attempt_config config = config_for(&bench, IPV4, server.port);
  config.match = NULL;
  config.response_timeout = 600 * PL_SEC;
  config.deadline = pl_loop_clock(bench.loop) + 600 * PL_SEC;
  pl_try result = run(&bench, &config);
  assert_int_equal(result.end, PL_END_HTTP_ANSWER);
  assert_int_equal(result.signature, -1);
  bench_close(&bench);
  server_stop(&server);
}

/* ---- without an answer ---------------------------------------------------------------------- */

typedef struct silent_case {
  const char *name, *address;
  int connect_msec, deadline_msec;
  pl_end end;
  int error;
} silent_case;

/* 198.18.0.2 lies behind a wire that nobody reads; 198.19.0.2 on a segment without neighbours. */
static const silent_case silent_cases[] = {
    {"nobody listens", IPV4, 2000, 5000, PL_END_REFUSED, ECONNREFUSED},
    {"nobody listens, IPv6", IPV6, 2000, 5000, PL_END_REFUSED, ECONNREFUSED},
    {"loopback", "127.0.0.1", 2000, 5000, PL_END_LOCAL, EADDRNOTAVAIL},
    {"the metadata service", "169.254.169.254", 2000, 5000, PL_END_LOCAL, EADDRNOTAVAIL},
    {"no route", "203.0.113.1", 2000, 5000, PL_END_LOCAL, ENETUNREACH},
    {"silence", "198.18.0.2", 1700, 5000, PL_END_SILENT, 0},
    {"silence that was cut", "198.18.0.2", 5000, 200, PL_END_CUT, 0},
    {"silence that was too short", "198.18.0.2", 200, 5000, PL_END_TOO_SHORT, 0},
    {"a SYN that never left", "198.19.0.2", 1700, 5000, PL_END_NOT_SENT, 0},
};

static void silence_is_told_from_what_only_looks_like_it(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(silent_cases); i++) {
    const silent_case *test = &silent_cases[i];
    print_message("  %s\n", test->name);
    test_bench bench;
    bench_open(&bench);
    pl_attempt_config config = config_for(&bench, test->address, 1);
    config.connect_timeout = test->connect_msec * PL_MSEC;
    config.deadline = pl_loop_clock(bench.loop) + test->deadline_msec * PL_MSEC;
    pl_try result = run(&bench, &config);
    assert_int_equal(result.end, test->end);
    assert_int_equal(result.error, test->error);
    assert_int_equal(result.connect_time, PL_NSEC_UNKNOWN);
    assert_int_equal(result.retransmits > 0, test->end == PL_END_SILENT);
    bench_close(&bench);
  }
}

typedef struct cut_case {
  const char *name;
  server_script script;
  leaf certificate;
  pl_end end;
} cut_case;

static const cut_case cut_cases[] = {
    {"in the handshake", {.run = serve_silence}, CERT_NONE, PL_END_CUT},
    {"waiting for the answer", {.run = serve_hold}, CERT_GOOD, PL_END_CUT},
    {"in the headers", {.run = serve_hold, .text = "HTTP/1.1 200 OK\r\n"}, CERT_GOOD, PL_END_CUT},
    {"in the body",
     {.run = serve_hold, .text = "HTTP/1.1 200 OK\r\n\r\n"},
     CERT_GOOD,
     PL_END_HTTP_ANSWER},
};

static void the_deadline_cuts_every_stage(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cut_cases); i++) {
    const cut_case *test = &cut_cases[i];
    print_message("  %s\n", test->name);
    server_script script = test->script;
    script.tls = servers[test->certificate];
    test_server server = server_start(IPV4, &script);
    test_bench bench;
    bench_open(&bench);
    pl_attempt_config config = config_for(&bench, IPV4, server.port);
    config.deadline = pl_loop_clock(bench.loop) + PL_SEC;
    pl_try result = run(&bench, &config);
    assert_int_equal(result.end, test->end);
    assert_int_equal(pl_try_verified(&result), test->certificate == CERT_GOOD);
    bench_close(&bench);
    server_stop(&server);
  }
}

static void no_descriptor_is_local(void **state) {
  (void)state;
  test_bench bench;
  bench_open(&bench);
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
  pl_attempt_config config = config_for(&bench, IPV4, 443);
  pl_try result = run(&bench, &config);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(result.end, PL_END_LOCAL);
  assert_int_equal(result.error, EMFILE);
  bench_close(&bench);
}

static void what_cannot_be_asked_is_local(void **state) {
  (void)state;
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  test_bench bench;
  bench_open(&bench);
  pl_attempt_config config = config_for(&bench, IPV4, server.port);
  config.path = "no slash";
  assert_int_equal(run(&bench, &config).end, PL_END_LOCAL);
  assert_int_equal(bench.last.error, EINVAL);
  config.name = "";
  assert_int_equal(run(&bench, &config).end, PL_END_LOCAL);
  assert_int_equal(bench.last.error, EINVAL);
  bench_close(&bench);
  server_stop(&server);
}

/* ---- a process that stood still ------------------------------------------------------------- */

static pl_nsec leap; /* what the clocks of the test are ahead of the system's */

static pl_nsec leaping_monotonic(void *user) {
  const pl_clock *system = user;
  return system->monotonic(system->user) + leap;
}

static pl_nsec leaping_wall(void *user) {
  const pl_clock *system = user;
  return system->wall(system->user) + leap;
}

typedef struct freeze_case {
  const char *name;
  server_script script;
  leaf certificate;
  pl_depth depth;
  pl_end end;
} freeze_case;

static const freeze_case freeze_cases[] = {
    {"connected meanwhile", {.run = serve_silence}, CERT_NONE, PL_DEPTH_TCP, PL_END_CONNECTED},
    {"no handshake", {.run = serve_silence}, CERT_NONE, PL_DEPTH_TLS, PL_END_FROZEN},
    {"no answer", {.run = serve_hold}, CERT_GOOD, PL_DEPTH_HTTP, PL_END_FROZEN},
};

static void a_freeze_is_no_silence(void **state) {
  (void)state;
  pl_clock system = pl_clock_system();
  pl_clock leaping = {leaping_monotonic, leaping_wall, &system};
  for (size_t i = 0; i < PL_COUNT_OF(freeze_cases); i++) {
    const freeze_case *test = &freeze_cases[i];
    print_message("  %s\n", test->name);
    server_script script = test->script;
    script.tls = servers[test->certificate];
    test_server server = server_start(IPV4, &script);
    test_bench bench;
    pl_attempt *attempt;
    bench_open_with(&bench, 10, 10, &leaping);
    pl_attempt_config config = config_for(&bench, IPV4, server.port);
    config.depth = test->depth;
    config.deadline += 3600 * PL_SEC;
    assert_int_equal(pl_attempt_start(&config, &attempt), PL_OK);
    /* As far as the first turn that has nothing to do. */
    assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    for (int turn = 0; turn < 6 && test->depth != PL_DEPTH_TCP; turn++)
      assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    leap += 60 * PL_SEC;
    turn_until_ended(&bench, 1);
    assert_int_equal(bench.last.end, test->end);
    pl_attempt_free(attempt);
    bench_close(&bench);
    server_stop(&server);
  }
}

/* ---- the gate ------------------------------------------------------------------------------- */

enum { MANY = 20 };

static void starts_come_in_micro_batches(void **state) {
  (void)state;
  server_script script = {.run = serve_silence};
  test_server server = server_start(IPV4, &script);
  test_bench bench;
  bench_open(&bench);
  pl_attempt *attempts[MANY];
  pl_attempt_config config = config_for(&bench, IPV4, server.port);
  unsigned descriptors = count_descriptors();
  for (size_t i = 0; i < MANY; i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  assert_int_equal(count_descriptors(), descriptors);
  for (unsigned open = 0; open < MANY;) {
    assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    unsigned now_open = count_descriptors() - descriptors;
    assert_true(now_open - open <= 8);
    open = now_open;
  }
  for (size_t i = 0; i < MANY; i++)
    pl_attempt_free(attempts[i]);
  assert_int_equal(count_descriptors(), descriptors);
  bench_close(&bench);
  server_stop(&server);
}

static void no_more_connect_at_once_than_may(void **state) {
  (void)state;
  test_bench bench;
  pl_clock clock = pl_clock_system();
  bench_open_with(&bench, 3, 1, &clock);
  pl_attempt *attempts[MANY];
  pl_attempt_config config = config_for(&bench, "198.18.0.2", 443);
  config.connect_timeout = 20 * PL_MSEC;
  unsigned descriptors = count_descriptors();
  for (size_t i = 0; i < MANY; i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  unsigned most = 0;
  while (bench.ended < MANY) {
    assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    unsigned open = count_descriptors() - descriptors;
    most = open > most ? open : most;
  }
  assert_int_equal(most, 3);
  for (size_t i = 0; i < MANY; i++)
    pl_attempt_free(attempts[i]);
  bench_close(&bench);
}

/* One handshake at a time, each held for 450 ms: the clock of the connect timeout stands still for
 * those that wait, and their wait is accounted for. (On a machine so slow that the last one waits
 * for more than a second it counts as frozen.) */
static void waiting_for_a_handshake_costs_no_time_of_its_own(void **state) {
  (void)state;
  server_script script = {.run = serve_hold, .tls = servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  test_bench bench;
  pl_clock clock = pl_clock_system();
  bench_open_with(&bench, 3, 1, &clock);
  pl_attempt *attempts[3];
  pl_attempt_config config = config_for(&bench, IPV4, server.port);
  config.connect_timeout = 800 * PL_MSEC;
  config.response_timeout = 450 * PL_MSEC;
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  for (unsigned i = 1; i <= PL_COUNT_OF(attempts); i++) {
    turn_until_ended(&bench, i);
    assert_true(bench.last.end == PL_END_HTTP_SILENT ||
                (i == 3 && bench.last.end == PL_END_FROZEN));
    assert_true(pl_try_verified(&bench.last));
    assert_true(bench.last.ended - bench.last.started >= i * 450 * PL_MSEC);
  }
  assert_true(pl_loop_take_delay(bench.loop) >= 900 * PL_MSEC);
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    pl_attempt_free(attempts[i]);
  bench_close(&bench);
  server_stop(&server);
}

/* Who lets a socket wait for more than a second has no business calling its close a reset. */
static void a_close_after_a_long_wait_in_our_queue_proves_nothing(void **state) {
  (void)state;
  server_script hold = {.run = serve_hold, .tls = servers[CERT_GOOD]};
  server_script closing = {.run = serve_close};
  test_server holder = server_start(IPV4, &hold);
  test_server closer = server_start(IPV4, &closing);
  test_bench bench;
  pl_clock clock = pl_clock_system();
  bench_open_with(&bench, 3, 1, &clock);
  pl_attempt *first, *second;
  pl_attempt_config config = config_for(&bench, IPV4, holder.port);
  config.response_timeout = 1200 * PL_MSEC;
  assert_int_equal(pl_attempt_start(&config, &first), PL_OK);
  config.target.port = closer.port;
  assert_int_equal(pl_attempt_start(&config, &second), PL_OK);
  turn_until_ended(&bench, 1);
  assert_int_equal(bench.last.end, PL_END_HTTP_SILENT);
  turn_until_ended(&bench, 2);
  assert_int_equal(bench.last.end, PL_END_FROZEN);
  pl_attempt_free(first);
  pl_attempt_free(second);
  bench_close(&bench);
  server_stop(&holder);
  server_stop(&closer);
}

static void the_deadline_cuts_those_who_wait(void **state) {
  (void)state;
  server_script hold = {.run = serve_hold, .tls = servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &hold);
  test_bench bench;
  pl_clock clock = pl_clock_system();
  bench_open_with(&bench, 2, 1, &clock);
  pl_attempt *attempts[4]; /* in HTTP, in the queue for TLS, connecting, in the queue for TCP */
  pl_attempt_config config = config_for(&bench, IPV4, server.port);
  config.deadline = pl_loop_clock(bench.loop) + PL_SEC;
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  for (unsigned i = 1; i <= PL_COUNT_OF(attempts); i++) {
    turn_until_ended(&bench, i);
    assert_int_equal(bench.last.end, PL_END_CUT);
    assert_true(bench.last.started > 0 && bench.last.ended >= bench.last.started);
  }
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    pl_attempt_free(attempts[i]);
  bench_close(&bench);
  server_stop(&server);
}

/* ---- cancelling ----------------------------------------------------------------------------- */

/* After n turns, for every n until the attempt waits for its answer; then the gate still lets
 * others in. Two more attempts wait behind it in both queues. */
static void an_attempt_can_be_cancelled_at_every_stage(void **state) {
  (void)state;
  server_script hold = {.run = serve_hold, .tls = servers[CERT_GOOD]};
  server_script answer = {.run = serve_answer, .text = OK_ANSWER, .tls = servers[CERT_GOOD]};
  test_server holder = server_start(IPV4, &hold);
  test_server answerer = server_start(IPV4, &answer);
  for (int turns = 0; turns < 10; turns++) {
    test_bench bench;
    pl_clock clock = pl_clock_system();
    unsigned descriptors = count_descriptors();
    bench_open_with(&bench, 2, 1, &clock);
    pl_attempt *attempts[4];
    pl_attempt_config config = config_for(&bench, IPV4, holder.port);
    for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
      assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
    for (int i = 0; i < turns; i++)
      assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    assert_int_equal(bench.ended, 0);
    pl_attempt_free(attempts[1]); /* the middle of a queue, its end, its beginning */
    pl_attempt_free(attempts[3]);
    pl_attempt_free(attempts[0]);
    pl_attempt_free(attempts[2]);
    config.target.port = answerer.port;
    assert_int_equal(run(&bench, &config).end, PL_END_HTTP_ANSWER);
    assert_int_equal(bench.ended, 1);
    bench_close(&bench);
    assert_int_equal(count_descriptors(), descriptors);
  }
  server_stop(&holder);
  server_stop(&answerer);
  pl_attempt_free(NULL);
  pl_gate_free(NULL);
}

static pl_attempt *self_freeing;

static void free_from_inside(void *user, const pl_try *result) {
  attempt_done(user, result);
  pl_attempt_free(self_freeing);
}

static void an_attempt_can_be_freed_from_inside_done(void **state) {
  (void)state;
  test_bench bench;
  bench_open(&bench);
  pl_attempt_config config = config_for(&bench, IPV4, 1);
  config.done = free_from_inside;
  assert_int_equal(pl_attempt_start(&config, &self_freeing), PL_OK);
  turn_until_ended(&bench, 1);
  assert_int_equal(bench.last.end, PL_END_REFUSED);
  bench_close(&bench);
}

/* ---- memory --------------------------------------------------------------------------------- */

/* One run from nothing to the answer in which the nth allocation fails. */
static bool run_with_failure(uint16_t port, unsigned nth) {
  pl_clock clock = pl_clock_system();
  pl_error error;
  test_bench bench = {.match = -1};
  pl_attempt *attempt = NULL;
  unsigned descriptors = count_descriptors();
  alloc_fail_arm(nth);
  pl_status status = pl_loop_create(&clock, &bench.loop, &error);
  if (status == PL_OK)
    status = pl_gate_create(bench.loop, 10, 10, &bench.gate);
  if (status == PL_OK) {
    pl_attempt_config config = config_for(&bench, IPV4, port);
    status = pl_attempt_start(&config, &attempt);
  }
  while (status == PL_OK && bench.ended == 0)
    status = pl_loop_turn(bench.loop);
  bool failed = alloc_fail_disarm();
  if (!failed) {
    assert_int_equal(bench.last.end, PL_END_HTTP_ANSWER);
  } else if (status == PL_OK) {
    assert_int_equal(bench.last.end, PL_END_LOCAL);
    assert_int_equal(bench.last.error, ENOMEM);
  } else {
    assert_int_equal(status, PL_ERR_MEMORY);
    assert_int_equal(bench.ended, 0);
  }
  pl_attempt_free(attempt);
  bench_close(&bench);
  assert_int_equal(count_descriptors(), descriptors);
  return failed;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  unsigned nth = 1;
  while (run_with_failure(server.port, nth))
    nth++;
  assert_true(nth > 6);
  server_stop(&server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_end_is_told_from_the_others),
      cmocka_unit_test(a_secret_is_sent_where_it_is_given),
      cmocka_unit_test(nothing_is_sent_over_an_unverified_session),
      cmocka_unit_test(a_signature_is_matched_once_and_kept),
      cmocka_unit_test(without_signatures_the_body_is_not_waited_for),
      cmocka_unit_test(silence_is_told_from_what_only_looks_like_it),
      cmocka_unit_test(the_deadline_cuts_every_stage),
      cmocka_unit_test(no_descriptor_is_local),
      cmocka_unit_test(what_cannot_be_asked_is_local),
      cmocka_unit_test(a_freeze_is_no_silence),
      cmocka_unit_test(starts_come_in_micro_batches),
      cmocka_unit_test(no_more_connect_at_once_than_may),
      cmocka_unit_test(waiting_for_a_handshake_costs_no_time_of_its_own),
      cmocka_unit_test(a_close_after_a_long_wait_in_our_queue_proves_nothing),
      cmocka_unit_test(the_deadline_cuts_those_who_wait),
      cmocka_unit_test(an_attempt_can_be_cancelled_at_every_stage),
      cmocka_unit_test(an_attempt_can_be_freed_from_inside_done),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, make_world, free_world);
}
