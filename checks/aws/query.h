/* Calls of AWS's Query APIs (EC2, STS): signed, sent, tried again where that helps, and told apart
 * where it does not.
 *
 * One thread at a time per pl_aws_service.
 */
#ifndef PL_AWS_QUERY_H
#define PL_AWS_QUERY_H

#include "aws/context.h"
#include "aws/credentials/credentials.h"
#include "aws/xml.h"

/* Where a service is found, and how calls to it are signed. Strings are borrowed. */
typedef struct pl_aws_service {
  const char *name;    /* "ec2", "sts": what is signed */
  const char *version; /* of the API: "2016-11-15" */
  const char *region;
  const char *url; /* "https://ec2.eu-central-1.amazonaws.com" */
  void *session;   /* transport's; pl_aws_service_close */
  int64_t skew;    /* seconds that AWS's clock is ahead of this host's, as far as it was noticed */
} pl_aws_service;

void pl_aws_service_close(pl_aws_service *service);

typedef enum pl_aws_end {
  PL_AWS_OK,
  PL_AWS_UNREACHABLE, /* no answer that can be used */
  PL_AWS_CUT,         /* the deadline, or cancelled */
  PL_AWS_THROTTLED,
  PL_AWS_DENIED,          /* a permission is missing */
  PL_AWS_NO_CREDENTIALS,  /* none could be had */
  PL_AWS_BAD_CREDENTIALS, /* not accepted, also not after they were fetched anew */
  PL_AWS_REFUSED,         /* any other error code */
  PL_AWS_LOCAL,           /* this side failed */
} pl_aws_end;

typedef struct pl_aws_result {
  pl_aws_end end;
  char code[PL_LIMIT_AWS_CODE + 1]; /* the API's; "" where it named none */
  char message[PL_LIMIT_TEXT];      /* for a person; safe to print */
} pl_aws_result;

/* A reader for one answer. Called anew for every try. */
typedef struct pl_aws_reading {
  /* The XML reader to use; NULL where there is no memory. */
  pl_xml *(*start)(void *user);
  /* The try is over; `good`: the document is whole and the one that was expected. */
  void (*stop)(void *user, bool good);
  void *user;
  bool secret; /* the answer is one */
} pl_aws_reading;

/* One call. `body` holds Action and parameters, form-encoded; the version is added.
 * `credentials` NULL: the call is not signed (AssumeRoleWithWebIdentity).
 *
 * At most three tries; between them a random part of 1 s, then of 2 s ("Exponential Backoff And
 * Jitter", AWS Architecture Blog), and none that would end behind the context's deadline. An error
 * that a wrong clock or stale credentials explain is tried once more with the other clock or with
 * fresh credentials; the Date header tells which of the two it was. */
void pl_aws_call(pl_aws_service *service, pl_credentials *credentials, const char *body,
                 const pl_aws_reading *reading, const pl_aws_context *context,
                 pl_aws_result *ret_result);

#endif
