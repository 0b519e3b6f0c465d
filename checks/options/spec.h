/* The configuration of one endpoint, as plain data. Only options.c and complete.c change it.
 *
 * A spec owns its strings and lists; pl_spec_free() releases them. Its life: pl_spec_init(), any
 * number of pl_spec_set() (options.h), pl_spec_finish() (complete.h). Then it is constant, and any
 * thread may read it. A daemon may call pl_spec_read_files() again while no other thread reads it.
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
#include "facts/ends.h"
#include "options/presets.h"

/* USD per zone and hour of an interface endpoint in AWS's US regions ("AWS PrivateLink pricing").
 * --explain uses it if no price is given; the metric does not. */
#define PL_HOURLY_PRICE_US 0.01

typedef enum pl_option_id {
#define PL_OPTION(id, ...) PL_OPTION_##id,
#include "options/options.def"
  PL_OPTION_COUNT
} pl_option_id;

/* The last step of a probe. */
typedef enum pl_depth { PL_DEPTH_TCP, PL_DEPTH_TLS, PL_DEPTH_HTTP } pl_depth;

/* How many rivals must be ruled out (rivals.def). */
typedef enum pl_proof { PL_PROOF_STANDARD, PL_PROOF_STRICT } pl_proof;

/* How the public resolvers are asked: over HTTPS and TLS with plain DNS in addition, or one alone.
 */
typedef enum pl_public_dns {
  PL_PUBLIC_DNS_AUTO,
  PL_PUBLIC_DNS_PLAIN,
  PL_PUBLIC_DNS_HTTPS,
  PL_PUBLIC_DNS_TLS,
} pl_public_dns;

typedef enum pl_expect_public { PL_EXPECT_BLOCKED, PL_EXPECT_REACHABLE } pl_expect_public;
typedef enum pl_expect_dns { PL_EXPECT_DNS_ON, PL_EXPECT_DNS_OFF, PL_EXPECT_DNS_ANY } pl_expect_dns;

typedef enum pl_further_names { PL_FURTHER_ASK, PL_FURTHER_SKIP } pl_further_names;

typedef enum pl_report { PL_REPORT_ESSENTIAL, PL_REPORT_ALL } pl_report;

/* Where a value came from, lowest precedence first. */
typedef enum pl_layer {
  PL_LAYER_DEFAULT,
  PL_LAYER_PRESET,
  PL_LAYER_COMMON,  /* [*], or the plugin's common values */
  PL_LAYER_SECTION, /* a section, or an <Endpoint> block */
  PL_LAYER_COMMAND_LINE,
} pl_layer;

/* An array; the spec owns its items. It begins like a pl_list. */
#define PL_LIST_OF(item)                                                                           \
  struct {                                                                                         \
    item *items;                                                                                   \
    size_t count;                                                                                  \
  }

/* Who names a signature (docs/verdicts.md). */
typedef enum pl_evidence {
  PL_EVIDENCE_DEFAULT, /* the default list */
  PL_EVIDENCE_HINT,    /* a preset, from third parties: needs a baseline or a key */
  PL_EVIDENCE_PROOF,   /* a preset, from the vendor's documents; or the user */
} pl_evidence;

typedef struct pl_signature {
  pl_signature_kind kind;
  pl_evidence evidence;
  uint16_t status; /* PL_SIGNATURE_HTTP: 100 to 599 */
  int16_t alert;   /* PL_SIGNATURE_TLS_ALERT: 0 to 255 (RFC 8446 section 6); -1 means 49 and 80 */
  char *regex;     /* PL_SIGNATURE_HTTP: POSIX extended, case-insensitive; NULL for none; owned */
} pl_signature;

typedef PL_LIST_OF(pl_signature) pl_signatures;

/* Inclusive range of HTTP statuses. */
typedef struct pl_status_range {
  uint16_t first, last;
} pl_status_range;

typedef PL_LIST_OF(pl_status_range) pl_status_ranges;

typedef PL_LIST_OF(pl_sockaddr) pl_sockaddrs;

typedef PL_LIST_OF(pl_cidr) pl_cidrs;

/* A host that answers while egress works: a name or a numeric address. */
typedef struct pl_witness_spec {
  char *host; /* a host name, or a numeric address without brackets; owned */
  uint16_t port;
  bool port_named; /* the user gave the port: the witness then counts for every port */
} pl_witness_spec;

typedef PL_LIST_OF(pl_witness_spec) pl_witness_specs;

typedef struct pl_threshold {
  uint8_t metric;               /* a pl_metric_id (metrics.h) */
  char zone[PL_LIMIT_ZONE + 1]; /* of addresses_up-ZONE; "" for none */
  pl_range range;
} pl_threshold;

typedef PL_LIST_OF(pl_threshold) pl_thresholds;

typedef struct pl_spec {
  /* Which endpoint. A string that is not given is NULL. */
  char *name; /* never NULL in a completed spec */
  char *private_name;
  char *public_name;
  uint16_t port;
  char *endpoint_id;
  char *region;
  const pl_preset *preset; /* static storage */
  pl_sockaddrs addresses;  /* --address; ports are unused */

  /* Which checks: bits of PL_CHECK_BIT. */
  unsigned checks;                     /* that run; set by pl_spec_complete() */
  unsigned checks_named;               /* in --check; 0: not given */
  const char *skipped[PL_CHECK_COUNT]; /* why a check does not run; NULL: it runs; static */

  /* private DNS */
  pl_sockaddrs resolvers; /* empty: the system's */
  pl_cidrs private_ranges;
  pl_further_names further_names;

  /* port */
  pl_depth probe;
  char *path;
  pl_status_ranges expect_status; /* empty: any status below 500 */
  char *api_key_file;
  char *api_key_scheme; /* NULL sends the bare key */
  char *api_key;        /* read by pl_spec_read_files; pl_secret_free'd */
  char *tls_name;
  char *ca_file;
  char *client_cert_file, *client_key_file;
  char *client_cert; /* PEM; both read by pl_spec_read_files; the key is pl_secret_free'd */
  char *client_key;
  unsigned certificate_warning, certificate_critical; /* days */
  unsigned min_up;

  /* public */
  pl_expect_public expect_public;
  pl_sockaddrs public_resolvers;
  bool public_resolvers_default; /* the built-in list: each needs its address family here */
  pl_depth public_probe;
  pl_sockaddrs public_addresses; /* ports are unused */
  pl_signatures blocked_by;
  pl_witness_specs witnesses; /* --witness; empty: the region's EC2 host, then public resolvers */
  pl_severity on_unproven;

  /* public: what rules rivals out */
  pl_proof proof;
  unsigned accept;        /* bits 1u << pl_rival_id */
  char *tenant;           /* the label that a preset derives both names from; NULL: none */
  char *user_agent;       /* sent in addition to ours; NULL: none */
  char *public_key_file;  /* a key of low privilege; NULL: none */
  char *public_key;       /* read by pl_spec_read_files; pl_secret_free'd */
  char *public_ca_file;   /* trust anchors of the public side and of witnesses; NULL: none */
  char *public_control;   /* another host name at the public addresses, known to be open */
  char *private_evidence; /* a JSON file of another host's result */
  pl_public_dns public_dns;
  char *state_dir;       /* NULL: nothing is remembered */
  unsigned baseline_age; /* days */
  unsigned recovery;     /* proven blocks in a row that end an alarm */

  /* state */
  char *service_name, *service_region;
  pl_cidrs client_ranges; /* empty: the VPC's */
  pl_nsec pending_grace;
  unsigned min_zones;
  pl_expect_dns private_dns;
  char *aws_profile, *aws_role_arn, *aws_external_id, *aws_endpoint_url, *aws_readable_file;
  double hourly_price; /* USD per zone and hour; negative: not given, see PL_HOURLY_PRICE_US */

  /* the evidence log */
  char *evidence, *evidence_key; /* NULL: none */
  pl_nsec evidence_interval;
  unsigned evidence_days;

  /* everything else */
  pl_nsec timeout, connect_timeout, response_timeout;
  pl_thresholds warning, critical;
  bool ipv4_only, ipv6_only;

  /* only in collectd.conf; elsewhere they have their defaults */
  pl_nsec interval; /* 0: collectd's */
  unsigned confirm; /* rounds that must see a change of dns, port or state */
  pl_report report;
  bool report_addresses;
  char *endpoints_file;
  pl_nsec state_interval, detail_interval;
  unsigned max_connections; /* 0: the limit of the engine */
  bool chain_memory;

  uint64_t shared;                /* bits: what belongs to a pool; only spec.c uses it */
  uint8_t layer[PL_OPTION_COUNT]; /* the pl_layer that set each option; only options.c uses it */
} pl_spec;

/* The element of each list of a spec. */
extern const pl_list_kind pl_list_of_addresses, pl_list_of_sockaddrs, pl_list_of_cidrs,
    pl_list_of_statuses, pl_list_of_signatures, pl_list_of_witnesses, pl_list_of_thresholds;

/* Sets the defaults that do not depend on other options. */
void pl_spec_init(pl_spec *spec);
/* Frees what the spec owns. It is then as after pl_spec_init(), and may be freed again. */
void pl_spec_free(pl_spec *spec);

/* A copy that shares nothing, without what pl_spec_read_files reads. PL_ERR_MEMORY. */
pl_status pl_spec_copy(const pl_spec *spec, pl_spec *ret_spec) PL_MUST_USE;

/* Moves the strings and lists of a spec that is complete into the pool, which must outlive it: of a
 * fleet, most are equal. pl_spec_copy and pl_spec_free work as before. Without memory the rest
 * stays the spec's. */
void pl_spec_share(pl_spec *spec, pl_pool *pool);

/* True if `address` is in --private-range. */
bool pl_spec_is_private(const pl_spec *spec, const pl_addr *address);
/* True if --expect-status accepts `status`. */
bool pl_spec_accepts_status(const pl_spec *spec, unsigned status);
bool pl_spec_runs(const pl_spec *spec, pl_check check);
/* Whether the dns check judges the further private names of the endpoint. */
bool pl_spec_asks_further(const pl_spec *spec);

#endif
