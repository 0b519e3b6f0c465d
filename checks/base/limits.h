/* All limits on the input of the project.
 *
 * A list that the network fills has a `truncated` flag, which is set when the list is full. A
 * truncated list of public addresses is never judged blocked.
 */
#ifndef PL_BASE_LIMITS_H
#define PL_BASE_LIMITS_H

/* Configuration. */
#define PL_LIMIT_NAME 64                /* characters of an endpoint's name in output */
#define PL_LIMIT_HOST 253               /* characters of a host name, RFC 1035 section 2.3.4 */
#define PL_LIMIT_LABEL 63               /* characters of one label of it */
#define PL_LIMIT_PATH 1024              /* bytes of --path */
#define PL_LIMIT_VALUE 4096             /* bytes of any one option value */
#define PL_LIMIT_REGEX 256              /* bytes of a body regular expression */
#define PL_LIMIT_REGEX_SIZE 2000        /* characters of one, with its repetitions written out */
#define PL_LIMIT_LIST 64                /* items of a list option */
#define PL_LIMIT_RESOLVERS 8            /* resolvers of one side */
#define PL_LIMIT_WITNESSES 8            /* witnesses of one endpoint */
#define PL_LIMIT_ENDPOINTS 65536        /* of one run or daemon, and sections of one file */
#define PL_LIMIT_CONFIG_FILE (32 << 20) /* bytes of an INI file: 512 for each of them */
#define PL_LIMIT_CONFIG_LINE 8192       /* bytes of a line of it */
#define PL_LIMIT_PRIVATE_EVIDENCE (1 << 20) /* bytes of the file of --private-evidence */
#define PL_LIMIT_SECRET 4096                /* bytes of an API key file */
#define PL_LIMIT_TIMEOUT 600                /* seconds, of any time option */
#define PL_LIMIT_PEM 65536                  /* bytes of a client certificate and its chain */

/* Network. */
#define PL_LIMIT_DNS_MESSAGE 65535  /* bytes, RFC 1035 section 4.2.2 */
#define PL_LIMIT_DNS_CHAIN 40       /* CNAME records followed inside one answer */
#define PL_LIMIT_DNS_POINTERS 127   /* compression pointers of one name */
#define PL_LIMIT_DNS_WINDOW 256     /* questions that are under way on one connection */
#define PL_LIMIT_DNS_CONNECTIONS 64 /* to a resolver over each transport, until a batch begins */
#define PL_LIMIT_ADDRESSES 64       /* addresses of one name, and of one side of an endpoint */
#define PL_LIMIT_HTTP_HEADERS 32768 /* bytes of status line and headers, with interim responses */
#define PL_LIMIT_HTTP_BODY 4096     /* bytes of the body that are read */
#define PL_LIMIT_TLS_BYTES 262144   /* bytes that one session may receive, with the TLS records */
#define PL_LIMIT_TLS_EMPTY 64       /* records of a session without data: tickets, key updates */
#define PL_LIMIT_TLS_CHAIN 10       /* certificates that a server sends */
#define PL_LIMIT_TLS_CHAIN_BYTES 65536  /* bytes of those certificates */
#define PL_LIMIT_TLS_RSA_BITS 8192      /* of the key of each */
#define PL_LIMIT_TLS_EC_BITS 521        /* likewise: P-521 */
#define PL_LIMIT_TLS_CHAINS 256         /* verified chains that one CA file's context remembers */
#define PL_LIMIT_TLS_CHAIN_HOSTS 131072 /* host names of all of them: two of each endpoint */
#define PL_LIMIT_ATTEMPTS 3             /* attempts at one public address that gives no answer */
#define PL_LIMIT_CONTROLS 4             /* targets of one control in a round */
#define PL_LIMIT_TARGETS (3 * PL_LIMIT_ADDRESSES + 5 * PL_LIMIT_CONTROLS) /* of one round */
#define PL_LIMIT_DNS_FACTS (6 * PL_LIMIT_RESOLVERS) /* two types over three transports */
#define PL_LIMIT_HOPS 12                            /* SYNs with a limited TTL to one address */
#define PL_LIMIT_POOL 24              /* public addresses of one endpoint that are remembered */
#define PL_LIMIT_WITNESS_RESULTS 16   /* probes of one witness that are kept */
#define PL_LIMIT_WITNESS_TARGETS 16   /* witness addresses of all names */
#define PL_LIMIT_HOSTS_FILE (1 << 20) /* bytes of /etc/hosts */

/* Memory. */
#define PL_LIMIT_MEMORY_FILE 16384        /* bytes of an endpoint's file of the state directory */
#define PL_LIMIT_SNAPSHOT_FILE (64 << 20) /* bytes of a discovery's file */

/* Evidence. */
#define PL_LIMIT_EVIDENCE_CASE (4 << 20) /* bytes of a recorded case */
#define PL_LIMIT_EVIDENCE_LINE (5 << 20) /* bytes of one with its verdict, also in the log */
#define PL_LIMIT_EVIDENCE_FILES 20000    /* files of a log: days */
#define PL_LIMIT_TIME_STAMP 65536        /* bytes of the response of a time-stamping authority */

/* EC2 API. */
#define PL_LIMIT_AWS_ID 64             /* characters of "vpce-…", "eni-…" and the like */
#define PL_LIMIT_AWS_CODE 64           /* characters of an error code */
#define PL_LIMIT_INTERFACES 32         /* network interfaces of one endpoint: one per zone */
#define PL_LIMIT_INTERFACE_ADDRESSES 8 /* addresses of one interface */
#define PL_LIMIT_DNS_ENTRIES 64        /* DNS entries of one endpoint */
#define PL_LIMIT_ASSOCIATIONS 128      /* resources of one endpoint */
#define PL_LIMIT_FURTHER (PL_LIMIT_DNS_ENTRIES + PL_LIMIT_ASSOCIATIONS) /* private names of one */
#define PL_LIMIT_PREFIXES 256          /* address prefixes of one endpoint: 16 resources each */
#define PL_LIMIT_RULES 512             /* inbound TCP rules of all its groups */
#define PL_LIMIT_VPC_CIDRS 32          /* address blocks of one VPC */
#define PL_LIMIT_AWS_ANSWER (32 << 20) /* bytes of one API answer, decoded */
#define PL_LIMIT_AWS_TAGS 50           /* tags of one endpoint: more than the API allows */
#define PL_LIMIT_AWS_PAGES 200         /* pages of one list, a thousand records each */
#define PL_LIMIT_AWS_FORM (1 << 20)    /* bytes of one request */
#define PL_LIMIT_AWS_RECORDS 200000 /* endpoints, interfaces or rules of one account and region */
#define PL_LIMIT_AWS_CREDENTIALS 65536 /* bytes of one answer that holds credentials */
#define PL_LIMIT_AWS_FILE (1 << 20)    /* bytes of a shared AWS file */
#define PL_LIMIT_AWS_ROLES 5           /* profiles in a chain of source_profile */
#define PL_LIMIT_XML_DEPTH 32          /* nested elements */
#define PL_LIMIT_XML_TEXT 65536        /* bytes of text of one element that are kept */

#define PL_LIMIT_AWS_FILTER 200  /* values of one filter */
#define PL_LIMIT_AWS_CONFIRM 20  /* missing endpoints that are requested by id after one list */
#define PL_LIMIT_AWS_SCOPES 1000 /* pairs of account and region of one discovery */
#define PL_LIMIT_AWS_THREADS 16  /* accounts and regions that are queried at the same time */
#define PL_LIMIT_AWS_EARLY 15    /* seconds between two early queries */

/* Output. */
#define PL_LIMIT_FOREIGN 96  /* bytes kept of any one string that came from the network */
#define PL_LIMIT_LOG 1024    /* bytes of one line of the log, as in collectd */
#define PL_LIMIT_TEXT 256    /* bytes of one finding's or summary's text */
#define PL_LIMIT_SUMMARY 512 /* bytes of a check's summary */
#define PL_LIMIT_FINDINGS 64 /* findings of one verdict; the worst are kept */
#define PL_LIMIT_METRICS 64  /* metrics of one verdict */
#define PL_LIMIT_OUTPUT 1000 /* bytes of text output at -v 0 */
#define PL_LIMIT_ZONES 16    /* availability zones of one endpoint */
#define PL_LIMIT_ZONE 31     /* characters of a zone's name */

#endif
