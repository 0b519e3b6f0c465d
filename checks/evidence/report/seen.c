/* Reads the verdict of a line of the evidence log. */
#include "evidence/report/seen.h"
#include "evidence/log/cursor.h"
#include <string.h>

const char *pl_span_name(pl_span_kind kind) {
  static const char *const names[PL_SPAN_KINDS] = {
      [PL_SPAN_BLOCKED] = "blocked",   [PL_SPAN_OPEN] = "open",
      [PL_SPAN_UNPROVEN] = "unproven", [PL_SPAN_OK] = "ok",
      [PL_SPAN_WARNING] = "warning",   [PL_SPAN_CRITICAL] = "critical",
      [PL_SPAN_UNKNOWN] = "unknown",   [PL_SPAN_UNMONITORED] = "unmonitored",
  };
  return names[kind];
}

/* ---- JSON as pl_entry_add_verdict writes it: without white space and escapes ---------------- */

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == ' ';
}

/* A string of letters, digits, blanks and "._-". */
static bool take_word(pl_cursor *c, pl_slice *ret_word) {
  if (!pl_cursor_take(c, "\""))
    return false;
  const char *begin = c->at;
  while (c->at < c->end && is_word(*c->at))
    c->at++;
  *ret_word = (pl_slice){.at = begin, .length = (size_t)(c->at - begin)};
  return pl_cursor_take(c, "\"");
}

static bool take_severity(pl_cursor *c, pl_severity *ret_severity) {
  if (c->at >= c->end || *c->at < '0' || *c->at > '3')
    return false;
  *ret_severity = (pl_severity)(*c->at++ - '0');
  return true;
}

/* ---- its parts ------------------------------------------------------------------------------ */

static bool find_public(pl_slice word, pl_span_kind *ret_kind) {
  for (unsigned kind = PL_SPAN_BLOCKED; kind <= PL_SPAN_UNPROVEN; kind++) {
    if (pl_slice_is(word, pl_span_name((pl_span_kind)kind))) {
      *ret_kind = (pl_span_kind)kind;
      return true;
    }
  }
  *ret_kind = PL_SPAN_UNPROVEN;
  return word.length == 0; /* the check did not run */
}

static pl_span_kind kind_of(pl_severity severity) {
  switch (severity) {
  case PL_SEVERITY_OK:
    return PL_SPAN_OK;
  case PL_SEVERITY_WARNING:
    return PL_SPAN_WARNING;
  case PL_SEVERITY_CRITICAL:
    return PL_SPAN_CRITICAL;
  case PL_SEVERITY_UNKNOWN:
    break;
  }
  return PL_SPAN_UNKNOWN;
}

static bool take_check(pl_cursor *c, pl_span_kind public_kind, pl_seen_line *seen) {
  pl_slice name, reason;
  pl_span span;
  unsigned check = 0;
  if (!take_word(c, &name) || !pl_cursor_take(c, ":[") || !take_severity(c, &span.severity) ||
      !pl_cursor_take(c, ",") || !take_word(c, &reason) || !pl_cursor_take(c, "]") ||
      reason.length >= sizeof(span.reason))
    return false;
  while (check < PL_CHECK_COUNT && !pl_slice_is(name, pl_check_name((pl_check)check)))
    check++;
  if (check == PL_CHECK_COUNT || seen->ran[check])
    return false;
  memcpy(span.reason, reason.at, reason.length);
  span.reason[reason.length] = '\0';
  span.kind = check == PL_CHECK_PUBLIC ? public_kind : kind_of(span.severity);
  if (span.kind == PL_SPAN_BLOCKED &&
      strcmp(span.reason, pl_reason_code(PL_REASON_PUBLIC_OPEN)) == 0)
    span.kind = PL_SPAN_UNPROVEN;
  seen->ran[check] = true;
  seen->checks[check] = span;
  return true;
}

static bool take_rival(pl_cursor *c, pl_seen_line *seen) {
  pl_slice name, state;
  unsigned id = 0;
  if (!take_word(c, &name) || !pl_cursor_take(c, ":") || !take_word(c, &state))
    return false;
  while (id < PL_RIVAL_COUNT && !pl_slice_is(name, pl_rival_at((pl_rival_id)id)->key))
    id++;
  if (id == PL_RIVAL_COUNT)
    return false;
  seen->named[id] = true;
  seen->accepted[id] = pl_slice_is(state, pl_rival_state_name(PL_RIVAL_STATE_ACCEPTED));
  return true;
}

bool pl_seen_read(pl_slice verdict, pl_seen_line *ret_seen) {
  pl_cursor c = {.at = verdict.at, .end = verdict.at + verdict.length};
  pl_seen_line seen = {.ran = {false}};
  pl_severity severity;
  pl_slice word;
  pl_span_kind public_kind;
  if (!pl_cursor_take(&c, "{\"severity\":") || !take_severity(&c, &severity) ||
      !pl_cursor_take(&c, ",\"public\":") || !take_word(&c, &word) ||
      !find_public(word, &public_kind) || !pl_cursor_take(&c, ",\"checks\":{"))
    return false;
  if (!pl_cursor_take(&c, "}")) {
    do {
      if (!take_check(&c, public_kind, &seen))
        return false;
    } while (pl_cursor_take(&c, ","));
    if (!pl_cursor_take(&c, "}"))
      return false;
  }
  if (!pl_cursor_take(&c, ",\"rivals\":{"))
    return false;
  if (!pl_cursor_take(&c, "}")) {
    do {
      if (!take_rival(&c, &seen))
        return false;
    } while (pl_cursor_take(&c, ","));
    if (!pl_cursor_take(&c, "}"))
      return false;
  }
  if (!pl_cursor_take(&c, "}") || c.at != c.end || (seen.ran[PL_CHECK_PUBLIC] && word.length == 0))
    return false;
  *ret_seen = seen;
  return true;
}
