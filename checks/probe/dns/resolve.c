/* Asks questions of resolvers, a limited number at once, and ends each in time. */
#include "probe/dns/resolve.h"
#include "base/file.h"
#include "probe/dns/channel.h"
#include "probe/dns/dns_answer.h"
#include "probe/dns/hosts_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A default receive buffer holds 256 answers. More at once would be lost, and look like a dead
 * resolver, so only this many questions are in flight. A question without an answer leaves the
 * window after WINDOW_TIME: late answers do not come all at once. */
#define WINDOW 128
#define WINDOW_TIME (250 * PL_MSEC)
#define SYSTEM_CONFIGURATION "/etc/resolv.conf"
#define HOSTS_FILE "/etc/hosts"

typedef struct resolver {
  struct resolver *next;
  pl_sockaddr address;
  pl_channel *channel;
  unsigned in_flight;     /* queries in the window */
  pl_query *first, *last; /* queries that wait for the window */
} resolver;

struct pl_resolvers {
  pl_loop *loop;
  resolver *list;
  bool system_known;
  pl_file_stamp system_stamp; /* of SYSTEM_CONFIGURATION when it was read */
  pl_sockaddr system[PL_LIMIT_RESOLVERS];
  size_t system_count;
  bool system_rotate;
  pl_hosts_file hosts;
};

typedef enum query_state {
  QUERY_WAITING, /* for room in the window */
  QUERY_ASKED,   /* sent, and in the window */
  QUERY_SLOW,    /* sent, but without an answer for so long that it left the window */
  QUERY_ENDED,   /* the fact is complete; `done` is due */
  QUERY_DONE,    /* `done` was called */
} query_state;

struct pl_query {
  pl_timer timer; /* set from start to `done` */
  pl_query_config config;
  resolver *resolver;
  query_state state;
  pl_query *next, *previous; /* among those that wait for the window */
  pl_question *question;     /* NULL while c-ares has none */
  unsigned freezes;          /* of the loop, when it was sent */
  pl_nsec expires;           /* 0 until it is sent */
  pl_dns_fact fact;
  char name[]; /* without a dot at its end */
};

/* ---- queries --------------------------------------------------------------------------------- */

static pl_nsec earlier(pl_nsec a, pl_nsec b) { return a < b ? a : b; }

static pl_loop *loop_of(const pl_query *query) { return query->config.resolvers->loop; }

static void move_timer(pl_query *query, pl_nsec due) {
  pl_loop_move_timer(loop_of(query), &query->timer, due);
}

static void leave_queue(pl_query *query) {
  resolver *r = query->resolver;
  *(query->previous != NULL ? &query->previous->next : &r->first) = query->next;
  *(query->next != NULL ? &query->next->previous : &r->last) = query->previous;
  query->next = query->previous = NULL;
}

static void join_queue(pl_query *query) {
  resolver *r = query->resolver;
  query->state = QUERY_WAITING;
  query->previous = r->last;
  *(r->last != NULL ? &r->last->next : &r->first) = query;
  r->last = query;
}

/* Leaves `state`: the queue, the window, and the question that c-ares has. */
static void leave_state(pl_query *query) {
  if (query->state == QUERY_WAITING)
    leave_queue(query);
  if (query->state == QUERY_ASKED)
    query->resolver->in_flight--;
  if (query->question != NULL)
    pl_question_drop(query->question);
  query->question = NULL;
}

static void end_query(pl_query *query, pl_dns_outcome outcome, int error) {
  pl_loop *loop = loop_of(query);
  leave_state(query);
  query->state = QUERY_ENDED;
  query->fact.outcome = outcome;
  query->fact.error = error;
  query->fact.elapsed = pl_loop_clock(loop) - query->fact.started;
  move_timer(query, pl_loop_now(loop));
}

static void read_message(pl_query *query, const pl_channel_answer *answer) {
  query->fact.over_tcp = answer->over_tcp;
  pl_status status = pl_dns_answer_read(answer->bytes, answer->length, query->name,
                                        query->config.type, &query->fact);
  if (status == PL_OK)
    end_query(query, query->fact.outcome, 0);
  else
    end_query(query, PL_DNS_LOCAL, status == PL_ERR_MEMORY ? ENOMEM : EINVAL);
}

/* The query ends when its own time is over. Until then it is sent again. */
static void try_again(pl_query *query) {
  leave_state(query);
  if (pl_loop_clock(loop_of(query)) + WINDOW_TIME < query->expires)
    join_queue(query);
  else
    query->state = QUERY_SLOW;
}

static void on_answer(void *user, const pl_channel_answer *answer) {
  pl_query *query = user;
  query->question = NULL;
  if (answer->bytes != NULL)
    read_message(query, answer);
  else if (answer->tries_over)
    try_again(query);
  else
    end_query(query, answer->outcome, answer->error);
}

static pl_nsec next_instant(const pl_query *query) {
  pl_nsec due = query->config.deadline;
  if (query->expires != 0)
    due = earlier(due, query->expires);
  if (query->state == QUERY_ASKED)
    due = earlier(due, query->fact.started + WINDOW_TIME);
  return due;
}

static void send_query(pl_query *query) {
  resolver *r = query->resolver;
  leave_queue(query);
  query->state = QUERY_ASKED;
  r->in_flight++;
  if (query->expires == 0) {
    query->fact.started = pl_loop_clock(loop_of(query));
    query->expires = query->fact.started + query->config.timeout;
    query->freezes = pl_loop_freezes(loop_of(query));
  }
  move_timer(query, next_instant(query));
  if (pl_channel_ask(r->channel, query->name, query->config.type, on_answer, query,
                     &query->question) != PL_OK)
    end_query(query, PL_DNS_LOCAL, ENOMEM);
}

/* Fills the window. Called after everything that c-ares or a query did, and never from inside
 * c-ares. */
static void settle(void *user) {
  resolver *r = user;
  while (r->in_flight < WINDOW && r->first != NULL)
    send_query(r->first);
  pl_channel_settle(r->channel);
}

/* The timer of a query that has not ended. */
static void query_is_due(pl_query *query) {
  resolver *r = query->resolver;
  pl_nsec now = pl_loop_now(loop_of(query));
  if (now >= query->config.deadline) {
    end_query(query, PL_DNS_CUT, 0);
    return;
  }
  if (query->expires != 0 && now >= query->expires) {
    /* A process that stood still did not really wait, and may not have sent its second try. */
    bool froze = pl_loop_freezes(loop_of(query)) != query->freezes;
    end_query(query, froze ? PL_DNS_LOCAL : PL_DNS_TIMEOUT, 0);
    return;
  }
  if (query->state == QUERY_ASKED) {
    query->state = QUERY_SLOW;
    r->in_flight--;
  }
  move_timer(query, next_instant(query));
}

static void query_fired(pl_timer *timer) {
  pl_query *query = PL_CONTAINER_OF(timer, pl_query, timer);
  if (query->state != QUERY_ENDED) {
    query_is_due(query);
    settle(query->resolver);
    return;
  }
  query->state = QUERY_DONE;
  pl_dns_fact fact = query->fact;
  query->fact.answers = (pl_addr_list){0};
  query->config.done(query->config.user, &fact); /* may free the query */
}

static resolver *get_resolver(pl_resolvers *resolvers, const pl_sockaddr *address) {
  for (resolver *r = resolvers->list; r != NULL; r = r->next) {
    if (r->address.port == address->port && pl_addr_equal(&r->address.address, &address->address))
      return r;
  }
  resolver *r = calloc(1, sizeof(*r));
  if (r == NULL)
    return NULL;
  if (pl_channel_create(resolvers->loop, address, settle, r, &r->channel) != PL_OK) {
    free(r);
    return NULL;
  }
  r->address = *address;
  r->next = resolvers->list;
  resolvers->list = r;
  return r;
}

pl_status pl_query_start(const pl_query_config *config, pl_query **ret_query) {
  size_t length = strlen(config->name);
  if (length > 0 && config->name[length - 1] == '.')
    length--;
  resolver *r = get_resolver(config->resolvers, &config->resolver);
  pl_query *query = r == NULL ? NULL : calloc(1, sizeof(*query) + length + 1);
  if (query == NULL)
    return PL_ERR_MEMORY;
  query->timer.fire = query_fired;
  query->config = *config;
  query->config.name = query->name;
  memcpy(query->name, config->name, length);
  query->resolver = r;
  query->fact.resolver = config->resolver;
  query->fact.type = config->type;
  query->fact.started = pl_loop_clock(loop_of(query));
  if (pl_loop_set_timer(loop_of(query), &query->timer, config->deadline) != PL_OK) {
    free(query);
    return PL_ERR_MEMORY;
  }
  join_queue(query);
  settle(r);
  *ret_query = query;
  return PL_OK;
}

void pl_query_free(pl_query *query) {
  if (query == NULL)
    return;
  leave_state(query);
  pl_loop_cancel_timer(loop_of(query), &query->timer);
  pl_addr_list_free(&query->fact.answers);
  settle(query->resolver);
  free(query);
}

/* ---- the resolvers --------------------------------------------------------------------------- */

pl_status pl_resolvers_create(pl_loop *loop, pl_resolvers **ret_resolvers, pl_error *error) {
  pl_status status = pl_channel_library_init(error);
  if (status != PL_OK)
    return status;
  pl_resolvers *resolvers = calloc(1, sizeof(*resolvers));
  if (resolvers == NULL) {
    pl_channel_library_cleanup();
    return pl_fail_memory(error);
  }
  resolvers->loop = loop;
  *ret_resolvers = resolvers;
  return PL_OK;
}

void pl_resolvers_free(pl_resolvers *resolvers) {
  if (resolvers == NULL)
    return;
  while (resolvers->list != NULL) {
    resolver *r = resolvers->list;
    resolvers->list = r->next;
    pl_channel_free(r->channel);
    free(r);
  }
  pl_hosts_file_free(&resolvers->hosts);
  free(resolvers);
  pl_channel_library_cleanup();
}

pl_status pl_resolvers_system(pl_resolvers *resolvers, pl_sockaddr ret_list[PL_LIMIT_RESOLVERS],
                              size_t *ret_count, bool *ret_rotate) {
  pl_file_stamp stamp = pl_file_stamp_of(SYSTEM_CONFIGURATION);
  if (!resolvers->system_known || !pl_file_stamp_equal(&stamp, &resolvers->system_stamp)) {
    pl_status status = pl_channel_system_resolvers(resolvers->system, &resolvers->system_count,
                                                   &resolvers->system_rotate);
    if (status != PL_OK)
      return status;
    resolvers->system_known = true;
    resolvers->system_stamp = stamp;
  }
  memcpy(ret_list, resolvers->system, resolvers->system_count * sizeof(*ret_list));
  *ret_count = resolvers->system_count;
  *ret_rotate = resolvers->system_rotate;
  return PL_OK;
}

pl_status pl_resolvers_hosts(pl_resolvers *resolvers, const char *name, pl_addr_list *list) {
  return pl_hosts_file_find(&resolvers->hosts, HOSTS_FILE, name, list);
}
