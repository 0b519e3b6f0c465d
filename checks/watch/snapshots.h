/* What a discovery knows, in the state directory: one file for each account and region, so that a
 * restart while the API is down does not forget what was found.
 *
 * Blocks on the disk. One thread at a time.
 */
#ifndef PL_WATCH_SNAPSHOTS_H
#define PL_WATCH_SNAPSHOTS_H

#include "aws/discovery/known.h"
#include "watch/front.h"

/* All but `failed` is borrowed. */
typedef struct pl_snapshots {
  const pl_front *front;
  const char *name; /* of the discovery */
  const char *dir;  /* NULL: nothing is remembered */
  const pl_templates *templates;
  const pl_section_common *common;
  pl_discovery *discovery;
  pl_known *known;
  bool failed; /* they could not be written, and that was logged */
} pl_snapshots;

/* Before the discovery asks: makes known what the files hold. A file that is torn, or of another
 * identity, is ignored with a line of the log. */
void pl_snapshots_recall(const pl_snapshots *snapshots);

/* Writes the files of the scopes that were read, or remembered. `hasty`: without fsync. False if
 * that failed; it is logged once. */
bool pl_snapshots_save(pl_snapshots *snapshots, bool hasty);

#endif
