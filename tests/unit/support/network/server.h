/* Servers for tests: each is a process that runs one blocking script for each connection. */
#ifndef PL_TEST_SERVER_H
#define PL_TEST_SERVER_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct test_server {
  pid_t pid;
  uint16_t port; /* an ephemeral one */
} test_server;

/* What a server does with a connection; `fd` is closed after it. */
typedef struct server_script {
  void (*run)(int fd, const struct server_script *script);
  SSL_CTX *tls;     /* for scripts that speak TLS */
  const char *text; /* to send; NULL for nothing */
  size_t length;    /* of `text`; 0: up to its NUL */
  int report_fd;    /* for serve_report */
} server_script;

/* Listens on `address` ("30.2.0.1", "3ffe:db8::1") and serves until server_stop. */
test_server server_start(const char *address, const server_script *script);
/* The same on a port of the caller's choice, for a namespace where it is free. */
test_server server_start_at(const char *address, uint16_t port, const server_script *script);
void server_stop(test_server *server);

/* ---- scripts -------------------------------------------------------------------------------- */

void serve_silence(int fd, const server_script *script); /* reads, never answers */
void serve_close(int fd, const server_script *script);   /* FIN after the first bytes */
void serve_reset(int fd, const server_script *script);   /* RST after the first bytes */
void serve_plain(int fd, const server_script *script);   /* `text` without TLS */

void serve_silence_over_tls(int fd, const server_script *script); /* TLS; reads, never answers */
void serve_answer(int fd, const server_script *script); /* TLS; `text` after a request; closes */
void serve_hold(int fd, const server_script *script);   /* the same, but stays open */
void serve_drip(int fd, const server_script *script);   /* the same, a byte every 20 ms, forever */
void serve_flood(int fd, const server_script *script);  /* TLS; `text` again and again */
void serve_tls_close(int fd, const server_script *script); /* TLS; request, then close_notify */
void serve_tls_reset(int fd, const server_script *script); /* TLS; request, `text`, then RST */

void serve_drip_plain(int fd, const server_script *script);  /* without TLS, a byte every 20 ms */
void serve_echo(int fd, const server_script *script);        /* TLS; 200, the request as its body */
void serve_key_updates(int fd, const server_script *script); /* TLS; request, then nothing else */
/* TLS; `length` session tickets after a request, and then `text` */
void serve_tickets(int fd, const server_script *script);
/* TLS; writes "y" to report_fd if the client sent anything over the session, else "n". */
void serve_report(int fd, const server_script *script);

#endif
