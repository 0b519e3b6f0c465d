/* Makes the nth allocation fail, so that a test can walk through every one of an operation:
 *
 *   for (unsigned nth = 1;; nth++) {
 *     alloc_fail_arm(nth);
 *     pl_status status = operation();
 *     if (!alloc_fail_disarm()) { assert status == PL_OK; break; }
 *     assert status == PL_ERR_MEMORY, and that nothing leaked or changed
 *   }
 *
 * Works on what our own objects call (the linker's --wrap: malloc, calloc, realloc, strdup, strndup
 * and mmap), not inside other libraries. Each thread has its own counter: others go on undisturbed.
 */
#ifndef PL_TEST_ALLOC_FAIL_H
#define PL_TEST_ALLOC_FAIL_H

#include <stdbool.h>

/* The nth allocation of this thread from now fails, once; the first is 1. */
void alloc_fail_arm(unsigned nth);
/* No allocation fails from now on. True where one has failed since alloc_fail_arm. */
bool alloc_fail_disarm(void);

#endif
