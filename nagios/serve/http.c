/* Serves HTTP by libmicrohttpd; without its headers, says that this build cannot. */
#include "serve/http.h"

#if PL_HAVE_MICROHTTPD
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define SONAME "libmicrohttpd.so.12"
#define CONNECTIONS 32u /* at the same time */
#define IDLE_SECONDS 10u
#define BODY_MAX ((size_t)1 << 30)

/* Every function that is used. */
#define PL_MHD_FUNCTIONS(F)                                                                        \
  F(start_daemon)                                                                                  \
  F(stop_daemon)                                                                                   \
  F(create_response_from_buffer)                                                                   \
  F(add_response_header)                                                                           \
  F(queue_response)                                                                                \
  F(destroy_response)

struct pl_http_server {
  void *library;
#define PL_MHD_FIELD(name) __typeof__(&MHD_##name) name;
  PL_MHD_FUNCTIONS(PL_MHD_FIELD)
#undef PL_MHD_FIELD
  struct MHD_Daemon *daemon;
  pl_http_answer answer;
  void *user;
};

static bool load_symbol(void *library, const char *name, void *ret_function) {
  void *symbol = dlsym(library, name);
  /* A void * holds a function in POSIX (dlsym(3)), but not in ISO C. */
  memcpy(ret_function, &symbol, sizeof(symbol));
  return symbol != NULL;
}

static bool load(pl_http_server *server) {
  server->library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
  bool all = server->library != NULL;
#define PL_MHD_LOAD(name) all = all && load_symbol(server->library, "MHD_" #name, &server->name);
  PL_MHD_FUNCTIONS(PL_MHD_LOAD)
#undef PL_MHD_LOAD
  return all;
}

static enum MHD_Result respond(const pl_http_server *server, struct MHD_Connection *connection,
                               unsigned status, const pl_buf *body) {
  static const char type[] = "text/plain; version=0.0.4; charset=utf-8";
  /* MHD_RESPMEM_MUST_COPY does not change the text, but its argument is not const. */
  void *text;
  const char *constant = pl_buf_text(body);
  memcpy(&text, &constant, sizeof(text));
  struct MHD_Response *response =
      server->create_response_from_buffer(body->length, text, MHD_RESPMEM_MUST_COPY);
  if (response == NULL)
    return MHD_NO;
  (void)server->add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  enum MHD_Result result = server->queue_response(connection, status, response);
  server->destroy_response(response);
  return result;
}

/* Called first for the headers, then for the request as a whole. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state) {
  const pl_http_server *server = user;
  static char begun;
  (void)version;
  (void)data;
  if (*state == NULL) {
    *state = &begun;
    return MHD_YES;
  }
  if (*size != 0) { /* a body is not read */
    *size = 0;
    return MHD_YES;
  }
  pl_buf body;
  pl_buf_init(&body, BODY_MAX);
  unsigned status = MHD_HTTP_METHOD_NOT_ALLOWED;
  if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
    status = server->answer(server->user, path, &body);
  if (pl_buf_status(&body) != PL_OK) {
    pl_buf_clear(&body);
    status = MHD_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (body.length == 0)
    pl_buf_addf(&body, "%u\n", status);
  enum MHD_Result result = respond(server, connection, status, &body);
  pl_buf_free(&body);
  return result;
}

typedef union socket_address {
  struct sockaddr base;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
} socket_address;

static bool to_socket(const pl_sockaddr *address, socket_address *ret_socket) {
  char text[PL_ADDR_TEXT];
  *ret_socket = (socket_address){0};
  pl_addr_format(&address->address, text);
  if (address->address.family == PL_FAMILY_IPV4) {
    ret_socket->ipv4 =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(address->port)};
    return inet_pton(AF_INET, text, &ret_socket->ipv4.sin_addr) == 1;
  }
  ret_socket->ipv6 =
      (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
  return inet_pton(AF_INET6, text, &ret_socket->ipv6.sin6_addr) == 1;
}

pl_status pl_http_server_start(const pl_sockaddr *address, pl_http_answer answer, void *user,
                               pl_http_server **ret_server, pl_error *error) {
  pl_http_server *server = calloc(1, sizeof(*server));
  if (server == NULL)
    return pl_fail_memory(error);
  server->answer = answer;
  server->user = user;
  if (!load(server)) {
    pl_http_server_stop(server);
    return pl_fail(error, PL_ERR_IO, "needs libmicrohttpd, which is not installed (" SONAME ")");
  }
  socket_address at;
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;
  flags |= address->address.family == PL_FAMILY_IPV6 ? (unsigned)MHD_USE_IPv6 : 0;
  errno = 0;
  if (to_socket(address, &at))
    server->daemon = server->start_daemon(
        flags, address->port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &at.base,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_END);
  if (server->daemon == NULL) {
    char reason[128], name[PL_ADDR_TEXT + 16];
    pl_buf text;
    pl_buf_fixed(&text, name, sizeof(name));
    pl_sockaddr_add(&text, address);
    const char *why =
        errno != 0 ? strerror_r(errno, reason, sizeof(reason)) : "libmicrohttpd gives no reason";
    pl_http_server_stop(server);
    return pl_fail(error, PL_ERR_IO, "cannot listen at %s: %s", name, why);
  }
  *ret_server = server;
  return PL_OK;
}

void pl_http_server_stop(pl_http_server *server) {
  if (server == NULL)
    return;
  if (server->daemon != NULL)
    server->stop_daemon(server->daemon);
  if (server->library != NULL)
    dlclose(server->library);
  free(server);
}

#else

pl_status pl_http_server_start(const pl_sockaddr *address, pl_http_answer answer, void *user,
                               pl_http_server **ret_server, pl_error *error) {
  (void)address;
  (void)answer;
  (void)user;
  (void)ret_server;
  return pl_fail(error, PL_ERR_INVALID,
                 "this build has no exporter: it was built without libmicrohttpd");
}

void pl_http_server_stop(pl_http_server *server) { (void)server; }

#endif
