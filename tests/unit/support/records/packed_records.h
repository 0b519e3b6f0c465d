/* The tables of a recorded case, for structs without padding: their members have no gaps. Only the
 * numbers in them count: no such struct exists. */
#ifndef PL_TEST_PACKED_RECORDS_H
#define PL_TEST_PACKED_RECORDS_H

#include "evidence/fields.h"

extern const pl_record packed_record_of_spec, packed_record_of_facts, packed_record_of_memory,
    packed_record_of_notes, packed_record_of_endpoint;

#endif
