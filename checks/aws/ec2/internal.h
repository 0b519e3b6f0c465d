/* Between the files of the EC2 client; nobody else includes it.
 *
 *   ec2.c          where and as whom it asks, and the fetch as a whole
 *   ec2_list.c     one list, all its pages
 *   ec2_details.c  what belongs to the endpoints: asked for together, kept for a while
 *   ec2_assemble.c one endpoint put together of what was listed and what is kept
 */
#ifndef PL_AWS_EC2_INTERNAL_H
#define PL_AWS_EC2_INTERNAL_H

#include "aws/credentials/credentials.h"
#include "aws/ec2/answers.h"
#include "aws/ec2/ec2.h"
#include "aws/query.h"

/* What one of the secondary calls has brought, and when. */
typedef struct pl_ec2_part {
  pl_part_state state;
  pl_nsec asked;        /* when it was tried last */
  pl_nsec good;         /* when `answer` came */
  pl_ec2_answer answer; /* sorted */
} pl_ec2_part;

struct pl_ec2 {
  char *profile, *role_arn, *external_id, *endpoint_url;
  char region[64]; /* "" until it is known */
  char url[512];   /* likewise */
  pl_clock clock;
  pl_nsec detail_interval;
  const pl_aws_environment *environment;
  pl_credentials *credentials; /* NULL until the region is known */
  pl_aws_service service;
  pl_ec2_part parts[PL_PART_COUNT];
  pl_ec2_vpc_dns *vpcs; /* of PL_PART_VPC_DNS, in place of its answer; sorted */
  size_t vpc_count;
  unsigned calls;
};

/* A filter with the ids, where they fit into one; `wide` (which may be NULL) instead of it else:
 * EC2 then sends more than is wanted, in fewer calls. */
typedef struct pl_ec2_filter {
  const char *name;
  const pl_ec2_ids *ids;
  const char *wide_name, *wide_value;
} pl_ec2_filter;

/* Reads pages until the last one, or until `enough` endpoints are there (0: never enough). A token
 * that was there before would go on for ever. `filter` may be NULL. */
void pl_ec2_list(pl_ec2 *ec2, pl_ec2_action action, const pl_ec2_filter *filter, size_t enough,
                 pl_ec2_answer *answer, const pl_aws_context *context, pl_aws_result *ret_result);
/* One attribute of one VPC. */
void pl_ec2_ask_attribute(pl_ec2 *ec2, const char *vpc, const char *attribute,
                          pl_ec2_answer *answer, const pl_aws_context *context,
                          pl_aws_result *ret_result);

/* Asks for what the listed endpoints refer to, as far as it is not known or no longer fresh. */
pl_status pl_ec2_refresh(pl_ec2 *ec2, const pl_ec2_answer *listed,
                         const pl_aws_context *context) PL_MUST_USE;

/* A new endpoint of what was listed and what is kept. */
pl_status pl_ec2_assemble(const pl_ec2 *ec2, const pl_ec2_listed *listed, pl_nsec now,
                          pl_endpoint **ret_endpoint) PL_MUST_USE;

#endif
