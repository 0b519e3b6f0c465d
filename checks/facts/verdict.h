/* What the judge concludes: a severity and a reason for each check, and findings with their texts.
 *
 * Plain data without pointers to free: a pl_verdict can be copied and kept. Any thread.
 */
#ifndef PL_FACTS_VERDICT_H
#define PL_FACTS_VERDICT_H

#include "base/addr.h"
#include "base/status.h"
#include "facts/metrics.h"
#include "facts/reason.h"
#include "facts/rival.h"

/* The public check's three values; the numbers are the metric public_verdict. */
typedef enum pl_public {
  PL_PUBLIC_BLOCKED = 0,
  PL_PUBLIC_OPEN = 1,
  PL_PUBLIC_UNPROVEN = 2,
} pl_public;

const char *pl_public_name(pl_public verdict); /* "blocked", "open", "unproven" */

/* One finding, OK or not. */
typedef struct pl_finding {
  pl_check check;
  pl_reason reason;
  pl_severity severity;
  pl_addr address; /* family NONE: not about one address */
  char zone[32];
  char text[PL_LIMIT_TEXT];
  uint8_t further;  /* about the name facts.further[further - 1]; 0: not about one */
  const char *hint; /* static; NULL: pl_reason_hint(reason) */
} pl_finding;

typedef struct pl_check_verdict {
  bool ran;
  pl_severity severity;
  pl_reason reason;               /* of the worst finding; NONE where OK, except where --on-unproven
                                   makes an unproven public check OK */
  char summary[PL_LIMIT_SUMMARY]; /* one line, without severity, check name and reason */
} pl_check_verdict;

/* The verdict on facts.targets[i]. */
typedef struct pl_target_verdict {
  bool judged;          /* false: of a check that does not run, or left out */
  bool up;              /* private targets */
  bool counted;         /* private targets, each address once: among `addresses` */
  bool counter_proof;   /* private, counter: a public answer can be compared with it */
  uint8_t public_class; /* a pl_public; public targets */
  uint8_t reason;       /* a pl_reason */
} pl_target_verdict;

typedef struct pl_verdict {
  pl_severity severity; /* worst of all checks */
  pl_check worst;       /* the first check that has it; PL_CHECK_COUNT: none ran */
  pl_check_verdict checks[PL_CHECK_COUNT];
  pl_public public_verdict;
  size_t addresses, addresses_up; /* private */
  size_t addresses_unsure;        /* not among `addresses`, and may be up */
  uint8_t addresses_missing;      /* why EC2 may have more: a pl_reason; NONE: it has no more */
  size_t public_addresses, public_open;
  size_t public_signs; /* of the public addresses, those that show a sign */
  uint64_t signs;      /* the signs that were seen, proven or not: bits as in pl_memory.signs */
  pl_rival_verdict rivals[PL_RIVAL_COUNT]; /* over all addresses that show a sign: the worst */
  pl_finding findings[PL_LIMIT_FINDINGS];  /* in the order found */
  size_t finding_count;
  size_t findings_lost;                        /* did not fit; the least severe are dropped first */
  pl_target_verdict targets[PL_LIMIT_TARGETS]; /* as facts.targets */
  pl_metrics metrics;
} pl_verdict;

/* Records a finding. A finding worse than the check's severity sets its severity and reason. The
 * text is cut to fit. Returns the finding, or NULL where the table is full of findings at least as
 * bad, or the check does not run (its severity is set in both cases). `address` may be NULL. */
pl_finding *pl_verdict_add(pl_verdict *verdict, pl_check check, pl_reason reason,
                           pl_severity severity, const pl_addr *address, const char *format, ...)
    PL_PRINTF(6, 7);
/* Sets the next step (static storage; NULL: that of the reason). NULL for a finding is fine. */
void pl_finding_set_hint(pl_finding *finding, const char *hint);

/* The worst finding with the check's own reason; NULL where there is none. */
const pl_finding *pl_verdict_worst(const pl_verdict *verdict, pl_check check);

#endif
