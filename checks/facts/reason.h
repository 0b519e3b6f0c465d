/* The reasons that a check is not OK with (reasons.def). Static data, any thread. */
#ifndef PL_FACTS_REASON_H
#define PL_FACTS_REASON_H

#include "facts/check.h"

typedef enum pl_reason {
  PL_REASON_NONE, /* OK */
#define PL_REASON(id, ...) PL_REASON_##id,
#include "facts/reasons.def"
#undef PL_REASON
  PL_REASON_COUNT
} pl_reason;

/* A command with which an operator can see the fault of a reason again, for --explain. */
typedef enum pl_command {
  PL_COMMAND_NONE,
  PL_COMMAND_DIG_PRIVATE,
  PL_COMMAND_DIG_PUBLIC,
  PL_COMMAND_TLS_PRIVATE, /* and ENDPOINT, where there is an endpoint id */
  PL_COMMAND_HTTP_PRIVATE,
  PL_COMMAND_HTTP_PUBLIC,
  PL_COMMAND_BLOCKED_BY, /* the --blocked-by that lists what was seen, then HTTP_PUBLIC */
  PL_COMMAND_WITNESS,
  PL_COMMAND_ENDPOINT,
  PL_COMMAND_VPC_DNS,
  PL_COMMAND_IDENTITY,
} pl_command;

const char *pl_reason_code(pl_reason reason); /* "public.open"; "" for NONE */
/* Which severities it has, and when; "" for NONE. */
const char *pl_reason_severity(pl_reason reason);
const char *pl_reason_meaning(pl_reason reason); /* one sentence; "" for NONE */
const char *pl_reason_hint(pl_reason reason);    /* what to do next; "" for NONE */
pl_command pl_reason_command(pl_reason reason);
/* The reason of a check whose round could not be run. */
pl_reason pl_reason_local_failure(pl_check check);

#endif
