/* Writes a change of severity, or the head of an evidence log, as a collectd notification, and
 * sends it. */
#include "notification.h"
#include "collectd_api.h"
#include "options/options.h"
#include "submit.h"

_Static_assert(PL_EVENT_MESSAGE == NOTIF_MAX_MSG_LEN, "a message is as long as collectd's");

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
  if (event->endpoints == 1)
    add_string(notification, "endpoint", event->instance);
  else
    (void)plugin_notification_meta_add_signed_int(notification, "endpoints",
                                                  (int64_t)event->endpoints);
  add_string(notification, "check",
             event->check == PL_HISTORY_CONFIGURATION ? "configuration"
                                                      : pl_check_name(event->check));
  add_string(notification, "severity", pl_severity_name(event->severity));
  add_string(notification, "previous_severity", pl_severity_name(event->before));
  add_string(notification, "reason", pl_reason_code(event->reason));
  add_string(notification, "address", event->address);
  add_string(notification, "subject", event->subject);
  char hint[PL_LIMIT_TEXT * 2];
  pl_buf spelled;
  pl_buf_fixed(&spelled, hint, sizeof(hint));
  pl_option_add_spelled(&spelled, event->hint);
  add_string(notification, "hint", hint);
  (void)plugin_notification_meta_add_double(notification, "CurrentValue", (double)event->severity);
  if (event->lasted != PL_NSEC_UNKNOWN)
    (void)plugin_notification_meta_add_signed_int(notification, "previous_seconds",
                                                  event->lasted / PL_SEC);
  if (event->check != PL_CHECK_PUBLIC || event->endpoints > 1)
    return;
  add_string(notification, "public_verdict", pl_public_name(event->public_verdict));
  (void)plugin_notification_meta_add_boolean(notification, "public_alarm", event->alarm);
}

static void add_head(notification_t *notification, const pl_event *event) {
  add_string(notification, "severity", pl_severity_name(event->severity));
  add_string(notification, "evidence", event->log);
  add_string(notification, "evidence_day", event->day);
  add_string(notification, "evidence_head", event->head);
}

void pl_notification_send(const pl_event *event) {
  notification_t notification = {.severity = severity_of(event->severity),
                                 .time = pl_cdtime(event->time)};
  pl_text_set(notification.host, sizeof(notification.host), hostname_g);
  pl_text_set(notification.plugin, sizeof(notification.plugin), PL_PLUGIN);
  pl_text_set(notification.plugin_instance, sizeof(notification.plugin_instance), event->instance);
  pl_text_set(notification.type, sizeof(notification.type), "gauge");
  pl_text_set(notification.type_instance, sizeof(notification.type_instance),
              event->log != NULL ? "evidence_head"
                                 : pl_metric_info_at(pl_metric_status(event->check))->name);
  pl_text_set(notification.message, sizeof(notification.message), event->message);
  if (event->log != NULL)
    add_head(&notification, event);
  else
    add_meta(&notification, event);
  /* It fails if no plugin takes notifications, which is not a fault. */
  (void)plugin_dispatch_notification(&notification);
  if (notification.meta != NULL)
    (void)plugin_notification_meta_free(notification.meta);
}
