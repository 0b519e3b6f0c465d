/* What the EC2 API says, as plain records, and how one of many is found.
 *
 * Every record but a rule and a listed endpoint begins with its id, as text: an array of them is
 * sorted and searched by the text that a record begins with. Strings have been made safe to print.
 * One thread at a time.
 */
#ifndef PL_AWS_EC2_RECORDS_H
#define PL_AWS_EC2_RECORDS_H

#include "facts/endpoint.h"

typedef struct pl_ec2_id {
  char text[PL_LIMIT_AWS_ID + 1];
} pl_ec2_id;

typedef struct pl_ec2_ids {
  pl_ec2_id *items;
  size_t count;
} pl_ec2_ids;

/* Made safe to print. */
void pl_ec2_id_set(pl_ec2_id *id, const char *text);
/* Both add without looking for duplicates, which would take for ever in an answer that holds
 * hundreds of thousands: pl_ec2_ids_sort drops them. An empty id is left out. */
pl_status pl_ec2_ids_add(pl_ec2_ids *ids, const char *id) PL_MUST_USE;
pl_status pl_ec2_ids_append(pl_ec2_ids *ids, const pl_ec2_id *items, size_t count) PL_MUST_USE;
/* In order, each once. */
void pl_ec2_ids_sort(pl_ec2_ids *ids);
/* Of sorted ids. */
bool pl_ec2_ids_contain(const pl_ec2_ids *ids, const char *id);
void pl_ec2_ids_free(pl_ec2_ids *ids);

/* One endpoint of DescribeVpcEndpoints: what is said of it there, and where the rest is found. */
typedef struct pl_ec2_listed {
  pl_endpoint *endpoint; /* `interfaces` and what comes from other calls is not filled in */
  pl_ec2_ids interfaces, groups, subnets; /* sorted */
} pl_ec2_listed;

void pl_ec2_listed_free(pl_ec2_listed *listed);

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

/* DNS attributes of one VPC. */
typedef struct pl_ec2_vpc_dns {
  pl_ec2_id vpc;
  pl_tri support, hostnames;
} pl_ec2_vpc_dns;

/* What a list brings, all its pages; owns what it holds. */
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

/* ---- sorting and finding -------------------------------------------------------------------- */

/* By the text that each item begins with. */
void pl_ec2_sort(void *items, size_t count, size_t size);
/* Of sorted items the one with this id; NULL where there is none. */
const void *pl_ec2_find(const void *items, size_t count, size_t size, const char *id);
/* Of sorted items the first with this id, or where it would stand. */
size_t pl_ec2_first(const void *items, size_t count, size_t size, const char *id);
/* All lists of an answer. */
void pl_ec2_answer_sort(pl_ec2_answer *answer);
/* In a sorted answer; NULL where there is none. */
const pl_ec2_listed *pl_ec2_find_listed(const pl_ec2_answer *answer, const char *id);

#endif
