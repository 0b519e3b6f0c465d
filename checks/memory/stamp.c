/* Times that are remembered: their age, whatever was done to the wall clock. */
#include "memory/stamp.h"
#include "base/file.h"
#include "base/hash.h"
#include <stdlib.h>
#include <unistd.h>

pl_stamp pl_stamp_of(const pl_moment *now) { return pl_stamp_before(now, 0); }

static uint32_t limited(int64_t seconds) {
  return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

pl_stamp pl_stamp_before(const pl_moment *now, int64_t seconds) {
  bool known = now->host != 0 && now->boot > seconds;
  return (pl_stamp){.wall = limited(now->wall > seconds ? now->wall - seconds : 1),
                    .boot = known ? limited(now->boot - seconds) : 0};
}

int64_t pl_stamp_age(const pl_stamp *stamp, const pl_moment *now) {
  if (stamp->wall == 0)
    return PL_STAMP_NO_AGE;
  int64_t age = stamp->boot != 0 ? now->boot - stamp->boot : now->wall - stamp->wall;
  return age >= 0 ? age : PL_STAMP_NO_AGE;
}

bool pl_stamp_is_fresh(const pl_stamp *stamp, const pl_moment *now, int64_t seconds) {
  int64_t age = pl_stamp_age(stamp, now);
  return age != PL_STAMP_NO_AGE && age <= seconds;
}

int64_t pl_stamp_wall(const pl_stamp *stamp, const pl_moment *now) {
  int64_t age = pl_stamp_age(stamp, now);
  if (age == PL_STAMP_NO_AGE)
    return 0;
  return now->wall > age ? now->wall - age : 1;
}

/* Adds the first line of a file; false where it can't be read, or is empty. */
static bool add_line(uint64_t *hash, const char *path) {
  char *text;
  size_t length;
  if (pl_file_read(path, 256, &text, &length, NULL) != PL_OK)
    return false;
  pl_hash_text(hash, text);
  free(text);
  return length > 0;
}

uint64_t pl_moment_host(const char *machine_id, const char *boot_id) {
  uint64_t hash = PL_HASH_INIT;
  (void)add_line(&hash, machine_id);
  return add_line(&hash, boot_id) ? pl_hash_end(hash) : 0;
}

uint64_t pl_moment_network(uint64_t host, const char *namespace) {
  char text[64]; /* "net:[4026531840]" */
  ssize_t length = readlink(namespace, text, sizeof(text));
  if (host == 0 || length <= 0)
    return host;
  uint64_t hash = host;
  pl_hash_bytes(&hash, text, (size_t)length);
  return pl_hash_end(hash);
}

pl_moment pl_moment_now(const pl_clock *clock, uint64_t host, pl_nsec interval) {
  pl_nsec boot = clock->boot != NULL ? clock->boot(clock->user) : pl_clock_now(clock);
  return (pl_moment){.wall = pl_clock_wall_seconds(clock),
                     .boot = boot / PL_SEC,
                     .host = host,
                     .interval = interval / PL_SEC};
}
