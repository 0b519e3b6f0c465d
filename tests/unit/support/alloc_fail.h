/* Makes the nth allocation fail, so that a test can try each allocation of an operation:
 *
 *   for (unsigned nth = 1;; nth++) {
 *     alloc_fail_arm(nth);
 *     pl_status status = operation();
 *     if (!alloc_fail_disarm()) { assert status == PL_OK; break; }
 *     assert status == PL_ERR_MEMORY, and that nothing leaked or changed
 *   }
 *
 * Works for calls in our own objects (the linker's --wrap: malloc, calloc, realloc, strdup, strndup
 * and mmap), not inside other libraries. Each thread has its own counter.
 */
#ifndef PL_TEST_ALLOC_FAIL_H
#define PL_TEST_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>

/* The nth allocation of this thread from now on fails, once; the next one is 1. */
void alloc_fail_arm(unsigned nth);
/* Bytes that explicit_bzero has overwritten in this process. */
size_t alloc_overwritten(void);
/* No allocation fails from now on. True if one has failed since alloc_fail_arm. */
bool alloc_fail_disarm(void);

#endif
