/* What a user wants to be found: roles, regions and filters. Owns everything; a zeroed one is a
 * start. One thread at a time. */
#ifndef PL_AWS_DISCOVERY_REQUEST_H
#define PL_AWS_DISCOVERY_REQUEST_H

#include "aws/discovery/filter.h"
#include "options/spec.h"

typedef struct pl_text_list {
  char **items;
  size_t count;
} pl_text_list;

bool pl_text_list_add(pl_text_list *list, const char *text, size_t length); /* false: no memory */
void pl_text_list_free(pl_text_list *list);

typedef struct pl_request {
  pl_text_list roles, regions; /* none: the identity's own account, its region */
  pl_ec2_condition *conditions;
  size_t condition_count;
} pl_request;

/* Adds the items of a value of --region or --aws-role-arn, each once: they stand between commas.
 * The name of a role may have a comma, so roles are split only before "arn:". The error is that of
 * the option. */
pl_status pl_request_add(pl_request *request, pl_option_id id, const char *value,
                         pl_error *error) PL_MUST_USE;
pl_status pl_request_add_filter(pl_request *request, const char *value,
                                pl_error *error) PL_MUST_USE;
/* Takes the role and the region of `common` for lists that are empty, and checks the number of
 * pairs. */
pl_status pl_request_finish(pl_request *request, const pl_spec *common,
                            pl_error *error) PL_MUST_USE;
void pl_request_free(pl_request *request);

#endif
