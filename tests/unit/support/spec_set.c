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

void spec_assert_holds(const pl_spec *spec, pl_option_id id, const char *expected) {
  static char storage[SPEC_TEXT_SIZE];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  spec_text_add(&buf, spec, id);
  if (strcmp(storage, expected) != 0)
    fail_msg("--%s holds '%s', not '%s'", pl_option_at(id)->name, storage, expected);
}

bool option_is_of_a_spec(pl_option_id id) {
  return (pl_option_at(id)->faces & PL_FACE_PLUGIN) != 0;
}
