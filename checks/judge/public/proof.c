/* One sign that is to be proven, and what is remembered about it. */
#include "judge/public/proof.h"

const pl_memory *pl_proof_memory(const pl_proof_case *p) {
  return pl_sign_is_remembered(p->round, p->seen.signature) ? p->round->facts->memory : NULL;
}

int64_t pl_proof_remembered(const pl_proof_case *p, pl_control control) {
  const pl_memory *memory = pl_proof_memory(p);
  return memory != NULL ? memory->controls[control] : 0;
}

bool pl_proof_may_be_caused_by_us(const pl_proof_case *p) {
  const pl_memory *memory = pl_proof_memory(p);
  if (memory != NULL && memory->sign_since != 0)
    return memory->sign_caused && p->round->now - memory->sign_since < PL_MEMORY_CAUSED;
  memory = p->round->facts->memory;
  return memory != NULL && memory->variations_at != 0 &&
         p->round->now - memory->variations_at < PL_MEMORY_CAUSED;
}
