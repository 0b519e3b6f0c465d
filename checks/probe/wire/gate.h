/* The gate: limits how many attempts connect at once, and how many are in TLS or HTTP. It admits
 * them in order, at most eight per turn of the loop, and knows only their tickets.
 *
 * An attempt counts as connecting until it may start its handshake. So there are never more
 * descriptors than both limits together.
 *
 * Loop thread only. The engine owns the gate; all its attempts share it. A ticket is a field of its
 * attempt, and the gate points to it from pl_gate_enter to pl_gate_leave.
 */
#ifndef PL_PROBE_WIRE_GATE_H
#define PL_PROBE_WIRE_GATE_H

#include "probe/loop.h"

typedef struct pl_gate pl_gate;

typedef enum pl_gate_stage {
  PL_GATE_OUTSIDE,         /* not entered, or left */
  PL_GATE_CONNECT_QUEUE,   /* waits to connect */
  PL_GATE_CONNECTING,      /* connects */
  PL_GATE_HANDSHAKE_QUEUE, /* connected, waits for its handshake; still counts as connecting */
  PL_GATE_HANDSHAKING,     /* is in TLS or HTTP */
} pl_gate_stage;

typedef struct pl_gate_ticket pl_gate_ticket;
struct pl_gate_ticket {
  /* Called once each, on admission. Both may call pl_gate_leave. */
  void (*connect)(pl_gate_ticket *ticket);
  void (*handshake)(pl_gate_ticket *ticket);
  bool urgent; /* goes to the front of each queue */
  /* The gate's own; zero at first. */
  pl_gate_stage stage;
  pl_gate_ticket *previous, *next; /* in a queue */
};

pl_status pl_gate_create(pl_loop *loop, unsigned max_connecting, unsigned max_handshaking,
                         pl_gate **ret_gate) PL_MUST_USE;
/* After all tickets have left. NULL is fine. */
void pl_gate_free(pl_gate *gate);

/* Joins the queue to connect. Never calls `connect` itself. On failure the ticket is outside. */
pl_status pl_gate_enter(pl_gate *gate, pl_gate_ticket *ticket) PL_MUST_USE;
/* The ticket is connected, and joins the queue for a handshake. Calls `handshake` at once if no
 * other ticket waits and the limit allows it. */
void pl_gate_connected(pl_gate *gate, pl_gate_ticket *ticket);
/* Counts `count` descriptors of SYNs with a limited TTL as connecting, where half of the limit is
 * enough for them and what connects now. They do not wait: false is no. */
bool pl_gate_reserve(pl_gate *gate, unsigned count);
/* Gives them back. As for pl_gate_leave, the caller must just have cancelled a timer. */
void pl_gate_release(pl_gate *gate, unsigned count);
/* Leaves a queue or a stage; does nothing outside. The caller must just have cancelled a timer of
 * its own, so that the gate can set its timer (see pl_loop_move_timer). */
void pl_gate_leave(pl_gate *gate, pl_gate_ticket *ticket);

#endif
