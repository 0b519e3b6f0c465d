/* The values of single addresses: those of metrics.def that a target has, too. Any thread.
 */
#ifndef PL_FACTS_ADDRESS_VALUES_H
#define PL_FACTS_ADDRESS_VALUES_H

#include "facts/facts.h"
#include "facts/verdict.h"

typedef void (*pl_address_value)(void *user, pl_metric_id id, const pl_addr *address, double value);

/* Calls `take` for each known value of each address that the verdict judged. */
void pl_address_values(const pl_facts *facts, const pl_verdict *verdict, pl_address_value take,
                       void *user);

#endif
