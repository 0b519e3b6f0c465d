/* Time: every duration and every instant is in nanoseconds, signed 64 bit.
 *
 * The library uses only the pl_clock that its caller passes. The judge gets the wall time at which
 * the facts were taken. Any thread.
 */
#ifndef PL_BASE_CLOCK_H
#define PL_BASE_CLOCK_H

#include <stdint.h>

typedef int64_t pl_nsec;

#define PL_MSEC ((pl_nsec)1000000)
#define PL_SEC ((pl_nsec)1000000000)
#define PL_NSEC_UNKNOWN ((pl_nsec)-1) /* a duration that was not measured */

typedef struct pl_clock {
  pl_nsec (*monotonic)(void *user); /* CLOCK_MONOTONIC */
  pl_nsec (*wall)(void *user);      /* CLOCK_REALTIME, since 1970-01-01T00:00:00Z */
  pl_nsec (*boot)(void *user);      /* CLOCK_BOOTTIME; NULL: CLOCK_MONOTONIC does for it */
  void *user;
} pl_clock;

/* The system's clocks. */
pl_clock pl_clock_system(void);

/* An instant: nanoseconds of the monotonic clock. */
static inline pl_nsec pl_clock_now(const pl_clock *clock) { return clock->monotonic(clock->user); }

/* Since 1970, in nanoseconds and in seconds. */
static inline pl_nsec pl_clock_wall(const pl_clock *clock) { return clock->wall(clock->user); }

static inline int64_t pl_clock_wall_seconds(const pl_clock *clock) {
  return pl_clock_wall(clock) / PL_SEC;
}

/* Seconds, for output. */
static inline double pl_seconds(pl_nsec duration) { return (double)duration / (double)PL_SEC; }

#endif
