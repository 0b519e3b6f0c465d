/* The public check in words: what was seen at an address, and what a proof rests on. */
#ifndef PL_JUDGE_PUBLIC_WORDS_H
#define PL_JUDGE_PUBLIC_WORDS_H

#include "judge/public/sign.h"

/* "answered HTTP 403", "no answer to the SYN" and the like. The target has an attempt. */
void pl_public_add_seen(pl_buf *text, const pl_target *target);
/* Each kind of sign at the addresses that are blocked, once: `HTTP 403 "text"; nothing answered`.
 */
void pl_public_add_signs(pl_buf *text, const pl_case *c);
/* "accepted: near; ruled out: outage, tenant (open on 2026-11-20); not ruled out: sample". */
void pl_public_add_rivals(pl_buf *text, const pl_case *c);

#endif
