// A network with two authorities, and handshakes with servers in it.
#include "tls_world.h"
#include "netns.h"
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

test_cert authority, other_authority;
char ca_path[64];
pl_tls_library *library;

int make_world(void **state) {
  (void)state;
  netns_enter();
  netns_add_address("lo", ADDRESS, 32);
  /* None of these may change anything. */
  setenv("SSL_CERT_FILE", "/nonexistent", 1);
  setenv("SSL_CERT_DIR", "/nonexistent", 1);
  setenv("OPENSSL_CONF", "/nonexistent", 1);
  pl_error error;
  assert_int_equal(pl_tls_library_init(&error), PL_OK);
  authority = cert_make(&(cert_spec){.common_name = "Test CA", .is_ca = true}, NULL);
  other_authority = cert_make(&(cert_spec){.common_name = "Other CA", .is_ca = true}, NULL);
  cert_write(&authority, ca_path);
  return 0;
}

int make_library(void **state) {
  (void)state;
  pl_error error;
  assert_int_equal(pl_tls_library_create(&library, &error), PL_OK);
  return 0;
}

int free_world(void **state) {
  (void)state;
  pl_tls_library_free(library);
  unlink(ca_path);
  cert_free(&authority);
  cert_free(&other_authority);
  return 0;
}

/* ---- one handshake -------------------------------------------------------------------------- */

int connect_to(uint16_t port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
  assert_int_equal(inet_pton(AF_INET, ADDRESS, &name.sin_addr), 1);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
  return fd;
}

void wait_for_bytes(int fd) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  assert_int_equal(poll(&ready, 1, 20000), 1);
}

pl_tls_step finish_handshake(pl_tls *tls, int fd, int64_t now, pl_attempt_result *attempt) {
  pl_tls_step step;
  while ((step = pl_tls_handshake(tls, now, attempt)) == PL_TLS_AGAIN)
    wait_for_bytes(fd);
  return step;
}

pl_tls_step shake_at(pl_tls_context *context, const server_script *script, const char *name,
                     int64_t now, pl_attempt_result *attempt) {
  pl_tls *tls;
  test_server server = server_start(ADDRESS, script);
  int fd = connect_to(server.port);
  pl_attempt_init(attempt);
  assert_int_equal(pl_tls_create(context, fd, name, &tls), PL_OK);
  pl_tls_step step = finish_handshake(tls, fd, now, attempt);
  pl_tls_free(tls);
  close(fd);
  server_stop(&server);
  return step;
}

pl_tls_context *make_context(const char *ca_file) {
  pl_error error;
  pl_tls_context *context;
  assert_int_equal(pl_tls_context_create(library, ca_file, &context, &error), PL_OK);
  return context;
}
