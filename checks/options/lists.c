/* Reads options that take a list. */
#include "options/lists.h"
#include "facts/metrics.h"
#include "options/regex_cost.h"
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---------------------------------------------------------------------------------- */

static pl_status too_many(const pl_item_kind *kind, pl_error *error) {
  return pl_fail(error, PL_ERR_LIMIT, "takes at most %zu items", kind->max);
}

/* The element after the last one; NULL without memory. */
static void *list_grow(pl_list *list, size_t size, size_t by) {
  void *items = realloc(list->items, (list->count + by) * size);
  if (items == NULL)
    return NULL;
  list->items = items;
  return memset((char *)items + list->count * size, 0, by * size);
}

static pl_status list_push(const pl_item_kind *kind, pl_list *list, const char *text,
                           const pl_input *input, pl_error *error) {
  if (list->count >= kind->max)
    return too_many(kind, error);
  void *item = list_grow(list, kind->of->size, 1);
  if (item == NULL)
    return pl_fail_memory(error);
  pl_status status = kind->parse(text, input, item, error);
  if (status == PL_OK)
    list->count++;
  return status;
}

/* An item that takes the rest of its argument keeps the blanks at the end. */
static pl_status list_split(const pl_item_kind *kind, pl_list *list, const char *argument,
                            const pl_input *input, pl_error *error) {
  if (strlen(argument) > PL_LIMIT_VALUE)
    return pl_fail(error, PL_ERR_LIMIT, "takes at most %d bytes", PL_LIMIT_VALUE);
  char copy[PL_LIMIT_VALUE + 1];
  memcpy(copy, argument, strlen(argument) + 1);
  char *rest = copy;
  while (rest != NULL) {
    rest += strspn(rest, PL_BLANKS);
    bool last = kind->to_the_end != NULL && kind->to_the_end(rest);
    char *comma = last ? NULL : strchr(rest, ',');
    if (comma != NULL)
      *comma = '\0';
    size_t length = strlen(rest);
    while (!last && length > 0 && strchr(PL_BLANKS, rest[length - 1]) != NULL)
      rest[--length] = '\0';
    if (length == 0)
      return pl_fail(error, PL_ERR_INVALID,
                     "an item of the list is empty; items stand between single commas");
    pl_status status = list_push(kind, list, rest, input, error);
    if (status != PL_OK)
      return status;
    rest = comma != NULL ? comma + 1 : NULL;
  }
  return PL_OK;
}

/* The new items are collected in a list of their own first: a mistake in the last one must leave
 * the spec unchanged. */
pl_status pl_parse_list(const pl_input *input, pl_error *error) {
  const pl_item_kind *kind = input->rule->items;
  pl_list fresh = {0}, *target = input->target;
  pl_status status = PL_OK;
  for (size_t i = 0; i < input->count && status == PL_OK; i++)
    status = list_split(kind, &fresh, input->arguments[i], input, error);
  if (status == PL_OK && fresh.count == 0)
    status = pl_fail(error, PL_ERR_INVALID, "takes at least one item");
  bool append = input->append && target->count > 0;
  if (status == PL_OK && append && target->count + fresh.count > kind->max)
    status = too_many(kind, error);
  void *added = NULL;
  if (status == PL_OK && append) {
    added = list_grow(target, kind->of->size, fresh.count);
    if (added == NULL)
      status = pl_fail_memory(error);
  }
  if (status != PL_OK) {
    pl_list_free(kind->of, &fresh);
    return status;
  }
  if (!append) {
    pl_list_free(kind->of, target);
    *target = fresh;
    return PL_OK;
  }
  memcpy(added, fresh.items, fresh.count * kind->of->size);
  target->count += fresh.count;
  free(fresh.items);
  return PL_OK;
}

/* ---- items ---------------------------------------------------------------------------------- */

/* Names of checks or rivals, after a separator that is left out. */
static const char check_words[] =
#define PL_CHECK(id, name, ...) "|" #name
#include "facts/checks.def"
#undef PL_CHECK
    ;
static const char rival_words[] =
#define PL_RIVAL(id, key, ...) "|" key
#include "facts/rivals.def"
#undef PL_RIVAL
    ;

static pl_status parse_bit(const char *text, const pl_input *input, void *out, pl_error *error) {
  int found = pl_word_find(text, input->words);
  if (found < 0)
    return pl_word_fail(text, input->words, error);
  *(unsigned *)out = 1u << (unsigned)found;
  return PL_OK;
}

/* A list of words as the bits of their places. */
static pl_status parse_bits(const pl_input *input, const char *words, pl_error *error) {
  static const pl_list_kind kind = {.size = sizeof(unsigned)};
  static const pl_item_kind items = {.of = &kind, .max = PL_LIMIT_LIST, .parse = parse_bit};
  static const pl_option_rule rule = {.items = &items};
  pl_list bits = {0};
  pl_input list = *input;
  list.rule = &rule;
  list.target = &bits;
  list.words = words;
  list.append = false;
  pl_status status = pl_parse_list(&list, error);
  if (status != PL_OK)
    return status;
  unsigned mask = 0;
  for (size_t i = 0; i < bits.count; i++)
    mask |= ((unsigned *)bits.items)[i];
  *(unsigned *)input->target = mask;
  pl_list_free(&kind, &bits);
  return PL_OK;
}

pl_status pl_parse_checks(const pl_input *input, pl_error *error) {
  return parse_bits(input, check_words + 1, error);
}

pl_status pl_parse_rivals(const pl_input *input, pl_error *error) {
  return parse_bits(input, rival_words + 1, error);
}

static pl_status parse_address(const char *text, const pl_input *input, void *out,
                               pl_error *error) {
  (void)input;
  pl_sockaddr *sockaddr = out;
  if (pl_addr_parse(text, &sockaddr->address) != PL_OK)
    return pl_value_fail(error, text, " is not an IP address");
  return PL_OK;
}

const pl_item_kind pl_items_addresses = {
    .of = &pl_list_of_addresses, .max = PL_LIMIT_LIST, .parse = parse_address};

static pl_status parse_sockaddr(const char *text, const pl_input *input, void *out,
                                pl_error *error) {
  if (pl_sockaddr_parse(text, input->rule->port, out) != PL_OK)
    return pl_value_fail(error, text, " is not IP or IP:PORT ([IPv6]:PORT)");
  return PL_OK;
}

const pl_item_kind pl_items_sockaddrs = {
    .of = &pl_list_of_sockaddrs, .max = PL_LIMIT_RESOLVERS, .parse = parse_sockaddr};

static pl_status parse_cidr(const char *text, const pl_input *input, void *out, pl_error *error) {
  (void)input;
  if (pl_cidr_parse(text, out) != PL_OK)
    return pl_value_fail(error, text,
                         " is not a CIDR block such as 10.0.0.0/8 (no bits set after the prefix)");
  return PL_OK;
}

const pl_item_kind pl_items_cidrs = {
    .of = &pl_list_of_cidrs, .max = PL_LIMIT_LIST, .parse = parse_cidr};

static pl_status parse_status_range(const char *text, const pl_input *input, void *out,
                                    pl_error *error) {
  (void)input;
  pl_status_range *range = out;
  const char *dash = strchr(text, '-');
  size_t first = dash != NULL ? (size_t)(dash - text) : strlen(text);
  const char *second = dash != NULL ? dash + 1 : text;
  if (!pl_http_status_parse(text, first, &range->first) ||
      !pl_http_status_parse(second, strlen(second), &range->last) || range->last < range->first)
    return pl_value_fail(error, text,
                         " is not an HTTP status or a range of them (100 to 599), such as 200-399");
  return PL_OK;
}

const pl_item_kind pl_items_statuses = {
    .of = &pl_list_of_statuses, .max = PL_LIMIT_LIST, .parse = parse_status_range};

/* ---- signatures ----------------------------------------------------------------------------- */

static const struct {
  const char *text;
  pl_signature_kind kind;
} plain_signatures[] = {
    {"tls:reset", PL_SIGNATURE_TLS_RESET},       {"tls:alert", PL_SIGNATURE_TLS_ALERT},
    {"tcp:refused", PL_SIGNATURE_TCP_REFUSED},   {"tcp:timeout", PL_SIGNATURE_TCP_TIMEOUT},
    {"tcp:rejected", PL_SIGNATURE_TCP_REJECTED}, {"dns:nxdomain", PL_SIGNATURE_DNS_NXDOMAIN},
};

static bool is_http_regex(const char *text) {
  return strncmp(text, "http:", 5) == 0 && strcspn(text + 5, ":") < strcspn(text + 5, ",");
}

/* Where a list seems to go on inside a regular expression: after ",tcp:timeout" or the like. NULL:
 * it does not. */
static const char *swallowed_signature(const char *regex) {
  uint16_t status;
  for (const char *comma = strchr(regex, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
    const char *next = comma + 1 + strspn(comma + 1, PL_BLANKS);
    if (strncmp(next, "http:", 5) == 0 && strlen(next) >= 8 &&
        pl_http_status_parse(next + 5, 3, &status))
      return next;
    for (size_t i = 0; i < PL_COUNT_OF(plain_signatures); i++) {
      if (strncmp(next, plain_signatures[i].text, strlen(plain_signatures[i].text)) == 0)
        return next;
    }
  }
  return NULL;
}

static pl_status parse_http_signature(const char *text, pl_signature *signature, pl_error *error) {
  const char *status = text + strlen("http:");
  const char *colon = strchr(status, ':');
  size_t length = colon != NULL ? (size_t)(colon - status) : strlen(status);
  if (!pl_http_status_parse(status, length, &signature->status) || signature->status < 200)
    return pl_value_fail(error, text, ": http: takes a final status, 200 to 599");
  if (colon == NULL) {
    if (signature->status < 400)
      return pl_value_fail(
          error, text,
          ": a 2xx or 3xx needs a body, http:%u:REGEX, since an open endpoint answers so",
          signature->status);
    return PL_OK;
  }
  const char *regex = colon + 1;
  if (*regex == '\0' || strlen(regex) > PL_LIMIT_REGEX)
    return pl_value_fail(error, text, ": REGEX has 1 to %d bytes", PL_LIMIT_REGEX);
  const char *swallowed = swallowed_signature(regex);
  if (swallowed != NULL)
    return pl_value_fail(error, swallowed,
                         " would be part of the REGEX, which extends to the end of its argument: "
                         "put http:%u:REGEX last, or write [,] for a comma in the REGEX",
                         signature->status);
  const char *flaw = pl_regex_flaw(regex);
  if (flaw != NULL)
    return pl_value_fail(error, regex, " %s", flaw);
  regex_t compiled;
  if (regcomp(&compiled, regex, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
    return pl_value_fail(error, regex, " is not a POSIX extended regular expression");
  /* One that matches the empty body matches every body. */
  bool matches_empty = regexec(&compiled, "", 0, NULL, 0) == 0;
  regfree(&compiled);
  if (matches_empty)
    return pl_value_fail(error, regex, " matches an empty body, so it proves nothing");
  signature->regex = strdup(regex);
  return signature->regex != NULL ? PL_OK : pl_fail_memory(error);
}

static pl_status parse_alert_signature(const char *text, pl_signature *signature, pl_error *error) {
  const char *number = text + strlen("tls:alert=");
  double alert;
  if (!pl_decimal_parse(number, false, &alert) || alert > 255)
    return pl_value_fail(error, text, ": an alert is a number from 0 to 255 (RFC 8446)");
  signature->alert = (int16_t)alert;
  return PL_OK;
}

static pl_status parse_signature(const char *text, const pl_input *input, void *out,
                                 pl_error *error) {
  pl_signature *signature = out;
  signature->evidence = input->evidence;
  signature->alert = -1;
  if (strncmp(text, "http:", 5) == 0) {
    signature->kind = PL_SIGNATURE_HTTP;
    return parse_http_signature(text, signature, error);
  }
  if (strncmp(text, "tls:alert=", 10) == 0) {
    signature->kind = PL_SIGNATURE_TLS_ALERT;
    return parse_alert_signature(text, signature, error);
  }
  for (size_t i = 0; i < PL_COUNT_OF(plain_signatures); i++) {
    if (strcmp(text, plain_signatures[i].text) == 0) {
      signature->kind = plain_signatures[i].kind;
      return PL_OK;
    }
  }
  return pl_value_fail(error, text,
                       " is none of http:STATUS, http:STATUS:REGEX, tls:reset, tls:alert[=N], "
                       "tcp:refused, tcp:timeout, tcp:rejected, dns:nxdomain");
}

const pl_item_kind pl_items_signatures = {.of = &pl_list_of_signatures,
                                          .max = PL_LIMIT_LIST,
                                          .parse = parse_signature,
                                          .to_the_end = is_http_regex};

void pl_signature_add(pl_buf *buf, const pl_signature *signature) {
  if (signature->kind == PL_SIGNATURE_HTTP) {
    pl_buf_addf(buf, "http:%u", signature->status);
    if (signature->regex != NULL)
      pl_buf_addf(buf, ":%s", signature->regex);
    return;
  }
  for (size_t i = 0; i < PL_COUNT_OF(plain_signatures); i++) {
    if (plain_signatures[i].kind == signature->kind)
      pl_buf_add(buf, plain_signatures[i].text);
  }
  if (signature->kind == PL_SIGNATURE_TLS_ALERT && signature->alert >= 0)
    pl_buf_addf(buf, "=%d", signature->alert);
}

/* ---- witnesses and thresholds --------------------------------------------------------------- */

static pl_status parse_witness(const char *text, const pl_input *input, void *out,
                               pl_error *error) {
  char host[PL_LIMIT_HOST + 1];
  uint16_t port;
  if (!pl_host_port_parse(text, host, &port))
    return pl_value_fail(error, text, " is not HOST or HOST:PORT");
  pl_witness_spec *witness = out;
  witness->host = strdup(host);
  witness->port = port != 0 ? port : input->rule->port;
  witness->port_named = port != 0;
  return witness->host != NULL ? PL_OK : pl_fail_memory(error);
}

const pl_item_kind pl_items_witnesses = {
    .of = &pl_list_of_witnesses, .max = PL_LIMIT_WITNESSES, .parse = parse_witness};

/* METRIC or METRIC-ZONE. No metric has a dash in its name. */
static bool parse_metric_name(const char *text, size_t length, pl_threshold *threshold) {
  char name[PL_LIMIT_NAME] = "";
  const char *dash = memchr(text, '-', length);
  size_t plain = dash != NULL ? (size_t)(dash - text) : length;
  if (plain >= sizeof(name))
    return false;
  memcpy(name, text, plain);
  pl_metric_id metric = pl_metric_find(name);
  if (metric == PL_METRIC_COUNT)
    return false;
  threshold->metric = (uint8_t)metric;
  if (dash == NULL)
    return true;
  size_t zone = length - plain - 1;
  if (!pl_metric_has_zones(metric) || zone == 0 || zone > PL_LIMIT_ZONE ||
      strspn(dash + 1, PL_LOWER PL_DIGITS "-") < zone)
    return false;
  memcpy(threshold->zone, dash + 1, zone);
  return true;
}

static pl_status parse_threshold(const char *text, const pl_input *input, void *out,
                                 pl_error *error) {
  (void)input;
  pl_threshold *threshold = out;
  threshold->metric = PL_METRIC_TIME;
  const char *equals = strchr(text, '=');
  const char *range = equals != NULL ? equals + 1 : text;
  if (equals != NULL && !parse_metric_name(text, (size_t)(equals - text), threshold))
    return pl_value_fail(error, text, ": there is no metric of that name");
  if (pl_range_parse(range, &threshold->range) != PL_OK)
    return pl_value_fail(error, text, " is not a range such as 10, 10:, ~:10 or @10:20");
  return PL_OK;
}

const pl_item_kind pl_items_thresholds = {
    .of = &pl_list_of_thresholds, .max = PL_LIMIT_LIST, .parse = parse_threshold};
