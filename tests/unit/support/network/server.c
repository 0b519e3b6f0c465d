// Scripted servers, one process each.
#include "server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* The port of a server that was killed is free when all of its processes have ended. */
static bool bind_patiently(int fd, const struct sockaddr *name, socklen_t length) {
  const struct timespec pause = {.tv_nsec = 20000000};
  for (int i = 0; i < 100; i++) {
    if (bind(fd, name, length) == 0 && listen(fd, 64) == 0)
      return true;
    if (errno != EADDRINUSE)
      return false;
    nanosleep(&pause, NULL);
  }
  return false;
}

static int listen_on(const char *address, uint16_t port, uint16_t *ret_port) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } name = {.any = {.sa_family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET}};
  void *value = name.any.sa_family == AF_INET6 ? (void *)&name.v6.sin6_addr : &name.v4.sin_addr;
  socklen_t length = sizeof(name);
  assert_int_equal(inet_pton(name.any.sa_family, address, value), 1);
  *(name.any.sa_family == AF_INET6 ? &name.v6.sin6_port : &name.v4.sin_port) = htons(port);
  int fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)); /* a server was there before */
  if (fd < 0 || !bind_patiently(fd, &name.any, length) || getsockname(fd, &name.any, &length) != 0)
    fail_msg("listen on %s: %s", address, strerror(errno));
  *ret_port = ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
  return fd;
}

/* One process for each connection, so that one that stays open does not delay the next. */
static void serve_forever(int listener, const server_script *script) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
      continue;
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(listener);
      script->run(fd, script);
      _exit(0);
    }
    close(fd);
  }
}

test_server server_start(const char *address, const server_script *script) {
  return server_start_at(address, 0, script);
}

test_server server_start_at(const char *address, uint16_t port, const server_script *script) {
  test_server server;
  int listener = listen_on(address, port, &server.port);
  fflush(NULL);
  server.pid = fork();
  assert_true(server.pid >= 0);
  if (server.pid == 0)
    serve_forever(listener, script);
  close(listener);
  return server;
}

void server_stop(test_server *server) {
  kill(server->pid, SIGKILL);
  waitpid(server->pid, NULL, 0);
  server->pid = 0;
}

/* ---- scripts -------------------------------------------------------------------------------- */

static void read_some(int fd) {
  char bytes[4096];
  ssize_t length = read(fd, bytes, sizeof(bytes));
  (void)length;
}

/* Until the other side has closed. */
static void drain(int fd) {
  char bytes[4096];
  while (read(fd, bytes, sizeof(bytes)) > 0)
    continue;
}

static void pause_briefly(void) { nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); }

static void reset(int fd) {
  const struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
  close(fd);
}

void serve_silence(int fd, const server_script *script) {
  (void)script;
  drain(fd);
}

void serve_close(int fd, const server_script *script) {
  (void)script;
  read_some(fd);
  shutdown(fd, SHUT_WR);
  drain(fd);
}

void serve_reset(int fd, const server_script *script) {
  (void)script;
  read_some(fd);
  reset(fd);
}

static size_t text_length(const server_script *script) {
  return script->length != 0 || script->text == NULL ? script->length : strlen(script->text);
}

void serve_plain(int fd, const server_script *script) {
  read_some(fd);
  ssize_t length = write(fd, script->text, text_length(script));
  (void)length;
  drain(fd);
}

static SSL *accept_tls(int fd, const server_script *script) {
  SSL *ssl = SSL_new(script->tls);
  SSL_set_fd(ssl, fd);
  if (SSL_accept(ssl) != 1)
    _exit(0);
  return ssl;
}

#define REQUEST_MAX 8192

/* `request` gets the request, NUL-terminated. */
static SSL *accept_request(int fd, const server_script *script, char request[REQUEST_MAX]) {
  SSL *ssl = accept_tls(fd, script);
  size_t length = 0;
  do {
    int more = SSL_read(ssl, request + length, (int)(REQUEST_MAX - 1 - length));
    if (more <= 0)
      _exit(0);
    length += (size_t)more;
    request[length] = '\0';
  } while (length < REQUEST_MAX - 1 && strstr(request, "\r\n\r\n") == NULL);
  return ssl;
}

static SSL *accept_any_request(int fd, const server_script *script) {
  char request[REQUEST_MAX];
  return accept_request(fd, script, request);
}

static void write_text(SSL *ssl, const server_script *script) {
  if (text_length(script) > 0)
    SSL_write(ssl, script->text, (int)text_length(script));
}

void serve_silence_over_tls(int fd, const server_script *script) {
  accept_tls(fd, script);
  drain(fd);
}

void serve_answer(int fd, const server_script *script) {
  SSL *ssl = accept_any_request(fd, script);
  write_text(ssl, script);
  SSL_shutdown(ssl);
  shutdown(fd, SHUT_WR);
  drain(fd);
}

void serve_hold(int fd, const server_script *script) {
  write_text(accept_any_request(fd, script), script);
  drain(fd);
}

void serve_drip(int fd, const server_script *script) {
  SSL *ssl = accept_any_request(fd, script);
  for (size_t i = 0; SSL_write(ssl, script->text + i % text_length(script), 1) == 1; i++)
    pause_briefly();
}

void serve_flood(int fd, const server_script *script) {
  SSL *ssl = accept_any_request(fd, script);
  while (SSL_write(ssl, script->text, (int)text_length(script)) > 0)
    continue;
}

void serve_tls_close(int fd, const server_script *script) {
  SSL *ssl = accept_any_request(fd, script);
  SSL_shutdown(ssl);
  shutdown(fd, SHUT_WR);
  drain(fd);
}

void serve_tls_reset(int fd, const server_script *script) {
  write_text(accept_any_request(fd, script), script);
  /* The client must read the text before the RST discards it. */
  nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  reset(fd);
}

void serve_drip_plain(int fd, const server_script *script) {
  for (size_t i = 0; write(fd, script->text + i % text_length(script), 1) == 1; i++)
    pause_briefly();
}

void serve_echo(int fd, const server_script *script) {
  static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
  char request[REQUEST_MAX];
  SSL *ssl = accept_request(fd, script, request);
  SSL_write(ssl, head, sizeof(head) - 1);
  SSL_write(ssl, request, (int)strlen(request));
  SSL_shutdown(ssl);
  shutdown(fd, SHUT_WR);
  drain(fd);
}

/* Writes all tickets in one piece, as a hostile server would. */
void serve_tickets(int fd, const server_script *script) {
  SSL *ssl = accept_any_request(fd, script);
  for (size_t i = 0; i < script->length; i++)
    SSL_new_session_ticket(ssl);
  SSL_write(ssl, script->text, (int)strlen(script->text));
  drain(fd);
}

void serve_key_updates(int fd, const server_script *script) {
  SSL *ssl = accept_any_request(fd, script);
  while (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1)
    continue;
}

void serve_report(int fd, const server_script *script) {
  char byte;
  SSL *ssl = accept_tls(fd, script);
  bool sent = SSL_read(ssl, &byte, 1) > 0;
  ssize_t length = write(script->report_fd, sent ? "y" : "n", 1);
  (void)length;
}
