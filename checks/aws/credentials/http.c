/* Credentials that come over HTTP from this machine's surroundings: the instance metadata service
 * ("Use IMDSv2", Amazon EC2 user guide) and the container endpoint ("Container credential
 * provider", AWS SDKs and Tools Reference Guide). Never through a proxy. */
#include "aws/credentials/internal.h"
#include "aws/credentials/profile.h"
#include "aws/transport.h"
#include "base/addr.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define METADATA "instance metadata"
#define METADATA_IPV4 "http://169.254.169.254"
#define METADATA_IPV6 "http://[fd00:ec2::254]"
#define METADATA_TIMEOUT (1 * PL_SEC)
#define METADATA_TRIES 2
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

#define CONTAINER "container endpoint"
#define CONTAINER_HOST "http://169.254.170.2"
#define CONTAINER_TIMEOUT (2 * PL_SEC)
#define CONTAINER_TRIES 3
#define CONTAINER_PAUSE (1 * PL_SEC)

#define URL_MAX 2048
#define TOKEN_MAX 8192

/* ---- one small answer ----------------------------------------------------------------------- */

/* Over storage that is wiped: a buffer that grows would leave copies of a secret behind. */
typedef struct small_answer {
  pl_buf body;
  char *storage;
  pl_http_result http;
} small_answer;

static pl_status open_answer(small_answer *answer) {
  *answer = (small_answer){.storage = malloc(PL_LIMIT_AWS_CREDENTIALS)};
  if (answer->storage == NULL)
    return PL_ERR_MEMORY;
  pl_buf_fixed(&answer->body, answer->storage, PL_LIMIT_AWS_CREDENTIALS);
  return PL_OK;
}

static void close_answer(small_answer *answer) {
  if (answer->storage != NULL)
    explicit_bzero(answer->storage, PL_LIMIT_AWS_CREDENTIALS);
  free(answer->storage);
}

static bool on_body(void *user, const char *bytes, size_t length) {
  small_answer *answer = user;
  pl_buf_add_bytes(&answer->body, bytes, length);
  return pl_buf_status(&answer->body) == PL_OK;
}

/* Asks up to `tries` times; a status of 500 and more, or none, is asked again. */
static void ask(const char *method, const char *url, const char *header, pl_nsec timeout,
                unsigned tries, pl_nsec pause, const pl_aws_context *context,
                small_answer *answer) {
  pl_http_exchange exchange = {
      .method = method,
      .url = url,
      .headers = {header},
      .body = strcmp(method, "GET") == 0 ? NULL : "",
      .direct = true,
      .secret = true,
      .connect_timeout = timeout,
      .timeout = timeout,
      .max_bytes = PL_LIMIT_AWS_CREDENTIALS,
      .on_body = on_body,
      .user = answer,
  };
  for (unsigned i = 0; i < tries; i++) {
    if (i > 0 && !pl_aws_sleep(context, pause))
      return;
    pl_buf_clear(&answer->body);
    pl_http_perform(&exchange, context, &answer->http);
    if (answer->http.end == PL_TRANSFER_ANSWER && answer->http.status < 500)
      return;
  }
}

static pl_status fail_answer(const char *source, const small_answer *answer, pl_error *error) {
  if (answer->http.end == PL_TRANSFER_ANSWER)
    return pl_fail(error, PL_ERR_IO, "%s: HTTP status %u", source, answer->http.status);
  return pl_fail(error, PL_ERR_IO, "%s: %s", source, answer->http.problem);
}

/* One line of visible ASCII, without the newline at its end. */
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

static pl_status metadata_url(const pl_aws_environment *environment, const char *path, char *url,
                              size_t size, pl_error *error) {
  const char *base = environment->metadata_endpoint;
  char host[PL_LIMIT_HOST + 8];
  if (base == NULL && environment->metadata_mode != NULL &&
      strcasecmp(environment->metadata_mode, "IPv6") == 0)
    base = METADATA_IPV6;
  if (base == NULL)
    base = METADATA_IPV4;
  if (pl_url_host(base, true, host, sizeof(host)) != PL_OK)
    return pl_fail(error, PL_ERR_INVALID,
                   "AWS_EC2_METADATA_SERVICE_ENDPOINT is no http:// URL that can be used");
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

/* The session token that every question needs, as a header. */
static pl_status metadata_token(const pl_aws_context *context, char *header, size_t size,
                                pl_error *error) {
  char url[URL_MAX];
  small_answer answer;
  pl_status status =
      metadata_url(context->environment, "/latest/api/token", url, sizeof(url), error);
  if (status != PL_OK)
    return status;
  if (open_answer(&answer) != PL_OK)
    return pl_fail(error, PL_ERR_MEMORY, METADATA ": no memory");
  ask("PUT", url, "X-aws-ec2-metadata-token-ttl-seconds: 21600", METADATA_TIMEOUT, METADATA_TRIES,
      0, context, &answer);
  pl_buf buf;
  pl_buf_fixed(&buf, header, size);
  if (answer.http.end == PL_TRANSFER_TIMEOUT)
    status = pl_fail(error, PL_ERR_IO,
                     METADATA ": no answer (no EC2 instance; or in a container: give the instance "
                              "a hop limit of 2, or the container the host's network)");
  else if (answer.http.end == PL_TRANSFER_ANSWER && answer.http.status == 403)
    status = pl_fail(error, PL_ERR_IO, METADATA ": it is turned off for this instance");
  else if (answer.http.end != PL_TRANSFER_ANSWER || answer.http.status != 200)
    status = fail_answer(METADATA, &answer, error);
  else if (!is_line(&answer.body, TOKEN_MAX))
    status = pl_fail(error, PL_ERR_IO, METADATA ": the session token can't be read");
  else
    pl_buf_addf(&buf, "X-aws-ec2-metadata-token: %s", pl_buf_text(&answer.body));
  close_answer(&answer);
  if (status == PL_OK && pl_buf_status(&buf) != PL_OK)
    status = pl_fail(error, PL_ERR_LIMIT, METADATA ": the session token is too long");
  return status;
}

/* GET of one path; a session token that is gone is replaced once. */
static pl_status metadata_get(const pl_aws_context *context, const char *path, char *header,
                              size_t header_size, small_answer *answer, pl_error *error) {
  char url[URL_MAX];
  pl_status status = metadata_url(context->environment, path, url, sizeof(url), error);
  for (int i = 0; i < 2 && status == PL_OK; i++) {
    ask("GET", url, header, METADATA_TIMEOUT, METADATA_TRIES, 0, context, answer);
    if (answer->http.end == PL_TRANSFER_ANSWER && answer->http.status == 200)
      return PL_OK;
    if (answer->http.end != PL_TRANSFER_ANSWER || answer->http.status != 401 || i > 0)
      return fail_answer(METADATA, answer, error);
    status = metadata_token(context, header, header_size, error);
  }
  return status;
}

static pl_status metadata_role(const pl_aws_context *context, char *header, size_t header_size,
                               small_answer *answer, char *path, size_t path_size,
                               pl_error *error) {
  pl_status status = metadata_get(context, ROLES_PATH, header, header_size, answer, error);
  if (status != PL_OK && answer->http.status == 404)
    return pl_fail(error, PL_ERR_IO, METADATA ": the instance has no role");
  if (status != PL_OK)
    return status;
  char *newline = memchr(answer->body.data, '\n', answer->body.length);
  if (newline != NULL) { /* one role a line; there is never more than one */
    *newline = '\0';
    answer->body.length = (size_t)(newline - answer->body.data);
  }
  if (!is_line(&answer->body, 128) || strpbrk(answer->body.data, "/?#%") != NULL)
    return pl_fail(error, PL_ERR_IO, METADATA ": the instance has no role");
  pl_buf buf;
  pl_buf_fixed(&buf, path, path_size);
  pl_buf_addf(&buf, ROLES_PATH "%s", pl_buf_text(&answer->body));
  return pl_buf_status(&buf);
}

pl_status pl_aws_fetch_metadata(const pl_aws_context *context, pl_aws_keys *keys, pl_error *error) {
  char header[TOKEN_MAX + 64], path[256];
  small_answer answer;
  if (pl_aws_flag(context->environment->metadata_disabled))
    return pl_fail(error, PL_ERR_INVALID, METADATA ": turned off by AWS_EC2_METADATA_DISABLED");
  pl_status status = metadata_token(context, header, sizeof(header), error);
  if (status != PL_OK)
    return status;
  if (open_answer(&answer) != PL_OK)
    return pl_fail(error, PL_ERR_MEMORY, METADATA ": no memory");
  status = metadata_role(context, header, sizeof(header), &answer, path, sizeof(path), error);
  if (status == PL_OK)
    status = metadata_get(context, path, header, sizeof(header), &answer, error);
  if (status == PL_OK)
    status = pl_aws_json_read(PL_AWS_JSON_METADATA, answer.body.data, answer.body.length, METADATA,
                              keys, error);
  close_answer(&answer);
  explicit_bzero(header, sizeof(header));
  return status;
}

pl_status pl_aws_fetch_metadata_region(const pl_aws_context *context, char *ret_region, size_t size,
                                       pl_error *error) {
  char header[TOKEN_MAX + 64];
  small_answer answer;
  if (pl_aws_flag(context->environment->metadata_disabled))
    return pl_fail(error, PL_ERR_INVALID, METADATA ": turned off by AWS_EC2_METADATA_DISABLED");
  pl_status status = metadata_token(context, header, sizeof(header), error);
  if (status != PL_OK)
    return status;
  if (open_answer(&answer) != PL_OK)
    return pl_fail(error, PL_ERR_MEMORY, METADATA ": no memory");
  status = metadata_get(context, "/latest/meta-data/placement/region", header, sizeof(header),
                        &answer, error);
  if (status == PL_OK && !is_line(&answer.body, size - 1))
    status = pl_fail(error, PL_ERR_IO, METADATA ": the region can't be read");
  if (status == PL_OK)
    memcpy(ret_region, answer.body.data, answer.body.length + 1);
  close_answer(&answer);
  explicit_bzero(header, sizeof(header));
  return status;
}

/* ---- container endpoint --------------------------------------------------------------------- */

/* Over plain HTTP only to this host, and to the addresses that ECS and EKS use. */
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
                     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path that begins with '/'");
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

/* "Authorization: …"; "" where there is no token. The file is read anew each time: it rotates. */
static pl_status container_header(const pl_aws_environment *environment, char *header, size_t size,
                                  pl_error *error) {
  pl_buf buf;
  pl_buf_fixed(&buf, header, size);
  char *text = NULL;
  size_t length = 0;
  if (environment->container_token_file != NULL) {
    unsigned mode;
    bool missing;
    pl_status status = pl_aws_file_read(environment->container_token_file, TOKEN_MAX, &text,
                                        &length, &mode, &missing, error);
    if (status != PL_OK)
      return status;
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
      text[--length] = '\0';
  } else if (environment->container_token != NULL) {
    text = strdup(environment->container_token);
    if (text == NULL)
      return pl_fail(error, PL_ERR_MEMORY, CONTAINER ": no memory");
    length = strlen(text);
  }
  pl_status status = PL_OK;
  for (size_t i = 0; i < length && status == PL_OK; i++) {
    if (text[i] < ' ' || text[i] > '~')
      status = pl_fail(error, PL_ERR_INVALID, CONTAINER ": the token can't stand in a header");
  }
  if (status == PL_OK && length > 0)
    pl_buf_addf(&buf, "Authorization: %s", text);
  if (status == PL_OK && pl_buf_status(&buf) != PL_OK)
    status = pl_fail(error, PL_ERR_LIMIT, CONTAINER ": the token is too long");
  if (text != NULL)
    explicit_bzero(text, length);
  free(text);
  return status;
}

pl_status pl_aws_fetch_container(const pl_aws_context *context, pl_aws_keys *keys,
                                 pl_error *error) {
  char url[URL_MAX], header[TOKEN_MAX + 64] = "";
  small_answer answer;
  pl_status status = container_url(context->environment, url, sizeof(url), error);
  if (status == PL_OK)
    status = container_header(context->environment, header, sizeof(header), error);
  if (status != PL_OK)
    return status;
  if (open_answer(&answer) != PL_OK)
    return pl_fail(error, PL_ERR_MEMORY, CONTAINER ": no memory");
  ask("GET", url, header[0] == '\0' ? NULL : header, CONTAINER_TIMEOUT, CONTAINER_TRIES,
      CONTAINER_PAUSE, context, &answer);
  if (answer.http.end != PL_TRANSFER_ANSWER || answer.http.status != 200)
    status = fail_answer(CONTAINER, &answer, error);
  else
    status = pl_aws_json_read(PL_AWS_JSON_CONTAINER, answer.body.data, answer.body.length,
                              CONTAINER, keys, error);
  close_answer(&answer);
  explicit_bzero(header, sizeof(header));
  return status;
}
