/* Reads --extra-opts: options from a section of an INI file.
 * Skips other sections: they belong to other plugins. No error shows any content of the file. */
#include "extra_opts.h"
#include "base/file.h"
#include "base/ini.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_SECTION "check_privatelink"
#define PATH_LENGTH ((size_t)4096)

/* Names to look for in the directories of NAGIOS_CONFIG_PATH. */
static const char *const file_names[] = {"monitoring-plugins.ini", "plugins.ini",
                                         "nagios-plugins.ini"};
static const char *const files[] = {
    "/usr/local/etc/monitoring-plugins/monitoring-plugins.ini",
    "/usr/local/etc/monitoring-plugins.ini",
    "/etc/monitoring-plugins/monitoring-plugins.ini",
    "/etc/monitoring-plugins.ini",
    "/etc/nagios/plugins.ini",
    "/usr/local/nagios/etc/plugins.ini",
    "/usr/local/etc/nagios/plugins.ini",
    "/etc/opt/nagios/plugins.ini",
    "/etc/nagios-plugins.ini",
    "/usr/local/etc/nagios-plugins.ini",
    "/etc/opt/nagios-plugins.ini",
};

static bool exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0;
}

/* The first file that exists in a directory of the colon-separated `list`, written to `path`. */
static bool find_in_directories(const char *list, char path[PATH_LENGTH]) {
  while (list != NULL && *list != '\0') {
    size_t length = strcspn(list, ":");
    for (size_t i = 0; i < PL_COUNT_OF(file_names); i++) {
      int written = snprintf(path, PATH_LENGTH, "%.*s/%s", (int)length, list, file_names[i]);
      if (written > 0 && (size_t)written < PATH_LENGTH && exists(path))
        return true;
    }
    list += length + (list[length] == ':');
  }
  return false;
}

/* NULL if there is none. */
static const char *find_file(const pl_extra_opts_search *search, char storage[PATH_LENGTH]) {
  if (search->mp_config_file != NULL)
    return search->mp_config_file;
  if (find_in_directories(search->nagios_config_path, storage))
    return storage;
  for (size_t i = 0; i < PL_COUNT_OF(files); i++) {
    if (exists(files[i]))
      return files[i];
  }
  return NULL;
}

typedef struct extra_reader {
  const char *section, *path;
  pl_argument_list *extra;
  pl_error *error;
  bool found;
} extra_reader;

/* 1: yes, as is no value. 0: no. -1: neither. */
static int answer_of(const char *value) {
  static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
  for (size_t i = 0; i < PL_COUNT_OF(words); i++) {
    if (strcmp(value, words[i]) == 0)
      return (int)(i % 2);
  }
  return value[0] == '\0' ? 1 : -1;
}

static pl_status take_entry(extra_reader *reader, const pl_ini_event *event, const char *location) {
  /* By long name or, as in other plugins, by letter. */
  bool letter = event->key[0] != '\0' && event->key[1] == '\0';
  const pl_option *option = letter ? pl_option_find_letter(event->key[0]) : NULL;
  pl_error problem;
  if (option == NULL &&
      pl_argument_find(event->key, PL_FRONT_END_CHECK, &option, &problem) != PL_OK)
    return pl_fail(reader->error, PL_ERR_INVALID, "%s: --extra-opts: %s", location, problem.text);
  if (option->id == PL_OPTION_EXTRA_OPTS || pl_option_is_command(option->id))
    return pl_fail(reader->error, PL_ERR_INVALID, "%s: --%s: only allowed on the command line",
                   location, option->name);
  if (option->argument != NULL)
    return pl_argument_list_add(reader->extra, option, event->value, location, reader->error);
  int answer = answer_of(event->value);
  if (answer < 0)
    return pl_fail(reader->error, PL_ERR_INVALID, "%s: --%s: the value is neither yes nor no",
                   location, option->name);
  if (answer == 0)
    return PL_OK;
  return pl_argument_list_add(reader->extra, option, NULL, location, reader->error);
}

static pl_status on_event(void *user, const pl_ini_event *event) {
  extra_reader *reader = user;
  if (strcmp(event->section, reader->section) != 0)
    return PL_OK;
  reader->found = true;
  char storage[PATH_LENGTH + 32];
  pl_text_setf(storage, sizeof(storage), "%s line %u", reader->path, event->line);
  if (event->problem != NULL)
    return pl_fail(reader->error, PL_ERR_INVALID, "%s: --extra-opts: %s", storage, event->problem);
  return event->key != NULL ? take_entry(reader, event, storage) : PL_OK;
}

pl_status pl_extra_opts_read(const pl_extra_opts_search *search, const char *argument,
                             pl_argument_list *extra, pl_error *error) {
  const char *text = argument != NULL ? argument : "";
  const char *at = strchr(text, '@');
  size_t length = at != NULL ? (size_t)(at - text) : strlen(text);
  char storage[PATH_LENGTH];
  const char *path = at != NULL ? at + 1 : find_file(search, storage);
  if (path == NULL)
    return pl_fail(
        error, PL_ERR_INVALID,
        "--extra-opts: found no monitoring-plugins.ini; name the file: --extra-opts=@FILE");
  if (path[0] == '\0')
    return pl_fail(error, PL_ERR_INVALID,
                   "--extra-opts: no file name after '@'; write --extra-opts=SECTION@FILE");

  pl_status status;
  char *section = length > 0 ? strndup(text, length) : strdup(DEFAULT_SECTION);
  char *content = NULL;
  size_t size;
  pl_error problem;
  if (section == NULL) {
    status = pl_fail_memory(error);
    goto out;
  }
  status = pl_file_read(path, PL_LIMIT_CONFIG_FILE, &content, &size, &problem);
  if (status != PL_OK) {
    status = pl_fail(error, status, "--extra-opts: %s", problem.text);
    goto out;
  }
  extra_reader reader = {.section = section, .path = path, .extra = extra, .error = error};
  status = pl_ini_read(content, size, on_event, &reader);
  if (status == PL_OK && !reader.found)
    status = pl_fail(error, PL_ERR_INVALID, "--extra-opts: %s has no section [%s]", path, section);

out:
  free(section);
  free(content);
  return status;
}
