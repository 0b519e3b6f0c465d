/* Writes a recorded case, reads it, and judges it again. */
#include "evidence/case.h"
#include "evidence/case_fields.h"
#include "judge/judge.h"
#include "judge/thresholds.h"
#include <stdlib.h>
#include <string.h>

/* ---- writing -------------------------------------------------------------------------------- */

static bool add(json_t *object, const char *key, const pl_record *record, const void *from) {
  return from == NULL || json_object_set_new(object, key, pl_record_write(record, from)) == 0;
}

char *pl_evidence_case_write(const pl_spec *spec, const pl_facts *facts,
                             const pl_memory_notes *notes, int64_t wall_now) {
  const pl_memory_notes *remembered = notes != NULL && notes->used ? notes : NULL;
  char *text = NULL;
  json_t *object = json_object();
  if (json_object_set_new(object, "format", json_integer(PL_EVIDENCE_FORMAT)) == 0 &&
      json_object_set_new(object, "program", json_string(PL_VERSION)) == 0 &&
      json_object_set_new(object, "now", json_integer(wall_now)) == 0 &&
      add(object, "spec", &pl_record_of_spec, spec) &&
      add(object, "facts", &pl_record_of_facts, facts) &&
      add(object, "memory", &pl_record_of_memory, facts->memory) &&
      add(object, "after", &pl_record_of_notes, remembered) &&
      add(object, "endpoint", &pl_record_of_endpoint, facts->endpoint))
    text = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(17));
  json_decref(object);
  return text;
}

/* ---- reading -------------------------------------------------------------------------------- */

static const pl_field case_fields[] = {
    PL_FIELD_INT(pl_evidence_case, "now", wall_now, 1, PL_FIELD_SECONDS_MAX, 0),
    PL_FIELD_OF(TEXT, pl_evidence_case, "program", program),
    PL_FIELD_INNER(pl_evidence_case, "spec", spec, &pl_record_of_spec),
    PL_FIELD_INNER(pl_evidence_case, "facts", facts, &pl_record_of_facts),
    PL_FIELD_INNER(pl_evidence_case, "memory", memory, &pl_record_of_memory),
    PL_FIELD_INNER(pl_evidence_case, "after", notes, &pl_record_of_notes),
};
static const pl_record case_record = PL_RECORD(pl_evidence_case, case_fields);

static pl_status check_dns(const pl_dns_fact *items, size_t count, pl_error *error) {
  for (size_t i = 0; i < count; i++) {
    if (items[i].type != PL_DNS_A && items[i].type != PL_DNS_AAAA)
      return pl_fail(error, PL_ERR_INVALID, "a DNS question is of neither type A nor AAAA");
  }
  return PL_OK;
}

static pl_status check_targets(const pl_evidence_case *c, pl_error *error) {
  size_t counts[PL_ROLE_COUNT] = {0};
  for (size_t i = 0; i < c->facts.target_count; i++) {
    const pl_target *target = &c->facts.targets[i];
    size_t most = target->role <= PL_ROLE_PUBLIC ? PL_LIMIT_ADDRESSES : PL_LIMIT_CONTROLS;
    if (target->address.family == PL_FAMILY_NONE)
      return pl_fail(error, PL_ERR_INVALID, "case.facts.targets[%zu] has no address", i);
    if (++counts[target->role] > most)
      return pl_fail(error, PL_ERR_INVALID, "case.facts.targets has too many of the role %s",
                     pl_role_name(target->role));
    for (unsigned n = 0; n < target->attempt_count; n++) {
      int signature = target->attempts[n].signature;
      if (signature >= 0 && (size_t)signature >= c->spec.blocked_by.count)
        return pl_fail(
            error, PL_ERR_INVALID,
            "case.facts.targets[%zu].attempts[%u].signature is not in case.spec.blocked_by", i, n);
    }
  }
  return PL_OK;
}

/* What no single value shows. */
static pl_status check_whole(const pl_evidence_case *c, pl_error *error) {
  if (c->spec.name == NULL || c->wall_now == 0)
    return pl_fail(error, PL_ERR_INVALID, "%s is missing",
                   c->wall_now == 0 ? "case.now" : "case.spec.name");
  pl_status status = check_dns(c->facts.private_dns, c->facts.private_dns_count, error);
  if (status == PL_OK)
    status = check_dns(c->facts.public_dns, c->facts.public_dns_count, error);
  for (size_t i = 0; i < c->facts.further_count && status == PL_OK; i++)
    status = check_dns(c->facts.further[i].dns, c->facts.further[i].dns_count, error);
  return status == PL_OK ? check_targets(c, error) : status;
}

/* Takes `format` and `endpoint` away, which the table does not have. */
static pl_status read_head(json_t *root, pl_evidence_case *c, pl_error *error) {
  const json_t *format = json_object_get(root, "format");
  if (!json_is_integer(format))
    return pl_fail(error, PL_ERR_INVALID, "it is not a recorded case: format is missing");
  if (json_integer_value(format) != PL_EVIDENCE_FORMAT)
    return pl_fail(error, PL_ERR_INVALID, "format is not %d: another release wrote it",
                   PL_EVIDENCE_FORMAT);
  json_object_del(root, "format");
  const json_t *endpoint = json_object_get(root, "endpoint");
  if (endpoint == NULL)
    return PL_OK;
  if (pl_endpoint_create("", &c->endpoint) != PL_OK)
    return pl_fail_memory(error);
  pl_status status =
      pl_record_read(&pl_record_of_endpoint, endpoint, "case.endpoint", c->endpoint, error);
  json_object_del(root, "endpoint");
  return status;
}

/* As pl_spec_complete says it. */
static void explain_skipped(pl_spec *spec) {
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if ((spec->checks & PL_CHECK_BIT(check)) == 0)
      spec->skipped[check] =
          spec->checks_named != 0 ? "not in --check" : pl_check_info_at((pl_check)check)->lacks;
  }
}

pl_status pl_evidence_case_take(json_t *root, pl_evidence_case *ret_case, pl_error *error) {
  pl_evidence_case *c = ret_case;
  memset(c, 0, sizeof(*c));
  pl_spec_init(&c->spec);
  pl_facts_init(&c->facts);
  bool remembers = json_object_get(root, "memory") != NULL;
  pl_status status = read_head(root, c, error);
  if (status == PL_OK)
    status = pl_record_read(&case_record, root, "case", c, error);
  if (status == PL_OK)
    status = check_whole(c, error);
  if (status != PL_OK) {
    pl_evidence_case_free(c);
    return status;
  }
  explain_skipped(&c->spec);
  c->facts.memory = remembers ? &c->memory : NULL;
  c->facts.endpoint = c->endpoint;
  return PL_OK;
}

pl_status pl_evidence_case_read(const char *text, size_t length, pl_evidence_case *ret_case,
                                pl_error *error) {
  json_t *root;
  pl_status status = pl_record_parse(text, length, PL_LIMIT_EVIDENCE_CASE, &root, error);
  if (status != PL_OK)
    return status;
  status = pl_evidence_case_take(root, ret_case, error);
  json_decref(root);
  return status;
}

void pl_evidence_case_free(pl_evidence_case *recorded) {
  recorded->spec.api_key = recorded->spec.private_evidence = NULL; /* static: PL_FIELD_GIVEN */
  pl_spec_free(&recorded->spec);
  pl_facts_free(&recorded->facts);
  pl_endpoint_unref(recorded->endpoint);
  recorded->endpoint = NULL;
}

/* ---- judging -------------------------------------------------------------------------------- */

void pl_evidence_case_judge(const pl_evidence_case *recorded, pl_verdict *ret_verdict) {
  const pl_alarm off = {.state = PL_ALARM_OFF};
  const pl_spec *spec = &recorded->spec;
  const pl_memory *memory = recorded->facts.memory;
  pl_judge(spec, &recorded->facts, recorded->wall_now, ret_verdict);
  pl_memory_replay(&recorded->notes, memory != NULL ? &memory->alarm : &off, spec,
                   recorded->wall_now, ret_verdict);
  pl_thresholds_apply_history(spec, ret_verdict);
}
