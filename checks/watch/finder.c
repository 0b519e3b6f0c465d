/* Finds endpoints again and again, and keeps what is to be announced. */
#include "watch/finder.h"
#include "aws/discovery/known.h"
#include "base/condition.h"
#include "base/file.h"
#include "options/parse.h"
#include "watch/snapshots.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#define FILTER "Filter"
#define TEMPLATES "Templates"
/* At most so much older is the time at which an endpoint was last seen, after a crash. */
#define SAVE_INTERVAL (600 * PL_SEC)

struct pl_finder {
  const pl_front *front;
  char *name;
  char instance[PL_LIMIT_NAME + 1]; /* what its notifications are about */
  pl_spec spec;                     /* its options */
  pl_request request;
  char *file; /* Templates; NULL for none */
  char *text; /* of it; NULL for none */
  size_t length;
  pl_templates templates;
  pl_nsec interval;
  pl_clock clock;
  pl_aws_environment environment;
  pl_discovery discovery;
  pl_section_common common;
  char *state_dir;
  pl_snapshots snapshots;
  bool unsaved;  /* something has changed */
  pl_nsec saved; /* when it was last saved */
  bool *failed;  /* scopes, in the last poll */
  size_t failing;
  pthread_t thread;
  bool has_thread;
  atomic_bool ending;
  pthread_cond_t wake;  /* with `lock`: it ends */
  pthread_mutex_t lock; /* of the rest */
  pl_known known;
  bool changed;
  pl_finder_news *news;
  size_t news_count;
};

/* ---- options ------------------------------------------------------------------------------ */

static pl_status set_value(pl_finder *f, const pl_option *option, const char *value,
                           pl_error *error) {
  if (option->id == PL_OPTION_REGION || option->id == PL_OPTION_AWS_ROLE_ARN)
    return pl_request_add(&f->request, option->id, value, error);
  return pl_spec_set(&f->spec, option->id, PL_LAYER_SECTION, &value, 1, error);
}

static pl_status add_filter(pl_finder *f, const char *value, pl_error *error) {
  pl_error problem;
  pl_status status = pl_request_add_filter(&f->request, value, &problem);
  return status == PL_OK ? PL_OK : pl_fail(error, status, FILTER ": %s", problem.text);
}

static pl_status set_file(pl_finder *f, const char *value, pl_error *error) {
  if (value[0] != '/')
    return pl_fail(error, PL_ERR_INVALID,
                   TEMPLATES ": the file name must begin with '/', because a daemon changes its "
                             "directory");
  free(f->file);
  f->file = strdup(value);
  return f->file != NULL ? PL_OK : pl_fail_memory(error);
}

static bool is_allowed(pl_option_id id) {
  return id == PL_OPTION_REGION || id == PL_OPTION_AWS_ROLE_ARN || id == PL_OPTION_AWS_PROFILE ||
         id == PL_OPTION_AWS_EXTERNAL_ID || id == PL_OPTION_AWS_ENDPOINT_URL ||
         id == PL_OPTION_AWS_READABLE_FILE || id == PL_OPTION_INTERVAL;
}

pl_status pl_finder_set(pl_finder *f, const char *key, const char *value, pl_error *error) {
  if (strcasecmp(key, FILTER) == 0)
    return add_filter(f, value, error);
  if (strcasecmp(key, TEMPLATES) == 0)
    return set_file(f, value, error);
  const pl_option *option = pl_option_find(key, PL_FRONT_END_PLUGIN);
  if (option == NULL || !is_allowed(option->id))
    return pl_fail(error, PL_ERR_INVALID,
                   "takes only " FILTER ", " TEMPLATES ", --region, --aws-role-arn, --aws-profile, "
                   "--aws-external-id, --aws-endpoint-url, --aws-readable-file and --interval; "
                   "other options of the endpoints are for the file of " TEMPLATES);
  if (option->rule.valid == pl_valid_file && value[0] != '/')
    return pl_fail(
        error, PL_ERR_INVALID,
        "--%s: the file name must begin with '/', because a daemon changes its directory",
        option->name);
  return set_value(f, option, value, error);
}

pl_status pl_finder_create(const char *name, pl_finder **ret_finder) {
  pl_finder *f = calloc(1, sizeof(*f));
  if (f == NULL)
    return PL_ERR_MEMORY;
  pl_spec_init(&f->spec);
  f->clock = pl_clock_system();
  atomic_init(&f->ending, false);
  f->name = strdup(name);
  pl_text_setf(f->instance, sizeof(f->instance), "discover-%s", name);
  pthread_mutex_init(&f->lock, NULL);
  pl_condition_init(&f->wake);
  if (f->name == NULL) {
    pl_finder_free(f);
    return PL_ERR_MEMORY;
  }
  *ret_finder = f;
  return PL_OK;
}

const char *pl_finder_name(const pl_finder *finder) { return finder->name; }

const char *pl_finder_instance(const pl_finder *finder) { return finder->instance; }

pl_nsec pl_finder_interval(const pl_finder *finder) { return finder->interval; }

pl_status pl_finder_reserve(pl_finder *finder, const char *name, const char *id) {
  return pl_templates_reserve(&finder->templates, name, id);
}

void pl_finder_free(pl_finder *f) {
  if (f == NULL)
    return;
  atomic_store(&f->ending, true);
  if (f->has_thread) {
    pthread_mutex_lock(&f->lock);
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
  }
  if (f->has_thread && f->state_dir != NULL)
    (void)pl_snapshots_save(&f->snapshots, /* hasty */ true);
  pl_known_free(&f->known);
  pl_discovery_free(&f->discovery);
  pl_aws_environment_free(&f->environment);
  pl_templates_free(&f->templates);
  pl_request_free(&f->request);
  pl_spec_free(&f->spec);
  pthread_cond_destroy(&f->wake);
  pthread_mutex_destroy(&f->lock);
  free(f->state_dir);
  free(f->failed);
  free(f->news);
  free(f->text);
  free(f->file);
  free(f->name);
  free(f);
}

/* ---- preparation ---------------------------------------------------------------------------- */

/* A key that is common to all endpoints would go to every one that is found. */
static pl_status check_common(const pl_spec *common, pl_error *error) {
  const char *const keys[] = {common->api_key_file, common->public_key_file,
                              common->client_cert_file, common->client_key_file};
  for (size_t i = 0; i < PL_COUNT_OF(keys); i++) {
    if (keys[i] != NULL)
      return pl_fail(error, PL_ERR_INVALID,
                     "a key in the common values would go to every endpoint that is found: give it "
                     "to the endpoints that need it, or to a template");
  }
  return PL_OK;
}

static pl_status read_templates(pl_finder *f, pl_error *error) {
  pl_error problem;
  if (f->file == NULL)
    return PL_OK;
  pl_status status = pl_file_read(f->file, PL_LIMIT_CONFIG_FILE, &f->text, &f->length, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, TEMPLATES ": %s", problem.text);
  return pl_templates_read(f->text, f->length, f->file, PL_FRONT_END_CONFIG | PL_FRONT_END_PLUGIN,
                           &f->templates, error);
}

static pl_status create_discovery(pl_finder *f) {
  pl_discovery_config config = {
      .request = &f->request,
      .profile = f->common.profile,
      .external_id = f->common.external_id,
      .endpoint_url = f->common.endpoint_url,
      .readable_file = f->common.readable_file,
      .clock = f->clock,
      .environment = &f->environment,
  };
  pl_status status = pl_discovery_create(&config, &f->discovery);
  f->failed = calloc(f->discovery.count + 1, sizeof(*f->failed));
  return status == PL_OK && f->failed == NULL ? PL_ERR_MEMORY : status;
}

static pl_status prepare_snapshots(pl_finder *f, const pl_finder_options *options) {
  const char *dir = options->common->state_dir;
  dir = dir != NULL ? dir : options->state_dir;
  f->state_dir = dir != NULL ? strdup(dir) : NULL;
  f->snapshots = (pl_snapshots){.front = f->front,
                                .name = f->name,
                                .dir = f->state_dir,
                                .templates = &f->templates,
                                .common = &f->common,
                                .discovery = &f->discovery,
                                .known = &f->known};
  return dir != NULL && f->state_dir == NULL ? PL_ERR_MEMORY : PL_OK;
}

pl_status pl_finder_prepare(pl_finder *f, const pl_finder_options *options, pl_error *error) {
  const pl_spec *common = options->common;
  f->front = options->front;
  pl_status status = check_common(common, error);
  if (status == PL_OK)
    status = read_templates(f, error);
  if (common->public_name != NULL || common->tenant != NULL || common->preset != NULL)
    f->templates.public_side = true;
  if (status == PL_OK)
    status = pl_request_finish(&f->request, common, error);
  if (status != PL_OK)
    return status;
  f->interval = f->spec.interval > 0 ? f->spec.interval : common->state_interval;
  const struct {
    pl_option_id id;
    const char *own, *common;
  } rows[] = {
      {PL_OPTION_AWS_PROFILE, f->spec.aws_profile, common->aws_profile},
      {PL_OPTION_AWS_EXTERNAL_ID, f->spec.aws_external_id, common->aws_external_id},
      {PL_OPTION_AWS_ENDPOINT_URL, f->spec.aws_endpoint_url, common->aws_endpoint_url},
      {PL_OPTION_AWS_READABLE_FILE, f->spec.aws_readable_file, common->aws_readable_file},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows) && status == PL_OK; i++) {
    if (rows[i].own == NULL && rows[i].common != NULL)
      status = pl_spec_set(&f->spec, rows[i].id, PL_LAYER_SECTION, &rows[i].common, 1, error);
  }
  f->common = (pl_section_common){.profile = f->spec.aws_profile,
                                  .external_id = f->spec.aws_external_id,
                                  .endpoint_url = f->spec.aws_endpoint_url,
                                  .readable_file = f->spec.aws_readable_file};
  if (status == PL_OK)
    status = pl_aws_environment_read(options->variable, NULL, options->process, &f->environment);
  if (status == PL_OK)
    status = create_discovery(f);
  if (status == PL_OK)
    status = prepare_snapshots(f, options);
  return status == PL_ERR_MEMORY ? pl_fail_memory(error) : status;
}

/* ---- a poll --------------------------------------------------------------------------------- */

static pl_finder_news PL_PRINTF(4, 5)
    make_news(const char *name, pl_severity severity, pl_reason reason, const char *format, ...) {
  pl_finder_news news = {.severity = severity, .reason = reason};
  pl_buf buf;
  pl_buf_fixed(&buf, news.text, sizeof(news.text));
  va_list args;
  va_start(args, format);
  pl_buf_addv(&buf, format, args);
  va_end(args);
  pl_text_set_printable(news.name, sizeof(news.name), name, strlen(name));
  return news;
}

/* Under the lock. Without memory, the log still has it. */
static void keep_news(pl_finder *f, const pl_finder_news *news) {
  pl_finder_news *kept = pl_array_add((void **)&f->news, &f->news_count, sizeof(*kept));
  if (kept != NULL)
    *kept = *news;
}

/* Under the lock. */
static void on_change(void *user, const pl_change *change) {
  pl_finder *f = user;
  pl_finder_news news;
  char seen[32];
  pl_text_set_instant(seen, sizeof(seen), change->seen);
  f->changed = f->unsaved = true;
  switch (change->kind) {
  case PL_CHANGE_ADDED:
    pl_front_log(f->front, LOG_NOTICE, NULL,
                 "discovery %s: %s (%s) was found, and is watched from now on", f->name,
                 change->name, change->id);
    return;
  case PL_CHANGE_TAGS:
    pl_front_log(f->front, LOG_NOTICE, NULL, "discovery %s: the tags of %s (%s) have changed",
                 f->name, change->name, change->id);
    return;
  case PL_CHANGE_FACTS:
    pl_front_log(f->front, LOG_NOTICE, NULL,
                 "discovery %s: what the API says of %s (%s) differs from what was remembered",
                 f->name, change->name, change->id);
    return;
  case PL_CHANGE_REPLACED:
    news = make_news(change->name, PL_SEVERITY_OK, PL_REASON_NONE,
                     "OK: %s: endpoint %s was replaced by %s, which has the same service and tags "
                     "and is watched from now on; it was last seen at %s",
                     change->name, change->before, change->id, seen);
    break;
  case PL_CHANGE_DELETED:
    news = make_news(change->name, PL_SEVERITY_WARNING, PL_REASON_STATE_DELETED,
                     "WARNING: %s: endpoint %s was deleted, or no longer meets the filters; it was "
                     "last seen at %s, and is no longer watched [state.deleted]",
                     change->name, change->id, seen);
    break;
  }
  pl_front_log(f->front, LOG_NOTICE, NULL, "discovery %s: %s", f->name, news.text);
  keep_news(f, &news);
}

/* Logs each list that begins or ceases to fail. One notification is for all of them. */
static void report_failures(pl_finder *f) {
  size_t failing = 0;
  char first[PL_LIMIT_TEXT] = "";
  for (size_t i = 0; i < f->discovery.count; i++) {
    const pl_scope *scope = &f->discovery.scopes[i];
    char text[PL_LIMIT_TEXT * 2];
    pl_buf buf;
    pl_buf_fixed(&buf, text, sizeof(text));
    if (scope->problem != NULL)
      pl_scope_add_problem(&buf, scope);
    if (scope->problem != NULL && !f->failed[i])
      pl_front_log(f->front, LOG_WARNING, NULL, "discovery %s: %s; its endpoints stay as they are",
                   f->name, text);
    else if (scope->problem == NULL && f->failed[i])
      pl_front_log(f->front, LOG_NOTICE, NULL, "discovery %s: the endpoints in %s are listed again",
                   f->name, scope->region);
    if (scope->problem != NULL && failing++ == 0)
      pl_text_set_printable(first, sizeof(first), text, strlen(text));
    f->failed[i] = scope->problem != NULL;
  }
  pl_finder_news news = {.text = ""};
  if (failing > 0 && f->failing == 0)
    news = make_news(f->instance, PL_SEVERITY_UNKNOWN, PL_REASON_STATE_API,
                     "UNKNOWN: discovery %s: %zu of %zu lists can't be read: %.150s [state.api]",
                     f->name, failing, f->discovery.count, first);
  else if (failing == 0 && f->failing > 0)
    news = make_news(f->instance, PL_SEVERITY_OK, PL_REASON_NONE,
                     "OK: discovery %s: all lists can be read again", f->name);
  if (news.text[0] != '\0')
    keep_news(f, &news);
  f->failing = failing;
}

static bool ask(pl_finder *f, pl_nsec deadline) {
  pl_sections fresh = {0};
  pl_status status = pl_discovery_ask(&f->discovery, deadline, &f->ending);
  if (atomic_load(&f->ending))
    return false;
  if (status == PL_OK)
    status = pl_sections_make(&f->discovery, &f->templates, &f->common, &fresh);
  pthread_mutex_lock(&f->lock);
  if (status == PL_OK)
    status = pl_known_update(&f->known, &f->discovery, &fresh, pl_clock_wall_seconds(&f->clock),
                             on_change, f);
  report_failures(f);
  pthread_mutex_unlock(&f->lock);
  pl_sections_free(&fresh);
  if (status != PL_OK)
    pl_front_log(f->front, LOG_ERR, NULL, "discovery %s: %s", f->name,
                 status == PL_ERR_LIMIT ? "more endpoints than can be watched; nothing has changed"
                                        : "out of memory");
  return status == PL_OK && f->failing == 0;
}

bool pl_finder_ask(pl_finder *f, pl_nsec time) { return ask(f, pl_clock_now(&f->clock) + time); }

/* Without the lock: only this thread changes what is known. */
static void save(pl_finder *f) {
  pl_nsec now = pl_clock_now(&f->clock);
  if (f->state_dir == NULL || (!f->unsaved && now - f->saved < SAVE_INTERVAL))
    return;
  f->unsaved = !pl_snapshots_save(&f->snapshots, /* hasty */ false);
  f->saved = now;
}

static void *run(void *arg) {
  pl_finder *f = arg;
  /* The daemon's own threads handle signals. */
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  while (!atomic_load(&f->ending)) {
    pl_nsec begun = pl_clock_now(&f->clock), next = begun + f->interval;
    (void)ask(f, begun + f->interval / 10 * 9);
    if (!atomic_load(&f->ending))
      save(f);
    pthread_mutex_lock(&f->lock);
    while (!atomic_load(&f->ending) && pl_clock_now(&f->clock) < next)
      pl_condition_wait(&f->wake, &f->lock, next);
    pthread_mutex_unlock(&f->lock);
  }
  return NULL;
}

pl_status pl_finder_start(pl_finder *f, pl_error *error) {
  if (f->state_dir != NULL)
    pl_snapshots_recall(&f->snapshots);
  if (f->front->start_thread(&f->thread, run, f, "pl-discover") != 0)
    return pl_fail(error, PL_ERR_IO, "cannot start its thread");
  f->has_thread = true;
  return PL_OK;
}

/* ---- for the read callback ------------------------------------------------------------------ */

bool pl_finder_take(pl_finder *f, pl_finder_news **ret_news, size_t *ret_count) {
  pthread_mutex_lock(&f->lock);
  bool changed = f->changed;
  f->changed = false;
  *ret_news = f->news;
  *ret_count = f->news_count;
  f->news = NULL;
  f->news_count = 0;
  pthread_mutex_unlock(&f->lock);
  return changed;
}

pl_status pl_finder_add_text(pl_finder *f, pl_buf *buf) {
  if (f->text != NULL)
    pl_buf_add_bytes(buf, f->text, f->length);
  pthread_mutex_lock(&f->lock);
  for (size_t i = 0; i < f->known.count; i++) {
    pl_buf_add_char(buf, '\n');
    pl_section_add(buf, &f->known.items[i].section);
  }
  pthread_mutex_unlock(&f->lock);
  return pl_buf_status(buf);
}

/* The ids of the templates do not change after the preparation. */
bool pl_finder_has_found(const pl_finder *f, const char *id) {
  return id != NULL && !pl_templates_have_id(&f->templates, id);
}

bool pl_finder_is_template(const char *section) { return pl_template_is(section); }
