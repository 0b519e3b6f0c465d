/* Waits for descriptors and timers, and notices when the process stood still. */
#include "probe/loop.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_PER_WAIT 32
#define WAIT_MAX (250 * PL_MSEC)
#define FREEZE_GAP PL_SEC
/* How often one turn asks for more events before its timers fire. This is enough for every
 * descriptor of a full engine, and ends the turn if the events never stop. */
#define DRAINS_PER_TURN 256

struct pl_loop {
  pl_clock clock;
  int epoll_fd;
  pl_source waker;
  pl_timer **heap; /* smallest `due` first */
  size_t count, capacity;
  pl_nsec now;
  pl_nsec wall_offset; /* wall clock minus monotonic clock at `now` */
  unsigned freezes;
  pl_nsec delay;
  struct epoll_event events[EVENTS_PER_WAIT];
  int event_count, event_next;
};

/* ---- timers ---------------------------------------------------------------------------------- */

static void heap_place(pl_loop *loop, size_t slot, pl_timer *timer) {
  loop->heap[slot] = timer;
  timer->slot = slot + 1;
}

static void heap_up(pl_loop *loop, size_t slot, pl_timer *timer) {
  while (slot > 0 && loop->heap[(slot - 1) / 2]->due > timer->due) {
    heap_place(loop, slot, loop->heap[(slot - 1) / 2]);
    slot = (slot - 1) / 2;
  }
  heap_place(loop, slot, timer);
}

static void heap_down(pl_loop *loop, size_t slot, pl_timer *timer) {
  for (size_t child; (child = 2 * slot + 1) < loop->count; slot = child) {
    if (child + 1 < loop->count && loop->heap[child + 1]->due < loop->heap[child]->due)
      child++;
    if (loop->heap[child]->due >= timer->due)
      break;
    heap_place(loop, slot, loop->heap[child]);
  }
  heap_place(loop, slot, timer);
}

static void heap_settle(pl_loop *loop, size_t slot, pl_timer *timer) {
  heap_up(loop, slot, timer);
  heap_down(loop, timer->slot - 1, timer);
}

static pl_status heap_reserve(pl_loop *loop) {
  if (loop->count < loop->capacity)
    return PL_OK;
  size_t capacity = loop->capacity == 0 ? 64 : 2 * loop->capacity;
  pl_timer **heap = realloc(loop->heap, capacity * sizeof(*heap));
  if (heap == NULL)
    return PL_ERR_MEMORY;
  loop->heap = heap;
  loop->capacity = capacity;
  return PL_OK;
}

/* A loop without timers is idle. A long gap between its turns does not count as standing still. */
static void resume_from_idle(pl_loop *loop) {
  loop->now = pl_loop_clock(loop);
  loop->wall_offset = pl_clock_wall(&loop->clock) - loop->now;
}

void pl_loop_move_timer(pl_loop *loop, pl_timer *timer, pl_nsec due) {
  if (due < loop->now)
    due = loop->now; /* what is due at once is not late */
  if (timer->slot != 0) {
    timer->due = due;
    heap_settle(loop, timer->slot - 1, timer);
    return;
  }
  if (loop->count == loop->capacity)
    return; /* a caller's mistake: losing one timer is better than overwriting memory */
  if (loop->count == 0)
    resume_from_idle(loop);
  timer->due = due;
  heap_up(loop, loop->count++, timer);
}

pl_status pl_loop_set_timer(pl_loop *loop, pl_timer *timer, pl_nsec due) {
  pl_status status = timer->slot != 0 ? PL_OK : heap_reserve(loop);
  if (status == PL_OK)
    pl_loop_move_timer(loop, timer, due);
  return status;
}

void pl_loop_cancel_timer(pl_loop *loop, pl_timer *timer) {
  if (timer->slot == 0)
    return;
  size_t slot = timer->slot - 1;
  timer->slot = 0;
  pl_timer *last = loop->heap[--loop->count];
  if (last != timer)
    heap_settle(loop, slot, last);
}

/* At most as many as were set before the first one fired, so that a turn ends even if a timer sets
 * itself again for a time in the past. */
static void fire_timers(pl_loop *loop) {
  for (size_t left = loop->count; left > 0 && loop->count > 0; left--) {
    pl_timer *timer = loop->heap[0];
    if (timer->due > loop->now)
      break;
    pl_loop_note_delay(loop, loop->now - timer->due);
    pl_loop_cancel_timer(loop, timer);
    timer->fire(timer);
  }
}

/* ---- descriptors ----------------------------------------------------------------------------- */

pl_status pl_loop_add(pl_loop *loop, pl_source *source, int fd) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = source}};
  if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    return errno == ENOMEM ? PL_ERR_MEMORY : PL_ERR_IO;
  source->fd = fd;
  return PL_OK;
}

void pl_loop_remove(pl_loop *loop, pl_source *source) {
  if (source->fd < 0)
    return;
  (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
  source->fd = -1;
  for (int i = loop->event_next; i < loop->event_count; i++) {
    if (loop->events[i].data.ptr == source)
      loop->events[i].data.ptr = NULL;
  }
}

static pl_status wait_for_events(pl_loop *loop, int timeout_msec) {
  loop->event_next = 0;
  loop->event_count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_PER_WAIT, timeout_msec);
  if (loop->event_count >= 0)
    return PL_OK;
  loop->event_count = 0;
  return errno == EINTR ? PL_OK : PL_ERR_IO;
}

/* The last event waits for the work on all others. */
static void dispatch_events(pl_loop *loop) {
  while (loop->event_next < loop->event_count) {
    if (loop->event_next > 0 && loop->event_next + 1 == loop->event_count)
      pl_loop_note_delay(loop, pl_loop_clock(loop) - loop->now);
    const struct epoll_event *event = &loop->events[loop->event_next++];
    pl_source *source = event->data.ptr;
    if (source != NULL)
      source->ready(source, event->events);
  }
  loop->event_count = 0;
}

static void drain_waker(pl_source *source, uint32_t events) {
  (void)events;
  uint64_t count;
  ssize_t size = read(source->fd, &count, sizeof(count));
  (void)size;
}

void pl_loop_wake(pl_loop *loop) {
  int saved = errno;
  uint64_t one = 1;
  ssize_t size = write(loop->waker.fd, &one, sizeof(one));
  (void)size; /* fails only if the counter is full; then the loop wakes anyway */
  errno = saved;
}

/* ---- the loop -------------------------------------------------------------------------------- */

pl_status pl_loop_create(const pl_clock *clock, pl_loop **ret_loop, pl_error *error) {
  pl_loop *loop = calloc(1, sizeof(*loop));
  if (loop == NULL)
    return pl_fail_memory(error);
  loop->clock = *clock;
  loop->waker = (pl_source){.ready = drain_waker, .fd = -1};
  resume_from_idle(loop);
  loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  int wake_fd = loop->epoll_fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0 || pl_loop_add(loop, &loop->waker, wake_fd) != PL_OK) {
    pl_status status = pl_fail(error, PL_ERR_IO, "event loop: %s", strerror(errno));
    if (wake_fd >= 0)
      close(wake_fd);
    pl_loop_free(loop);
    return status;
  }
  *ret_loop = loop;
  return PL_OK;
}

void pl_loop_free(pl_loop *loop) {
  if (loop == NULL)
    return;
  if (loop->waker.fd >= 0)
    close(loop->waker.fd);
  if (loop->epoll_fd >= 0)
    close(loop->epoll_fd);
  free(loop->heap);
  free(loop);
}

pl_nsec pl_loop_now(const pl_loop *loop) { return loop->now; }

pl_nsec pl_loop_clock(const pl_loop *loop) { return pl_clock_now(&loop->clock); }

int64_t pl_loop_wall(const pl_loop *loop) { return pl_clock_wall_seconds(&loop->clock); }

unsigned pl_loop_freezes(const pl_loop *loop) { return loop->freezes; }

void pl_loop_note_delay(pl_loop *loop, pl_nsec delay) {
  if (delay > loop->delay)
    loop->delay = delay;
}

pl_nsec pl_loop_take_delay(pl_loop *loop) {
  pl_nsec delay = loop->delay;
  loop->delay = 0;
  return delay;
}

static int wait_msec(const pl_loop *loop) {
  pl_nsec wait = WAIT_MAX;
  if (loop->count > 0) {
    pl_nsec until_due = loop->heap[0]->due - pl_loop_clock(loop);
    if (until_due < wait)
      wait = until_due;
  }
  /* Rounded up, so that a timer is due when the wait for it ends. */
  return wait <= 0 ? 0 : (int)((wait + PL_MSEC - 1) / PL_MSEC);
}

/* While the system is suspended, the monotonic clock stops and the wall clock does not. So a wall
 * clock that ran ahead counts too. Setting the clock forward looks the same: the cost is one
 * inconclusive attempt, and never a wrong verdict. */
static void read_time(pl_loop *loop) {
  pl_nsec now = pl_loop_clock(loop);
  pl_nsec wall_offset = pl_clock_wall(&loop->clock) - now;
  if (now - loop->now > FREEZE_GAP || wall_offset - loop->wall_offset > FREEZE_GAP)
    loop->freezes++;
  loop->now = now;
  loop->wall_offset = wall_offset;
}

static bool timer_is_due(const pl_loop *loop) {
  return loop->count > 0 && loop->heap[0]->due <= loop->now;
}

/* Handles all events before a timer fires, so that what arrived before `now` comes before any
 * timeout at `now`, even after the process stood still. */
pl_status pl_loop_turn(pl_loop *loop) {
  pl_status status = wait_for_events(loop, wait_msec(loop));
  read_time(loop);
  dispatch_events(loop);
  for (int i = 0; status == PL_OK && i < DRAINS_PER_TURN && timer_is_due(loop); i++) {
    status = wait_for_events(loop, 0);
    if (loop->event_count == 0)
      break;
    read_time(loop);
    dispatch_events(loop);
  }
  if (status == PL_OK)
    fire_timers(loop);
  return status;
}
