/* Asks public resolvers over HTTPS and TLS, and keeps one connection to each. */
#include "probe/dns/secure.h"
#include "probe/dns/dns_answer.h"
#include "probe/dns/stream.h"
#include "probe/dns/trusted.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How soon to look again at a question that waits for room on a connection. */
#define LOOK_AGAIN PL_SEC

enum { HTTPS, TLS, WAYS };

static const pl_dns_transport transports[WAYS] = {[HTTPS] = PL_DNS_HTTPS, [TLS] = PL_DNS_TLS};

typedef struct server server;

/* One transport to one resolver. */
typedef struct way {
  server *server;
  pl_stream *stream;     /* NULL: none is open */
  pl_secure_query *next; /* the first one that was not asked on the stream */
  unsigned opened;       /* streams, since a batch began */
} way;

/* Why there is no answer. */
typedef struct failure {
  bool seen;
  pl_dns_transport transport;
  pl_stream_end end;
} failure;

/* One resolver, as the specs with the same trust anchors and transports ask it. */
struct server {
  server *next;
  pl_secure *pool;
  pl_addr address;
  const pl_tls_context *tls;
  pl_public_dns mode;
  way ways[WAYS];
  way *winner;                   /* NULL until one has answered */
  failure failure;               /* of the way that got further, since one has answered */
  pl_secure_query *first, *last; /* questions without an answer */
};

struct pl_secure {
  pl_loop *loop;
  server *servers;
};

typedef enum query_state {
  QUERY_OPEN,  /* in the server's list */
  QUERY_ENDED, /* the fact is complete; `done` is due */
  QUERY_DONE,  /* `done` was called */
} query_state;

struct pl_secure_query {
  pl_timer timer; /* set from start to `done` */
  pl_secure_query_config config;
  server *server;
  query_state state;
  pl_secure_query *next, *previous;
  bool asked[WAYS]; /* on the way's stream */
  unsigned freezes; /* of the loop, when it started */
  pl_nsec sent;     /* for the last time; 0 for never */
  pl_dns_fact fact;
  char name[];
};

static pl_loop *loop_of(const server *s) { return s->pool->loop; }

static pl_nsec earlier(pl_nsec a, pl_nsec b) { return a < b ? a : b; }

static pl_dns_transport transport_of(const way *w) { return transports[w - w->server->ways]; }

static bool is_wanted(const way *w) {
  const server *s = w->server;
  if (s->winner != NULL)
    return s->winner == w;
  return s->mode == PL_PUBLIC_DNS_AUTO ||
         (s->mode == PL_PUBLIC_DNS_HTTPS) == (transport_of(w) == PL_DNS_HTTPS);
}

/* ---- queries -------------------------------------------------------------------------------- */

static void join_list(pl_secure_query *query) {
  server *s = query->server;
  query->previous = s->last;
  *(s->last != NULL ? &s->last->next : &s->first) = query;
  s->last = query;
  for (size_t i = 0; i < WAYS; i++) {
    if (s->ways[i].next == NULL)
      s->ways[i].next = query;
  }
}

static void leave_list(pl_secure_query *query) {
  server *s = query->server;
  for (size_t i = 0; i < WAYS; i++) {
    way *w = &s->ways[i];
    if (w->next == query)
      w->next = query->next;
    if (w->stream != NULL && query->asked[i])
      pl_stream_forget(w->stream, query);
  }
  *(query->previous != NULL ? &query->previous->next : &s->first) = query->next;
  *(query->next != NULL ? &query->next->previous : &s->last) = query->previous;
  query->next = query->previous = NULL;
}

static void end_query(pl_secure_query *query, pl_dns_transport transport, pl_dns_outcome outcome,
                      int error) {
  pl_loop *loop = loop_of(query->server);
  leave_list(query);
  query->state = QUERY_ENDED;
  query->fact.transport = transport;
  query->fact.resolver.port = pl_trusted_port(transport);
  query->fact.outcome = outcome;
  query->fact.error = error;
  query->fact.elapsed = pl_loop_clock(loop) - query->fact.started;
  pl_loop_move_timer(loop, &query->timer, pl_loop_now(loop));
}

static void end_with(pl_secure_query *query, const failure *f) {
  end_query(query, f->transport, f->end.outcome, f->end.error);
}

static void end_all(server *s) {
  while (s->first != NULL)
    end_with(s->first, &s->failure);
}

/* Where nothing else is known, this host did not ask. */
static failure no_failure(const server *s) {
  return (failure){.transport = s->mode == PL_PUBLIC_DNS_TLS ? PL_DNS_TLS : PL_DNS_HTTPS,
                   .end = {.outcome = PL_DNS_LOCAL}};
}

/* Takes the end of a way, unless another one got further. */
static void note_failure(failure *f, const way *w, pl_stream_end end) {
  if (!f->seen || end.stage > f->end.stage)
    *f = (failure){.seen = true, .transport = transport_of(w), .end = end};
}

/* ---- ways ----------------------------------------------------------------------------------- */

/* The wait for the connection counts, the wait for room on it does not. */
static void note_sent(pl_secure_query *query, const way *w) {
  pl_loop *loop = loop_of(w->server);
  pl_nsec now = pl_loop_clock(loop);
  if (query->sent == 0) {
    pl_nsec ready = pl_stream_ready_since(w->stream), started = query->fact.started;
    query->fact.started = ready > started ? now - (ready - started) : now;
    pl_loop_move_timer(
        loop, &query->timer,
        earlier(query->config.deadline, query->fact.started + query->config.timeout));
  }
  query->asked[w - w->server->ways] = true;
  query->sent = now;
}

/* Asks on the way what it has room for. */
static void fill(way *w) {
  if (w->stream == NULL)
    return;
  while (w->next != NULL && pl_stream_has_room(w->stream)) {
    pl_secure_query *query = w->next;
    w->next = query->next;
    if (pl_stream_ask(w->stream, query->name, query->config.type, query) == PL_OK)
      note_sent(query, w);
    else
      end_query(query, transport_of(w), PL_DNS_LOCAL, EINVAL);
  }
  pl_stream_send(w->stream);
}

static void on_room(void *user, pl_stream *stream) {
  (void)stream;
  fill(user);
}

static void close_way(way *w) {
  pl_stream_free(w->stream);
  w->stream = NULL;
}

/* The first answer decides. */
static void win(way *w) {
  server *s = w->server;
  s->failure = no_failure(s);
  if (s->winner != NULL)
    return;
  s->winner = w;
  for (size_t i = 0; i < WAYS; i++) {
    if (&s->ways[i] != w)
      close_way(&s->ways[i]);
  }
}

static void on_answer(void *user, pl_stream *stream, void *question, const uint8_t *bytes,
                      size_t length) {
  way *w = user;
  pl_secure_query *query = question;
  pl_dns_transport transport = transport_of(w);
  if (bytes == NULL && w->server->winner != w) {
    pl_stream_give_up(stream, PL_DNS_MALFORMED); /* no DNS on this way */
    return;
  }
  if (bytes == NULL) {
    end_query(query, transport, PL_DNS_MALFORMED, 0);
    return;
  }
  win(w);
  query->fact.transport = transport;
  pl_status status =
      pl_dns_answer_read(bytes, length, query->name, query->config.type, &query->fact);
  if (status == PL_OK)
    end_query(query, transport, query->fact.outcome, 0);
  else
    end_query(query, transport, PL_DNS_LOCAL, status == PL_ERR_MEMORY ? ENOMEM : EINVAL);
}

/* The one that got further. */
static const way *furthest(const server *s) {
  const way *best = NULL;
  for (size_t i = 0; i < WAYS; i++) {
    const way *w = &s->ways[i];
    if (w->stream != NULL &&
        (best == NULL || pl_stream_stage_of(w->stream) > pl_stream_stage_of(best->stream)))
      best = w;
  }
  return best;
}

static void open_ways(server *s);

/* A connection that has worked may end at any time (RFC 7766 6.2.3, RFC 9112 9.5), and what it did
 * not answer is asked on a new one. Any other end is the way's: the one that answered first may be
 * blocked since, so that both are tried again. */
static void on_over(void *user, pl_stream *stream, const pl_stream_end *end) {
  way *w = user;
  server *s = w->server;
  bool won = s->winner == w, worked = won && pl_stream_heard(stream) != 0;
  note_failure(&s->failure, w, *end);
  close_way(w);
  if (won && !worked)
    s->winner = NULL;
  if (s->first != NULL && (worked || (won && s->mode == PL_PUBLIC_DNS_AUTO)))
    open_ways(s);
  if (furthest(s) == NULL)
    end_all(s);
}

static void open_way(way *w, pl_nsec timeout) {
  server *s = w->server;
  pl_stream_config config = {
      .loop = s->pool->loop,
      .tls = s->tls,
      .resolver = s->address,
      .transport = transport_of(w),
      .timeout = timeout,
      .room = on_room,
      .answer = on_answer,
      .over = on_over,
      .user = w,
  };
  if (w->opened == PL_LIMIT_DNS_CONNECTIONS)
    return;
  if (pl_stream_open(&config, &w->stream) != PL_OK) {
    note_failure(&s->failure, w, (pl_stream_end){.outcome = PL_DNS_LOCAL, .error = ENOMEM});
    return;
  }
  w->opened++;
  w->next = s->first;
  for (pl_secure_query *query = s->first; query != NULL; query = query->next)
    query->asked[w - s->ways] = false;
}

/* Opens what is wanted, for the questions in the list. Where nothing more may be opened, the last
 * failure stays. */
static void open_ways(server *s) {
  const failure last = s->failure;
  s->failure = no_failure(s);
  for (size_t i = 0; i < WAYS; i++) {
    if (is_wanted(&s->ways[i]))
      open_way(&s->ways[i], s->first->config.timeout);
  }
  if (furthest(s) == NULL && !s->failure.seen)
    s->failure = last;
}

/* ---- time ----------------------------------------------------------------------------------- */

/* What was sent on a way that has not said anything since. */
static void give_up_silent(const server *s, const pl_secure_query *query) {
  for (size_t i = 0; i < WAYS; i++) {
    const way *w = &s->ways[i];
    if (w->stream != NULL && query->asked[i] && pl_stream_heard(w->stream) < query->sent)
      pl_stream_give_up(w->stream, PL_DNS_TIMEOUT);
  }
}

static void end_late(pl_secure_query *query) {
  const server *s = query->server;
  const way *best = furthest(s);
  failure late = s->failure;
  if (best != NULL)
    note_failure(
        &late, best,
        (pl_stream_end){.stage = pl_stream_stage_of(best->stream), .outcome = PL_DNS_TIMEOUT});
  /* A process that stood still did not really wait. */
  if (pl_loop_freezes(loop_of(s)) != query->freezes) {
    end_query(query, late.transport, PL_DNS_LOCAL, 0);
    return;
  }
  give_up_silent(s, query);
  end_with(query, &late);
}

static void query_is_due(pl_secure_query *query) {
  const server *s = query->server;
  const way *best = furthest(s);
  pl_nsec now = pl_loop_now(loop_of(s));
  pl_nsec expires = query->fact.started + query->config.timeout;
  bool waits =
      query->sent == 0 && best != NULL && pl_stream_stage_of(best->stream) == PL_STREAM_READY;
  if (now >= query->config.deadline)
    end_query(query, best != NULL ? transport_of(best) : s->failure.transport, PL_DNS_CUT, 0);
  else if (now < expires || waits)
    pl_loop_move_timer(loop_of(s), &query->timer,
                       earlier(query->config.deadline, waits ? now + LOOK_AGAIN : expires));
  else
    end_late(query);
}

static void query_fired(pl_timer *timer) {
  pl_secure_query *query = PL_CONTAINER_OF(timer, pl_secure_query, timer);
  if (query->state == QUERY_OPEN) {
    query_is_due(query);
    return;
  }
  query->state = QUERY_DONE;
  pl_dns_fact fact = query->fact;
  query->fact.answers = (pl_addr_list){0};
  query->config.done(query->config.user, &fact); /* may free the query */
}

/* ---- life ----------------------------------------------------------------------------------- */

static server *get_server(const pl_secure_query_config *config) {
  for (server *s = config->pool->servers; s != NULL; s = s->next) {
    if (s->tls == config->tls && s->mode == config->transports &&
        pl_addr_equal(&s->address, &config->resolver))
      return s;
  }
  server *s = calloc(1, sizeof(*s));
  if (s == NULL)
    return NULL;
  *s = (server){.next = config->pool->servers,
                .pool = config->pool,
                .address = config->resolver,
                .tls = config->tls,
                .mode = config->transports};
  s->failure = no_failure(s);
  for (size_t i = 0; i < WAYS; i++)
    s->ways[i].server = s;
  config->pool->servers = s;
  return s;
}

static void close_stale(server *s) {
  for (size_t i = 0; i < WAYS; i++) {
    if (s->ways[i].stream != NULL && pl_stream_is_stale(s->ways[i].stream))
      close_way(&s->ways[i]);
  }
}

/* A question joins the streams that there are, or opens new ones: also for those that were asked on
 * one that is stale. */
static void ask(pl_secure_query *query) {
  server *s = query->server;
  close_stale(s);
  join_list(query);
  if (furthest(s) == NULL)
    open_ways(s);
  if (furthest(s) == NULL)
    end_all(s);
  for (size_t i = 0; i < WAYS; i++)
    fill(&s->ways[i]);
}

pl_status pl_secure_query_start(const pl_secure_query_config *config, pl_secure_query **ret_query) {
  size_t size = strlen(config->name) + 1;
  server *s = get_server(config);
  pl_secure_query *query = s == NULL ? NULL : calloc(1, sizeof(*query) + size);
  if (query == NULL)
    return PL_ERR_MEMORY;
  query->timer.fire = query_fired;
  query->config = *config;
  query->config.name = query->name;
  memcpy(query->name, config->name, size);
  query->server = s;
  query->freezes = pl_loop_freezes(loop_of(s));
  query->fact.resolver = (pl_sockaddr){.address = config->resolver};
  query->fact.type = config->type;
  query->fact.started = pl_loop_clock(loop_of(s));
  pl_nsec due = earlier(config->deadline, query->fact.started + config->timeout);
  if (pl_loop_set_timer(loop_of(s), &query->timer, due) != PL_OK) {
    free(query);
    return PL_ERR_MEMORY;
  }
  ask(query);
  *ret_query = query;
  return PL_OK;
}

void pl_secure_query_free(pl_secure_query *query) {
  if (query == NULL)
    return;
  if (query->state == QUERY_OPEN)
    leave_list(query);
  pl_loop_cancel_timer(loop_of(query->server), &query->timer);
  pl_addr_list_free(&query->fact.answers);
  free(query);
}

pl_status pl_secure_create(pl_loop *loop, pl_secure **ret_pool) {
  pl_secure *pool = calloc(1, sizeof(*pool));
  if (pool == NULL)
    return PL_ERR_MEMORY;
  pool->loop = loop;
  *ret_pool = pool;
  return PL_OK;
}

void pl_secure_allow_more(pl_secure *pool) {
  for (server *s = pool->servers; s != NULL; s = s->next) {
    for (size_t i = 0; i < WAYS; i++)
      s->ways[i].opened = 0;
  }
}

void pl_secure_free(pl_secure *pool) {
  if (pool == NULL)
    return;
  while (pool->servers != NULL) {
    server *s = pool->servers;
    pool->servers = s->next;
    for (size_t i = 0; i < WAYS; i++)
      close_way(&s->ways[i]);
    free(s);
  }
  free(pool);
}
