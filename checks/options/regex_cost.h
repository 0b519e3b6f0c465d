/* Which POSIX extended regular expressions are too costly for glibc's regcomp() and regexec(). */
#ifndef PL_OPTIONS_REGEX_COST_H
#define PL_OPTIONS_REGEX_COST_H

/* What is too costly about `regex`, of at most PL_LIMIT_REGEX bytes, as the rest of a sentence
 * about it; static storage. NULL where nothing is. Says nothing of whether it is an expression at
 * all: that is regcomp's to tell, afterwards. */
const char *pl_regex_flaw(const char *regex);

#endif
