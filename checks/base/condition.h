/* Conditions for which a thread waits until an instant. Any thread. */
#ifndef PL_BASE_CONDITION_H
#define PL_BASE_CONDITION_H

#include "base/clock.h"
#include <pthread.h>

/* pthread_cond_destroy(3) ends it. */
void pl_condition_init(pthread_cond_t *condition);
/* As pthread_cond_wait(3), but no longer than until the instant. */
void pl_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, pl_nsec instant);

#endif
