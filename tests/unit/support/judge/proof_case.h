/* One public address that shows a sign of a block, and the evidence of each control, added one by
 * one: for the tests of the elimination. No allocation. */
#ifndef PL_TEST_PROOF_CASE_H
#define PL_TEST_PROOF_CASE_H

#include "judge/judge.h"

#define PROOF_NOW 1000000000 /* seconds since 1970 */
#define PROOF_TARGETS 8

typedef struct proof_case {
  pl_spec spec;
  pl_signature signature;
  pl_cidr private_range;
  pl_facts facts;
  pl_memory memory;
  pl_target targets[PROOF_TARGETS];
  pl_dns_fact dns[4]; /* A and AAAA, plain and over HTTPS */
  pl_addr answer;
  pl_witness witness;
} proof_case;

/* The sign alone, without evidence against any rival. `documented`: the http: signature has a
 * regular expression. The private side is asked and up. */
void proof_case_init(proof_case *k, pl_sign sign, bool documented);
/* Adds what the control needs, and no more. */
void proof_case_add(proof_case *k, pl_control control);
/* Adds a target of the role with one attempt like the sign's. */
pl_target *proof_case_add_target(proof_case *k, pl_role role);
/* Judges; every rival but `rival` is accepted. PL_RIVAL_COUNT: none is. */
void proof_case_judge(proof_case *k, pl_rival_id rival, pl_verdict *ret_verdict);

#endif
