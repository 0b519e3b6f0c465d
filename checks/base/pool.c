/* Keeps equal bytes once, in large pieces of memory. */
#include "base/pool.h"
#include "base/hash.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 8192    /* words of a piece of memory, unless one block is larger */
#define FIRST_ROOM 64 /* a power of two */

typedef struct block {
  size_t length;    /* in bytes */
  uint64_t words[]; /* aligned for pointers */
} block;

typedef struct piece {
  struct piece *next;
  size_t used, size; /* words */
  uint64_t words[];
} piece;

struct pl_pool {
  piece *pieces; /* blocks are taken from the first */
  block **table; /* open addressing; at most half of it is in use */
  size_t room, count;
};

pl_status pl_pool_create(pl_pool **ret_pool) {
  pl_pool *pool = calloc(1, sizeof(*pool));
  if (pool == NULL)
    return PL_ERR_MEMORY;
  *ret_pool = pool;
  return PL_OK;
}

void pl_pool_close(pl_pool *pool) {
  free(pool->table);
  pool->table = NULL;
  pool->room = pool->count = 0;
}

void pl_pool_free(pl_pool *pool) {
  if (pool == NULL)
    return;
  pl_pool_close(pool);
  for (piece *p = pool->pieces, *next; p != NULL; p = next) {
    next = p->next;
    free(p);
  }
  free(pool);
}

/* Where the block is, or where it has to go. */
static block **find(block **table, size_t room, const void *bytes, size_t length) {
  uint64_t hash = PL_HASH_INIT;
  pl_hash_bytes(&hash, bytes, length);
  size_t at = (size_t)hash & (room - 1);
  while (table[at] != NULL &&
         (table[at]->length != length || memcmp(table[at]->words, bytes, length) != 0))
    at = (at + 1) & (room - 1);
  return &table[at];
}

static pl_status grow(pl_pool *pool) {
  size_t room = pool->room == 0 ? FIRST_ROOM : 2 * pool->room;
  block **table = calloc(room, sizeof(block *));
  if (table == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < pool->room; i++) {
    const block *b = pool->table[i];
    if (b != NULL)
      *find(table, room, b->words, b->length) = pool->table[i];
  }
  free(pool->table);
  pool->table = table;
  pool->room = room;
  return PL_OK;
}

static block *take(pl_pool *pool, size_t length) {
  size_t words = (sizeof(block) + length + sizeof(uint64_t) - 1) / sizeof(uint64_t);
  if (pool->pieces == NULL || pool->pieces->size - pool->pieces->used < words) {
    size_t size = words > PIECE ? words : PIECE;
    piece *p = malloc(sizeof(*p) + size * sizeof(uint64_t));
    if (p == NULL)
      return NULL;
    *p = (piece){.next = pool->pieces, .size = size};
    pool->pieces = p;
  }
  uint64_t *start = pool->pieces->words + pool->pieces->used;
  pool->pieces->used += words;
  return (block *)(void *)start;
}

void *pl_pool_keep(pl_pool *pool, const void *bytes, size_t length) {
  if (2 * pool->count >= pool->room && grow(pool) != PL_OK)
    return NULL;
  block **at = find(pool->table, pool->room, bytes, length);
  if (*at != NULL)
    return (*at)->words;
  block *b = take(pool, length);
  if (b == NULL)
    return NULL;
  b->length = length;
  memcpy(b->words, bytes, length);
  *at = b;
  pool->count++;
  return b->words;
}

char *pl_pool_keep_text(pl_pool *pool, const char *text) {
  return pl_pool_keep(pool, text, strlen(text) + 1);
}
