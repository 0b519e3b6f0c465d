/* A network for one test: a new namespace in which this process may add addresses, and a wire whose
 * other end is the test itself. Fails the test (cmocka's fail_msg) if the system allows no
 * namespace, since a test that is skipped proves nothing.
 */
#ifndef PL_TEST_NETNS_H
#define PL_TEST_NETNS_H

#include <stdint.h>

/* Runs ip(8) of iproute2 with these arguments; the test fails if that fails. */
void netns_ip(const char *arguments);

/* Moves this process into a new network namespace with loopback up. As root, or through a new
 * user namespace. */
void netns_enter(void);

/* Gives an interface an address, "192.0.2.1" with prefix 32 or "2001:db8::1" with 128. */
void netns_add_address(const char *interface, const char *address, unsigned prefix);

/* A point-to-point interface (tun(4), IP packets without a header) that is up. Returns the
 * descriptor from which the test reads and writes its packets. */
int netns_add_wire(const char *interface);
/* An Ethernet interface (tap(4)) that is up and whose neighbours never answer. */
int netns_add_dead_segment(const char *interface);

#endif
