/* A small HTTP server for one program, by libmicrohttpd. It serves plain HTTP only: TLS and
 * authentication belong to a proxy before it.
 *
 * libmicrohttpd is opened when it is needed and not linked, so that a check that runs once does not
 * load it. Start and stop: one thread. The callback is called on the server's thread.
 */
#ifndef PL_NAGIOS_SERVE_HTTP_H
#define PL_NAGIOS_SERVE_HTTP_H

#include "base/addr.h"
#include "base/buf.h"

typedef struct pl_http_server pl_http_server;

/* Adds the response to a GET of `path`, which has no query. Returns the status: 404 for an unknown
 * path. */
typedef unsigned (*pl_http_answer)(void *user, const char *path, pl_buf *body);

/* Listens at the address. PL_ERR_IO: something else does, or there is no libmicrohttpd. */
pl_status pl_http_server_start(const pl_sockaddr *address, pl_http_answer answer, void *user,
                               pl_http_server **ret_server, pl_error *error) PL_MUST_USE;
/* Ends all connections. NULL is fine. */
void pl_http_server_stop(pl_http_server *server);

#endif
