#define _GNU_SOURCE
#include "CKernels.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Slicing-by-8 tables: table[k][b] is the checksum of byte b followed by k zero bytes.
static uint32_t table[8][256];

// What becomes of a checksum by LANE more zero bytes: lane_table[k][b] for byte k of it being b and the others zero.
#define LANE 640
static uint32_t lane_table[4][256];

static void fill_lane_table(void) {
    uint32_t bits[32];
    for (int bit = 0; bit < 32; bit++) {
        bits[bit] = 1u << bit;
        for (int n = 0; n < LANE; n++) bits[bit] = (bits[bit] >> 8) ^ table[0][bits[bit] & 255];
    }
    for (int k = 0; k < 4; k++)
        for (int byte = 0; byte < 256; byte++)
            for (int bit = 0; bit < 8; bit++)
                if (byte >> bit & 1) lane_table[k][byte] ^= bits[8 * k + bit];
}

__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0);
        table[0][byte] = crc;
    }
    for (int k = 1; k < 8; k++)
        for (int byte = 0; byte < 256; byte++)
            table[k][byte] = (table[k - 1][byte] >> 8) ^ table[0][table[k - 1][byte] & 255];
    fill_lane_table();
}

uint32_t ktsdb_crc32c_portable(uint32_t start, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    uint32_t crc = ~start;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word ^= crc;
        crc = table[7][word & 255] ^ table[6][word >> 8 & 255] ^ table[5][word >> 16 & 255] ^
              table[4][word >> 24 & 255] ^ table[3][word >> 32 & 255] ^ table[2][word >> 40 & 255] ^
              table[1][word >> 48 & 255] ^ table[0][word >> 56];
        p += 8;
        count -= 8;
    }
    while (count--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 255];
    return ~crc;
}

#if defined(__x86_64__)
static uint32_t over_lane(uint32_t crc) {
    return lane_table[0][crc & 255] ^ lane_table[1][crc >> 8 & 255] ^ lane_table[2][crc >> 16 & 255] ^
           lane_table[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t start, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    uint64_t crc = (uint32_t)~start;
    // An instruction takes three cycles but one can begin in each: three lanes next to each other are as fast as one.
    while (count >= 3 * LANE) {
        uint64_t second = 0, third = 0;
        for (int i = 0; i < LANE; i += 8) {
            uint64_t a, b, c;
            memcpy(&a, p + i, 8);
            memcpy(&b, p + LANE + i, 8);
            memcpy(&c, p + 2 * LANE + i, 8);
            crc = _mm_crc32_u64(crc, a);
            second = _mm_crc32_u64(second, b);
            third = _mm_crc32_u64(third, c);
        }
        crc = over_lane(over_lane((uint32_t)crc) ^ (uint32_t)second) ^ (uint32_t)third;
        p += 3 * LANE;
        count -= 3 * LANE;
    }
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        crc = _mm_crc32_u64(crc, word);
        p += 8;
        count -= 8;
    }
    while (count--) crc = _mm_crc32_u8((uint32_t)crc, *p++);
    return ~(uint32_t)crc;
}
#endif

uint32_t ktsdb_crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, bytes, count);
#endif
    return ktsdb_crc32c_portable(crc, bytes, count);
}

int ktsdb_fallocate(int descriptor, int mode, int64_t offset, int64_t length) {
#if defined(__linux__)
    return fallocate(descriptor, mode, offset, length);
#else
    (void)descriptor; (void)mode; (void)offset; (void)length;
    return 0;
#endif
}

void ktsdb_advise_random(void *address, size_t length) { madvise(address, length, MADV_RANDOM); }

void ktsdb_release_free_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void ktsdb_limit_heap_arenas(int count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#else
    (void)count;
#endif
}
