/* Makes reports as text for the tests, and checks such a text. */
#ifndef PL_TEST_REPORT_TEXT_H
#define PL_TEST_REPORT_TEXT_H

#include "sample_run.h"

/* The newest text; the next one overwrites it. */
extern char report_output[1 << 16];

/* The text of a run, and of a run of one. Both return report_output. */
const char *text_of(const pl_run *run, int verbosity);
const char *text_of_one(const sample *s, bool batch);

void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);
/* Fails on control characters except newline, and on a '|' except the one before perfdata. */
void assert_clean(const char *text);

#endif
