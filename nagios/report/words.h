/* Facts in words, for the text output and --explain. Any thread. */
#ifndef PL_NAGIOS_REPORT_WORDS_H
#define PL_NAGIOS_REPORT_WORDS_H

#include "base/buf.h"
#include "facts/facts.h"

/* One attempt: "connect 3 ms, TLS 1.3 in 9 ms, HTTP 200 after 4 ms". */
void pl_report_attempt(const pl_attempt_result *attempt, pl_buf *buf);
/* One answer: "10.0.1.10 10.0.2.10 (TTL 60 s, 3 ms)", "NXDOMAIN (2 ms)". */
void pl_report_dns(const pl_dns_fact *fact, pl_buf *buf);
/* A target's address: "10.0.1.10 (eu-central-1a)", "192.0.2.1 via 64:ff9b::c000:201". */
void pl_report_target(const pl_target *target, pl_buf *buf);
/* One witness: "ec2.eu-central-1.amazonaws.com 198.51.100.7:443: 3 of 3 probes answered with
 * verified TLS". */
void pl_report_witness(const pl_witness *witness, pl_buf *buf);
/* "0.25 ms", "3.2 ms", "120 ms", "1.25 s"; "?" if it was not measured. */
void pl_report_duration(pl_nsec duration, pl_buf *buf);

#endif
