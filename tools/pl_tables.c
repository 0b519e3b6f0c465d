/* Prints documentation and definitions from the tables of the code: pl_tables WHAT.
 * tools/tables writes them where they belong, and checks that what is there is current. */
#include "facts/verdict.h"
#include "options/options.h"
#include <stdio.h>
#include <string.h>

/* A cell of a Markdown table: '|' would end it. */
static void print_cell(const char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '|')
      putchar('\\');
    putchar(*text);
  }
}

/* ---- reason codes ---------------------------------------------------------------------------- */

static const struct {
  const char *title;
  const char *prefix; /* of the codes; NULL for those without one */
} reason_groups[] = {
    {"Private DNS", "dns."},      {"Port", "port."},   {"Public endpoint", "public."},
    {"Endpoint state", "state."}, {"Any check", NULL},
};

static bool in_group(const char *code, const char *prefix) {
  return prefix == NULL ? strchr(code, '.') == NULL : strncmp(code, prefix, strlen(prefix)) == 0;
}

static void print_reasons(void) {
  puts("# Reason codes\n"
       "\n"
       "Every line of output that is not OK ends with one of these in brackets, and JSON has them "
       "as `reason`.\n"
       "They are stable: alert rules may rely on them. The severity is that of the finding; a "
       "check, and the run,\n"
       "has the worst of its findings'. [verdicts.md](verdicts.md) has the rules behind it.");
  for (size_t i = 0; i < PL_COUNT_OF(reason_groups); i++) {
    printf("\n## %s\n\n| code | condition | severity | what to do |\n| --- | --- | --- | --- |\n",
           reason_groups[i].title);
    for (unsigned id = PL_REASON_NONE + 1; id < PL_REASON_COUNT; id++) {
      const pl_reason reason = (pl_reason)id;
      if (!in_group(pl_reason_code(reason), reason_groups[i].prefix))
        continue;
      /* Alert rules link to the code. */
      printf("| <a id=\"%s\"></a>`%s` | ", pl_reason_code(reason), pl_reason_code(reason));
      print_cell(pl_reason_meaning(reason));
      printf(" | ");
      print_cell(pl_reason_severity(reason));
      printf(" | ");
      print_cell(pl_reason_hint(reason));
      puts(" |");
    }
  }
}

/* ---- metrics --------------------------------------------------------------------------------- */

static void print_range(const pl_metric_info *metric) {
  if (metric->min[0] != '\0' || metric->max[0] != '\0')
    printf("%s to %s", metric->min[0] != '\0' ? metric->min : "any",
           metric->max[0] != '\0' ? metric->max : "any");
}

static void print_metrics(void) {
  puts("# Metrics\n"
       "\n"
       "The same names in the check's performance data and in collectd (as type_instance). Which "
       "ones there are\n"
       "depends on the configuration only; what is not known is written as `U`, and collectd gets "
       "no value for it.\n"
       "With `--config` the label is `ENDPOINT.METRIC`. Times are in seconds. `check` says which "
       "check must run.\n"
       "\n"
       "| metric | check | collectd type | range | meaning |\n"
       "| --- | --- | --- | --- | --- |");
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    const pl_metric_info *metric = pl_metric_info_at((pl_metric_id)id);
    printf("| `%s` | %s | %s | ", metric->name,
           metric->check == PL_CHECK_COUNT ? "any" : pl_check_name(metric->check), metric->type);
    print_range(metric);
    printf(" | ");
    print_cell(metric->help);
    puts(metric->plugin_only ? " (collectd only) |" : " |");
  }
}

/* ---- options --------------------------------------------------------------------------------- */

static void print_spellings(const pl_option *option) {
  if ((option->front_ends & PL_FRONT_END_CHECK) != 0) {
    if (option->letter != 0)
      printf("`-%c`, ", option->letter);
    printf("`--%s", option->name);
    if (option->argument != NULL) {
      putchar(' ');
      print_cell(option->argument);
    }
    putchar('`');
  }
  printf(" | ");
  if ((option->front_ends & PL_FRONT_END_PLUGIN) != 0) {
    pl_buf name;
    pl_buf_init(&name, 256);
    pl_option_add_collectd_name(&name, option);
    printf("`%s`", pl_buf_text(&name));
    pl_buf_free(&name);
  }
}

static void print_options(void) {
  puts("# Options\n"
       "\n"
       "One vocabulary for every place: `--private-name` on the command line, `private-name` in an "
       "INI file,\n"
       "`PrivateName` in collectd.conf. Lists are separated by commas on the command line and in "
       "INI; in\n"
       "collectd.conf they are several arguments. Times are in seconds and may have a fraction. "
       "The command line\n"
       "goes before the endpoint's section, that before `[*]` (in collectd.conf: the plugin's "
       "common values), then\n"
       "the preset, then the default.");
  for (unsigned group = 0; group < PL_GROUP_COUNT; group++) {
    printf("\n## %s\n\n| check | collectd | meaning | default |\n| --- | --- | --- | --- |\n",
           pl_option_group_title((pl_option_group)group));
    for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
      const pl_option *option = pl_option_at((pl_option_id)id);
      if (option->group != (pl_option_group)group)
        continue;
      printf("| ");
      print_spellings(option);
      printf(" | ");
      print_cell(option->help);
      printf(" | ");
      print_cell(option->default_text != NULL ? option->default_text : "");
      puts(" |");
    }
  }
}

/* ---- Icinga 2 -------------------------------------------------------------------------------- */

/* For a person at a terminal; a daemon has no use for them. */
static bool for_people(pl_option_id id) {
  return id == PL_OPTION_HELP || id == PL_OPTION_VERSION || id == PL_OPTION_LIST_PRESETS ||
         id == PL_OPTION_EXPLAIN;
}

/* A list that is one argument, with commas. */
static bool is_list(const pl_option *option) {
  return option->argument != NULL && !option->repeatable &&
         (strchr(option->argument, ',') != NULL || strcmp(option->argument, "LIST") == 0);
}

/* `privatelink_private_name` */
static void print_variable(const pl_option *option) {
  printf("privatelink_");
  for (const char *c = option->name; *c != '\0'; c++)
    putchar(*c == '-' ? '_' : *c);
}

static void print_argument(const pl_option *option) {
  printf("    \"--%s\" = {\n", option->name);
  if (option->argument == NULL) {
    printf("      set_if = \"$");
    print_variable(option);
    puts("$\"");
  } else if (is_list(option)) {
    printf("      value = {{ privatelink_list(macro(\"$");
    print_variable(option);
    printf("$\")) }}\n      set_if = {{ len(privatelink_list(macro(\"$");
    print_variable(option);
    puts("$\"))) > 0 }}");
  } else {
    printf("      value = \"$");
    print_variable(option);
    puts("$\"");
  }
  printf("      description = \"");
  for (const char *c = option->help; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\')
      putchar('\\');
    putchar(*c);
  }
  puts("\"\n    }");
}

static void print_icinga2(void) {
  puts("/* Icinga 2: CheckCommand \"privatelink\". Every option is a variable: --private-name is\n"
       " * vars.privatelink_private_name. Options that take a list may be strings with commas or\n"
       " * arrays; repeatable ones are given once per element of an array.\n"
       " * Generated from the table of options by tools/tables: not to be edited. */\n"
       "\n"
       "globals.privatelink_list = function(value) {\n"
       "  return if (typeof(value) == Array) { value.join(\",\") } else { string(value) }\n"
       "}\n"
       "\n"
       "object CheckCommand \"privatelink\" {\n"
       "  command = [ PluginContribDir + \"/check_privatelink\" ]\n"
       "  timeout = 1m // behind --timeout, which is 10 seconds where it is not set\n"
       "\n"
       "  arguments = {");
  for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
    const pl_option *option = pl_option_at((pl_option_id)id);
    if ((option->front_ends & PL_FRONT_END_CHECK) != 0 && !for_people(option->id))
      print_argument(option);
  }
  puts("  }\n"
       "}");
}

static const struct {
  const char *name;
  void (*print)(void);
} tables[] = {
    {"reasons", print_reasons},
    {"metrics", print_metrics},
    {"options", print_options},
    {"icinga2", print_icinga2},
};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 2 && i < PL_COUNT_OF(tables); i++) {
    if (strcmp(argv[1], tables[i].name) != 0)
      continue;
    tables[i].print();
    return fflush(stdout) == 0 ? 0 : 1;
  }
  fprintf(stderr, "usage: pl_tables reasons|metrics|options|icinga2\n");
  return 2;
}
