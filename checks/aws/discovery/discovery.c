/* Asks the pairs of roles and regions for their endpoints, in a few threads. */
#include "aws/discovery/discovery.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static pl_status add_scope(const pl_discovery_config *config, const char *role_arn,
                           const char *region, pl_scope *ret_scope) {
  pl_ec2_config of_scope = {
      .profile = config->profile,
      .role_arn = role_arn,
      .external_id = role_arn != NULL ? config->external_id : NULL,
      .region = region,
      .endpoint_url = config->endpoint_url,
      .readable_file = config->readable_file,
      .clock = config->clock,
      .environment = config->environment,
  };
  *ret_scope = (pl_scope){.role_arn = role_arn, .wanted = region};
  pl_text_set(ret_scope->region, sizeof(ret_scope->region), region != NULL ? region : "");
  return pl_ec2_create(&of_scope, &ret_scope->ec2);
}

pl_status pl_discovery_create(const pl_discovery_config *config, pl_discovery *ret_discovery) {
  const pl_text_list *roles = &config->request->roles, *regions = &config->request->regions;
  size_t role_count = roles->count > 0 ? roles->count : 1;
  size_t region_count = regions->count > 0 ? regions->count : 1;
  pl_discovery discovery = {.request = config->request};
  discovery.scopes = calloc(role_count * region_count, sizeof(*discovery.scopes));
  pl_status status = discovery.scopes != NULL ? PL_OK : PL_ERR_MEMORY;
  for (size_t i = 0; i < role_count * region_count && status == PL_OK; i++, discovery.count++)
    status = add_scope(config, roles->count > 0 ? roles->items[i / region_count] : NULL,
                       regions->count > 0 ? regions->items[i % region_count] : NULL,
                       &discovery.scopes[i]);
  if (status == PL_OK)
    *ret_discovery = discovery;
  else
    pl_discovery_free(&discovery);
  return status;
}

static void forget(pl_scope *scope) {
  pl_ec2_answer_free(&scope->answer);
  pl_endpoint_unref(scope->problem);
  scope->problem = NULL;
}

void pl_discovery_free(pl_discovery *discovery) {
  for (size_t i = 0; i < discovery->count; i++) {
    forget(&discovery->scopes[i]);
    pl_ec2_free(discovery->scopes[i].ec2);
  }
  free(discovery->scopes);
  *discovery = (pl_discovery){0};
}

/* ---- asking --------------------------------------------------------------------------------- */

typedef struct asking {
  pl_discovery *discovery;
  pl_nsec deadline;
  const atomic_bool *cancel;
  atomic_size_t next; /* scope */
  atomic_bool failed; /* no memory */
} asking;

static void *work(void *user) {
  asking *a = user;
  const pl_request *request = a->discovery->request;
  size_t index;
  while ((index = atomic_fetch_add(&a->next, 1)) < a->discovery->count) {
    pl_scope *scope = &a->discovery->scopes[index];
    forget(scope);
    if (pl_ec2_find_all(scope->ec2, request->conditions, request->condition_count, a->deadline,
                        a->cancel, &scope->answer, &scope->problem) != PL_OK)
      atomic_store(&a->failed, true);
    if (pl_ec2_region(scope->ec2)[0] != '\0')
      pl_text_set(scope->region, sizeof(scope->region), pl_ec2_region(scope->ec2));
  }
  return NULL;
}

/* The program's own threads handle signals. */
static bool start_thread(pthread_t *thread, asking *a) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = pthread_create(thread, NULL, work, a) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

pl_status pl_discovery_ask(pl_discovery *discovery, pl_nsec deadline, const atomic_bool *cancel) {
  asking a = {.discovery = discovery, .deadline = deadline, .cancel = cancel};
  pthread_t threads[PL_LIMIT_AWS_THREADS];
  size_t started = 0;
  while (started + 1 < discovery->count && started < PL_LIMIT_AWS_THREADS - 1 &&
         start_thread(&threads[started], &a))
    started++;
  work(&a);
  while (started > 0)
    pthread_join(threads[--started], NULL);
  return atomic_load(&a.failed) ? PL_ERR_MEMORY : PL_OK;
}

void pl_scope_add_problem(pl_buf *buf, const pl_scope *scope) {
  const pl_endpoint *problem = scope->problem;
  pl_buf_addf(buf, "DescribeVpcEndpoints%s%s%s%s: %s", scope->region[0] != '\0' ? " in " : "",
              scope->region, scope->role_arn != NULL ? " with the role " : "",
              scope->role_arn != NULL ? scope->role_arn : "",
              pl_ec2_outcome_name(problem->outcome));
  if (problem->code[0] != '\0')
    pl_buf_addf(buf, " (%s)", problem->code);
  if (problem->message[0] != '\0')
    pl_buf_addf(buf, ": %s", problem->message);
}
