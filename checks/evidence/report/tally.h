/* What an evidence log says about a period: for each endpoint and check the time in each state,
 * each exception, the rivals that were accepted, and the configurations.
 *
 * A line counts until the next line of its endpoint by the same program, at most until that one is
 * overdue (PL_GAP_ALLOWED), until a line says that the endpoint stopped, until lines could not be
 * written, or until the last line of a program that then began again without having stopped. Where
 * lines of several programs count, the worst one does. All other time is unmonitored. If the clock
 * was set back, no time counts twice.
 *
 * Takes lines in order, with no I/O and no clock. A pl_tally owns all that it holds
 * (pl_tally_free). One thread.
 */
#ifndef PL_EVIDENCE_REPORT_TALLY_H
#define PL_EVIDENCE_REPORT_TALLY_H

#include "evidence/report/seen.h"

/* Reasons of PL_SPAN_UNMONITORED. */
#define PL_UNMONITORED_BEFORE "before"         /* no line of the endpoint yet */
#define PL_UNMONITORED_SILENT "silent"         /* no line came when one was due */
#define PL_UNMONITORED_STOPPED "stopped"       /* a line of type STOP says so */
#define PL_UNMONITORED_ENDED "ended"           /* its program began again without a STOP */
#define PL_UNMONITORED_FAILED "failed"         /* lines could not be written */
#define PL_UNMONITORED_PAUSE "pause"           /* no round ended, as the next line says */
#define PL_UNMONITORED_CLOCK "clock"           /* lines say a time after the period: it was ahead */
#define PL_UNMONITORED_OFF "off"               /* the check did not run */
#define PL_UNMONITORED_UNREADABLE "unreadable" /* a verdict that this version can't read */

/* Time in which a check was not blocked or OK, as it should be. */
typedef struct pl_exception {
  pl_span span;
  pl_nsec begin, end; /* begin may be before the period */
  uint64_t line;      /* seq of the line that began it; 0: none did */
  /* What ended it. */
  bool lasts;         /* nothing: it is so at the end of the period */
  pl_span next;       /* what came next */
  uint64_t next_line; /* seq of the line that ended it; 0: none did */
  bool reconfigured;  /* that line has another configuration than the line before */
} pl_exception;

typedef struct pl_check_tally {
  bool seen;                     /* it ran at least once */
  pl_nsec totals[PL_SPAN_KINDS]; /* in the period */
  pl_exception *exceptions;      /* in order of time */
  size_t count, room;
  pl_nsec gap_begin, gap_end;      /* the longest time unmonitored, in the period */
  char gap_reason[PL_SEEN_REASON]; /* at its begin */
  pl_exception pause;              /* the last such time, of one reason or several */
  /* Since when it is what it is; the end of it is not known yet. */
  pl_exception open;
} pl_check_tally;

/* A rival that was accepted: verdicts relied on that. */
typedef struct pl_acceptance {
  pl_rival_id rival;
  pl_nsec since, until; /* until 0: still */
} pl_acceptance;

typedef struct pl_configuration {
  pl_nsec since; /* its first line */
  uint64_t line; /* seq of it */
  pl_sha256 hash;
} pl_configuration;

#define PL_TALLY_PROGRAMS 4 /* of one endpoint: more than there are */

/* The last line of an endpoint by one program. */
typedef struct pl_program_tally {
  uint64_t program;
  pl_nsec said, covered; /* its time, and until when it counts */
  const char *uncovered; /* why no longer; NULL: it counts no longer, or there is none */
  bool ahead;            /* a line after the period came since */
  pl_span checks[PL_CHECK_COUNT];
  bool configured;
  pl_sha256 config;
} pl_program_tally;

typedef struct pl_endpoint_tally {
  char *name;
  pl_check_tally checks[PL_CHECK_COUNT];
  pl_acceptance *acceptances; /* in the period, in order of `since` */
  size_t acceptance_count, acceptance_room;
  pl_configuration *configurations; /* that was in effect in the period; the first at its begin */
  size_t configuration_count, configuration_room;
  pl_nsec at; /* accounted until */
  pl_program_tally programs[PL_TALLY_PROGRAMS];
  pl_nsec accepted[PL_RIVAL_COUNT];    /* since when; 0: not */
  uint8_t accepted_by[PL_RIVAL_COUNT]; /* a bit for each of `programs` */
} pl_endpoint_tally;

/* A program that writes lines. */
typedef struct pl_tally_program {
  uint64_t program;
  pl_nsec last; /* wall time of its last line */
  bool stopped;
} pl_tally_program;

typedef struct pl_tally {
  pl_nsec from,
      to; /* from 0: the first line of the log; `to` is not in the period, nor after now */
  pl_endpoint_tally **endpoints; /* after pl_tally_end sorted by name */
  size_t count, room;
  pl_tally_program programs[PL_TALLY_PROGRAMS];
  size_t program_count;
  void *tree;  /* of tsearch(3), by name */
  bool failed; /* no memory */
} pl_tally;

/* Zeroed but for `from` and `to` is a start. False: no memory. */
bool pl_tally_take(pl_tally *tally, const pl_log_line *line) PL_MUST_USE;
/* After the last line. */
bool pl_tally_end(pl_tally *tally) PL_MUST_USE;
void pl_tally_free(pl_tally *tally);

#endif
