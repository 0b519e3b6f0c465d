/* What a discovery that goes on knows: the endpoints that it found, and what has become of them.
 *
 * A list that cannot be read changes nothing. An endpoint keeps its name, and the section that was
 * made when it was found, until its tags change: what the API says later is judged, and does not
 * change what is expected. One that is remembered from before the start keeps its name; its section
 * is that of the first list that has it. One thread at a time.
 */
#ifndef PL_AWS_DISCOVERY_KNOWN_H
#define PL_AWS_DISCOVERY_KNOWN_H

#include "aws/discovery/sections.h"

/* Good lists in a row that lack an endpoint before it counts as deleted: a list is only eventually
 * consistent. */
#define PL_KNOWN_MISSING 2

typedef struct pl_known_endpoint {
  pl_section section;
  int64_t seen;     /* in a list, last: seconds since 1970 */
  unsigned missing; /* good lists in a row that did not have it */
  bool is_new;      /* the first list of its scope did not have it */
  bool remembered;  /* no list had it since the start */
} pl_known_endpoint;

/* Zeroed is a start. */
typedef struct pl_known {
  pl_known_endpoint *items;
  size_t count;
} pl_known;

typedef enum pl_change_kind {
  PL_CHANGE_ADDED,
  PL_CHANGE_TAGS,     /* another template may match */
  PL_CHANGE_FACTS,    /* what was remembered of it is out of date */
  PL_CHANGE_REPLACED, /* by an endpoint with the same tags and service */
  PL_CHANGE_DELETED,
} pl_change_kind;

/* Valid until the callback returns. */
typedef struct pl_change {
  pl_change_kind kind;
  const char *name, *id;
  const char *before; /* REPLACED: its id */
  int64_t seen;       /* DELETED, REPLACED: in a list, last */
} pl_change;

typedef void (*pl_known_report)(void *user, const pl_change *change);

/* Compares with what was found now, and takes over the sections of `fresh` that are new. Reports
 * each change; `report` may be NULL. On PL_ERR_MEMORY, the rest follows with the next update. */
pl_status pl_known_update(pl_known *known, pl_discovery *discovery, pl_sections *fresh, int64_t now,
                          pl_known_report report, void *user) PL_MUST_USE;
void pl_known_free(pl_known *known);

#endif
