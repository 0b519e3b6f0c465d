/* ares_query and friends are what c-ares 1.18 has; newer ones call them deprecated and keep them.
 */
#define CARES_NO_DEPRECATED
#include "probe/dns/resolve.h"
#include "base/file.h"
#include "probe/dns/dns_answer.h"
#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* More answers at once than a socket's receive buffer holds are lost, and look like a dead
 * resolver: a default buffer holds 256. So this many questions are on their way at once, and one
 * that is not answered for a while gives its place to the next, since no burst comes of it. */
#define WINDOW 128
#define PLACE_HELD (250 * PL_MSEC)
#define RECEIVE_BUFFER (1 << 20)

/* c-ares sends again after this long, then after twice as long. From 1.32 on it takes its own
 * guess, so it is given more tries there; the end of a question is this file's own in any case. */
#define FIRST_TRY_MSEC 500
#define TRIES 3
#define TRIES_ADAPTIVE 5
#define VERSION_ADAPTIVE 0x012000

#define CLASS_IN 1
#define SYSTEM_CONFIGURATION "/etc/resolv.conf"
#define READS_PER_EVENT 4096

typedef struct channel channel;

/* One of c-ares' sockets. */
typedef struct dns_socket {
  pl_source source;
  channel *channel;
  struct dns_socket *next;
  bool stream;
  bool wants_write;
  bool progress; /* the last read brought something: there may be more */
} dns_socket;

/* One resolver. */
struct channel {
  pl_timer timer;
  channel *next;
  pl_loop *loop;
  pl_sockaddr resolver;
  ares_channel ares;
  dns_socket *sockets;
  dns_socket *closed;     /* freed once c-ares is off the stack */
  bool write_wanted;      /* since the last look: an edge that has passed won't come again */
  bool reading_stream;    /* c-ares reads from TCP just now */
  int last_error;         /* errno of the last socket call that failed */
  unsigned in_flight;     /* queries that hold a place in the window */
  pl_query *first, *last; /* queries that wait for one */
};

struct pl_resolvers {
  pl_loop *loop;
  channel *channels;
  bool system_known;
  pl_file_stamp system_stamp; /* of its configuration, when it was read */
  pl_sockaddr system[PL_LIMIT_RESOLVERS];
  size_t system_count;
};

typedef enum query_state {
  QUERY_WAITING, /* for a place in the window */
  QUERY_ASKED,   /* on its way, and holds a place */
  QUERY_SLOW,    /* on its way for so long that it gave its place up */
  QUERY_ENDED,   /* the fact is complete; `done` is due */
  QUERY_DONE,    /* `done` was called */
} query_state;

/* What c-ares holds of a query; outlives one that is cancelled, since c-ares can't take back a
 * single question. */
typedef struct ask {
  channel *channel;
  pl_query *query; /* NULL once nobody waits for it */
} ask;

struct pl_query {
  pl_timer timer; /* set from start to `done` */
  pl_query_config config;
  channel *channel;
  query_state state;
  pl_query *next, *previous; /* among those that wait for a place */
  ask *ask;
  unsigned freezes; /* of the loop, when it was asked */
  pl_nsec expires;  /* 0 until it is asked */
  pl_dns_fact fact;
  char name[]; /* without a dot at its end */
};

/* ---- sockets of c-ares ---------------------------------------------------------------------- */

static void settle(channel *c);

static dns_socket *find_socket(const channel *c, int fd) {
  for (dns_socket *s = c->sockets; s != NULL; s = s->next) {
    if (s->source.fd == fd)
      return s;
  }
  return NULL;
}

/* Reads until the socket is empty, since its edge comes once. */
static void socket_ready(pl_source *source, uint32_t events) {
  dns_socket *s = PL_CONTAINER_OF(source, dns_socket, source);
  channel *c = s->channel;
  int fd = source->fd;
  (void)events;
  if (s->wants_write)
    ares_process_fd(c->ares, ARES_SOCKET_BAD, fd);
  for (unsigned i = 0; i < READS_PER_EVENT && source->fd >= 0; i++) {
    s->progress = false;
    c->reading_stream = s->stream;
    ares_process_fd(c->ares, fd, ARES_SOCKET_BAD);
    c->reading_stream = false;
    if (!s->progress)
      break;
  }
  settle(c);
}

static int fail_socket(channel *c, int fd, int error) {
  if (fd >= 0)
    close(fd);
  c->last_error = error;
  errno = error;
  return -1;
}

static ares_socket_t open_socket(int family, int type, int protocol, void *user) {
  channel *c = user;
  int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0)
    return fail_socket(c, fd, errno);
  dns_socket *s = calloc(1, sizeof(*s));
  if (s == NULL)
    return fail_socket(c, fd, ENOMEM);
  if (type == SOCK_DGRAM) {
    /* Smaller is still right, since the window is made for the default. */
    int size = RECEIVE_BUFFER;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  }
  *s = (dns_socket){.source = {.ready = socket_ready, .fd = -1},
                    .channel = c,
                    .stream = type == SOCK_STREAM,
                    .next = c->sockets};
  if (pl_loop_add(c->loop, &s->source, fd) != PL_OK) {
    free(s);
    return fail_socket(c, fd, ENOMEM);
  }
  c->sockets = s;
  return fd;
}

static int close_socket(ares_socket_t fd, void *user) {
  channel *c = user;
  for (dns_socket **link = &c->sockets; *link != NULL; link = &(*link)->next) {
    dns_socket *s = *link;
    if (s->source.fd != fd)
      continue;
    *link = s->next;
    pl_loop_remove(c->loop, &s->source);
    s->next = c->closed;
    c->closed = s;
    break;
  }
  return close(fd);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *address, ares_socklen_t size,
                          void *user) {
  channel *c = user;
  int result = connect(fd, address, size);
  if (result != 0 && errno != EINPROGRESS)
    c->last_error = errno;
  return result;
}

static ares_ssize_t receive(ares_socket_t fd, void *bytes, size_t size, int flags,
                            struct sockaddr *from, ares_socklen_t *from_size, void *user) {
  channel *c = user;
  dns_socket *s = find_socket(c, fd);
  if (s == NULL)
    return fail_socket(c, -1, EBADF);
  ssize_t length = recvfrom(fd, bytes, size, flags, from, from_size);
  while (length == 0 && !s->stream) /* an empty datagram says nothing */
    length = recvfrom(fd, bytes, size, flags, from, from_size);
  s->progress = length > 0;
  if (length < 0 && errno != EAGAIN && errno != EINTR)
    c->last_error = errno;
  if (length == 0)
    c->last_error = ECONNRESET; /* closed where an answer was due */
  return length;
}

static ares_ssize_t send_vector(ares_socket_t fd, const struct iovec *vector, int count,
                                void *user) {
  channel *c = user;
  struct iovec copy[8];
  struct msghdr header = {.msg_iov = copy};
  for (; header.msg_iovlen < (size_t)count && header.msg_iovlen < PL_COUNT_OF(copy);
       header.msg_iovlen++)
    copy[header.msg_iovlen] = vector[header.msg_iovlen];
  ssize_t length = sendmsg(fd, &header, MSG_NOSIGNAL);
  if (length < 0)
    c->last_error = errno;
  return length;
}

static const struct ares_socket_functions socket_functions = {
    .asocket = open_socket,
    .aclose = close_socket,
    .aconnect = connect_socket,
    .arecvfrom = receive,
    .asendv = send_vector,
};

static void socket_state_changed(void *user, ares_socket_t fd, int readable, int writable) {
  channel *c = user;
  dns_socket *s = find_socket(c, fd);
  (void)readable; /* always read */
  if (s == NULL)
    return;
  s->wants_write = writable != 0;
  c->write_wanted = c->write_wanted || s->wants_write;
}

/* ---- questions ------------------------------------------------------------------------------ */

static pl_nsec earlier(pl_nsec a, pl_nsec b) { return a < b ? a : b; }

static void move_timer(pl_query *query, pl_nsec due) {
  pl_loop_move_timer(query->channel->loop, &query->timer, due);
}

static void leave_queue(pl_query *query) {
  channel *c = query->channel;
  *(query->previous != NULL ? &query->previous->next : &c->first) = query->next;
  *(query->next != NULL ? &query->next->previous : &c->last) = query->previous;
  query->next = query->previous = NULL;
}

static void join_queue(pl_query *query) {
  channel *c = query->channel;
  query->state = QUERY_WAITING;
  query->previous = c->last;
  *(c->last != NULL ? &c->last->next : &c->first) = query;
  c->last = query;
}

/* Leaves `state`: the queue, the window, and c-ares' answer behind. */
static void let_go(pl_query *query) {
  if (query->state == QUERY_WAITING)
    leave_queue(query);
  if (query->state == QUERY_ASKED)
    query->channel->in_flight--;
  if (query->ask != NULL)
    query->ask->query = NULL;
  query->ask = NULL;
}

static void end_query(pl_query *query, pl_dns_outcome outcome, int error) {
  pl_loop *loop = query->channel->loop;
  let_go(query);
  query->state = QUERY_ENDED;
  query->fact.outcome = outcome;
  query->fact.error = error;
  query->fact.elapsed = pl_loop_clock(loop) - query->fact.started;
  move_timer(query, pl_loop_now(loop));
}

static void take_answer(pl_query *query, const uint8_t *bytes, size_t length) {
  query->fact.over_tcp = query->channel->reading_stream;
  pl_status status =
      pl_dns_answer_read(bytes, length, query->name, query->config.type, &query->fact);
  if (status == PL_OK)
    end_query(query, query->fact.outcome, 0);
  else
    end_query(query, PL_DNS_LOCAL, status == PL_ERR_MEMORY ? ENOMEM : EINVAL);
}

static void end_by_socket_error(pl_query *query, int error) {
  if (error == ECONNREFUSED || error == ECONNRESET || error == EPIPE)
    end_query(query, PL_DNS_CLOSED, error);
  else if (error == ETIMEDOUT)
    end_query(query, PL_DNS_TIMEOUT, error);
  else
    end_query(query, PL_DNS_LOCAL, error);
}

/* c-ares gave a question up. */
static void take_failure(pl_query *query, int status) {
  switch (status) {
  case ARES_ETIMEOUT: /* it ends when this file's own time is over; until then, ask again */
    let_go(query);
    if (pl_loop_clock(query->channel->loop) + PLACE_HELD < query->expires)
      join_queue(query);
    else
      query->state = QUERY_SLOW;
    break;
  case ARES_EBADRESP:
    end_query(query, PL_DNS_MALFORMED, 0);
    break;
  case ARES_ENOMEM:
    end_query(query, PL_DNS_LOCAL, ENOMEM);
    break;
  default: /* not an enum: whatever it is called, a socket call failed */
    end_by_socket_error(query, query->channel->last_error);
  }
}

static void on_answer(void *user, int status, int timeouts, unsigned char *bytes, int length) {
  ask *a = user;
  pl_query *query = a->query;
  (void)timeouts;
  free(a);
  if (query == NULL)
    return;
  query->ask = NULL;
  if (status == ARES_EDESTRUCTION)
    return;
  if (bytes != NULL && length > 0)
    take_answer(query, bytes, (size_t)length);
  else
    take_failure(query, status);
}

static pl_nsec next_instant(const pl_query *query) {
  pl_nsec due = query->config.deadline;
  if (query->expires != 0)
    due = earlier(due, query->expires);
  if (query->state == QUERY_ASKED)
    due = earlier(due, query->fact.started + PLACE_HELD);
  return due;
}

static void send_query(pl_query *query) {
  channel *c = query->channel;
  leave_queue(query);
  query->state = QUERY_ASKED;
  c->in_flight++;
  if (query->expires == 0) {
    query->fact.started = pl_loop_clock(c->loop);
    query->expires = query->fact.started + query->config.timeout;
    query->freezes = pl_loop_freezes(c->loop);
  }
  ask *a = malloc(sizeof(*a));
  if (a == NULL) {
    end_query(query, PL_DNS_LOCAL, ENOMEM);
    return;
  }
  *a = (ask){.channel = c, .query = query};
  query->ask = a;
  move_timer(query, next_instant(query));
  c->last_error = 0;
  ares_query(c->ares, query->name, CLASS_IN, (int)query->config.type, on_answer, a);
}

/* Time has passed for a query that is waiting or on its way. */
static void query_is_due(pl_query *query) {
  channel *c = query->channel;
  pl_nsec now = pl_loop_now(c->loop);
  if (now >= query->config.deadline) {
    end_query(query, PL_DNS_CUT, 0);
    return;
  }
  if (query->expires != 0 && now >= query->expires) {
    /* A process that stood still has not waited, and its second try may be unsent. */
    bool froze = pl_loop_freezes(c->loop) != query->freezes;
    end_query(query, froze ? PL_DNS_LOCAL : PL_DNS_TIMEOUT, 0);
    return;
  }
  if (query->state == QUERY_ASKED) {
    query->state = QUERY_SLOW;
    c->in_flight--;
  }
  move_timer(query, next_instant(query));
}

static void query_fired(pl_timer *timer) {
  pl_query *query = PL_CONTAINER_OF(timer, pl_query, timer);
  if (query->state != QUERY_ENDED) {
    query_is_due(query);
    settle(query->channel);
    return;
  }
  query->state = QUERY_DONE;
  pl_dns_fact fact = query->fact;
  query->fact.answers = (pl_addr_list){0};
  query->config.done(query->config.user, &fact); /* may free the query */
}

static channel *channel_for(pl_resolvers *resolvers, const pl_sockaddr *resolver);

pl_status pl_query_start(const pl_query_config *config, pl_query **ret_query) {
  size_t length = strlen(config->name);
  if (length > 0 && config->name[length - 1] == '.')
    length--;
  channel *c = channel_for(config->resolvers, &config->resolver);
  pl_query *query = c == NULL ? NULL : calloc(1, sizeof(*query) + length + 1);
  if (query == NULL)
    return PL_ERR_MEMORY;
  query->timer.fire = query_fired;
  query->config = *config;
  query->config.name = query->name;
  memcpy(query->name, config->name, length);
  query->channel = c;
  query->fact.resolver = config->resolver;
  query->fact.type = config->type;
  query->fact.started = pl_loop_clock(c->loop);
  if (pl_loop_set_timer(c->loop, &query->timer, config->deadline) != PL_OK) {
    free(query);
    return PL_ERR_MEMORY;
  }
  join_queue(query);
  settle(c);
  *ret_query = query;
  return PL_OK;
}

void pl_query_free(pl_query *query) {
  if (query == NULL)
    return;
  let_go(query);
  pl_loop_cancel_timer(query->channel->loop, &query->timer);
  pl_addr_list_free(&query->fact.answers);
  settle(query->channel);
  free(query);
}

/* ---- channels ------------------------------------------------------------------------------- */

static void free_closed(channel *c) {
  while (c->closed != NULL) {
    dns_socket *next = c->closed->next;
    free(c->closed);
    c->closed = next;
  }
}

/* After everything that c-ares or a query did, and never inside of c-ares: fills the window, and
 * sets the timer that c-ares wants. Where that fails, the queries' own timers end them. */
static void settle(channel *c) {
  struct timeval wait;
  while (c->in_flight < WINDOW && c->first != NULL)
    send_query(c->first);
  free_closed(c);
  pl_nsec due = pl_loop_now(c->loop);
  if (!c->write_wanted) {
    if (ares_timeout(c->ares, NULL, &wait) == NULL) {
      pl_loop_cancel_timer(c->loop, &c->timer);
      return;
    }
    /* Rounded up: c-ares does nothing for a timeout that is less than its clock's step away. */
    due = pl_loop_clock(c->loop) + wait.tv_sec * PL_SEC + wait.tv_usec * 1000 + PL_MSEC;
  }
  pl_status status = pl_loop_set_timer(c->loop, &c->timer, due);
  (void)status;
}

static void channel_fired(pl_timer *timer) {
  channel *c = PL_CONTAINER_OF(timer, channel, timer);
  int writers[2];
  size_t count = 0;
  c->write_wanted = false;
  for (dns_socket *s = c->sockets; s != NULL && count < PL_COUNT_OF(writers); s = s->next) {
    if (s->wants_write)
      writers[count++] = s->source.fd;
  }
  for (size_t i = 0; i < count; i++)
    ares_process_fd(c->ares, ARES_SOCKET_BAD, writers[i]);
  ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  settle(c);
}

static int init_ares(channel *c) {
  /* Everything is given, so that c-ares reads no file of the system's. */
  char lookups[] = "b";
  /* One there must be; set_server names the right one. */
  struct in_addr some_server = {.s_addr = htonl(INADDR_LOOPBACK)};
  struct ares_options options = {
      .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP,
      .timeout = FIRST_TRY_MSEC,
      .tries = TRIES,
      .ndots = 1,
      .servers = &some_server,
      .nservers = 1,
      .lookups = lookups,
      .sock_state_cb = socket_state_changed,
      .sock_state_cb_data = c,
  };
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
             ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST |
             ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;
  int version = 0;
  (void)ares_version(&version);
  if (version >= VERSION_ADAPTIVE)
    options.tries = TRIES_ADAPTIVE;
#ifdef ARES_OPT_QUERY_CACHE
  mask |= ARES_OPT_QUERY_CACHE; /* for no time at all: every answer is a fresh one */
#endif
  return ares_init_options(&c->ares, &options, mask);
}

static int set_server(channel *c) {
  const pl_addr *address = &c->resolver.address;
  struct ares_addr_port_node node = {
      .family = address->family == PL_FAMILY_IPV4 ? AF_INET : AF_INET6,
      .udp_port = c->resolver.port,
      .tcp_port = c->resolver.port,
  };
  memcpy(&node.addr, address->bytes, address->family == PL_FAMILY_IPV4 ? 4 : 16);
  return ares_set_servers_ports(c->ares, &node);
}

static bool same_resolver(const pl_sockaddr *a, const pl_sockaddr *b) {
  return a->port == b->port && pl_addr_equal(&a->address, &b->address);
}

static channel *channel_for(pl_resolvers *resolvers, const pl_sockaddr *resolver) {
  for (channel *c = resolvers->channels; c != NULL; c = c->next) {
    if (same_resolver(&c->resolver, resolver))
      return c;
  }
  channel *c = calloc(1, sizeof(*c));
  if (c == NULL)
    return NULL;
  c->timer.fire = channel_fired;
  c->loop = resolvers->loop;
  c->resolver = *resolver;
  if (init_ares(c) != ARES_SUCCESS) {
    free(c);
    return NULL;
  }
  ares_set_socket_functions(c->ares, &socket_functions, c);
  if (set_server(c) != ARES_SUCCESS) {
    ares_destroy(c->ares);
    free(c);
    return NULL;
  }
  c->next = resolvers->channels;
  resolvers->channels = c;
  return c;
}

/* ---- the set -------------------------------------------------------------------------------- */

pl_status pl_resolvers_create(pl_loop *loop, pl_resolvers **ret_resolvers, pl_error *error) {
  int result = ares_library_init(ARES_LIB_INIT_ALL);
  if (result != ARES_SUCCESS)
    return pl_fail(error, result == ARES_ENOMEM ? PL_ERR_MEMORY : PL_ERR_IO, "c-ares: %s",
                   ares_strerror(result));
  pl_resolvers *resolvers = calloc(1, sizeof(*resolvers));
  if (resolvers == NULL) {
    ares_library_cleanup();
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  }
  resolvers->loop = loop;
  *ret_resolvers = resolvers;
  return PL_OK;
}

void pl_resolvers_free(pl_resolvers *resolvers) {
  if (resolvers == NULL)
    return;
  while (resolvers->channels != NULL) {
    channel *c = resolvers->channels;
    resolvers->channels = c->next;
    ares_destroy(c->ares);
    free_closed(c);
    pl_loop_cancel_timer(c->loop, &c->timer);
    free(c);
  }
  free(resolvers);
  ares_library_cleanup();
}

static size_t copy_servers(const struct ares_addr_port_node *nodes,
                           pl_sockaddr ret_list[PL_LIMIT_RESOLVERS]) {
  size_t count = 0;
  for (; nodes != NULL && count < PL_LIMIT_RESOLVERS; nodes = nodes->next) {
    pl_family family = nodes->family == AF_INET ? PL_FAMILY_IPV4 : PL_FAMILY_IPV6;
    ret_list[count++] = (pl_sockaddr){
        .address = pl_addr_make(family, &nodes->addr),
        .port = nodes->udp_port > 0 ? (uint16_t)nodes->udp_port : 53,
    };
  }
  return count;
}

static int read_system(pl_sockaddr ret_list[PL_LIMIT_RESOLVERS], size_t *ret_count) {
  ares_channel ares;
  struct ares_addr_port_node *nodes = NULL;
  int result = ares_init(&ares);
  if (result != ARES_SUCCESS)
    return result;
  result = ares_get_servers_ports(ares, &nodes);
  if (result == ARES_SUCCESS)
    *ret_count = copy_servers(nodes, ret_list);
  ares_free_data(nodes);
  ares_destroy(ares);
  return result;
}

pl_status pl_resolvers_system(pl_resolvers *resolvers, pl_sockaddr ret_list[PL_LIMIT_RESOLVERS],
                              size_t *ret_count) {
  pl_file_stamp stamp = pl_file_stamp_of(SYSTEM_CONFIGURATION);
  if (!resolvers->system_known || !pl_file_stamp_equal(&stamp, &resolvers->system_stamp)) {
    int result = read_system(resolvers->system, &resolvers->system_count);
    if (result != ARES_SUCCESS)
      return result == ARES_ENOMEM ? PL_ERR_MEMORY : PL_ERR_IO;
    resolvers->system_known = true;
    resolvers->system_stamp = stamp;
  }
  memcpy(ret_list, resolvers->system, resolvers->system_count * sizeof(*ret_list));
  *ret_count = resolvers->system_count;
  return PL_OK;
}
