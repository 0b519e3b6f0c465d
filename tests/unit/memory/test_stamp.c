// Tests remembered times: ages over clock steps and reboots, and who this host is.
#include "memory/stamp.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define NEVER PL_STAMP_NO_AGE

/* A stamp, and the moment that it is looked at. */
typedef struct age_case {
  const char *name;
  pl_stamp stamp;
  int64_t wall, boot;
  int64_t age;
} age_case;

static const age_case age_cases[] = {
    {"never", {0, 0}, 1000, 100, NEVER},
    {"in this boot", {1000, 100}, 1060, 160, 60},
    {"now", {1000, 100}, 1000, 100, 0},
    {"the wall clock was set back", {1000, 100}, 10, 160, 60},
    {"the wall clock was set forward", {1000, 100}, 999999, 160, 60},
    {"the boot clock is smaller: not this boot's", {1000, 100}, 1060, 50, NEVER},
    {"of an earlier boot", {1000, 0}, 1060, 5, 60},
    {"of an earlier boot, in the future", {1000, 0}, 999, 5, NEVER},
};

static void ages(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(age_cases) / sizeof(*age_cases); i++) {
    const age_case *c = &age_cases[i];
    pl_moment now = {.wall = c->wall, .boot = c->boot, .host = 1};
    if (pl_stamp_age(&c->stamp, &now) != c->age)
      fail_msg("%s: %lld", c->name, (long long)pl_stamp_age(&c->stamp, &now));
    assert_int_equal(pl_stamp_is_fresh(&c->stamp, &now, 60), c->age != NEVER);
    assert_int_equal(pl_stamp_is_fresh(&c->stamp, &now, 59), c->age == 0);
    int64_t wall = c->age == NEVER ? 0 : c->wall > c->age ? c->wall - c->age : 1;
    assert_int_equal(pl_stamp_wall(&c->stamp, &now), wall);
  }
}

static void a_stamp_of_now(void **state) {
  (void)state;
  pl_moment now = {.wall = 1000, .boot = 100, .host = 1};
  pl_stamp stamp = pl_stamp_before(&now, 40);
  assert_int_equal(stamp.wall, 960);
  assert_int_equal(stamp.boot, 60);
  /* Before this boot, and before 1970. */
  stamp = pl_stamp_before(&now, 5000);
  assert_int_equal(stamp.wall, 1);
  assert_int_equal(stamp.boot, 0);
  now.host = 0; /* the boot is not known, so its clock says nothing later on */
  assert_int_equal(pl_stamp_of(&now).boot, 0);
}

static void write_text(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void hosts_differ_by_machine_and_boot(void **state) {
  (void)state;
  char directory[] = "/tmp/test_stamp.XXXXXX", machine[64], boot[64];
  assert_non_null(mkdtemp(directory));
  snprintf(machine, sizeof(machine), "%s/machine", directory);
  snprintf(boot, sizeof(boot), "%s/boot", directory);
  assert_int_equal(pl_moment_host(machine, boot), 0);
  write_text(boot, "b1\n");
  uint64_t without = pl_moment_host(machine, boot);
  write_text(machine, "m1\n");
  uint64_t first = pl_moment_host(machine, boot);
  assert_int_not_equal(without, 0);
  assert_int_not_equal(first, without);
  assert_true(first == pl_moment_host(machine, boot));
  write_text(boot, "b2\n");
  assert_true(first != pl_moment_host(machine, boot));
  write_text(boot, "b1\n");
  write_text(machine, "m2\n");
  assert_true(first != pl_moment_host(machine, boot));
  write_text(boot, "");
  assert_int_equal(pl_moment_host(machine, boot), 0);
  unlink(machine);
  unlink(boot);
  rmdir(directory);
}

static void this_host_has_one(void **state) {
  (void)state;
  assert_true(pl_moment_host(PL_MACHINE_ID, PL_BOOT_ID) != 0);
  pl_clock clock = pl_clock_system();
  pl_moment now = pl_moment_now(&clock, 3, 60 * PL_SEC);
  assert_true(now.wall > 1600000000);
  assert_true(now.boot > 0);
  assert_int_equal(now.host, 3);
  assert_int_equal(now.interval, 60);
}

static void networks_differ_by_namespace(void **state) {
  (void)state;
  char directory[] = "/tmp/test_stamp.XXXXXX", link[64];
  assert_non_null(mkdtemp(directory));
  snprintf(link, sizeof(link), "%s/net", directory);
  assert_true(pl_moment_network(7, link) == 7); /* it can't be read */
  assert_int_equal(symlink("net:[1]", link), 0);
  uint64_t first = pl_moment_network(7, link);
  assert_true(first != 0 && first != 7);
  assert_true(first == pl_moment_network(7, link));
  assert_true(first != pl_moment_network(8, link));
  assert_int_equal(pl_moment_network(0, link), 0);
  assert_int_equal(unlink(link), 0);
  assert_int_equal(symlink("net:[2]", link), 0);
  assert_true(first != pl_moment_network(7, link));
  unlink(link);
  rmdir(directory);
  assert_true(pl_moment_network(7, PL_NET_NAMESPACE) != 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ages),
      cmocka_unit_test(a_stamp_of_now),
      cmocka_unit_test(hosts_differ_by_machine_and_boot),
      cmocka_unit_test(networks_differ_by_namespace),
      cmocka_unit_test(this_host_has_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
