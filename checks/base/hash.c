/* FNV-1a, with the last step of splitmix64. */
#include "base/hash.h"
#include <string.h>

void pl_hash_bytes(uint64_t *hash, const void *bytes, size_t length) {
  const unsigned char *at = bytes;
  for (size_t i = 0; i < length; i++)
    *hash = (*hash ^ at[i]) * UINT64_C(0x100000001b3);
}

void pl_hash_text(uint64_t *hash, const char *text) {
  if (text == NULL)
    pl_hash_bytes(hash, "\1", 1);
  else
    pl_hash_bytes(hash, text, strlen(text));
  pl_hash_bytes(hash, "\0", 1);
}

void pl_hash_number(uint64_t *hash, uint64_t number) {
  for (unsigned i = 0; i < 8; i++) {
    unsigned char byte = (unsigned char)(number >> (8 * i));
    pl_hash_bytes(hash, &byte, 1);
  }
}

uint64_t pl_hash_end(uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
  hash ^= hash >> 31;
  return hash != 0 ? hash : 1;
}
