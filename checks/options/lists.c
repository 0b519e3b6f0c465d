/* Options that take a list: how it is split, and what its items are. */
#include "facts/metrics.h"
#include "options/parse_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- lists ---------------------------------------------------------------------------------- */

static pl_status list_push(const pl_list_rule *rule, pl_list *list, const char *text,
                           const pl_input *input, pl_error *error) {
  if (list->count >= rule->max)
    return pl_fail(error, PL_ERR_LIMIT, "takes at most %zu items", rule->max);
  union {
    unsigned bits;
    pl_sockaddr sockaddr;
    pl_cidr cidr;
    pl_status_range statuses;
    pl_signature signature;
    pl_witness_spec witness;
    pl_threshold threshold;
  } item;
  memset(&item, 0, sizeof(item));
  pl_status status = rule->parse(text, input, &item, error);
  if (status != PL_OK)
    return status;
  void *items = realloc(list->items, (list->count + 1) * rule->of->size);
  if (items == NULL) {
    pl_list_release_item(rule->of, &item);
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  }
  list->items = items;
  memcpy((char *)items + list->count * rule->of->size, &item, rule->of->size);
  list->count++;
  return PL_OK;
}

/* Splits one argument at its commas. An item that runs to the end of its argument keeps the blanks
 * there. */
static pl_status list_split(const pl_list_rule *rule, pl_list *list, const char *argument,
                            const pl_input *input, pl_error *error) {
  if (strlen(argument) > PL_LIMIT_VALUE)
    return pl_fail(error, PL_ERR_LIMIT, "takes at most %d bytes", PL_LIMIT_VALUE);
  char copy[PL_LIMIT_VALUE + 1];
  memcpy(copy, argument, strlen(argument) + 1);
  char *rest = copy;
  while (rest != NULL) {
    rest += strspn(rest, PL_BLANKS);
    bool last = rule->to_the_end != NULL && rule->to_the_end(rest);
    char *comma = last ? NULL : strchr(rest, ',');
    if (comma != NULL)
      *comma = '\0';
    size_t length = strlen(rest);
    while (!last && length > 0 && strchr(PL_BLANKS, rest[length - 1]) != NULL)
      rest[--length] = '\0';
    if (length == 0)
      return pl_fail(error, PL_ERR_INVALID,
                     "an item of the list is empty; items stand between single commas");
    pl_status status = list_push(rule, list, rest, input, error);
    if (status != PL_OK)
      return status;
    rest = comma != NULL ? comma + 1 : NULL;
  }
  return PL_OK;
}

/* The new items first go into a list of their own, so that a mistake in the last one costs
 * nothing. */
pl_status pl_option_parse_list(const pl_list_rule *rule, const pl_input *input, pl_error *error) {
  pl_list fresh = {0}, *target = input->target;
  pl_status status = PL_OK;
  for (size_t i = 0; i < input->count && status == PL_OK; i++)
    status = list_split(rule, &fresh, input->arguments[i], input, error);
  if (status == PL_OK && fresh.count == 0)
    status = pl_fail(error, PL_ERR_INVALID, "takes at least one item");
  size_t kept = input->append ? target->count : 0;
  if (status == PL_OK && kept + fresh.count > rule->max)
    status = pl_fail(error, PL_ERR_LIMIT, "takes at most %zu items", rule->max);
  if (status == PL_OK && kept > 0) {
    void *items = realloc(target->items, (kept + fresh.count) * rule->of->size);
    if (items == NULL) {
      status = pl_fail(error, PL_ERR_MEMORY, "out of memory");
    } else {
      memcpy((char *)items + kept * rule->of->size, fresh.items, fresh.count * rule->of->size);
      *target = (pl_list){.items = items, .count = kept + fresh.count};
      free(fresh.items);
      return PL_OK;
    }
  }
  if (status != PL_OK) {
    pl_list_free(rule->of, &fresh);
    return status;
  }
  pl_list_free(rule->of, target);
  *target = fresh;
  return PL_OK;
}

/* ---- items ---------------------------------------------------------------------------------- */

static pl_status parse_check(const char *text, const pl_input *input, void *out, pl_error *error) {
  static const char *const words[] = {"state", "dns", "port", "public", NULL};
  (void)input;
  int found = pl_option_find_word(text, words);
  if (found < 0)
    return pl_option_fail_words(text, words, error);
  *(unsigned *)out = PL_CHECK_BIT((unsigned)found);
  return PL_OK;
}

pl_status pl_parse_checks(const pl_input *input, pl_error *error) {
  static const pl_list_kind bits_kind = {.size = sizeof(unsigned)};
  static const pl_list_rule rule = {.of = &bits_kind, .max = PL_LIMIT_LIST, .parse = parse_check};
  pl_list bits = {0};
  pl_input list = *input;
  list.target = &bits;
  list.append = false;
  pl_status status = pl_option_parse_list(&rule, &list, error);
  if (status != PL_OK)
    return status;
  unsigned mask = 0;
  for (size_t i = 0; i < bits.count; i++)
    mask |= ((unsigned *)bits.items)[i];
  *(unsigned *)input->target = mask;
  pl_list_free(rule.of, &bits);
  return PL_OK;
}

static pl_status parse_address(const char *text, const pl_input *input, void *out,
                               pl_error *error) {
  (void)input;
  pl_sockaddr *sockaddr = out;
  if (pl_addr_parse(text, &sockaddr->address) != PL_OK)
    return pl_option_refuse(error, text, " is not an IP address");
  return PL_OK;
}

pl_status pl_parse_addresses(const pl_input *input, pl_error *error) {
  static const pl_list_rule rule = {
      .of = &pl_list_of_sockaddrs, .max = PL_LIMIT_LIST, .parse = parse_address};
  return pl_option_parse_list(&rule, input, error);
}

static pl_status parse_sockaddr(const char *text, const pl_input *input, void *out,
                                pl_error *error) {
  if (pl_sockaddr_parse(text, input->port, out) != PL_OK)
    return pl_option_refuse(error, text, " is not IP or IP:PORT ([IPv6]:PORT)");
  return PL_OK;
}

pl_status pl_parse_sockaddrs(const pl_input *input, pl_error *error) {
  static const pl_list_rule rule = {
      .of = &pl_list_of_sockaddrs, .max = PL_LIMIT_RESOLVERS, .parse = parse_sockaddr};
  return pl_option_parse_list(&rule, input, error);
}

static pl_status parse_cidr(const char *text, const pl_input *input, void *out, pl_error *error) {
  (void)input;
  if (pl_cidr_parse(text, out) != PL_OK)
    return pl_option_refuse(
        error, text, " is not a CIDR block such as 10.0.0.0/8 (no bits set behind the prefix)");
  return PL_OK;
}

pl_status pl_parse_cidrs(const pl_input *input, pl_error *error) {
  static const pl_list_rule rule = {
      .of = &pl_list_of_cidrs, .max = PL_LIMIT_LIST, .parse = parse_cidr};
  return pl_option_parse_list(&rule, input, error);
}

static pl_status parse_status_range(const char *text, const pl_input *input, void *out,
                                    pl_error *error) {
  (void)input;
  pl_status_range range;
  const char *dash = strchr(text, '-');
  size_t first = dash != NULL ? (size_t)(dash - text) : strlen(text);
  const char *second = dash != NULL ? dash + 1 : text;
  if (!pl_option_http_status(text, first, &range.first) ||
      !pl_option_http_status(second, strlen(second), &range.last) || range.last < range.first)
    return pl_option_refuse(
        error, text, " is not an HTTP status or a range of them (100 to 599), such as 200-399");
  memcpy(out, &range, sizeof(range));
  return PL_OK;
}

pl_status pl_parse_statuses(const pl_input *input, pl_error *error) {
  static const pl_list_rule rule = {
      .of = &pl_list_of_statuses, .max = PL_LIMIT_LIST, .parse = parse_status_range};
  return pl_option_parse_list(&rule, input, error);
}

/* ---- witnesses and thresholds --------------------------------------------------------------- */

static pl_status parse_witness(const char *text, const pl_input *input, void *out,
                               pl_error *error) {
  char host[PL_LIMIT_HOST + 1];
  uint16_t port;
  if (!pl_option_host_port(text, host, &port))
    return pl_option_refuse(error, text, " is not HOST or HOST:PORT");
  pl_witness_spec witness = {
      .host = strdup(host), .port = port != 0 ? port : input->port, .port_named = port != 0};
  if (witness.host == NULL)
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  memcpy(out, &witness, sizeof(witness));
  return PL_OK;
}

pl_status pl_parse_witnesses(const pl_input *input, pl_error *error) {
  static const pl_list_rule rule = {
      .of = &pl_list_of_witnesses, .max = PL_LIMIT_WITNESSES, .parse = parse_witness};
  return pl_option_parse_list(&rule, input, error);
}

/* A metric's name, or NAME-ZONE where it has one for each zone: no metric has a dash in its name.
 */
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
  pl_threshold threshold = {.metric = PL_METRIC_TIME};
  const char *equals = strchr(text, '=');
  const char *range = equals != NULL ? equals + 1 : text;
  if (equals != NULL && !parse_metric_name(text, (size_t)(equals - text), &threshold))
    return pl_option_refuse(error, text, ": there is no metric of that name");
  if (pl_range_parse(range, &threshold.range) != PL_OK)
    return pl_option_refuse(error, text, " is not a range such as 10, 10:, ~:10 or @10:20");
  memcpy(out, &threshold, sizeof(threshold));
  return PL_OK;
}

pl_status pl_parse_thresholds(const pl_input *input, pl_error *error) {
  static const pl_list_rule rule = {
      .of = &pl_list_of_thresholds, .max = PL_LIMIT_LIST, .parse = parse_threshold};
  return pl_option_parse_list(&rule, input, error);
}
