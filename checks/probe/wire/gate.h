/* The gate: admits attempts to the two stages that cost something, first come, first served, at
 * most eight per turn of the loop. It knows attempts only by their tickets.
 *
 * A connected attempt keeps its place among the connecting ones until one among the handshakes is
 * free. So there are never more descriptors than both limits together.
 *
 * Loop thread only. The engine owns the gate; all its attempts share it. A ticket is part of its
 * attempt, and the gate points to it from pl_gate_enter to pl_gate_leave.
 */
#ifndef PL_PROBE_WIRE_GATE_H
#define PL_PROBE_WIRE_GATE_H

#include "probe/loop.h"

typedef struct pl_gate pl_gate;

typedef enum pl_gate_stage {
  PL_GATE_OUTSIDE,
  PL_GATE_CONNECT_QUEUE,
  PL_GATE_CONNECTING,
  PL_GATE_HANDSHAKE_QUEUE, /* counts as connecting still */
  PL_GATE_HANDSHAKING,
} pl_gate_stage;

typedef struct pl_gate_ticket pl_gate_ticket;
struct pl_gate_ticket {
  /* Called once each, on admission. Both may call pl_gate_leave. */
  void (*connect)(pl_gate_ticket *ticket);
  void (*handshake)(pl_gate_ticket *ticket);
  /* The gate's own; zero at first. */
  pl_gate_stage stage;
  pl_gate_ticket *previous, *next; /* in a queue */
};

/* At most so many attempts that connect, and so many that are in TLS or HTTP. */
pl_status pl_gate_create(pl_loop *loop, unsigned max_connecting, unsigned max_handshaking,
                         pl_gate **ret_gate) PL_MUST_USE;
/* No ticket is inside any more. NULL is fine. */
void pl_gate_free(pl_gate *gate);

/* Joins the queue for a connect. `connect` is never called from inside. On failure the ticket is
 * outside. */
pl_status pl_gate_enter(pl_gate *gate, pl_gate_ticket *ticket) PL_MUST_USE;
/* The ticket is connected, and waits for a handshake: `handshake` is called from inside where
 * nobody else waits and there is a place. */
void pl_gate_connected(pl_gate *gate, pl_gate_ticket *ticket);
/* Gives back whatever the ticket has. Does nothing where it is outside. The caller has just
 * cancelled a timer of its own: its slot is for the gate's timer (see pl_loop_move_timer). */
void pl_gate_leave(pl_gate *gate, pl_gate_ticket *ticket);

#endif
