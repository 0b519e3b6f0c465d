/* Writes a change of severity as a collectd notification, and sends it. */
#include "notify.h"
#include "submit.h"
#include <stdlib.h>
#include <string.h>

#define CODE_MAX 40 /* bytes of " [state.pending-acceptance]" */

struct pl_event {
  pl_event *next;
  pl_nsec time;
  char instance[PL_LIMIT_NAME + 1];
  char message[NOTIF_MAX_MSG_LEN];
  pl_check check;
  pl_severity severity, before;
  pl_reason reason;
  pl_nsec lasted;
  bool alarm;
  pl_public public_verdict;
  char address[PL_ADDR_TEXT]; /* "" if the worst finding has no address */
  const char *hint;           /* static; "" for none */
};

pl_event *pl_event_next(const pl_event *event) { return event->next; }
void pl_event_set_next(pl_event *event, pl_event *next) { event->next = next; }

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

/* Severity first, reason last. The text between them is cut if it is too long. */
static void write_message(pl_event *event, const char *text) {
  char tail[CODE_MAX + 40];
  pl_buf end, buf;
  pl_buf_fixed(&end, tail, sizeof(tail));
  add_age(&end, event);
  if (event->reason != PL_REASON_NONE)
    pl_buf_addf(&end, " [%s]", pl_reason_code(event->reason));
  pl_buf_fixed(&buf, event->message, sizeof(event->message) - end.length);
  pl_buf_addf(&buf, "%s: %s: ", pl_severity_name(event->severity), event->instance);
  if (event->check != PL_HISTORY_CONFIGURATION)
    pl_buf_addf(&buf, "%s: ", pl_check_name(event->check));
  pl_buf_add(&buf, text);
  memcpy(event->message + buf.length, tail, end.length + 1);
}

pl_status pl_event_create(const char *instance, const pl_history *history, const pl_notice *notice,
                          const pl_verdict *verdict, pl_nsec time, pl_event **ret_event) {
  pl_event *event = calloc(1, sizeof(*event));
  if (event == NULL)
    return PL_ERR_MEMORY;
  const pl_finding *finding = worst_finding(verdict, notice->check);
  bool of_configuration = notice->check == PL_HISTORY_CONFIGURATION;
  *event = (pl_event){
      .time = time,
      .check = notice->check,
      .severity = notice->severity,
      .before = notice->before,
      .lasted = notice->lasted,
      .alarm = history->alarm,
      .public_verdict = verdict->public_verdict,
      .hint = "",
  };
  if (!of_configuration)
    event->reason = verdict->checks[notice->check].reason;
  else if (notice->severity != PL_SEVERITY_OK)
    event->reason = PL_REASON_USAGE;
  pl_field_set(event->instance, sizeof(event->instance), instance);
  if (finding != NULL && finding->address.family != PL_FAMILY_NONE)
    pl_addr_format(&finding->address, event->address);
  if (event->reason != PL_REASON_NONE)
    event->hint =
        finding != NULL && finding->hint != NULL ? finding->hint : pl_reason_hint(event->reason);
  write_message(event, text_of(event, verdict, finding));
  *ret_event = event;
  return PL_OK;
}

void pl_event_free(pl_event *event) { free(event); }

/* ---- sending -------------------------------------------------------------------------------- */

static int severity_of(pl_severity severity) {
  switch (severity) {
  case PL_SEVERITY_OK:
    return NOTIF_OKAY;
  case PL_SEVERITY_CRITICAL:
    return NOTIF_FAILURE;
  case PL_SEVERITY_WARNING:
  case PL_SEVERITY_UNKNOWN: /* collectd has no such severity; the message begins with it */
    return NOTIF_WARNING;
  }
  return NOTIF_WARNING;
}

static void add_string(notification_t *notification, const char *name, const char *text) {
  if (text[0] != '\0')
    (void)plugin_notification_meta_add_string(notification, name, text);
}

/* If memory runs out, the notification is sent without the missing items. */
static void add_meta(notification_t *notification, const pl_event *event) {
  add_string(notification, "endpoint", event->instance);
  add_string(notification, "check",
             event->check == PL_HISTORY_CONFIGURATION ? "configuration"
                                                      : pl_check_name(event->check));
  add_string(notification, "severity", pl_severity_name(event->severity));
  add_string(notification, "previous_severity", pl_severity_name(event->before));
  add_string(notification, "reason", pl_reason_code(event->reason));
  add_string(notification, "address", event->address);
  add_string(notification, "hint", event->hint);
  (void)plugin_notification_meta_add_double(notification, "CurrentValue", (double)event->severity);
  if (event->lasted != PL_NSEC_UNKNOWN)
    (void)plugin_notification_meta_add_signed_int(notification, "previous_seconds",
                                                  event->lasted / PL_SEC);
  if (event->check != PL_CHECK_PUBLIC)
    return;
  add_string(notification, "public_verdict", pl_public_name(event->public_verdict));
  (void)plugin_notification_meta_add_boolean(notification, "public_alarm", event->alarm);
}

void pl_event_send(const pl_event *event) {
  notification_t notification = {.severity = severity_of(event->severity),
                                 .time = pl_cdtime(event->time)};
  pl_field_set(notification.host, sizeof(notification.host), hostname_g);
  pl_field_set(notification.plugin, sizeof(notification.plugin), PL_PLUGIN);
  pl_field_set(notification.plugin_instance, sizeof(notification.plugin_instance), event->instance);
  pl_field_set(notification.type, sizeof(notification.type), "gauge");
  pl_field_set(notification.type_instance, sizeof(notification.type_instance),
               pl_metric_info_at(pl_metric_status(event->check))->name);
  pl_field_set(notification.message, sizeof(notification.message), event->message);
  add_meta(&notification, event);
  /* It fails if no plugin takes notifications, which is not a fault. */
  (void)plugin_dispatch_notification(&notification);
  if (notification.meta != NULL)
    (void)plugin_notification_meta_free(notification.meta);
}
