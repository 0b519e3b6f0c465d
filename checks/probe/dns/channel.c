/* Asks one resolver through c-ares: its sockets and timer on the event loop. */
/* c-ares 1.18 has only ares_query and its family; newer versions call them deprecated. */
#define CARES_NO_DEPRECATED
#include "probe/dns/channel.h"
#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define RECEIVE_BUFFER (1 << 20)
#define SYSTEM_MAX 3 /* nameserver lines that clients use: resolv.conf(5), MAXNS */
/* c-ares tries again after this long, then after twice as long. From 1.32 on it estimates the time
 * itself, so it gets more tries. The time of a question ends in resolve.c in any case. */
#define FIRST_TRY_MSEC 500
#define TRIES 3
#define TRIES_ADAPTIVE 5
#define VERSION_ADAPTIVE 0x012000

#define CLASS_IN 1
#define READS_PER_EVENT 4096

/* One of c-ares' sockets. */
typedef struct dns_socket {
  pl_source source;
  pl_channel *channel;
  struct dns_socket *next;
  bool stream;
  bool wants_write;
  bool progress; /* the last read returned something: there may be more */
} dns_socket;

struct pl_channel {
  pl_timer timer;
  pl_loop *loop;
  void (*idle)(void *user);
  void *user;
  ares_channel ares;
  dns_socket *sockets;
  dns_socket *closed;  /* to be freed when no c-ares function is on the stack */
  bool write_wanted;   /* since the timer last fired: epoll does not report an old edge again */
  bool reading_stream; /* c-ares is reading from TCP */
  int last_error;      /* errno of the last socket call that failed */
};

/* c-ares can't cancel one question, so this may outlive the query. */
struct pl_question {
  pl_channel *channel;
  pl_channel_callback answered; /* NULL once nobody waits */
  void *user;
};

/* ---- sockets of c-ares ----------------------------------------------------------------------- */

static dns_socket *find_socket(const pl_channel *c, int fd) {
  for (dns_socket *s = c->sockets; s != NULL; s = s->next) {
    if (s->source.fd == fd)
      return s;
  }
  return NULL;
}

/* Reads until the socket is empty, since epoll reports an edge once. */
static void socket_ready(pl_source *source, uint32_t events) {
  dns_socket *s = PL_CONTAINER_OF(source, dns_socket, source);
  pl_channel *c = s->channel;
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
  c->idle(c->user);
}

static int fail_socket(pl_channel *c, int fd, int error) {
  if (fd >= 0)
    close(fd);
  c->last_error = error;
  errno = error;
  return -1;
}

static ares_socket_t open_socket(int family, int type, int protocol, void *user) {
  pl_channel *c = user;
  int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0)
    return fail_socket(c, fd, errno);
  dns_socket *s = calloc(1, sizeof(*s));
  if (s == NULL)
    return fail_socket(c, fd, ENOMEM);
  if (type == SOCK_DGRAM) {
    /* A smaller buffer is enough too: the window in resolve.c fits the default. */
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
  pl_channel *c = user;
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
  pl_channel *c = user;
  int result = connect(fd, address, size);
  if (result != 0 && errno != EINPROGRESS)
    c->last_error = errno;
  return result;
}

static ares_ssize_t receive(ares_socket_t fd, void *bytes, size_t size, int flags,
                            struct sockaddr *from, ares_socklen_t *from_size, void *user) {
  pl_channel *c = user;
  dns_socket *s = find_socket(c, fd);
  if (s == NULL)
    return fail_socket(c, -1, EBADF);
  ssize_t length = recvfrom(fd, bytes, size, flags, from, from_size);
  while (length == 0 && !s->stream) /* ignore empty datagrams */
    length = recvfrom(fd, bytes, size, flags, from, from_size);
  s->progress = length > 0;
  if (length < 0 && errno != EAGAIN && errno != EINTR)
    c->last_error = errno;
  if (length == 0)
    c->last_error = ECONNRESET; /* closed before an answer */
  return length;
}

static ares_ssize_t send_vector(ares_socket_t fd, const struct iovec *vector, int count,
                                void *user) {
  pl_channel *c = user;
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
  pl_channel *c = user;
  dns_socket *s = find_socket(c, fd);
  (void)readable; /* always read */
  if (s == NULL)
    return;
  s->wants_write = writable != 0;
  c->write_wanted = c->write_wanted || s->wants_write;
}

/* ---- questions ------------------------------------------------------------------------------- */

static pl_channel_answer failed(pl_dns_outcome outcome, int error) {
  return (pl_channel_answer){.outcome = outcome, .error = error};
}

static pl_channel_answer socket_failed(int error) {
  if (error == ECONNREFUSED || error == ECONNRESET || error == EPIPE)
    return failed(PL_DNS_CLOSED, error);
  return failed(error == ETIMEDOUT ? PL_DNS_TIMEOUT : PL_DNS_LOCAL, error);
}

static pl_channel_answer read_failure(const pl_channel *c, int status) {
  switch (status) {
  case ARES_ETIMEOUT:
    return (pl_channel_answer){.tries_over = true};
  case ARES_EBADRESP:
    return failed(PL_DNS_MALFORMED, 0);
  case ARES_ENOMEM:
    return failed(PL_DNS_LOCAL, ENOMEM);
  default: /* not an enum: every other status here comes from a socket call */
    return socket_failed(c->last_error);
  }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): an ares_callback */
static void on_answer(void *user, int status, int timeouts, unsigned char *bytes, int length) {
  pl_question question = *(pl_question *)user;
  (void)timeouts;
  free(user);
  if (question.answered == NULL || status == ARES_EDESTRUCTION)
    return;
  pl_channel_answer answer = {.over_tcp = question.channel->reading_stream};
  if (bytes != NULL && length > 0) {
    answer.bytes = bytes;
    answer.length = (size_t)length;
  } else {
    answer = read_failure(question.channel, status);
  }
  question.answered(question.user, &answer);
}

pl_status pl_channel_ask(pl_channel *c, const char *name, pl_dns_type type,
                         pl_channel_callback answered, void *user, pl_question **ret_question) {
  pl_question *question = malloc(sizeof(*question));
  if (question == NULL)
    return PL_ERR_MEMORY;
  *question = (pl_question){.channel = c, .answered = answered, .user = user};
  *ret_question = question;
  c->last_error = 0;
  ares_query(c->ares, name, CLASS_IN, (int)type, on_answer, question);
  return PL_OK;
}

void pl_question_drop(pl_question *question) { question->answered = NULL; }

/* ---- channels -------------------------------------------------------------------------------- */

static void free_closed(pl_channel *c) {
  while (c->closed != NULL) {
    dns_socket *next = c->closed->next;
    free(c->closed);
    c->closed = next;
  }
}

void pl_channel_settle(pl_channel *c) {
  struct timeval wait;
  free_closed(c);
  pl_nsec due = pl_loop_now(c->loop);
  if (!c->write_wanted) {
    if (ares_timeout(c->ares, NULL, &wait) == NULL) {
      pl_loop_cancel_timer(c->loop, &c->timer);
      return;
    }
    /* Rounded up: c-ares' clock has steps of 1 ms, and a timer that fires early does nothing. */
    due = pl_loop_clock(c->loop) + wait.tv_sec * PL_SEC + wait.tv_usec * 1000 + PL_MSEC;
  }
  pl_status status = pl_loop_set_timer(c->loop, &c->timer, due);
  (void)status;
}

static void channel_fired(pl_timer *timer) {
  pl_channel *c = PL_CONTAINER_OF(timer, pl_channel, timer);
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
  c->idle(c->user);
}

static int init_ares(pl_channel *c) {
  /* With everything set, c-ares reads no file of the system. */
  char lookups[] = "b";
  /* c-ares needs one; set_server replaces it. */
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
#ifdef ARES_OPT_UDP_MAX_QUERIES /* from 1.20 on */
  options.udp_max_queries = 1;  /* each query has a source port of its own, RFC 5452 9.2 */
  mask |= ARES_OPT_UDP_MAX_QUERIES;
#endif
#ifdef ARES_FLAG_DNS0x20              /* from 1.32 on */
  options.flags |= ARES_FLAG_DNS0x20; /* each letter of the question is in random case */
#endif
#ifdef ARES_OPT_QUERY_CACHE
  mask |= ARES_OPT_QUERY_CACHE; /* for 0 seconds: no answer comes from a cache */
#endif
  return ares_init_options(&c->ares, &options, mask);
}

static int set_server(pl_channel *c, const pl_sockaddr *resolver) {
  const pl_addr *address = &resolver->address;
  struct ares_addr_port_node node = {
      .family = address->family == PL_FAMILY_IPV4 ? AF_INET : AF_INET6,
      .udp_port = resolver->port,
      .tcp_port = resolver->port,
  };
  memcpy(&node.addr, address->bytes, address->family == PL_FAMILY_IPV4 ? 4 : 16);
  return ares_set_servers_ports(c->ares, &node);
}

pl_status pl_channel_create(pl_loop *loop, const pl_sockaddr *resolver, void (*idle)(void *user),
                            void *user, pl_channel **ret_channel) {
  pl_channel *c = calloc(1, sizeof(*c));
  if (c == NULL)
    return PL_ERR_MEMORY;
  *c = (pl_channel){.timer = {.fire = channel_fired}, .loop = loop, .idle = idle, .user = user};
  if (init_ares(c) != ARES_SUCCESS) {
    free(c);
    return PL_ERR_MEMORY;
  }
  ares_set_socket_functions(c->ares, &socket_functions, c);
  if (set_server(c, resolver) != ARES_SUCCESS) {
    pl_channel_free(c);
    return PL_ERR_MEMORY;
  }
  *ret_channel = c;
  return PL_OK;
}

void pl_channel_free(pl_channel *c) {
  ares_destroy(c->ares);
  free_closed(c);
  pl_loop_cancel_timer(c->loop, &c->timer);
  free(c);
}

/* ---- the library ----------------------------------------------------------------------------- */

static pl_status status_of(int result, pl_error *error) {
  if (result == ARES_SUCCESS)
    return PL_OK;
  return pl_fail(error, result == ARES_ENOMEM ? PL_ERR_MEMORY : PL_ERR_IO, "c-ares: %s",
                 ares_strerror(result));
}

pl_status pl_channel_library_init(pl_error *error) {
  return status_of(ares_library_init(ARES_LIB_INIT_ALL), error);
}

void pl_channel_library_cleanup(void) { ares_library_cleanup(); }

static size_t copy_servers(const struct ares_addr_port_node *nodes,
                           pl_sockaddr ret_list[PL_LIMIT_RESOLVERS]) {
  size_t count = 0;
  for (; nodes != NULL && count < SYSTEM_MAX; nodes = nodes->next) {
    pl_family family = nodes->family == AF_INET ? PL_FAMILY_IPV4 : PL_FAMILY_IPV6;
    ret_list[count++] = (pl_sockaddr){
        .address = pl_addr_make(family, &nodes->addr),
        .port = nodes->udp_port > 0 ? (uint16_t)nodes->udp_port : 53,
    };
  }
  return count;
}

/* `options rotate` of resolv.conf. */
static bool has_rotate(ares_channel ares) {
  struct ares_options options;
  int mask = 0;
  if (ares_save_options(ares, &options, &mask) != ARES_SUCCESS)
    return false;
  ares_destroy_options(&options);
  return (mask & ARES_OPT_ROTATE) != 0;
}

pl_status pl_channel_system_resolvers(pl_sockaddr ret_list[PL_LIMIT_RESOLVERS], size_t *ret_count,
                                      bool *ret_rotate) {
  ares_channel ares;
  struct ares_addr_port_node *nodes = NULL;
  int result = ares_init(&ares);
  if (result != ARES_SUCCESS)
    return status_of(result, NULL);
  result = ares_get_servers_ports(ares, &nodes);
  if (result == ARES_SUCCESS)
    *ret_count = copy_servers(nodes, ret_list);
  *ret_rotate = has_rotate(ares);
  ares_free_data(nodes);
  ares_destroy(ares);
  return status_of(result, NULL);
}
