/// The literal text in a pattern's matches: enough to match many patterns without an automaton, to look up values in an
/// index, and to reject most texts early.
///
/// Literals are case-sensitive and consist of whole scalars, without U+FFFD, which also represents ill-formed bytes.
struct LiteralFacts {
    /// The largest number of texts in ``exact``, and their largest total length in bytes.
    static let maximumTexts = 256, maximumBytes = 1 << 16

    /// All texts that match, in the pattern's order without duplicates; nil if they are not literals or too many.
    var exact: [[UInt8]]?
    /// The prefix of every match.
    var prefix: [UInt8] = []
    /// The suffix of every match.
    var suffix: [UInt8] = []
    /// The longest known string that every match contains.
    var required: [UInt8] = []

    /// Nothing is known.
    static let unknown = LiteralFacts()
    /// Only the empty text matches.
    static let empty = LiteralFacts(exact: [[]])

    private init() {}

    private init(exact texts: [[UInt8]]) {
        var seen: Set<[UInt8]> = []
        let texts = texts.filter { seen.insert($0).inserted }
        exact = texts
        guard let first = texts.first else { return }
        prefix = texts.reduce(first) { Self.commonPrefix($0, $1) }
        suffix = texts.reduce(first) { Self.commonSuffix($0, $1) }
        required = prefix.count >= suffix.count ? prefix : suffix
    }

    /// Creates the facts of plain texts such as `a` and `a|b`, the most frequent patterns of dashboards. nil if the
    /// pattern has any other operator, is not ASCII, or has too many texts.
    init?(plainTexts pattern: String) {
        let pattern = Array(pattern.utf8)
        let isPlain = pattern.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "?"),
                UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
                UInt8(ascii: "}"), UInt8(ascii: "^"), UInt8(ascii: "$"), 0x80...:
                false
            default: true
            }
        }
        guard isPlain, pattern.count <= Self.maximumBytes else { return nil }
        let texts = pattern.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false).map(Array.init)
        guard texts.count <= Self.maximumTexts else { return nil }
        self = LiteralFacts(exact: texts)
    }

    /// Creates the facts of a part of `tree`. If it begins at the start of the text (`atStart`), `^` is always true at
    /// its beginning; likewise `$` if it ends at the text's end.
    init(_ tree: SyntaxTree, _ node: SyntaxTree.NodeID, atStart: Bool = true, atEnd: Bool = true) {
        switch tree[node].kind {
        case .empty:
            self = .empty
        case .literal(let scalars, let foldsCase):
            self = foldsCase ? .unknown : Self.text(of: scalars)
        case .scalars(let set):
            // Larger sets would soon result in too many texts.
            guard set.count <= 64 else { return }
            var texts: [[UInt8]] = []
            for scalar in set.intervals.lazy.flatMap({ $0.low...$0.high }) {
                guard let exact = Self.text(of: [scalar]).exact else { return }
                texts += exact
            }
            self = LiteralFacts(exact: texts)
        case .assertion(let assertion):
            switch assertion {
            case .beginText, .beginLine: self = atStart ? .empty : .unknown
            case .endText, .endLine: self = atEnd ? .empty : .unknown
            case .wordBoundary, .noWordBoundary: self = .unknown
            }
        case .capture(let child, _):
            self = LiteralFacts(tree, child, atStart: atStart, atEnd: atEnd)
        case .concatenation(let children):
            let first = children.firstIndex { !tree.isAssertion($0) } ?? children.count
            let last = children.lastIndex { !tree.isAssertion($0) } ?? -1
            self = .empty
            for (index, child) in children.enumerated() {
                self = followed(
                    by: LiteralFacts(tree, child, atStart: atStart && index <= first, atEnd: atEnd && index >= last))
            }
        case .alternation(let children):
            self = Self.any(of: children.lazy.map { LiteralFacts(tree, $0, atStart: atStart, atEnd: atEnd) })
        case .repetition(let child, let minimum, let maximum, _, _):
            // An assertion in an inner copy is not at an end of the text.
            let isOnce = maximum == 1
            let once = LiteralFacts(tree, child, atStart: atStart && isOnce, atEnd: atEnd && isOnce)
            if maximum == 0 {
                self = .empty
            } else if minimum == 0 {
                self = isOnce ? Self.any(of: [once, .empty]) : .unknown
            } else {
                // More copies than these add no facts.
                self = once
                for _ in 1..<max(1, min(minimum, 64)) { self = followed(by: once) }
                if minimum > 64 || maximum != minimum { exact = nil }
            }
        }
    }

    /// Returns the facts of one text. Nothing is known of scalars that text cannot contain, or that ill-formed bytes
    /// count as.
    private static func text(of scalars: [UInt32]) -> LiteralFacts {
        var facts = LiteralFacts.empty
        var run: [UInt8] = []
        for scalar in scalars {
            if scalar != ScalarSet.replacement, let scalar = Unicode.Scalar(scalar) {
                run.append(contentsOf: UTF8.encode(scalar)!)
            } else {
                facts = facts.followed(by: LiteralFacts(exact: [run])).followed(by: .unknown)
                run = []
            }
        }
        return facts.followed(by: LiteralFacts(exact: [run]))
    }

    /// Returns the facts of a text that consists of a part with these facts and one with those of `other`.
    private func followed(by other: LiteralFacts) -> LiteralFacts {
        var result = LiteralFacts()
        if let exact, let more = other.exact, Self.fits(exact, more) {
            // Fast in the usual case, one literal after another.
            return LiteralFacts(exact: exact.flatMap { text in more.map { text + $0 } })
        }
        result.prefix = exact?.count == 1 ? exact![0] + other.prefix : prefix
        result.suffix = other.exact?.count == 1 ? suffix + other.exact![0] : other.suffix
        for candidate in [required, other.required, suffix + other.prefix]
        where candidate.count > result.required.count {
            result.required = candidate
        }
        return result
    }

    /// Whether the concatenations of all pairs are few and short enough.
    private static func fits(_ left: [[UInt8]], _ right: [[UInt8]]) -> Bool {
        guard left.count * right.count <= maximumTexts else { return false }
        let leftBytes = left.reduce(0) { $0 + $1.count }, rightBytes = right.reduce(0) { $0 + $1.count }
        return leftBytes * right.count + rightBytes * left.count <= maximumBytes
    }

    /// Returns the facts of a text that has those of one of the alternatives.
    private static func any(of alternatives: some Sequence<LiteralFacts>) -> LiteralFacts {
        var result: LiteralFacts?
        /// All texts of the alternatives so far; nil if they are not literals or too many.
        var texts: [[UInt8]]? = []
        var bytes = 0
        for facts in alternatives {
            if let exact = facts.exact, let count = texts?.count, count + exact.count <= maximumTexts {
                bytes += exact.reduce(0) { $0 + $1.count }
                texts! += exact
            } else {
                texts = nil
            }
            if bytes > maximumBytes { texts = nil }
            let prefix = commonPrefix(result?.prefix ?? facts.prefix, facts.prefix)
            let suffix = commonSuffix(result?.suffix ?? facts.suffix, facts.suffix)
            if texts == nil, prefix.isEmpty, suffix.isEmpty { return .unknown }
            result = result ?? .unknown
            result!.prefix = prefix
            result!.suffix = suffix
        }
        if let texts { return LiteralFacts(exact: texts) }
        guard var result else { return .unknown }
        result.required = result.prefix.count >= result.suffix.count ? result.prefix : result.suffix
        return result
    }

    private static func commonPrefix(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var count = 0
        while count < left.count, count < right.count, left[count] == right[count] { count += 1 }
        // A scalar is not divided.
        while count > 0, count < left.count, left[count] & 0xC0 == 0x80 { count -= 1 }
        return Array(left.prefix(count))
    }

    private static func commonSuffix(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var count = 0
        while count < left.count, count < right.count, left[left.count - 1 - count] == right[right.count - 1 - count] {
            count += 1
        }
        while count > 0, left[left.count - count] & 0xC0 == 0x80 { count -= 1 }
        return Array(left.suffix(count))
    }
}

extension SyntaxTree {
    fileprivate func isAssertion(_ node: NodeID) -> Bool {
        if case .assertion = self[node].kind { true } else { false }
    }
}
