/* Rows of the public check's truth table, for the tests of the judge: what is seen at each address,
 * and the conditions around it, as classes and not as facts. */
#ifndef PL_TEST_PUBLIC_ROW_H
#define PL_TEST_PUBLIC_ROW_H

#include "public_case.h"

/* ---- the classes ---------------------------------------------------------------------------- */

/* What is seen at one address. After each: what must be true for it to be a block. */
typedef enum seen {
  SEEN_HTTP_OTHER,         /* an answer without a matching signature */
  SEEN_HTTP_MATCH,         /* an answer with a matching signature */
  SEEN_HTTP_EXPIRED_OTHER, /* the same two, with an expired certificate */
  SEEN_HTTP_EXPIRED_MATCH,
  SEEN_HTTP_RESET,
  SEEN_HTTP_CLOSED,
  SEEN_HTTP_SILENT,
  SEEN_HTTP_GARBAGE,
  SEEN_TLS_DONE,
  SEEN_UNVERIFIED,
  SEEN_CONNECTED,
  SEEN_TLS_RESET,
  SEEN_TLS_CLOSED,
  SEEN_TLS_ALERT_80,
  SEEN_TLS_ALERT_40,
  SEEN_TLS_RESET_LATE, /* after the certificate */
  SEEN_TLS_SILENT,
  SEEN_TLS_GARBAGE,
  SEEN_REFUSED,
  SEEN_SILENT,
  SEEN_PROHIBITED,
  SEEN_PROHIBITED_SELF,
  SEEN_ICMP_OTHER,
  SEEN_LOCAL,
  SEEN_NOT_SENT,
  SEEN_TOO_SHORT,
  SEEN_CUT,
  SEEN_FROZEN,
  SEEN_NOT_TRIED,
  SEEN_LOCAL_LATE, /* what this host itself ends, after a handshake with the provider */
  SEEN_CUT_LATE,
  SEEN_FROZEN_LATE,
  SEEN_COUNT,
} seen;

/* An attempt that ends like this. */
pl_attempt_result seen_attempt(seen s);

/* ---- the dimensions around it --------------------------------------------------------------- */

typedef enum side { SIDE_NOT_ASKED, SIDE_UP, SIDE_DOWN } side;
typedef enum counter { COUNTER_GIVEN, COUNTER_ALIKE, COUNTER_MISSING } counter;
/* Which list of signatures applies, and its evidence. */
typedef enum list { LIST_DEFAULT, LIST_HINT, LIST_PROOF, LIST_EMPTY } list;

#define WITNESS_BEFORE_4 1u
#define WITNESS_AFTER_4 2u
#define WITNESS_BEFORE_6 4u
#define WITNESS_AFTER_6 8u
#define WITNESS_ALL 15u

typedef struct row {
  size_t count;
  seen seen[CASE_ADDRESSES];
  pl_family family[CASE_ADDRESSES];
  unsigned witness;
  side side;
  counter counter;
  list list;
  unsigned dns; /* bit r: resolver r is definite for A; bit 2 + r: for AAAA */
} row;

#define DNS_ALL 15u

/* The facts and the spec of a row. */
void row_build(public_case *k, const row *r);

/* ---- rows that prove a block ---------------------------------------------------------------- */

extern const row silent_block, http_block, reset_block;

/* The verdict on the row's facts. `change` may change them first; NULL for none. */
void row_judge(const row *r, void (*change)(public_case *k), pl_verdict *ret_verdict);

#endif
