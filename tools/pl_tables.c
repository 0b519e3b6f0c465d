/* Prints tables of the code: pl_tables WHAT. tools/tables writes them into documentation and
 * definitions. "manual" fills in the template of a man page on standard input, for CMake. */
#include "facts/verdict.h"
#include "options/options.h"
#include "pl_schema.h"
#include <stdio.h>
#include <string.h>

/* Puts a backslash before each character of `special`. */
static void print_escaped(const char *text, const char *special) {
  for (; *text != '\0'; text++) {
    if (strchr(special, *text) != NULL)
      putchar('\\');
    putchar(*text);
  }
}

/* A cell of a Markdown table, which a bar would end. */
static void print_cell(const char *text) {
  print_escaped(text, "|");
  printf(" | ");
}

static void print_last_cell(const char *text) {
  print_escaped(text, "|");
  puts(" |");
}

/* The option after `id` that the front ends have; PL_OPTION_COUNT after the last one. */
static unsigned next_option(unsigned id, unsigned front_ends) {
  while (id < PL_OPTION_COUNT && (pl_option_at((pl_option_id)id)->front_ends & front_ends) == 0)
    id++;
  return id;
}

/* ---- presets --------------------------------------------------------------------------------- */

static void print_signatures(const char *const *values) {
  const char *separator = "";
  for (; *values != NULL; values++) {
    printf("%s`", separator);
    print_escaped(*values, "|");
    putchar('`');
    separator = "<br>";
  }
  printf(" | ");
}

static void print_presets(void) {
  puts("\n| preset | provider | documented signatures | hints | rivals that stand in a first run | "
       "what the first run needs |\n| --- | --- | --- | --- | --- | --- |");
  const pl_preset *preset;
  for (size_t i = 0; (preset = pl_preset_at(i)) != NULL; i++) {
    printf("| `%s` | %s | ", preset->name, preset->title);
    print_signatures(preset->proof);
    print_signatures(preset->hints);
    printf("%s | ", preset->stands);
    print_last_cell(preset->first_run);
  }
}

/* ---- rivals ---------------------------------------------------------------------------------- */

static void print_rivals(void) {
  static const char *const levels[] = {"–", "R", "S"};
  puts(
      "\n| rival | the other explanation | http | tls | tcp | dns | ruled out by any of | reason | "
      "what to do |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    const pl_rival *rival = pl_rival_at((pl_rival_id)id);
    printf("| `%s` | ", rival->key);
    print_cell(rival->explanation);
    for (unsigned sign = 0; sign < PL_SIGN_COUNT; sign++)
      print_cell(levels[rival->levels[sign]]);
    const char *separator = "";
    for (unsigned control = 0; control < PL_CONTROL_COUNT; control++) {
      if ((rival->controls & (1u << control)) == 0)
        continue;
      printf("%s%s", separator, pl_control_name((pl_control)control));
      separator = ", ";
    }
    printf(" | `%s` | ", pl_reason_code(rival->reason));
    print_last_cell(rival->next_step);
  }
  puts("\n## Controls\n\n| control | it holds if |\n| --- | --- |");
  for (unsigned control = 0; control < PL_CONTROL_COUNT; control++) {
    printf("| %s | ", pl_control_name((pl_control)control));
    print_last_cell(pl_control_text((pl_control)control));
  }
}

/* ---- reason codes ---------------------------------------------------------------------------- */

static bool is_of(const char *code, pl_check check) {
  const char *name = pl_check_name(check);
  size_t length = strlen(name);
  return strncmp(code, name, length) == 0 && code[length] == '.';
}

/* Whether the code is one of the check's; PL_CHECK_COUNT: of no check's. */
static bool in_group(const char *code, pl_check check) {
  if (check < PL_CHECK_COUNT)
    return is_of(code, check);
  for (pl_check other = 0; other < PL_CHECK_COUNT; other++) {
    if (is_of(code, other))
      return false;
  }
  return true;
}

static void print_reasons(void) {
  for (pl_check check = 0; check <= PL_CHECK_COUNT; check++) {
    printf("\n## %s\n\n| code | condition | severity | what to do |\n| --- | --- | --- | --- |\n",
           check < PL_CHECK_COUNT ? pl_check_info_at(check)->title : "Any check");
    for (unsigned id = PL_REASON_NONE + 1; id < PL_REASON_COUNT; id++) {
      const pl_reason reason = (pl_reason)id;
      const char *code = pl_reason_code(reason);
      if (!in_group(code, check))
        continue;
      printf("| <a id=\"%s\"></a>`%s` | ", code, code); /* alert rules link to the code */
      print_cell(pl_reason_meaning(reason));
      print_cell(pl_reason_severity(reason));
      print_last_cell(pl_reason_hint(reason));
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
  puts("\n| metric | check | collectd type | range | meaning |\n"
       "| --- | --- | --- | --- | --- |");
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    const pl_metric_info *metric = pl_metric_info_at((pl_metric_id)id);
    printf("| `%s` | %s | %s | ", metric->name,
           metric->check == PL_CHECK_COUNT ? "any" : pl_check_name(metric->check), metric->type);
    print_range(metric);
    printf(" | ");
    print_escaped(metric->help, "|");
    puts(metric->daemon_only ? " (only in collectd and Prometheus) |" : " |");
  }
}

/* ---- options --------------------------------------------------------------------------------- */

static void print_collectd_name(const pl_option *option) {
  char storage[PL_LIMIT_NAME + 1];
  pl_buf name;
  pl_buf_fixed(&name, storage, sizeof(storage));
  pl_option_add_collectd_name(&name, option);
  printf("%s", pl_buf_text(&name));
}

static void print_spellings(const pl_option *option) {
  if ((option->front_ends & PL_FRONT_END_CHECK) != 0) {
    if (option->letter != 0)
      printf("`-%c`, ", option->letter);
    printf("`--%s%s", option->name, option->argument != NULL ? " " : "");
    print_escaped(option->argument != NULL ? option->argument : "", "|");
    putchar('`');
  }
  printf(" | ");
  if ((option->front_ends & PL_FRONT_END_PLUGIN) != 0) {
    putchar('`');
    print_collectd_name(option);
    putchar('`');
  }
  printf(" | ");
}

static void print_options(void) {
  for (unsigned group = 0; group < PL_GROUP_COUNT; group++) {
    printf("\n## %s\n\n| check | collectd | meaning | default |\n| --- | --- | --- | --- |\n",
           pl_option_group_title((pl_option_group)group));
    for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
      const pl_option *option = pl_option_at((pl_option_id)id);
      if (option->group != (pl_option_group)group)
        continue;
      printf("| ");
      print_spellings(option);
      print_cell(option->help);
      print_last_cell(option->default_text != NULL ? option->default_text : "");
    }
  }
}

/* ---- man pages ------------------------------------------------------------------------------- */

/* Text for groff: hyphens that can be copied, no escapes, no requests. */
static void man_text(const char *text) {
  if (*text == '.' || *text == '\'')
    printf("\\&");
  for (; *text != '\0'; text++) {
    if (*text == '\'')
      printf("\\(aq");
    else if (*text == '\\')
      printf("\\e");
    else
      print_escaped((const char[]){*text, '\0'}, "-");
  }
}

static void man_tagged(const char *tag, const char *text) {
  printf(".TP\n.B ");
  man_text(tag);
  putchar('\n');
  man_text(text);
  putchar('\n');
}

static void man_option(const pl_option *option, bool collectd) {
  const char *argument = option->argument;
  char storage[1024];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  printf(".TP\n");
  if (collectd) {
    printf("\\fB");
    print_collectd_name(option);
    argument = argument != NULL ? argument : "yes|no";
    pl_option_add_spelled(&text, option->help);
  } else {
    if (option->letter != 0)
      printf("\\fB\\-%c\\fR, ", option->letter);
    printf("\\fB\\-\\-");
    man_text(option->name);
    pl_buf_add(&text, option->help);
  }
  printf("\\fR");
  if (argument != NULL) {
    printf(" \\fI");
    man_text(argument);
    printf("\\fR");
  }
  putchar('\n');
  if (option->default_text != NULL) {
    pl_buf_add(&text, " (default: ");
    (collectd ? pl_option_add_spelled : pl_buf_add)(&text, option->default_text);
    pl_buf_add_char(&text, ')');
  }
  man_text(pl_buf_text(&text));
  putchar('\n');
}

static void man_options_of(bool collectd) {
  const unsigned front_end = collectd ? PL_FRONT_END_PLUGIN : PL_FRONT_END_CHECK;
  for (unsigned group = 0; group < PL_GROUP_COUNT; group++) {
    printf(".SS %s\n", pl_option_group_title((pl_option_group)group));
    for (unsigned id = 0; (id = next_option(id, front_end)) < PL_OPTION_COUNT; id++) {
      const pl_option *option = pl_option_at((pl_option_id)id);
      if (option->group == (pl_option_group)group)
        man_option(option, collectd);
    }
  }
}

static void man_options(void) { man_options_of(false); }
static void man_collectd_options(void) { man_options_of(true); }

static void man_metrics(void) {
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    const pl_metric_info *metric = pl_metric_info_at((pl_metric_id)id);
    if (!metric->daemon_only)
      man_tagged(metric->name, metric->help);
  }
}

static void man_reasons(void) {
  for (unsigned reason = PL_REASON_NONE + 1; reason < PL_REASON_COUNT; reason++)
    man_tagged(pl_reason_code((pl_reason)reason), pl_reason_meaning((pl_reason)reason));
}

/* What a template holds a mark for: a text within a line, or tables instead of the line. */
static const struct {
  const char *mark, *text;
  void (*print)(void);
} marks[] = {
    {"@VERSION@", PL_VERSION, NULL},  {"@CONFIG@", PL_CONFIG_FILE, NULL},
    {"@OPTIONS@", NULL, man_options}, {"@COLLECTD_OPTIONS@", NULL, man_collectd_options},
    {"@METRICS@", NULL, man_metrics}, {"@REASONS@", NULL, man_reasons},
};

static void man_line(const char *line) {
  for (size_t i = 0; i < PL_COUNT_OF(marks); i++) {
    const char *found = strstr(line, marks[i].mark);
    if (found == NULL)
      continue;
    if (marks[i].print != NULL)
      marks[i].print();
    else
      printf("%.*s%s%s", (int)(found - line), line, marks[i].text, found + strlen(marks[i].mark));
    return;
  }
  printf("%s", line);
}

static void print_manual(void) {
  char line[1024];
  while (fgets(line, sizeof(line), stdin) != NULL)
    man_line(line);
}

/* ---- Icinga 2 -------------------------------------------------------------------------------- */

/* Options that only a person at a terminal uses. */
static bool for_people(pl_option_id id) {
  return id == PL_OPTION_EXPLAIN || id == PL_OPTION_OUTPUT_FILE || id == PL_OPTION_PRINT_CONFIG ||
         id == PL_OPTION_SERVE || pl_option_is_command(id);
}

/* A list that is one argument, with commas. */
static bool is_list(const pl_option *option) {
  return option->argument != NULL && !option->repeatable &&
         (strchr(option->argument, ',') != NULL || strcmp(option->argument, "LIST") == 0);
}

static void print_argument(const pl_option *option) {
  char name[PL_LIMIT_NAME + 1] = "";
  for (size_t i = 0; option->name[i] != '\0'; i++)
    name[i] = option->name[i] == '-' ? '_' : option->name[i];
  printf("    \"--%s\" = {\n", option->name);
  if (option->id == PL_OPTION_VERBOSE)
    puts("      skip_key = true\n"
         "      value = {{ privatelink_verbosity(macro(\"$privatelink_verbose$\")) }}\n"
         "      set_if = {{ len(privatelink_verbosity(macro(\"$privatelink_verbose$\"))) > 0 }}");
  else if (option->argument == NULL)
    printf("      set_if = \"$privatelink_%s$\"\n", name);
  else if (is_list(option))
    printf("      value = {{ privatelink_list(macro(\"$privatelink_%s$\")) }}\n"
           "      set_if = {{ len(privatelink_list(macro(\"$privatelink_%s$\"))) > 0 }}\n",
           name, name);
  else
    printf("      value = \"$privatelink_%s$\"\n", name);
  printf("      description = \"");
  print_escaped(option->help, "\"\\");
  puts("\"\n    }");
}

static void print_icinga2(void) {
  for (unsigned id = 0; (id = next_option(id, PL_FRONT_END_CHECK)) < PL_OPTION_COUNT; id++) {
    if (!for_people((pl_option_id)id))
      print_argument(pl_option_at((pl_option_id)id));
  }
  puts("  }\n"
       "}");
}

static const struct {
  const char *name;
  void (*print)(void);
} tables[] = {
    {"reasons", print_reasons},    {"metrics", print_metrics}, {"options", print_options},
    {"icinga2", print_icinga2},    {"manual", print_manual},   {"rivals", print_rivals},
#ifndef PL_WITHOUT_SCHEMA
    {"evidence", pl_schema_print},
#endif
    {"presets", print_presets},
};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 2 && i < PL_COUNT_OF(tables); i++) {
    if (strcmp(argv[1], tables[i].name) != 0)
      continue;
    tables[i].print();
    return ferror(stdin) == 0 && fflush(stdout) == 0 ? 0 : 1;
  }
  fprintf(stderr,
          "usage: pl_tables reasons|metrics|options|presets|rivals|evidence|icinga2|manual\n");
  return 2;
}
