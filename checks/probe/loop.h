/* The event loop: epoll (edge-triggered, each descriptor added once), a timer heap, a wake-up
 * descriptor, and a watch on the process itself.
 *
 * One thread runs a loop; only pl_loop_wake may be called from others. Sources and timers are
 * embedded in their owners: the loop owns none of them, and holds pointers only while they are
 * added.
 */
#ifndef PL_PROBE_LOOP_H
#define PL_PROBE_LOOP_H

#include "base/clock.h"
#include "base/status.h"
#include <stdint.h>

typedef struct pl_loop pl_loop;

typedef struct pl_source pl_source;
struct pl_source {
  void (*ready)(pl_source *source, uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP */
  int fd;                                            /* -1 while not added */
};

typedef struct pl_timer pl_timer;
struct pl_timer {
  void (*fire)(pl_timer *timer);
  pl_nsec due;
  size_t slot; /* place in the heap plus one; 0 while not set */
};

pl_status pl_loop_create(const pl_clock *clock, pl_loop **ret_loop, pl_error *error) PL_MUST_USE;
void pl_loop_free(pl_loop *loop);

/* Edge-triggered for reading and writing. */
pl_status pl_loop_add(pl_loop *loop, pl_source *source, int fd) PL_MUST_USE;
/* Takes the descriptor out before its owner closes it. No event of it is delivered any more, not
 * even one that is already read. Does nothing where fd is -1. */
void pl_loop_remove(pl_loop *loop, pl_source *source);

/* Sets or moves a timer; fires once, at or after `due`. Fails only where the timer was not set and
 * the heap can't grow. The heap never shrinks: a timer that fires or is cancelled leaves a free
 * slot to the next one that is set. */
pl_status pl_loop_set_timer(pl_loop *loop, pl_timer *timer, pl_nsec due) PL_MUST_USE;
/* The same where it can't fail: the timer is set, or a slot is free because a timer (this or
 * another one) has just fired or been cancelled, and none has been set since. */
void pl_loop_move_timer(pl_loop *loop, pl_timer *timer, pl_nsec due);
void pl_loop_cancel_timer(pl_loop *loop, pl_timer *timer);

/* The time of this turn of the loop: read after the wait, once per turn and per batch of events. */
pl_nsec pl_loop_now(const pl_loop *loop);
/* The clock itself, for measuring. */
pl_nsec pl_loop_clock(const pl_loop *loop);
int64_t pl_loop_wall(const pl_loop *loop); /* seconds since 1970 */

/* Descriptors come before timers in each turn, so that an answer which is there is seen before
 * the timeout that would hide it. Waits no longer than 250 ms, so that a process that stood still
 * (SIGSTOP, suspend) is noticed: a gap of more than a second between two turns counts. */
pl_status pl_loop_turn(pl_loop *loop) PL_MUST_USE;
/* How often the process has been seen standing still; compare before and after an attempt. */
unsigned pl_loop_freezes(const pl_loop *loop);
/* Largest delay since the last call of this function: of a timer behind its due time, or of an
 * event behind the wait that brought it. How long it had waited in the kernel by then is not known.
 */
pl_nsec pl_loop_take_delay(pl_loop *loop);
/* Adds a delay that the prober itself caused elsewhere: a wait in one of its own queues. */
void pl_loop_note_delay(pl_loop *loop, pl_nsec delay);

/* Ends the wait of a turn; any thread, async-signal-safe. */
void pl_loop_wake(pl_loop *loop);

#endif
