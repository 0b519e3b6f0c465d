/* Reads the values of single addresses from the facts and the verdict of a round. */
#include "facts/address_values.h"

typedef struct taker {
  pl_address_value take;
  void *user;
} taker;

static void add_time(const taker *to, pl_metric_id id, const pl_addr *address, pl_nsec time) {
  if (time >= 0)
    to->take(to->user, id, address, pl_seconds(time));
}

static void add_private(const taker *to, const pl_target *target,
                        const pl_target_verdict *verdict) {
  const pl_attempt_result *last = pl_target_last_attempt(target);
  if (verdict->reason != PL_REASON_PORT_LOCAL_FAILURE) /* else it is neither up nor down */
    to->take(to->user, PL_METRIC_ADDRESSES_UP, &target->address, verdict->up ? 1 : 0);
  if (last == NULL)
    return;
  add_time(to, PL_METRIC_CONNECT_TIME, &target->address, last->connect_time);
  add_time(to, PL_METRIC_TLS_TIME, &target->address, last->tls_time);
  add_time(to, PL_METRIC_FIRST_BYTE_TIME, &target->address, last->first_byte_time);
}

static void add_public(const taker *to, const pl_target *target, const pl_target_verdict *verdict) {
  to->take(to->user, PL_METRIC_PUBLIC_VERDICT, &target->address, verdict->public_class);
  for (unsigned i = target->attempt_count; i > 0; i--) {
    if (target->attempts[i - 1].http_status == 0)
      continue;
    to->take(to->user, PL_METRIC_PUBLIC_HTTP_STATUS, &target->address,
             target->attempts[i - 1].http_status);
    return;
  }
}

static void add_target(const taker *to, const pl_target *target, const pl_target_verdict *verdict) {
  if (!verdict->judged)
    return;
  switch (target->role) {
  case PL_ROLE_PRIVATE:
    add_private(to, target, verdict);
    return;
  case PL_ROLE_PUBLIC:
    add_public(to, target, verdict);
    return;
  case PL_ROLE_COUNTER: /* the same address without the API key; its values are not reported */
  case PL_ROLE_SIBLING:
  case PL_ROLE_AGENT:
  case PL_ROLE_HELLO:
  case PL_ROLE_PUBLIC_KEY:
  case PL_ROLE_PRIVATE_KEY:
  case PL_ROLE_COUNT:
    return;
  }
}

void pl_address_values(const pl_facts *facts, const pl_verdict *verdict, pl_address_value take,
                       void *user) {
  taker to = {take, user};
  for (size_t i = 0; i < facts->target_count; i++)
    add_target(&to, &facts->targets[i], &verdict->targets[i]);
}
