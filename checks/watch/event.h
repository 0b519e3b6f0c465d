/* A change of severity, to be announced, or the daily head of an evidence log. The engine's thread
 * or the scribe's creates it, and a dispatcher's thread sends it, because sending may take long:
 * collectd calls every notification plugin (mail, fork, network) before it returns.
 *
 * Plain data, one thread at a time.
 */
#ifndef PL_WATCH_EVENT_H
#define PL_WATCH_EVENT_H

#include "evidence/log/chain.h"
#include "judge/history.h"
#include "watch/front.h"
#include <stdint.h>

#define PL_EVENT_MESSAGE 256 /* as in collectd */
#define PL_EVENT_SUBJECT 96

typedef struct pl_event {
  struct pl_event *previous, *next;
  struct pl_event_list *list; /* that it is in */
  pl_nsec time;               /* wall */
  char instance[PL_LIMIT_NAME + 1];
  char message[PL_EVENT_MESSAGE];
  pl_check check; /* or PL_HISTORY_CONFIGURATION */
  pl_severity severity, before;
  pl_reason reason;
  pl_nsec lasted; /* how long it was `before`; PL_NSEC_UNKNOWN: that is not known */
  bool alarm;     /* the public alarm is on */
  pl_public public_verdict;
  char address[PL_ADDR_TEXT]; /* "" if the worst finding has no address */
  const char *hint;           /* static; "" for none */
  /* "resolver 10.0.0.2": what endpoints with the same cause share; "" for nothing */
  char subject[PL_EVENT_SUBJECT];
  uint64_t cause;   /* see pl_event_cause */
  size_t endpoints; /* more than 1 in a summary */
  /* Only of a daily head. */
  char *log; /* the evidence directory; owned; NULL for a change of severity */
  char day[PL_DATE_BYTES], head[PL_HASH_HEX];
} pl_event;

/* The most urgent first: an open public endpoint, CRITICAL, the rest, daily heads. */
#define PL_URGENCIES 4

/* A linked list; an event is in one list at most. */
typedef struct pl_event_list {
  pl_event *first, *last;
  size_t count;
} pl_event_list;

/* What the events of one round have in common. */
typedef struct pl_event_round {
  const pl_front *front;
  const char *instance;
  const pl_spec *spec; /* NULL for an unusable endpoint */
  const pl_history *history;
  const pl_verdict *verdict; /* of which pl_history_take made the notices */
  const pl_facts *facts;     /* may be NULL */
  pl_nsec time;              /* wall time of the measurement */
  uint64_t *causes; /* of what was announced last, for each subject of the history; updated */
} pl_event_round;

/* The caller frees the event. */
pl_status pl_event_create(const pl_event_round *round, const pl_notice *notice,
                          pl_event **ret_event) PL_MUST_USE;
/* What a discovery says of an endpoint, as a change of the check `state`. NULL without memory. */
pl_event *pl_event_of_state(const char *instance, pl_severity severity, pl_reason reason,
                            pl_nsec time, const char *text);
/* The hash `head` of a line that evidence log `dir` had on `day`. NULL without memory. */
pl_event *pl_event_of_head(const char *dir, const char *day, const pl_sha256 *head, pl_nsec time);
/* One event for all of a list, which has at least one. NULL without memory. */
pl_event *pl_event_summary(const pl_event_list *list);
void pl_event_free(pl_event *event);

/* One line of the log. */
void pl_event_log(const pl_event *event, const pl_front *front);

unsigned pl_event_urgency(const pl_event *event);
/* Equal for events of many endpoints that have the same reason and the same resolver, zone, region
 * or host; 0: it stands for itself. */
uint64_t pl_event_cause(const pl_event *event);
/* An order in which events of the same endpoint and check, or of the same evidence log, are equal,
 * as strcmp(3). */
int pl_event_compare_slots(const void *a, const void *b);
/* `older` was never sent: `event` now tells the change since what was sent before it. */
void pl_event_inherit(pl_event *event, const pl_event *older);

pl_event *pl_event_next(const pl_event *event);
void pl_event_append(pl_event_list *list, pl_event *event);
void pl_event_remove(pl_event *event);

#endif
