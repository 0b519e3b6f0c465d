/* AWS Signature Version 4 for the one shape of request that this project sends: POST, path "/", no
 * query, everything in the body ("AWS Signature Version 4 for API requests", IAM user guide).
 *
 * The headers signed are content-type, host, x-amz-date and, with temporary credentials,
 * x-amz-security-token. Pure, any thread. The only file of this folder that sees OpenSSL.
 */
#ifndef PL_AWS_SIGV4_H
#define PL_AWS_SIGV4_H

#include "base/status.h"
#include <stdint.h>

typedef struct pl_sigv4_request {
  const char *host; /* as the Host header has it: with the port where it is not the scheme's */
  const char *content_type; /* NULL: the header is not sent */
  const char *body;
  size_t body_length;
  const char *region, *service;
  const char *access_key, *secret_key;
  const char *session_token; /* NULL for none */
  int64_t time;              /* seconds since 1970 */
} pl_sigv4_request;

typedef struct pl_sigv4_signature {
  char date[17];            /* of the header X-Amz-Date: "20150830T123600Z" */
  char authorization[1024]; /* of the header Authorization */
} pl_sigv4_signature;

/* PL_ERR_LIMIT where something is too long, PL_ERR_IO where the crypto library fails. */
pl_status pl_sigv4_sign(const pl_sigv4_request *request,
                        pl_sigv4_signature *ret_signature) PL_MUST_USE;

#endif
