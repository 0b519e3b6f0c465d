/* Random facts for the judge, in which the evidence for a proof is often there: for its fuzz
 * target, and for what must keep a verdict. No allocation but the spec's; one thread. */
#ifndef PL_TEST_JUDGE_WORLD_H
#define PL_TEST_JUDGE_WORLD_H

#include "facts/facts.h"
#include "options/spec.h"

#define JUDGE_NOW 1000000000 /* seconds since 1970 */
#define JUDGE_START (100 * PL_SEC)
#define JUDGE_ADDRESSES 3

/* Points into itself. */
typedef struct judge_world {
  pl_spec spec;
  pl_signature signatures[4];
  pl_cidr range;
  pl_facts facts;
  pl_memory memory;
  pl_target targets[JUDGE_ADDRESSES + 8];
  pl_dns_fact dns[8];
  pl_addr answers[8][JUDGE_ADDRESSES];
  pl_witness witnesses[2];
} judge_world;

/* The same bytes make the same facts. The world owns nothing. */
void judge_world_build(const uint8_t *data, size_t size, judge_world *ret_world);

#endif
