/* One endpoint of DescribeVpcEndpoints as JSON: what its section is made of. Any thread. */
#ifndef PL_AWS_DISCOVERY_ENTRY_H
#define PL_AWS_DISCOVERY_ENTRY_H

#include "aws/ec2/answers.h"

struct json_t;

/* An object as text, without the endpoint's id, which may be replaced. Free it with free(). NULL:
 * no memory. */
char *pl_entry_facts(const pl_ec2_listed *listed);

/* Reads such an object: adds the endpoint to the answer of the reader, through the same checks as
 * the API's own. PL_ERR_INVALID if it is anything but what pl_entry_facts writes. */
pl_status pl_entry_read(const struct json_t *facts, const char *id,
                        pl_ec2_reader *reader) PL_MUST_USE;

#endif
