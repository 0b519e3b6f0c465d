// Runs single attempts in a network namespace with certificates.
#include "attempt_bench.h"
#include "certs.h"
#include "netns.h"
#include "sct_bytes.h"
#include "server.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the world ------------------------------------------------------------------------------ */

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
SSL_CTX *bench_servers[CERT_COUNT];
static pl_tls_context *tls;
static char ca_path[64];

/* ---- running attempts ----------------------------------------------------------------------- */

void bench_open_with(attempt_bench *bench, unsigned connecting, unsigned handshaking,
                     const pl_clock *clock) {
  const pl_clock system = pl_clock_system();
  pl_error error;
  *bench = (attempt_bench){.match = -1};
  assert_int_equal(pl_loop_create(clock != NULL ? clock : &system, &bench->loop, &error), PL_OK);
  assert_int_equal(pl_gate_create(bench->loop, connecting, handshaking, &bench->gate), PL_OK);
}

void bench_open(attempt_bench *bench) { bench_open_with(bench, 100, 100, NULL); }

void bench_close(attempt_bench *bench) {
  pl_gate_free(bench->gate);
  pl_loop_free(bench->loop);
}

void bench_done(void *user, const pl_attempt_result *result) {
  attempt_bench *bench = user;
  bench->ended++;
  bench->last = *result;
}

static int match_body(void *user, unsigned status, const char *body, size_t length) {
  attempt_bench *bench = user;
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

pl_attempt_config bench_config(attempt_bench *bench, const char *address, uint16_t port) {
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
      .match_user = bench,
      .done = bench_done,
      .user = bench,
  };
}

void bench_turn_until(attempt_bench *bench, unsigned count) {
  while (bench->ended < count)
    assert_int_equal(pl_loop_turn(bench->loop), PL_OK);
}

pl_attempt_result bench_run(attempt_bench *bench, const pl_attempt_config *config) {
  pl_attempt *attempt;
  unsigned before = bench->ended;
  assert_int_equal(pl_attempt_start(config, &attempt), PL_OK);
  assert_int_equal(bench->ended, before);
  bench_turn_until(bench, before + 1);
  pl_attempt_free(attempt);
  return bench->last;
}

unsigned count_descriptors(void) {
  unsigned count = 0;
  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* ---- set-up and tear-down ------------------------------------------------------------------- */

/* The first handshake of a process is slow, under valgrind slower than the timeouts of some tests.
 */
static void shake_hands_once(void) {
  const server_script script = {
      .run = serve_answer, .text = OK_ANSWER, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open(&bench);
  const pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  assert_int_equal(bench_run(&bench, &config).end, PL_END_HTTP_ANSWER);
  bench_close(&bench);
  server_stop(&server);
}

int bench_make_world(void **state) {
  (void)state;
  netns_enter();
  netns_add_address("lo", IPV4, 32);
  netns_add_address("lo", IPV6, 128);
  assert_true(netns_add_wire("wire0") >= 0);
  netns_add_address("wire0", "30.18.0.1", 24);
  assert_true(netns_add_dead_segment("dead0") >= 0);
  netns_add_address("dead0", "30.19.0.1", 24);
  authority = cert_make(&(cert_spec){.common_name = "Test CA", .is_ca = true}, NULL);
  stranger = cert_make(&(cert_spec){.common_name = "Another CA", .is_ca = true}, NULL);
  for (int i = CERT_GOOD; i < CERT_COUNT; i++) {
    leaves[i] = cert_make(&leaf_specs[i], i == CERT_UNKNOWN_CA ? &stranger : &authority);
    bench_servers[i] = cert_server(&leaves[i], NULL);
  }
  cert_write(&authority, ca_path);
  pl_error error;
  assert_int_equal(pl_tls_library_init(&error), PL_OK);
  assert_int_equal(pl_tls_context_create(NULL, ca_path, &tls, &error), PL_OK);
  shake_hands_once();
  return 0;
}

int bench_free_world(void **state) {
  (void)state;
  pl_tls_context_free(tls);
  unlink(ca_path);
  for (int i = CERT_GOOD; i < CERT_COUNT; i++) {
    cert_free(&leaves[i]);
    SSL_CTX_free(bench_servers[i]);
  }
  cert_free(&authority);
  cert_free(&stranger);
  return 0;
}

#define ANCHORS "/etc/ssl/certs"

static void unmount_anchors(void) { umount2(ANCHORS, MNT_DETACH); }

/* As in engine_world.c. */
static void keep_mounts_private(void) {
  assert_int_equal(unshare(CLONE_NEWNS), 0);
  if (mount("", "/", "", MS_REC | MS_PRIVATE, NULL) == 0)
    return;
  assert_int_equal(errno, EINVAL);
  assert_int_equal(atexit(unmount_anchors), 0);
}

pl_tls_context *bench_trust_of_host(void) {
  char name[64];
  pl_error error;
  pl_tls_context *context;
  keep_mounts_private();
  assert_int_equal(mount("", ANCHORS, "tmpfs", 0, NULL), 0);
  snprintf(name, sizeof(name), ANCHORS "/%08lx.0", X509_subject_name_hash(authority.x509));
  FILE *file = fopen(name, "w");
  assert_non_null(file);
  assert_int_equal(PEM_write_X509(file, authority.x509), 1);
  fclose(file);
  assert_int_equal(pl_tls_context_create(NULL, NULL, &context, &error), PL_OK);
  return context;
}

void bench_renew_anchors(void) {
  pl_error error;
  assert_int_equal(utimensat(AT_FDCWD, ca_path, NULL, 0), 0);
  assert_int_equal(pl_tls_context_refresh(tls, &error), PL_OK);
}

SSL_CTX *bench_server_with_scts(void) {
  static const uint8_t list[] = SCT_BYTES;
  cert_spec spec = leaf_specs[CERT_GOOD];
  spec.scts = list;
  spec.scts_length = sizeof(list) - 1;
  test_cert leaf = cert_make(&spec, &authority);
  SSL_CTX *server = cert_server(&leaf, NULL);
  cert_free(&leaf);
  return server;
}
