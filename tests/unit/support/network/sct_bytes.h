/* A list of SCTs, as a certificate has it. */
#ifndef PL_TEST_SCT_BYTES_H
#define PL_TEST_SCT_BYTES_H

/* The value of the extension 1.3.6.1.4.1.11129.2.4.2 with one SCT: an OCTET STRING, the list's
 * length, the SCT's length, version, log, timestamp, no extensions, ECDSA with SHA-256, a signature
 * of two bytes. */
#define SCT_BYTES                                                                                  \
  "\x04\x35"                                                                                       \
  "\x00\x33"                                                                                       \
  "\x00\x31"                                                                                       \
  "\x00"                                                                                           \
  "0123456789abcdef0123456789abcdef"                                                               \
  "\x00\x00\x01\x80\x00\x00\x00\x00"                                                               \
  "\x00\x00"                                                                                       \
  "\x04\x03"                                                                                       \
  "\x00\x02"                                                                                       \
  "\xaa\xbb"

#endif
