/* One endpoint to watch, as configured: the plain data that options.c fills and that everything
 * else only reads.
 *
 * A spec owns its strings and lists; pl_spec_free releases them. Life of one: pl_spec_init, any
 * number of pl_spec_set (options.h) from the lowest layer to the highest, pl_spec_finish, then
 * const from there on and readable from any thread; but for the API key, where a daemon reads it
 * anew (pl_spec_read_files).
 */
#ifndef PL_OPTIONS_SPEC_H
#define PL_OPTIONS_SPEC_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/range.h"
#include "base/status.h"
#include "facts/check.h"
#include "options/presets.h"

/* USD per zone and hour of an interface endpoint in AWS's US regions ("AWS PrivateLink pricing"):
 * what a person is told where no price is given. No metric is made of it. */
#define PL_HOURLY_PRICE_US 0.01

typedef enum pl_option_id {
#define PL_OPTION(id, ...) PL_OPTION_##id,
#include "options/options.def"
  PL_OPTION_COUNT
} pl_option_id;

/* The last step of a probe. */
typedef enum pl_depth { PL_DEPTH_TCP, PL_DEPTH_TLS, PL_DEPTH_HTTP } pl_depth;

typedef enum pl_expect_public { PL_EXPECT_BLOCKED, PL_EXPECT_REACHABLE } pl_expect_public;
typedef enum pl_expect_dns { PL_EXPECT_DNS_ON, PL_EXPECT_DNS_OFF, PL_EXPECT_DNS_ANY } pl_expect_dns;

/* Where a value came from, lowest precedence first (contract: command line, section, common,
 * preset, default). */
typedef enum pl_layer {
  PL_LAYER_DEFAULT,
  PL_LAYER_PRESET,
  PL_LAYER_COMMON,  /* [*], or the plugin's common values */
  PL_LAYER_SECTION, /* a section, or an <Endpoint> block */
  PL_LAYER_COMMAND_LINE,
} pl_layer;

/* What counts as the sign of a block. */
typedef enum pl_signature_kind {
  PL_SIGNATURE_HTTP,         /* a status, and a body where a regex is given */
  PL_SIGNATURE_TLS_RESET,    /* reset or close inside the handshake, before any certificate */
  PL_SIGNATURE_TLS_ALERT,    /* fatal alert before any certificate; its number in `alert` */
  PL_SIGNATURE_TCP_REFUSED,  /* RST to the SYN */
  PL_SIGNATURE_TCP_TIMEOUT,  /* silence */
  PL_SIGNATURE_TCP_REJECTED, /* ICMP administratively prohibited, from another host */
  PL_SIGNATURE_DNS_NXDOMAIN, /* the public name does not exist */
} pl_signature_kind;

/* How much a signature proves by itself (contract, section 3). */
typedef enum pl_evidence {
  PL_EVIDENCE_DEFAULT, /* of the default list */
  PL_EVIDENCE_HINT,    /* a preset's, from third parties or an ordinary failure; as the default */
  PL_EVIDENCE_PROOF,   /* a preset's, documented by the vendor; or listed by the user */
} pl_evidence;

typedef struct pl_signature {
  pl_signature_kind kind;
  pl_evidence evidence;
  uint16_t status; /* PL_SIGNATURE_HTTP: 100 to 599 */
  int16_t alert;   /* PL_SIGNATURE_TLS_ALERT: 0 to 255 (RFC 8446 section 6); -1 means 49 and 80 */
  char *regex;     /* PL_SIGNATURE_HTTP: POSIX extended, case-insensitive; NULL for none; owned */
} pl_signature;

typedef struct pl_signatures {
  pl_signature *items;
  size_t count;
} pl_signatures;

/* Inclusive range of HTTP statuses. */
typedef struct pl_status_range {
  uint16_t first, last;
} pl_status_range;

typedef struct pl_status_ranges {
  pl_status_range *items;
  size_t count; /* 0: any status below 500 */
} pl_status_ranges;

typedef struct pl_sockaddrs {
  pl_sockaddr *items;
  size_t count;
} pl_sockaddrs;

typedef struct pl_cidrs {
  pl_cidr *items;
  size_t count;
} pl_cidrs;

/* A place that is known to answer: a name or a numeric address. */
typedef struct pl_witness_spec {
  char *host; /* a host name, or a numeric address without brackets; owned */
  uint16_t port;
  bool port_named; /* the user wrote the port: it counts for whatever port is judged */
} pl_witness_spec;

typedef struct pl_witness_specs {
  pl_witness_spec *items;
  size_t count;
} pl_witness_specs;

typedef struct pl_threshold {
  uint8_t metric;               /* a pl_metric_id (metrics.h) */
  char zone[PL_LIMIT_ZONE + 1]; /* of addresses_up-ZONE; "" for none */
  pl_range range;
} pl_threshold;

typedef struct pl_thresholds {
  pl_threshold *items;
  size_t count;
} pl_thresholds;

typedef struct pl_spec {
  /* Which endpoint. Strings are NULL where not given. */
  char *name; /* never NULL once finished */
  char *private_name;
  char *public_name;
  uint16_t port;
  char *endpoint_id;
  char *region;
  const pl_preset *preset; /* static storage */
  pl_sockaddrs addresses;  /* --address; ports are unused */

  /* Which checks: bits of PL_CHECK_BIT. */
  unsigned checks;                     /* run in this configuration, once finished */
  unsigned checks_named;               /* of them, named by --check */
  const char *skipped[PL_CHECK_COUNT]; /* why a check is not run; NULL where it is; static */

  /* private DNS */
  pl_sockaddrs resolvers; /* empty: the system's */
  pl_cidrs private_ranges;

  /* port */
  pl_depth probe;
  char *path;
  pl_status_ranges expect_status;
  char *api_key_file;
  char *api_key_scheme; /* NULL sends the bare key */
  char *api_key;        /* read by pl_spec_read_files; pl_secret_free'd */
  char *tls_name;
  char *ca_file;
  unsigned certificate_warning, certificate_critical; /* days */
  unsigned min_up;

  /* public */
  pl_expect_public expect_public;
  pl_sockaddrs public_resolvers;
  bool public_resolvers_default; /* the built-in list: each only where this host has its family */
  pl_depth public_probe;
  pl_sockaddrs public_addresses; /* ports are unused */
  pl_signatures blocked_by;
  pl_witness_specs witnesses; /* --witness; empty: the region's EC2 host, then public resolvers */
  pl_severity on_unproven;

  /* state */
  char *service_name;
  pl_nsec pending_grace;
  unsigned min_zones;
  pl_expect_dns private_dns;
  char *aws_profile, *aws_role_arn, *aws_external_id, *aws_endpoint_url;
  double hourly_price; /* USD per zone and hour; negative: not given, see PL_HOURLY_PRICE_US */

  /* everything else */
  pl_nsec timeout, connect_timeout, response_timeout;
  pl_thresholds warning, critical;
  bool ipv4_only, ipv6_only;

  /* the daemon's */
  pl_nsec interval;  /* 0: the host's */
  unsigned recovery; /* proven blocks that end an alarm */
  pl_nsec state_interval, detail_interval;
  unsigned max_connections; /* 0: as many as the engine allows itself */

  uint8_t layer[PL_OPTION_COUNT]; /* the pl_layer that set each option; only options.c uses it */
} pl_spec;

/* The element of each list of a spec. */
extern const pl_list_kind pl_list_of_addresses, pl_list_of_sockaddrs, pl_list_of_cidrs,
    pl_list_of_statuses, pl_list_of_signatures, pl_list_of_witnesses, pl_list_of_thresholds;

/* Defaults of every option; the spec is usable after it (and after pl_spec_free is empty again). */
void pl_spec_init(pl_spec *spec);
void pl_spec_free(pl_spec *spec);

/* A copy that shares nothing. */
pl_status pl_spec_copy(const pl_spec *spec, pl_spec *ret_spec) PL_MUST_USE;

/* True where `address` lies in --private-range. */
bool pl_spec_is_private(const pl_spec *spec, const pl_addr *address);
/* True where the private side accepts `status`. */
bool pl_spec_accepts_status(const pl_spec *spec, unsigned status);
/* Whether the run asks for the private side's addresses themselves (the `port` check). */
bool pl_spec_asks_private(const pl_spec *spec);

#endif
