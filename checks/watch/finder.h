/* Finds the endpoints of accounts and regions again and again, in a thread of its own.
 *
 * The thread only finds. The daemon asks pl_finder_take from time to time whether something has
 * changed, and then watches what pl_finder_add_text says. One thread at a time, except where a
 * function says more.
 */
#ifndef PL_WATCH_FINDER_H
#define PL_WATCH_FINDER_H

#include "aws/context.h"
#include "options/options.h"
#include "watch/front.h"

typedef struct pl_finder pl_finder;

/* `name` is that of its part of the configuration; it is copied. */
pl_status pl_finder_create(const char *name, pl_finder **ret_finder) PL_MUST_USE;
const char *pl_finder_name(const pl_finder *finder);
/* "discover-NAME": the name in its own news. */
const char *pl_finder_instance(const pl_finder *finder);
/* Sets one option, in any spelling: Filter, Templates (a file), --region, --aws-role-arn (each
 * value adds to a list), --aws-profile, --aws-external-id, --aws-endpoint-url, --aws-readable-file,
 * --interval. */
pl_status pl_finder_set(pl_finder *finder, const char *key, const char *value,
                        pl_error *error) PL_MUST_USE;

typedef struct pl_finder_options {
  const pl_front *front;
  const pl_spec *common;  /* the common values; only in the call */
  const char *state_dir;  /* without that of `common`; NULL: nothing is remembered */
  pl_aws_getenv variable; /* as getenv(3) */
  char *const *process;   /* the environment of a credential_process; borrowed while it exists */
} pl_finder_options;

/* After all options: reads the templates. Sends nothing. */
pl_status pl_finder_prepare(pl_finder *finder, const pl_finder_options *options,
                            pl_error *error) PL_MUST_USE;
/* After that, and before the start: no endpoint that is found gets this name, and none with this id
 * is found. `id` may be NULL. */
pl_status pl_finder_reserve(pl_finder *finder, const char *name, const char *id) PL_MUST_USE;
/* Asks once, and blocks for at most `time`: for a test. False if a list could not be read, which is
 * logged. */
bool pl_finder_ask(pl_finder *finder, pl_nsec time);
/* Makes known what the state directory holds, and starts the thread. */
pl_status pl_finder_start(pl_finder *finder, pl_error *error) PL_MUST_USE;
/* Ends the thread, in much less than a second, and writes what is known. NULL is fine. */
void pl_finder_free(pl_finder *finder);

pl_nsec pl_finder_interval(const pl_finder *finder);

/* Something to announce. `name` is an endpoint's, or pl_finder_instance. */
typedef struct pl_finder_news {
  char name[PL_LIMIT_NAME + 1];
  pl_severity severity;
  pl_reason reason;
  char text[PL_LIMIT_TEXT];
} pl_finder_news;

/* True if the endpoints have changed since the last call. The caller frees *ret_news. Any thread.
 */
bool pl_finder_take(pl_finder *finder, pl_finder_news **ret_news, size_t *ret_count);
/* Adds the text of an INI file: the file of templates, and a section for each endpoint that is
 * known. Any thread. */
pl_status pl_finder_add_text(pl_finder *finder, pl_buf *buf) PL_MUST_USE;
/* Whether an endpoint of such a text was found: it is none of the file's own. `id` may be NULL. Any
 * thread. */
bool pl_finder_has_found(const pl_finder *finder, const char *id);
/* Whether a section of such a text is no endpoint, but a template. */
bool pl_finder_is_template(const char *section);

#endif
