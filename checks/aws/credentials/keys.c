/* Stores AWS keys. */
#include "aws/credentials/keys.h"
#include "base/file.h"
#include <string.h>

pl_status pl_aws_keys_create(pl_aws_keys **ret_keys) {
  pl_aws_keys *keys = pl_secret_alloc(sizeof(*keys));
  if (keys == NULL)
    return PL_ERR_MEMORY;
  *ret_keys = keys;
  return PL_OK;
}

void pl_aws_keys_free(pl_aws_keys *keys) { pl_secret_release(keys, sizeof(*keys)); }

static bool copy_visible(char *storage, size_t size, const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length >= size)
    return false;
  for (size_t i = 0; i < length; i++) {
    if (text[i] <= ' ' || text[i] > '~')
      return false;
  }
  memcpy(storage, text, length + 1);
  return true;
}

pl_status pl_aws_keys_set(pl_aws_keys *keys, const char *access_key, const char *secret_key,
                          const char *session_token, int64_t expires, const char *source,
                          pl_error *error) {
  explicit_bzero(keys, sizeof(*keys));
  bool token = session_token != NULL && *session_token != '\0';
  if (!copy_visible(keys->access_key, sizeof(keys->access_key), access_key) ||
      !copy_visible(keys->secret_key, sizeof(keys->secret_key), secret_key) ||
      (token && !copy_visible(keys->session_token, sizeof(keys->session_token), session_token))) {
    explicit_bzero(keys, sizeof(*keys));
    return pl_fail(error, PL_ERR_INVALID,
                   "%s: a key is empty, too long, or has characters that no key has", source);
  }
  keys->expires = expires;
  return PL_OK;
}
