/* Short numbers for longer things, to see whether they have changed: FNV-1a with 64 bits, and the
 * last step of splitmix64. Not for anything that an attacker may choose. Any thread. */
#ifndef PL_BASE_HASH_H
#define PL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define PL_HASH_INIT UINT64_C(0xcbf29ce484222325)

void pl_hash_bytes(uint64_t *hash, const void *bytes, size_t length);
/* The text and its end, so that "a" "bc" differs from "ab" "c". NULL is a text of its own. */
void pl_hash_text(uint64_t *hash, const char *text);
void pl_hash_number(uint64_t *hash, uint64_t number);
/* Never 0. */
uint64_t pl_hash_end(uint64_t hash);

#endif
