/* Admits attempts to connecting and to handshakes, a few per turn of the loop. */
#include "probe/wire/gate.h"
#include <stdlib.h>

/* Admissions in one turn of the loop. A larger burst would measure its own queue. */
#define STARTS_PER_TURN 8

typedef struct queue {
  pl_gate_ticket *first, *last;
} queue;

struct pl_gate {
  pl_loop *loop;
  pl_timer timer; /* set while a ticket may be admitted */
  queue connect, handshake;
  unsigned connecting, max_connecting;
  unsigned handshaking, max_handshaking;
};

static void queue_add(queue *q, pl_gate_ticket *ticket) {
  if (ticket->urgent && q->first != NULL) {
    ticket->previous = NULL;
    ticket->next = q->first;
    q->first = q->first->previous = ticket;
    return;
  }
  ticket->previous = q->last;
  ticket->next = NULL;
  *(q->last != NULL ? &q->last->next : &q->first) = ticket;
  q->last = ticket;
}

static void queue_remove(queue *q, pl_gate_ticket *ticket) {
  *(ticket->previous != NULL ? &ticket->previous->next : &q->first) = ticket->next;
  *(ticket->next != NULL ? &ticket->next->previous : &q->last) = ticket->previous;
  ticket->previous = ticket->next = NULL;
}

static bool may_connect(const pl_gate *gate) {
  return gate->connect.first != NULL && gate->connecting < gate->max_connecting;
}

static bool may_handshake(const pl_gate *gate) {
  return gate->handshake.first != NULL && gate->handshaking < gate->max_handshaking;
}

static bool may_admit(const pl_gate *gate) { return may_connect(gate) || may_handshake(gate); }

/* One nanosecond from now is in the next turn, after the events of descriptors. */
static pl_nsec next_turn(const pl_gate *gate) { return pl_loop_now(gate->loop) + 1; }

static void admit_connect(pl_gate *gate) {
  pl_gate_ticket *ticket = gate->connect.first;
  queue_remove(&gate->connect, ticket);
  ticket->stage = PL_GATE_CONNECTING;
  gate->connecting++;
  ticket->connect(ticket);
}

static void admit_handshake(pl_gate *gate) {
  pl_gate_ticket *ticket = gate->handshake.first;
  queue_remove(&gate->handshake, ticket);
  ticket->stage = PL_GATE_HANDSHAKING;
  gate->connecting--;
  gate->handshaking++;
  ticket->handshake(ticket);
}

/* Handshakes come first, since each still counts as connecting. The timer is set again before any
 * ticket is admitted, while the slot that it had is free. */
static void gate_fired(pl_timer *timer) {
  pl_gate *gate = PL_CONTAINER_OF(timer, pl_gate, timer);
  pl_loop_move_timer(gate->loop, timer, next_turn(gate));
  for (int i = 0; i < STARTS_PER_TURN; i++) {
    if (may_handshake(gate))
      admit_handshake(gate);
    else if (may_connect(gate))
      admit_connect(gate);
  }
  if (!may_admit(gate))
    pl_loop_cancel_timer(gate->loop, timer);
}

pl_status pl_gate_enter(pl_gate *gate, pl_gate_ticket *ticket) {
  queue_add(&gate->connect, ticket);
  ticket->stage = PL_GATE_CONNECT_QUEUE;
  if (gate->timer.slot != 0 || !may_admit(gate))
    return PL_OK;
  pl_status status = pl_loop_set_timer(gate->loop, &gate->timer, next_turn(gate));
  if (status != PL_OK) {
    queue_remove(&gate->connect, ticket);
    ticket->stage = PL_GATE_OUTSIDE;
  }
  return status;
}

void pl_gate_connected(pl_gate *gate, pl_gate_ticket *ticket) {
  queue_add(&gate->handshake, ticket);
  ticket->stage = PL_GATE_HANDSHAKE_QUEUE;
  if (gate->handshake.first == ticket && may_handshake(gate))
    admit_handshake(gate);
}

static void wake(pl_gate *gate) {
  if (gate->timer.slot == 0 && may_admit(gate))
    pl_loop_move_timer(gate->loop, &gate->timer, next_turn(gate));
}

bool pl_gate_reserve(pl_gate *gate, unsigned count) {
  if (gate->connecting + count > gate->max_connecting / 2)
    return false;
  gate->connecting += count;
  return true;
}

void pl_gate_release(pl_gate *gate, unsigned count) {
  gate->connecting -= count;
  wake(gate);
}

void pl_gate_leave(pl_gate *gate, pl_gate_ticket *ticket) {
  switch (ticket->stage) {
  case PL_GATE_OUTSIDE:
    return;
  case PL_GATE_CONNECT_QUEUE:
    queue_remove(&gate->connect, ticket);
    break;
  case PL_GATE_CONNECTING:
    gate->connecting--;
    break;
  case PL_GATE_HANDSHAKE_QUEUE:
    queue_remove(&gate->handshake, ticket);
    gate->connecting--;
    break;
  case PL_GATE_HANDSHAKING:
    gate->handshaking--;
    break;
  }
  ticket->stage = PL_GATE_OUTSIDE;
  wake(gate);
}

pl_status pl_gate_create(pl_loop *loop, unsigned max_connecting, unsigned max_handshaking,
                         pl_gate **ret_gate) {
  pl_gate *gate = calloc(1, sizeof(*gate));
  if (gate == NULL)
    return PL_ERR_MEMORY;
  gate->loop = loop;
  gate->timer.fire = gate_fired;
  gate->max_connecting = max_connecting;
  gate->max_handshaking = max_handshaking;
  *ret_gate = gate;
  return PL_OK;
}

void pl_gate_free(pl_gate *gate) {
  if (gate == NULL)
    return;
  pl_loop_cancel_timer(gate->loop, &gate->timer);
  free(gate);
}
