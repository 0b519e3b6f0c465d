/* Any command line with any INI file: a mistake gives one clean line, and a result is complete.
 *
 * Input: a letter (C: the file is for --config, E: for --extra-opts, else there is none), one
 * argument on each line, an empty line, the file. */
#include "args.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_ARGUMENTS 32

static void require(bool condition) {
  if (!condition)
    abort();
}

static void require_clean(const char *text) {
  require(text[0] != '\0');
  for (const char *c = text; *c != '\0'; c++)
    require((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void check(const pl_args *args) {
  if (args->action == PL_ACTION_SERVE) {
    require(args->count > 0 && args->discover == NULL);
  } else if (args->action != PL_ACTION_CHECK) {
    require(args->count == 0);
    return;
  }
  /* --discover gives the endpoints later. */
  require((args->count > 0) != (args->discover != NULL) && args->timeout > 0);
  require(args->verbosity >= 0 && args->verbosity <= 3);
  for (size_t i = 0; i < args->count; i++) {
    const pl_args_endpoint *endpoint = &args->endpoints[i];
    require_clean(endpoint->name);
    require(strlen(endpoint->name) <= PL_LIMIT_NAME);
    require(strchr(endpoint->name, '|') == NULL);
    if (endpoint->problem != NULL)
      require_clean(endpoint->problem);
    else
      require(endpoint->spec.name != NULL && endpoint->spec.checks != 0);
  }
}

static int file_with(const char *text, size_t length) {
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  require(fd >= 0 && write(fd, text, length) == (ssize_t)length);
  return fd;
}

static void run(const char *const *argv, int argc) {
  const pl_args_input input = {
      .argc = argc, .argv = argv, .search = {.mp_config_file = "/nonexistent/plugins.ini"}};
  pl_args args;
  pl_error error = {.text = ""};
  if (pl_args_read(&input, &args, &error) != PL_OK) {
    require_clean(error.text);
    return;
  }
  check(&args);
  pl_args_free(&args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  char *text = malloc(size);
  require(text != NULL);
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  const char *argv[MAX_ARGUMENTS + 1] = {"check_privatelink"};
  int argc = 1;
  char *rest = text;
  while (argc < MAX_ARGUMENTS && *rest != '\0' && *rest != '\n') {
    argv[argc++] = rest;
    rest += strcspn(rest, "\n");
    if (*rest == '\n')
      *rest++ = '\0';
  }
  if (*rest == '\n')
    rest++;
  char option[64];
  int fd = file_with(rest, (size_t)(text + size - 1 - rest));
  snprintf(option, sizeof(option), "%s/proc/self/fd/%d",
           data[0] == 'C' ? "--config=" : "--extra-opts=@", fd);
  if (data[0] == 'C' || data[0] == 'E')
    argv[argc++] = option;
  run(argv, argc);
  close(fd);
  free(text);
  return 0;
}
