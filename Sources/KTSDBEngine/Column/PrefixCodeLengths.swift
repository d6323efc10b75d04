/// The code lengths of the prefix codes, by number: FORMAT.md, section 7, "Prefix codes".
///
/// One hexadecimal digit a symbol, symbol 0 first; 0 if the symbol has no code. A code keeps its number for ever. The
/// first codes were made for normal distributions of several widths and centres, the next ones for two-sided and
/// one-sided exponential distributions, the last ones for runs of zeros.
enum PrefixCodeLengths {
    static let all: InlineArray<42, UInt64> = [
        0x1236_6666_6777_7000, 0x1326_6666_6777_7000, 0x1244_6666_6667_7000, 0x1235_5777_7777_7000,
        0x1234_7777_7778_8000, 0x1327_4777_7778_8000, 0x1234_5888_8888_8000, 0x1234_5788_8889_9000,
        0x1325_4878_8889_9000, 0x1234_5689_9999_9000, 0x1234_5679_9aaa_a000, 0x1325_4769_9aaa_a000,
        0x2223_4567_8aaa_a000, 0x2224_3658_7aaa_a000, 0x2223_4567_999a_a000, 0x2223_4567_89ab_b000,
        0x2224_3658_7a9b_b000, 0x2233_3456_789a_a000, 0x2333_3444_5678_8000, 0x2233_4445_6789_9000,
        0x2324_3446_5879_9000, 0x3333_3344_4567_7000, 0x3333_3434_4657_7000, 0x3333_3344_5556_6000,
        0x1234_5778_8999_9000, 0x1234_5678_9bbb_b000, 0x1334_4556_6678_8000, 0x2233_4455_6667_7000,
        0x2333_3445_5666_6000, 0x1293_9495_9698_9000, 0x1293_94a5_a6a7_a000, 0x2234_4667_789a_a347,
        0x2263_7496_97a9_a337, 0x2334_4567_89ab_b334, 0x2253_75a6_a8ba_b335, 0x2263_95a7_a9ba_b334,
        0x2334_5778_8999_9333, 0x2264_95a7_a9ba_b333, 0x3334_5778_8999_9332, 0x3264_95a7_a9ba_b332,
        0x3445_6889_9aaa_a341, 0x3385_96a8_a9ab_b341,
    ]
}
