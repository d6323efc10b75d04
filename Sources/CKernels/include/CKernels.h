// Small kernels that Swift cannot express: hardware checksums, prefetching, hidden libc calls.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// CRC32C (Castagnoli) of `count` bytes, continued from `crc` (0 to start). SSE4.2 where the CPU has it.
uint32_t ktsdb_crc32c(uint32_t crc, const void *bytes, size_t count);
/// The same without special instructions: the reference in tests and the path on other CPUs.
uint32_t ktsdb_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// Hints that the cache line at `address` will be read soon.
static inline void ktsdb_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// fallocate(2), which the Glibc module hides. Returns 0 or -1 with errno set.
int ktsdb_fallocate(int descriptor, int mode, int64_t offset, int64_t length);

/// memmem(3), which the Glibc module hides.
const void *ktsdb_memmem(const void *haystack, size_t haystack_count, const void *needle, size_t needle_count);

/// Advises the kernel on a mapping's use (madvise(2)).
void ktsdb_advise_random(void *address, size_t length);

/// Hands free heap pages back to the system (glibc malloc_trim); does nothing elsewhere.
void ktsdb_release_free_memory(void);
