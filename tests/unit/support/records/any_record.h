/* Fills structs from their tables of evidence/fields.h, to test that nothing of them is lost. */
#ifndef PL_TEST_ANY_RECORD_H
#define PL_TEST_ANY_RECORD_H

#include "evidence/fields.h"

/* A number from 0 to `below` - 1; the same seed gives the same numbers. */
unsigned any_below(uint64_t *seed, unsigned below);
/* A valid value for one field of the struct at `to`, often another one than before. What the field
 * owns is not freed. */
void any_field(uint64_t *seed, const pl_field *field, void *to);
/* The same for all fields. */
void any_record(uint64_t *seed, const pl_record *record, void *to);

#endif
