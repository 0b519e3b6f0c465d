/* What a recorded case has of a spec: all that the judge, the alarm and the reports read, and no
 * secret. */
#include "evidence/case_fields.h"
#include "facts/metrics.h"
#include "facts/rival.h"
#include "options/parse.h"
#include <string.h>

#define BOOL(key, member) PL_FIELD_OF(BOOL, pl_spec, key, member)
#define INT(key, member, low, high, usual) PL_FIELD_INT(pl_spec, key, member, low, high, usual)
#define WORD(key, member, words) PL_FIELD_ONE_OF(pl_spec, key, member, words, 0)
#define STRING(key, member, max, valid) PL_FIELD_CHECKED(STRING, pl_spec, key, member, max, valid)
#define LIST(key, member, element)                                                                 \
  PL_FIELD_MANY(LIST, pl_spec, key, member.items, member.count, PL_LIMIT_LIST, &(element))
#define OUT(member) PL_FIELD_OF(OUT, pl_spec, NULL, member)

static bool is_name(const char *text) {
  return text[0] != '\0' && text[strspn(text, PL_LOWER PL_UPPER PL_DIGITS "_.-")] == '\0';
}

static const char *const checks[] = {
#define PL_CHECK(id, name, ...) #name,
#include "facts/checks.def"
#undef PL_CHECK
};
static const char *const rivals[] = {
#define PL_RIVAL(id, key, ...) key,
#include "facts/rivals.def"
#undef PL_RIVAL
};
static const char *const metrics[] = {
#define PL_METRIC(id, name, ...) name,
#include "facts/metrics.def"
#undef PL_METRIC
};
static const char *const depths[] = {
    [PL_DEPTH_TCP] = "tcp", [PL_DEPTH_TLS] = "tls", [PL_DEPTH_HTTP] = "http"};
static const char *const expected[] = {
    [PL_EXPECT_BLOCKED] = "blocked", [PL_EXPECT_REACHABLE] = "reachable"};
static const char *const further_names[] = {[PL_FURTHER_ASK] = "ask", [PL_FURTHER_SKIP] = "skip"};
static const char *const severities[] = {[PL_SEVERITY_OK] = "ok",
                                         [PL_SEVERITY_WARNING] = "warning",
                                         [PL_SEVERITY_CRITICAL] = "critical",
                                         [PL_SEVERITY_UNKNOWN] = "unknown"};
static const char *const proofs[] = {
    [PL_PROOF_STANDARD] = "standard", [PL_PROOF_STRICT] = "strict"};
static const char *const dns[] = {
    [PL_EXPECT_DNS_ON] = "on", [PL_EXPECT_DNS_OFF] = "off", [PL_EXPECT_DNS_ANY] = "any"};
static const char *const layers[] = {[PL_LAYER_DEFAULT] = "default",
                                     [PL_LAYER_PRESET] = "preset",
                                     [PL_LAYER_COMMON] = "common",
                                     [PL_LAYER_SECTION] = "section",
                                     [PL_LAYER_COMMAND_LINE] = "command-line"};
static const char *const evidence[] = {
    [PL_EVIDENCE_DEFAULT] = "default", [PL_EVIDENCE_HINT] = "hint", [PL_EVIDENCE_PROOF] = "proof"};
static const char *const kinds[] = {[PL_SIGNATURE_NONE] = "none",
                                    [PL_SIGNATURE_HTTP] = "http",
                                    [PL_SIGNATURE_TLS_RESET] = "tls-reset",
                                    [PL_SIGNATURE_TLS_ALERT] = "tls-alert",
                                    [PL_SIGNATURE_TCP_REFUSED] = "tcp-refused",
                                    [PL_SIGNATURE_TCP_TIMEOUT] = "tcp-timeout",
                                    [PL_SIGNATURE_TCP_REJECTED] = "tcp-rejected",
                                    [PL_SIGNATURE_DNS_NXDOMAIN] = "dns-nxdomain"};

static const pl_field address_fields[] = {PL_FIELD_OF(ADDRESS, pl_sockaddr, "", address),
                                          PL_FIELD_OF(OUT, pl_sockaddr, NULL, port)};
static const pl_record address = PL_RECORD(pl_sockaddr, address_fields);

static const pl_field cidr_fields[] = {{.key = "", .kind = PL_FIELD_CIDR, .size = sizeof(pl_cidr)}};
static const pl_record cidr = PL_RECORD(pl_cidr, cidr_fields);

static const pl_field status_fields[] = {PL_FIELD_INT(pl_status_range, "first", first, 100, 599, 0),
                                         PL_FIELD_INT(pl_status_range, "last", last, 100, 599, 0)};
static const pl_record status = PL_RECORD(pl_status_range, status_fields);

static const pl_field signature_fields[] = {
    PL_FIELD_ONE_OF(pl_signature, "kind", kind, kinds, 0),
    PL_FIELD_ONE_OF(pl_signature, "evidence", evidence, evidence, 0),
    PL_FIELD_INT(pl_signature, "status", status, 0, 599, 0),
    PL_FIELD_INT(pl_signature, "alert", alert, -1, 255, -1),
    PL_FIELD_CHECKED(STRING, pl_signature, "regex", regex, PL_LIMIT_REGEX, NULL)};
static const pl_record signature = PL_RECORD(pl_signature, signature_fields);

static const pl_field threshold_fields[] = {
    PL_FIELD_ONE_OF(pl_threshold, "metric", metric, metrics, 0),
    PL_FIELD_OF(TEXT, pl_threshold, "zone", zone),
    PL_FIELD_OF(RANGE, pl_threshold, "range", range)};
static const pl_record threshold = PL_RECORD(pl_threshold, threshold_fields);

static const pl_field fields[] = {
    STRING("name", name, PL_LIMIT_HOST, is_name),
    STRING("private_name", private_name, PL_LIMIT_HOST, pl_host_valid),
    STRING("public_name", public_name, PL_LIMIT_HOST, pl_host_valid),
    INT("port", port, 1, 65535, 443),
    STRING("endpoint_id", endpoint_id, PL_LIMIT_AWS_ID, pl_valid_endpoint_id),
    STRING("region", region, PL_LIMIT_AWS_ID, pl_valid_region),
    LIST("addresses", addresses, address),
    PL_FIELD_SET(pl_spec, "checks", checks, checks),
    PL_FIELD_SET(pl_spec, "checks_named", checks_named, checks),
    LIST("private_ranges", private_ranges, cidr),
    /* Cases that were recorded before do not have it, and no further names. */
    PL_FIELD_ONE_OF(pl_spec, "further_names", further_names, further_names, PL_FURTHER_SKIP),
    WORD("probe", probe, depths),
    PL_FIELD_CHECKED(PATH, pl_spec, "path", path, PL_LIMIT_PATH, pl_valid_path),
    LIST("expect_status", expect_status, status),
    PL_FIELD_OF(GIVEN, pl_spec, "api_key", api_key),
    STRING("tls_name", tls_name, PL_LIMIT_HOST, pl_valid_host_or_address),
    INT("certificate_warning", certificate_warning, 0, 3650, 14),
    INT("certificate_critical", certificate_critical, 0, 3650, 7),
    WORD("certificate_given", layer[PL_OPTION_CERTIFICATE], layers),
    INT("min_up", min_up, 1, PL_LIMIT_ADDRESSES, 1),
    WORD("expect_public", expect_public, expected),
    WORD("public_probe", public_probe, depths),
    LIST("public_addresses", public_addresses, address),
    LIST("blocked_by", blocked_by, signature),
    PL_FIELD_ONE_OF(pl_spec, "on_unproven", on_unproven, severities, PL_SEVERITY_UNKNOWN),
    WORD("proof", proof, proofs),
    PL_FIELD_SET(pl_spec, "accept", accept, rivals),
    STRING("tenant", tenant, PL_LIMIT_HOST, pl_valid_label),
    PL_FIELD_OF(GIVEN, pl_spec, "private_evidence", private_evidence),
    INT("recovery", recovery, 1, 100, 2),
    STRING("service_name", service_name, PL_LIMIT_HOST, pl_valid_service_name),
    STRING("service_region", service_region, PL_LIMIT_AWS_ID, pl_valid_region),
    LIST("client_ranges", client_ranges, cidr),
    INT("pending_grace", pending_grace, 0, 604800 * PL_SEC, 900 * PL_SEC),
    INT("min_zones", min_zones, 0, PL_LIMIT_ZONES, 2),
    WORD("private_dns", private_dns, dns),
    STRING("aws_profile", aws_profile, PL_LIMIT_VALUE, pl_valid_profile),
    {.key = "hourly_price",
     .kind = PL_FIELD_REAL,
     PL_FIELD_AT(pl_spec, hourly_price),
     .min = -1,
     .max = 1000,
     .usual = -1},
    LIST("warning", warning, threshold),
    LIST("critical", critical, threshold),
    BOOL("ipv4_only", ipv4_only),
    BOOL("ipv6_only", ipv6_only),
    /* Secrets, what we send, names of files, and where to look: the facts say what came of it. */
    OUT(preset),
    OUT(skipped), /* follows from checks and checks_named */
    OUT(resolvers),
    OUT(api_key_file),
    OUT(api_key_scheme),
    OUT(ca_file),
    OUT(client_cert_file),
    OUT(client_key_file),
    OUT(client_cert),
    OUT(client_key),
    OUT(public_resolvers),
    OUT(public_resolvers_default),
    OUT(witnesses),
    OUT(user_agent),
    OUT(public_key_file),
    OUT(public_key),
    OUT(public_ca_file),
    OUT(public_control),
    OUT(public_dns),
    OUT(state_dir),
    OUT(evidence),
    OUT(evidence_key),
    OUT(evidence_interval),
    OUT(evidence_days),
    OUT(baseline_age),
    OUT(aws_role_arn),
    OUT(aws_external_id),
    OUT(aws_endpoint_url),
    OUT(aws_readable_file),
    OUT(timeout),
    OUT(connect_timeout),
    OUT(response_timeout),
    OUT(interval),
    OUT(confirm),
    OUT(report),
    OUT(report_addresses),
    OUT(endpoints_file),
    OUT(state_interval),
    OUT(detail_interval),
    OUT(max_connections),
    OUT(chain_memory),
    OUT(shared),
    OUT(layer),
};
const pl_record pl_record_of_spec = PL_RECORD(pl_spec, fields);
