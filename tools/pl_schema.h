/* The JSON schema of a recorded case (docs/evidence.schema.json). */
#ifndef PL_TOOLS_PL_SCHEMA_H
#define PL_TOOLS_PL_SCHEMA_H

/* Prints its definitions, and the end of the file. */
void pl_schema_print(void);

#endif
