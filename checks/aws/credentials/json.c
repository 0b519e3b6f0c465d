#include "aws/credentials/internal.h"
#include <jansson.h>
#include <string.h>

static const char *text_of(const json_t *root, const char *name) {
  const json_t *value = json_object_get(root, name);
  return json_is_string(value) ? json_string_value(value) : NULL;
}

/* jansson frees strings without wiping them. */
static void wipe_strings(json_t *root) {
  const char *name;
  json_t *value;
  json_object_foreach(root, name, value) {
    if (!json_is_string(value))
      continue;
    void *bytes;
    const char *text = json_string_value(value);
    memcpy(&bytes, &text, sizeof(bytes)); /* it is ours to end, not only to read */
    explicit_bzero(bytes, json_string_length(value));
  }
}

static pl_status read_fields(pl_aws_json shape, const json_t *root, const char *source,
                             pl_aws_keys *keys, pl_error *error) {
  const char *access_key = text_of(root, "AccessKeyId");
  const char *secret_key = text_of(root, "SecretAccessKey");
  const char *token = text_of(root, shape == PL_AWS_JSON_PROCESS ? "SessionToken" : "Token");
  const char *expiration = text_of(root, "Expiration");
  const char *code = text_of(root, "Code");
  int64_t expires = 0;
  if (shape == PL_AWS_JSON_PROCESS && json_integer_value(json_object_get(root, "Version")) != 1)
    return pl_fail(error, PL_ERR_INVALID, "%s: the answer's Version is not 1", source);
  if (shape == PL_AWS_JSON_METADATA && code != NULL && strcmp(code, "Success") != 0)
    return pl_fail(error, PL_ERR_INVALID, "%s: it answers with the code %.64s", source, code);
  if (access_key == NULL || secret_key == NULL)
    return pl_fail(error, PL_ERR_INVALID, "%s: AccessKeyId or SecretAccessKey is missing", source);
  if (shape == PL_AWS_JSON_METADATA && (token == NULL || expiration == NULL))
    return pl_fail(error, PL_ERR_INVALID, "%s: Token or Expiration is missing", source);
  if (expiration != NULL && !pl_aws_time_parse(expiration, &expires))
    return pl_fail(error, PL_ERR_INVALID, "%s: Expiration is no RFC 3339 time", source);
  return pl_aws_keys_set(keys, access_key, secret_key, token, expires, source, error);
}

pl_status pl_aws_json_read(pl_aws_json shape, const char *text, size_t length, const char *source,
                           pl_aws_keys *keys, pl_error *error) {
  /* jansson's own message may quote what it stumbled over: it is not shown. */
  json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
  if (root == NULL)
    return pl_fail(error, PL_ERR_INVALID, "%s: the answer is not JSON", source);
  pl_status status;
  if (!json_is_object(root))
    status = pl_fail(error, PL_ERR_INVALID, "%s: the answer is no JSON object", source);
  else
    status = read_fields(shape, root, source, keys, error);
  if (json_is_object(root))
    wipe_strings(root);
  json_decref(root);
  return status;
}
