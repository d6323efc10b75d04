// AVX2 kernels of column decoding. Each one has a twin in Swift (KTSDBEngine/Column/PortableKernels.swift) that gives the
// same bits for all inputs; tests compare the two.
#include "CKernels.h"
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF
#define AVX2 __attribute__((target("avx2,bmi2")))
#define INLINE static inline __attribute__((always_inline))
// A loop that handles four values does little work, so four of its rounds share one increment and one comparison.
#define UNROLLED _Pragma("clang loop unroll_count(4)")
// At most three values are left, too few for vectors.
#define REST _Pragma("clang loop vectorize(disable) unroll(disable)")

int ktsdb_has_column_kernels(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"); }

// ---- Fields of one width -------------------------------------------------------------------------------------------
// Eight fields of w bits are w bytes, so the byte and bit offsets repeat for each group of eight. Two fields span at most
// 2 * 57 + 7 = 121 bits and fit into one 128-bit lane: one unaligned load of 16 bytes for each pair, a byte shuffle that
// spreads it over the two halves of the lane, a variable shift.
AVX2 void ktsdb_unpack(const void *packed, int32_t count, int32_t width, int64_t base, int64_t *out) {
    const uint8_t *p = packed;
    int start[4];
    uint8_t shuffle[4][16];
    uint64_t shift[4][2];
    for (int pair = 0; pair < 4; pair++) {
        int bit = pair * 2 * width, next = bit + width;
        start[pair] = bit >> 3;
        int gap = (next >> 3) - start[pair];
        for (int b = 0; b < 8; b++) {
            shuffle[pair][b] = (uint8_t)b;
            shuffle[pair][8 + b] = gap + b < 16 ? (uint8_t)(gap + b) : 0x80;
        }
        shift[pair][0] = (uint64_t)(bit & 7);
        shift[pair][1] = (uint64_t)(next & 7);
    }
    const __m256i shuffle0 = _mm256_loadu_si256((const void *)shuffle[0]);
    const __m256i shuffle1 = _mm256_loadu_si256((const void *)shuffle[2]);
    const __m256i shift0 = _mm256_loadu_si256((const void *)shift[0]);
    const __m256i shift1 = _mm256_loadu_si256((const void *)shift[2]);
    const __m256i mask = _mm256_set1_epi64x((int64_t)((1ull << width) - 1));
    const __m256i bases = _mm256_set1_epi64x(base);
    const int s0 = start[0], s1 = start[1], s2 = start[2], s3 = start[3];
    for (int i = 0; i < count; i += 8, p += width) {
        __m256i x = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const void *)(p + s0))),
                                            _mm_loadu_si128((const void *)(p + s1)), 1);
        __m256i y = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const void *)(p + s2))),
                                            _mm_loadu_si128((const void *)(p + s3)), 1);
        x = _mm256_and_si256(_mm256_srlv_epi64(_mm256_shuffle_epi8(x, shuffle0), shift0), mask);
        y = _mm256_and_si256(_mm256_srlv_epi64(_mm256_shuffle_epi8(y, shuffle1), shift1), mask);
        _mm256_storeu_si256((void *)(out + i), _mm256_add_epi64(x, bases));
        _mm256_storeu_si256((void *)(out + i + 4), _mm256_add_epi64(y, bases));
    }
}

// ---- From residuals to doubles -------------------------------------------------------------------------------------
// For |value| < 2^51 an integer becomes a double by an addition to the bits of 1.5 * 2^52 and a subtraction; AVX2 has no
// conversion. Other integers do not occur in what a writer wrote; they give the same bits here and in Swift.
#define MAGIC_BITS 0x4338000000000000ll
#define MAGIC 6755399441055744.0

typedef struct {
    int64_t divisor, remainder;
    double scale;
    int is_multiplied, is_scaled;
} conversion;

INLINE AVX2 __m256i sums4(__m256i x) {
    x = _mm256_add_epi64(x, _mm256_slli_si256(x, 8));   // a, a + b | c, c + d
    __m256i low = _mm256_permute4x64_epi64(x, 0x50);    // a, a | a + b, a + b
    return _mm256_add_epi64(x, _mm256_blend_epi32(_mm256_setzero_si256(), low, 0xf0));
}

INLINE AVX2 __m256i last4(__m256i x) { return _mm256_permute4x64_epi64(x, 0xff); }

INLINE AVX2 __m256i multiply4(__m256i a, __m256i b) {
    __m256i cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), b),
                                     _mm256_mul_epu32(a, _mm256_srli_epi64(b, 32)));
    return _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_slli_epi64(cross, 32));
}

// What is added to the integers before `convert`: those bits, unless integers are multiplied first. Sums carry it along.
INLINE uint64_t bias(const conversion c) { return c.is_multiplied ? 0 : (uint64_t)MAGIC_BITS; }

INLINE AVX2 __m256d convert4(__m256i biased, const conversion c) {
    if (c.is_multiplied)
        biased = _mm256_add_epi64(multiply4(biased, _mm256_set1_epi64x(c.divisor)),
                                  _mm256_set1_epi64x((int64_t)((uint64_t)c.remainder + MAGIC_BITS)));
    __m256d d = _mm256_sub_pd(_mm256_castsi256_pd(biased), _mm256_set1_pd(MAGIC));
    return c.is_scaled ? _mm256_div_pd(d, _mm256_set1_pd(c.scale)) : d;
}

INLINE double convert1(uint64_t biased, const conversion c) {
    if (c.is_multiplied) biased = biased * (uint64_t)c.divisor + (uint64_t)c.remainder + MAGIC_BITS;
    double d;
    memcpy(&d, &biased, 8);
    d -= MAGIC;
    return c.is_scaled ? d / c.scale : d;
}

INLINE AVX2 __m256i load4(const int64_t *p) { return _mm256_loadu_si256((const void *)p); }

INLINE AVX2 void plain_body(const int64_t *r, int32_t m, const conversion c, double *out) {
    const __m256i biases = _mm256_set1_epi64x((int64_t)bias(c));
    int i = 0;
    UNROLLED
    for (; i + 4 <= m; i += 4) _mm256_storeu_pd(out + i, convert4(_mm256_add_epi64(load4(r + i), biases), c));
    REST
    for (; i < m; i++) out[i] = convert1((uint64_t)r[i] + bias(c), c);
}

INLINE AVX2 void delta_body(const int64_t *r, int32_t m, int64_t first, const conversion c, double *out) {
    uint64_t v = (uint64_t)first + bias(c);
    *out++ = convert1(v, c);
    __m256i carry = _mm256_set1_epi64x((int64_t)v);
    int i = 0;
    UNROLLED
    for (; i + 4 <= m; i += 4) {
        __m256i x = sums4(load4(r + i));
        __m256i values = _mm256_add_epi64(x, carry);
        carry = _mm256_add_epi64(carry, last4(x));      // all that one round waits for from the one before
        _mm256_storeu_pd(out + i, convert4(values, c));
    }
    v = (uint64_t)_mm256_extract_epi64(carry, 0);
    REST
    for (; i < m; i++) out[i] = convert1(v += (uint64_t)r[i], c);
}

INLINE AVX2 void delta2_body(const int64_t *r, int32_t m, int64_t first, int64_t second, const conversion c, double *out) {
    uint64_t v = (uint64_t)first + bias(c), step = (uint64_t)second;
    *out++ = convert1(v, c);
    *out++ = convert1(v += step, c);
    __m256i steps = _mm256_set1_epi64x(second), carry = _mm256_set1_epi64x((int64_t)v);
    int i = 0;
    UNROLLED
    for (; i + 4 <= m; i += 4) {
        __m256i x = sums4(load4(r + i));
        __m256i y = sums4(_mm256_add_epi64(x, steps));
        steps = _mm256_add_epi64(steps, last4(x));
        __m256i values = _mm256_add_epi64(y, carry);
        carry = _mm256_add_epi64(carry, last4(y));
        _mm256_storeu_pd(out + i, convert4(values, c));
    }
    step = (uint64_t)_mm256_extract_epi64(steps, 0);
    v = (uint64_t)_mm256_extract_epi64(carry, 0);
    REST
    for (; i < m; i++) out[i] = convert1(v += step += (uint64_t)r[i], c);
}

INLINE AVX2 void line_body(const int64_t *r, int32_t m, int64_t first, int64_t slope, const conversion c, double *out) {
    uint64_t f = (uint64_t)first + bias(c), s = (uint64_t)slope;
    __m256i base = _mm256_set_epi64x((int64_t)(f + 3 * s), (int64_t)(f + 2 * s), (int64_t)(f + s), (int64_t)f);
    const __m256i step = _mm256_set1_epi64x((int64_t)(4 * s));
    int i = 0;
    UNROLLED
    for (; i + 4 <= m; i += 4) {
        _mm256_storeu_pd(out + i, convert4(_mm256_add_epi64(load4(r + i), base), c));
        base = _mm256_add_epi64(base, step);
    }
    REST
    for (; i < m; i++) out[i] = convert1(f + (uint64_t)i * s + (uint64_t)r[i], c);
}

// One loop for each transform and each way to convert.
#define FINISH(NAME)                                                                                                   \
    conversion c = {divisor, remainder, scale, 0, 0};                                                                  \
    if (divisor == 1 && remainder == 0) {                                                                              \
        if (scale == 1) { NAME; } else { c.is_scaled = 1; NAME; }                                                      \
    } else {                                                                                                           \
        c.is_multiplied = 1;                                                                                           \
        if (scale == 1) { NAME; } else { c.is_scaled = 1; NAME; }                                                      \
    }

AVX2 void ktsdb_finish_plain(const int64_t *r, int32_t m, int64_t divisor, int64_t remainder, double scale, double *out) {
    FINISH(plain_body(r, m, c, out))
}
AVX2 void ktsdb_finish_delta(const int64_t *r, int32_t m, int64_t first, int64_t divisor, int64_t remainder, double scale,
                             double *out) {
    FINISH(delta_body(r, m, first, c, out))
}
AVX2 void ktsdb_finish_delta2(const int64_t *r, int32_t m, int64_t first, int64_t second, int64_t divisor,
                              int64_t remainder, double scale, double *out) {
    FINISH(delta2_body(r, m, first, second, c, out))
}
AVX2 void ktsdb_finish_line(const int64_t *r, int32_t m, int64_t first, int64_t slope, int64_t divisor, int64_t remainder,
                            double scale, double *out) {
    FINISH(line_body(r, m, first, slope, c, out))
}

// ---- Prefix codes --------------------------------------------------------------------------------------------------
typedef struct {
    const uint8_t *bytes;
    uint64_t bit, end;
    int8_t *out;
} stream;

INLINE AVX2 void look_up(stream *s, const uint64_t *outputs, const uint8_t *steps) {
    uint64_t window;
    memcpy(&window, s->bytes + (s->bit >> 3), 8);
    window >>= s->bit & 7;
    uint64_t used = 0;
    int8_t *out = s->out;
#pragma clang loop unroll(full)
    for (int k = 0; k < 5; k++) {       // 5 * 11 of the 57 valid bits
        uint64_t i = window & 2047, step = steps[i];
        memcpy(out, &outputs[i], 8);
        out += step >> 4;
        window >>= step & 15;
        used += step & 15;
    }
    s->out = out;
    s->bit += used;
}

AVX2 int ktsdb_decode_symbols(const void *bytes0, int32_t length0, const void *bytes1, int32_t length1,
                              const uint64_t *outputs, const uint8_t *steps, int32_t n0, int32_t n1, int8_t *out0,
                              int8_t *out1) {
    stream a = {bytes0, 0, (uint64_t)length0 * 8, out0}, b = {bytes1, 0, (uint64_t)length1 * 8, out1};
    int8_t *end0 = out0 + n0, *end1 = out1 + n1;
    while (a.out < end0 && b.out < end1 && a.bit < a.end && b.bit < b.end) {
        look_up(&a, outputs, steps);
        look_up(&b, outputs, steps);
    }
    while (a.out < end0 && a.bit < a.end) look_up(&a, outputs, steps);
    while (b.out < end1 && b.bit < b.end) look_up(&b, outputs, steps);
    return a.out >= end0 && b.out >= end1;
}

INLINE AVX2 __m256i widen4(const int8_t *s) {
    int32_t x;
    memcpy(&x, s, 4);
    return _mm256_cvtepi8_epi64(_mm_cvtsi32_si128(x));
}

AVX2 void ktsdb_widen(const int8_t *s, int32_t n, int64_t centre, int64_t *out) {
    const __m256i c = _mm256_set1_epi64x(centre);
    UNROLLED
    for (int i = 0; i < n; i += 4) _mm256_storeu_si256((void *)(out + i), _mm256_add_epi64(widen4(s + i), c));
}

AVX2 void ktsdb_add_shifted(const int8_t *s, int32_t n, int32_t k, int64_t *out) {
    const __m128i shift = _mm_cvtsi32_si128(k);
    int i = 0;
    UNROLLED
    for (; i + 4 <= n; i += 4)
        _mm256_storeu_si256((void *)(out + i),
                            _mm256_add_epi64(load4(out + i), _mm256_sll_epi64(widen4(s + i), shift)));
    REST
    for (; i < n; i++) out[i] = (int64_t)((uint64_t)out[i] + ((uint64_t)(int64_t)s[i] << k));
}

// ---- Histogram families --------------------------------------------------------------------------------------------
AVX2 void ktsdb_accumulate(const double *difference, int32_t n, double *out) {
    int i = 0;
    UNROLLED
    for (; i + 4 <= n; i += 4) {
        __m256d d = _mm256_loadu_pd(difference + i), sum = _mm256_add_pd(_mm256_loadu_pd(out + i), d);
        __m256d rest = _mm256_sub_pd(sum, sum);         // zero unless the sum is not finite
        __m256d is_finite = _mm256_cmp_pd(rest, rest, _CMP_ORD_Q);
        _mm256_storeu_pd(out + i, _mm256_blendv_pd(d, sum, is_finite));
    }
    REST
    for (; i < n; i++) {
        double sum = out[i] + difference[i], rest = sum - sum;
        out[i] = rest == rest ? sum : difference[i];
    }
}
#endif
