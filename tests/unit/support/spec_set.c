// Sets options of a spec.
#include "spec_set.h"
#include "spec_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

pl_status spec_try_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *value,
                       pl_error *ret_error) {
  return pl_spec_set(spec, id, layer, &value, 1, ret_error);
}

void spec_must_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *value) {
  pl_error error = {{0}};
  if (spec_try_set(spec, id, layer, value, &error) != PL_OK)
    fail_msg("--%s '%s': %s", pl_option_at(id)->name, value, error.text);
}

void spec_set_named(pl_spec *spec, const char *name, pl_layer layer, const char *value) {
  const pl_option *option = pl_option_find(name, PL_FRONT_END_CHECK);
  assert_non_null(option);
  spec_must_set(spec, option->id, layer, value);
}

void spec_setup(pl_spec *spec, const given *options) {
  pl_spec_init(spec);
  for (size_t i = 0; i < MAX_GIVEN && options[i].name != NULL; i++)
    spec_set_named(spec, options[i].name, PL_LAYER_SECTION, options[i].value);
}

void spec_assert_holds(const pl_spec *spec, pl_option_id id, const char *expected) {
  static char storage[SPEC_TEXT_SIZE];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  spec_text_add(&buf, spec, id);
  if (strcmp(storage, expected) != 0)
    fail_msg("--%s holds '%s', not '%s'", pl_option_at(id)->name, storage, expected);
}

bool option_is_of_a_spec(pl_option_id id) {
  return (pl_option_at(id)->front_ends & PL_FRONT_END_PLUGIN) != 0;
}
