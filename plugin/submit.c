/* Writes the metrics of a round as collectd values, and submits them. */
#include "submit.h"
#include "facts/address_values.h"
#include <string.h>

cdtime_t pl_cdtime(pl_nsec time) {
  uint64_t seconds = (uint64_t)(time / PL_SEC), rest = (uint64_t)(time % PL_SEC);
  return (cdtime_t)((seconds << 30) + (((rest << 30) + (uint64_t)PL_SEC / 2) / (uint64_t)PL_SEC));
}

/* ---- values --------------------------------------------------------------------------------- */

/* All but type and type_instance. */
static value_list_t make_list(const pl_values *values) {
  value_list_t list = {
      .values_len = 1, .time = pl_cdtime(values->time), .interval = pl_cdtime(values->interval)};
  pl_text_set(list.host, sizeof(list.host), hostname_g);
  pl_text_set(list.plugin, sizeof(list.plugin), PL_PLUGIN);
  pl_text_set(list.plugin_instance, sizeof(list.plugin_instance), values->endpoint);
  return list;
}

/* Reason codes are data for writers that send meta data. Only statuses have it: collectd's cache
 * keeps a copy for each value. */
static meta_data_t *make_meta(pl_metric_id id, const pl_verdict *verdict, const pl_spec *spec) {
  bool is_whole = id == PL_METRIC_STATUS;
  const char *reason = "";
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if (is_whole ? check == verdict->worst : id == pl_metric_status((pl_check)check))
      reason = pl_reason_code(verdict->checks[check].reason);
  }
  const char *const items[][2] = {
      {"reason", reason},
      {"region", is_whole && spec != NULL ? spec->region : NULL},
      {"endpoint_id", is_whole && spec != NULL ? spec->endpoint_id : NULL},
  };
  meta_data_t *meta = NULL;
  for (size_t i = 0; i < PL_COUNT_OF(items); i++) {
    if (items[i][1] == NULL || items[i][1][0] == '\0')
      continue;
    meta = meta != NULL ? meta : meta_data_create();
    if (meta != NULL)
      (void)meta_data_add_string(meta, items[i][0], items[i][1]);
  }
  return meta;
}

static bool is_essential(pl_metric_id id) {
  return pl_metric_is_status(id) || id == PL_METRIC_PUBLIC_VERDICT || id == PL_METRIC_PUBLIC_ALARM;
}

static void add(value_list_t *list, pl_metric_id id, const char *suffix, double number) {
  const pl_metric_info *info = pl_metric_info_at(id);
  /* collectd turns a value below its type's minimum into NaN. */
  bool below = info->min[0] != '\0' && number < 0;
  value_t value = {.gauge = below ? 0 : number};
  list->values = &value;
  pl_text_set(list->type, sizeof(list->type), info->type);
  pl_text_setf(list->type_instance, sizeof(list->type_instance), "%s%s%s", info->name,
               suffix[0] != '\0' ? "-" : "", suffix);
  /* Fails only without memory, which collectd logs. */
  (void)plugin_dispatch_values(list);
  list->values = NULL;
}

static void add_of_address(void *user, pl_metric_id id, const pl_addr *address, double number) {
  char text[PL_ADDR_TEXT];
  add(user, id, pl_addr_format(address, text), number);
}

/* No check ran: alert rules that read a status must still see UNKNOWN. */
static void add_unknown(value_list_t *list) {
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    if (pl_metric_is_status((pl_metric_id)id))
      add(list, (pl_metric_id)id, "", PL_SEVERITY_UNKNOWN);
  }
}

void pl_submit_values(const pl_values *values) {
  const pl_spec *spec = values->spec;
  const pl_verdict *verdict = values->verdict;
  const pl_facts *facts = values->facts;
  bool all = spec == NULL || spec->report == PL_REPORT_ALL;
  value_list_t list = make_list(values);
  if (verdict == NULL) {
    add(&list, PL_METRIC_STATUS, "", PL_SEVERITY_UNKNOWN);
    return;
  }
  for (size_t i = 0; i < verdict->metrics.count; i++) {
    const pl_metric *metric = &verdict->metrics.items[i];
    if (!metric->known || (!all && !is_essential(metric->id)))
      continue;
    list.meta = make_meta(metric->id, verdict, spec);
    add(&list, metric->id, metric->suffix, metric->value);
    if (list.meta != NULL)
      meta_data_destroy(list.meta);
    list.meta = NULL;
  }
  if (facts != NULL && all && (spec == NULL || spec->report_addresses))
    pl_address_values(facts, verdict, add_of_address, &list);
  if (verdict->metrics.count == 0)
    add_unknown(&list);
}

/* ---- types ---------------------------------------------------------------------------------- */

bool pl_submit_check_types(void) {
  bool known = true;
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    const char *type = pl_metric_info_at((pl_metric_id)id)->type;
    bool before = false;
    for (unsigned other = 0; other < id; other++)
      before = before || strcmp(pl_metric_info_at((pl_metric_id)other)->type, type) == 0;
    if (before || plugin_get_ds(type) != NULL)
      continue;
    daemon_log(
        LOG_ERR,
        "the type '%s' is in no types.db that collectd reads: its values are lost. A TypesDB "
        "line turns off the default file: name that file as well",
        type);
    known = false;
  }
  return known;
}
