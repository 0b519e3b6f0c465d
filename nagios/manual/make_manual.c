/* Writes the manual page: the template on standard input, with the tables of options, metrics and
 * reason codes in their places. */
#include "facts/verdict.h"
#include "options/options.h"
#include <stdio.h>
#include <string.h>

/* Text for groff: hyphens that may be copied, no escapes, no requests. */
static void put_text(const char *text) {
  if (*text == '.' || *text == '\'')
    fputs("\\&", stdout);
  for (; *text != '\0'; text++) {
    if (*text == '-')
      fputs("\\-", stdout);
    else if (*text == '\\')
      fputs("\\e", stdout);
    else if (*text == '\'')
      fputs("\\(aq", stdout);
    else
      putchar(*text);
  }
}

static void put_tagged(const char *tag, const char *text) {
  fputs(".TP\n.B ", stdout);
  put_text(tag);
  putchar('\n');
  put_text(text);
  putchar('\n');
}

static void put_option(const pl_option *option) {
  fputs(".TP\n", stdout);
  if (option->letter != 0)
    printf("\\fB\\-%c\\fR, ", option->letter);
  fputs("\\fB\\-\\-", stdout);
  put_text(option->name);
  fputs("\\fR", stdout);
  if (option->argument != NULL) {
    fputs(" \\fI", stdout);
    put_text(option->argument);
    fputs("\\fR", stdout);
  }
  putchar('\n');
  put_text(option->help);
  if (option->default_text != NULL) {
    fputs(" (default: ", stdout);
    put_text(option->default_text);
    putchar(')');
  }
  putchar('\n');
}

static void put_options(void) {
  for (unsigned group = 0; group < PL_GROUP_COUNT; group++) {
    printf(".SS %s\n", pl_option_group_title((pl_option_group)group));
    for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
      const pl_option *option = pl_option_at((pl_option_id)id);
      if (option->group == (pl_option_group)group && (option->front_ends & PL_FRONT_END_CHECK) != 0)
        put_option(option);
    }
  }
}

static void put_metrics(void) {
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    const pl_metric_info *metric = pl_metric_info_at((pl_metric_id)id);
    if (!metric->plugin_only)
      put_tagged(metric->name, metric->help);
  }
}

static void put_reasons(void) {
  for (unsigned reason = PL_REASON_NONE + 1; reason < PL_REASON_COUNT; reason++)
    put_tagged(pl_reason_code((pl_reason)reason), pl_reason_meaning((pl_reason)reason));
}

/* What stands for `mark` within a line of text. */
static bool put_marked(const char *line, const char *mark, const char *value) {
  const char *found = strstr(line, mark);
  if (found == NULL)
    return false;
  printf("%.*s%s%s", (int)(found - line), line, value, found + strlen(mark));
  return true;
}

static void put_line(const char *line) {
  if (strcmp(line, "@OPTIONS@\n") == 0)
    put_options();
  else if (strcmp(line, "@METRICS@\n") == 0)
    put_metrics();
  else if (strcmp(line, "@REASONS@\n") == 0)
    put_reasons();
  else if (!put_marked(line, "@VERSION@", PL_VERSION) &&
           !put_marked(line, "@CONFIG@", PL_CONFIG_FILE))
    fputs(line, stdout);
}

int main(void) {
  char line[1024];
  while (fgets(line, sizeof(line), stdin) != NULL)
    put_line(line);
  return ferror(stdin) != 0 || fflush(stdout) != 0 ? 1 : 0;
}
