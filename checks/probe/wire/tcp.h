/* The TCP stage of an attempt: what became of a SYN, asked of the socket itself.
 *
 * The socket's error queue (ip(7), IP_RECVERR) tells an ICMP error from a RST. errno and the sender
 * of the ICMP error tell failures of this host from those of the network. TCP_INFO tells silence
 * from a SYN that never left. Every function fills in `end`, `error`, `icmp`, `local_port` and
 * `retransmits` of the result where it learns them. Loop thread; the caller owns the sockets.
 */
#ifndef PL_PROBE_WIRE_TCP_H
#define PL_PROBE_WIRE_TCP_H

#include "facts/facts.h"

/* Silence proves something only after this long: the first retransmission of a SYN is due after
 * one second (RFC 6298 2.1). */
#define PL_TCP_SILENCE_MIN (1500 * PL_MSEC)

typedef enum pl_tcp_state {
  PL_TCP_WAITING,   /* neither answer nor error yet */
  PL_TCP_CONNECTED, /* the handshake of RFC 9293 3.5 is complete */
  PL_TCP_FAILED,    /* it is over; the result's `end` says how */
} pl_tcp_state;

/* Opens a non-blocking socket and sends the SYN. On WAITING the socket is in `*ret_fd`. An address
 * that no probe may connect to (loopback, link-local, unspecified, multicast, reserved) fails with
 * EADDRNOTAVAIL before any socket exists. */
pl_tcp_state pl_tcp_open(const pl_sockaddr *target, int *ret_fd,
                         pl_attempt_result *result) PL_MUST_USE;

/* Asks after an event on the socket, `waited` nanoseconds after the SYN. */
pl_tcp_state pl_tcp_check(int fd, pl_nsec waited, pl_attempt_result *result) PL_MUST_USE;

/* Asks for the last time: what is silent now ends as silence, never as WAITING. */
pl_tcp_state pl_tcp_give_up(int fd, pl_nsec waited, pl_attempt_result *result) PL_MUST_USE;

/* Discards what has already arrived and closes, so that the kernel sends FIN and not RST. */
void pl_tcp_close(int fd);

#endif
