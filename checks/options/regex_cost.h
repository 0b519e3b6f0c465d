/* Finds POSIX extended regular expressions that are too costly for glibc's regcomp() and regexec(),
 * which have no limits of their own. Any thread. */
#ifndef PL_OPTIONS_REGEX_COST_H
#define PL_OPTIONS_REGEX_COST_H

/* What makes `regex` too costly, as the end of a sentence that begins with it: static storage; NULL
 * if nothing does. `regex` has at most PL_LIMIT_REGEX bytes. Call regcomp() only after this: a
 * regex without a flaw may still be invalid. */
const char *pl_regex_flaw(const char *regex);

#endif
