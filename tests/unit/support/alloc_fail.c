// Makes the nth allocation fail.
#include "alloc_fail.h"
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

/* The linker's --wrap sends a call of f to __wrap_f; __real_f is the real function. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

static _Thread_local unsigned left; /* allocations up to the one that fails; 0: none fails */
static _Thread_local bool has_failed;

void alloc_fail_arm(unsigned nth) {
  left = nth;
  has_failed = false;
}

bool alloc_fail_disarm(void) {
  left = 0;
  return has_failed;
}

static bool fails_now(void) {
  if (left == 0 || --left > 0)
    return false;
  has_failed = true;
  errno = ENOMEM;
  return true;
}

void *__wrap_malloc(size_t size) { return fails_now() ? NULL : __real_malloc(size); }

void *__wrap_calloc(size_t count, size_t size) {
  return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
  return fails_now() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text) { return fails_now() ? NULL : __real_strdup(text); }

char *__wrap_strndup(const char *text, size_t length) {
  return fails_now() ? NULL : __real_strndup(text, length);
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
  return fails_now() ? MAP_FAILED : __real_mmap(address, size, protection, flags, fd, offset);
}

static _Atomic size_t overwritten;

void __real_explicit_bzero(void *bytes, size_t size);
void __wrap_explicit_bzero(void *bytes, size_t size);
void __wrap_explicit_bzero(void *bytes, size_t size) {
  overwritten += size;
  __real_explicit_bzero(bytes, size);
}

/* What the C library's headers call under _FORTIFY_SOURCE. */
void __wrap___explicit_bzero_chk(void *bytes, size_t size, size_t room);
void __wrap___explicit_bzero_chk(void *bytes, size_t size, size_t room) {
  (void)room;
  __wrap_explicit_bzero(bytes, size);
}

size_t alloc_overwritten(void) { return overwritten; }
