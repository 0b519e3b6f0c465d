// The table of spec for structs without padding: then each byte is part of a member.
#include "evidence/fields.h"
#include <math.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#define pl_record_of_spec packed_record_of_spec
#define pl_record_of_facts packed_record_of_facts
#define pl_record_of_memory packed_record_of_memory
#define pl_record_of_endpoint packed_record_of_endpoint
#define pl_record_of_notes packed_record_of_notes
#pragma pack(push, 1)
#include "evidence/case_spec.c"
#pragma pack(pop)
