/* Asks STS for the keys of a role. */
#include "aws/credentials/sts.h"
#include "aws/query.h"
#include "aws/transport.h"
#include "base/file.h"
#include <stdlib.h>
#include <string.h>

#define SESSION_NAME "privatelink-monitor"
#define IDENTITY_TOKEN_MAX 65536

/* The four fields of the answer. Overwritten after use. */
typedef struct sts_answer {
  const char *root; /* "AssumeRoleResponse" */
  pl_xml *xml;
  char access_key[256], secret_key[256], token[16384], expiration[64];
} sts_answer;

static bool on_end(void *user, const char *path, const char *text) {
  sts_answer *answer = user;
  const struct {
    const char *tail;
    char *field;
    size_t size;
  } rows[] = {
      {"Result/Credentials/AccessKeyId", answer->access_key, sizeof(answer->access_key)},
      {"Result/Credentials/SecretAccessKey", answer->secret_key, sizeof(answer->secret_key)},
      {"Result/Credentials/SessionToken", answer->token, sizeof(answer->token)},
      {"Result/Credentials/Expiration", answer->expiration, sizeof(answer->expiration)},
  };
  /* The path is "AssumeRoleResult/…" if the root is "AssumeRoleResponse". */
  size_t action = strlen(answer->root) - strlen("Response");
  if (strncmp(path, answer->root, action) != 0)
    return true;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    if (strcmp(path + action, rows[i].tail) != 0)
      continue;
    pl_buf buf;
    pl_buf_fixed(&buf, rows[i].field, rows[i].size);
    pl_buf_add(&buf, text);
    if (pl_buf_status(&buf) != PL_OK)
      rows[i].field[0] = '\0'; /* part of a secret is of no use */
  }
  return true;
}

static pl_xml *start_reading(void *user) {
  sts_answer *answer = user;
  pl_xml_handler handler = {.root = answer->root, .end = on_end, .user = answer};
  pl_xml_free(answer->xml);
  answer->xml = NULL;
  if (pl_xml_create(&handler, &answer->xml) != PL_OK)
    return NULL;
  return answer->xml;
}

static void stop_reading(void *user, bool good) { (void)user, (void)good; }

static pl_status choose_url(const pl_aws_context *context, const pl_aws_role *role, char *url,
                            size_t size, pl_error *error) {
  const pl_aws_environment *environment = context->environment;
  const char *given = environment->endpoint_url_sts;
  char host[PL_LIMIT_HOST + 8];
  if (given == NULL) {
    if (role->region == NULL || pl_aws_url("sts", role->region, environment, url, size) != PL_OK)
      return pl_fail(error, PL_ERR_INVALID, "STS: its region is not known");
    return PL_OK;
  }
  pl_buf buf;
  pl_buf_fixed(&buf, url, size);
  pl_buf_add(&buf, given);
  if (pl_aws_flag(environment->fips) || pl_aws_flag(environment->dual_stack))
    return pl_fail(error, PL_ERR_INVALID, "STS: " PL_AWS_VARIANT_AND_URL);
  if (pl_url_host(given, false, host, sizeof(host)) != PL_OK || pl_buf_status(&buf) != PL_OK)
    return pl_fail(error, PL_ERR_INVALID, "STS: the endpoint URL can't be used");
  return PL_OK;
}

/* Calls STS, and stores the keys of the answer. */
static pl_status call_sts(const pl_aws_context *context, const pl_aws_role *role, const char *root,
                          const pl_buf *body, const pl_aws_signer *signer, pl_aws_keys *keys,
                          pl_error *error) {
  char url[512];
  int64_t expires = 0;
  pl_aws_result result;
  if (pl_buf_status(body) != PL_OK)
    return pl_fail(error, pl_buf_status(body), "STS: out of memory");
  pl_status status = choose_url(context, role, url, sizeof(url), error);
  if (status != PL_OK)
    return status;
  sts_answer *answer = calloc(1, sizeof(*answer));
  if (answer == NULL)
    return pl_fail(error, PL_ERR_MEMORY, "STS: out of memory");
  answer->root = root;
  pl_aws_service service = {.name = "sts",
                            .version = "2011-06-15",
                            .region = role->region == NULL ? "us-east-1" : role->region,
                            .url = url};
  pl_aws_reading reading = {.start = start_reading, .stop = stop_reading, .user = answer};
  pl_aws_call(&service, signer, pl_buf_text(body), &reading, context, &result);
  pl_aws_service_close(&service);
  if (result.end != PL_AWS_OK)
    status = pl_fail(error, PL_ERR_IO, "STS, for %s: %s%s%s", role->arn, result.code,
                     result.code[0] == '\0' ? "" : ": ", result.message);
  else if (answer->access_key[0] == '\0' || answer->secret_key[0] == '\0' ||
           answer->token[0] == '\0' || !pl_aws_time_parse(answer->expiration, &expires))
    status = pl_fail(error, PL_ERR_IO, "STS, for %s: the answer is not complete", role->arn);
  else
    status = pl_aws_keys_set(keys, answer->access_key, answer->secret_key, answer->token, expires,
                             "STS", error);
  pl_xml_free(answer->xml);
  explicit_bzero(answer, sizeof(*answer));
  free(answer);
  return status;
}

static void start_body(pl_buf *body, const char *action, const pl_aws_role *role) {
  pl_buf_init(body, PL_LIMIT_AWS_FORM);
  pl_aws_form_add(body, "Action", action);
  pl_aws_form_add(body, "RoleArn", role->arn);
  pl_aws_form_add(body, "RoleSessionName",
                  role->session_name == NULL ? SESSION_NAME : role->session_name);
  if (role->duration_seconds != NULL && *role->duration_seconds != '\0')
    pl_aws_form_add(body, "DurationSeconds", role->duration_seconds);
}

/* A signer that always has the same keys. */
static pl_status get_keys(void *user, const pl_aws_context *context, const pl_aws_keys **ret_keys,
                          pl_error *error) {
  (void)context, (void)error;
  *ret_keys = user;
  return PL_OK;
}

static void keep_keys(void *user) { (void)user; }

pl_status pl_aws_assume_role(const pl_aws_context *context, const pl_aws_role *role,
                             const pl_aws_keys *base, pl_aws_keys *keys, pl_error *error) {
  pl_aws_signer signer = {.get = get_keys, .drop = keep_keys, .user = (void *)(uintptr_t)base};
  pl_buf body;
  start_body(&body, "AssumeRole", role);
  if (role->external_id != NULL)
    pl_aws_form_add(&body, "ExternalId", role->external_id);
  pl_status status = call_sts(context, role, "AssumeRoleResponse", &body, &signer, keys, error);
  pl_buf_free(&body);
  return status;
}

pl_status pl_aws_assume_web_identity(const pl_aws_context *context, const pl_aws_role *role,
                                     const char *token_file, pl_aws_keys *keys, pl_error *error) {
  char *token, *path = pl_aws_path(context->environment, token_file);
  size_t length;
  if (path == NULL)
    return pl_fail_memory(error);
  pl_status status = pl_file_read(path, IDENTITY_TOKEN_MAX, &token, &length, error);
  free(path);
  if (status != PL_OK)
    return status;
  bool empty = strcspn(token, "\r\n") == 0;
  token[strcspn(token, "\r\n")] = '\0';
  pl_buf body;
  start_body(&body, "AssumeRoleWithWebIdentity", role);
  pl_aws_form_add(&body, "WebIdentityToken", token);
  explicit_bzero(token, length);
  free(token);
  if (empty)
    status = pl_fail(error, PL_ERR_INVALID, "%s: no token in it", token_file);
  else
    status = call_sts(context, role, "AssumeRoleWithWebIdentityResponse", &body, NULL, keys, error);
  pl_buf_free(&body);
  return status;
}
