/* Finds the http: block signature that a response matches. Compiles each regular expression once,
 * at the first response that needs it. One thread per matcher. */
#ifndef PL_PROBE_WIRE_SIGNATURE_H
#define PL_PROBE_WIRE_SIGNATURE_H

#include "options/spec.h"

typedef struct pl_matcher pl_matcher;

/* The signatures must outlive the matcher. */
pl_status pl_matcher_create(const pl_signatures *signatures, pl_matcher **ret_matcher) PL_MUST_USE;
/* NULL is fine. */
void pl_matcher_free(pl_matcher *matcher);

/* The index of the matching signature with the highest evidence, the first of several; -1 if none
 * matches. Reads PL_LIMIT_HTTP_BODY bytes of the body; a NUL counts as a space. */
int pl_matcher_match(pl_matcher *matcher, unsigned status, const char *body, size_t length);

#endif
