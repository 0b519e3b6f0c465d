/* Calls of AWS's Query APIs (EC2, STS): signs and sends them, repeats them if that can help, and
 * classifies failures.
 *
 * Blocks, until the deadline of the context. One thread at a time for each pl_aws_service.
 */
#ifndef PL_AWS_QUERY_H
#define PL_AWS_QUERY_H

#include "aws/context.h"
#include "aws/credentials/keys.h"
#include "aws/xml.h"

/* A service, in one region. Strings are not copied. */
typedef struct pl_aws_service {
  const char *name;    /* "ec2", "sts" */
  const char *version; /* of the API: "2016-11-15" */
  const char *region;
  const char *url; /* "https://ec2.eu-central-1.amazonaws.com" */
  void *session;   /* of transport.h; pl_aws_service_close closes it */
  int64_t skew;    /* seconds that AWS's clock is ahead of this host's, as far as known */
} pl_aws_service;

void pl_aws_service_close(pl_aws_service *service);

/* Provides the keys that sign a call. */
typedef struct pl_aws_signer {
  /* Keys that are valid until the next call of `get` or `drop`. */
  pl_status (*get)(void *user, const pl_aws_context *context, const pl_aws_keys **ret_keys,
                   pl_error *error);
  /* The API has refused the keys: the next `get` must find other ones, if there are any. */
  void (*drop)(void *user);
  void *user;
} pl_aws_signer;

typedef enum pl_aws_end {
  PL_AWS_OK,
  PL_AWS_UNREACHABLE, /* no usable answer */
  PL_AWS_CUT,         /* by the deadline, or by a cancellation */
  PL_AWS_THROTTLED,
  PL_AWS_DENIED,          /* a permission is missing */
  PL_AWS_NO_CREDENTIALS,  /* none were found */
  PL_AWS_BAD_CREDENTIALS, /* the API refused them, and the new ones, too */
  PL_AWS_REFUSED,         /* any other error code */
  PL_AWS_LOCAL,           /* this side failed */
} pl_aws_end;

typedef struct pl_aws_result {
  pl_aws_end end;
  char code[PL_LIMIT_AWS_CODE + 1]; /* from the API; "" if there is none */
  char message[PL_LIMIT_TEXT];      /* for a person; safe to print */
} pl_aws_result;

/* Reads one answer. Both functions are called once for each attempt. */
typedef struct pl_aws_reading {
  /* The XML reader to use; NULL: no memory. */
  pl_xml *(*start)(void *user);
  /* Ends the attempt. `good`: the document is complete and has the expected root. */
  void (*stop)(void *user, bool good);
  void *user;
} pl_aws_reading;

/* One call. `body` has Action and parameters, form-encoded; the version is added. `signer` NULL:
 * the call is not signed (AssumeRoleWithWebIdentity).
 *
 * Makes at most three attempts. The pause between them is a random part of 1 s, then of 2 s
 * ("Exponential Backoff And Jitter", AWS Architecture Blog). There is no attempt if the pause would
 * end after the deadline. If a wrong clock or old keys can be the cause of an error, there is one
 * more attempt with a corrected clock, and one with new keys. The Date header of the answer shows
 * whether the clock is wrong. */
void pl_aws_call(pl_aws_service *service, const pl_aws_signer *signer, const char *body,
                 const pl_aws_reading *reading, const pl_aws_context *context,
                 pl_aws_result *ret_result);

#endif
