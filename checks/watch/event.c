/* Writes a change of severity as a text, and finds what it has in common with those of others. */
#include "watch/event.h"
#include "base/hash.h"
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define CODE_MAX 40       /* bytes of " [state.pending-acceptance]" */
#define SUMMARY "summary" /* plugin_instance of a summary */
#define HEAD "evidence"   /* and of a daily head */

/* ---- lists ---------------------------------------------------------------------------------- */

void pl_event_append(pl_event_list *list, pl_event *event) {
  event->list = list;
  event->previous = list->last;
  event->next = NULL;
  if (list->last != NULL)
    list->last->next = event;
  else
    list->first = event;
  list->last = event;
  list->count++;
}

void pl_event_remove(pl_event *event) {
  pl_event_list *list = event->list;
  if (event->previous != NULL)
    event->previous->next = event->next;
  else
    list->first = event->next;
  if (event->next != NULL)
    event->next->previous = event->previous;
  else
    list->last = event->previous;
  list->count--;
}

pl_event *pl_event_next(const pl_event *event) { return event->next; }

unsigned pl_event_urgency(const pl_event *event) {
  if (event->log != NULL)
    return 3;
  if (event->severity != PL_SEVERITY_CRITICAL)
    return 2;
  return event->reason == PL_REASON_PUBLIC_OPEN && event->public_verdict == PL_PUBLIC_OPEN ? 0 : 1;
}

uint64_t pl_event_cause(const pl_event *event) { return event->cause; }

int pl_event_compare_slots(const void *a, const void *b) {
  const pl_event *first = a, *second = b;
  if (first->log != NULL && second->log != NULL)
    return strcmp(first->log, second->log);
  if (first->log != NULL || second->log != NULL)
    return first->log != NULL ? 1 : -1;
  int order = strcmp(first->instance, second->instance);
  return order != 0 ? order : (first->check > second->check) - (first->check < second->check);
}

void pl_event_inherit(pl_event *event, const pl_event *older) {
  event->before = older->before;
  event->lasted = older->lasted;
}

/* ---- cause ---------------------------------------------------------------------------------- */

/* The resolvers that were asked, each once. */
static void add_resolvers(pl_buf *buf, const char *what, const pl_dns_fact *facts, size_t count) {
  bool first = true;
  for (size_t i = 0; i < count; i++) {
    bool before = facts[i].superseded;
    for (size_t k = 0; k < i; k++)
      before = before || pl_addr_equal(&facts[k].resolver.address, &facts[i].resolver.address);
    if (before)
      continue;
    char text[PL_ADDR_TEXT];
    pl_buf_addf(buf, "%s%s", first ? what : ", ", pl_addr_format(&facts[i].resolver.address, text));
    first = false;
  }
}

typedef enum subject_kind {
  SUBJECT_OWN, /* nothing: the cause is the endpoint's own */
  SUBJECT_HOST,
  SUBJECT_REGION,
  SUBJECT_RESOLVERS,
  SUBJECT_PUBLIC_RESOLVERS,
  SUBJECT_ZONE,
} subject_kind;

/* What other endpoints share if they have the same reason. */
static subject_kind kind_of(const pl_event *event, const pl_finding *finding) {
  static const struct {
    pl_reason reason;
    subject_kind kind;
  } rules[] = {
      {PL_REASON_DNS_LOCAL_FAILURE, SUBJECT_HOST},
      {PL_REASON_PORT_LOCAL_FAILURE, SUBJECT_HOST},
      {PL_REASON_PUBLIC_LOCAL_FAILURE, SUBJECT_HOST},
      {PL_REASON_PUBLIC_NO_EGRESS, SUBJECT_HOST},
      {PL_REASON_PUBLIC_DNS, SUBJECT_PUBLIC_RESOLVERS},
      {PL_REASON_EVIDENCE_FAILED, SUBJECT_HOST},
      {PL_REASON_STATE_API, SUBJECT_REGION},
      {PL_REASON_STATE_CREDENTIALS, SUBJECT_REGION},
      {PL_REASON_STATE_DENIED, SUBJECT_REGION},
      {PL_REASON_STATE_THROTTLED, SUBJECT_REGION},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rules); i++) {
    if (rules[i].reason == event->reason)
      return rules[i].kind;
  }
  if (event->check == PL_CHECK_DNS)
    return SUBJECT_RESOLVERS;
  bool has_zone = event->check == PL_CHECK_PORT && finding != NULL && finding->zone[0] != '\0';
  return has_zone ? SUBJECT_ZONE : SUBJECT_OWN;
}

static void write_subject(pl_event *event, const pl_event_round *round, const pl_finding *finding) {
  const pl_facts *facts = round->facts;
  pl_buf buf;
  pl_buf_fixed(&buf, event->subject, sizeof(event->subject));
  if (facts == NULL || event->severity == PL_SEVERITY_OK)
    return;
  switch (kind_of(event, finding)) {
  case SUBJECT_OWN:
    return;
  case SUBJECT_HOST:
    pl_buf_add(&buf, "this host");
    return;
  case SUBJECT_REGION:
    pl_buf_addf(&buf, "region %s", round->spec->region != NULL ? round->spec->region : "unknown");
    return;
  case SUBJECT_RESOLVERS:
    add_resolvers(&buf, "resolver ", facts->private_dns, facts->private_dns_count);
    return;
  case SUBJECT_PUBLIC_RESOLVERS:
    add_resolvers(&buf, "public resolver ", facts->public_dns, facts->public_dns_count);
    return;
  case SUBJECT_ZONE:
    pl_buf_addf(&buf, "zone %s", finding->zone);
    return;
  }
}

/* A recovery has the same cause as what it ends. */
static void set_cause(pl_event *event, uint64_t *last) {
  bool recovers = event->severity == PL_SEVERITY_OK;
  bool is_shared = recovers ? *last != 0 : event->subject[0] != '\0';
  uint64_t hash = recovers ? *last : PL_HASH_INIT;
  pl_hash_number(&hash, event->check);
  pl_hash_number(&hash, event->severity);
  pl_hash_number(&hash, event->reason);
  pl_hash_text(&hash, event->subject);
  event->cause = is_shared ? hash : 0;
  *last = recovers ? 0 : event->cause;
}

/* ---- text ----------------------------------------------------------------------------------- */

static const pl_finding *worst_finding(const pl_verdict *verdict, pl_check check) {
  if (check == PL_HISTORY_CONFIGURATION)
    return verdict->finding_count > 0 ? &verdict->findings[0] : NULL;
  return pl_verdict_worst(verdict, check);
}

/* The worst finding. If there is none, or if an alarm only continues, the summary. */
static const char *text_of(const pl_event *event, const pl_verdict *verdict,
                           const pl_finding *finding) {
  if (event->check == PL_HISTORY_CONFIGURATION)
    return event->severity == PL_SEVERITY_OK ? "the endpoint is watched again"
           : finding != NULL                 ? finding->text
                                             : "the endpoint can't be watched";
  bool held =
      event->check == PL_CHECK_PUBLIC && event->alarm && event->public_verdict != PL_PUBLIC_OPEN;
  if (finding == NULL || held || event->severity == PL_SEVERITY_OK)
    return verdict->checks[event->check].summary;
  return finding->text;
}

/* The checks whose findings follow from this one. */
static void add_consequences(pl_buf *buf, const pl_event *event, const pl_verdict *verdict) {
  const char *between = "; from this follows: ";
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    pl_check cause = pl_history_cause(verdict, (pl_check)check);
    if (cause != PL_CHECK_COUNT && cause != event->check)
      cause = pl_history_cause(verdict, cause);
    if (cause != event->check || event->check == PL_CHECK_COUNT)
      continue;
    pl_buf_addf(buf, "%s%s", between, pl_reason_code(verdict->checks[check].reason));
    between = ", ";
  }
}

static void add_age(pl_buf *buf, const pl_event *event) {
  if (event->lasted < PL_SEC || event->before == event->severity)
    return;
  int64_t seconds = event->lasted / PL_SEC;
  pl_buf_addf(buf, "; was %s for ", pl_severity_name(event->before));
  if (seconds < 120)
    pl_buf_addf(buf, "%lld s", (long long)seconds);
  else if (seconds < 120 * 60)
    pl_buf_addf(buf, "%lld min", (long long)seconds / 60);
  else
    pl_buf_addf(buf, "%lld h", (long long)seconds / 3600);
}

/* Severity first, then the endpoint or endpoints. */
static void begin_message(pl_buf *buf, const pl_event *event, const char *who) {
  pl_buf_addf(buf, "%s: %s: ", pl_severity_name(event->severity), who);
  if (event->check != PL_HISTORY_CONFIGURATION)
    pl_buf_addf(buf, "%s: ", pl_check_name(event->check));
}

/* Reason last. What is before it is cut if it is too long. */
static void write_message(pl_event *event, const pl_event_round *round, const char *text) {
  char tail[CODE_MAX * 5];
  pl_buf end, buf;
  pl_buf_fixed(&end, tail, sizeof(tail));
  add_consequences(&end, event, round->verdict);
  add_age(&end, event);
  if (event->reason != PL_REASON_NONE)
    pl_buf_addf(&end, " [%s]", pl_reason_code(event->reason));
  pl_buf_fixed(&buf, event->message, sizeof(event->message) - end.length);
  begin_message(&buf, event, event->instance);
  round->front->add_spelled(&buf, text);
  memcpy(event->message + buf.length, tail, end.length + 1);
}

pl_status pl_event_create(const pl_event_round *round, const pl_notice *notice,
                          pl_event **ret_event) {
  pl_event *event = calloc(1, sizeof(*event));
  if (event == NULL)
    return PL_ERR_MEMORY;
  const pl_verdict *verdict = round->verdict;
  const pl_finding *finding = worst_finding(verdict, notice->check);
  *event = (pl_event){
      .time = round->time,
      .check = notice->check,
      .severity = notice->severity,
      .before = notice->before,
      .lasted = notice->lasted,
      .alarm = round->history->alarm,
      .public_verdict = verdict->public_verdict,
      .hint = "",
      .endpoints = 1,
  };
  if (notice->check != PL_HISTORY_CONFIGURATION)
    event->reason = verdict->checks[notice->check].reason;
  else if (notice->severity != PL_SEVERITY_OK)
    event->reason = PL_REASON_USAGE;
  pl_text_set(event->instance, sizeof(event->instance), round->instance);
  if (finding != NULL && finding->address.family != PL_FAMILY_NONE)
    pl_addr_format(&finding->address, event->address);
  if (event->reason != PL_REASON_NONE)
    event->hint =
        finding != NULL && finding->hint != NULL ? finding->hint : pl_reason_hint(event->reason);
  write_subject(event, round, finding);
  set_cause(event, &round->causes[notice->check]);
  write_message(event, round, text_of(event, verdict, finding));
  *ret_event = event;
  return PL_OK;
}

/* "CRITICAL: 499 more endpoints: dns: resolver 10.0.0.2: api-2, api-3 and 497 more [dns.timeout]"
 */
pl_event *pl_event_summary(const pl_event_list *list) {
  pl_event *event = malloc(sizeof(*event));
  if (event == NULL)
    return NULL;
  *event = *list->last;
  event->endpoints = list->count;
  event->address[0] = '\0';
  event->lasted = PL_NSEC_UNKNOWN;
  pl_text_set(event->instance, sizeof(event->instance), SUMMARY);
  char who[CODE_MAX], code[CODE_MAX + 1] = "";
  pl_buf buf;
  pl_text_setf(who, sizeof(who), "%zu more endpoints", list->count);
  if (event->reason != PL_REASON_NONE)
    pl_text_setf(code, sizeof(code), " [%s]", pl_reason_code(event->reason));
  size_t room = sizeof(event->message) - sizeof(" and 100000 more") - sizeof(code);
  pl_buf_fixed(&buf, event->message, sizeof(event->message));
  begin_message(&buf, event, who);
  pl_buf_addf(&buf, "%s%s", event->subject, event->subject[0] != '\0' ? ": " : "");
  size_t named = 0;
  for (const pl_event *it = list->first; it != NULL; it = it->next, named++) {
    if (buf.length + strlen(it->instance) + 2 > room)
      break;
    pl_buf_addf(&buf, "%s%s", named > 0 ? ", " : "", it->instance);
  }
  if (named < list->count)
    pl_buf_addf(&buf, " and %zu more", list->count - named);
  pl_buf_add(&buf, code);
  return event;
}

pl_event *pl_event_of_state(const char *instance, pl_severity severity, pl_reason reason,
                            pl_nsec time, const char *text) {
  pl_event *event = calloc(1, sizeof(*event));
  if (event == NULL)
    return NULL;
  *event = (pl_event){.time = time,
                      .check = PL_CHECK_STATE,
                      .severity = severity,
                      .reason = reason,
                      .lasted = PL_NSEC_UNKNOWN,
                      .hint = "",
                      .endpoints = 1};
  pl_text_set_printable(event->instance, sizeof(event->instance), instance, strlen(instance));
  pl_text_set_printable(event->message, sizeof(event->message), text, strlen(text));
  return event;
}

pl_event *pl_event_of_head(const char *dir, const char *day, const pl_sha256 *head, pl_nsec time) {
  pl_event *event = calloc(1, sizeof(*event));
  char *log = strdup(dir);
  if (event == NULL || log == NULL) {
    free(event);
    free(log);
    return NULL;
  }
  *event = (pl_event){.time = time, .lasted = PL_NSEC_UNKNOWN, .hint = "", .log = log};
  pl_text_set(event->instance, sizeof(event->instance), HEAD);
  pl_text_set(event->day, sizeof(event->day), day);
  pl_sha256_hex(head, event->head);
  pl_text_setf(event->message, sizeof(event->message), "%s: evidence head %s %s of %s",
               pl_severity_name(event->severity), event->day, event->head, dir);
  return event;
}

void pl_event_free(pl_event *event) {
  if (event != NULL)
    free(event->log);
  free(event);
}

/* ---- log ------------------------------------------------------------------------------------ */

static int level_of(pl_severity severity) {
  switch (severity) {
  case PL_SEVERITY_OK:
    return LOG_NOTICE;
  case PL_SEVERITY_CRITICAL:
    return LOG_ERR;
  case PL_SEVERITY_WARNING:
  case PL_SEVERITY_UNKNOWN:
    return LOG_WARNING;
  }
  return LOG_WARNING;
}

void pl_event_log(const pl_event *event, const pl_front *front) {
  front->log(front->user, level_of(event->severity), event->message);
}
