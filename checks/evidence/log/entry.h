/* The line of a verdict: what it holds of a verdict and of a configuration. Pure functions; any
 * thread.
 */
#ifndef PL_EVIDENCE_LOG_ENTRY_H
#define PL_EVIDENCE_LOG_ENTRY_H

#include "evidence/log/chain.h"
#include "facts/verdict.h"
#include "options/spec.h"

/* Appends severity, verdict, each check's severity and reason, and what became of each rival, as
 * one JSON object. Two verdicts with the same text are the same for the log. */
void pl_entry_add_verdict(pl_buf *buf, const pl_verdict *verdict);

/* A hash of all options of the endpoint. Of a secret only the name of its file is in it, and of
 * --aws-external-id, --user-agent and the query of --path nothing, so nobody can guess them. */
pl_sha256 pl_entry_config(const pl_spec *spec);

typedef struct pl_entry {
  const char *endpoint; /* its name */
  const char *why;      /* as pl_last_due says; "pause": no round ended for some time; "failed" */
  uint64_t interval;    /* seconds until the next line, at most */
  pl_sha256 config;
  const char *verdict; /* as pl_entry_add_verdict writes it */
  const char *facts;   /* everything that the judge read, as one JSON object */
} pl_entry;

/* Appends the fields of a PL_LINE_VERDICT. */
void pl_entry_add(pl_buf *buf, const pl_entry *entry);
/* Appends the field of a PL_LINE_STOP. `endpoint` NULL: all of this program. */
void pl_entry_add_stop(pl_buf *buf, const char *endpoint);

#endif
