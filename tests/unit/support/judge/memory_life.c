// An endpoint that lives through rounds, each judged with what is remembered.
#include "memory_life.h"
#include "memory/learn.h"
#include <string.h>

#define INTERVAL 60

void memory_life_fill(memory_life *life, pl_sign sign) {
  pl_round_plan plan = pl_memory_plan(&life->store, &life->k.spec, &life->now);
  pl_spec spec = life->k.spec;
  proof_case *k = &life->k;
  proof_case_init(k, sign, sign == PL_SIGN_HTTP);
  if (spec.name != NULL) { /* the lists are the case's own and did not move */
    spec.blocked_by = k->spec.blocked_by;
    k->spec = spec;
  }
  if (sign != PL_SIGN_HTTP)
    k->targets[0].attempt_count = 1;
  if (pl_round_plan_attempts(&plan, &k->answer) == 3 &&
      (sign == PL_SIGN_TCP || sign == PL_SIGN_TLS))
    proof_case_add(k, PL_CONTROL_ATTEMPTS);
  proof_case_add(k, PL_CONTROL_PAIRED);
  proof_case_add(k, PL_CONTROL_ISSUER);
  proof_case_add(k, PL_CONTROL_NAMES);
  if (sign == PL_SIGN_TCP || sign == PL_SIGN_TLS)
    proof_case_add(k, PL_CONTROL_ROUTE);
  if (plan.controls) {
    proof_case_add(k, PL_CONTROL_SIBLING);
    if (sign == PL_SIGN_HTTP || sign == PL_SIGN_TLS)
      proof_case_add(k, PL_CONTROL_REQUEST);
  }
}

void memory_life_init(memory_life *life, pl_sign sign) {
  memset(life, 0, sizeof(*life));
  life->now = (pl_moment){.wall = PROOF_NOW, .boot = 5000, .host = 7, .interval = INTERVAL};
  pl_memory_init(&life->store);
  proof_case_init(&life->k, sign, sign == PL_SIGN_HTTP);
  memory_life_fill(life, sign);
}

void memory_life_round(memory_life *life, int64_t seconds) {
  proof_case *k = &life->k;
  life->now.wall += seconds;
  life->now.boot += seconds;
  k->facts.wall_time = life->now.wall;
  life->view = pl_memory_view(&life->store, &k->spec, &k->facts, &life->now);
  k->facts.memory = &life->view;
  pl_judge(&k->spec, &k->facts, life->now.wall, &life->verdict);
  life->recorded = pl_memory_learn(&life->store, &k->spec, &k->facts, &life->verdict, &life->now);
}
