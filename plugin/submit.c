/* Writes the metrics of a round as collectd values, and submits them. */
#include "submit.h"
#include <stdlib.h>
#include <string.h>

#define INSTANCE_MAX (PL_ADDR_TEXT + 32) /* bytes of "first_byte_time-ADDRESS" */
#define PER_ADDRESS 6                    /* values of one address, at most */

typedef struct value {
  const char *type;
  char instance[INSTANCE_MAX];
  double number;
} value;

struct pl_sample {
  pl_nsec time;
  value *values;
  size_t count;
};

cdtime_t pl_cdtime(pl_nsec time) {
  uint64_t seconds = (uint64_t)(time / PL_SEC), rest = (uint64_t)(time % PL_SEC);
  return (cdtime_t)((seconds << 30) + (((rest << 30) + (uint64_t)PL_SEC / 2) / (uint64_t)PL_SEC));
}

void pl_field_set(char *field, size_t size, const char *text) {
  pl_buf buf;
  pl_buf_fixed(&buf, field, size);
  pl_buf_add(&buf, text);
}

/* ---- creating ------------------------------------------------------------------------------- */

static void add(pl_sample *sample, pl_metric_id id, const char *suffix, double number) {
  const pl_metric_info *info = pl_metric_info_at(id);
  value *v = &sample->values[sample->count++];
  /* collectd turns a value below its type's minimum into NaN. */
  bool below = info->min[0] != '\0' && number < 0;
  *v = (value){.type = info->type, .number = below ? 0 : number};
  pl_buf name;
  pl_buf_fixed(&name, v->instance, sizeof(v->instance));
  pl_buf_addf(&name, "%s%s%s", info->name, suffix[0] != '\0' ? "-" : "", suffix);
}

static void add_of_address(pl_sample *sample, pl_metric_id id, const pl_addr *address,
                           double number) {
  char text[PL_ADDR_TEXT];
  add(sample, id, pl_addr_format(address, text), number);
}

static void add_time(pl_sample *sample, pl_metric_id id, const pl_addr *address, pl_nsec time) {
  if (time >= 0)
    add_of_address(sample, id, address, pl_seconds(time));
}

static void add_private(pl_sample *sample, const pl_target *target,
                        const pl_target_verdict *verdict) {
  const pl_attempt_result *last =
      target->attempt_count > 0 ? &target->attempts[target->attempt_count - 1] : NULL;
  if (verdict->reason != PL_REASON_PORT_LOCAL_FAILURE) /* else it is neither up nor down */
    add_of_address(sample, PL_METRIC_ADDRESSES_UP, &target->address, verdict->up ? 1 : 0);
  if (last == NULL)
    return;
  add_time(sample, PL_METRIC_CONNECT_TIME, &target->address, last->connect_time);
  add_time(sample, PL_METRIC_TLS_TIME, &target->address, last->tls_time);
  add_time(sample, PL_METRIC_FIRST_BYTE_TIME, &target->address, last->first_byte_time);
}

static void add_public(pl_sample *sample, const pl_target *target,
                       const pl_target_verdict *verdict) {
  add_of_address(sample, PL_METRIC_PUBLIC_VERDICT, &target->address, verdict->public_class);
  for (unsigned i = target->attempt_count; i > 0; i--) {
    if (target->attempts[i - 1].http_status == 0)
      continue;
    add_of_address(sample, PL_METRIC_PUBLIC_HTTP_STATUS, &target->address,
                   target->attempts[i - 1].http_status);
    return;
  }
}

static void add_target(pl_sample *sample, const pl_target *target,
                       const pl_target_verdict *verdict) {
  if (!verdict->judged)
    return;
  switch (target->role) {
  case PL_ROLE_PRIVATE:
    add_private(sample, target, verdict);
    return;
  case PL_ROLE_PUBLIC:
    add_public(sample, target, verdict);
    return;
  case PL_ROLE_COUNTER: /* the same address without the API key; its values are not reported */
  case PL_ROLE_SIBLING:
  case PL_ROLE_AGENT:
  case PL_ROLE_HELLO:
  case PL_ROLE_PUBLIC_KEY:
  case PL_ROLE_PRIVATE_KEY:
  case PL_ROLE_COUNT:
    return;
  }
}

/* No check ran: alert rules that read a status must still see UNKNOWN. */
static void add_unknown(pl_sample *sample) {
  static const pl_metric_id ids[] = {PL_METRIC_STATUS, PL_METRIC_STATE_STATUS, PL_METRIC_DNS_STATUS,
                                     PL_METRIC_PORT_STATUS, PL_METRIC_PUBLIC_STATUS};
  for (size_t i = 0; i < PL_COUNT_OF(ids); i++)
    add(sample, ids[i], "", PL_SEVERITY_UNKNOWN);
}

pl_status pl_sample_create(const pl_verdict *verdict, const pl_facts *facts, pl_nsec time,
                           pl_sample **ret_sample) {
  size_t targets = facts != NULL ? facts->target_count : 0;
  size_t most = verdict->metrics.count + PL_CHECK_COUNT + 1 + targets * PER_ADDRESS;
  pl_sample *sample = calloc(1, sizeof(*sample));
  if (sample != NULL)
    sample->values = calloc(most, sizeof(*sample->values));
  if (sample == NULL || sample->values == NULL) {
    free(sample);
    return PL_ERR_MEMORY;
  }
  sample->time = time;
  for (size_t i = 0; i < verdict->metrics.count; i++) {
    const pl_metric *metric = &verdict->metrics.items[i];
    if (metric->known)
      add(sample, metric->id, metric->suffix, metric->value);
  }
  for (size_t i = 0; i < targets; i++)
    add_target(sample, &facts->targets[i], &verdict->targets[i]);
  if (verdict->metrics.count == 0)
    add_unknown(sample);
  *ret_sample = sample;
  return PL_OK;
}

void pl_sample_free(pl_sample *sample) {
  if (sample == NULL)
    return;
  free(sample->values);
  free(sample);
}

/* ---- submitting ----------------------------------------------------------------------------- */

size_t pl_sample_submit(const pl_sample *sample, const char *instance, pl_nsec interval) {
  value_list_t list = {
      .values_len = 1, .time = pl_cdtime(sample->time), .interval = pl_cdtime(interval)};
  pl_field_set(list.host, sizeof(list.host), hostname_g);
  pl_field_set(list.plugin, sizeof(list.plugin), PL_PLUGIN);
  pl_field_set(list.plugin_instance, sizeof(list.plugin_instance), instance);
  for (size_t i = 0; i < sample->count; i++) {
    value_t number = {.gauge = sample->values[i].number};
    list.values = &number;
    pl_field_set(list.type, sizeof(list.type), sample->values[i].type);
    pl_field_set(list.type_instance, sizeof(list.type_instance), sample->values[i].instance);
    /* Fails only without memory, which collectd logs. */
    (void)plugin_dispatch_values(&list);
  }
  return sample->count;
}

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
