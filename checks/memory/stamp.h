/* Times that are remembered, and the moment that they are compared with.
 *
 * Within one boot an age comes from CLOCK_BOOTTIME, which nobody can set; after a reboot from the
 * wall clock. Plain data and pure functions, any thread.
 */
#ifndef PL_MEMORY_STAMP_H
#define PL_MEMORY_STAMP_H

#include "base/clock.h"
#include <stdbool.h>

/* When something was, in seconds. Zeroed: never. Small, because a daemon keeps twenty of them for
 * each endpoint: good until the year 2106. A later time counts as that one. */
typedef struct pl_stamp {
  uint32_t wall; /* since 1970 */
  uint32_t boot; /* CLOCK_BOOTTIME; 0: in an earlier boot, or on another host */
} pl_stamp;

/* Now, here. */
typedef struct pl_moment {
  int64_t wall, boot; /* as above */
  uint64_t host;      /* this boot and network (pl_moment_network); 0: not known */
  int64_t interval;   /* from one round to the next, seconds; 0: not known */
} pl_moment;

#define PL_STAMP_NO_AGE ((int64_t)-1)

pl_stamp pl_stamp_of(const pl_moment *now);
/* `seconds` before now. */
pl_stamp pl_stamp_before(const pl_moment *now, int64_t seconds);
/* Seconds, at least 0; PL_STAMP_NO_AGE where it never was, or is in the future. */
int64_t pl_stamp_age(const pl_stamp *stamp, const pl_moment *now);
/* Whether it was at most `seconds` ago. */
bool pl_stamp_is_fresh(const pl_stamp *stamp, const pl_moment *now, int64_t seconds);
/* Seconds since 1970 by the clock of now, at least 1; 0 where it has no age. */
int64_t pl_stamp_wall(const pl_stamp *stamp, const pl_moment *now);

/* Where a machine says who it is, and which boot this is. */
#define PL_MACHINE_ID "/etc/machine-id"
#define PL_BOOT_ID "/proc/sys/kernel/random/boot_id"

/* A number for this boot of this machine. 0 where the boot can't be read; a machine without an id
 * (a container) is told by its boot alone. */
uint64_t pl_moment_host(const char *machine_id, const char *boot_id);
/* Where the kernel says which network namespace this thread is in (network_namespaces(7)). */
#define PL_NET_NAMESPACE "/proc/thread-self/ns/net"
/* The same for what belongs to a network, such as routes: a number for this boot and this network
 * namespace. Containers may have equal interfaces and addresses, and other ways out. Where the
 * namespace can't be read, that of the boot alone; 0 for 0. */
uint64_t pl_moment_network(uint64_t host, const char *namespace);
pl_moment pl_moment_now(const pl_clock *clock, uint64_t host, pl_nsec interval);

#endif
