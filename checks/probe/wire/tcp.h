/* The TCP stage of an attempt: what happened to a SYN, as the socket knows it.
 *
 * The socket's error queue (ip(7), IP_RECVERR) tells an ICMP error from a RST. errno and the sender
 * of the ICMP error tell failures of this host from those of the network. TCP_INFO tells silence
 * from a SYN that never left. The functions fill in what they learn of `end`, `error`, `icmp`,
 * `source`, `local_port` and `retransmits`. Loop thread; the caller owns the sockets.
 */
#ifndef PL_PROBE_WIRE_TCP_H
#define PL_PROBE_WIRE_TCP_H

#include "facts/facts.h"

/* Shorter silence proves nothing: the first retransmission of a SYN is due after one second
 * (RFC 6298 2.1). */
#define PL_TCP_SILENCE_MIN (1500 * PL_MSEC)

typedef enum pl_tcp_state {
  PL_TCP_WAITING,   /* no answer and no error so far */
  PL_TCP_CONNECTED, /* the handshake of RFC 9293 3.5 is complete */
  PL_TCP_FAILED,    /* the attempt has ended; see the result's `end` */
} pl_tcp_state;

/* Opens a non-blocking socket and sends the SYN, from `port` if that is not 0 and is free. On
 * WAITING the socket is in `*ret_fd`. An address that no probe may connect to (loopback,
 * link-local, unspecified, multicast, reserved) fails with EADDRNOTAVAIL before any socket exists.
 */
pl_tcp_state pl_tcp_open(const pl_sockaddr *target, uint16_t port, int *ret_fd,
                         pl_attempt_result *result) PL_MUST_USE;

/* The same from any port, with a SYN whose TTL (IPv4) or hop limit (IPv6) is `ttl`. */
pl_tcp_state pl_tcp_open_limited(const pl_sockaddr *target, uint8_t ttl, int *ret_fd,
                                 pl_attempt_result *result) PL_MUST_USE;

/* After an event on the socket, `waited` nanoseconds after the SYN. */
pl_tcp_state pl_tcp_check(int fd, pl_nsec waited, pl_attempt_result *result) PL_MUST_USE;

/* After the timeout. Never returns WAITING: it reports silence instead. */
pl_tcp_state pl_tcp_give_up(int fd, pl_nsec waited, pl_attempt_result *result) PL_MUST_USE;

/* Whether the other side has all that was sent to it, but earlier segments of its own are missing
 * while later ones arrived: larger packets are lost on the way (path MTU). False before Linux 5.4.
 */
bool pl_tcp_has_gap(int fd);

/* Closes, after it discards what has arrived, so that the kernel sends FIN and not RST. */
void pl_tcp_close(int fd);

#endif
