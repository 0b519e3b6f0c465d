/* Reads the command line, and with it --config and --extra-opts, into the endpoints of one run. */
#include "args.h"
#include "base/buf.h"
#include "extra_opts.h"
#include "given.h"
#include "options/complete.h"
#include <stdlib.h>
#include <string.h>

#define WITH_EXPLAIN "--explain: cannot be combined with --output json or prometheus"

/* ---- the command line ----------------------------------------------------------------------- */

typedef struct command_line {
  const pl_args_input *input;
  int next; /* index of the argument to read next */
  pl_argument_list givens;
  pl_action action;
  pl_error *error;
} command_line;

static pl_status fail_unknown(const command_line *line, const char *name) {
  const pl_option *nearest = pl_option_nearest(name, PL_FRONT_END_CHECK);
  if (nearest != NULL)
    return pl_fail(line->error, PL_ERR_INVALID, "--%s: unknown option; did you mean --%s?", name,
                   nearest->name);
  return pl_fail(line->error, PL_ERR_INVALID, "--%s: unknown option; --help lists all", name);
}

/* Whether the rest of the command line does not matter. */
static bool ends_line(const command_line *line) {
  return line->action != PL_ACTION_CHECK && line->action < PL_ACTION_MAKE_EVIDENCE_KEY;
}

/* PL_ACTION_CHECK for an option that names no other action. */
static pl_action action_of(const pl_option *option) {
  static const pl_action actions[PL_OPTION_COUNT] = {
      [PL_OPTION_HELP] = PL_ACTION_HELP,
      [PL_OPTION_VERSION] = PL_ACTION_VERSION,
      [PL_OPTION_LIST_PRESETS] = PL_ACTION_LIST_PRESETS,
      [PL_OPTION_MAKE_EVIDENCE_KEY] = PL_ACTION_MAKE_EVIDENCE_KEY,
      [PL_OPTION_VERIFY_EVIDENCE] = PL_ACTION_VERIFY_EVIDENCE,
      [PL_OPTION_REPORT_EVIDENCE] = PL_ACTION_REPORT,
      [PL_OPTION_EVIDENCE_REQUEST] = PL_ACTION_EVIDENCE_REQUEST,
      [PL_OPTION_EVIDENCE_RESPONSE] = PL_ACTION_EVIDENCE_RESPONSE,
      [PL_OPTION_STOP_EVIDENCE] = PL_ACTION_STOP_EVIDENCE,
  };
  return actions[option->id];
}

static pl_status take(command_line *line, const pl_option *option, const char *value) {
  pl_action action = action_of(option);
  if (action != PL_ACTION_CHECK && line->action != PL_ACTION_CHECK)
    return pl_fail(line->error, PL_ERR_INVALID, "--%s: cannot be combined with another command",
                   option->name);
  if (action != PL_ACTION_CHECK)
    line->action = action;
  if (ends_line(line))
    return PL_OK;
  return pl_argument_list_add(&line->givens, option, value, NULL, line->error);
}

/* The argument after an option that needs a value. */
static pl_status take_next(command_line *line, const pl_option *option) {
  const char *const *argv = line->input->argv;
  bool more = line->next < line->input->argc;
  bool may_lack = option->id == PL_OPTION_EXTRA_OPTS || option->id == PL_OPTION_PRINT_CONFIG;
  if (may_lack && (!more || argv[line->next][0] == '-'))
    return take(line, option, NULL);
  if (!more)
    return pl_fail(line->error, PL_ERR_INVALID, "--%s: needs a value: --%s %s", option->name,
                   option->name, option->argument);
  return take(line, option, argv[line->next++]);
}

/* "name" or "name=value", which follows "--". */
static pl_status read_long(command_line *line, const char *text) {
  const char *equals = strchr(text, '=');
  size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
  char name[PL_LIMIT_NAME + 1];
  /* An error shows the name only: the value may be a secret. */
  pl_text_set_printable(name, sizeof(name), text, length);
  const pl_option *option =
      length <= PL_LIMIT_NAME ? pl_option_find(name, PL_FRONT_END_CHECK) : NULL;
  if (option == NULL)
    return fail_unknown(line, name);
  if (option->argument == NULL && equals != NULL)
    return pl_fail(line->error, PL_ERR_INVALID, "--%s: takes no value", option->name);
  if (option->argument == NULL)
    return take(line, option, NULL);
  return equals != NULL ? take(line, option, equals + 1) : take_next(line, option);
}

/* "v", "vvv4", "Hvalue" or "H", which follows "-". */
static pl_status read_short(command_line *line, const char *text) {
  for (; *text != '\0' && !ends_line(line); text++) {
    const pl_option *option = pl_option_find_letter(*text);
    if (option == NULL) {
      char letter[8];
      pl_text_set_printable(letter, sizeof(letter), text, 1);
      return pl_fail(line->error, PL_ERR_INVALID, "-%s: unknown option; --help lists all", letter);
    }
    if (option->argument != NULL)
      return text[1] != '\0' ? take(line, option, text + 1) : take_next(line, option);
    pl_status status = take(line, option, NULL);
    if (status != PL_OK)
      return status;
  }
  return PL_OK;
}

static pl_status read_argument(command_line *line, const char *text) {
  if (text[0] == '-' && text[1] == '-' && text[2] != '\0')
    return read_long(line, text + 2);
  if (text[0] == '-' && text[1] != '\0' && text[1] != '-')
    return read_short(line, text + 1);
  bool last = line->next == line->input->argc;
  if (strcmp(text, "--") == 0 && last)
    return PL_OK;
  if (strcmp(text, "--") == 0)
    text = line->input->argv[line->next];
  char shown[PL_LIMIT_FOREIGN + 1];
  pl_text_set_printable(shown, sizeof(shown), text, strlen(text));
  return pl_fail(line->error, PL_ERR_INVALID,
                 "'%s': unexpected argument; every value needs its option, see --help", shown);
}

static pl_status read_command_line(command_line *line) {
  line->next = 1;
  pl_status status = PL_OK;
  while (line->next < line->input->argc && !ends_line(line) && status == PL_OK)
    status = read_argument(line, line->input->argv[line->next++]);
  return status;
}

/* ---- options that are no part of a spec ----------------------------------------------------- */

/* PL_FORM_COUNT for an unknown word. */
static pl_form form_of(const char *word) {
  static const char *const words[PL_FORM_COUNT] = {"text", "json", "prometheus", "html"};
  unsigned form = 0;
  while (form < PL_FORM_COUNT && strcmp(words[form], word) != 0)
    form++;
  return (pl_form)form;
}

typedef struct own_options {
  const char *config;
  char **endpoints; /* names of --endpoint; owned */
  size_t endpoint_count;
} own_options;

static pl_status add_endpoint_names(own_options *own, const char *value, pl_error *error) {
  while (value != NULL) {
    size_t length = strcspn(value, ",");
    char **names = realloc(own->endpoints, (own->endpoint_count + 1) * sizeof(*names));
    if (names == NULL)
      return pl_fail_memory(error);
    own->endpoints = names;
    names[own->endpoint_count] = strndup(value, length);
    if (names[own->endpoint_count] == NULL)
      return pl_fail_memory(error);
    own->endpoint_count++;
    value = value[length] == ',' ? value + length + 1 : NULL;
  }
  return PL_OK;
}

static pl_status read_serve(const char *value, pl_args *args, pl_error *error) {
  char text[PL_LIMIT_NAME * 2];
  bool is_port = value[0] != '\0' && value[strspn(value, "0123456789")] == '\0';
  pl_buf buf;
  pl_buf_fixed(&buf, text, sizeof(text));
  pl_buf_addf(&buf, "%s%s", is_port ? "127.0.0.1:" : "", value);
  args->action = PL_ACTION_SERVE;
  if (buf.truncated || pl_sockaddr_parse(text, 0, &args->serve) != PL_OK || args->serve.port == 0)
    return pl_fail(error, PL_ERR_INVALID,
                   "--serve: needs PORT, IP:PORT or [IPv6]:PORT, such as 127.0.0.1:9943");
  return PL_OK;
}

static pl_status keep_value(const pl_argument *given, char **field, pl_error *error) {
  free(*field);
  *field = strdup(given->value);
  return *field != NULL ? PL_OK : pl_fail_memory(error);
}

static pl_status take_file(const pl_argument *given, char **ret_path, pl_error *error) {
  if (!pl_valid_file(given->value))
    return pl_fail(error, PL_ERR_INVALID, "--%s: needs a file's name", given->option->name);
  return keep_value(given, ret_path, error);
}

static pl_status take_own(const pl_argument *given, own_options *own, pl_args *args,
                          pl_error *error) {
  const char *value = given->value;
  if (given->option->id == PL_OPTION_VERBOSE && args->verbosity < 3)
    args->verbosity++;
  else if (given->option->id == PL_OPTION_EXPLAIN)
    args->explain = true;
  else if (given->option->id == PL_OPTION_OMIT_UNKNOWN)
    args->omit_unknown = true;
  else if (given->option->id == PL_OPTION_CONFIG)
    own->config = value;
  else if (given->option->id == PL_OPTION_RECORD)
    return take_file(given, &args->record, error);
  else if (given->option->id == PL_OPTION_REPLAY)
    return take_file(given, &args->replay, error);
  else if (given->option->id == PL_OPTION_OUTPUT_FILE)
    return take_file(given, &args->output_file, error);
  else if (given->option->id == PL_OPTION_SERVE)
    return read_serve(value, args, error);
  else if (given->option->id == PL_OPTION_ENDPOINT)
    return add_endpoint_names(own, value, error);
  else if (given->option->id == PL_OPTION_OUTPUT) {
    args->form = form_of(value);
    if (args->form == PL_FORM_COUNT)
      return pl_fail(error, PL_ERR_INVALID,
                     "--output: '%.100s' is not text, json, prometheus or html",
                     given->location == NULL ? value : "...");
  }
  return PL_OK;
}

static pl_status take_all_own(const pl_argument_list *list, own_options *own, pl_args *args,
                              pl_error *error) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < list->count && status == PL_OK; i++)
    status = take_own(&list->items[i], own, args, error);
  return status;
}

/* ---- evidence ------------------------------------------------------------------------------- */

static pl_status take_evidence(const pl_argument_list *list, pl_args *args, pl_error *error) {
  pl_args_evidence *evidence = &args->evidence;
  char **const fields[PL_OPTION_COUNT] = {
      [PL_OPTION_EVIDENCE] = &evidence->dir,
      [PL_OPTION_EVIDENCE_KEY] = &evidence->key,
      [PL_OPTION_PUBLIC_KEY] = &evidence->public_key,
      [PL_OPTION_EVIDENCE_CA] = &evidence->ca_file,
      [PL_OPTION_KNOWN_HEAD] = &evidence->known,
      [PL_OPTION_FROM] = &evidence->from,
      [PL_OPTION_TO] = &evidence->to,
  };
  pl_status status = PL_OK;
  for (size_t i = 0; i < list->count && status == PL_OK; i++) {
    const pl_option *option = list->items[i].option;
    char **field =
        action_of(option) >= PL_ACTION_MAKE_EVIDENCE_KEY ? &evidence->target : fields[option->id];
    if (field != NULL)
      status = keep_value(&list->items[i], field, error);
  }
  return status;
}

/* HTML is only for the report, which has no form for Prometheus. The other commands for a log print
 * text. */
static pl_status check_form(const pl_args *args, pl_error *error) {
  bool report = args->action == PL_ACTION_REPORT;
  if (args->form == PL_FORM_HTML && !report)
    return pl_fail(error, PL_ERR_INVALID, "--output: html is only for --report");
  if (args->form == PL_FORM_PROMETHEUS && report)
    return pl_fail(error, PL_ERR_INVALID, "--report: cannot be combined with --output prometheus");
  if (args->form != PL_FORM_TEXT && !report && args->action >= PL_ACTION_MAKE_EVIDENCE_KEY)
    return pl_fail(error, PL_ERR_INVALID, "--output: this command prints only text");
  return PL_OK;
}

/* Options that only the readers of a log have. --public-key is easily taken for --public-key-file.
 */
static pl_status check_readers(const pl_argument_list *given, const pl_args *args,
                               pl_error *error) {
  static const pl_option_id of_both[] = {PL_OPTION_PUBLIC_KEY, PL_OPTION_EVIDENCE_CA,
                                         PL_OPTION_KNOWN_HEAD};
  static const pl_option_id of_report[] = {PL_OPTION_FROM, PL_OPTION_TO};
  bool reports = args->action == PL_ACTION_REPORT;
  bool reads = reports || args->action == PL_ACTION_VERIFY_EVIDENCE;
  for (size_t i = 0; i < given->count; i++) {
    const pl_option *option = given->items[i].option;
    if (!reads && pl_option_is_among(option->id, of_both, PL_COUNT_OF(of_both)))
      return pl_fail(error, PL_ERR_INVALID, "--%s: needs --verify-evidence DIR or --report DIR",
                     option->name);
    if (!reports && pl_option_is_among(option->id, of_report, PL_COUNT_OF(of_report)))
      return pl_fail(error, PL_ERR_INVALID, "--%s: needs --report DIR", option->name);
  }
  return PL_OK;
}

/* What the action needs. */
static pl_status read_evidence(const pl_argument_list *extra, const pl_argument_list *given,
                               pl_args *args, pl_error *error) {
  pl_status status = take_evidence(extra, args, error);
  if (status == PL_OK)
    status = take_evidence(given, args, error);
  if (status == PL_OK && args->evidence.dir == NULL && args->action >= PL_ACTION_EVIDENCE_REQUEST)
    status = pl_fail(error, PL_ERR_INVALID, "--evidence: needed: --evidence DIR names the log");
  return status;
}

/* ---- the run -------------------------------------------------------------------------------- */

static pl_status read_single(const pl_argument_list *extra, const pl_argument_list *given,
                             pl_args *args, pl_error *error) {
  args->endpoints = calloc(1, sizeof(*args->endpoints));
  if (args->endpoints == NULL)
    return pl_fail_memory(error);
  args->count = 1;
  pl_args_endpoint *endpoint = &args->endpoints[0];
  pl_spec_init(&endpoint->spec);
  pl_status status = pl_argument_list_apply(extra, PL_LAYER_SECTION, &endpoint->spec, error);
  if (status == PL_OK)
    status = pl_argument_list_apply(given, PL_LAYER_COMMAND_LINE, &endpoint->spec, error);
  if (status == PL_OK)
    status = pl_spec_finish(&endpoint->spec, NULL, error);
  if (status == PL_OK)
    status = pl_thresholds_fit_check(&endpoint->spec, error);
  if (status != PL_OK)
    return status;
  endpoint->name = strdup(endpoint->spec.name);
  return endpoint->name != NULL ? PL_OK : pl_fail_memory(error);
}

/* A recorded case has its own options. */
static pl_status check_replay(const pl_argument_list *given, const pl_args *args, pl_error *error) {
  for (size_t i = 0; i < given->count; i++) {
    const pl_option *option = given->items[i].option;
    if (option->id != PL_OPTION_REPLAY && option->id != PL_OPTION_OUTPUT &&
        option->id != PL_OPTION_EXPLAIN && option->id != PL_OPTION_VERBOSE)
      return pl_fail(error, PL_ERR_INVALID, "--replay: cannot be combined with --%s", option->name);
  }
  if (args->form != PL_FORM_TEXT && args->explain)
    return pl_fail(error, PL_ERR_INVALID, WITH_EXPLAIN);
  if (args->form == PL_FORM_PROMETHEUS)
    return pl_fail(error, PL_ERR_INVALID, "--replay: cannot be combined with --output prometheus");
  return PL_OK;
}

static pl_status read_endpoints(const own_options *own, const pl_argument_list *extra,
                                const pl_argument_list *given, pl_args *args, pl_error *error) {
  bool serves = args->action == PL_ACTION_SERVE, discovers;
  pl_status status = pl_discover_wanted(extra, given, &discovers, error);
  if (status != PL_OK)
    return status;
  if (serves && (discovers || own->config == NULL))
    return pl_fail(
        error, PL_ERR_INVALID,
        discovers ? "--serve: cannot be combined with --discover: save the output of --discover "
                    "--print-config, and give that file with --config"
                  : "--serve: needs --config FILE, which names the endpoints");
  bool wants_output = args->form != PL_FORM_TEXT || args->explain || args->output_file != NULL;
  if (serves && (wants_output || args->record != NULL))
    return pl_fail(error, PL_ERR_INVALID,
                   "--serve: cannot be combined with --output, --output-file, --explain or "
                   "--record");
  if (own->config == NULL && own->endpoint_count > 0 && !discovers)
    return pl_fail(error, PL_ERR_INVALID,
                   "--endpoint: needs --config FILE, from which it chooses sections");
  if (args->form != PL_FORM_TEXT && args->explain)
    return pl_fail(error, PL_ERR_INVALID, WITH_EXPLAIN);
  args->batch = discovers || own->config != NULL;
  if (discovers) {
    pl_discover_request request = {.extra = extra,
                                   .command_line = given,
                                   .config = own->config,
                                   .wanted = own->endpoints,
                                   .wanted_count = own->endpoint_count};
    return pl_discover_create(&request, &args->discover, error);
  }
  if (own->config == NULL)
    return read_single(extra, given, args, error);
  pl_config_request request = {.path = own->config,
                               .serves = serves,
                               .extra = extra,
                               .command_line = given,
                               .wanted = own->endpoints,
                               .wanted_count = own->endpoint_count};
  status = pl_config_read(&request, &args->endpoints, &args->count, error);
  for (size_t i = 0; i < args->count; i++)
    args->endpoints[i].spec.chain_memory = false; /* only collectd remembers chains */
  return status;
}

static pl_nsec longest_timeout(const pl_args *args) {
  pl_nsec longest = args->discover != NULL ? pl_discover_timeout(args->discover) : 0;
  for (size_t i = 0; i < args->count; i++) {
    if (args->endpoints[i].spec.timeout > longest)
      longest = args->endpoints[i].spec.timeout;
  }
  return longest;
}

static pl_status read_extra(const pl_args_input *input, const pl_argument_list *given,
                            pl_argument_list *extra, pl_error *error) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < given->count && status == PL_OK; i++) {
    if (given->items[i].option->id == PL_OPTION_EXTRA_OPTS)
      status = pl_extra_opts_read(&input->search, given->items[i].value, extra, error);
  }
  return status;
}

pl_status pl_args_read(const pl_args_input *input, pl_args *ret_args, pl_error *error) {
  command_line line = {.input = input, .error = error};
  pl_argument_list extra = {0};
  own_options own = {0};
  pl_args args = {.action = PL_ACTION_CHECK};
  pl_status status = read_command_line(&line);
  args.action = line.action;
  if (status != PL_OK || ends_line(&line))
    goto out;
  status = read_extra(input, &line.givens, &extra, error);
  if (status == PL_OK)
    status = take_all_own(&extra, &own, &args, error);
  if (status == PL_OK)
    status = take_all_own(&line.givens, &own, &args, error);
  if (args.replay != NULL)
    args.action = PL_ACTION_REPLAY;
  if (status == PL_OK)
    status = check_form(&args, error);
  if (status == PL_OK)
    status = check_readers(&line.givens, &args, error);
  if (status == PL_OK && args.replay != NULL)
    status = check_replay(&line.givens, &args, error);
  else if (status == PL_OK && args.action >= PL_ACTION_MAKE_EVIDENCE_KEY)
    status = read_evidence(&extra, &line.givens, &args, error);
  else if (status == PL_OK)
    status = read_endpoints(&own, &extra, &line.givens, &args, error);
  args.timeout = longest_timeout(&args);

out:
  pl_argument_list_free(&line.givens);
  pl_argument_list_free(&extra);
  for (size_t i = 0; i < own.endpoint_count; i++)
    free(own.endpoints[i]);
  free(own.endpoints);
  if (status == PL_OK)
    *ret_args = args;
  else
    pl_args_free(&args);
  return status;
}

void pl_args_free(pl_args *args) {
  pl_args_endpoints_free(args->endpoints, args->count);
  pl_discover_free(args->discover);
  free(args->output_file);
  free(args->record);
  free(args->replay);
  free(args->evidence.target);
  free(args->evidence.dir);
  free(args->evidence.key);
  free(args->evidence.public_key);
  free(args->evidence.ca_file);
  free(args->evidence.known);
  free(args->evidence.from);
  free(args->evidence.to);
  *args = (pl_args){0};
}

pl_form pl_args_wanted_form(const pl_args_input *input) {
  const char *form = "";
  for (int i = 1; i < input->argc; i++) {
    if (strncmp(input->argv[i], "--output=", strlen("--output=")) == 0)
      form = input->argv[i] + strlen("--output=");
    else if (strcmp(input->argv[i], "--output") == 0 && i + 1 < input->argc)
      form = input->argv[++i];
  }
  return form_of(form) < PL_FORM_HTML ? form_of(form) : PL_FORM_TEXT;
}
