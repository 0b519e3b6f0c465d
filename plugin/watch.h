/* One endpoint: its files, its history, and the values and notifications of its rounds.
 *
 * Engine's thread only, except for pl_watch_take.
 */
#ifndef PL_PLUGIN_WATCH_H
#define PL_PLUGIN_WATCH_H

#include "base/file.h"
#include "config.h"
#include "dispatcher.h"
#include "facts/endpoint.h"
#include "keeper.h"
#include "memory/store.h"
#include "submit.h"
#include <stdatomic.h>

#define PL_WATCH_FILES 3 /* API key, client certificate and its key */

typedef struct pl_watch {
  pl_block *block;     /* borrowed; its files are read into its spec, but never during a round */
  const pl_spec *spec; /* the block's; NULL while the endpoint cannot be watched */
  char *problem;       /* why not, or why an old API key is in use; has been logged; owned */
  pl_file_stamp files[PL_WATCH_FILES]; /* with credentials, when they were last read */
  pl_nsec interval;
  pl_history history;
  pl_memory_store memory;
  pl_keep keep;       /* of `memory` */
  pl_nsec phase, due; /* instants: the first point of the grid of rounds, and the next */
  bool running;       /* a round has started and has not been reported */
  pl_facts *held;     /* the facts of a round that waits for newer addresses from EC2; owned */
  pl_endpoint *known; /* what `held` was compared with; one reference */
  pl_nsec held_until;
  bool foreign; /* in the last round, DNS named an address that the endpoint does not have */
  _Atomic(pl_sample *) fresh; /* the newest round, until it is taken */
} pl_watch;

/* What all watches share. */
typedef struct pl_watch_context {
  pl_clock clock;
  pl_keeper *keeper;
  uint64_t host;       /* pl_moment_host */
  pl_memory *memory;   /* what the round was judged with that was judged last */
  pl_verdict *verdict; /* of that round */
} pl_watch_context;

/* Reads what is remembered, from StateDir or else from `default_dir` (NULL: only this process
 * remembers). Both must outlive the watch. */
void pl_watch_init(pl_watch *watch, pl_block *block, pl_nsec default_interval,
                   const char *default_dir);
/* After the keeper has ended. */
void pl_watch_free(pl_watch *watch);

/* Call it before each round. Reads the files of the spec if that has failed before, or if the API
 * key file has changed. False if no round can run; then it has reported UNKNOWN. */
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

/* The newest round, or NULL if it has been taken already. The caller frees it. Any thread. */
pl_sample *pl_watch_take(pl_watch *watch);

#endif
