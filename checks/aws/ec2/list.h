/* Calls of the EC2 API: one list with all its pages, or one attribute.
 *
 * Blocks, until the deadline of the context. One thread at a time for each pl_ec2_api.
 */
#ifndef PL_AWS_EC2_LIST_H
#define PL_AWS_EC2_LIST_H

#include "aws/ec2/answers.h"
#include "aws/query.h"

typedef struct pl_ec2_api {
  pl_aws_service service;
  pl_aws_signer signer;
} pl_ec2_api;

/* A filter of the API: any of the values, each of which may have the wildcards * and ?. */
typedef struct pl_ec2_condition {
  char *name; /* "service-name", "tag:team" … */
  char **values;
  size_t count;
} pl_ec2_condition;

/* A filter with ids, if they fit into one. Else the wide filter, or no filter if that is NULL: EC2
 * then sends more than is needed, in fewer calls. */
typedef struct pl_ec2_filter {
  const char *name;
  const pl_ec2_ids *ids;
  const char *wide_name, *const *wide_values; /* values up to NULL */
  const pl_ec2_ids *regions;                  /* of the services to describe; NULL: the API's own */
  const pl_ec2_condition *conditions;         /* in place of ids: all of them must be met */
  size_t condition_count;
} pl_ec2_filter;

/* Reads all pages, or until the answer has `enough` endpoints (0: all pages). A token that comes
 * twice, and more than PL_LIMIT_AWS_PAGES pages, are errors. `filter` may be NULL. */
void pl_ec2_list(pl_ec2_api *api, pl_ec2_action action, const pl_ec2_filter *filter, size_t enough,
                 pl_ec2_answer *answer, const pl_aws_context *context, pl_aws_result *ret_result);
/* Reads one endpoint by its id. The error InvalidVpcEndpointId.NotFound says that it is gone:
 * unlike a list, this is consistent. */
void pl_ec2_list_one(pl_ec2_api *api, const char *id, pl_ec2_answer *answer,
                     const pl_aws_context *context, pl_aws_result *ret_result);
/* Reads one attribute of one VPC. */
void pl_ec2_list_attribute(pl_ec2_api *api, const char *vpc, const char *attribute,
                           pl_ec2_answer *answer, const pl_aws_context *context,
                           pl_aws_result *ret_result);

#endif
