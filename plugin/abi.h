/* Whether the daemon that loads the plugin has the interface that the plugin was compiled for. Main
 * thread, before anything else is registered.
 */
#ifndef PL_PLUGIN_ABI_H
#define PL_PLUGIN_ABI_H

/* Why the plugin cannot run in this daemon; NULL if it can. Static. */
const char *pl_abi_problem(void);

#endif
