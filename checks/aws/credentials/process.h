/* Credentials from credential_process ("AWS SDKs and Tools Reference Guide", process credential
 * provider). Any thread. */
#ifndef PL_AWS_CREDENTIALS_PROCESS_H
#define PL_AWS_CREDENTIALS_PROCESS_H

#include "aws/context.h"
#include "aws/credentials/keys.h"

/* Runs `command` without a shell, for at most ten seconds, and reads what it prints. An error
 * has the last line of its standard error. An exit status other than 0 is an error, unless SIGCHLD
 * is ignored, as in collectd, so that there is none. */
pl_status pl_aws_fetch_process(const pl_aws_context *context, const char *command,
                               pl_aws_keys *keys, pl_error *error) PL_MUST_USE;

/* Splits a command line into words. White space separates words; quotes and backslashes keep it, as
 * in a shell. `storage` has room for the command and its NUL. `words` point into it; NULL ends
 * them. PL_ERR_INVALID: an open quote, no word, or more than `word_count` - 1 words. */
pl_status pl_aws_split_command(const char *command, char *storage, char **words,
                               size_t word_count) PL_MUST_USE;

#endif
