/* How much evidence one round of an endpoint gathers. Plain data: checks/memory decides it from
 * what earlier rounds found, the engine follows it. */
#ifndef PL_FACTS_PLAN_H
#define PL_FACTS_PLAN_H

#include "base/limits.h"
#include <stdbool.h>

typedef struct pl_round_plan {
  bool controls;     /* send the controls of a sign: PL_ROLE_SIBLING and the roles after it */
  bool hops;         /* send SYNs with a limited TTL, and a second attempt for their flow */
  unsigned attempts; /* at each public address that gives no answer: 1 to PL_LIMIT_ATTEMPTS */
} pl_round_plan;

/* Without a memory each round gathers all of it. */
#define PL_ROUND_PLAN_DEFAULT                                                                      \
  ((pl_round_plan){.controls = true, .hops = true, .attempts = PL_LIMIT_ATTEMPTS})

#endif
