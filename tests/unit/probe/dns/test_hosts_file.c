// Tests reading /etc/hosts: what it gives a name, and that a changed file is read again.
#include "alloc_fail.h"
#include "probe/dns/hosts_file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static void write_text(const char *text) {
  (void)snprintf(path, sizeof(path), "/tmp/pl-hosts-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  close(fd);
}

/* The addresses of "p.example.com", each followed by a space. */
static void find(pl_hosts_file *hosts, char found[256]) {
  pl_addr_list list = {0};
  char text[PL_ADDR_TEXT];
  assert_int_equal(pl_hosts_file_find(hosts, path, "p.example.com", &list), PL_OK);
  found[0] = '\0';
  for (size_t i = 0; i < list.count; i++) {
    strcat(found, pl_addr_format(&list.items[i], text));
    strcat(found, " ");
  }
  pl_addr_list_free(&list);
}

static void names_are_found_as_the_resolver_finds_them(void **state) {
  (void)state;
  static const struct {
    const char *text, *found;
  } cases[] = {
      {"", ""},
      {"10.0.1.10 p.example.com\n", "10.0.1.10 "},
      {"10.0.1.10 p.example.com", "10.0.1.10 "},
      {"10.0.1.10\tother  P.Example.COM # p\n", "10.0.1.10 "},
      {"  10.0.1.10 p.example.com.\r\nfd00::1 p.example.com p\n", "10.0.1.10 fd00::1 "},
      {"10.0.1.10 p.example.com p.example.com\n10.0.1.10 p.example.com\n", "10.0.1.10 "},
      {"# 10.0.1.10 p.example.com\n10.0.1.11 # p.example.com\n", ""},
      {"p.example.com 10.0.1.10\n10.0.1.10\n\n \n", ""},
      {"10.0.1.10 p.example.co xp.example.com p.example.com.x\n", ""},
      {"10.0.1.999 p.example.com\nfe80::1%lo p.example.com\n", ""},
      {"10.0.1.10 a\np.example.com\n", ""},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_hosts_file hosts = {0};
    char found[256];
    write_text(cases[i].text);
    find(&hosts, found);
    if (strcmp(found, cases[i].found) != 0)
      fail_msg("%s: %s", cases[i].text, found);
    pl_hosts_file_free(&hosts);
    unlink(path);
  }
}

static void a_file_is_read_again_when_it_has_changed(void **state) {
  (void)state;
  pl_hosts_file hosts = {0};
  char found[256];
  write_text("10.0.1.10 p.example.com\n");
  find(&hosts, found);
  const char *text = hosts.text;
  find(&hosts, found);
  assert_ptr_equal(hosts.text, text);
  FILE *file = fopen(path, "a");
  assert_non_null(file);
  assert_true(fputs("10.0.1.11 p.example.com\n", file) >= 0);
  fclose(file);
  find(&hosts, found);
  assert_string_equal(found, "10.0.1.10 10.0.1.11 ");
  unlink(path);
  find(&hosts, found); /* there is none now */
  assert_string_equal(found, "");
  pl_hosts_file_free(&hosts);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  write_text("10.0.1.10 p.example.com\n");
  for (unsigned nth = 1;; nth++) {
    pl_hosts_file hosts = {0};
    pl_addr_list list = {0};
    alloc_fail_arm(nth);
    pl_status status = pl_hosts_file_find(&hosts, path, "p.example.com", &list);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    assert_int_equal(list.count, failed ? 0 : 1);
    pl_addr_list_free(&list);
    pl_hosts_file_free(&hosts);
    if (!failed)
      break;
  }
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_found_as_the_resolver_finds_them),
      cmocka_unit_test(a_file_is_read_again_when_it_has_changed),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
