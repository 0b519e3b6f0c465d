/* What the EC2 API says about one VPC endpoint. Plain data: checks/aws fills it in, the judge and
 * the reports read it.
 *
 * All strings from the network have been through pl_buf_add_foreign. An endpoint owns its arrays
 * and is not changed after it is shared. Its users are counted (pl_endpoint_ref and
 * pl_endpoint_unref, any thread). Instants are monotonic nanoseconds of the engine's clock;
 * `created` and `pending_since` are seconds since 1970.
 */
#ifndef PL_FACTS_ENDPOINT_H
#define PL_FACTS_ENDPOINT_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"

/* The result of the newest query to the API. */
typedef enum pl_ec2_outcome {
  PL_EC2_FOUND,
  PL_EC2_NOT_FOUND,       /* a complete answer without the endpoint */
  PL_EC2_UNREACHABLE,     /* no usable answer: network, TLS, proxy, 5xx, not XML, too large */
  PL_EC2_CUT,             /* the run's deadline ended it */
  PL_EC2_THROTTLED,       /* after all retries */
  PL_EC2_DENIED,          /* a permission is missing; its action is in `denied` */
  PL_EC2_NO_CREDENTIALS,  /* none were found */
  PL_EC2_BAD_CREDENTIALS, /* the API says that they are wrong or expired */
  PL_EC2_REFUSED,         /* any other error code */
  PL_EC2_UNUSABLE,        /* the query could not be sent: no region, a URL or file that can't be
                             used, no memory */
} pl_ec2_outcome;

/* "found", "not found", "no usable answer" … */
const char *pl_ec2_outcome_name(pl_ec2_outcome outcome);

/* API model `State`, compared without regard to case. */
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

/* API model `VpcEndpointType`, compared without regard to case. */
typedef enum pl_endpoint_type {
  PL_ENDPOINT_TYPE_UNKNOWN, /* a value that this program does not know */
  PL_ENDPOINT_TYPE_INTERFACE,
  PL_ENDPOINT_TYPE_GATEWAY,
  PL_ENDPOINT_TYPE_GATEWAY_LOAD_BALANCER,
  PL_ENDPOINT_TYPE_RESOURCE,        /* one resource of VPC Lattice */
  PL_ENDPOINT_TYPE_SERVICE_NETWORK, /* the resources of a service network of VPC Lattice */
} pl_endpoint_type;

pl_endpoint_type pl_endpoint_type_parse(const char *text);

typedef enum pl_tri { PL_TRI_UNKNOWN, PL_TRI_NO, PL_TRI_YES } pl_tri;

/* The calls that add detail. A failed one leaves out only its own part. */
typedef enum pl_part {
  PL_PART_INTERFACES,   /* addresses and zones */
  PL_PART_SUBNETS,      /* zones that the interfaces don't give */
  PL_PART_GROUPS,       /* security group rules */
  PL_PART_VPC_CIDRS,    /* to judge the rules of the groups */
  PL_PART_ASSOCIATIONS, /* resources of the types Resource and ServiceNetwork */
  PL_PART_SERVICE,      /* what the provider of the service offers */
  PL_PART_VPC_DNS,      /* enableDnsSupport, enableDnsHostnames */
  PL_PART_COUNT,
} pl_part;

typedef enum pl_part_state {
  PL_PART_NOT_ASKED, /* not needed, or there is no endpoint */
  PL_PART_KNOWN,
  PL_PART_OLD,    /* PL_PART_INTERFACES: as it was before; the newest query failed */
  PL_PART_DENIED, /* the permission pl_part_action() is missing */
  PL_PART_FAILED, /* any other failure */
} pl_part_state;

/* "ec2:DescribeNetworkInterfaces" and so on. */
const char *pl_part_action(pl_part part);
/* What is unknown without it: "the endpoint's addresses and zones" and so on. */
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

/* Addresses that belong to an endpoint of VPC Lattice: one address for each resource. */
typedef struct pl_prefix {
  pl_cidr cidr;
  char subnet[PL_LIMIT_AWS_ID + 1], zone[32]; /* "" where it is not known */
} pl_prefix;

/* A resource of an endpoint of VPC Lattice (DescribeVpcEndpointAssociations). */
typedef struct pl_association {
  char accessibility[32];                   /* "AVAILABLE", "PENDING", "FAILED" … */
  char failure[PL_LIMIT_FOREIGN + 1];       /* "" where there is none */
  char failure_code[PL_LIMIT_AWS_CODE + 1]; /* "" where there is none */
  char resource[PL_LIMIT_FOREIGN + 1];      /* its ARN, which may be cut */
  char name[PL_LIMIT_HOST + 1];             /* DNS name that AWS gives it */
  char private_name[PL_LIMIT_HOST + 1];     /* "" where there is none */
} pl_association;

typedef struct pl_dns_entry {
  char name[PL_LIMIT_HOST + 1];
} pl_dns_entry;

typedef struct pl_endpoint {
  unsigned references; /* pl_endpoint_ref's own */

  /* The newest query. */
  pl_ec2_outcome outcome;
  char code[PL_LIMIT_AWS_CODE + 1]; /* the API's error code; "" for none */
  char message[PL_LIMIT_TEXT];      /* what went wrong, for people; "" for nothing */
  char denied[64];                  /* PL_EC2_DENIED: "ec2:DescribeVpcEndpoints" */
  /* Where the credentials came from: "profile prod (AKIA…7EXA)" and so on; "" for none. Never
   * the credentials themselves. */
  char credentials[PL_LIMIT_TEXT];
  char region[64]; /* that was asked; "" if it is not known */

  /* The newest good answer, which may be older than the newest query. */
  bool known;       /* false: of the fields below, only `id` is filled in */
  pl_nsec answered; /* when it arrived */
  char id[PL_LIMIT_AWS_ID + 1];
  pl_endpoint_state state;
  char state_text[32]; /* as the API writes it */
  pl_endpoint_type type;
  char type_text[32]; /* as the API writes it */
  char service_name[PL_LIMIT_HOST + 1];
  char vpc[PL_LIMIT_AWS_ID + 1];
  char failure[PL_LIMIT_FOREIGN + 1];       /* lastError or failureReason; "" where there is none */
  char failure_code[PL_LIMIT_AWS_CODE + 1]; /* of lastError; "" where there is none */
  char service_region[64];                  /* where the service is; "" where it is not said */
  char resource[PL_LIMIT_FOREIGN + 1]; /* ARN of the resource configuration or service network */
  char ip_address_type[16];            /* "ipv4", "dualstack", "ipv6" */
  char record_type[16];                /* dnsRecordIpType: the same, and "service-defined" */
  pl_tri inbound_only;                 /* privateDnsOnlyForInboundResolverEndpoint */
  char dns_preference[48];             /* privateDnsPreference */
  bool provider_pays;                  /* payerResponsibility: the account of the service */
  /* PL_PART_SERVICE */
  char offered_name[PL_LIMIT_HOST + 1]; /* a verified private name of the service; "": none */
  char unused_zones[128];               /* of the service, not of the endpoint; "": none */
  pl_tri private_dns;                   /* PrivateDnsEnabled */
  int64_t created;                      /* 0: not known */
  int64_t pending_since; /* when it was first seen pending; 0: not known, use `created` */
  unsigned group_count;

  pl_part_state parts[PL_PART_COUNT];
  pl_tri dns_support, dns_hostnames; /* of the VPC */
  pl_dns_entry *dns_entries;         /* in the API's order: regional, zonal, private */
  size_t dns_entry_count;
  pl_dns_entry *dns_domains; /* privateDnsSpecifiedDomainSet */
  size_t dns_domain_count;
  pl_prefix *prefixes; /* if there are any, these are the addresses, and the interfaces have none */
  size_t prefix_count;
  pl_association *associations;
  size_t association_count;
  pl_interface *interfaces; /* those that were read have addresses and a zone */
  size_t interface_count;
  pl_rule *rules; /* of all security groups of the endpoint */
  size_t rule_count;
  pl_cidr *vpc_cidrs; /* IPv4 and IPv6 */
  size_t vpc_cidr_count;
  char (*zones)[32]; /* sorted, each once */
  size_t zone_count;
  bool zones_known;
  bool truncated; /* a limit was reached: rules or DNS entries are not complete */
} pl_endpoint;

/* An empty endpoint with one user. `id` is cut to fit. */
pl_status pl_endpoint_create(const char *id, pl_endpoint **ret_endpoint) PL_MUST_USE;
/* A deep copy with one user, which may be changed until it is shared. */
pl_status pl_endpoint_copy(const pl_endpoint *endpoint, pl_endpoint **ret_endpoint) PL_MUST_USE;
/* Adds a user, and returns its argument. NULL is fine. */
pl_endpoint *pl_endpoint_ref(pl_endpoint *endpoint);
/* Removes a user; the last one frees. NULL is fine. */
void pl_endpoint_unref(pl_endpoint *endpoint);

/* Whether the endpoint's own addresses are known: all its interfaces were read, and there is at
 * least one address or prefix. NULL is fine: false. */
bool pl_endpoint_addresses_known(const pl_endpoint *endpoint);
/* Whether they were known, and a newer query got no answer: others may have come. NULL is fine:
 * false. */
bool pl_endpoint_addresses_old(const pl_endpoint *endpoint);
/* Makes known addresses old ones, before the endpoint is shared. */
void pl_endpoint_set_addresses_old(pl_endpoint *endpoint);
/* Whether `address` is one of the known addresses, or inside a prefix. NULL is fine: false. */
bool pl_endpoint_has_address(const pl_endpoint *endpoint, const pl_addr *address);
/* Whether the API key may be sent to the address: it is RFC 1918, 100.64/10, ULA (RFC 4193), or the
 * endpoint's own. No option changes this. */
bool pl_endpoint_may_get_key(const pl_endpoint *endpoint, const pl_addr *address);
/* The zone of the interface that has `address`; "" where it is not known. NULL is fine. */
const char *pl_endpoint_zone_of(const pl_endpoint *endpoint, const pl_addr *address);
/* Whether `zone` is in `zones`. */
bool pl_endpoint_has_zone(const pl_endpoint *endpoint, const char *zone);
/* Whether its type is one of VPC Lattice. */
bool pl_endpoint_is_of_lattice(const pl_endpoint *endpoint);
/* Whether a provider's endpoint service answers through it. */
bool pl_endpoint_has_provider(const pl_endpoint *endpoint);
/* Whether AWS has DNS records of the family for the endpoint: false only where DnsRecordIpType
 * leaves it out. NULL is fine: true. */
bool pl_endpoint_in_dns(const pl_endpoint *endpoint, unsigned family);
/* The private name: the first DNS entry or private name of an association that is not under
 * vpce.amazonaws.com and the like (AWS PrivateLink guide, "DNS hostnames"), is valid and no
 * wildcard. NULL where there is none, and for a
 * NULL endpoint. */
const char *pl_endpoint_private_name(const pl_endpoint *endpoint);
/* Whether private DNS leaves the name out: only its preference for specified domains says so. */
bool pl_endpoint_excludes(const pl_endpoint *endpoint, const char *name);
/* Whether the name is a further private name: as pl_endpoint_private_name, but none that private
 * DNS leaves out, and not `first`. There is none if private DNS is not on, for a NULL endpoint, and
 * if `first` is NULL, or neither the endpoint's own nor below one of its wildcards: then the
 * clients have DNS of their own. "" for `first` stands for no name. */
bool pl_endpoint_is_further(const pl_endpoint *endpoint, const char *first, const char *name);
/* The next further private name, each once (pl_host_equal). `*cursor` is 0 for the first one. NULL
 * at the end. */
const char *pl_endpoint_next_name(const pl_endpoint *endpoint, const char *first, size_t *cursor);
/* Age of the newest good answer at the instant `now`; PL_NSEC_UNKNOWN where there is none. */
pl_nsec pl_endpoint_age(const pl_endpoint *endpoint, pl_nsec now);

#endif
