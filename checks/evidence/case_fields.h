/* What a recorded case has of each struct (fields.h). Static tables, any thread.
 *
 * A new member of one of these structs needs a row: tests/unit/evidence/test_fields.c finds each
 * byte that has none. A row of PL_FIELD_OUT leaves a member out; the judge must not read it. */
#ifndef PL_EVIDENCE_CASE_FIELDS_H
#define PL_EVIDENCE_CASE_FIELDS_H

#include "evidence/case.h"
#include "evidence/fields.h"

extern const pl_record pl_record_of_spec, pl_record_of_facts, pl_record_of_memory,
    pl_record_of_notes, pl_record_of_endpoint, pl_record_of_verdict;

/* Seconds since 1970 up to the year 2242: differences in nanoseconds fit into 64 bits. */
#define PL_FIELD_SECONDS_MAX (INT64_C(1) << 33)
#define PL_FIELD_NSEC_MAX (INT64_C(1) << 60)

/* As pl_evidence_case_read, from an object; takes keys away from it. */
pl_status pl_evidence_case_take(json_t *root, pl_evidence_case *ret_case,
                                pl_error *error) PL_MUST_USE;

#endif
