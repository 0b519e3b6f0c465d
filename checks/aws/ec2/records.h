/* What the EC2 API answers, as plain records, and how to find one of many.
 *
 * Every record begins with an id, as text. Lists are sorted and searched by that text. All strings
 * are safe to print. One thread at a time.
 */
#ifndef PL_AWS_EC2_RECORDS_H
#define PL_AWS_EC2_RECORDS_H

#include "base/list.h"
#include "facts/endpoint.h"

/* A growing array. Zeroed is empty. */
#define PL_EC2_LIST(type)                                                                          \
  struct {                                                                                         \
    type *items;                                                                                   \
    size_t count;                                                                                  \
  }

typedef struct pl_ec2_id {
  char text[PL_LIMIT_AWS_ID + 1];
} pl_ec2_id;

typedef PL_EC2_LIST(pl_ec2_id) pl_ec2_ids;

/* A tag as its owner wrote it: not safe to print. Owns both strings. */
typedef struct pl_ec2_tag {
  char *key, *value;
} pl_ec2_tag;

/* One endpoint of DescribeVpcEndpoints, and the ids of what it refers to. */
typedef struct pl_ec2_listed {
  pl_ec2_id id;
  pl_endpoint *endpoint; /* without what other calls answer, such as its interfaces */
  pl_ec2_ids interfaces, groups, subnets; /* sorted */
  PL_EC2_LIST(pl_ec2_tag) tags;           /* sorted by key; empty unless they are wanted */
  /* Of one that is remembered (aws/discovery/snapshot.h): its name, and when a list last had it, in
   * seconds since 1970. Else "" and 0. */
  char name[PL_LIMIT_NAME + 1];
  int64_t seen;
} pl_ec2_listed;

/* The value of a tag, or NULL. */
const char *pl_ec2_tag_value(const pl_ec2_listed *listed, const char *key);

typedef struct pl_ec2_rule {
  pl_ec2_id group;  /* the group that has the rule */
  pl_ec2_id source; /* PL_RULE_OTHER_GROUP: that group */
  pl_rule rule;
} pl_ec2_rule;

typedef struct pl_ec2_subnet {
  pl_ec2_id id;
  char zone[32];
} pl_ec2_subnet;

/* An address block of a VPC. */
typedef struct pl_ec2_block {
  pl_ec2_id vpc;
  pl_cidr cidr;
} pl_ec2_block;

typedef struct pl_ec2_association {
  pl_ec2_id endpoint;
  pl_association association;
} pl_ec2_association;

/* A service, as its provider offers it. */
typedef struct pl_ec2_service {
  pl_ec2_id name;
  char private_name[PL_LIMIT_HOST + 1]; /* the first one that is no wildcard; "": none */
  char verification[32];                /* of the private names: "verified" … */
  char zones[PL_LIMIT_ZONES][32];
  size_t zone_count;
} pl_ec2_service;

typedef struct pl_ec2_vpc_dns {
  pl_ec2_id vpc;
  pl_tri support, hostnames;
} pl_ec2_vpc_dns;

/* All pages of one list. Owns what it holds; free it with pl_ec2_answer_free. */
typedef struct pl_ec2_answer {
  /* Only endpoints for whose id `want` is true are kept. NULL keeps all. */
  bool (*want)(void *user, const char *id);
  void *user;
  bool want_tags; /* of endpoints */

  PL_EC2_LIST(pl_ec2_listed) endpoints;
  PL_EC2_LIST(pl_interface) interfaces;
  PL_EC2_LIST(pl_ec2_rule) rules;
  PL_EC2_LIST(pl_ec2_subnet) subnets;
  PL_EC2_LIST(pl_ec2_block) blocks;
  PL_EC2_LIST(pl_ec2_association) associations;
  PL_EC2_LIST(pl_ec2_service) services;
  pl_ec2_ids asked;  /* ids that the query named, if an answer may lack some of them */
  pl_ec2_ids groups; /* all that were described, also those without rules */
  pl_ec2_ids vpcs;   /* all that were described */
  pl_tri dns_support, dns_hostnames;
  bool truncated;   /* a limit was reached, or a rule could not be read */
  char *next_token; /* of the page that was read last; NULL: it is the last page */
} pl_ec2_answer;

void pl_ec2_listed_free(pl_ec2_listed *listed);
void pl_ec2_answer_free(pl_ec2_answer *answer);
/* Sorts all lists. */
void pl_ec2_answer_sort(pl_ec2_answer *answer);

/* ---- lists ---------------------------------------------------------------------------------- */

/* Adds a zeroed record and returns it; NULL: no memory. */
#define PL_EC2_ADD(list) pl_array_add((void **)&(list).items, &(list).count, sizeof(*(list).items))
/* Sorts by id. */
#define PL_EC2_SORT(list) pl_ec2_sort((list).items, (list).count, sizeof(*(list).items))
void pl_ec2_sort(void *items, size_t count, size_t size);
/* The record with this id in a sorted list; NULL: there is none. */
#define PL_EC2_FIND(list, id) pl_ec2_find((list).items, (list).count, sizeof(*(list).items), (id))
const void *pl_ec2_find(const void *items, size_t count, size_t size, const char *id);
/* The number of records with this id in a sorted list. `ret_first` is the index of the first. */
#define PL_EC2_RANGE(list, id, ret_first)                                                          \
  pl_ec2_range((list).items, (list).count, sizeof(*(list).items), (id), (ret_first))
size_t pl_ec2_range(const void *items, size_t count, size_t size, const char *id,
                    size_t *ret_first);

/* Adds an id, made safe to print, unless it is empty. Does not look for duplicates, because that is
 * too slow for hundreds of thousands; pl_ec2_ids_sort removes them. PL_ERR_LIMIT: the list has
 * PL_LIMIT_AWS_RECORDS. */
pl_status pl_ec2_ids_add(pl_ec2_ids *ids, const char *id) PL_MUST_USE;
/* Adds copies of ids that are safe to print. */
pl_status pl_ec2_ids_append(pl_ec2_ids *ids, const pl_ec2_id *items, size_t count) PL_MUST_USE;
/* Sorts, and keeps each id once. */
void pl_ec2_ids_sort(pl_ec2_ids *ids);
void pl_ec2_ids_free(pl_ec2_ids *ids);

#endif
