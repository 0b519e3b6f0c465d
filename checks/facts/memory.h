/* What earlier rounds of one endpoint found, as far as it still counts in this round. Plain data:
 * checks/memory fills it in from the daemon's history or a state file, the judge reads it. Nothing
 * in here makes a verdict better than this round's own facts allow: it rules rivals out, and never
 * replaces a sign.
 *
 * Times are seconds since 1970; 0: never. What no longer counts (too old, in the future, bound to
 * another host, route, name or configuration) has been removed.
 */
#ifndef PL_FACTS_MEMORY_H
#define PL_FACTS_MEMORY_H

#include "facts/rival.h"

typedef enum pl_alarm_state {
  PL_ALARM_OFF,
  PL_ALARM_ON,      /* the public endpoint was open, and has not been proven blocked since */
  PL_ALARM_UNKNOWN, /* what was remembered cannot be read */
} pl_alarm_state;

typedef struct pl_alarm {
  pl_alarm_state state;
  bool unsettled;  /* a round was open or unproven, and --recovery blocks have not followed it */
  unsigned blocks; /* proven blocks in a row */
} pl_alarm;

/* The endpoint as it was seen open, at one moment. */
typedef struct pl_baseline {
  int64_t at;              /* 0: there is none */
  uint16_t public_status;  /* of the public side; 0 with --public-probe tls or tcp */
  uint16_t private_status; /* of the private side without a key; 0 where it had no HTTP answer */
} pl_baseline;

/* A sign that begins so soon after our own variations, in seconds, may have been caused by them. */
#define PL_MEMORY_CAUSED 3600

typedef struct pl_memory {
  pl_alarm alarm;
  pl_baseline baseline;
  /* The signs that `controls`, `attempts` and `sign_since` are about: bit i is the spec's
   * blocked_by.items[i]. They say nothing about any other sign. */
  uint64_t signs;
  /* When each control last ruled out what the signs could be; 0: not, or not fresh. Only SIBLING,
   * REQUEST, KEY and HOPS are remembered. */
  int64_t controls[PL_CONTROL_COUNT];
  /* Attempts of the rounds before this one, in a row, that showed the signs with a witness
   * alongside: how many, and when the first of them started. */
  unsigned attempts;
  int64_t attempts_since;
  int64_t sign_since;        /* since when every round showed the signs */
  bool sign_caused;          /* they began within an hour after variations */
  bool hops_against;         /* SYNs with a limited TTL were last evidence for a rival, or were
                                answered: against a block */
  bool agent_let_in;         /* a request with --user-agent was answered as if it were open, and
                                has not shown the sign since */
  bool let_in;               /* another form of our request was answered as if it were open, and
                                has not shown the sign since */
  int64_t variations_at;     /* when a sibling or another form of the request was last sent */
  int64_t pool_since;        /* since when there was no new address and no different answer */
  bool open_ipv4, open_ipv6; /* an address of the family was open when the family was last there */
} pl_memory;

#endif
