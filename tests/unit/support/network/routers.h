/* Other hosts for a test: each is a process in a network namespace of its own, which forwards.
 * Links are veth(4). Call netns_enter first. */
#ifndef PL_TEST_ROUTERS_H
#define PL_TEST_ROUTERS_H

#include <stdint.h>
#include <sys/types.h>

typedef struct test_router {
  pid_t pid;
  int commands, replies;
} test_router;

/* It forwards IPv4 and IPv6, and does not limit its ICMP errors. */
test_router router_start(void);
/* Runs ip(8) in its namespace; the test fails if that fails. */
void router_ip(const test_router *router, const char *arguments);
/* It accepts connections on this TCP port of each of its addresses. */
void router_listen(const test_router *router, uint16_t port);
/* A link named `name` at both ends, which is up: from this namespace to `to`, or from `from` to it.
 */
void router_link(const test_router *from, const test_router *to, const char *name);
void router_stop(test_router *router);

#endif
