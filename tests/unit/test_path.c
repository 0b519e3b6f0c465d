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
    [CERT_EXPIRED] = {HOST, "DNS:" HOST, -20 * DAY, -DAY, false, 0, NULL},
    [CERT_FUTURE] = {HOST, "DNS:" HOST, DAY, 20 * DAY, false, 0, NULL},
    [CERT_WRONG_NAME] = {.common_name = HOST, .san = "DNS:other.example"},
    [CERT_EXPIRED_WRONG_NAME] = {HOST, "DNS:other.example", -20 * DAY, -DAY, false, 0, NULL},
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
  authority = cert_make(&(cert_spec){.common_name = "Test CA", .is_ca = true}, NULL);
  stranger = cert_make(&(cert_spec){.common_name = "Somebody else's CA", .is_ca = true}, NULL);
  for (int i = CERT_GOOD; i < CERT_COUNT; i++) {
    leaves[i] = cert_make(&leaf_specs[i], i == CERT_UNKNOWN_CA ? &stranger : &authority);
    servers[i] = cert_server(&leaves[i], NULL);
  }
  cert_write(&authority, ca_path);
  pl_error error;
  assert_int_equal(pl_tls_library_init(&error), PL_OK);
  assert_int_equal(pl_tls_context_create(ca_path, &tls, &error), PL_OK);
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
  size_t match_length; /* of the body that it was shown */
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
  (void)body;
  bench->match_calls++;
  bench->match_length = length;
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_end_is_told_from_the_others),
  };
  return cmocka_run_group_tests(tests, make_world, free_world);
}
