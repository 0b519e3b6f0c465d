/* The one table of checks (checks.def). Static data, any thread. */
#ifndef PL_FACTS_CHECK_H
#define PL_FACTS_CHECK_H

typedef enum pl_check {
#define PL_CHECK(id, ...) PL_CHECK_##id,
#include "facts/checks.def"
#undef PL_CHECK
  PL_CHECK_COUNT,
} pl_check;

/* What a check can get its targets from; bits. */
typedef enum pl_need {
  PL_NEED_ENDPOINT_ID = 1, /* name and addresses are learned from the EC2 API */
  PL_NEED_PRIVATE_NAME = 2,
  PL_NEED_ADDRESSES = 4, /* and a TLS name, where the probe needs one */
  PL_NEED_PUBLIC_NAME = 8,
} pl_need;

typedef struct pl_check_info {
  const char *name;  /* "state" */
  const char *title; /* "Endpoint state" */
  const char *lacks; /* "no --endpoint-id": why it does not run without any of `needs` */
  unsigned needs;    /* of pl_need; any of them is enough */
} pl_check_info;

const pl_check_info *pl_check_info_at(pl_check check);
/* "state", "dns", "port", "public"; "" for PL_CHECK_COUNT. */
const char *pl_check_name(pl_check check);

#define PL_CHECK_BIT(check) (1u << (check))
#define PL_CHECK_ALL (PL_CHECK_BIT(PL_CHECK_COUNT) - 1u)

#endif
