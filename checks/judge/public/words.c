/* The public check in words: what was seen, and which rivals are ruled out. */
#include "judge/public/words.h"
#include <string.h>

#define SHOWN_REGEX 40 /* bytes of a signature's expression that a summary repeats */

void pl_public_add_seen(pl_buf *text, const pl_target *target) {
  const pl_attempt_result *attempt = pl_sign_telling_attempt(target);
  const char *end = pl_end_info_at(attempt->end)->text;
  if (attempt->end == PL_END_HTTP_ANSWER)
    pl_buf_addf(text, "answered HTTP %u", attempt->http_status);
  else if (attempt->end == PL_END_TLS_UNVERIFIED)
    pl_buf_addf(text, "certificate of %s: %s", attempt->certificate.subject,
                attempt->certificate.problem);
  else if (attempt->end == PL_END_TLS_ALERT)
    pl_buf_addf(text, "%s %d", end, attempt->alert);
  else if (attempt->end == PL_END_ICMP)
    pl_buf_addf(text, "%s (type %u code %u)", end, attempt->icmp.type, attempt->icmp.code);
  else if (attempt->end == PL_END_LOCAL && attempt->error != 0)
    pl_buf_addf(text, "%s: %s", end, strerrordesc_np(attempt->error));
  else
    pl_buf_add(text, end);
  if (attempt->certificate.time == PL_CERTIFICATE_EXPIRED ||
      attempt->certificate.time == PL_CERTIFICATE_NOT_YET)
    pl_buf_add(text, ", with a certificate that is out of date");
}

/* ---- signs ---------------------------------------------------------------------------------- */

static void add_sign(pl_buf *text, const pl_target *target, const pl_seen *seen) {
  const pl_attempt_result *attempt = pl_sign_telling_attempt(target);
  if (seen->sign == PL_SIGN_HTTP) {
    pl_buf_addf(text, "HTTP %u", attempt->http_status);
    if (seen->signature->regex != NULL)
      pl_buf_addf(text, " \"%.*s\"", SHOWN_REGEX, seen->signature->regex);
  } else if (attempt->end == PL_END_SILENT) {
    pl_buf_add(text, "nothing answered");
  } else {
    pl_public_add_seen(text, target);
  }
}

static bool is_blocked(const pl_case *c, size_t i) {
  return c->facts->targets[i].role == PL_ROLE_PUBLIC && c->verdict->targets[i].judged &&
         c->verdict->targets[i].public_class == PL_PUBLIC_BLOCKED;
}

/* Whether an address before this one shows the same. */
static bool is_repeated(const pl_case *c, size_t index) {
  const pl_attempt_result *attempt = pl_sign_telling_attempt(&c->facts->targets[index]);
  for (size_t i = 0; i < index; i++) {
    const pl_attempt_result *other = pl_sign_telling_attempt(&c->facts->targets[i]);
    if (is_blocked(c, i) && other->end == attempt->end &&
        other->http_status == attempt->http_status && other->alert == attempt->alert)
      return true;
  }
  return false;
}

void pl_public_add_signs(pl_buf *text, const pl_case *c) {
  const char *separator = "";
  for (size_t i = 0; i < c->facts->target_count; i++) {
    if (!is_blocked(c, i) || is_repeated(c, i))
      continue;
    const pl_seen seen = pl_sign_of_target(c, &c->facts->targets[i]);
    pl_buf_add(text, separator);
    add_sign(text, &c->facts->targets[i], &seen);
    separator = ", ";
  }
}

/* ---- rivals --------------------------------------------------------------------------------- */

static void add_date(pl_buf *text, int64_t when) {
  char day[sizeof("2026-01-31")];
  pl_text_set_instant(day, sizeof(day), when);
  pl_buf_add(text, day);
}

static void add_list(pl_buf *text, const pl_case *c, pl_rival_state state, const char *title,
                     const char **separator) {
  const char *between = NULL;
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    const pl_rival_verdict *rival = &c->verdict->rivals[id];
    if (rival->state != state)
      continue;
    if (between == NULL)
      pl_buf_addf(text, "%s%s: ", *separator, title);
    pl_buf_addf(text, "%s%s", between != NULL ? between : "", pl_rival_at((pl_rival_id)id)->key);
    between = ", ";
    *separator = "; ";
    if (rival->state == PL_RIVAL_STATE_RULED_OUT && rival->control == PL_CONTROL_BEFORE) {
      pl_buf_add(text, " (open on ");
      add_date(text, rival->when);
      pl_buf_add(text, ")");
    }
  }
}

void pl_public_add_rivals(pl_buf *text, const pl_case *c) {
  const char *separator = "";
  add_list(text, c, PL_RIVAL_STATE_ACCEPTED, "accepted", &separator);
  add_list(text, c, PL_RIVAL_STATE_RULED_OUT, "ruled out", &separator);
  add_list(text, c, PL_RIVAL_STATE_NAMED, "not ruled out", &separator);
}
