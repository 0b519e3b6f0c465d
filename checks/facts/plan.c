/* How much evidence one round of an endpoint gathers. */
#include "facts/plan.h"

unsigned pl_round_plan_attempts(const pl_round_plan *plan, const pl_addr *address) {
  uint32_t number = pl_addr_number(address);
  for (size_t i = 0; i < PL_LIMIT_POOL && plan->known[i] != 0; i++) {
    if (plan->known[i] == number)
      return plan->attempts;
  }
  return plan->known[0] != 0 ? PL_LIMIT_ATTEMPTS : plan->attempts;
}
