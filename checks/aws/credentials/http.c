/* Fetches credentials from the instance metadata service and from the container endpoint. */
#include "aws/credentials/http.h"
#include "aws/credentials/json.h"
#include "aws/transport.h"
#include "base/addr.h"
#include "base/file.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define METADATA "instance metadata"
#define METADATA_IPV4 "http://169.254.169.254"
#define METADATA_IPV6 "http://[fd00:ec2::254]"
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

#define CONTAINER "container endpoint"
#define CONTAINER_HOST "http://169.254.170.2"

#define URL_MAX 2048
#define TOKEN_MAX 8192

/* ---- one request ---------------------------------------------------------------------------- */

typedef struct source {
  const char *name; /* in messages */
  pl_nsec timeout;  /* of one attempt */
  unsigned attempts;
  pl_nsec pause; /* between two attempts */
} source;

static const source metadata = {METADATA, PL_SEC, 2, 0};
static const source container = {CONTAINER, 2 * PL_SEC, 3, PL_SEC};

typedef struct response {
  pl_buf body;
  pl_http_result http;
} response;

static bool on_body(void *user, const char *bytes, size_t length) {
  response *r = user;
  pl_buf_add_bytes(&r->body, bytes, length);
  return pl_buf_status(&r->body) == PL_OK;
}

/* Makes another attempt after no response or a status of 500 and more. Free the body in any case.
 */
static void request(const source *from, const char *method, const char *url, const char *header,
                    const pl_aws_context *context, response *ret_response) {
  *ret_response = (response){.http = {.end = PL_TRANSFER_LOCAL}};
  pl_buf_init(&ret_response->body, PL_LIMIT_AWS_CREDENTIALS);
  pl_http_exchange exchange = {
      .method = method,
      .url = url,
      .headers = {header},
      .body = strcmp(method, "GET") == 0 ? NULL : "",
      .direct = true,
      .connect_timeout = from->timeout,
      .timeout = from->timeout,
      .max_bytes = PL_LIMIT_AWS_CREDENTIALS,
      .on_body = on_body,
      .user = ret_response,
  };
  for (unsigned i = 0; i < from->attempts; i++) {
    if (i > 0 && !pl_aws_sleep(context, from->pause))
      return;
    pl_buf_clear(&ret_response->body);
    pl_http_perform(&exchange, context, &ret_response->http);
    pl_http_result *http = &ret_response->http;
    if ((http->end == PL_TRANSFER_ANSWER && http->status < 500) ||
        http->end == PL_TRANSFER_CERTIFICATE)
      return;
  }
}

/* 0: no response. */
static unsigned status_of(const response *r) {
  return r->http.end == PL_TRANSFER_ANSWER ? r->http.status : 0;
}

static pl_status fail_response(const source *from, const response *r, pl_error *error) {
  if (r->http.end == PL_TRANSFER_ANSWER)
    return pl_fail(error, PL_ERR_IO, "%s: HTTP status %u", from->name, r->http.status);
  return pl_fail(error, PL_ERR_IO, "%s: %s", from->name, r->http.problem);
}

/* Cuts the newline at the end. True if the rest is one line of visible ASCII. */
static bool is_line(pl_buf *body, size_t max) {
  while (body->length > 0 &&
         (body->data[body->length - 1] == '\n' || body->data[body->length - 1] == '\r'))
    body->data[--body->length] = '\0';
  for (size_t i = 0; i < body->length; i++) {
    if (body->data[i] <= ' ' || body->data[i] > '~')
      return false;
  }
  return body->length > 0 && body->length <= max;
}

/* ---- instance metadata ---------------------------------------------------------------------- */

/* One conversation with the metadata service. */
typedef struct session {
  const pl_aws_context *context;
  pl_error *error;
  char header[TOKEN_MAX + 64]; /* holds the session token, which every request needs */
  response response;           /* the newest */
} session;

static pl_status metadata_url(const pl_aws_environment *environment, const char *path, char *url,
                              size_t size, pl_error *error) {
  const char *base = environment->metadata_endpoint;
  const char *mode = environment->metadata_mode == NULL ? "IPv4" : environment->metadata_mode;
  char host[PL_LIMIT_HOST + 8];
  bool ipv6 = strcasecmp(mode, "IPv6") == 0;
  if (!ipv6 && strcasecmp(mode, "IPv4") != 0)
    return pl_fail(error, PL_ERR_INVALID,
                   METADATA ": its endpoint mode is IPv4 or IPv6, not '%.16s'", mode);
  if (base == NULL)
    base = ipv6 ? METADATA_IPV6 : METADATA_IPV4;
  if (pl_url_host(base, true, host, sizeof(host)) != PL_OK)
    return pl_fail(error, PL_ERR_INVALID,
                   METADATA ": its endpoint (AWS_EC2_METADATA_SERVICE_ENDPOINT) is not a usable "
                            "http:// URL");
  size_t length = strlen(base);
  while (length > 0 && base[length - 1] == '/')
    length--;
  pl_buf buf;
  pl_buf_fixed(&buf, url, size);
  pl_buf_add_bytes(&buf, base, length);
  pl_buf_add(&buf, path);
  return pl_buf_status(&buf) == PL_OK ? PL_OK
                                      : pl_fail(error, PL_ERR_LIMIT, METADATA ": URL too long");
}

/* Gets a session token. */
static pl_status metadata_token(session *s) {
  char url[URL_MAX];
  response r;
  pl_status status =
      metadata_url(s->context->environment, "/latest/api/token", url, sizeof(url), s->error);
  if (status != PL_OK)
    return status;
  request(&metadata, "PUT", url, "X-aws-ec2-metadata-token-ttl-seconds: 21600", s->context, &r);
  if (r.http.end == PL_TRANSFER_TIMEOUT)
    status = pl_fail(s->error, PL_ERR_IO,
                     METADATA ": no answer (no EC2 instance; or in a container: give the instance "
                              "a hop limit of 2, or the container the host's network)");
  else if (status_of(&r) == 403)
    status = pl_fail(s->error, PL_ERR_IO, METADATA ": it is turned off for this instance");
  else if (status_of(&r) != 200)
    status = fail_response(&metadata, &r, s->error);
  else if (!is_line(&r.body, TOKEN_MAX))
    status = pl_fail(s->error, PL_ERR_IO, METADATA ": the session token can't be read");
  else
    pl_text_setf(s->header, sizeof(s->header), "X-aws-ec2-metadata-token: %s", r.body.data);
  pl_buf_free(&r.body);
  return status;
}

/* Requests one path. Replaces a session token that is no longer valid, once. */
static pl_status metadata_get(session *s, const char *path) {
  char url[URL_MAX];
  pl_status status = metadata_url(s->context->environment, path, url, sizeof(url), s->error);
  for (int i = 0; i < 2 && status == PL_OK; i++) {
    pl_buf_free(&s->response.body);
    request(&metadata, "GET", url, s->header, s->context, &s->response);
    if (status_of(&s->response) == 200)
      return PL_OK;
    if (status_of(&s->response) != 401 || i > 0)
      return fail_response(&metadata, &s->response, s->error);
    status = metadata_token(s);
  }
  return status;
}

static pl_status open_session(session *s, const pl_aws_context *context, pl_error *error) {
  *s = (session){.context = context, .error = error};
  if (pl_aws_flag(context->environment->metadata_disabled))
    return pl_fail(error, PL_ERR_INVALID, METADATA ": turned off by AWS_EC2_METADATA_DISABLED");
  return metadata_token(s);
}

static void close_session(session *s) {
  pl_buf_free(&s->response.body);
  explicit_bzero(s->header, sizeof(s->header));
}

static pl_status metadata_role(session *s, char *path, size_t size) {
  pl_status status = metadata_get(s, ROLES_PATH);
  pl_buf *body = &s->response.body;
  if (status != PL_OK && s->response.http.status == 404)
    return pl_fail(s->error, PL_ERR_IO, METADATA ": the instance has no role");
  if (status != PL_OK)
    return status;
  char *newline = body->length == 0 ? NULL : memchr(body->data, '\n', body->length);
  if (newline != NULL) { /* one role on each line; there is never more than one */
    *newline = '\0';
    body->length = (size_t)(newline - body->data);
  }
  if (!is_line(body, 128) || strpbrk(body->data, "/?#%") != NULL)
    return pl_fail(s->error, PL_ERR_IO, METADATA ": the instance has no role");
  pl_buf buf;
  pl_buf_fixed(&buf, path, size);
  pl_buf_add(&buf, ROLES_PATH);
  pl_buf_add_bytes(&buf, body->data, body->length);
  return pl_buf_status(&buf);
}

pl_status pl_aws_fetch_metadata(const pl_aws_context *context, pl_aws_keys *keys, pl_error *error) {
  char path[256];
  session s;
  pl_status status = open_session(&s, context, error);
  if (status == PL_OK)
    status = metadata_role(&s, path, sizeof(path));
  if (status == PL_OK)
    status = metadata_get(&s, path);
  if (status == PL_OK)
    status = pl_aws_json_read(PL_AWS_JSON_METADATA, pl_buf_text(&s.response.body),
                              s.response.body.length, METADATA, keys, error);
  close_session(&s);
  return status;
}

pl_status pl_aws_fetch_metadata_region(const pl_aws_context *context, char *ret_region, size_t size,
                                       pl_error *error) {
  session s;
  pl_status status = open_session(&s, context, error);
  if (status == PL_OK)
    status = metadata_get(&s, "/latest/meta-data/placement/region");
  if (status == PL_OK && !is_line(&s.response.body, size - 1))
    status = pl_fail(error, PL_ERR_IO, METADATA ": the region can't be read");
  if (status == PL_OK)
    memcpy(ret_region, s.response.body.data, s.response.body.length + 1);
  close_session(&s);
  return status;
}

/* ---- container endpoint --------------------------------------------------------------------- */

/* Plain HTTP is allowed only to this host and to the addresses that ECS and EKS use. */
static bool container_host_allowed(const char *url) {
  static const char *const metadata_hosts[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
  char name[PL_LIMIT_HOST + 8];
  pl_addr address, allowed;
  if (pl_url_hostname(url, name, sizeof(name)) != PL_OK)
    return false;
  if (strncasecmp(url, "https://", strlen("https://")) == 0 || strcasecmp(name, "localhost") == 0)
    return true;
  if (pl_addr_parse(name, &address) != PL_OK)
    return false;
  if (pl_addr_classify(&address) == PL_ADDR_LOOPBACK)
    return true;
  for (size_t i = 0; i < PL_COUNT_OF(metadata_hosts); i++) {
    if (pl_addr_parse(metadata_hosts[i], &allowed) == PL_OK && pl_addr_equal(&allowed, &address))
      return true;
  }
  return false;
}

static pl_status container_url(const pl_aws_environment *environment, char *url, size_t size,
                               pl_error *error) {
  pl_buf buf;
  pl_buf_fixed(&buf, url, size);
  if (environment->container_relative_uri != NULL) {
    const char *path = environment->container_relative_uri;
    if (*path != '/' || strpbrk(path, " \t\r\n") != NULL)
      return pl_fail(error, PL_ERR_INVALID,
                     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path that begins with '/'");
    pl_buf_add(&buf, CONTAINER_HOST);
    pl_buf_add(&buf, path);
  } else {
    pl_buf_add(&buf, environment->container_full_uri);
    if (!container_host_allowed(environment->container_full_uri))
      return pl_fail(error, PL_ERR_INVALID,
                     "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to this host");
  }
  return pl_buf_status(&buf) == PL_OK ? PL_OK
                                      : pl_fail(error, PL_ERR_LIMIT, CONTAINER ": URL too long");
}

/* Adds "Authorization: …", or nothing if there is no token. Reads the file each time, because it
 * changes. */
static pl_status add_container_header(const pl_aws_environment *environment, pl_buf *header,
                                      pl_error *error) {
  static const char name[] = "Authorization: ";
  const char *token = environment->container_token == NULL ? "" : environment->container_token;
  size_t length = strlen(token);
  char *text = NULL;
  if (environment->container_token_file != NULL) {
    char *path = pl_aws_path(environment, environment->container_token_file);
    if (path == NULL)
      return pl_fail(error, PL_ERR_MEMORY, CONTAINER ": out of memory");
    pl_status status = pl_file_read(path, TOKEN_MAX, &text, &length, error);
    free(path);
    if (status != PL_OK)
      return status;
    token = text;
    while (length > 0 && (token[length - 1] == '\n' || token[length - 1] == '\r'))
      length--;
  }
  bool visible = true;
  for (size_t i = 0; i < length; i++)
    visible = visible && token[i] >= ' ' && token[i] <= '~';
  if (length > 0) {
    pl_buf_add(header, name);
    pl_buf_add_bytes(header, token, length);
  }
  pl_aws_wipe_free(text);
  if (!visible)
    return pl_fail(error, PL_ERR_INVALID, CONTAINER ": the token cannot be sent in a header");
  if (pl_buf_status(header) != PL_OK)
    return pl_fail(error, PL_ERR_LIMIT, CONTAINER ": the token is too long");
  return PL_OK;
}

pl_status pl_aws_fetch_container(const pl_aws_context *context, pl_aws_keys *keys,
                                 pl_error *error) {
  char url[URL_MAX];
  pl_buf header;
  pl_buf_init(&header, TOKEN_MAX + 64);
  pl_status status = container_url(context->environment, url, sizeof(url), error);
  if (status == PL_OK)
    status = add_container_header(context->environment, &header, error);
  if (status == PL_OK) {
    response r;
    request(&container, "GET", url, header.length == 0 ? NULL : header.data, context, &r);
    if (status_of(&r) != 200)
      status = fail_response(&container, &r, error);
    else
      status = pl_aws_json_read(PL_AWS_JSON_CONTAINER, pl_buf_text(&r.body), r.body.length,
                                CONTAINER, keys, error);
    pl_buf_free(&r.body);
  }
  pl_buf_free(&header);
  return status;
}
