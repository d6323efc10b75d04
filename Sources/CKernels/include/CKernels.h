// Small kernels that Swift cannot express: hardware checksums, prefetching, hidden libc calls.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// CRC32C (Castagnoli) of `count` bytes, continued from `crc` (0 to start). SSE4.2 where the CPU has it.
uint32_t ktsdb_crc32c(uint32_t crc, const void *bytes, size_t count);
/// The same without special instructions: the reference in tests and the path on other CPUs.
uint32_t ktsdb_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

// Decoding of columns with AVX2 (columns.c). Widths, counts and positions were checked by the caller, so that all reads and
// writes below are within its memory; the bytes themselves may be any.
#if defined(__x86_64__)
/// Whether the CPU has what the kernels below need. None of them may be called otherwise.
int ktsdb_has_column_kernels(void);
/// out[i] = field i + base, for `count` fields of `width` bits (1 to 57), lowest bit first.
/// Writes up to 7 elements behind `count`, and reads up to 64 bytes from the first byte of the last group of 8 fields on.
void ktsdb_unpack(const void *packed, int32_t count, int32_t width, int64_t base, int64_t *out);
/// out[i] = value * divisor + remainder, as a double, divided by `scale`; the value is r[i] ...
void ktsdb_finish_plain(const int64_t *r, int32_t m, int64_t divisor, int64_t remainder, double scale, double *out);
/// ... or what is added up to there, from `first` on: m + 1 values ...
void ktsdb_finish_delta(const int64_t *r, int32_t m, int64_t first, int64_t divisor, int64_t remainder, double scale,
                        double *out);
/// ... or added up twice, `second` being the first step: m + 2 values ...
void ktsdb_finish_delta2(const int64_t *r, int32_t m, int64_t first, int64_t second, int64_t divisor,
                         int64_t remainder, double scale, double *out);
/// ... or the distance to a straight line: m values.
void ktsdb_finish_line(const int64_t *r, int32_t m, int64_t first, int64_t slope, int64_t divisor, int64_t remainder,
                       double scale, double *out);
/// Decodes two streams of `length` bytes into n0 and n1 numbers, by a table of 2048 entries: eight numbers each, and how many
/// of them count (upper half of a step) and bits they take (lower half, at least 1). Writes up to 48 bytes behind each output,
/// reads up to 8 bytes behind each stream. Returns 0 if a stream is too short.
int ktsdb_decode_symbols(const void *bytes0, int32_t length0, const void *bytes1, int32_t length1,
                         const uint64_t *outputs, const uint8_t *steps, int32_t n0, int32_t n1, int8_t *out0,
                         int8_t *out1);
/// out[i] = s[i] + centre. Reads and writes up to 3 elements behind.
void ktsdb_widen(const int8_t *s, int32_t n, int64_t centre, int64_t *out);
/// out[i] += s[i] << k; k is at most 57.
void ktsdb_add_shifted(const int8_t *s, int32_t n, int32_t k, int64_t *out);
/// out[i] += difference[i] where the sum is finite, else out[i] = difference[i].
void ktsdb_accumulate(const double *difference, int32_t n, double *out);
#endif

/// Hints that the cache line at `address` will be read soon.
static inline void ktsdb_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// fallocate(2), which the Glibc module hides. Returns 0 or -1 with errno set.
int ktsdb_fallocate(int descriptor, int mode, int64_t offset, int64_t length);

/// Advises the kernel on a mapping's use (madvise(2)).
void ktsdb_advise_random(void *address, size_t length);

/// Hands free heap pages back to the system (glibc malloc_trim); does nothing elsewhere.
void ktsdb_release_free_memory(void);

/// Lets threads share at most this many heaps (glibc M_ARENA_MAX); does nothing elsewhere.
void ktsdb_limit_heap_arenas(int count);
