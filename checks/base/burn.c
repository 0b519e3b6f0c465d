/* Wiping what no variable holds: the stack below the caller, and vector registers. */
#include "base/file.h"
#include <string.h>

#define STACK_BURNT 32768 /* bytes: deeper than what reads a secret goes */

#define FROM_16_TO_31(X)                                                                           \
  X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
#define UP_TO_15(X)                                                                                \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

#if defined(__x86_64__)

/* The compiler itself uses none above 15 here, so only those are named as changed. */
#define CHANGED                                                                                    \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",         \
      "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#define CLEAR_SSE(n) "pxor %%xmm" #n ", %%xmm" #n "\n\t"
#define CLEAR_AVX512(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"

static void clear_vectors(void) {
  if (__builtin_cpu_supports("avx512f"))
    __asm__ volatile("vzeroall\n\t" FROM_16_TO_31(CLEAR_AVX512)::: CHANGED);
  else if (__builtin_cpu_supports("avx"))
    __asm__ volatile("vzeroall" ::: CHANGED);
  else
    __asm__ volatile(UP_TO_15(CLEAR_SSE)::: CHANGED);
}

#elif defined(__aarch64__)

#define CLEAR(n) "movi v" #n ".2d, #0\n\t"
#define CHANGED                                                                                    \
  "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",   \
      "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",   \
      "v28", "v29", "v30", "v31"

static void clear_vectors(void) {
  __asm__ volatile(UP_TO_15(CLEAR) FROM_16_TO_31(CLEAR)::: CHANGED);
}

#else

static void clear_vectors(void) {}

#endif

/* The registers last: wiping the stack leaves nothing in them but zeros, and only in some. */
void pl_secret_burn(void) {
  char room[STACK_BURNT];
  explicit_bzero(room, sizeof(room));
  clear_vectors();
}
