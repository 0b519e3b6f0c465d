/* One sign that is to be proven, and what is remembered about it. */
#include "judge/public/proof.h"

const pl_memory *pl_proof_memory(const pl_proof_case *p) {
  return pl_sign_is_remembered(p->round, p->seen.signature) ? p->round->facts->memory : NULL;
}

int64_t pl_proof_remembered(const pl_proof_case *p, pl_control control) {
  const pl_memory *memory = pl_proof_memory(p);
  return memory != NULL ? memory->controls[control] : 0;
}
