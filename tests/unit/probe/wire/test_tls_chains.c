// Tests which certificate chains are verified again, and which are known. The verifications are
// counted.
#include "alloc_fail.h"
#include "certs.h"
#include "netns.h"
#include "probe/wire/tls.h"
#include "probe/wire/tls_chains.h"
#include "server.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "endpoint.example"
#define OTHER_HOST "other.example"
#define ADDRESS "30.2.0.1"
#define DAY 86400

static unsigned verifications;

/* In place of the library's. */
int X509_verify_cert(X509_STORE_CTX *store) {
  int (*real)(X509_STORE_CTX *);
  *(void **)&real = dlsym(RTLD_NEXT, "X509_verify_cert");
  verifications++;
  return real(store);
}

/* ---- the world ------------------------------------------------------------------------------ */

/* Clocks that only the test moves, in seconds. */
static int64_t wall, passed;

static pl_nsec read_wall(void *user) {
  (void)user;
  return wall * PL_SEC;
}

static pl_nsec read_monotonic(void *user) {
  (void)user;
  return (1000 + passed) * PL_SEC;
}

static const pl_clock test_clock = {.monotonic = read_monotonic, .wall = read_wall};

/* A server with a chain of three, and a client that knows the root. */
typedef struct world {
  char ca_path[64];
  test_cert root, intermediate, leaf;
  pl_tls_context *context;
} world;

static pl_tls_library *library;

static int make_network(void **state) {
  (void)state;
  pl_error error;
  netns_enter();
  netns_add_address("lo", ADDRESS, 32);
  assert_int_equal(pl_tls_library_create(&library, &error), PL_OK);
  return 0;
}

static int free_network(void **state) {
  (void)state;
  pl_tls_library_free(library);
  return 0;
}

static test_cert make_authority(const char *name, int64_t lifetime, const test_cert *issuer) {
  return cert_make(
      &(cert_spec){.common_name = name, .is_ca = true, .not_before = -DAY, .not_after = lifetime},
      issuer);
}

static test_cert make_leaf(int64_t lifetime, const test_cert *issuer) {
  return cert_make(
      &(cert_spec){.common_name = "x",
                   .san = "DNS:" HOST ",DNS:" OTHER_HOST ",DNS:*.w.example,IP:" ADDRESS,
                   .not_before = -DAY,
                   .not_after = lifetime},
      issuer);
}

static world make_world_with(int64_t root, int64_t intermediate, int64_t leaf, bool remember) {
  world w;
  pl_error error;
  wall = time(NULL);
  passed = 0;
  w.root = make_authority("Root", root, NULL);
  w.intermediate = make_authority("Intermediate", intermediate, &w.root);
  w.leaf = make_leaf(leaf, &w.intermediate);
  cert_write(&w.root, w.ca_path);
  assert_int_equal(pl_tls_context_create(library, w.ca_path, &w.context, &error), PL_OK);
  if (remember)
    assert_int_equal(pl_tls_context_remember(w.context, &test_clock), PL_OK);
  return w;
}

static world make_world(void) { return make_world_with(10 * DAY, 10 * DAY, 10 * DAY, true); }

static void free_world(world *w) {
  pl_tls_context_free(w->context);
  cert_free(&w->root);
  cert_free(&w->intermediate);
  cert_free(&w->leaf);
  unlink(w->ca_path);
}

/* Makes the client read its CA file again, with this certificate. */
static void change_anchor(const world *w, const test_cert *anchor) {
  char next[64];
  pl_error error;
  cert_write(anchor, next);
  assert_int_equal(rename(next, w->ca_path), 0);
  assert_int_equal(pl_tls_context_refresh(w->context, &error), PL_OK);
}

/* ---- one handshake -------------------------------------------------------------------------- */

typedef struct session {
  test_server server;
  SSL_CTX *context;
  int fd;
  pl_tls *tls;
} session;

static session begin(const world *w, SSL_CTX *context, const char *host) {
  session s = {.context = context};
  const server_script script = {.run = serve_silence_over_tls, .tls = context};
  s.server = server_start(ADDRESS, &script);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(s.server.port)};
  assert_int_equal(inet_pton(AF_INET, ADDRESS, &name.sin_addr), 1);
  s.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(s.fd, (struct sockaddr *)&name, sizeof(name)), 0);
  assert_int_equal(pl_tls_create(w->context, s.fd, host, &s.tls), PL_OK);
  return s;
}

static pl_tls_step finish(session *s, pl_attempt_result *attempt) {
  pl_tls_step step;
  pl_attempt_init(attempt);
  while ((step = pl_tls_handshake(s->tls, wall, attempt)) == PL_TLS_AGAIN) {
    struct pollfd ready = {.fd = s->fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 20000), 1);
  }
  pl_tls_free(s->tls);
  close(s->fd);
  server_stop(&s->server);
  SSL_CTX_free(s->context);
  return step;
}

/* A complete handshake. The number of verifications that it took must be `expected`. */
static pl_certificate shake(const world *w, const char *host, unsigned expected) {
  pl_attempt_result attempt;
  session s = begin(w, cert_server(&w->leaf, &w->intermediate), host);
  verifications = 0;
  assert_int_equal(finish(&s, &attempt), PL_TLS_DONE);
  assert_int_equal(verifications, expected);
  assert_true(attempt.certificate.seen);
  return attempt.certificate;
}

static bool is_good(const pl_certificate *c) {
  return c->chain_ok && c->name_ok && c->time == PL_CERTIFICATE_VALID && c->problem[0] == '\0';
}

static void shake_good(const world *w, const char *host, unsigned expected) {
  pl_certificate seen = shake(w, host, expected);
  assert_true(is_good(&seen));
}

/* ---- what is known -------------------------------------------------------------------------- */

static void a_known_chain_has_the_same_facts(void **state) {
  (void)state;
  world w = make_world(), forgetful = make_world_with(DAY, DAY, DAY, false);
  pl_certificate first = shake(&w, HOST, 1), again = shake(&w, HOST, 0);
  assert_true(is_good(&again) && again.public_anchor && first.public_anchor);
  assert_int_equal(again.not_before, first.not_before);
  assert_int_equal(again.not_after, first.not_after);
  assert_int_equal(again.issuer_not_before, first.issuer_not_before);
  assert_int_equal(again.issuer_not_after, first.issuer_not_after);
  assert_int_equal(again.has_scts, first.has_scts);
  assert_string_equal(again.subject, first.subject);
  assert_string_equal(again.issuer, "CN=Intermediate");
  assert_string_equal(again.issuer_subject, first.issuer_subject);
  assert_memory_equal(again.sha256, first.sha256, sizeof(first.sha256));
  for (int i = 0; i < 3; i++)
    shake_good(&forgetful, HOST, 1);
  free_world(&w);
  free_world(&forgetful);
}

static void a_chain_is_known_for_the_names_it_was_verified_for(void **state) {
  (void)state;
  world w = make_world();
  shake_good(&w, HOST, 1);
  shake_good(&w, OTHER_HOST, 1);
  shake_good(&w, "a_b.w.example", 1); /* which OpenSSL alone refuses */
  shake_good(&w, HOST, 0);
  shake_good(&w, OTHER_HOST, 0);
  shake_good(&w, "a_b.w.example", 0);
  for (int i = 0; i < 2; i++) {
    shake_good(&w, ADDRESS, 1); /* a numeric address is not a name */
    pl_certificate wrong = shake(&w, "wrong.example", 1);
    assert_true(wrong.chain_ok && !wrong.name_ok);
  }
  free_world(&w);
}

static void another_bit_is_verified(void **state) {
  (void)state;
  world w = make_world();
  shake_good(&w, HOST, 1);
  test_cert leaf = w.leaf, intermediate = w.intermediate;
  w.leaf = make_leaf(DAY, &intermediate);
  shake_good(&w, HOST, 1);
  cert_free(&w.leaf);
  w.leaf = leaf;
  /* The same name and key, and another serial number. */
  w.intermediate.x509 = X509_dup(intermediate.x509);
  ASN1_INTEGER_set(X509_get_serialNumber(w.intermediate.x509), 4711);
  assert_true(X509_sign(w.intermediate.x509, w.root.key, EVP_sha256()) > 0);
  shake_good(&w, HOST, 1);
  /* Signed by nobody who is trusted. */
  assert_true(X509_sign(w.intermediate.x509, intermediate.key, EVP_sha256()) > 0);
  pl_certificate forged = shake(&w, HOST, 1);
  assert_false(forged.chain_ok);
  X509_free(w.intermediate.x509);
  w.intermediate = intermediate;
  shake_good(&w, HOST, 0);
  free_world(&w);
}

/* The message that carries a chain differs between the versions. */
static void each_version_of_tls_is_verified(void **state) {
  static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  (void)state;
  world w = make_world();
  for (size_t i = 0; i < PL_COUNT_OF(versions); i++) {
    SSL_CTX *context = cert_server(&w.leaf, &w.intermediate);
    SSL_CTX_set_max_proto_version(context, versions[i]);
    session s = begin(&w, context, HOST);
    pl_attempt_result attempt;
    verifications = 0;
    assert_int_equal(finish(&s, &attempt), PL_TLS_DONE);
    assert_int_equal(attempt.tls_version, versions[i]);
    assert_int_equal(verifications, i < 2);
    assert_true(is_good(&attempt.certificate));
  }
  free_world(&w);
}

/* The scalar of one P-256 key and the point of another one. */
static EVP_PKEY *join(const EVP_PKEY *with_scalar, const EVP_PKEY *with_point) {
  uint8_t point[133];
  size_t length;
  BIGNUM *scalar = NULL;
  EVP_PKEY *joined = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
  assert_int_equal(EVP_PKEY_get_bn_param(with_scalar, OSSL_PKEY_PARAM_PRIV_KEY, &scalar), 1);
  assert_int_equal(EVP_PKEY_get_octet_string_param(with_point, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                   sizeof(point), &length),
                   1);
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, length);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
  assert_int_equal(EVP_PKEY_fromdata(context, &joined, EVP_PKEY_KEYPAIR, parameters), 1);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  EVP_PKEY_CTX_free(context);
  BN_free(scalar);
  return joined;
}

/* A known chain proves nothing without the key of its certificate. */
static void the_signature_of_the_server_is_verified(void **state) {
  (void)state;
  world w = make_world();
  shake_good(&w, HOST, 1);
  test_cert thief = {.x509 = w.leaf.x509, .key = join(w.intermediate.key, w.leaf.key)};
  session s = begin(&w, cert_server(&thief, &w.intermediate), HOST);
  pl_attempt_result attempt;
  assert_int_equal(finish(&s, &attempt), PL_TLS_GARBAGE);
  assert_false(attempt.certificate.chain_ok || attempt.certificate.name_ok);
  EVP_PKEY_free(thief.key);
  free_world(&w);
}

/* ---- trust anchors -------------------------------------------------------------------------- */

static void other_anchors_verify_again(void **state) {
  (void)state;
  world w = make_world();
  test_cert stranger = make_authority("Root", DAY, NULL);
  shake_good(&w, HOST, 1);
  change_anchor(&w, &w.root); /* another file with the same certificate */
  shake_good(&w, HOST, 1);
  shake_good(&w, HOST, 0);
  change_anchor(&w, &stranger);
  pl_certificate untrusted = shake(&w, HOST, 1);
  assert_false(untrusted.chain_ok);
  change_anchor(&w, &w.root);
  shake_good(&w, HOST, 1);
  cert_free(&stranger);
  free_world(&w);
}

/* A session keeps its old anchors, and what it finds is nothing for the new ones. */
static void a_session_with_old_anchors_has_no_memory(void **state) {
  (void)state;
  world w = make_world();
  test_cert stranger = make_authority("Root", DAY, NULL);
  shake_good(&w, HOST, 1);
  session s = begin(&w, cert_server(&w.leaf, &w.intermediate), HOST);
  change_anchor(&w, &stranger);
  pl_attempt_result attempt;
  verifications = 0;
  assert_int_equal(finish(&s, &attempt), PL_TLS_DONE);
  assert_int_equal(verifications, 1);
  assert_true(attempt.certificate.chain_ok);
  pl_certificate untrusted = shake(&w, HOST, 1);
  assert_false(untrusted.chain_ok);
  cert_free(&stranger);
  free_world(&w);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void time_ends_what_is_known(void **state) {
  static const struct {
    const char *name;
    int64_t root, intermediate, leaf; /* lifetimes */
    int64_t wall, passed;             /* of the clocks */
    unsigned verified;
    pl_certificate_time time;
  } rows[] = {
      {"at once", DAY, DAY, DAY, 0, 0, 0, PL_CERTIFICATE_VALID},
      {"most of an hour", DAY, DAY, DAY, 3590, 3590, 0, PL_CERTIFICATE_VALID},
      {"a slow clock", DAY, DAY, DAY, 3588, 3590, 0, PL_CERTIFICATE_VALID},
      {"an hour", DAY, DAY, DAY, 3600, 3600, 1, PL_CERTIFICATE_VALID},
      {"an hour, and the clock stands still", DAY, DAY, DAY, 0, 3600, 1, PL_CERTIFICATE_VALID},
      {"a step forward", DAY, DAY, DAY, 600, 60, 1, PL_CERTIFICATE_VALID},
      {"a step back", DAY, DAY, DAY, -600, 60, 1, PL_CERTIFICATE_VALID},
      {"a small step back", DAY, DAY, DAY, -1, 0, 1, PL_CERTIFICATE_VALID},
      {"a step back within the time that has passed", DAY, DAY, DAY, 300, 900, 1,
       PL_CERTIFICATE_VALID},
      {"a step before the validity", DAY, DAY, DAY, -3 * DAY, 60, 1, PL_CERTIFICATE_NOT_YET},
      {"the leaf is valid", DAY, DAY, 600, 590, 590, 0, PL_CERTIFICATE_VALID},
      {"the leaf has expired", DAY, DAY, 600, 610, 610, 1, PL_CERTIFICATE_EXPIRED},
      {"the intermediate has expired", DAY, 600, DAY, 610, 610, 1, PL_CERTIFICATE_EXPIRED},
      {"the root has expired", 600, DAY, DAY, 610, 610, 1, PL_CERTIFICATE_EXPIRED},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    print_message("  %s\n", rows[i].name);
    world w = make_world_with(rows[i].root, rows[i].intermediate, rows[i].leaf, true);
    shake_good(&w, HOST, 1);
    wall += rows[i].wall;
    passed += rows[i].passed;
    for (int again = 0; again < 2; again++) {
      bool known = again > 0 && rows[i].time == PL_CERTIFICATE_VALID;
      pl_certificate seen = shake(&w, HOST, known ? 0 : rows[i].verified);
      assert_true(seen.chain_ok && seen.name_ok);
      assert_int_equal(seen.time, rows[i].time);
    }
    free_world(&w);
  }
}

/* ---- the memory itself ---------------------------------------------------------------------- */

static pl_tls_chains *make_chains(void) {
  pl_tls_chains *chains;
  wall = time(NULL);
  passed = 0;
  assert_int_equal(pl_tls_chains_create(NULL, &test_clock, &chains), PL_OK);
  return chains;
}

static const pl_certificate lasting = {.seen = true, .not_after = INT64_MAX};

static pl_tls_chain_key key_of(unsigned number) {
  pl_tls_chain_key key = {{0}};
  memcpy(key.bytes, &number, sizeof(number));
  return key;
}

static bool knows(pl_tls_chains *chains, unsigned number, const char *host) {
  const pl_tls_chain_key key = key_of(number);
  return pl_tls_chains_find(chains, &key, host, wall) != NULL;
}

static void learn(pl_tls_chains *chains, unsigned number, const char *host) {
  const pl_tls_chain_key key = key_of(number);
  pl_tls_chains_add(chains, &key, host, &lasting, wall);
}

static void other_settings_have_another_key(void **state) {
  static const struct {
    int level;
    unsigned long flags;
    unsigned host_flags;
    const char *message;
    bool same;
  } rows[] = {{2, 0, 0, "abc", true},
              {1, 0, 0, "abc", false},
              {3, 0, 0, "abc", false},
              {2, X509_V_FLAG_X509_STRICT, 0, "abc", false},
              {2, 0, X509_CHECK_FLAG_NO_WILDCARDS, "abc", false},
              {2, 0, 0, "abd", false}};
  (void)state;
  pl_tls_chains *chains = make_chains();
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  pl_tls_chain_key first = {{0}};
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    SSL *ssl = SSL_new(context);
    pl_tls_chain_key key;
    SSL_set_security_level(ssl, rows[i].level);
    X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), rows[i].flags);
    X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(ssl), rows[i].host_flags);
    assert_true(pl_tls_chains_key(chains, ssl, rows[i].message, 3, &key));
    if (i == 0)
      first = key;
    assert_int_equal(memcmp(&key, &first, sizeof(key)) == 0, rows[i].same);
    SSL_free(ssl);
  }
  SSL_CTX_free(context);
  pl_tls_chains_free(chains);
}

static void the_chain_without_use_is_forgotten_first(void **state) {
  (void)state;
  pl_tls_chains *chains = make_chains();
  for (unsigned i = 0; i < PL_LIMIT_TLS_CHAINS; i++)
    learn(chains, i, HOST);
  assert_true(knows(chains, 0, HOST));
  learn(chains, PL_LIMIT_TLS_CHAINS, HOST);
  assert_true(knows(chains, 0, HOST));
  assert_false(knows(chains, 1, HOST));
  for (unsigned i = 2; i <= PL_LIMIT_TLS_CHAINS; i++)
    assert_true(knows(chains, i, HOST));
  pl_tls_chains_forget(chains);
  for (unsigned i = 0; i <= PL_LIMIT_TLS_CHAINS; i++)
    assert_false(knows(chains, i, HOST));
  pl_tls_chains_free(chains);
}

static void names_are_limited(void **state) {
  (void)state;
  pl_tls_chains *chains = make_chains();
  char host[32];
  for (unsigned i = 0; i < PL_LIMIT_TLS_CHAIN_HOSTS; i++) {
    snprintf(host, sizeof(host), "ep%u.example", i);
    learn(chains, i % 2, host);
    learn(chains, i % 2, host); /* takes no room */
  }
  learn(chains, 0, HOST);
  assert_false(knows(chains, 0, HOST));
  for (unsigned i = 0; i < PL_LIMIT_TLS_CHAIN_HOSTS; i += 97) {
    snprintf(host, sizeof(host), "ep%u.example", i);
    assert_true(knows(chains, i % 2, host));
    assert_false(knows(chains, 1 - i % 2, host));
  }
  wall += 600; /* which ends both chains */
  assert_false(knows(chains, 0, "ep0.example") || knows(chains, 1, "ep1.example"));
  learn(chains, 0, HOST);
  assert_true(knows(chains, 0, HOST));
  pl_tls_chains_free(chains);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (unsigned nth = 1;; nth++) {
    pl_tls_chains *chains = NULL;
    alloc_fail_arm(nth);
    pl_status status = pl_tls_chains_create(NULL, &test_clock, &chains);
    if (status == PL_OK)
      learn(chains, 1, HOST);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed && nth == 1 ? PL_ERR_MEMORY : PL_OK);
    if (status == PL_OK) {
      assert_int_equal(knows(chains, 1, HOST), !failed);
      learn(chains, 1, HOST);
      assert_true(knows(chains, 1, HOST));
    }
    pl_tls_chains_free(chains);
    if (!failed) {
      assert_true(nth > 3);
      break;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_known_chain_has_the_same_facts),
      cmocka_unit_test(a_chain_is_known_for_the_names_it_was_verified_for),
      cmocka_unit_test(another_bit_is_verified),
      cmocka_unit_test(each_version_of_tls_is_verified),
      cmocka_unit_test(the_signature_of_the_server_is_verified),
      cmocka_unit_test(other_anchors_verify_again),
      cmocka_unit_test(a_session_with_old_anchors_has_no_memory),
      cmocka_unit_test(time_ends_what_is_known),
      cmocka_unit_test(other_settings_have_another_key),
      cmocka_unit_test(the_chain_without_use_is_forgotten_first),
      cmocka_unit_test(names_are_limited),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, make_network, free_network);
}
