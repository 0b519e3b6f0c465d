/* Sends SYNs with a limited TTL, and collects what comes back. */
#include "probe/wire/hops.h"
#include "probe/wire/tcp.h"
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>

/* Between two SYNs. */
#define GAP (50 * PL_MSEC)
/* How long a SYN may take. Less than a second, when the kernel would send it again (RFC 6298 2.1).
 */
#define WAIT (950 * PL_MSEC)

typedef struct limited_syn {
  pl_hops *hops;
  pl_source source; /* added while an answer is awaited */
  pl_nsec sent;
} limited_syn;

struct pl_hops {
  pl_hops_config config;
  pl_timer timer; /* set from the start to the end */
  pl_nsec due;    /* of the next SYN */
  size_t sent;
  size_t wanted; /* how many TTLs matter */
  limited_syn syns[PL_LIMIT_HOPS];
  pl_hop results[PL_LIMIT_HOPS];
};

static void end_syn(limited_syn *syn) {
  int fd = syn->source.fd;
  if (fd < 0)
    return;
  pl_loop_remove(syn->hops->config.loop, &syn->source);
  pl_tcp_close(fd);
}

static void release(pl_hops *hops) {
  pl_loop_cancel_timer(hops->config.loop, &hops->timer);
  for (size_t i = 0; i < hops->sent; i++)
    end_syn(&hops->syns[i]);
}

const pl_hop *pl_hops_found(const pl_hops *hops, size_t *ret_count) {
  *ret_count = hops->sent < hops->wanted ? hops->sent : hops->wanted;
  return hops->results;
}

/* `done` may free the object. */
static void end(pl_hops *hops) {
  size_t count;
  release(hops);
  const pl_hop *found = pl_hops_found(hops, &count);
  hops->config.done(hops->config.user, found, count);
}

static bool is_over(const pl_hops *hops) {
  if (hops->sent < hops->wanted)
    return false;
  for (size_t i = 0; i < hops->wanted; i++) {
    if (hops->syns[i].source.fd >= 0)
      return false;
  }
  return true;
}

/* RFC 792 and RFC 4443 3.3: the TTL was used up on the way. */
static bool is_exceeded(const pl_icmp *icmp) {
  return icmp->family == PL_FAMILY_IPV4 ? icmp->type == ICMP_TIME_EXCEEDED
                                        : icmp->type == ICMP6_TIME_EXCEEDED;
}

static pl_hop_kind kind_of(pl_tcp_state state, const pl_attempt_result *result) {
  if (state == PL_TCP_CONNECTED)
    return PL_HOP_ANSWERED;
  if (result->end == PL_END_REFUSED)
    return PL_HOP_REFUSED;
  if (!result->icmp.seen)
    return PL_HOP_SILENT;
  return is_exceeded(&result->icmp) ? PL_HOP_EXCEEDED : PL_HOP_ICMP;
}

/* What `syn` got. An answer makes every larger TTL unnecessary. */
static void note(limited_syn *syn, pl_tcp_state state, const pl_attempt_result *result) {
  pl_hops *hops = syn->hops;
  size_t index = (size_t)(syn - hops->syns);
  pl_hop *hop = &hops->results[index];
  hop->kind = (uint8_t)kind_of(state, result);
  hop->sender = result->icmp.sender;
  end_syn(syn);
  if (hop->kind != PL_HOP_ANSWERED && hop->kind != PL_HOP_REFUSED)
    return;
  hops->wanted = index + 1;
  for (size_t i = hops->wanted; i < hops->sent; i++)
    end_syn(&hops->syns[i]);
}

static void syn_ready(pl_source *source, uint32_t events) {
  (void)events;
  limited_syn *syn = PL_CONTAINER_OF(source, limited_syn, source);
  pl_attempt_result result;
  pl_attempt_init(&result);
  pl_tcp_state state = pl_tcp_check(source->fd, WAIT, &result);
  if (state == PL_TCP_WAITING)
    return;
  note(syn, state, &result);
  if (is_over(syn->hops))
    end(syn->hops);
}

/* A SYN that this host can't send is silent. */
static void send_next(pl_hops *hops, pl_nsec now) {
  limited_syn *next = &hops->syns[hops->sent];
  pl_hop *hop = &hops->results[hops->sent];
  hops->sent++;
  hops->due = now + GAP;
  *next = (limited_syn){.hops = hops, .source = {.ready = syn_ready, .fd = -1}, .sent = now};
  *hop = (pl_hop){.ttl = (uint8_t)hops->sent, .kind = PL_HOP_SILENT};
  pl_attempt_result result;
  pl_attempt_init(&result);
  int fd;
  pl_tcp_state state = pl_tcp_open_limited(&hops->config.target, hop->ttl, &fd, &result);
  hop->port = result.local_port;
  if (state != PL_TCP_WAITING)
    note(next, state, &result);
  else if (pl_loop_add(hops->config.loop, &next->source, fd) != PL_OK)
    pl_tcp_close(fd);
}

/* When the timer has something to do. */
static pl_nsec next_due(const pl_hops *hops) {
  pl_nsec due = hops->config.deadline;
  if (hops->sent < hops->wanted && hops->due < due)
    due = hops->due;
  for (size_t i = 0; i < hops->sent; i++) {
    const limited_syn *syn = &hops->syns[i];
    if (syn->source.fd >= 0 && syn->sent + WAIT < due)
      due = syn->sent + WAIT;
  }
  return due;
}

static void timer_fired(pl_timer *timer) {
  pl_hops *hops = PL_CONTAINER_OF(timer, pl_hops, timer);
  pl_nsec now = pl_loop_clock(hops->config.loop);
  for (size_t i = 0; i < hops->sent; i++) {
    if (hops->syns[i].sent + WAIT <= now)
      end_syn(&hops->syns[i]);
  }
  if (now < hops->config.deadline && hops->sent < hops->wanted && hops->due <= now)
    send_next(hops, now);
  if (now >= hops->config.deadline || is_over(hops))
    end(hops);
  else
    pl_loop_move_timer(hops->config.loop, &hops->timer, next_due(hops));
}

pl_status pl_hops_start(const pl_hops_config *config, pl_hops **ret_hops) {
  pl_hops *hops = calloc(1, sizeof(*hops));
  if (hops == NULL)
    return PL_ERR_MEMORY;
  *hops = (pl_hops){.config = *config, .timer.fire = timer_fired, .wanted = config->last_ttl};
  hops->due = pl_loop_clock(config->loop);
  pl_status status = pl_loop_set_timer(config->loop, &hops->timer, hops->due);
  if (status != PL_OK) {
    free(hops);
    return status;
  }
  *ret_hops = hops;
  return PL_OK;
}

void pl_hops_free(pl_hops *hops) {
  if (hops == NULL)
    return;
  release(hops);
  free(hops);
}
