/* How much evidence one round of an endpoint gathers. Plain data: checks/memory decides it from
 * what earlier rounds found, the engine follows it. */
#ifndef PL_FACTS_PLAN_H
#define PL_FACTS_PLAN_H

#include "base/addr.h"
#include "base/limits.h"
#include <stdbool.h>

typedef struct pl_round_plan {
  bool controls;     /* send the controls of a sign: PL_ROLE_SIBLING and the roles after it */
  bool hops;         /* send SYNs with a limited TTL, and a second attempt for their flow */
  unsigned attempts; /* at each public address that gives no answer: 1 to PL_LIMIT_ATTEMPTS */
  /* pl_addr_number of the addresses that `attempts` is about: any other gets PL_LIMIT_ATTEMPTS. 0
   * ends the list. An empty one is about every address. */
  uint32_t known[PL_LIMIT_POOL];
} pl_round_plan;

/* How many attempts the address gets. */
unsigned pl_round_plan_attempts(const pl_round_plan *plan, const pl_addr *address);

/* Without a memory each round gathers all of it. */
#define PL_ROUND_PLAN_DEFAULT                                                                      \
  ((pl_round_plan){.controls = true, .hops = true, .attempts = PL_LIMIT_ATTEMPTS})

#endif
