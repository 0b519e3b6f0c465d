// Scripted resolvers that speak DNS over HTTPS and over TLS.
#include "secure_server.h"
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define MESSAGE_MAX 2048

typedef struct conversation {
  const secure_script *script;
  SSL *ssl;
  char in[16384]; /* read and not used yet */
  size_t length;
} conversation;

secure_tally *secure_tally_make(void) {
  void *made =
      mmap(NULL, sizeof(secure_tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return made == MAP_FAILED ? NULL : made;
}

/* ---- questions ------------------------------------------------------------------------------ */

static bool read_more(conversation *c) {
  int more = SSL_read(c->ssl, c->in + c->length, (int)(sizeof(c->in) - 1 - c->length));
  if (more <= 0)
    return false;
  c->length += (size_t)more;
  c->in[c->length] = '\0';
  return true;
}

static void use_up(conversation *c, size_t used) {
  c->length -= used;
  memmove(c->in, c->in + used, c->length + 1);
}

static int base64url_value(char c) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char *at = c == '\0' ? NULL : strchr(digits, c);
  return at == NULL ? -1 : (int)(at - digits);
}

static size_t base64url_read(const char *text, uint8_t *bytes) {
  size_t length = 0;
  unsigned bits = 0, count = 0;
  for (; base64url_value(*text) >= 0; text++) {
    bits = bits << 6 | (unsigned)base64url_value(*text);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[length++] = (uint8_t)(bits >> count);
    }
  }
  return length;
}

/* The length of the next message; 0 where the connection is over or it is none. */
static size_t next_http(conversation *c, uint8_t bytes[MESSAGE_MAX]) {
  static const char start[] = "GET /dns-query?dns=";
  char *end;
  while ((end = strstr(c->in, "\r\n\r\n")) == NULL) {
    if (!read_more(c))
      return 0;
  }
  *end = '\0';
  bool good = strncmp(c->in, start, sizeof(start) - 1) == 0 &&
              strstr(c->in, "\r\nAccept: application/dns-message") != NULL &&
              strstr(c->in, "\r\nHost: ") != NULL;
  size_t length = good ? base64url_read(c->in + sizeof(start) - 1, bytes) : 0;
  use_up(c, (size_t)(end - c->in) + 4);
  return length;
}

static size_t next_message(conversation *c, uint8_t bytes[MESSAGE_MAX]) {
  size_t length = 0;
  while (c->length < 2 + length || length == 0) {
    if (c->length >= 2 && length == 0)
      length = (size_t)((uint8_t)c->in[0] << 8 | (uint8_t)c->in[1]);
    else if (!read_more(c))
      return 0;
  }
  memcpy(bytes, c->in + 2, length);
  use_up(c, 2 + length);
  return length;
}

/* ---- answers -------------------------------------------------------------------------------- */

static void put(const conversation *c, const void *bytes, size_t length) {
  size_t piece = c->script->manner == SECURE_PIECES ? 1 : length;
  for (size_t at = 0; at < length; at += piece) {
    if (SSL_write(c->ssl, (const char *)bytes + at, (int)piece) <= 0)
      _exit(0);
  }
}

static void put_text(const conversation *c, const char *text) { put(c, text, strlen(text)); }

static void put_answer(const conversation *c, const uint8_t *bytes, size_t length) {
  char head[256];
  const secure_script *script = c->script;
  if (!script->https) {
    const uint8_t size[] = {(uint8_t)(length >> 8), (uint8_t)length};
    put(c, size, sizeof(size));
  } else if (script->manner == SECURE_CHUNKED) {
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n");
    put_text(c, head);
    put(c, bytes, 5);
    snprintf(head, sizeof(head), "\r\n%zx\r\n", length - 5);
    put_text(c, head);
    put(c, bytes + 5, length - 5);
    put_text(c, "\r\n0\r\n\r\n");
    return;
  } else {
    bool sized = script->manner != SECURE_UNTIL_CLOSE;
    snprintf(head, sizeof(head),
             sized ? "HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n"
                     "Content-Length: %zu\r\n\r\n"
                   : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
             length);
    put_text(c, head);
  }
  put(c, bytes, length);
}

/* Anything that is no answer of the row; false where it is for the caller to send. */
static bool put_nonsense(const conversation *c) {
  static const char redirect[] =
      "HTTP/1.1 302 Found\r\nLocation: /dns-query?dns=other\r\nContent-Length: 4\r\n\r\nhere";
  static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found";
  bool https = c->script->https;
  switch (c->script->manner) {
  case SECURE_NOT_FOUND:
    put_text(c, not_found);
    return true;
  case SECURE_REDIRECT:
    put_text(c, redirect);
    return true;
  case SECURE_ENDLESS_HEADER:
    for (put_text(c, "HTTP/1.1 200 OK\r\n");;)
      put_text(c, "X-Header: 0123456789012345678901234567890123456789012345678901234567\r\n");
  case SECURE_TEXT:
    put_answer(c, (const uint8_t *)"this is certainly no DNS", 24);
    return true;
  case SECURE_EMPTY:
    put_answer(c, (const uint8_t *)"", 0);
    return true;
  case SECURE_DRIP:
    for (put_text(c, https ? "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" : "zz");;
         nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL))
      put_text(c, "x");
  case SECURE_FLOOD:
    for (put_text(c,
                  https ? "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n" : "");
         ;)
      put_text(c, "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377");
  case SECURE_CLOSE:
    SSL_shutdown(c->ssl);
    _exit(0);
  case SECURE_SILENT:
    return true;
  case SECURE_ANSWER:
  case SECURE_CHUNKED:
  case SECURE_UNTIL_CLOSE:
  case SECURE_PIECES:
  case SECURE_BAD_VERSION:
  case SECURE_WRONG_ID:
  case SECURE_WRONG_QUESTION:
  case SECURE_REFLECT:
  case SECURE_TWICE:
  case SECURE_MANNERS:
    break;
  }
  return false;
}

/* BADVERS: an OPT record whose TTL begins with 1. */
static size_t add_bad_version(uint8_t *reply, size_t length) {
  static const uint8_t opt[] = {0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0};
  memcpy(reply + length, opt, sizeof(opt));
  reply[11] = 1;
  return length + sizeof(opt);
}

static void answer(const conversation *c, const uint8_t *bytes, size_t length) {
  static const dns_row missing = {.manner = DNS_MANNER_RCODE, .rcode = 3};
  static const dns_row no_error = {.manner = DNS_MANNER_RCODE, .rcode = 0};
  uint8_t reply[8192];
  dns_question question;
  if (!dns_question_read(bytes, length, &question))
    _exit(0);
  const dns_row *row = dns_row_find(c->script->rows, question.name);
  if (row != NULL && row->manner == DNS_MANNER_SILENT)
    return;
  if (c->script->manner == SECURE_BAD_VERSION)
    row = &no_error;
  size_t size = dns_reply(row != NULL ? row : &missing, &question, false, reply);
  if (c->script->manner == SECURE_BAD_VERSION)
    size = add_bad_version(reply, size);
  if (c->script->manner == SECURE_WRONG_ID)
    reply[0] ^= 0x55;
  if (c->script->manner == SECURE_WRONG_QUESTION)
    reply[13] ^= 1;
  if (c->script->manner == SECURE_REFLECT)
    put_answer(c, bytes, length);
  else
    put_answer(c, reply, size);
  if (c->script->manner == SECURE_TWICE)
    put_answer(c, reply, size);
}

static void drain(SSL *ssl) {
  char bytes[4096];
  while (SSL_read(ssl, bytes, sizeof(bytes)) > 0)
    continue;
}

void secure_serve(int fd, const server_script *base) {
  static conversation c;
  uint8_t bytes[MESSAGE_MAX];
  const secure_script *script = (const secure_script *)(const void *)base;
  c.script = script;
  atomic_fetch_add(&script->tally->connections, 1);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  c.ssl = SSL_new(base->tls);
  SSL_set_fd(c.ssl, fd);
  if (SSL_accept(c.ssl) != 1)
    return;
  for (unsigned answers = 1;; answers++) {
    size_t length = script->https ? next_http(&c, bytes) : next_message(&c, bytes);
    if (length == 0)
      return;
    atomic_fetch_add(&script->tally->questions, 1);
    nanosleep(&(struct timespec){.tv_nsec = (long)script->pause * 1000000}, NULL);
    if (!put_nonsense(&c))
      answer(&c, bytes, length);
    if (script->manner == SECURE_UNTIL_CLOSE || answers == script->per_connection)
      break;
  }
  SSL_shutdown(c.ssl);
  shutdown(fd, SHUT_WR);
  drain(c.ssl);
}
