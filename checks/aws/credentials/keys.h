/* AWS keys in memory of their own, which is not part of core dumps. Pure functions, any thread. */
#ifndef PL_AWS_CREDENTIALS_KEYS_H
#define PL_AWS_CREDENTIALS_KEYS_H

#include "base/status.h"
#include <stdint.h>

/* One set of keys, as visible ASCII, so that they can be sent in headers. */
typedef struct pl_aws_keys {
  char access_key[256];
  char secret_key[256];
  char session_token[16384]; /* "": none */
  int64_t expires;           /* seconds since 1970; 0: never */
} pl_aws_keys;

/* Free them with pl_aws_keys_free. */
pl_status pl_aws_keys_create(pl_aws_keys **ret_keys) PL_MUST_USE;
/* Overwrites and frees. NULL is fine. */
void pl_aws_keys_free(pl_aws_keys *keys);
/* Copies the texts. `session_token` may be NULL or "". PL_ERR_INVALID: a key is empty, too long, or
 * not visible ASCII. `source` names the source in the message. */
pl_status pl_aws_keys_set(pl_aws_keys *keys, const char *access_key, const char *secret_key,
                          const char *session_token, int64_t expires, const char *source,
                          pl_error *error) PL_MUST_USE;

#endif
