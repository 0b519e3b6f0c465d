/* HTTP exchanges with the AWS API and with sources of credentials, over libcurl.
 *
 * libcurl is not linked. It is opened at the first request, by its SONAME, so a check that sends no
 * request does not load it and the dozen libraries that it needs. Its ABI ("libcurl.so.4") has not
 * changed since 2006, in Debian and in Fedora. Blocks, until the deadline of the context. Any
 * thread.
 */
#ifndef PL_AWS_TRANSPORT_H
#define PL_AWS_TRANSPORT_H

#include "aws/context.h"

#define PL_HTTP_HEADERS_MAX 8

typedef struct pl_http_exchange {
  const char *method;                       /* "GET", "PUT", "POST" */
  const char *url;                          /* http or https */
  const char *headers[PL_HTTP_HEADERS_MAX]; /* "Name: value"; NULL ends them */
  const char *body;                         /* NULL: none */
  size_t body_length;
  void **session;        /* keeps connections for the next exchange; NULL: none are kept */
  bool direct;           /* never through a proxy */
  bool compressed;       /* the answer may be compressed */
  const char *ca_bundle; /* PEM file; NULL: the system's trusted certificates */
  pl_nsec connect_timeout;
  pl_nsec timeout;  /* of the whole exchange; never beyond the deadline of the context */
  size_t max_bytes; /* of the decoded body; more end the exchange */
  /* Called for each piece of the body. False ends the exchange (PL_TRANSFER_STOPPED). */
  bool (*on_body)(void *user, const char *bytes, size_t length);
  void *user;
} pl_http_exchange;

typedef enum pl_transfer_end {
  PL_TRANSFER_ANSWER,      /* a complete answer */
  PL_TRANSFER_NETWORK,     /* no connection, a TLS error, an incomplete body and so on */
  PL_TRANSFER_CERTIFICATE, /* the server's certificate is not good; another attempt can't help */
  PL_TRANSFER_TIMEOUT,     /* `timeout` of the exchange */
  PL_TRANSFER_DEADLINE,    /* the deadline of the context, or a cancellation */
  PL_TRANSFER_TOO_LARGE,   /* over max_bytes */
  PL_TRANSFER_STOPPED,     /* on_body returned false */
  PL_TRANSFER_LOCAL,       /* this host: no libcurl, no memory, a URL that cannot be used */
} pl_transfer_end;

typedef struct pl_http_result {
  pl_transfer_end end;
  unsigned status;   /* HTTP status; 0: none */
  int64_t date;      /* of the Date header, seconds since 1970; 0: none */
  char problem[160]; /* for a person; "" for PL_TRANSFER_ANSWER; without headers and body */
} pl_http_result;

void pl_http_perform(const pl_http_exchange *exchange, const pl_aws_context *context,
                     pl_http_result *ret_result);

/* Closes the connections of a session. `*session` is NULL before its first use and after this. One
 * thread at a time for each session. */
void pl_http_session_close(void **session);

/* Host and port of a URL, as in a Host header: without the default port of the scheme.
 * PL_ERR_INVALID: the scheme is not http or https, there is a user name, a query or a fragment, or
 * there is a path and `path_ok` is false. */
pl_status pl_url_host(const char *url, bool path_ok, char *ret_host, size_t size) PL_MUST_USE;
/* Only the host, without port and brackets. The URL may have a query. */
pl_status pl_url_hostname(const char *url, char *ret_name, size_t size) PL_MUST_USE;

#endif
