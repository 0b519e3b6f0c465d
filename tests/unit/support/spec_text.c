// Writes a spec as text.
#include "spec_text.h"
#include "facts/metrics.h"
#include "facts/rival.h"
#include "options/lists.h"

static void add_string(pl_buf *buf, const char *text) {
  pl_buf_add(buf, text != NULL ? text : "-");
}

static void add_word(pl_buf *buf, int value, const char *const *words) {
  pl_buf_add(buf, words[value]);
}

static void add_seconds(pl_buf *buf, pl_nsec duration) {
  pl_buf_add_number(buf, pl_seconds(duration), 9);
}

/* Lists: a comma before every item but the first, and "-" for none. */
static void add_comma(pl_buf *buf, size_t i) { pl_buf_add(buf, i == 0 ? "" : ","); }

static void add_nothing(pl_buf *buf, size_t count) { pl_buf_add(buf, count == 0 ? "-" : ""); }

static void add_addresses(pl_buf *buf, const pl_sockaddrs *list) {
  char text[PL_ADDR_TEXT];
  for (size_t i = 0; i < list->count; i++) {
    add_comma(buf, i);
    pl_buf_add(buf, pl_addr_format(&list->items[i].address, text));
  }
  add_nothing(buf, list->count);
}

static void add_sockaddrs(pl_buf *buf, const pl_sockaddrs *list) {
  for (size_t i = 0; i < list->count; i++) {
    add_comma(buf, i);
    pl_sockaddr_add(buf, &list->items[i]);
  }
  add_nothing(buf, list->count);
}

static void add_cidrs(pl_buf *buf, const pl_cidrs *list) {
  char text[PL_ADDR_TEXT];
  for (size_t i = 0; i < list->count; i++) {
    add_comma(buf, i);
    pl_buf_addf(buf, "%s/%u", pl_addr_format(&list->items[i].address, text), list->items[i].prefix);
  }
  add_nothing(buf, list->count);
}

static void add_statuses(pl_buf *buf, const pl_status_ranges *list) {
  for (size_t i = 0; i < list->count; i++) {
    add_comma(buf, i);
    pl_buf_addf(buf, "%u-%u", list->items[i].first, list->items[i].last);
  }
  add_nothing(buf, list->count);
}

/* Shows the evidence too: nothing for the default list, '?' for a hint and '!' for proof. */
static void add_signatures(pl_buf *buf, const pl_signatures *list) {
  for (size_t i = 0; i < list->count; i++) {
    add_comma(buf, i);
    pl_signature_add(buf, &list->items[i]);
    switch (list->items[i].evidence) {
    case PL_EVIDENCE_DEFAULT:
      break;
    case PL_EVIDENCE_HINT:
      pl_buf_add(buf, "?");
      break;
    case PL_EVIDENCE_PROOF:
      pl_buf_add(buf, "!");
      break;
    }
  }
  add_nothing(buf, list->count);
}

static void add_witnesses(pl_buf *buf, const pl_witness_specs *list) {
  for (size_t i = 0; i < list->count; i++) {
    add_comma(buf, i);
    pl_buf_addf(buf, "%s:%u%s", list->items[i].host, list->items[i].port,
                list->items[i].port_named ? "!" : "");
  }
  add_nothing(buf, list->count);
}

static void add_thresholds(pl_buf *buf, const pl_thresholds *list) {
  for (size_t i = 0; i < list->count; i++) {
    add_comma(buf, i);
    const pl_threshold *threshold = &list->items[i];
    pl_buf_addf(buf, "%s%s%s=", pl_metric_info_at((pl_metric_id)threshold->metric)->name,
                threshold->zone[0] != '\0' ? "-" : "", threshold->zone);
    pl_range_add(buf, &threshold->range);
  }
  add_nothing(buf, list->count);
}

static void add_checks(pl_buf *buf, unsigned checks) {
  bool first = true;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if ((checks & PL_CHECK_BIT(check)) == 0)
      continue;
    pl_buf_addf(buf, "%s%s", first ? "" : ",", pl_check_name((pl_check)check));
    first = false;
  }
  pl_buf_add(buf, first ? "-" : "");
}

static void add_rivals(pl_buf *buf, unsigned accepted) {
  bool first = true;
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    if ((accepted & (1u << id)) == 0)
      continue;
    pl_buf_addf(buf, "%s%s", first ? "" : ",", pl_rival_at((pl_rival_id)id)->key);
    first = false;
  }
  pl_buf_add(buf, first ? "-" : "");
}

static const char *const depths[] = {"tcp", "tls", "http"};
static const char *const expectations[] = {"blocked", "reachable"};
static const char *const severities[] = {"ok", "warning", "critical", "unknown"};
static const char *const proofs[] = {"standard", "strict"};
static const char *const further_names[] = {"ask", "skip"};
static const char *const transports[] = {"auto", "plain", "https", "tls"};
static const char *const reports[] = {"essential", "all"};
static const char *const dns_expectations[] = {"on", "off", "any"};

void spec_text_add(pl_buf *buf, const pl_spec *spec, pl_option_id id) {
  switch (id) {
  case PL_OPTION_PRIVATE_NAME:
    add_string(buf, spec->private_name);
    return;
  case PL_OPTION_NAME:
    add_string(buf, spec->name);
    return;
  case PL_OPTION_PUBLIC_NAME:
    add_string(buf, spec->public_name);
    return;
  case PL_OPTION_PORT:
    pl_buf_addf(buf, "%u", spec->port);
    return;
  case PL_OPTION_ENDPOINT_ID:
    add_string(buf, spec->endpoint_id);
    return;
  case PL_OPTION_REGION:
    add_string(buf, spec->region);
    return;
  case PL_OPTION_PRESET:
    add_string(buf, spec->preset != NULL ? spec->preset->name : NULL);
    return;
  case PL_OPTION_ADDRESS:
    add_addresses(buf, &spec->addresses);
    return;
  case PL_OPTION_CHECK:
    add_checks(buf, spec->checks_named);
    return;
  case PL_OPTION_RESOLVER:
    add_sockaddrs(buf, &spec->resolvers);
    return;
  case PL_OPTION_PRIVATE_RANGE:
    add_cidrs(buf, &spec->private_ranges);
    return;
  case PL_OPTION_FURTHER_NAMES:
    add_word(buf, (int)spec->further_names, further_names);
    return;
  case PL_OPTION_PROBE:
    add_word(buf, (int)spec->probe, depths);
    return;
  case PL_OPTION_PATH:
    add_string(buf, spec->path);
    return;
  case PL_OPTION_EXPECT_STATUS:
    add_statuses(buf, &spec->expect_status);
    return;
  case PL_OPTION_API_KEY_FILE:
    add_string(buf, spec->api_key_file);
    return;
  case PL_OPTION_API_KEY_SCHEME:
    add_string(buf, spec->api_key_scheme);
    return;
  case PL_OPTION_TLS_NAME:
    add_string(buf, spec->tls_name);
    return;
  case PL_OPTION_CLIENT_CERT:
    add_string(buf, spec->client_cert_file);
    return;
  case PL_OPTION_CLIENT_KEY:
    add_string(buf, spec->client_key_file);
    return;
  case PL_OPTION_CA_FILE:
    add_string(buf, spec->ca_file);
    return;
  case PL_OPTION_CERTIFICATE:
    pl_buf_addf(buf, "%u,%u", spec->certificate_warning, spec->certificate_critical);
    return;
  case PL_OPTION_MIN_UP:
    pl_buf_addf(buf, "%u", spec->min_up);
    return;
  case PL_OPTION_EXPECT_PUBLIC:
    add_word(buf, (int)spec->expect_public, expectations);
    return;
  case PL_OPTION_PUBLIC_RESOLVER:
    add_sockaddrs(buf, &spec->public_resolvers);
    return;
  case PL_OPTION_PUBLIC_PROBE:
    add_word(buf, (int)spec->public_probe, depths);
    return;
  case PL_OPTION_PUBLIC_ADDRESS:
    add_addresses(buf, &spec->public_addresses);
    return;
  case PL_OPTION_BLOCKED_BY:
    add_signatures(buf, &spec->blocked_by);
    return;
  case PL_OPTION_WITNESS:
    add_witnesses(buf, &spec->witnesses);
    return;
  case PL_OPTION_ON_UNPROVEN:
    add_word(buf, (int)spec->on_unproven, severities);
    return;
  case PL_OPTION_PROOF:
    add_word(buf, (int)spec->proof, proofs);
    return;
  case PL_OPTION_ACCEPT:
    add_rivals(buf, spec->accept);
    return;
  case PL_OPTION_TENANT:
    add_string(buf, spec->tenant);
    return;
  case PL_OPTION_USER_AGENT:
    add_string(buf, spec->user_agent);
    return;
  case PL_OPTION_PUBLIC_KEY_FILE:
    add_string(buf, spec->public_key_file);
    return;
  case PL_OPTION_PUBLIC_CA_FILE:
    add_string(buf, spec->public_ca_file);
    return;
  case PL_OPTION_PUBLIC_CONTROL:
    add_string(buf, spec->public_control);
    return;
  case PL_OPTION_PRIVATE_EVIDENCE:
    add_string(buf, spec->private_evidence);
    return;
  case PL_OPTION_PUBLIC_DNS:
    add_word(buf, (int)spec->public_dns, transports);
    return;
  case PL_OPTION_STATE_DIR:
    add_string(buf, spec->state_dir);
    return;
  case PL_OPTION_BASELINE_AGE:
    pl_buf_addf(buf, "%u", spec->baseline_age);
    return;
  case PL_OPTION_SERVICE_NAME:
    add_string(buf, spec->service_name);
    return;
  case PL_OPTION_SERVICE_REGION:
    add_string(buf, spec->service_region);
    return;
  case PL_OPTION_CLIENT_RANGE:
    add_cidrs(buf, &spec->client_ranges);
    return;
  case PL_OPTION_PENDING_GRACE:
    add_seconds(buf, spec->pending_grace);
    return;
  case PL_OPTION_MIN_ZONES:
    pl_buf_addf(buf, "%u", spec->min_zones);
    return;
  case PL_OPTION_PRIVATE_DNS:
    add_word(buf, (int)spec->private_dns, dns_expectations);
    return;
  case PL_OPTION_AWS_PROFILE:
    add_string(buf, spec->aws_profile);
    return;
  case PL_OPTION_AWS_ROLE_ARN:
    add_string(buf, spec->aws_role_arn);
    return;
  case PL_OPTION_AWS_EXTERNAL_ID:
    add_string(buf, spec->aws_external_id);
    return;
  case PL_OPTION_AWS_READABLE_FILE:
    add_string(buf, spec->aws_readable_file);
    return;
  case PL_OPTION_AWS_ENDPOINT_URL:
    add_string(buf, spec->aws_endpoint_url);
    return;
  case PL_OPTION_HOURLY_PRICE:
    if (spec->hourly_price < 0)
      pl_buf_add(buf, "-");
    else
      pl_buf_add_number(buf, spec->hourly_price, 9);
    return;
  case PL_OPTION_EVIDENCE:
    add_string(buf, spec->evidence);
    return;
  case PL_OPTION_EVIDENCE_KEY:
    add_string(buf, spec->evidence_key);
    return;
  case PL_OPTION_EVIDENCE_INTERVAL:
    add_seconds(buf, spec->evidence_interval);
    return;
  case PL_OPTION_EVIDENCE_DAYS:
    pl_buf_addf(buf, "%u", spec->evidence_days);
    return;
  case PL_OPTION_TIMEOUT:
    add_seconds(buf, spec->timeout);
    return;
  case PL_OPTION_CONNECT_TIMEOUT:
    add_seconds(buf, spec->connect_timeout);
    return;
  case PL_OPTION_RESPONSE_TIMEOUT:
    add_seconds(buf, spec->response_timeout);
    return;
  case PL_OPTION_WARNING:
    add_thresholds(buf, &spec->warning);
    return;
  case PL_OPTION_CRITICAL:
    add_thresholds(buf, &spec->critical);
    return;
  case PL_OPTION_INTERVAL:
    if (spec->interval == 0)
      pl_buf_add(buf, "-");
    else
      add_seconds(buf, spec->interval);
    return;
  case PL_OPTION_RECOVERY:
    pl_buf_addf(buf, "%u", spec->recovery);
    return;
  case PL_OPTION_CONFIRM:
    pl_buf_addf(buf, "%u", spec->confirm);
    return;
  case PL_OPTION_REPORT:
    add_word(buf, (int)spec->report, reports);
    return;
  case PL_OPTION_REPORT_ADDRESSES:
    pl_buf_add(buf, spec->report_addresses ? "yes" : "no");
    return;
  case PL_OPTION_ENDPOINTS_FILE:
    add_string(buf, spec->endpoints_file);
    return;
  case PL_OPTION_STATE_INTERVAL:
    add_seconds(buf, spec->state_interval);
    return;
  case PL_OPTION_DETAIL_INTERVAL:
    add_seconds(buf, spec->detail_interval);
    return;
  case PL_OPTION_MAX_CONNECTIONS:
    pl_buf_addf(buf, "%u", spec->max_connections);
    return;
  case PL_OPTION_CHAIN_MEMORY:
    pl_buf_add(buf, spec->chain_memory ? "yes" : "no");
    return;
  case PL_OPTION_USE_IPV4:
    pl_buf_add(buf, spec->ipv4_only ? "yes" : "no");
    return;
  case PL_OPTION_USE_IPV6:
    pl_buf_add(buf, spec->ipv6_only ? "yes" : "no");
    return;
  case PL_OPTION_MAKE_EVIDENCE_KEY:
  case PL_OPTION_VERIFY_EVIDENCE:
  case PL_OPTION_REPORT_EVIDENCE:
  case PL_OPTION_FROM:
  case PL_OPTION_TO:
  case PL_OPTION_PUBLIC_KEY:
  case PL_OPTION_EVIDENCE_CA:
  case PL_OPTION_KNOWN_HEAD:
  case PL_OPTION_EVIDENCE_REQUEST:
  case PL_OPTION_EVIDENCE_RESPONSE:
  case PL_OPTION_STOP_EVIDENCE:
  case PL_OPTION_CONFIG:
  case PL_OPTION_ENDPOINT:
  case PL_OPTION_DISCOVER:
  case PL_OPTION_DISCOVER_FILTER:
  case PL_OPTION_PRINT_CONFIG:
  case PL_OPTION_EXTRA_OPTS:
  case PL_OPTION_OUTPUT:
  case PL_OPTION_OUTPUT_FILE:
  case PL_OPTION_SERVE:
  case PL_OPTION_OMIT_UNKNOWN:
  case PL_OPTION_EXPLAIN:
  case PL_OPTION_RECORD:
  case PL_OPTION_REPLAY:
  case PL_OPTION_LIST_PRESETS:
  case PL_OPTION_VERBOSE:
  case PL_OPTION_VERSION:
  case PL_OPTION_HELP:
  case PL_OPTION_COUNT:
    pl_buf_add(buf, "-");
    return;
  }
}

const char *spec_text(const pl_spec *spec, char *storage) {
  pl_buf buf;
  pl_buf_fixed(&buf, storage, SPEC_TEXT_SIZE);
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    pl_buf_addf(&buf, "%s/%u=", pl_option_at(id)->name, spec->layer[id]);
    spec_text_add(&buf, spec, id);
    pl_buf_add_char(&buf, '\n');
  }
  pl_buf_add(&buf, "checks=");
  add_checks(&buf, spec->checks);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    pl_buf_addf(&buf, "\n%s skipped=%s", pl_check_name((pl_check)check),
                spec->skipped[check] != NULL ? spec->skipped[check] : "-");
  pl_buf_addf(&buf, "\npublic_resolvers_default=%d\n", spec->public_resolvers_default);
  return pl_buf_text(&buf);
}
