/* What one round saw of one endpoint. Plain data: the engine fills it in, the judge reads it.
 *
 * These are observations, without conclusions: each outcome has its own value, also what was not
 * seen. All strings from the network have been through pl_buf_add_foreign. A pl_facts owns its
 * arrays (pl_facts_free); `endpoint` is borrowed. Instants are monotonic nanoseconds of the
 * engine's clock; durations are nanoseconds or PL_NSEC_UNKNOWN.
 */
#ifndef PL_FACTS_FACTS_H
#define PL_FACTS_FACTS_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"
#include "facts/ends.h"
#include "facts/memory.h"

/* ---- DNS ------------------------------------------------------------------------------------ */

typedef enum pl_dns_type { PL_DNS_A = 1, PL_DNS_AAAA = 28 } pl_dns_type; /* RFC 1035, RFC 3596 */

/* The result of one query to one resolver. Only the first three are definite. */
typedef enum pl_dns_outcome {
  PL_DNS_ANSWER,   /* NOERROR with at least one address at the end of the name's CNAME chain */
  PL_DNS_NODATA,   /* NOERROR, well-formed, no record of the type */
  PL_DNS_NXDOMAIN, /* the name does not exist */
  PL_DNS_SERVFAIL,
  PL_DNS_REFUSED,
  PL_DNS_RCODE,     /* any other error code; in `rcode` */
  PL_DNS_MALFORMED, /* an answer that can't be read or contradicts itself (RFC 1035, 4): cut
                       packet, CNAME loop, records of another name, short address */
  PL_DNS_TIMEOUT,   /* no answer in time */
  PL_DNS_CLOSED,    /* the resolver's host refused (ICMP port unreachable, RST), or closed TCP */
  PL_DNS_LOCAL,     /* this host could not ask: no route, no socket, no permission; in `error` */
  PL_DNS_CUT,       /* the run's deadline ended it */
} pl_dns_outcome;

bool pl_dns_outcome_definite(pl_dns_outcome outcome);
const char *pl_dns_outcome_name(pl_dns_outcome outcome); /* "NXDOMAIN", "no answer in time" … */

/* How a resolver was asked. Over HTTPS (RFC 8484) and TLS (RFC 7858) its certificate was verified,
 * and has SCTs or leads to --public-ca-file, so that nobody on the path can have changed the
 * answer.
 */
typedef enum pl_dns_transport { PL_DNS_PLAIN, PL_DNS_HTTPS, PL_DNS_TLS } pl_dns_transport;

typedef struct pl_dns_fact {
  pl_sockaddr resolver;
  pl_dns_transport transport;
  pl_dns_type type;
  pl_dns_outcome outcome;
  uint16_t rcode;                    /* RFC 1035 4.1.1, RFC 6891 6.1.3; 0 without an answer */
  int error;                         /* errno, 0 for none */
  bool system;                       /* of /etc/resolv.conf, asked in order with failover */
  bool superseded;                   /* the system's failover went on to the next one */
  bool over_tcp;                     /* the answer was truncated and asked again over TCP */
  pl_addr_list answers;              /* sorted; `truncated` where there were more than the limit */
  char canonical[PL_LIMIT_HOST + 1]; /* end of the CNAME chain; "" where there is none */
  uint32_t ttl; /* smallest of the chain, seconds; 0 where there was no answer */
  pl_nsec started, elapsed;
} pl_dns_fact;

/* ---- one attempt at one address ------------------------------------------------------------- */

typedef struct pl_icmp {
  bool seen;
  pl_family family;   /* ICMP or ICMPv6 */
  uint8_t type, code; /* RFC 792 and RFC 1812 5.2.7.1; RFC 4443 3.1 */
  pl_addr sender;
  bool sender_is_self; /* one of this host's own addresses */
} pl_icmp;

/* Whether it says "administratively prohibited": IPv4 type 3 codes 9, 10, 13 (RFC 1812 5.2.7.1);
 * IPv6 type 1 codes 1, 5 and 6 (RFC 4443 3.1). */
bool pl_icmp_prohibits(const pl_icmp *icmp);

/* Validity period of the certificate, against the wall clock of the attempt. */
typedef enum pl_certificate_time {
  PL_CERTIFICATE_TIME_UNKNOWN, /* no certificate was seen */
  PL_CERTIFICATE_VALID,
  PL_CERTIFICATE_EXPIRED,
  PL_CERTIFICATE_NOT_YET,
} pl_certificate_time;

typedef struct pl_certificate {
  bool seen;
  bool chain_ok;                 /* leads to a trust anchor; validity periods aside */
  bool name_ok;                  /* is for the name of the request */
  pl_certificate_time time;      /* the worst of the chain */
  int64_t not_before, not_after; /* of the leaf; seconds since 1970 */
  char subject[PL_LIMIT_FOREIGN + 1], issuer[PL_LIMIT_FOREIGN + 1]; /* RFC 2253 */
  char problem[PL_LIMIT_FOREIGN + 1]; /* why chain or name is wrong; "" where both are right */
  uint8_t sha256[32];                 /* of the DER encoding */
  bool has_scts;      /* a well-formed list of SCTs (RFC 6962 3.3); not verified with a log */
  bool public_anchor; /* the chain ends in --public-ca-file */
  /* Of the verified chain without the leaf, the certificate that ends first; `issuer_not_after` is
   * 0 where there is none. */
  int64_t issuer_not_before, issuer_not_after;
  char issuer_subject[PL_LIMIT_FOREIGN + 1];
} pl_certificate;

/* How much of the body of an answer was read. A regular expression can be judged on WHOLE alone. */
typedef enum pl_body {
  PL_BODY_NONE,    /* no answer */
  PL_BODY_WHOLE,   /* to its end, within PL_LIMIT_HTTP_BODY, not encoded */
  PL_BODY_CUT,     /* the connection or the time ended first */
  PL_BODY_LONG,    /* longer than PL_LIMIT_HTTP_BODY */
  PL_BODY_ENCODED, /* with a Content-Encoding */
} pl_body;

/* The routing entry of one flow, as RTM_GETROUTE gives it for the flow's protocol, port and user
 * (rtnetlink(7), RTM_F_FIB_MATCH). */
typedef struct pl_route {
  bool known;
  bool local;            /* to this host itself: nothing leaves it */
  uint32_t table;        /* number of the routing table */
  uint32_t interface;    /* index of the output interface */
  pl_addr destination;   /* of the entry; family NONE for a default route */
  uint8_t prefix_length; /* of it */
  pl_addr gateway;       /* family NONE where the destination is on the link */
} pl_route;

/* Whether both are the same entry; also if neither is known. */
bool pl_route_equal(const pl_route *a, const pl_route *b);

/* What came back for a SYN with a limited TTL. */
typedef enum pl_hop_kind {
  PL_HOP_SILENT,
  PL_HOP_EXCEEDED, /* ICMP time exceeded, from `sender` */
  PL_HOP_REFUSED,  /* a RST */
  PL_HOP_ANSWERED, /* a SYN-ACK */
  PL_HOP_ICMP,     /* another ICMP error, from `sender` */
} pl_hop_kind;

typedef struct pl_hop {
  uint8_t ttl;   /* 1 to PL_LIMIT_HOPS */
  uint8_t kind;  /* a pl_hop_kind */
  uint16_t port; /* source port of the SYN; 0 where none was bound */
  pl_addr sender;
} pl_hop;

typedef struct pl_attempt_result {
  pl_end end;
  int error; /* errno that ended it; 0 for none */
  pl_icmp icmp;
  uint16_t local_port;  /* source port; 0 where none was bound */
  pl_addr source;       /* source address of the TCP socket; family NONE where none was bound */
  uint8_t retransmits;  /* of the SYN, counted by the kernel (TCP_INFO) */
  int16_t alert;        /* TLS alert that came from the other side (RFC 8446 6); -1 for none */
  uint16_t tls_version; /* 0x0303, 0x0304; 0 before a handshake */
  bool tls_bytes;       /* the other side sent something inside the handshake */
  bool gap;             /* silent inside the handshake: later segments arrived, earlier ones did
                           not (TCP_INFO) */
  pl_certificate certificate;
  uint16_t http_status; /* 0 for none */
  int16_t signature;    /* index into the spec's blocked_by of the http: signature that the answer
                           matches; -1 for none */
  uint8_t body;         /* a pl_body */
  uint16_t body_length; /* bytes that were read of it */
  uint8_t body_sha256[32]; /* of them; zeros where there are none, or if the request had a key */
  bool bot_protection; /* the answer is marked by a bot protection (cf-mitigated, x-amzn-waf-...) */
  char http_note[PL_LIMIT_FOREIGN + 1]; /* first bytes of body, or of garbage, for a person; "" if
                                           the request had a key */
  pl_nsec started, ended;               /* `started` is just before connect() */
  pl_nsec connect_time, tls_time, first_byte_time; /* each phase by itself */
} pl_attempt_result;

/* Whether the other side showed the right identity in a completed handshake: chain and name. The
 * certificate may be out of date. */
bool pl_attempt_identified(const pl_attempt_result *attempt);
/* Whether the other side answered: it showed an identity, or the probe got as deep as it was to. */
bool pl_attempt_answered(const pl_attempt_result *attempt);
/* Whether it was one request too many (429, RFC 6585 section 4), as any name or key would get it.
 */
bool pl_attempt_rate_limited(const pl_attempt_result *attempt);
/* Whether the handshake is fully verified: chain, name and period. */
bool pl_attempt_verified(const pl_attempt_result *attempt);
/* The same, and it is an answer over HTTP. */
bool pl_attempt_http_verified(const pl_attempt_result *attempt);

/* Where an address came from: bits. */
#define PL_ORIGIN_DNS 1u
#define PL_ORIGIN_EC2 2u
#define PL_ORIGIN_OPTION 4u
#define PL_ORIGIN_HOSTS 8u /* /etc/hosts; public targets */

typedef enum pl_role {
  PL_ROLE_PRIVATE, /* the port check's: with the API key where there is one */
  PL_ROLE_COUNTER, /* the same address without credentials, where PRIVATE has a key */
  PL_ROLE_PUBLIC,
  /* Controls, each at one public address: the same probe with one thing changed. */
  PL_ROLE_SIBLING,     /* another name: a random label, or --public-control */
  PL_ROLE_AGENT,       /* with --user-agent; can be open, as PUBLIC */
  PL_ROLE_HELLO,       /* a plain TLS 1.2 ClientHello, without ALPN and new groups */
  PL_ROLE_PUBLIC_KEY,  /* with --public-key-file */
  PL_ROLE_PRIVATE_KEY, /* the same request at a private address */
  PL_ROLE_COUNT,
} pl_role;

const char *pl_role_name(pl_role role); /* "private", "sibling" … */
/* Whether the role is one of the public side. */
bool pl_role_is_public(pl_role role);

typedef struct pl_target {
  pl_role role;
  pl_addr address; /* the one that is judged */
  pl_addr via;     /* what was connected to, if it differs (NAT64, RFC 6052); else family NONE */
  bool is_own;     /* public: an address of this host's own: nothing sent to it leaves the host */
  pl_route route;  /* public: of this flow */
  uint16_t port;
  unsigned origins;
  bool with_key; /* with credentials: an Authorization header, or a client certificate */
  char zone[PL_LIMIT_ZONE + 1];                  /* availability zone; "" where it is not known */
  pl_attempt_result attempts[PL_LIMIT_ATTEMPTS]; /* in the order of their start */
  unsigned attempt_count;
  pl_hop hops[PL_LIMIT_HOPS]; /* public: SYNs with a limited TTL, by rising TTL */
  uint8_t hop_count;
} pl_target;

/* ---- witnesses ------------------------------------------------------------------------------ */

/* One probe of a witness. */
typedef struct pl_witness_result {
  pl_end end;
  bool verified; /* verified TLS: chain, name and period */
  pl_nsec started, ended;
} pl_witness_result;

typedef struct pl_witness {
  char host[PL_LIMIT_HOST + 1];
  pl_addr address;
  bool is_own;    /* as in pl_target */
  pl_addr source; /* as in pl_attempt_result */
  pl_route route;
  uint16_t port;
  bool port_named;                /* the user wrote the port (--witness HOST:PORT) */
  bool near_asked, near_answered; /* a SYN with a TTL of 1 was sent; it was answered */
  pl_witness_result results[PL_LIMIT_WITNESS_RESULTS]; /* of the batch, the newest ones */
  size_t result_count;
} pl_witness;

/* A probe of a witness belongs to a SYN if it started with it, or at most this much later. */
#define PL_WITNESS_ALONGSIDE (1500 * PL_MSEC)
bool pl_witness_is_alongside(pl_nsec probed, pl_nsec sent);
/* Whether a probe of the witness found it open. */
bool pl_witness_answered(const pl_witness *witness);

/* ---- this host ------------------------------------------------------------------------------ */

typedef enum pl_family_state {
  PL_FAMILY_USABLE,
  PL_FAMILY_NO_ADDRESS, /* no global address of the family on any interface */
  PL_FAMILY_NO_ROUTE,   /* an address, but no route to any of the targets */
} pl_family_state;

/* RFC 7050: what the system's resolvers answer for ipv4only.arpa, asked where IPv4 is missing. */
typedef enum pl_nat64_state {
  PL_NAT64_NOT_NEEDED, /* this host has IPv4, and an egress path for it */
  PL_NAT64_NONE,       /* a definite answer without a prefix */
  PL_NAT64_FOUND,      /* the prefix is known, and IPv4 addresses are reached through it */
  PL_NAT64_UNKNOWN,    /* no definite answer, so IPv4 is unproven */
} pl_nat64_state;

/* ---- the round ------------------------------------------------------------------------------ */

struct pl_endpoint; /* facts/endpoint.h */

/* What the dns check saw of one further private name. */
typedef struct pl_further {
  char name[PL_LIMIT_HOST + 1];
  pl_dns_fact *dns; /* as private_dns; none where the time did not suffice to ask */
  size_t dns_count;
  pl_addr_list hosts; /* as hosts_private */
} pl_further;

typedef struct pl_facts {
  int64_t wall_time;        /* seconds since 1970 when the round started */
  pl_nsec started, ended;   /* monotonic */
  pl_nsec scheduling_delay; /* largest delay that the prober itself added to a measurement */
  bool cut;                 /* the deadline ended the round */
  char local_problem[PL_LIMIT_TEXT]; /* why the round could not be run at all; "" if it was. All
                                        checks are then pl_reason_local_failure */
  pl_dns_fact *private_dns; /* both types of each resolver; the system's in the order asked */
  size_t private_dns_count;
  pl_dns_fact *public_dns;
  size_t public_dns_count;
  pl_addr_list hosts_private, hosts_public; /* what /etc/hosts gives for the names */
  pl_further *further;                      /* names of pl_endpoint_next_name, in its order */
  size_t further_count;
  pl_target *targets;
  size_t target_count;
  pl_witness *witnesses;
  size_t witness_count;
  bool ipsec_drops; /* XfrmOutNoStates grew while the attempts ran (Linux, /proc/net/xfrm_stat) */
  /* --private-evidence: what another host saw of the private side. */
  struct {
    bool up; /* its port check was OK, at most ten minutes ago, for these names and this path */
    uint16_t answer;             /* what it was answered without a key; 0: not known */
    uint16_t status;             /* the same, but 0 if that may be a listed sign */
    char problem[PL_LIMIT_TEXT]; /* why it was not used; "" where it was, or was not given */
  } private_evidence;
  const pl_memory *memory;    /* what is remembered; borrowed; NULL: nothing is */
  pl_family_state ipv4, ipv6; /* for the public side */
  pl_family_state private_ipv4, private_ipv6;
  pl_nat64_state nat64;
  pl_addr nat64_prefix;  /* RFC 7050, asked where a private answer may be a NAT64 address */
  unsigned nat64_length; /* of the prefix, in bits; 0: none is known */
  const struct pl_endpoint *endpoint; /* NULL: the EC2 API was not asked; borrowed */
} pl_facts;

/* Empty facts: nothing was seen, and both families are usable. */
void pl_facts_init(pl_facts *facts);
void pl_facts_free(pl_facts *facts);

/* Append one zeroed element and return it in *ret, valid until the next append of the same kind.
 * Durations are PL_NSEC_UNKNOWN, alert and signature -1, and a query is PL_DNS_CUT, so that an
 * unfilled one is no definite answer. PL_ERR_MEMORY, or PL_ERR_LIMIT at PL_LIMIT_ADDRESSES targets
 * of a role (PL_LIMIT_CONTROLS of a control), PL_LIMIT_DNS_FACTS queries, PL_LIMIT_FURTHER names,
 * or PL_LIMIT_WITNESS_TARGETS witnesses. */
pl_status pl_facts_add_private_dns(pl_facts *facts, pl_dns_fact **ret_fact) PL_MUST_USE;
pl_status pl_facts_add_public_dns(pl_facts *facts, pl_dns_fact **ret_fact) PL_MUST_USE;
pl_status pl_facts_add_further(pl_facts *facts, const char *name) PL_MUST_USE;
pl_status pl_facts_add_target(pl_facts *facts, pl_role role, pl_target **ret_target) PL_MUST_USE;
pl_status pl_facts_add_witness(pl_facts *facts, pl_witness **ret_witness) PL_MUST_USE;

size_t pl_facts_count_targets(const pl_facts *facts, pl_role role);
/* The last attempt at the target; NULL where there was none. */
const pl_attempt_result *pl_target_last_attempt(const pl_target *target);
/* Whether an attempt at the target got an answer. */
bool pl_target_answered(const pl_target *target);
/* The target of the role at the address; NULL where there is none. */
const pl_target *pl_facts_find_target(const pl_facts *facts, pl_role role, const pl_addr *address);

/* Whether a public resolver answered for the type, definitely and completely. */
bool pl_facts_dns_is_complete(const pl_facts *facts, pl_dns_type type, bool authenticated);
/* Whether authenticated DNS answered for both types, so that nobody can have hidden an address. */
bool pl_facts_is_authenticated(const pl_facts *facts);
/* Whether a verdict is about the public target. It is not about one that only plain DNS names,
 * while authenticated DNS is complete, unless that one answered. */
bool pl_facts_has_public(const pl_facts *facts, const pl_target *target);

/* Whether the address is one of NAT64 (the well-known prefix of RFC 6052, or nat64_prefix), and the
 * IPv4 address that it leads to. */
bool pl_facts_translated(const pl_facts *facts, const pl_addr *address, pl_addr *ret_ipv4);
/* The HTTP status that the private side of this host gave without a key, and without a listed sign:
 * one below `below`, or 401 with `or_401`. 0: none. */
uint16_t pl_facts_private_status(const pl_facts *facts, unsigned below, bool or_401);
/* Any status without a key, a listed sign or not; else that of --private-evidence. A baseline keeps
 * it, and counts while it is the same. 0: none. */
uint16_t pl_facts_private_answer(const pl_facts *facts);

/* An attempt that was not made yet. */
void pl_attempt_init(pl_attempt_result *attempt);

/* The words for values of facts, in JSON output and in recorded cases alike. They are stable: users
 * and old logs have them. */
extern const char *const pl_dns_outcome_words[PL_DNS_CUT + 1];
extern const char *const pl_dns_transport_words[PL_DNS_TLS + 1];
extern const char *const pl_body_words[PL_BODY_ENCODED + 1];
extern const char *const pl_hop_words[PL_HOP_ICMP + 1];
extern const char *const pl_family_state_words[PL_FAMILY_NO_ROUTE + 1];
extern const char *const pl_nat64_state_words[PL_NAT64_UNKNOWN + 1];

#endif
