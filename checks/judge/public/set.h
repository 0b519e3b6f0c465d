/* The set of public addresses that a verdict is about: what DNS and the user name, what is left out
 * and why, and whether the set is complete. */
#ifndef PL_JUDGE_PUBLIC_SET_H
#define PL_JUDGE_PUBLIC_SET_H

#include "judge/case.h"

/* What is missing from the set. */
typedef struct pl_public_gaps {
  bool ipv4, ipv6;  /* left out: this host has nothing of the family */
  pl_reason reason; /* why the set proves nothing; NONE where it may */
} pl_public_gaps;

/* Goes through the answers of public DNS and --public-address. Adds a finding for every address
 * that is left out or missing, and for an incomplete set. */
pl_public_gaps pl_public_set_judge(pl_case *c);
/* Whether every resolver says that the name does not exist. */
bool pl_public_set_is_missing(const pl_facts *facts);
/* Where the aliases of a name end that lead nowhere; NULL where there is none. */
const char *pl_public_set_dangling(const pl_facts *facts);
/* "; resolver 192.0.2.53: no answer in time" for each that failed, and "; and 3 more" for those
 * with which the text would be longer than `max` bytes. */
void pl_public_set_add_failures(const pl_facts *facts, size_t max, pl_buf *text);

#endif
