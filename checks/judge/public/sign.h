/* What one public address shows: open, a sign of a block, or neither. */
#ifndef PL_JUDGE_PUBLIC_SIGN_H
#define PL_JUDGE_PUBLIC_SIGN_H

#include "facts/rival.h"
#include "judge/case.h"

typedef struct pl_seen {
  pl_public class;  /* PL_PUBLIC_BLOCKED: it shows a listed sign, which is not yet a proof */
  pl_reason reason; /* UNPROVEN: why */
  /* Only where it shows a sign. */
  pl_sign sign;
  const pl_signature *signature; /* the one that it matches; borrowed from the spec */
  bool documented;               /* HTTP: the body has the text that is named for the block */
  bool hint;                     /* of third parties: needs a baseline or a key */
  bool bot_protection;           /* HTTP: marked by a bot protection */
} pl_seen;

/* All attempts at an address together: an answer counts before silence, open before unproven before
 * a sign. */
pl_seen pl_sign_of_target(const pl_case *c, const pl_target *target);
/* A name that does not exist for any resolver. */
pl_seen pl_sign_of_missing_name(const pl_case *c);

/* The http: signature that the answer matches; NULL where none does, or where the fact and the list
 * do not fit together. */
const pl_signature *pl_sign_match(const pl_case *c, const pl_attempt_result *attempt);
/* The first listed signature that has the status of the answer and names a body; NULL: none. */
const pl_signature *pl_sign_near(const pl_case *c, const pl_attempt_result *attempt);
/* The bit of a signature of the spec's in pl_memory.signs; 0 where it has none. */
uint64_t pl_sign_bit(const pl_spec *spec, const pl_signature *signature);
/* Whether what the facts' memory holds about a sign is about this signature of the spec's. */
bool pl_sign_is_remembered(const pl_case *c, const pl_signature *signature);
/* Whether a SYN with a limited TTL was answered, while the attempts were refused or silent. */
bool pl_sign_is_contradicted(const pl_target *target);
/* The attempt of a target that got furthest. It has at least one. */
const pl_attempt_result *pl_sign_telling_attempt(const pl_target *target);

#endif
