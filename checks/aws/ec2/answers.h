/* Reads the answers of the EC2 API ("Amazon EC2 API Reference", version 2016-11-15).
 *
 * All pages of one list are read into one pl_ec2_answer, which the caller owns. Unknown elements
 * are skipped, and unknown values are kept as text. One thread at a time.
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
  PL_EC2_DESCRIBE_ASSOCIATIONS,
  PL_EC2_DESCRIBE_SERVICES,
  PL_EC2_ACTION_COUNT,
} pl_ec2_action;

/* "DescribeVpcEndpoints" and so on; static storage. */
const char *pl_ec2_action_name(pl_ec2_action action);

typedef struct pl_ec2_reader pl_ec2_reader;
/* Prepares to read one page. It is added to what `answer` already holds. `answer` must outlive the
 * reader. */
pl_status pl_ec2_reader_create(pl_ec2_action action, pl_ec2_answer *answer,
                               pl_ec2_reader **ret_reader) PL_MUST_USE;
/* NULL is fine. */
void pl_ec2_reader_free(pl_ec2_reader *reader);
/* Removes from the answer what this reader has added: the page is incomplete and will be requested
 * again. */
void pl_ec2_reader_undo(pl_ec2_reader *reader);
/* What the XML reader does for an element of this path: without a text at its begin, and with its
 * text at its end. So what is remembered of an answer goes through the same checks. False: no
 * memory. */
bool pl_ec2_reader_element(pl_ec2_reader *reader, const char *path, const char *text) PL_MUST_USE;
/* The XML reader. The caller feeds and finishes it. It lives as long as `reader`. */
pl_xml *pl_ec2_reader_xml(pl_ec2_reader *reader);

#endif
