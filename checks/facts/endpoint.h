/* What the EC2 API says of one VPC endpoint. Plain data: checks/aws fills it, the judge and
 * the reports read it.
 *
 * All strings from the network have been through pl_buf_add_foreign. An endpoint owns its arrays
 * and is never changed once others can see it: it is shared by counting (pl_endpoint_ref and
 * pl_endpoint_unref, any thread). Instants are monotonic nanoseconds of the engine's clock;
 * `created` and `pending_since` are seconds since 1970.
 */
#ifndef PL_FACTS_ENDPOINT_H
#define PL_FACTS_ENDPOINT_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"

/* What the newest question to the API came to. */
typedef enum pl_ec2_outcome {
  PL_EC2_FOUND,
  PL_EC2_NOT_FOUND,   /* a complete answer, and the endpoint is not in it */
  PL_EC2_UNREACHABLE, /* no answer that can be used: network, TLS, proxy, 5xx, not XML, too large */
  PL_EC2_CUT,         /* the run's deadline came first */
  PL_EC2_THROTTLED,   /* after all retries */
  PL_EC2_DENIED,      /* a permission is missing; its action is in `denied` */
  PL_EC2_NO_CREDENTIALS,  /* none can be had */
  PL_EC2_BAD_CREDENTIALS, /* the API takes them for wrong or expired */
  PL_EC2_REFUSED,         /* any other error code */
  PL_EC2_UNUSABLE,        /* the question could not be put: no region, a URL or file that can't be
                             used, no memory */
} pl_ec2_outcome;

/* "found", "not found", "no usable answer" … */
const char *pl_ec2_outcome_name(pl_ec2_outcome outcome);

/* API model `State`; the wire's spelling is compared without regard to case. */
typedef enum pl_endpoint_state {
  PL_ENDPOINT_STATE_UNKNOWN, /* a value that this program does not know */
  PL_ENDPOINT_STATE_PENDING_ACCEPTANCE,
  PL_ENDPOINT_STATE_PENDING,
  PL_ENDPOINT_STATE_AVAILABLE,
  PL_ENDPOINT_STATE_DELETING,
  PL_ENDPOINT_STATE_DELETED,
  PL_ENDPOINT_STATE_REJECTED,
  PL_ENDPOINT_STATE_FAILED,
  PL_ENDPOINT_STATE_EXPIRED,
  PL_ENDPOINT_STATE_PARTIAL,
} pl_endpoint_state;

/* PL_ENDPOINT_STATE_UNKNOWN for anything that is not in the list above. */
pl_endpoint_state pl_endpoint_state_parse(const char *text);

typedef enum pl_tri { PL_TRI_UNKNOWN, PL_TRI_NO, PL_TRI_YES } pl_tri;

/* The calls that add detail. One that fails leaves out its part and nothing else. */
typedef enum pl_part {
  PL_PART_INTERFACES, /* addresses and zones */
  PL_PART_SUBNETS,    /* zones, where the interfaces don't tell them */
  PL_PART_GROUPS,     /* security group rules */
  PL_PART_VPC_CIDRS,  /* to judge those rules */
  PL_PART_VPC_DNS,    /* enableDnsSupport, enableDnsHostnames */
  PL_PART_COUNT,
} pl_part;

typedef enum pl_part_state {
  PL_PART_NOT_ASKED, /* not needed, or the endpoint is not there */
  PL_PART_KNOWN,
  PL_PART_DENIED, /* the permission pl_part_action() is missing */
  PL_PART_FAILED, /* any other failure */
} pl_part_state;

/* "ec2:DescribeNetworkInterfaces" and so on. */
const char *pl_part_action(pl_part part);
/* What is left out without it: "the endpoint's addresses and zones" and so on. */
const char *pl_part_purpose(pl_part part);

typedef struct pl_interface {
  char id[PL_LIMIT_AWS_ID + 1], subnet[PL_LIMIT_AWS_ID + 1];
  char zone[32]; /* "eu-central-1a"; "" where it is not known */
  pl_addr addresses[PL_LIMIT_INTERFACE_ADDRESSES];
  size_t address_count;
} pl_interface;

/* One inbound rule for TCP, one source each; rules for other protocols are not kept. */
typedef enum pl_rule_source {
  PL_RULE_CIDR,
  PL_RULE_PREFIX_LIST,
  PL_RULE_OWN_GROUP, /* one of the groups of this endpoint */
  PL_RULE_OTHER_GROUP,
} pl_rule_source;

typedef struct pl_rule {
  pl_rule_source source;
  pl_cidr cidr; /* PL_RULE_CIDR */
  uint16_t first_port, last_port;
} pl_rule;

typedef struct pl_dns_entry {
  char name[PL_LIMIT_HOST + 1];
} pl_dns_entry;

typedef struct pl_endpoint {
  unsigned references; /* pl_endpoint_ref's own */

  /* The newest question. */
  pl_ec2_outcome outcome;
  char code[PL_LIMIT_AWS_CODE + 1]; /* the API's error code; "" where it named none */
  char message[PL_LIMIT_TEXT];      /* what went wrong, for a person; "" where nothing did */
  char denied[64];                  /* PL_EC2_DENIED: "ec2:DescribeVpcEndpoints" */
  /* Where the credentials came from: "profile prod", "instance metadata" …; "" where none were
   * had. Never anything of themselves. */
  char credentials[PL_LIMIT_TEXT];

  /* The newest good answer, which may be older than the newest question. */
  bool known;       /* false: nothing below is filled in, but for `id` */
  pl_nsec answered; /* when it came */
  char id[PL_LIMIT_AWS_ID + 1];
  pl_endpoint_state state;
  char state_text[32]; /* as the API writes it */
  bool is_interface;   /* of type Interface */
  char type[32];       /* "Interface", "Gateway", "GatewayLoadBalancer", "Resource" … */
  char service_name[PL_LIMIT_HOST + 1];
  char vpc[PL_LIMIT_AWS_ID + 1];
  char failure[PL_LIMIT_FOREIGN + 1]; /* lastError or failureReason; "" where there is none */
  pl_tri private_dns;                 /* PrivateDnsEnabled */
  int64_t created;                    /* 0: not known */
  int64_t pending_since; /* daemon: when it was first seen pending; 0: count from `created` */
  unsigned group_count;

  pl_part_state parts[PL_PART_COUNT];
  pl_tri dns_support, dns_hostnames; /* of the VPC */
  pl_dns_entry *dns_entries;         /* in the API's order: regional, zonal, private */
  size_t dns_entry_count;
  pl_interface *interfaces; /* addresses and zones only where PL_PART_INTERFACES is known */
  size_t interface_count;
  pl_rule *rules; /* of all security groups of the endpoint */
  size_t rule_count;
  pl_cidr *vpc_cidrs; /* IPv4 and IPv6 */
  size_t vpc_cidr_count;
  char (*zones)[32]; /* sorted, each once */
  size_t zone_count;
  bool zones_known;
  bool truncated; /* a bound was reached: rules or DNS entries are not complete */
} pl_endpoint;

/* An endpoint with nothing in it, counted once. `id` is cut to fit. */
pl_status pl_endpoint_create(const char *id, pl_endpoint **ret_endpoint) PL_MUST_USE;
/* A deep copy, counted once, that may be changed until it is shared. */
pl_status pl_endpoint_copy(const pl_endpoint *endpoint, pl_endpoint **ret_endpoint) PL_MUST_USE;
/* Counts one more user, and returns its argument. NULL is fine. */
pl_endpoint *pl_endpoint_ref(pl_endpoint *endpoint);
/* Counts one less; the last one frees. NULL is fine. */
void pl_endpoint_unref(pl_endpoint *endpoint);

/* Whether the endpoint's own addresses are known: all its interfaces were read, and there is at
 * least one address. NULL is fine: false. */
bool pl_endpoint_addresses_known(const pl_endpoint *endpoint);
/* Whether `address` is one of those that are known. NULL is fine: false. */
bool pl_endpoint_has_address(const pl_endpoint *endpoint, const pl_addr *address);
/* The zone of the interface that has `address`; "" where it is not known. NULL is fine. */
const char *pl_endpoint_zone_of(const pl_endpoint *endpoint, const pl_addr *address);
/* The private name: the first DNS entry that is not under vpce.amazonaws.com and the like (AWS
 * PrivateLink guide, "DNS hostnames"), valid and no wildcard. NULL where there is none, and for a
 * NULL endpoint. */
const char *pl_endpoint_private_name(const pl_endpoint *endpoint);
/* Age of the newest good answer at the instant `now`; PL_NSEC_UNKNOWN where there is none. */
pl_nsec pl_endpoint_age(const pl_endpoint *endpoint, pl_nsec now);

#endif
