/* Prints --help and --list-presets from the tables. */
#include "help.h"
#include "options/options.h"
#include <string.h>

#define INDENT ((size_t)6)

/* Adds text wrapped at PL_HELP_COLUMNS; every line begins with INDENT spaces. */
static void PL_PRINTF(2, 3) add_wrapped(pl_buf *buf, const char *format, ...) {
  pl_buf whole;
  pl_buf_init(&whole, buf->max);
  va_list args;
  va_start(args, format);
  pl_buf_addv(&whole, format, args);
  va_end(args);
  const char *text = pl_buf_text(&whole);
  size_t column = 0;
  while (*text != '\0') {
    size_t length = strcspn(text, " ");
    if (column > 0 && column + 1 + length > PL_HELP_COLUMNS) {
      pl_buf_add_char(buf, '\n');
      column = 0;
    }
    pl_buf_addf(buf, "%*s", column == 0 ? (int)INDENT : 1, "");
    column += (column == 0 ? INDENT : 1) + length;
    pl_buf_add_bytes(buf, text, length);
    text += length;
    text += strspn(text, " ");
  }
  pl_buf_add_char(buf, '\n');
  buf->failed = buf->failed || whole.failed;
  pl_buf_free(&whole);
}

static void add_option(pl_buf *buf, const pl_option *option) {
  pl_buf_add(buf, "  ");
  if (option->letter != 0)
    pl_buf_addf(buf, "-%c, ", option->letter);
  pl_buf_addf(buf, "--%s", option->name);
  if (option->argument != NULL)
    pl_buf_addf(buf, " %s", option->argument);
  pl_buf_add_char(buf, '\n');
  if (option->default_text != NULL)
    add_wrapped(buf, "%s (default: %s)", option->help, option->default_text);
  else
    add_wrapped(buf, "%s", option->help);
}

static void add_group(pl_buf *buf, pl_option_group group) {
  pl_buf_addf(buf, "\n%s:\n", pl_option_group_title(group));
  for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
    const pl_option *option = pl_option_at((pl_option_id)id);
    if (option->group == group && (option->front_ends & PL_FRONT_END_CHECK) != 0)
      add_option(buf, option);
  }
}

void pl_help(pl_buf *buf) {
  pl_buf_add(buf,
             "check_privatelink " PL_VERSION "\n"
             "Checks an AWS PrivateLink endpoint, and proves that the public endpoint is blocked.\n"
             "\n"
             "Usage: check_privatelink -H HOST [--public-name HOST] [--endpoint-id vpce-ID] ...\n"
             "       check_privatelink --config FILE [--endpoint NAME,...] ...\n"
             "       check_privatelink --discover [--print-config [ini|collectd]] ...\n");
  for (unsigned group = 0; group < PL_GROUP_COUNT; group++)
    add_group(buf, (pl_option_group)group);
  pl_buf_add(
      buf,
      "\n"
      "Thresholds are ranges, as in the other monitoring plugins. A value alerts: with '0.5'\n"
      "above 0.5 or below 0; with '10:' below 10; with '@1:5' from 1 to 5. A threshold only\n"
      "raises a severity.\n"
      "\n"
      "Examples:\n"
      "  check_privatelink -H api.example.com --public-name api.provider.example\n"
      "  check_privatelink --preset rockset --region eu-central-1 -H api.example.com \\\n"
      "      --endpoint-id vpce-0abc123def4567890\n"
      "  check_privatelink -H api.example.com --check dns,port -w 0.5 -c time=2\n"
      "  check_privatelink --config " PL_CONFIG_FILE " \\\n"
      "      --endpoint prod --explain\n"
      "\n"
      "Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. An error in the arguments, --help\n"
      "and --version exit with 3. --list-presets exits with 0. --replay exits with 0 if every\n"
      "verdict is as recorded, with 2 if one differs, and with 3 if a line can't be read.\n"
      "--verify-evidence and --report exit with 0 if the log is intact, with 2 if not, and with\n"
      "3 if it can't be read. --print-config exits with 0, or with 3 if a list can't be read.\n");
}

/* ---- presets -------------------------------------------------------------------------------- */

static void add_row(pl_buf *buf, const char *title, const char *text) {
  if (text != NULL)
    add_wrapped(buf, "%s: %s", title, text);
}

static void add_region(pl_buf *buf, const pl_preset_region *region) {
  pl_buf_addf(buf, "      %-15s %s\n", region->region, region->service_name);
  if (region->public_name != NULL)
    pl_buf_addf(buf, "      %-15s %s%s\n", "", region->public_name,
                region->inferred ? " (inferred from other regions)" : "");
}

static void add_signatures(pl_buf *buf, const char *title, const char *const *values) {
  for (; values != NULL && *values != NULL; values++)
    add_row(buf, title, *values);
}

static void add_preset(pl_buf *buf, const pl_preset *preset) {
  pl_buf_addf(buf, "\n  %s: %s\n", preset->name, preset->title);
  add_row(buf, "needs", preset->own_host ? "--region, --public-name" : "--region");
  add_row(buf, "public name", preset->public_hint);
  add_row(buf, "private name", preset->private_hint);
  add_row(buf, "path", preset->path);
  add_row(buf, "authorization scheme", preset->api_key_scheme);
  add_row(buf, "private DNS of the endpoint", preset->private_dns_on ? "on" : "any");
  add_signatures(buf, "blocked, documented", preset->proof);
  add_signatures(buf, "blocked, hint", preset->hints);
  add_row(buf, "first run needs", preset->first_run);
  for (size_t i = 0; preset->regions[i].region != NULL; i++)
    add_region(buf, &preset->regions[i]);
  add_row(buf, "note", preset->note);
  add_row(buf, "source", preset->source);
}

void pl_help_presets(pl_buf *buf) {
  pl_buf_add(
      buf,
      "Presets, for --preset NAME. The vendor documents a 'documented' signature. A 'hint' comes "
      "from\n"
      "others: it needs a baseline, or a key. 'First run needs' says what rules out the other\n"
      "explanations of a block (docs/verdicts.md).\n");
  const pl_preset *preset;
  for (size_t i = 0; (preset = pl_preset_at(i)) != NULL; i++)
    add_preset(buf, preset);
}
