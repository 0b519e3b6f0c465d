// Tests how an attempt ends, and what it sends. The servers are the test's own.
#include "attempt_bench.h"
#include "server.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- every way an attempt at a server ends -------------------------------------------------- */

#define ALERT_80 "\x15\x03\x03\x00\x02\x02\x50"
#define ALERT_70 "\x15\x03\x01\x00\x02\x02\x46"
#define BYTES(bytes) .text = (bytes), .length = sizeof(bytes) - 1

typedef struct end_case {
  const char *name;
  server_script script;
  bench_leaf certificate;
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
     .note = "",
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
    {.name = "a body that repeats the secret",
     .script = {.run = serve_echo},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .secret = "s3cret",
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .note = "",
     .time = PL_CERTIFICATE_VALID},
    {.name = "another protocol, with a secret",
     .script = {.run = serve_hold, .text = "220 s3cret\r\n"},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .secret = "s3cret",
     .end = PL_END_HTTP_GARBAGE,
     .note = "",
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
    {.name = "as many tickets as are allowed", /* two of them come with the handshake */
     .script = {.run = serve_tickets, .text = OK_ANSWER, .length = PL_LIMIT_TLS_EMPTY - 2},
     .certificate = CERT_GOOD,
     .depth = PL_DEPTH_HTTP,
     .end = PL_END_HTTP_ANSWER,
     .status = 200,
     .time = PL_CERTIFICATE_VALID},
    {.name = "one ticket more",
     .script = {.run = serve_tickets, .text = OK_ANSWER, .length = PL_LIMIT_TLS_EMPTY - 1},
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

/* Of the body, and never of one that may repeat the secret. */
static void check_digest(const end_case *test, const pl_attempt_result *result) {
  static const uint8_t none[32],
      hello[32] = {0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e, 0x26, 0xe8, 0x3b,
                   0x2a, 0xc5, 0xb9, 0xe2, 0x9e, 0x1b, 0x16, 0x1e, 0x5c, 0x1f, 0xa7,
                   0x42, 0x5e, 0x73, 0x04, 0x33, 0x62, 0x93, 0x8b, 0x98, 0x24};
  if (test->note == NULL || result->end != PL_END_HTTP_ANSWER)
    return;
  bool hashed = memcmp(result->body_sha256, none, sizeof(none)) != 0;
  assert_int_equal(hashed, test->note[0] != '\0');
  if (strcmp(test->note, "hello") == 0) {
    assert_int_equal(result->body_length, strlen("hello"));
    assert_memory_equal(result->body_sha256, hello, sizeof(hello));
  }
}

static void check_end(const end_case *test, const pl_attempt_result *result) {
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
  check_digest(test, result);
}

static void every_end_is_distinguished(void **state) {
  (void)state;
  unsigned descriptors = count_descriptors();
  for (size_t i = 0; i < PL_COUNT_OF(end_cases); i++) {
    const end_case *test = &end_cases[i];
    print_message("  %s\n", test->name);
    server_script script = test->script;
    script.tls = bench_servers[test->certificate];
    const char *address = test->address != NULL ? test->address : IPV4;
    test_server server = server_start(address, &script);
    attempt_bench bench;
    bench_open(&bench);
    pl_attempt_config config = bench_config(&bench, address, server.port);
    config.depth = test->depth;
    config.secret = test->secret;
    if (test->connect_msec != 0)
      config.connect_timeout = test->connect_msec * PL_MSEC;
    if (test->response_msec != 0)
      config.response_timeout = test->response_msec * PL_MSEC;
    pl_attempt_result result = bench_run(&bench, &config);
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
  server_script script = {.run = serve_echo, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open(&bench);
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  config.path = "/v1/self?x=1";
  (void)bench_run(&bench, &config);
  assert_non_null(strstr(bench.body, "GET /v1/self?x=1 HTTP/1.1\r\nHost: " HOST));
  assert_null(strstr(bench.body, "Authorization"));
  config.secret = "s3cret";
  config.scheme = "ApiKey";
  (void)bench_run(&bench, &config);
  assert_non_null(strstr(bench.body, "\r\nAuthorization: ApiKey s3cret\r\n"));
  assert_non_null(strstr(bench.body, "\r\nUser-Agent: privatelink-monitor/"));
  config.user_agent = "client/1";
  (void)bench_run(&bench, &config);
  assert_non_null(strstr(bench.body, "\r\nUser-Agent: client/1\r\n"));
  bench_close(&bench);
  server_stop(&server);
}

static void nothing_is_sent_over_an_unverified_session(void **state) {
  (void)state;
  static const bench_leaf wrong[] = {CERT_WRONG_NAME, CERT_UNKNOWN_CA, CERT_EXPIRED_WRONG_NAME,
                                     CERT_EXPIRED};
  int report[2];
  assert_int_equal(pipe2(report, O_CLOEXEC), 0);
  for (size_t i = 0; i < PL_COUNT_OF(wrong); i++) {
    server_script script = {
        .run = serve_report, .tls = bench_servers[wrong[i]], .report_fd = report[1]};
    test_server server = server_start(IPV4, &script);
    attempt_bench bench;
    bench_open(&bench);
    pl_attempt_config config = bench_config(&bench, IPV4, server.port);
    config.secret = "s3cret";
    pl_attempt_result result = bench_run(&bench, &config);
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
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open(&bench);
  bench.match = 3;
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  pl_attempt_result result = bench_run(&bench, &config);
  assert_int_equal(result.signature, 3);
  assert_int_equal(bench.match_calls, 1);
  assert_string_equal(bench.body, "hello");
  bench_close(&bench);
  server_stop(&server);
}

static void it_is_known_how_much_of_the_body_was_read(void **state) {
  (void)state;
  static const struct {
    server_script script;
    pl_body body;
    const char *matched;
    bool marked;
  } cases[] = {
      {{.run = serve_answer, .text = OK_ANSWER}, PL_BODY_WHOLE, "hello", false},
      {{.run = serve_answer, .text = "HTTP/1.1 403 No\r\n\r\nab"}, PL_BODY_WHOLE, "ab", false},
      {{.run = serve_tls_reset, .text = "HTTP/1.1 403 No\r\n\r\nab"}, PL_BODY_CUT, "ab", false},
      {{.run = serve_hold, .text = "HTTP/1.1 403 No\r\n\r\nab"}, PL_BODY_CUT, "ab", false},
      {{.run = serve_answer, .text = "HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nab"},
       PL_BODY_CUT,
       "ab",
       false},
      {{.run = serve_answer, .text = "HTTP/1.1 403 No\r\nContent-Encoding: br\r\n\r\nab"},
       PL_BODY_ENCODED,
       "",
       false},
      {{.run = serve_answer, .text = "HTTP/1.1 403 No\r\ncf-mitigated: challenge\r\n\r\nab"},
       PL_BODY_WHOLE,
       "ab",
       true},
      {{.run = serve_hold}, PL_BODY_NONE, NULL, false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    server_script script = cases[i].script;
    script.tls = bench_servers[CERT_GOOD];
    test_server server = server_start(IPV4, &script);
    attempt_bench bench;
    bench_open(&bench);
    pl_attempt_config config = bench_config(&bench, IPV4, server.port);
    config.response_timeout = 300 * PL_MSEC;
    pl_attempt_result result = bench_run(&bench, &config);
    assert_int_equal(result.body, cases[i].body);
    assert_int_equal(result.bot_protection, cases[i].marked);
    assert_int_equal(bench.match_calls, cases[i].matched != NULL);
    if (cases[i].matched != NULL)
      assert_string_equal(bench.body, cases[i].matched);
    bench_close(&bench);
    server_stop(&server);
  }
}

/* The server sends them with the end of its handshake, so that they arrive in one piece. */
static void many_tickets_end_an_attempt(void **state) {
  (void)state;
  static const struct {
    size_t tickets;
    pl_end end;
  } cases[] = {{PL_LIMIT_TLS_EMPTY, PL_END_HTTP_ANSWER},
               {PL_LIMIT_TLS_EMPTY + 1, PL_END_HTTP_GARBAGE},
               {200, PL_END_HTTP_GARBAGE}};
  SSL_CTX *tls = bench_servers[CERT_GOOD];
  size_t usual = SSL_CTX_get_num_tickets(tls);
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = tls};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    assert_int_equal(SSL_CTX_set_num_tickets(tls, cases[i].tickets), 1);
    test_server server = server_start(IPV4, &script);
    attempt_bench bench;
    bench_open(&bench);
    pl_attempt_config config = bench_config(&bench, IPV4, server.port);
    assert_int_equal(bench_run(&bench, &config).end, cases[i].end);
    bench_close(&bench);
    server_stop(&server);
  }
  assert_int_equal(SSL_CTX_set_num_tickets(tls, usual), 1);
}

static void a_plain_hello_is_sent_where_it_is_asked_for(void **state) {
  (void)state;
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open(&bench);
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  config.plain_hello = true;
  pl_attempt_result result = bench_run(&bench, &config);
  assert_int_equal(result.end, PL_END_HTTP_ANSWER);
  assert_int_equal(result.tls_version, 0x0303);
  bench_close(&bench);
  server_stop(&server);
}

static void without_signatures_the_body_is_not_waited_for(void **state) {
  (void)state;
  server_script script = {.run = serve_hold,
                          .text = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
                          .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open(&bench);
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  config.match = NULL;
  config.response_timeout = 600 * PL_SEC;
  config.deadline = pl_loop_clock(bench.loop) + 600 * PL_SEC;
  pl_attempt_result result = bench_run(&bench, &config);
  assert_int_equal(result.end, PL_END_HTTP_ANSWER);
  assert_int_equal(result.signature, -1);
  bench_close(&bench);
  server_stop(&server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_end_is_distinguished),
      cmocka_unit_test(a_secret_is_sent_where_it_is_given),
      cmocka_unit_test(nothing_is_sent_over_an_unverified_session),
      cmocka_unit_test(a_signature_is_matched_once_and_kept),
      cmocka_unit_test(it_is_known_how_much_of_the_body_was_read),
      cmocka_unit_test(many_tickets_end_an_attempt),
      cmocka_unit_test(a_plain_hello_is_sent_where_it_is_asked_for),
      cmocka_unit_test(without_signatures_the_body_is_not_waited_for),
  };
  return cmocka_run_group_tests(tests, bench_make_world, bench_free_world);
}
