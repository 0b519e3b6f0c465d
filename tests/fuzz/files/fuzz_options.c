/* Fuzzes the value of any option: pl_spec_set() accepts it, or refuses it with one line that names
 * the option. The spec can always be copied and freed. The first byte selects the option, the
 * second the layer; a NUL byte ends an argument. */
#include "options/lists.h"
#include "options/options.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ARGUMENTS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Crashes, so that the fuzzer reports the input. */
static void require(bool holds) {
  if (!holds)
    __builtin_trap();
}

static void check_message(const pl_error *error, pl_option_id id) {
  size_t name = strlen(pl_option_at(id)->name);
  require(strncmp(error->text, "--", 2) == 0);
  require(strncmp(error->text + 2, pl_option_at(id)->name, name) == 0);
  require(strncmp(error->text + 2 + name, ": ", 2) == 0);
  for (const char *c = error->text; *c != '\0'; c++)
    require((unsigned char)*c >= ' ' && *c != 0x7f);
}

/* The printed form of a signature is accepted again. */
static void check_signatures(const pl_spec *spec) {
  for (size_t i = 0; i < spec->blocked_by.count; i++) {
    char text[PL_LIMIT_VALUE + 1];
    pl_buf buf;
    pl_buf_fixed(&buf, text, sizeof(text));
    pl_signature_add(&buf, &spec->blocked_by.items[i]);
    pl_spec again;
    pl_spec_init(&again);
    const char *argument = text;
    require(pl_spec_set(&again, PL_OPTION_BLOCKED_BY, PL_LAYER_SECTION, &argument, 1, NULL) ==
            PL_OK);
    require(again.blocked_by.count == 1);
    pl_spec_free(&again);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  pl_option_id id = (pl_option_id)(data[0] % PL_OPTION_COUNT);
  pl_layer layer = (pl_layer)(data[1] % (PL_LAYER_COMMAND_LINE + 1));
  char *text = malloc(size - 1);
  if (text == NULL)
    return 0;
  memcpy(text, data + 2, size - 2);
  text[size - 2] = '\0';
  const char *arguments[MAX_ARGUMENTS];
  size_t count = 0;
  for (char *next = text; count < MAX_ARGUMENTS && next <= text + (size - 2);
       next += strlen(next) + 1)
    arguments[count++] = next;

  pl_spec spec, copy;
  pl_spec_init(&spec);
  for (int twice = 0; twice < 2; twice++) { /* a repeatable option adds */
    pl_error error = {{0}};
    if (pl_spec_set(&spec, id, layer, arguments, count, &error) != PL_OK)
      check_message(&error, id);
  }
  check_signatures(&spec);
  if (pl_spec_copy(&spec, &copy) == PL_OK)
    pl_spec_free(&copy);
  pl_spec_free(&spec);
  free(text);
  return 0;
}
