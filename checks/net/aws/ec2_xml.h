/* The answers of the EC2 API as plain records ("Amazon EC2 API Reference", version 2016-11-15).
 *
 * All pages of one list are read into one pl_ec2_answer, which owns what it holds. Unknown
 * elements are skipped, unknown values are kept as text. One thread at a time.
 */
#ifndef PL_NET_AWS_EC2_XML_H
#define PL_NET_AWS_EC2_XML_H

#include "core/endpoint.h"
#include "net/aws/xml.h"

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

typedef struct pl_ec2_id {
  char text[PL_LIMIT_AWS_ID + 1];
} pl_ec2_id;

typedef struct pl_ec2_ids {
  pl_ec2_id *items;
  size_t count;
} pl_ec2_ids;

bool pl_ec2_ids_contain(const pl_ec2_ids *ids, const char *id);
/* Unless it is there already; an empty id is left out. */
pl_status pl_ec2_ids_add(pl_ec2_ids *ids, const char *id) PL_MUST_USE;
void pl_ec2_ids_free(pl_ec2_ids *ids);

/* One endpoint of DescribeVpcEndpoints: what is said of it there, and where the rest is found. */
typedef struct pl_ec2_listed {
  pl_endpoint *endpoint; /* `interfaces` and what comes from other calls is not filled in */
  pl_ec2_ids interfaces, groups, subnets;
} pl_ec2_listed;

typedef struct pl_ec2_rule {
  pl_ec2_id group;  /* whose rule it is */
  pl_ec2_id source; /* PL_RULE_OTHER_GROUP: which */
  pl_rule rule;
} pl_ec2_rule;

/* Something that belongs to a subnet or a VPC. */
typedef struct pl_ec2_subnet {
  pl_ec2_id id;
  char zone[32];
} pl_ec2_subnet;

typedef struct pl_ec2_block {
  pl_ec2_id vpc;
  pl_cidr cidr;
} pl_ec2_block;

typedef struct pl_ec2_answer {
  /* Only endpoints whose id `want` accepts are kept; NULL keeps all. */
  bool (*want)(void *user, const char *id);
  void *user;

  pl_ec2_listed *endpoints;
  size_t endpoint_count;
  pl_interface *interfaces;
  size_t interface_count;
  pl_ec2_rule *rules;
  size_t rule_count;
  pl_ec2_subnet *subnets;
  size_t subnet_count;
  pl_ec2_block *blocks;
  size_t block_count;
  pl_ec2_ids groups; /* that were described, with rules or without */
  pl_ec2_ids vpcs;   /* likewise */
  pl_tri dns_support, dns_hostnames;
  bool truncated;   /* a bound was reached, or a rule could not be read */
  char *next_token; /* of the page read last; NULL where it was the last one */
} pl_ec2_answer;

void pl_ec2_answer_free(pl_ec2_answer *answer);

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
