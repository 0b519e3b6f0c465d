/* Compares the severities that a reason had in the tests with its row in reasons.def.
 *
 * Every finding that the judges add in this program is noted (the linker's --wrap of
 * pl_verdict_add). The last test of a judge's program calls severities_check.
 */
#ifndef PL_TEST_SEVERITIES_H
#define PL_TEST_SEVERITIES_H

/* Fails unless each reason whose code begins with `prefix` came with every severity that its row
 * names, and with no other. */
void severities_check(const char *prefix);

#endif
