/* An endpoint that lives through rounds: facts of proof_case.h, judged with what is remembered of
 * the rounds before, and learned. No allocation. */
#ifndef PL_TEST_MEMORY_LIFE_H
#define PL_TEST_MEMORY_LIFE_H

#include "memory/store.h"
#include "proof_case.h"

typedef struct memory_life {
  proof_case k; /* of the next round; its spec stays the same */
  pl_memory_store store;
  pl_moment now;
  pl_memory view;     /* that the last round was judged with */
  pl_verdict verdict; /* of the last round, before the alarm */
  bool recorded;      /* it recorded a baseline */
} memory_life;

/* Every rival that the round can rule out has its evidence, but for those that are accepted. Rounds
 * are a minute apart. */
void memory_life_init(memory_life *life, pl_sign sign);
/* The evidence of a round as the plan wants it: with or without three attempts and variations. */
void memory_life_fill(memory_life *life, pl_sign sign);
/* Judges and learns the facts, `seconds` after the round before. */
void memory_life_round(memory_life *life, int64_t seconds);

#endif
