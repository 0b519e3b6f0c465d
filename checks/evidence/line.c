/* Writes and reads a recorded case with its verdict, and compares verdicts. */
#include "evidence/line.h"
#include "evidence/case_fields.h"
#include <stdlib.h>
#include <string.h>

/* ---- the verdict ---------------------------------------------------------------------------- */

static const char *const severities[] = {[PL_SEVERITY_OK] = "ok",
                                         [PL_SEVERITY_WARNING] = "warning",
                                         [PL_SEVERITY_CRITICAL] = "critical",
                                         [PL_SEVERITY_UNKNOWN] = "unknown"};
static const char *const publics[] = {
    [PL_PUBLIC_BLOCKED] = "blocked", [PL_PUBLIC_OPEN] = "open", [PL_PUBLIC_UNPROVEN] = "unproven"};
static const char *const reasons[] = {
    "",
#define PL_REASON(id, code, ...) code,
#include "facts/reasons.def"
#undef PL_REASON
};
static const char *const states[] = {
    [PL_RIVAL_STATE_NONE] = "none",         [PL_RIVAL_STATE_RULED_OUT] = "ruled-out",
    [PL_RIVAL_STATE_ACCEPTED] = "accepted", [PL_RIVAL_STATE_NAMED] = "named",
    [PL_RIVAL_STATE_STANDS] = "stands",     [PL_RIVAL_STATE_SHOWN] = "shown"};
static const char *const controls[] = {[PL_CONTROL_WITNESS] = "witness",
                                       [PL_CONTROL_ATTEMPTS] = "attempts",
                                       [PL_CONTROL_PRIVATE] = "private",
                                       [PL_CONTROL_PAIRED] = "paired",
                                       [PL_CONTROL_SIBLING] = "sibling",
                                       [PL_CONTROL_REQUEST] = "request",
                                       [PL_CONTROL_KEY] = "key",
                                       [PL_CONTROL_BEFORE] = "before",
                                       [PL_CONTROL_DOCUMENTED] = "documented",
                                       [PL_CONTROL_ISSUER] = "issuer",
                                       [PL_CONTROL_NAMES] = "names",
                                       [PL_CONTROL_ROUTE] = "route",
                                       [PL_CONTROL_HOPS] = "hops",
                                       [PL_CONTROL_POOL] = "pool",
                                       [PL_CONTROL_COUNT] = "none"};

static const pl_field check_fields[] = {
    PL_FIELD_OF(BOOL, pl_check_verdict, "ran", ran),
    PL_FIELD_ONE_OF(pl_check_verdict, "severity", severity, severities, 0),
    PL_FIELD_ONE_OF(pl_check_verdict, "reason", reason, reasons, 0),
    PL_FIELD_OF(LINE, pl_check_verdict, "summary", summary),
};
static const pl_record check_record = PL_RECORD(pl_check_verdict, check_fields);

static const pl_field rival_fields[] = {
    PL_FIELD_ONE_OF(pl_rival_verdict, "state", state, states, 0),
    PL_FIELD_ONE_OF(pl_rival_verdict, "control", control, controls, PL_CONTROL_COUNT),
    PL_FIELD_INT(pl_rival_verdict, "when", when, 0, PL_FIELD_SECONDS_MAX, 0),
    PL_FIELD_OF(OUT, pl_rival_verdict, NULL, shown),
    PL_FIELD_OF(OUT, pl_rival_verdict, NULL, held),
    PL_FIELD_OF(OUT, pl_rival_verdict, NULL, let_in),
};
static const pl_record rival_record = PL_RECORD(pl_rival_verdict, rival_fields);

static const pl_field verdict_fields[] = {
    PL_FIELD_ONE_OF(pl_evidence_verdict, "severity", severity, severities, 0),
    PL_FIELD_ONE_OF(pl_evidence_verdict, "public_verdict", public_verdict, publics,
                    PL_PUBLIC_UNPROVEN),
#define PL_CHECK(id, name, ...)                                                                    \
  PL_FIELD_INNER(pl_evidence_verdict, #name, checks[PL_CHECK_##id], &check_record),
#include "facts/checks.def"
#undef PL_CHECK
#define PL_RIVAL(id, key, ...)                                                                     \
  PL_FIELD_INNER(pl_evidence_verdict, "rival-" key, rivals[PL_RIVAL_##id], &rival_record),
#include "facts/rivals.def"
#undef PL_RIVAL
};
const pl_record pl_record_of_verdict = PL_RECORD(pl_evidence_verdict, verdict_fields);

pl_evidence_verdict pl_evidence_verdict_of(const pl_verdict *verdict) {
  pl_evidence_verdict kept = {.severity = verdict->severity,
                              .public_verdict = verdict->public_verdict};
  memcpy(kept.checks, verdict->checks, sizeof(kept.checks));
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    const pl_rival_verdict *rival = &verdict->rivals[id];
    bool ruled_out = rival->state == PL_RIVAL_STATE_RULED_OUT;
    kept.rivals[id] = (pl_rival_verdict){.state = rival->state,
                                         .control = ruled_out ? rival->control : PL_CONTROL_COUNT,
                                         .when = ruled_out ? rival->when : 0};
  }
  return kept;
}

char *pl_evidence_verdict_write(const pl_evidence_verdict *verdict) {
  json_t *object = pl_record_write(&pl_record_of_verdict, verdict);
  char *text = object != NULL ? json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
  json_decref(object);
  return text;
}

/* ---- the line ------------------------------------------------------------------------------- */

char *pl_evidence_line_write(const pl_spec *spec, const pl_facts *facts,
                             const pl_memory_notes *notes, int64_t wall_now,
                             const pl_evidence_verdict *verdict) {
  char *recorded = pl_evidence_case_write(spec, facts, notes, wall_now);
  char *judged = pl_evidence_verdict_write(verdict);
  pl_buf line;
  pl_buf_init(&line, PL_LIMIT_EVIDENCE_LINE);
  if (recorded != NULL && judged != NULL)
    pl_buf_addf(&line, "{\"case\":%s,\"verdict\":%s}", recorded, judged);
  char *text = pl_buf_status(&line) == PL_OK && line.length > 0 ? strdup(pl_buf_text(&line)) : NULL;
  pl_buf_free(&line);
  free(recorded);
  free(judged);
  return text;
}

pl_status pl_evidence_line_read(const char *text, size_t length, pl_evidence_case *ret_case,
                                pl_evidence_verdict *ret_verdict, pl_error *error) {
  json_t *root;
  pl_status status = pl_record_parse(text, length, PL_LIMIT_EVIDENCE_LINE, &root, error);
  if (status != PL_OK)
    return status;
  json_t *recorded = json_object_get(root, "case"), *judged = json_object_get(root, "verdict");
  memset(ret_verdict, 0, sizeof(*ret_verdict));
  if (!json_is_object(recorded) || !json_is_object(judged))
    status = pl_fail(error, PL_ERR_INVALID, "it has no object \"%s\"",
                     json_is_object(recorded) ? "verdict" : "case");
  if (status == PL_OK)
    status = pl_record_read(&pl_record_of_verdict, judged, "verdict", ret_verdict, error);
  if (status == PL_OK)
    status = pl_evidence_case_take(recorded, ret_case, error);
  json_decref(root);
  return status;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static void add_separator(pl_buf *text) { pl_buf_add(text, text->length > 0 ? "; " : ""); }

static void add_check(pl_buf *text, const pl_check_verdict *of_check) {
  if (!of_check->ran) {
    pl_buf_add(text, "not run");
    return;
  }
  pl_buf_add(text, pl_severity_name(of_check->severity));
  if (of_check->reason != PL_REASON_NONE)
    pl_buf_addf(text, " [%s]", pl_reason_code(of_check->reason));
}

static void compare_check(const pl_evidence_verdict *recorded, const pl_evidence_verdict *now,
                          pl_check check, pl_buf *text) {
  const pl_check_verdict *a = &recorded->checks[check], *b = &now->checks[check];
  if (a->ran == b->ran && a->severity == b->severity && a->reason == b->reason)
    return;
  add_separator(text);
  pl_buf_addf(text, "%s ", pl_check_name(check));
  add_check(text, a);
  pl_buf_add(text, ", now ");
  add_check(text, b);
}

void pl_evidence_compare(const pl_evidence_verdict *recorded, const pl_evidence_verdict *now,
                         pl_buf *ret_text) {
  if (recorded->severity != now->severity)
    pl_buf_addf(ret_text, "%s, now %s", pl_severity_name(recorded->severity),
                pl_severity_name(now->severity));
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    compare_check(recorded, now, (pl_check)check, ret_text);
  if (recorded->public_verdict != now->public_verdict) {
    add_separator(ret_text);
    pl_buf_addf(ret_text, "public %s, now %s", pl_public_name(recorded->public_verdict),
                pl_public_name(now->public_verdict));
  }
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    pl_rival_state a = recorded->rivals[id].state, b = now->rivals[id].state;
    if (a == b)
      continue;
    add_separator(ret_text);
    pl_buf_addf(ret_text, "rival %s %s, now %s", pl_rival_at((pl_rival_id)id)->key,
                pl_rival_state_name(a), pl_rival_state_name(b));
  }
}
