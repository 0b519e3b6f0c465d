/* Prints the JSON schema of a recorded case from the tables of its fields. */
#include "pl_schema.h"
#include "evidence/case_fields.h"
#include <stdio.h>
#include <stdlib.h>

static json_t *schema_of(const pl_record *record);

static json_t *with_range(json_t *schema, int64_t min, int64_t max) {
  json_object_set_new(schema, "minimum", json_integer(min));
  json_object_set_new(schema, "maximum", json_integer(max));
  return schema;
}

static json_t *words(const pl_field *f) {
  json_t *list = json_array();
  for (int64_t i = 0; i <= f->max; i++)
    json_array_append_new(list, json_string(f->words[i]));
  return json_pack("{s:o}", "enum", list);
}

static json_t *text(size_t max, const char *pattern) {
  json_t *schema = json_pack("{s:s, s:I}", "type", "string", "maxLength", (json_int_t)max);
  if (pattern != NULL)
    json_object_set_new(schema, "pattern", json_string(pattern));
  return schema;
}

static json_t *value_of(const pl_field *f) {
  switch (f->kind) {
  case PL_FIELD_BOOL:
  case PL_FIELD_GIVEN:
    return json_pack("{s:b}", "const", 1);
  case PL_FIELD_NUMBER:
    return with_range(json_pack("{s:s}", "type", "integer"), f->min, f->max);
  case PL_FIELD_REAL:
    return with_range(json_pack("{s:s}", "type", "number"), f->min, f->max);
  case PL_FIELD_WORD:
    return words(f);
  case PL_FIELD_BITS:
    return json_pack("{s:s, s:o}", "type", "array", "items", words(f));
  case PL_FIELD_HEX:
  case PL_FIELD_MASK:
    return text(2 * f->size, "^([0-9a-f]{2})+$");
  case PL_FIELD_TEXT:
  case PL_FIELD_LINE:
    return text(f->size - 1, NULL);
  case PL_FIELD_STRING:
  case PL_FIELD_PATH:
    if (f->valid != NULL)
      return text((size_t)f->max, NULL);
    return json_pack("{s:[o,{s:s}]}", "anyOf", text((size_t)f->max, NULL), "$ref", "#/$defs/bytes");
  case PL_FIELD_ADDRESS:
  case PL_FIELD_SOCKADDR:
  case PL_FIELD_CIDR:
    return text(64, "^[0-9a-f:.]+(/[0-9]+)?$|^\\[[0-9a-f:.]+\\]:[0-9]+$");
  case PL_FIELD_RANGE:
    return text(128, NULL);
  case PL_FIELD_OBJECT:
    return schema_of(f->record);
  case PL_FIELD_ARRAY:
  case PL_FIELD_LIST:
    return json_pack("{s:s, s:I, s:o}", "type", "array", "maxItems", (json_int_t)f->max, "items",
                     schema_of(f->record));
  case PL_FIELD_OUT:
    break;
  }
  return NULL;
}

static json_t *schema_of(const pl_record *record) {
  if (record->fields[0].key != NULL && record->fields[0].key[0] == '\0')
    return value_of(&record->fields[0]);
  json_t *properties = json_object();
  for (size_t i = 0; i < record->count; i++) {
    if (record->fields[i].kind != PL_FIELD_OUT)
      json_object_set_new(properties, record->fields[i].key, value_of(&record->fields[i]));
  }
  return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                   "additionalProperties", 0);
}

/* One line for each key, to read and to compare. */
static void print_record(const char *name, const pl_record *record, const char *end) {
  const char *separator = "";
  printf("    \"%s\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\n",
         name);
  for (size_t i = 0; i < record->count; i++) {
    if (record->fields[i].kind == PL_FIELD_OUT)
      continue;
    json_t *schema = value_of(&record->fields[i]);
    char *dumped = schema != NULL ? json_dumps(schema, 0) : NULL;
    if (dumped == NULL)
      abort();
    printf("%s      \"%s\": %s", separator, record->fields[i].key, dumped);
    separator = ",\n";
    free(dumped);
    json_decref(schema);
  }
  printf("\n    }}%s\n", end);
}

void pl_schema_print(void) {
  print_record("spec", &pl_record_of_spec, ",");
  print_record("facts", &pl_record_of_facts, ",");
  print_record("memory", &pl_record_of_memory, ",");
  print_record("after", &pl_record_of_notes, ",");
  print_record("endpoint", &pl_record_of_endpoint, ",");
  print_record("verdict", &pl_record_of_verdict, "");
  puts("  }\n}");
}
