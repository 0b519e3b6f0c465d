/* Keeps what is remembered in the state directory, on a thread of its own: a slow disk delays no
 * round. What a round says is announced after it was written, so that a killed daemon has not
 * announced an alarm that it then forgets; but not later than with the next round, whatever the
 * disk does.
 *
 * pl_keep_load is for the main thread, before the first round; pl_keeper_put and pl_keeper_send are
 * for the engine's thread.
 */
#ifndef PL_WATCH_KEEPER_H
#define PL_WATCH_KEEPER_H

#include "memory/file.h"
#include "watch/dispatcher.h"

typedef struct pl_keeper pl_keeper;

/* One endpoint. Zeroed is a start. */
typedef struct pl_keep {
  const pl_front *front;  /* borrowed */
  const char *name, *dir; /* borrowed; dir NULL: only this process remembers */
  const pl_spec *spec;    /* borrowed */
  bool read_only;         /* the directory belongs to another user: nothing is written */
  uint64_t digest;        /* of what was handed over last; engine's thread */
  pl_memory_mark mark;    /* of the file; keeper's thread */
  bool logged;            /* the directory can't be used, and that was logged; keeper's thread */
  /* The rest is protected by the keeper's lock. */
  struct pl_keep *next;
  pl_memory_store *pending; /* to be written; owned */
  pl_public seen;
  pl_event_list events; /* to be sent after it; owned */
  pl_nsec interval;     /* of the endpoint's rounds */
  bool busy;            /* is being written */
  bool failed;          /* was not written */
  bool merged;          /* another program has written `alarm` */
  pl_alarm alarm;
} pl_keep;

/* Reads what the endpoint's file holds. Where it can't be read, the store is unknown, and a line of
 * the log says why. */
void pl_keep_load(pl_keep *keep, const pl_front *front, const char *name, const char *dir,
                  const pl_spec *spec, pl_memory_store *ret_store);
/* After the keeper has ended. */
void pl_keep_free(pl_keep *keep);

/* Starts the thread. Events go to the dispatcher; NULL: they are dropped. */
pl_status pl_keeper_create(const pl_front *front, pl_dispatcher *dispatcher, pl_keeper **ret_keeper,
                           pl_error *error) PL_MUST_USE;
/* Writes what is waiting, without fsync, and ends the thread. NULL is fine. */
void pl_keeper_free(pl_keeper *keeper);

/* Has the store written, if there is anything in it that a restart must not lose. Gives it the
 * alarm that another program has written. `seen` is as in pl_memory_save. */
void pl_keeper_put(pl_keeper *keeper, pl_keep *keep, pl_public seen, pl_memory_store *store);
/* Sends the event after what was put before it. Takes ownership. `interval` is that of the
 * endpoint's rounds. */
void pl_keeper_send(pl_keeper *keeper, pl_keep *keep, pl_event *event, pl_nsec interval);

#endif
