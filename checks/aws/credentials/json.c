/* Reads credentials from JSON, with jansson. */
#include "aws/credentials/json.h"
#include "aws/context.h"
#include <jansson.h>
#include <string.h>

static const char *text_of(const json_t *root, const char *name) {
  const json_t *value = json_object_get(root, name);
  return json_is_string(value) ? json_string_value(value) : NULL;
}

static pl_status read_fields(pl_aws_json form, const json_t *root, const char *source,
                             pl_aws_keys *keys, pl_error *error) {
  const char *access_key = text_of(root, "AccessKeyId");
  const char *secret_key = text_of(root, "SecretAccessKey");
  const char *token = text_of(root, form == PL_AWS_JSON_PROCESS ? "SessionToken" : "Token");
  const char *expiration = text_of(root, "Expiration");
  const char *code = text_of(root, "Code");
  int64_t expires = 0;
  if (form == PL_AWS_JSON_PROCESS && json_integer_value(json_object_get(root, "Version")) != 1)
    return pl_fail(error, PL_ERR_INVALID, "%s: the answer's Version is not 1", source);
  if (form == PL_AWS_JSON_METADATA && code != NULL && strcmp(code, "Success") != 0)
    return pl_fail(error, PL_ERR_INVALID, "%s: it answers with the code %.64s", source, code);
  if (access_key == NULL || secret_key == NULL)
    return pl_fail(error, PL_ERR_INVALID, "%s: AccessKeyId or SecretAccessKey is missing", source);
  if (form == PL_AWS_JSON_METADATA && (token == NULL || expiration == NULL))
    return pl_fail(error, PL_ERR_INVALID, "%s: Token or Expiration is missing", source);
  if (expiration != NULL && !pl_aws_time_parse(expiration, &expires))
    return pl_fail(error, PL_ERR_INVALID, "%s: Expiration is not an RFC 3339 time", source);
  return pl_aws_keys_set(keys, access_key, secret_key, token, expires, source, error);
}

pl_status pl_aws_json_read(pl_aws_json form, const char *text, size_t length, const char *source,
                           pl_aws_keys *keys, pl_error *error) {
  /* jansson's own message may quote the text, so it is not shown. */
  json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
  if (root == NULL)
    return pl_fail(error, PL_ERR_INVALID, "%s: the answer is not JSON", source);
  pl_status status = PL_ERR_INVALID;
  if (json_is_object(root))
    status = read_fields(form, root, source, keys, error);
  else
    pl_error_set(error, "%s: the answer is not a JSON object", source);
  json_decref(root);
  return status;
}
