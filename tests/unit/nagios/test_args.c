// Tests the command line and the configuration file of the check.
#include "alloc_fail.h"
#include "args.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- helpers -------------------------------------------------------------------------------- */

#define MAX_ARGUMENTS 24

static char folder[] = "/tmp/test_args.XXXXXX";

static const char *path_of(const char *name) {
  static char paths[4][256];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
  return path;
}

static const char *file_with(const char *name, const char *text) {
  const char *path = path_of(name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
  return path;
}

static pl_error error;

/* Reads a command line that is split at blanks; "''" is an empty argument. */
static pl_status read_line_with(const char *line, const pl_args_input *environment,
                                pl_args *ret_args) {
  char copy[1024];
  const char *argv[MAX_ARGUMENTS] = {"check_privatelink"};
  int argc = 1;
  assert_true(strlen(line) < sizeof(copy));
  memcpy(copy, line, strlen(line) + 1);
  char *rest = copy;
  for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
    assert_true(argc < MAX_ARGUMENTS);
    argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
  }
  pl_args_input input = *environment;
  input.argc = argc;
  input.argv = argv;
  error.text[0] = '\0';
  return pl_args_read(&input, ret_args, &error);
}

static pl_status read_line(const char *line, pl_args *ret_args) {
  const pl_args_input nothing = {0};
  return read_line_with(line, &nothing, ret_args);
}

static pl_args accept(const char *line) {
  pl_args args;
  if (read_line(line, &args) != PL_OK)
    fail_msg("%s: %s", line, error.text);
  return args;
}

static void refuse(const char *line, const char *wanted) {
  pl_args args;
  if (read_line(line, &args) == PL_OK)
    fail_msg("accepted: %s", line);
  if (strstr(error.text, wanted) == NULL)
    fail_msg("%s: %s\nlacks: %s", line, error.text, wanted);
  assert_null(strchr(error.text, '\n'));
}

/* ---- the command line ----------------------------------------------------------------------- */

static void one_option_has_four_spellings(void **state) {
  (void)state;
  static const char *const lines[] = {
      "-H a.example",
      "-Ha.example",
      "--private-name a.example",
      "--private-name=a.example",
      "-v4Ha.example",
      "-H b.example -H a.example",
      "-H a.example --",
  };
  for (size_t i = 0; i < PL_COUNT_OF(lines); i++) {
    pl_args args = accept(lines[i]);
    assert_int_equal(args.action, PL_ACTION_CHECK);
    assert_int_equal(args.count, 1);
    assert_false(args.batch);
    assert_string_equal(args.endpoints[0].spec.private_name, "a.example");
    assert_string_equal(args.endpoints[0].name, "a.example");
    assert_null(args.endpoints[0].problem);
    pl_args_free(&args);
  }
}

static void flags_are_bundled(void **state) {
  (void)state;
  static const struct {
    const char *line;
    int verbosity;
    bool ipv4;
  } rows[] = {
      {"-H a.example", 0, false},         {"-H a.example -v", 1, false},
      {"-H a.example -vv4", 2, true},     {"-vvv -H a.example", 3, false},
      {"-vvvvvv -H a.example", 3, false}, {"--verbose -v --use-ipv4 -H a.example", 2, true},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_args args = accept(rows[i].line);
    assert_int_equal(args.verbosity, rows[i].verbosity);
    assert_int_equal(args.endpoints[0].spec.ipv4_only, rows[i].ipv4);
    pl_args_free(&args);
  }
}

static void values_may_look_like_anything(void **state) {
  (void)state;
  pl_args args = accept("-H a.example --path=/a=b --name -x-");
  assert_string_equal(args.endpoints[0].spec.path, "/a=b");
  assert_string_equal(args.endpoints[0].name, "-x-");
  pl_args_free(&args);
}

static void repeatable_options_add(void **state) {
  (void)state;
  pl_args args = accept("-H a.example -w 1 -w time=2 -wdns_time=3 -c 4");
  assert_int_equal(args.endpoints[0].spec.warning.count, 3);
  assert_int_equal(args.endpoints[0].spec.critical.count, 1);
  pl_args_free(&args);
}

static void actions_end_the_reading(void **state) {
  (void)state;
  static const struct {
    const char *line;
    pl_action action;
  } rows[] = {
      {"-h", PL_ACTION_HELP},
      {"--help", PL_ACTION_HELP},
      {"-vh", PL_ACTION_HELP},
      {"-H a.example --help --bogus", PL_ACTION_HELP},
      {"-V", PL_ACTION_VERSION},
      {"--version surplus", PL_ACTION_VERSION},
      {"--list-presets", PL_ACTION_LIST_PRESETS},
      {"--replay cases -vv", PL_ACTION_REPLAY},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_args args = accept(rows[i].line);
    assert_int_equal(args.action, rows[i].action);
    assert_int_equal(args.count, 0);
    pl_args_free(&args);
  }
}

static void output_and_timeout(void **state) {
  (void)state;
  pl_args args = accept("-H a.example --output json -t 2.5");
  assert_int_equal(args.form, PL_FORM_JSON);
  assert_true(args.timeout == 2500 * PL_MSEC);
  pl_args_free(&args);
  args = accept("-H a.example --output json --output text --explain");
  assert_int_equal(args.form, PL_FORM_TEXT);
  assert_true(args.explain);
  assert_true(args.timeout == 10 * PL_SEC);
  pl_args_free(&args);
}

static void mistakes_are_named(void **state) {
  (void)state;
  static const struct {
    const char *line, *wanted;
  } rows[] = {
      {"", "nothing to check"},
      {"a.example", "'a.example': unexpected argument"},
      {"-H a.example -- b", "'b': unexpected argument"},
      {"-H a.example -- --port", "'--port': unexpected argument"},
      {"-", "'-': unexpected argument"},
      {"-H", "--private-name: needs a value: --private-name HOST"},
      {"--port", "--port: needs a value: --port"},
      {"-H a.example -p", "--port: needs a value: --port"},
      {"-H a.example -p 0", "--port: '0' is not"},
      {"-H a.example --port=", "--port: "},
      {"-H a.example -p ''", "--port: "},
      {"--prot 1", "--prot: unknown option; did you mean --port?"},
      {"--private 1", "--private: unknown option; did you mean --private-"},
      {"--timeouts 1", "--timeouts: unknown option; did you mean --timeout?"},
      {"--zzzzzzzz", "--zzzzzzzz: unknown option; --help lists all"},
      {"--=x", "--: unknown option"},
      {"-x", "-x: unknown option"},
      {"-vx", "-x: unknown option"},
      {"-\xff", "-?: unknown option"},
      {"---", "---: unknown option"},
      {"--verbose=3", "--verbose: takes no value"},
      {"-H a.example --output html", "--output: html is only for --report"},
      {"--replay a --output html", "--output: html is only for --report"},
      {"--verify-evidence a --output html", "--output: html is only for --report"},
      {"--report a --output prometheus", "--report: cannot be combined with --output prometheus"},
      {"--verify-evidence a --output json", "--output: this command prints only text"},
      {"--make-evidence-key a --output prometheus", "--output: this command prints only text"},
      {"-H a.example --public-key a", "--public-key: needs --verify-evidence DIR or --report DIR"},
      {"--make-evidence-key a --evidence-ca b", "--evidence-ca: needs --verify-evidence DIR"},
      {"-H a.example --evidence a --known-head b", "--known-head: needs --verify-evidence DIR"},
      {"-H a.example --from x", "--from: needs --report DIR"},
      {"--verify-evidence a --to 2026-01-01", "--to: needs --report DIR"},
      {"--report a --verify-evidence a",
       "--verify-evidence: cannot be combined with another command"},
      {"-H a.example --output xml", "--output: 'xml' is not text, json, prometheus or html"},
      {"-H a.example --output json --explain", "--explain: cannot be combined with --output json"},
      {"-H a.example --output prometheus --explain", "--explain: cannot be combined"},
      {"-H a.example --output-file=", "--output-file: needs a file's name"},
      {"-H a.example --serve 9943", "--serve: needs --config FILE"},
      {"--config /nonexistent --serve 9943 --output json", "--serve: cannot be combined"},
      {"--config /nonexistent --serve 9943 --record f", "--serve: cannot be combined"},
      {"--config /nonexistent --serve 0", "--serve: needs PORT"},
      {"--config /nonexistent --serve 65536", "--serve: needs PORT"},
      {"--config /nonexistent --serve 127.0.0.1", "--serve: needs PORT"},
      {"--config /nonexistent --serve localhost:9943", "--serve: needs PORT"},
      {"-H a.example --endpoint a", "--endpoint: needs --config FILE"},
      {"--api-key=secret -H a.example", "--api-key: unknown option; did you mean --api-key-file?"},
      {"--private-name-that-goes-on-and-on-and-on-and-on-and-on-until-it-is-too-long=1",
       "unknown option"},
      {"--check dns", "nothing to check"},
      {"--public-name a.example -c public_alarm=0", "--critical: only a daemon has public_alarm"},
      {"--public-name a.example -w public_proof_age=9",
       "--warning: only a daemon has public_proof_age"},
      {"-46 -H a.example", "--use-ipv4"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++)
    refuse(rows[i].line, rows[i].wanted);
}

static void values_of_unknown_options_are_not_repeated(void **state) {
  (void)state;
  refuse("--api-key=TOPSECRET -H a.example", "--api-key: ");
  assert_null(strstr(error.text, "TOPSECRET"));
}

/* ---- --config ------------------------------------------------------------------------------- */

static const char mixed[] = "# two that are fine, and some that are not\n"
                            "[one]\n"
                            "private-name = one.example\n"
                            "path = /one\n"
                            "[*]\n"
                            "path = /common\n"
                            "port = 8443\n"
                            "[two]\n"
                            "private-name = two.example\n"
                            "name = second\n"
                            "timeout = 20\n"
                            "[bad-value]\n"
                            "private-name = three.example\n"
                            "port = seventy\n"
                            "port = 80\n"
                            "[bad-key]\n"
                            "privat-name = four.example\n"
                            "[bad-line]\n"
                            "private-name\n"
                            "[lacks]\n"
                            "port = 80\n"
                            "[one]\n"
                            "private-name = five.example\n"
                            "[verbose]\n"
                            "verbose = yes\n"
                            "[open\n"
                            "private-name = six.example\n"
                            "[second]\n"
                            "private-name = seven.example\n";

static void every_section_is_an_endpoint(void **state) {
  (void)state;
  char line[300];
  snprintf(line, sizeof(line), "--config %s -v", file_with("mixed.ini", mixed));
  pl_args args = accept(line);
  static const struct {
    const char *name, *problem, *path;
    unsigned port;
  } rows[] = {
      {"one", NULL, "/one", 8443},
      {"second", NULL, "/common", 8443},
      {"bad-value", "mixed.ini line 14: --port: '...' is not", NULL, 0},
      {"bad-key", "mixed.ini line 17: unknown option; did you mean 'private-name'?", NULL, 0},
      {"bad-line", "mixed.ini line 19: no '='", NULL, 0},
      {"lacks", "mixed.ini line 20: nothing to check", NULL, 0},
      {"one.line-22", "mixed.ini line 22: the section at line 2 has the same name", NULL, 0},
      {"verbose", "mixed.ini line 25: --verbose: only allowed on the command line", NULL, 0},
      {"open", "mixed.ini line 26: no ']'", NULL, 0},
      {"second.line-28", "mixed.ini line 28: the section at line 8 has the same name", NULL, 0},
  };
  assert_true(args.batch);
  assert_int_equal(args.verbosity, 1);
  assert_int_equal(args.count, PL_COUNT_OF(rows));
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_args_endpoint *endpoint = &args.endpoints[i];
    assert_string_equal(endpoint->name, rows[i].name);
    if (rows[i].problem == NULL) {
      assert_null(endpoint->problem);
      assert_string_equal(endpoint->spec.path, rows[i].path);
      assert_int_equal(endpoint->spec.port, rows[i].port);
      continue;
    }
    assert_non_null(endpoint->problem);
    if (strstr(endpoint->problem, rows[i].problem) == NULL)
      fail_msg("%s: %s\nlacks: %s", endpoint->name, endpoint->problem, rows[i].problem);
    assert_null(strstr(endpoint->problem, "seventy"));
  }
  assert_true(args.timeout == 20 * PL_SEC);
  pl_args_free(&args);
}

static void endpoints_are_picked_by_section(void **state) {
  (void)state;
  const char *path = file_with("mixed.ini", mixed);
  char line[300];
  snprintf(line, sizeof(line), "--config %s --endpoint two,lacks --endpoint one", path);
  pl_args args = accept(line);
  assert_int_equal(args.count, 4);
  assert_string_equal(args.endpoints[1].name, "second");
  pl_args_free(&args);
  snprintf(line, sizeof(line), "--config %s --endpoint two --name other -p 1", path);
  args = accept(line);
  assert_int_equal(args.count, 1);
  assert_string_equal(args.endpoints[0].name, "other");
  assert_int_equal(args.endpoints[0].spec.port, 1);
  pl_args_free(&args);
  snprintf(line, sizeof(line), "--config %s --endpoint second,nobody", path);
  refuse(line, "--endpoint: ");
  refuse(line, "has no section [nobody]");
  snprintf(line, sizeof(line), "--config %s --name x", path);
  refuse(line, "--name: only for one endpoint, but --config has 10");
  snprintf(line, sizeof(line), "--config %s --accept near", path);
  refuse(line, "--accept: only for one endpoint, but --config has 10");
  snprintf(line, sizeof(line), "--config %s --endpoint two --accept near", path);
  args = accept(line);
  assert_int_equal(args.endpoints[0].spec.accept, 1U << PL_RIVAL_NEAR);
  pl_args_free(&args);
  snprintf(line, sizeof(line), "--config %s -p x", path);
  refuse(line, "--port: 'x' is not");
}

static void a_mistake_in_common_values_is_everybodys(void **state) {
  (void)state;
  static const struct {
    const char *text, *wanted;
  } rows[] = {
      {"[a]\nprivate-name=a.example\n[*]\nport=x\nport=y\n", "line 4: --port: '...' is not"},
      {"[a]\nprivate-name=a.example\n[*]\nbogus=1\n", "line 4: unknown option"},
      {"[a]\nprivate-name=a.example\n[*\n", "line 3: no ']'"},
      {"port=1\n[a]\nprivate-name=a.example\n", "line 1: before the first [section]"},
      {"what\n[a]\nprivate-name=a.example\n", "line 1: no '='"},
      {"[]\nport=1\n[a]\nprivate-name=a.example\n", "line 1: no name"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char line[300];
    snprintf(line, sizeof(line), "--config %s", file_with("common.ini", rows[i].text));
    pl_args args = accept(line);
    assert_int_equal(args.count, 1);
    assert_string_equal(args.endpoints[0].name, "a");
    if (strstr(args.endpoints[0].problem, rows[i].wanted) == NULL)
      fail_msg("%s\nlacks: %s", args.endpoints[0].problem, rows[i].wanted);
    pl_args_free(&args);
  }
}

static void names_of_sections_are_made_safe(void **state) {
  (void)state;
  char line[300];
  snprintf(
      line, sizeof(line), "--config %s",
      file_with("names.ini", "[a|b\x1b[31m]\nprivate-name = a.example\n[two words]\nport=1\n"));
  pl_args args = accept(line);
  assert_int_equal(args.count, 2);
  assert_string_equal(args.endpoints[0].name, "a?b?[31m");
  assert_non_null(args.endpoints[0].problem);
  assert_string_equal(args.endpoints[1].name, "two words");
  assert_non_null(strstr(args.endpoints[1].problem, "--name: "));
  pl_args_free(&args);
}

/* The options of a daemon are allowed, and those that all endpoints share only in [*]. */
static void an_exporter_has_an_address_and_intervals(void **state) {
  (void)state;
  static const char text[] =
      "[*]\ninterval = 30\nstate-interval = 90\n"
      "[one]\npublic-name = a.example\ninterval = 5\ncritical = public_alarm=0\n"
      "[two]\nprivate-name = a.example\nmax-connections = 20\n"
      "[three]\nprivate-name = a.example\nreport = all\n";
  static const struct {
    const char *given, *address;
  } rows[] = {{"9943", "127.0.0.1:9943"}, {"10.0.0.1:80", "10.0.0.1:80"}, {"[::1]:1", "[::1]:1"}};
  char line[400], address[100];
  const char *path = file_with("exporter.ini", text);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    snprintf(line, sizeof(line), "--config %s --serve %s", path, rows[i].given);
    pl_args args = accept(line);
    pl_buf buf;
    pl_buf_fixed(&buf, address, sizeof(address));
    pl_sockaddr_add(&buf, &args.serve);
    assert_int_equal(args.action, PL_ACTION_SERVE);
    assert_string_equal(address, rows[i].address);
    assert_int_equal(args.count, 3);
    assert_null(args.endpoints[0].problem);
    assert_true(args.endpoints[0].spec.interval == 5 * PL_SEC);
    assert_true(args.endpoints[0].spec.state_interval == 90 * PL_SEC);
    for (size_t e = 0; e < args.count; e++)
      assert_false(args.endpoints[e].spec.chain_memory); /* SECURITY.md */
    assert_non_null(strstr(args.endpoints[1].problem, "--max-connections: applies to all"));
    assert_non_null(strstr(args.endpoints[2].problem, "--report: only for collectd"));
    pl_args_free(&args);
  }
  snprintf(line, sizeof(line), "--config %s", path);
  pl_args args = accept(line);
  assert_non_null(strstr(args.endpoints[0].problem, "unknown option"));
  pl_args_free(&args);
}

static void files_that_are_no_configuration(void **state) {
  (void)state;
  char line[300];
  refuse("--config /nonexistent/x.ini", "--config: /nonexistent/x.ini");
  snprintf(line, sizeof(line), "--config %s", folder);
  refuse(line, "must be a regular file");
  snprintf(line, sizeof(line), "--config %s", file_with("empty.ini", ""));
  refuse(line, "has no endpoint");
  snprintf(line, sizeof(line), "--config %s", file_with("only.ini", "[*]\nport = 1\n"));
  refuse(line, "has no endpoint");
  snprintf(line, sizeof(line), "--config %s",
           file_with("shadow", "root:$6$secret-hash:19000:0:99999:7:::\n"));
  refuse(line, "has no endpoint");
  assert_null(strstr(error.text, "secret-hash"));
}

static void there_are_not_endless_sections(void **state) {
  (void)state;
  const char *path = path_of("many.ini");
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  for (int i = 0; i <= PL_LIMIT_ENDPOINTS; i++)
    fprintf(file, "[e%d]\n", i);
  assert_int_equal(fclose(file), 0);
  char line[300];
  snprintf(line, sizeof(line), "--config %s", path);
  refuse(line, "has more than 65536 sections");
}

/* ---- --extra-opts --------------------------------------------------------------------------- */

static const char plugins[] = "[check_other]\n"
                              "this line is another plugin's\n"
                              "[check_privatelink]\n"
                              "H = a.example\n"
                              "port = 8443\n"
                              "verbose = yes\n"
                              "use-ipv4 = no\n"
                              "[json]\n"
                              "output=json\n"
                              "[unknown]\n"
                              "prot = sesame\n"
                              "[far]\n"
                              "zzzzzzz = sesame\n"
                              "[bad]\n"
                              "port = sesame\n"
                              "[nested]\n"
                              "extra-opts = x\n"
                              "[cut]\n"
                              "sesame\n"
                              "[list]\n"
                              "resolver = 10.0.0.2,sesame\n"
                              "[quote]\n"
                              "path = sesa'me\n"
                              "[everybody]\n"
                              "config = sesame.ini\n"
                              "path = /extra\n"
                              "[form]\n"
                              "output = sesame\n"
                              "[flag]\n"
                              "explain = sesame\n";

static void extra_options_rank_below_the_command_line(void **state) {
  (void)state;
  const char *path = file_with("plugins.ini", plugins);
  char line[300];
  snprintf(line, sizeof(line), "--extra-opts=@%s -p 1 --extra-opts json@%s", path, path);
  pl_args args = accept(line);
  assert_string_equal(args.endpoints[0].spec.private_name, "a.example");
  assert_int_equal(args.endpoints[0].spec.port, 1);
  assert_int_equal(args.verbosity, 1);
  assert_false(args.endpoints[0].spec.ipv4_only);
  assert_int_equal(args.form, PL_FORM_JSON);
  pl_args_free(&args);
}

static void extra_options_are_searched_as_other_plugins_do(void **state) {
  (void)state;
  const char *path = file_with("plugins.ini", plugins);
  char directories[512];
  snprintf(directories, sizeof(directories), "/nonexistent::%s", folder);
  const pl_args_input by_file = {.search = {.mp_config_file = path}};
  const pl_args_input by_path = {.search = {.nagios_config_path = directories}};
  static const char *const lines[] = {"--extra-opts", "--extra-opts -v",
                                      "--extra-opts=", "--extra-opts check_privatelink"};
  for (size_t i = 0; i < PL_COUNT_OF(lines); i++) {
    pl_args args;
    assert_int_equal(read_line_with(lines[i], &by_file, &args), PL_OK);
    assert_int_equal(args.endpoints[0].spec.port, 8443);
    pl_args_free(&args);
    assert_int_equal(read_line_with(lines[i], &by_path, &args), PL_OK);
    assert_int_equal(args.endpoints[0].spec.port, 8443);
    pl_args_free(&args);
  }
}

static void mistakes_of_extra_options_show_no_content(void **state) {
  (void)state;
  const char *path = file_with("plugins.ini", plugins);
  static const struct {
    const char *section, *wanted;
  } rows[] = {
      {"nobody", "has no section [nobody]"},
      {"unknown", "line 11: --extra-opts: unknown option; did you mean 'port'?"},
      {"far", "line 13: --extra-opts: unknown option"},
      {"bad", "line 15: --port: '...' is not"},
      {"nested", "line 17: --extra-opts: only allowed on the command line"},
      {"cut", "line 19: --extra-opts: no '='"},
      {"list", "line 21: --resolver: '...'"},
      {"quote", "line 23: --path: '...'"},
      {"form", "--output: '...' is not text, json, prometheus or html"},
      {"flag", "line 30: --explain: the value is neither yes nor no"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char line[300];
    snprintf(line, sizeof(line), "--extra-opts=%s@%s -H a.example", rows[i].section, path);
    refuse(line, rows[i].wanted);
    assert_null(strstr(error.text, "sesa"));
  }
  refuse("--extra-opts=x@/nonexistent/file -H a.example", "--extra-opts: /nonexistent/file");
  refuse("--extra-opts=x@ -H a.example", "--extra-opts: no file name after '@'");
  const pl_args_input nowhere = {.search = {.mp_config_file = "/nonexistent/plugins.ini"}};
  pl_args args;
  assert_int_equal(read_line_with("--extra-opts", &nowhere, &args), PL_ERR_IO);
}

static void extra_options_with_a_config_are_common_values(void **state) {
  (void)state;
  const char *plugin_path = file_with("plugins.ini", plugins);
  const char *path = file_with("two.ini", "[a]\nprivate-name=a.example\n"
                                          "[b]\nprivate-name=b.example\npath=/b\n");
  char line[600];
  snprintf(line, sizeof(line), "--extra-opts=everybody@%s --config %s", plugin_path, path);
  pl_args args = accept(line);
  assert_int_equal(args.count, 2);
  assert_string_equal(args.endpoints[0].spec.path, "/extra");
  assert_string_equal(args.endpoints[1].spec.path, "/b");
  pl_args_free(&args);
}

/* ---- memory --------------------------------------------------------------------------------- */

static void failing_allocations_leak_nothing(void **state) {
  (void)state;
  const char *plugin_path = file_with("plugins.ini", plugins);
  const char *path = file_with("mixed.ini", mixed);
  char lines[3][600];
  snprintf(lines[0], sizeof(lines[0]), "--extra-opts=@%s -v --path=/x -w 1", plugin_path);
  snprintf(lines[1], sizeof(lines[1]), "--config %s --endpoint one,two,bad-value,lacks", path);
  snprintf(lines[2], sizeof(lines[2]), "--extra-opts=everybody@%s --config %s -p 1", plugin_path,
           path);
  for (size_t i = 0; i < PL_COUNT_OF(lines); i++) {
    for (unsigned nth = 1;; nth++) {
      pl_args args;
      alloc_fail_arm(nth);
      pl_status status = read_line(lines[i], &args);
      bool failed = alloc_fail_disarm();
      if (status == PL_OK)
        pl_args_free(&args);
      else
        assert_true(failed && status == PL_ERR_MEMORY);
      if (!failed)
        break;
    }
  }
}

/* ---- setting up ----------------------------------------------------------------------------- */

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state) {
  (void)state;
  static const char *const names[] = {"mixed.ini",   "common.ini", "names.ini", "exporter.ini",
                                      "empty.ini",   "only.ini",   "shadow",    "many.ini",
                                      "plugins.ini", "two.ini"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++)
    unlink(path_of(names[i]));
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_option_has_four_spellings),
      cmocka_unit_test(flags_are_bundled),
      cmocka_unit_test(values_may_look_like_anything),
      cmocka_unit_test(repeatable_options_add),
      cmocka_unit_test(actions_end_the_reading),
      cmocka_unit_test(output_and_timeout),
      cmocka_unit_test(mistakes_are_named),
      cmocka_unit_test(values_of_unknown_options_are_not_repeated),
      cmocka_unit_test(every_section_is_an_endpoint),
      cmocka_unit_test(endpoints_are_picked_by_section),
      cmocka_unit_test(a_mistake_in_common_values_is_everybodys),
      cmocka_unit_test(names_of_sections_are_made_safe),
      cmocka_unit_test(an_exporter_has_an_address_and_intervals),
      cmocka_unit_test(files_that_are_no_configuration),
      cmocka_unit_test(there_are_not_endless_sections),
      cmocka_unit_test(extra_options_rank_below_the_command_line),
      cmocka_unit_test(extra_options_are_searched_as_other_plugins_do),
      cmocka_unit_test(mistakes_of_extra_options_show_no_content),
      cmocka_unit_test(extra_options_with_a_config_are_common_values),
      cmocka_unit_test(failing_allocations_leak_nothing),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
