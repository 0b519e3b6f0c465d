/* Options as the user gave them, before they become part of a spec. */
#include "given.h"
#include "options/parse.h"
#include <stdlib.h>
#include <string.h>

pl_status pl_argument_find(const char *key, unsigned front_ends, const pl_option **ret_option,
                           pl_error *error) {
  const pl_option *option = pl_option_find(key, front_ends);
  if (option != NULL) {
    *ret_option = option;
    return PL_OK;
  }
  const pl_option *other = pl_option_find(key, PL_FRONT_END_CHECK);
  const pl_option *nearest = pl_option_nearest(key, front_ends);
  if (other != NULL)
    return pl_fail(error, PL_ERR_INVALID, "--%s: only allowed on the command line", other->name);
  if (nearest != NULL)
    return pl_fail(error, PL_ERR_INVALID, "unknown option; did you mean '%s'?", nearest->name);
  return pl_fail(error, PL_ERR_INVALID, "unknown option; --help lists all");
}

pl_status pl_argument_list_add(pl_argument_list *list, const pl_option *option, const char *value,
                               const char *location, pl_error *error) {
  pl_argument given = {.option = option,
                       .value = value != NULL ? strdup(value) : NULL,
                       .location = location != NULL ? strdup(location) : NULL};
  pl_argument *items = realloc(list->items, (list->count + 1) * sizeof(*items));
  if (items != NULL)
    list->items = items;
  if (items == NULL || (value != NULL && given.value == NULL) ||
      (location != NULL && given.location == NULL)) {
    free(given.value);
    free(given.location);
    return pl_fail_memory(error);
  }
  list->items[list->count++] = given;
  return PL_OK;
}

void pl_argument_list_free(pl_argument_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    free(list->items[i].value);
    free(list->items[i].location);
  }
  free(list->items);
  *list = (pl_argument_list){0};
}

bool pl_argument_list_has(const pl_argument_list *list, pl_option_id id) {
  for (size_t i = 0; i < list->count; i++) {
    if (list->items[i].option->id == id)
      return true;
  }
  return false;
}

/* Whether the option is no part of a spec. */
static bool is_own(const pl_option *option) {
  return (option->front_ends & (PL_FRONT_END_CONFIG | PL_FRONT_END_PLUGIN)) == 0;
}

static pl_status apply(const pl_argument *given, pl_layer layer, pl_spec *spec, pl_error *error) {
  if (is_own(given->option))
    return PL_OK;
  const char *value = given->value;
  pl_error problem;
  pl_status status =
      pl_spec_set(spec, given->option->id, layer, &value, value != NULL ? 1 : 0, &problem);
  if (status == PL_OK)
    return PL_OK;
  if (given->location == NULL)
    return pl_fail(error, status, "%s", problem.text);
  pl_error_redact(&problem, value != NULL ? value : "");
  return pl_fail(error, status, "%s: %s", given->location, problem.text);
}

pl_status pl_argument_list_apply(const pl_argument_list *list, pl_layer layer, pl_spec *spec,
                                 pl_error *error) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < list->count && status == PL_OK; i++)
    status = apply(&list->items[i], layer, spec, error);
  return status;
}

/* ---- thresholds ----------------------------------------------------------------------------- */

pl_status pl_thresholds_fit_check(const pl_spec *spec, pl_error *error) {
  const pl_thresholds *const lists[] = {&spec->warning, &spec->critical};
  for (size_t k = 0; k < PL_COUNT_OF(lists); k++) {
    for (size_t i = 0; i < lists[k]->count; i++) {
      const pl_metric_info *metric = pl_metric_info_at((pl_metric_id)lists[k]->items[i].metric);
      if (metric->daemon_only)
        return pl_fail(error, PL_ERR_INVALID, "--%s: only a daemon has %s: collectd or --serve",
                       k == 0 ? "warning" : "critical", metric->name);
    }
  }
  return PL_OK;
}
