/* Filters of a discovery: those of the API, DescribeVpcEndpoints, in the spelling of the AWS CLI.
 *
 * "tag:team=data,web", or "Name=tag:team,Values=data,web" as after --filters of the AWS CLI. One of
 * the values must match, and all filters. The API applies them: upper and lower case differ, and
 * the wildcards of a value are * and ?. Any thread.
 */
#ifndef PL_AWS_DISCOVERY_FILTER_H
#define PL_AWS_DISCOVERY_FILTER_H

#include "aws/ec2/list.h"

/* The caller frees it with pl_filter_free, also a zeroed one. The error says what would be right.
 */
pl_status pl_filter_parse(const char *text, pl_ec2_condition *ret_condition,
                          pl_error *error) PL_MUST_USE;
void pl_filter_free(pl_ec2_condition *condition);

#endif
