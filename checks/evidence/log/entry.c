/* Writes what the evidence log holds of a verdict and of a configuration. */
#include "evidence/log/entry.h"
#include "options/lists.h"
#include "options/options.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX ((size_t)1 << 20) /* bytes of all options as text */

/* ---- a verdict ------------------------------------------------------------------------------ */

static void add_checks(pl_buf *buf, const pl_verdict *verdict) {
  const char *comma = "";
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_verdict *of_check = &verdict->checks[check];
    if (!of_check->ran)
      continue;
    pl_buf_addf(buf, "%s\"%s\":[%d,\"%s\"]", comma, pl_check_name((pl_check)check),
                (int)of_check->severity, pl_reason_code(of_check->reason));
    comma = ",";
  }
}

static void add_rivals(pl_buf *buf, const pl_verdict *verdict) {
  const char *comma = "";
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    const pl_rival_verdict *rival = &verdict->rivals[id];
    if (rival->state == PL_RIVAL_STATE_NONE)
      continue;
    bool out = rival->state == PL_RIVAL_STATE_RULED_OUT && rival->control < PL_CONTROL_COUNT;
    pl_buf_addf(buf, "%s\"%s\":\"%s%s%s\"", comma, pl_rival_at((pl_rival_id)id)->key,
                pl_rival_state_name(rival->state), out ? " " : "",
                out ? pl_control_name(rival->control) : "");
    comma = ",";
  }
}

void pl_entry_add_verdict(pl_buf *buf, const pl_verdict *verdict) {
  pl_buf_addf(buf, "{\"severity\":%d,\"public\":\"%s\",\"checks\":{", (int)verdict->severity,
              verdict->checks[PL_CHECK_PUBLIC].ran ? pl_public_name(verdict->public_verdict) : "");
  add_checks(buf, verdict);
  pl_buf_add(buf, "},\"rivals\":{");
  add_rivals(buf, verdict);
  pl_buf_add(buf, "}}");
}

/* ---- a configuration ------------------------------------------------------------------------ */

static void add_item(pl_buf *buf, const pl_item_kind *kind, const void *item) {
  char text[PL_ADDR_TEXT];
  if (kind == &pl_items_addresses || kind == &pl_items_sockaddrs) {
    pl_sockaddr_add(buf, item);
  } else if (kind == &pl_items_cidrs) {
    const pl_cidr *cidr = item;
    pl_buf_addf(buf, "%s/%u", pl_addr_format(&cidr->address, text), cidr->prefix);
  } else if (kind == &pl_items_statuses) {
    const pl_status_range *range = item;
    pl_buf_addf(buf, "%u-%u", range->first, range->last);
  } else if (kind == &pl_items_signatures) {
    const pl_signature *signature = item;
    pl_signature_add(buf, signature);
    pl_buf_addf(buf, " %d", (int)signature->evidence);
  } else if (kind == &pl_items_witnesses) {
    const pl_witness_spec *witness = item;
    pl_buf_addf(buf, "%s %u %d", witness->host, witness->port, witness->port_named);
  } else {
    const pl_threshold *threshold = item;
    pl_buf_addf(buf, "%u-%s ", threshold->metric, threshold->zone);
    pl_range_add(buf, &threshold->range);
  }
}

static void add_list(pl_buf *buf, const pl_item_kind *kind, const void *field) {
  const PL_LIST_OF(char) *list = field;
  for (size_t i = 0; i < list->count; i++) {
    add_item(buf, kind, list->items + i * kind->of->size);
    pl_buf_add_char(buf, '\n');
  }
}

/* The query of a path may be a secret, and so may the two others: of them only that they are given.
 */
static void add_text(pl_buf *buf, pl_option_id id, const char *text) {
  if (text == NULL)
    return;
  if (id == PL_OPTION_AWS_EXTERNAL_ID || id == PL_OPTION_USER_AGENT)
    pl_buf_add(buf, "given");
  else
    pl_buf_add_bytes(buf, text, id == PL_OPTION_PATH ? strcspn(text, "?") : strlen(text));
}

static void add_option(pl_buf *buf, const pl_option *option, const pl_spec *spec) {
  const pl_option_rule *rule = &option->rule;
  const void *field = (const char *)spec + rule->offset;
  if (rule->parse == pl_parse_string) {
    add_text(buf, option->id, *(char *const *)field);
  } else if (rule->parse == pl_parse_list) {
    add_list(buf, rule->items, field);
  } else if (rule->parse == pl_parse_port) {
    pl_buf_addf(buf, "%u", *(const uint16_t *)field);
  } else if (rule->parse == pl_parse_seconds) {
    pl_buf_addf(buf, "%" PRId64, *(const pl_nsec *)field);
  } else if (rule->parse == pl_parse_number) {
    pl_buf_add_number(buf, *(const double *)field, 9);
  } else if (rule->parse == pl_parse_flag) {
    pl_buf_addf(buf, "%d", *(const bool *)field);
  } else if (rule->parse == pl_parse_preset) {
    const pl_preset *preset = *(const pl_preset *const *)field;
    pl_buf_add(buf, preset != NULL ? preset->name : "");
  } else if (rule->parse == pl_parse_certificate) {
    pl_buf_addf(buf, "%u %u", spec->certificate_warning, spec->certificate_critical);
  } else { /* pl_parse_unsigned, pl_parse_word, pl_parse_checks, pl_parse_rivals */
    pl_buf_addf(buf, "%u", *(const unsigned *)field);
  }
}

pl_sha256 pl_entry_config(const pl_spec *spec) {
  pl_buf buf;
  pl_buf_init(&buf, CONFIG_MAX);
  for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
    const pl_option *option = pl_option_at((pl_option_id)id);
    if (option->rule.parse == NULL)
      continue;
    pl_buf_addf(&buf, "%s=", option->name);
    add_option(&buf, option, spec);
    pl_buf_add_char(&buf, '\n');
  }
  pl_sha256 hash = pl_sha256_of(pl_buf_text(&buf), buf.length);
  pl_buf_free(&buf);
  return hash;
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* Names are of letters, digits and "_.-"; anything else becomes '?'. */
static void add_name(pl_buf *buf, const char *name) {
  pl_buf_add(buf, ",\"endpoint\":\"");
  pl_buf_add_foreign(buf, name, strlen(name), PL_LIMIT_HOST);
  pl_buf_add(buf, "\"");
}

void pl_entry_add(pl_buf *buf, const pl_entry *entry) {
  char config[PL_HASH_HEX];
  pl_sha256_hex(&entry->config, config);
  add_name(buf, entry->endpoint);
  pl_buf_addf(buf, ",\"why\":\"%s\",\"interval\":%" PRIu64 ",\"config\":\"%s\"", entry->why,
              entry->interval, config);
  pl_buf_add(buf, ",\"verdict\":");
  pl_buf_add(buf, entry->verdict);
  pl_buf_add(buf, ",\"case\":");
  pl_buf_add(buf, entry->facts);
}

void pl_entry_add_stop(pl_buf *buf, const char *endpoint) {
  add_name(buf, endpoint != NULL ? endpoint : "");
}
