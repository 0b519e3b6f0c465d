/* Sorts the names of endpoints, to find those that are there twice. */
#include "options/twins.h"
#include "base/buf.h"
#include "base/limits.h"
#include <stdlib.h>
#include <string.h>

/* Of equal names, the earlier endpoint is the first. */
static int compare_names(const void *a, const void *b) {
  const char *const *first = *(const char *const *const *)a;
  const char *const *second = *(const char *const *const *)b;
  int order = strcmp(*first, *second);
  return order != 0 ? order : (first > second) - (first < second);
}

pl_status pl_twins_find(const void *names, size_t count, size_t size, pl_twin_callback callback,
                        void *user) {
  const char *start = names;
  const char *const **order = calloc(count + 1, sizeof(const char *const *));
  if (order == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < count; i++)
    order[i] = (const char *const *)(const void *)(start + i * size);
  qsort(order, count, sizeof(const char *const *), compare_names);
  pl_status status = PL_OK;
  const char *const *first = order[0];
  for (size_t i = 1; i < count && status == PL_OK; i++) {
    if (strcmp(*first, *order[i]) != 0)
      first = order[i];
    else
      status = callback(user, (size_t)((const char *)order[i] - start) / size,
                        (size_t)((const char *)first - start) / size);
  }
  free(order);
  return status;
}

pl_status pl_twin_rename(char **name, const char *what, size_t number) {
  char storage[PL_LIMIT_NAME + 1];
  pl_text_setf(storage, sizeof(storage), "%.40s.%s-%zu", *name, what, number);
  char *copy = strdup(storage);
  if (copy == NULL)
    return PL_ERR_MEMORY;
  free(*name);
  *name = copy;
  return PL_OK;
}
