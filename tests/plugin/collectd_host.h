/* A host that loads the plugin and behaves like collectd: what it was told by the plugin, what it
 * has counted, and how it misbehaves. The scenarios are in host.c. One plugin in one process. */
#ifndef PL_TEST_COLLECTD_HOST_H
#define PL_TEST_COLLECTD_HOST_H

#include "collectd_api.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define CANARY "canary-key-0123456789" /* a value that no message may quote */

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                              \
      _Exit(1);                                                                                    \
    }                                                                                              \
  } while (0)

/* The plugin and its libraries see what this program exports, and these names are short. */
#pragma GCC visibility push(hidden)

/* What the plugin has registered. */
extern int (*config_callback)(oconfig_item_t *);
extern plugin_init_cb init_callback;
extern plugin_shutdown_cb shutdown_callback;
extern plugin_flush_cb flush_callback;
extern size_t read_count;

/* How the host behaves. */
extern atomic_int set_back; /* the clock, in seconds */
extern size_t shift;        /* of each field of a value list: that of another collectd, if not 0 */
extern bool refuse_reads, knows_no_type, is_test;
extern int threads_allowed;
extern const char *base_dir;           /* NULL: only memory remembers */
extern atomic_bool hold_notifications; /* they do not return */
extern atomic_bool hold;               /* the plugin's threads wait where they submit a value */
extern pthread_t host_thread;

/* What the plugin has submitted. */
extern atomic_int of_keyed, okay_of_keyed; /* notifications of the configuration of "keyed" */
extern atomic_int errors, values, rounds, unknown_values, notifications;
extern _Atomic(const char *) wanted_text; /* must be in a line of the log */
extern atomic_bool said;

/* Before each scenario. */
void reset(void);
/* Calls each read. Returns how many failed. */
size_t read_all(void);
/* Forgets all reads, and frees their user data. */
void free_reads(void);

#pragma GCC visibility pop

#endif
