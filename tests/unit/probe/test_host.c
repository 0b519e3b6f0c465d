// Tests what the kernel says about this host.
#include "netns.h"
#include "probe/host.h"
#include "probe/wire/tcp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void a_policy_without_an_association_is_counted(void **state) {
  (void)state;
  netns_enter();
  assert_true(netns_add_wire("wire0") >= 0);
  netns_add_address("wire0", "30.18.0.1", 24);
  assert_int_equal(pl_host_ipsec_drops(), 0);
  netns_ip("xfrm policy add dir out src 0.0.0.0/0 dst 30.18.0.2/32 "
           "tmpl src 30.18.0.1 dst 30.18.0.9 proto esp mode tunnel");
  static const char *const peers[] = {"30.18.0.3", "30.18.0.2"};
  for (size_t i = 0; i < PL_COUNT_OF(peers); i++) {
    pl_sockaddr target = {.port = 443};
    assert_int_equal(pl_addr_parse(peers[i], &target.address), PL_OK);
    pl_attempt_result result;
    pl_attempt_init(&result);
    int fd;
    if (pl_tcp_open(&target, 0, &fd, &result) == PL_TCP_WAITING)
      close(fd);
    assert_int_equal(pl_host_ipsec_drops() > 0, i == 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_policy_without_an_association_is_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
