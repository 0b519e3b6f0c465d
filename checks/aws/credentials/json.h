/* Reads credentials from JSON. Pure functions, any thread. */
#ifndef PL_AWS_CREDENTIALS_JSON_H
#define PL_AWS_CREDENTIALS_JSON_H

#include "aws/credentials/keys.h"

/* Forms of JSON, by source ("AWS SDKs and Tools Reference Guide"). */
typedef enum pl_aws_json {
  PL_AWS_JSON_PROCESS,   /* "Version": 1; the token is "SessionToken"; "Expiration" is optional */
  PL_AWS_JSON_CONTAINER, /* the token is "Token" */
  PL_AWS_JSON_METADATA,  /* the token is "Token"; all fields are required; "Code" shows success */
} pl_aws_json;

/* Refuses duplicate names, NUL in strings, and bytes after the document. `source` names the source
 * in messages. PL_ERR_INVALID: the text is not such JSON, or has no valid keys. */
pl_status pl_aws_json_read(pl_aws_json form, const char *text, size_t length, const char *source,
                           pl_aws_keys *keys, pl_error *error) PL_MUST_USE;

#endif
