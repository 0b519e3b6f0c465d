// Tests when a round is announced: after it was written, but not only then.
#include "memory/file.h"
#include "watch/keeper.h"
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "api"
#define INTERVAL (60 * PL_SEC)

/* A disk that hangs: the keeper's thread gets no further until it is released. */
typedef struct world {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool released;
  size_t sent;
  void *(*run)(void *);
  void *arg;
  char dir[64];
} world;

static world w;

static void *hang(void *user) {
  (void)user;
  pthread_mutex_lock(&w.lock);
  while (!w.released)
    pthread_cond_wait(&w.changed, &w.lock);
  pthread_mutex_unlock(&w.lock);
  return w.run(w.arg);
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  if (strcmp(name, "pl-memory") != 0)
    return pthread_create(thread, NULL, run, arg);
  w.run = run;
  w.arg = arg;
  return pthread_create(thread, NULL, hang, NULL);
}

static void notify(void *user, const pl_event *event) {
  (void)user;
  (void)event;
  pthread_mutex_lock(&w.lock);
  w.sent++;
  pthread_cond_broadcast(&w.changed);
  pthread_mutex_unlock(&w.lock);
}

static void take_line(void *user, int level, const char *line) {
  (void)user;
  (void)level;
  (void)line;
}

static void release(void) {
  pthread_mutex_lock(&w.lock);
  w.released = true;
  pthread_cond_broadcast(&w.changed);
  pthread_mutex_unlock(&w.lock);
}

static void wait_for_sent(size_t count) {
  pthread_mutex_lock(&w.lock);
  while (w.sent < count)
    pthread_cond_wait(&w.changed, &w.lock);
  assert_int_equal(w.sent, count);
  pthread_mutex_unlock(&w.lock);
}

static void remove_dir(void) {
  DIR *dir = opendir(w.dir);
  assert_non_null(dir);
  for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] != '.')
      assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
  }
  closedir(dir);
  assert_int_equal(rmdir(w.dir), 0);
}

static void an_alarm_waits_one_round_for_the_disk(void **state) {
  (void)state;
  static const pl_front front = {.notify = notify, .log = take_line, .start_thread = start_thread};
  w = (world){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  strcpy(w.dir, "/tmp/privatelink-test-XXXXXX");
  assert_non_null(mkdtemp(w.dir));
  pl_spec spec;
  pl_spec_init(&spec);
  pl_error error;
  pl_dispatcher *dispatcher;
  pl_keeper *keeper;
  pl_keep keep;
  pl_memory_store store;
  assert_int_equal(pl_dispatcher_create(&front, &dispatcher, &error), PL_OK);
  assert_int_equal(pl_keeper_create(&front, dispatcher, &keeper, &error), PL_OK);
  pl_keep_load(&keep, &front, NAME, w.dir, &spec, &store);
  for (size_t round = 0; round < 3; round++) {
    pl_event *event =
        pl_event_of_state(NAME, PL_SEVERITY_CRITICAL, PL_REASON_PUBLIC_OPEN, 0, "open");
    assert_non_null(event);
    store.alarm = (pl_alarm){.state = PL_ALARM_ON, .unsettled = true};
    pl_keeper_put(keeper, &keep, PL_PUBLIC_OPEN, &store);
    wait_for_sent(round); /* of the rounds before */
    pl_keeper_send(keeper, &keep, event, INTERVAL);
    assert_int_equal(keep.events.count, 1);
  }
  release();
  pl_keeper_free(keeper);
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
  assert_int_equal(w.sent, 3);
  pl_keep_free(&keep);
  pl_keep_load(&keep, &front, NAME, w.dir, &spec, &store);
  assert_int_equal(store.alarm.state, PL_ALARM_ON);
  pl_keep_free(&keep);
  pl_spec_free(&spec);
  remove_dir();
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(an_alarm_waits_one_round_for_the_disk)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
