/* One endpoint at work: from its configuration and its rounds to values and notifications.
 *
 * Everything is for the engine's thread, but for pl_watch_take, which any thread may call.
 */
#ifndef PL_PLUGIN_WATCH_H
#define PL_PLUGIN_WATCH_H

#include "base/file.h"
#include "config.h"
#include "dispatcher.h"
#include "facts/endpoint.h"
#include "submit.h"
#include <stdatomic.h>

typedef struct pl_watch {
  pl_block *block;     /* borrowed; its files are read into its spec, never while a round runs */
  const pl_spec *spec; /* the block's; NULL while the endpoint can't be watched */
  char *problem;       /* why it can't, or why its API key is an old one; has been logged; owned */
  pl_file_stamp key_file; /* as it was when the API key was read */
  pl_nsec interval;
  pl_history history;
  pl_nsec phase, due; /* instants: the grid of its rounds, and the next one */
  bool running;       /* a round is under way, or is held */
  pl_facts *held;     /* a round that waits for a newer answer of EC2; owned */
  pl_endpoint *known; /* what it was compared with; counted for it */
  pl_nsec held_until;
  bool foreign; /* the last round had an answer that is none of the endpoint's addresses */
  _Atomic(pl_sample *) fresh; /* the newest round that nobody has taken */
} pl_watch;

/* What a watch needs of its owner. */
typedef struct pl_watch_context {
  pl_clock clock;
  pl_dispatcher *dispatcher;
  pl_verdict *verdict; /* room for one */
} pl_watch_context;

void pl_watch_init(pl_watch *watch, pl_block *block, pl_nsec default_interval);
void pl_watch_free(pl_watch *watch);

/* Before a round: reads the files that the spec names where that has not been possible yet, since
 * one may have appeared, and an API key that has changed. False: there is nothing that a round
 * could do, and UNKNOWN has been reported. */
bool pl_watch_prepare(pl_watch *watch, const pl_watch_context *context);

/* Judges a round; the verdict is in the kit. */
void pl_watch_judge(const pl_watch *watch, const pl_watch_context *context, const pl_facts *facts);

/* Whether the round that was judged last is the first with dns.foreign-address, and the endpoint's
 * addresses are older than it: an interface that AWS has replaced looks like that, too. One that
 * saw the public endpoint open is no such case: it can't wait. */
bool pl_watch_doubts(const pl_watch *watch, const pl_watch_context *context, const pl_facts *facts);

/* Takes the round that was judged last. */
void pl_watch_conclude(pl_watch *watch, const pl_watch_context *context, const pl_facts *facts);

/* The newest round that has not been taken; NULL where there is none. The caller's to free. */
pl_sample *pl_watch_take(pl_watch *watch);

#endif
