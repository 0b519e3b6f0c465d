/* One HTTP exchange over libcurl, to the AWS API or to a source of credentials.
 *
 * The only file of the project that sees curl.h. libcurl is not linked but opened at the first
 * request, by its SONAME: a one-shot check that asks no API then does not pay for loading it and
 * the dozen libraries behind it. Its ABI ("libcurl.so.4") has been the same since 2006, in Debian
 * as in Fedora. Blocking, to a deadline; may be used from several threads at once.
 */
#ifndef PL_AWS_TRANSPORT_H
#define PL_AWS_TRANSPORT_H

#include "aws/context.h"

#define PL_HTTP_HEADERS_MAX 8

typedef struct pl_http_exchange {
  const char *method;                       /* "GET", "PUT", "POST" */
  const char *url;                          /* http or https */
  const char *headers[PL_HTTP_HEADERS_MAX]; /* "Name: value"; up to the first NULL */
  const char *body;                         /* NULL for none */
  size_t body_length;
  void **session;        /* keeps connections from one exchange to the next; NULL: none are kept */
  bool direct;           /* no proxy, whatever the environment says: metadata services */
  bool secret;           /* the body is one: not compressed, and wiped behind on_body */
  const char *ca_bundle; /* PEM, instead of the system's anchors; NULL for these */
  pl_nsec connect_timeout;
  pl_nsec timeout;  /* of the whole exchange; cut to the context's deadline */
  size_t max_bytes; /* of the decoded body; one more ends the exchange */
  /* Gets the body piece by piece; false ends the exchange (`stopped`). */
  bool (*on_body)(void *user, const char *bytes, size_t length);
  void *user;
} pl_http_exchange;

typedef enum pl_transfer_end {
  PL_TRANSFER_ANSWER,    /* a whole answer; its status in `status` */
  PL_TRANSFER_NETWORK,   /* no connection, TLS, cut body …; in `problem` */
  PL_TRANSFER_TIMEOUT,   /* the exchange's own timeout */
  PL_TRANSFER_DEADLINE,  /* the context's deadline, or cancelled */
  PL_TRANSFER_TOO_LARGE, /* over max_bytes */
  PL_TRANSFER_STOPPED,   /* on_body did not want more */
  PL_TRANSFER_LOCAL,     /* this side: no libcurl, no memory, a URL that can't be used */
} pl_transfer_end;

typedef struct pl_http_result {
  pl_transfer_end end;
  unsigned status;   /* HTTP status; 0 where there was none */
  int64_t date;      /* of the Date header, seconds since 1970; 0 where there was none */
  char problem[160]; /* for a person; "" for PL_TRANSFER_ANSWER. Never holds a header or a body */
} pl_http_result;

void pl_http_perform(const pl_http_exchange *exchange, const pl_aws_context *context,
                     pl_http_result *ret_result);

/* Closes what a session keeps; `*session` is NULL after it, as before its first use. A session is
 * for one thread at a time. */
void pl_http_session_close(void **session);

/* Scheme, host and port of a URL as a Host header has them; the port only where it is not the
 * scheme's. Refuses user names, queries, fragments and anything but http and https. `path_ok`
 * allows a path behind the host. */
pl_status pl_url_host(const char *url, bool path_ok, char *ret_host, size_t size) PL_MUST_USE;
/* Host alone, without port and brackets. */
pl_status pl_url_hostname(const char *url, char *ret_name, size_t size) PL_MUST_USE;

#endif
