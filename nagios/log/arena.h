/* Memory for jansson while a long log is verified: most of the time would go to malloc and free.
 * Each thread has its own, which is empty again when all that it holds was freed.
 */
#ifndef PL_NAGIOS_LOG_ARENA_H
#define PL_NAGIOS_LOG_ARENA_H

/* Has jansson use it from now on, in this process. Nothing that jansson allocated before may be
 * freed after, and what a thread allocates, it frees. */
void pl_arena_use(void);

#endif
