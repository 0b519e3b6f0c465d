/* The file of --private-evidence: what `check_privatelink --output json` of another host, which
 * reaches the private side, saw of the same endpoint. Any thread. */
#ifndef PL_MEMORY_PRIVATE_EVIDENCE_H
#define PL_MEMORY_PRIVATE_EVIDENCE_H

#include "facts/facts.h"
#include "options/spec.h"

/* Seconds that such a result counts. */
#define PL_PRIVATE_EVIDENCE_AGE 600

/* Fills in facts->private_evidence from spec->private_evidence; nothing if that is NULL. Reads the
 * disk. `now` is in seconds since 1970. */
void pl_private_evidence_take(const pl_spec *spec, int64_t now, pl_facts *facts);
/* The same from the text of the file. The endpoint is used if it has this private name, port and
 * path, and no other public name, is there once, and its port check was OK at most
 * PL_PRIVATE_EVIDENCE_AGE before `now`. A status for which this spec has an http: signature counts
 * as not known. Pure. */
void pl_private_evidence_judge(const pl_spec *spec, const char *text, size_t length, int64_t now,
                               pl_facts *facts);

#endif
