/* One endpoint: its files, its history, and the values and notifications of its rounds.
 *
 * Engine's thread only, except for the last function.
 */
#ifndef PL_WATCH_WATCH_H
#define PL_WATCH_WATCH_H

#include "base/file.h"
#include "facts/endpoint.h"
#include "memory/store.h"
#include "watch/front.h"
#include "watch/keeper.h"
#include "watch/scribe.h"
#include <stdatomic.h>

#define PL_WATCH_FILES 4 /* API key, public key, client certificate and its key */

/* How long a round waits for newer addresses of its endpoint. */
#define PL_WATCH_HELD_MAX (5 * PL_SEC)

/* One endpoint as it is configured. Owns everything. */
typedef struct pl_block {
  char *name;    /* [A-Za-z0-9_.-], unique */
  pl_spec spec;  /* complete (pl_spec_complete) if there is no problem; its files are not read */
  char *problem; /* why it cannot be watched with this configuration; NULL if it can */
  bool is_found; /* by a discovery, which announces that it was deleted; it has an id then */
} pl_block;

void pl_block_free(pl_block *block); /* what it owns */

typedef struct pl_watch {
  pl_block *block;      /* borrowed; its files are read into its spec, but never during a round */
  const pl_spec *spec;  /* the block's; NULL while the endpoint cannot be watched */
  char *problem;        /* why not, or why old credentials are in use; has been logged; owned */
  pl_file_stamp *files; /* PL_WATCH_FILES with credentials, when they were last read; owned; NULL:
                           there was none */
  pl_nsec interval;
  pl_history history;
  pl_memory_store memory;
  bool remembers;                       /* `memory` was read, or taken over */
  pl_keep keep;                         /* of `memory` */
  pl_last written;                      /* to the evidence log */
  uint64_t causes[PL_HISTORY_SUBJECTS]; /* of what was announced last (event.h) */
  pl_nsec phase, due; /* instants: the first point of the grid of rounds, and the next */
  bool running;       /* a round has started and has not been reported */
  bool has_reported;  /* since its fleet started */
  unsigned repeated;  /* rounds in a row that were discarded, because the process stood still */
  pl_facts *held;     /* the facts of a round that waits for newer addresses from EC2; owned */
  pl_endpoint *known; /* what `held` was compared with; one reference */
  pl_nsec held_until;
  bool foreign; /* in the last round, DNS named an address that the endpoint does not have */
  pl_nsec value_interval;  /* of its values: twice as much covers the longest time between two */
  _Atomic pl_nsec ended;   /* when the newest round was reported; before it, when it was due */
  _Atomic pl_nsec time;    /* of the newest values, wall */
  atomic_bool is_hurried;  /* a round is wanted now */
  atomic_bool is_late;     /* no round has ended in time, which has been logged */
  _Atomic(char *) outcome; /* in a test: its verdict as a line of text; owned */
  atomic_bool has_mistake; /* in a test: so has its configuration */
} pl_watch;

/* What all watches share. */
typedef struct pl_watch_context {
  const pl_front *front;
  pl_clock clock;
  pl_keeper *keeper;
  pl_scribe *scribe;   /* NULL: no endpoint has an evidence log */
  int64_t *judged;     /* when that round was judged: seconds since 1970 */
  uint64_t host;       /* pl_moment_host */
  uint64_t network;    /* pl_moment_network */
  pl_memory *memory;   /* what the round was judged with that was judged last */
  pl_verdict *verdict; /* of that round */
  bool testing;        /* pl_fleet_options */
} pl_watch_context;

/* Reads what is remembered, from --state-dir or else from `default_dir` (NULL: only this process
 * remembers). Both must outlive the watch. */
void pl_watch_init(pl_watch *watch, const pl_front *front, pl_block *block,
                   pl_nsec default_interval, const char *default_dir);
/* After the keeper has ended. */
void pl_watch_free(pl_watch *watch);
/* Takes over what was seen and announced of the same endpoint, from a watch that has stopped. After
 * pl_schedule_init: the next round is not later than it would have been. */
void pl_watch_continue(pl_watch *watch, const pl_watch *before);

/* Call it before each round. Reads the files of the spec if that has failed before, or if one with
 * credentials has changed. False if no round can run; then it has reported UNKNOWN. */
bool pl_watch_prepare(pl_watch *watch, const pl_watch_context *context);

/* What the next round has to send. */
pl_round_plan pl_watch_plan(const pl_watch *watch, const pl_watch_context *context);

/* Judges a round; the verdict is in the context, and `facts` refer to the memory that is. */
void pl_watch_judge(const pl_watch *watch, const pl_watch_context *context, pl_facts *facts);

/* Whether the round that was judged last must be judged again with newer addresses. True if it is
 * the first with dns.foreign-address and the known addresses are older than the round: AWS may have
 * replaced an interface. False if the public endpoint is open: that is reported at once. */
bool pl_watch_needs_newer_addresses(const pl_watch *watch, const pl_watch_context *context,
                                    const pl_facts *facts);

/* Reports the round that was judged last. */
void pl_watch_report(pl_watch *watch, const pl_watch_context *context, const pl_facts *facts);

/* Sets value_interval. At most `longest` passes from the time a round is due to its report. */
void pl_watch_set_interval(pl_watch *watch, pl_nsec longest);

typedef enum pl_watch_pace {
  PL_WATCH_IN_TIME,
  PL_WATCH_BEGINS_TO_BE_LATE, /* this call is the first that finds no round */
  PL_WATCH_IS_LATE,
} pl_watch_pace;

/* Whether rounds end in time. If not, logs it once and reports values without a verdict. Any
 * thread. */
pl_watch_pace pl_watch_check(pl_watch *watch, const pl_watch_context *context);

#endif
