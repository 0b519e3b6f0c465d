/* A network of the test's own: a fresh namespace in which addresses that are not loopback belong to
 * this process, and a wire whose other end is the test itself. Fails loudly (cmocka's fail_msg)
 * where the system gives no namespace: a network test that is skipped proves nothing.
 */
#ifndef PL_TEST_NETNS_H
#define PL_TEST_NETNS_H

#include <stdint.h>

/* Moves this process into a new network namespace with loopback up. As root, or through a user
 * namespace of its own. */
void netns_enter(void);

/* Gives an interface an address, "192.0.2.1" with prefix 32 or "2001:db8::1" with 128. */
void netns_add_address(const char *interface, const char *address, unsigned prefix);

/* A point-to-point interface (tun(4), IP packets without a header) that is up. Returns the
 * descriptor on which the test is the rest of the world. */
int netns_add_wire(const char *interface);
/* An Ethernet interface (tap(4)) that is up and whose neighbours never answer. */
int netns_add_dead_segment(const char *interface);

#endif
