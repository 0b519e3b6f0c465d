/* The four checks. Static data, any thread. */
#ifndef PL_FACTS_CHECK_H
#define PL_FACTS_CHECK_H

typedef enum pl_check {
  PL_CHECK_STATE,  /* the VPC endpoint, as the EC2 API has it */
  PL_CHECK_DNS,    /* the private name's answers */
  PL_CHECK_PORT,   /* every private address answers */
  PL_CHECK_PUBLIC, /* the public endpoint is blocked */
  PL_CHECK_COUNT,
} pl_check;

/* "state", "dns", "port", "public". */
const char *pl_check_name(pl_check check);

#define PL_CHECK_BIT(check) (1u << (check))
#define PL_CHECK_ALL (PL_CHECK_BIT(PL_CHECK_COUNT) - 1u)

#endif
