/* AWS Signature Version 4 for the only form of request that this project sends: POST, path "/", no
 * query, all parameters in the body ("AWS Signature Version 4 for API requests", IAM user guide).
 *
 * It signs the headers content-type, host, x-amz-date and, with temporary credentials,
 * x-amz-security-token. Pure function, any thread.
 */
#ifndef PL_AWS_SIGV4_H
#define PL_AWS_SIGV4_H

#include "base/status.h"
#include <stdint.h>

typedef struct pl_sigv4_request {
  const char *host;         /* as in the Host header */
  const char *content_type; /* NULL: the header is not sent */
  const char *body;
  size_t body_length;
  const char *region, *service;
  const char *access_key, *secret_key;
  const char *session_token; /* NULL: none */
  int64_t time;              /* seconds since 1970 */
} pl_sigv4_request;

typedef struct pl_sigv4_signature {
  char date[17];            /* value of the header X-Amz-Date: "20150830T123600Z" */
  char authorization[1024]; /* value of the header Authorization */
} pl_sigv4_signature;

/* PL_ERR_LIMIT: a text is too long. PL_ERR_IO: OpenSSL failed. PL_ERR_INVALID: the time is. */
pl_status pl_sigv4_sign(const pl_sigv4_request *request,
                        pl_sigv4_signature *ret_signature) PL_MUST_USE;

#endif
