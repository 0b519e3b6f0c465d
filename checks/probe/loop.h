/* The event loop: epoll (edge-triggered, each descriptor added once) and a timer heap. It also
 * notices when the process stood still.
 *
 * One thread runs a loop; other threads may only call pl_loop_wake. Sources and timers are fields
 * of their owners. The loop owns none of them, and points to them only while they are added.
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
  size_t slot; /* index in the heap plus one; 0 while not set */
};

pl_status pl_loop_create(const pl_clock *clock, pl_loop **ret_loop, pl_error *error) PL_MUST_USE;
void pl_loop_free(pl_loop *loop);

/* Edge-triggered for reading and writing. */
pl_status pl_loop_add(pl_loop *loop, pl_source *source, int fd) PL_MUST_USE;
/* For the owner, before it closes the descriptor. From then on no event of it is delivered, not
 * even one that epoll has already returned. Does nothing if fd is -1. */
void pl_loop_remove(pl_loop *loop, pl_source *source);

/* Sets or moves a timer; fires once, at or after `due`. PL_ERR_MEMORY if the timer was not set and
 * the heap can't grow. The heap never shrinks: a timer that fires or is cancelled leaves a free
 * slot for the next one. */
pl_status pl_loop_set_timer(pl_loop *loop, pl_timer *timer, pl_nsec due) PL_MUST_USE;
/* The same when it can't fail: the timer is set, or a timer (this or another one) has just fired or
 * been cancelled, and none has been set since. */
void pl_loop_move_timer(pl_loop *loop, pl_timer *timer, pl_nsec due);
void pl_loop_cancel_timer(pl_loop *loop, pl_timer *timer);

/* The time of this turn of the loop: read after each wait for events. */
pl_nsec pl_loop_now(const pl_loop *loop);
/* The present time, for measurements. */
pl_nsec pl_loop_clock(const pl_loop *loop);
int64_t pl_loop_wall(const pl_loop *loop); /* seconds since 1970 */

/* Waits once, and handles what is due. Descriptors come before timers, so that an answer is seen
 * before the timeout that would hide it. A turn waits 250 ms at most: a gap of more than a second
 * between two turns means that the process stood still (SIGSTOP, suspend). PL_ERR_IO if epoll
 * fails. */
pl_status pl_loop_turn(pl_loop *loop) PL_MUST_USE;
/* How often the process stood still. Compare the numbers before and after an attempt. */
unsigned pl_loop_freezes(const pl_loop *loop);
/* The largest delay since the last call of this function: from the time that a timer was due, or
 * from the wait that returned an event, until it was handled. The time that an event spends in the
 * kernel is not known. */
pl_nsec pl_loop_take_delay(pl_loop *loop);
/* Adds a delay that the prober caused elsewhere: a wait in one of its own queues. */
void pl_loop_note_delay(pl_loop *loop, pl_nsec delay);

/* Ends the wait of a turn. For any thread; async-signal-safe. */
void pl_loop_wake(pl_loop *loop);

#endif
