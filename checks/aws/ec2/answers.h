/* Reader for the answers of the EC2 API ("Amazon EC2 API Reference", version 2016-11-15).
 *
 * All pages of one list are read into one pl_ec2_answer. Unknown elements are skipped, unknown
 * values are kept as text. One thread at a time.
 */
#ifndef PL_AWS_EC2_ANSWERS_H
#define PL_AWS_EC2_ANSWERS_H

#include "aws/ec2/records.h"
#include "aws/xml.h"

typedef enum pl_ec2_action {
  PL_EC2_DESCRIBE_VPC_ENDPOINTS,
  PL_EC2_DESCRIBE_NETWORK_INTERFACES,
  PL_EC2_DESCRIBE_SECURITY_GROUPS,
  PL_EC2_DESCRIBE_SUBNETS,
  PL_EC2_DESCRIBE_VPCS,
  PL_EC2_DESCRIBE_VPC_ATTRIBUTE,
  PL_EC2_ACTION_COUNT,
} pl_ec2_action;

/* "DescribeVpcEndpoints". */
const char *pl_ec2_action_name(pl_ec2_action action);

/* Reads one page into `answer`: what it holds already stays. */
typedef struct pl_ec2_reader pl_ec2_reader;
pl_status pl_ec2_reader_create(pl_ec2_action action, pl_ec2_answer *answer,
                               pl_ec2_reader **ret_reader) PL_MUST_USE;
void pl_ec2_reader_free(pl_ec2_reader *reader);
/* Takes back what this reader has put into the answer: the page was cut, and is asked for again. */
void pl_ec2_reader_undo(pl_ec2_reader *reader);
/* The XML reader to feed and to finish; lives as long as `reader`. */
pl_xml *pl_ec2_reader_xml(pl_ec2_reader *reader);

#endif
