import KTSDBTesting

/// Damages the texts of queries, the same way for the same seed.
struct QueryMutator {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Returns one of the texts with up to four changes.
    mutating func mutated(_ texts: [String]) -> String {
        var bytes = Array(random.pick(texts).utf8)
        for _ in 0...random.below(3) where !bytes.isEmpty {
            let index = random.below(bytes.count)
            switch random.below(7) {
            case 0: bytes.remove(at: index)
            case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.insert(random.pick("()[]{},\"`=~!<>|+-*/%^#. \n0a_xm\\".utf8), at: index)
            case 3: bytes.insert(contentsOf: " \(random.pick(Self.words)) ".utf8, at: index)
            case 4: bytes.insert(contentsOf: bytes[index...].prefix(1 + random.below(20)), at: index)
            case 5: bytes.insert(contentsOf: random.pick(texts).utf8.suffix(random.below(40)), at: index)
            default: bytes.removeSubrange(index..<min(bytes.count, index + 1 + random.below(8)))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let words = [
        "sum", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "unwrap", "(", ")",
        "[",
        "]", "[5m]", "[1d12h]", "{", "}", ",", "=", "=~", "!=", "!~", "|=", "|~", "|>", "!>", "==", ">=", "and", "or",
        "unless", "json", "logfmt", "--strict", "--keep-empty", "regexp", "pattern", "unpack", "decolorize", "drop",
        "keep", "line_format", "label_format", "ip(", "bytes(", "duration(", "rate(", "count_over_time(", "topk(3,",
        "quantile_over_time(0.9,", "label_replace(", "vector(1)", "1", "5m", "-1.5h", "20KB", "1.5MiB", "0x1p3", "1e",
        "\"s\"", "`r`", "\"\\xff\"", "x", "값", "{a=\"b\"}", "| x > 5", "# c\n", "/*", "//",
    ]
}
