/// Reads a pattern in RE2's syntax, with Go's flags `Perl`: all extensions, and `^` and `$` only at the ends of the
/// text.
///
/// Rejected patterns, messages and fragments are those of Go's package `regexp/syntax`, because users search for these
/// messages.
struct PatternParser {
    /// The settings that `(?imsU)` changes.
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let foldCase = Flags(rawValue: 1)
        static let multipleLines = Flags(rawValue: 2)
        static let dotMatchesNewline = Flags(rawValue: 4)
        static let ungreedy = Flags(rawValue: 8)
    }

    /// Limits as in Go: levels of nesting, copies by counted repetition, instructions, and bounds in classes.
    static let maximumHeight = 1000, maximumCopies = 1000
    static let maximumSize = (128 << 20) / 40, maximumClassBounds = (128 << 20) / 4

    /// The contents of a group, as far as read.
    private struct Group {
        /// The flags to restore at the closing parenthesis.
        var outerFlags: Flags
        /// The number of the capturing group, or nil.
        var capture: Int?
        var alternatives: [SyntaxTree.NodeID] = []
        /// The parts of the current alternative.
        var sequence: [SyntaxTree.NodeID] = []
    }

    let bytes: [UInt8]
    var position = 0
    var flags: Flags
    private(set) var tree = SyntaxTree()
    /// The names of the capturing groups; nil for the whole match and for unnamed groups.
    private(set) var captureNames: [String?] = [nil]
    private var groups: [Group]
    private var classBounds = 0

    init(_ pattern: String, dotMatchesNewline: Bool) {
        bytes = Array(pattern.utf8)
        flags = dotMatchesNewline ? .dotMatchesNewline : []
        groups = [Group(outerFlags: flags, capture: nil)]
    }

    /// Reads the whole pattern into ``tree``.
    mutating func parse() throws(RegularExpressionError) {
        /// The position of the repetition operator just read: two in a row are an error.
        var lastRepetition: Int?
        while position < bytes.count {
            let start = position
            var repetition: Int?
            switch bytes[position] {
            case UInt8(ascii: "("): try openGroup()
            case UInt8(ascii: "|"):
                position += 1
                try endAlternative()
            case UInt8(ascii: ")"):
                position += 1
                try closeGroup()
            case UInt8(ascii: "^"):
                position += 1
                try append(.assertion(flags.contains(.multipleLines) ? .beginLine : .beginText))
            case UInt8(ascii: "$"):
                position += 1
                try append(.assertion(flags.contains(.multipleLines) ? .endLine : .endText))
            case UInt8(ascii: "."):
                position += 1
                try append(.scalars(flags.contains(.dotMatchesNewline) ? .all : Self.allButNewline))
            case UInt8(ascii: "["): try append(scalars: parseClass())
            case UInt8(ascii: "*"):
                position += 1
                try appendRepetition(0, nil, isCounted: false, from: start, after: lastRepetition)
                repetition = start
            case UInt8(ascii: "+"):
                position += 1
                try appendRepetition(1, nil, isCounted: false, from: start, after: lastRepetition)
                repetition = start
            case UInt8(ascii: "?"):
                position += 1
                try appendRepetition(0, 1, isCounted: false, from: start, after: lastRepetition)
                repetition = start
            case UInt8(ascii: "{"):
                if let count = try parseCount() {
                    try appendRepetition(
                        count.minimum, count.maximum, isCounted: true, from: start, after: lastRepetition)
                    repetition = start
                } else {
                    position += 1
                    try append(literal: UInt32(UInt8(ascii: "{")))
                }
            case UInt8(ascii: "\\"): try appendEscape()
            default: try append(literal: nextCodePoint())
            }
            lastRepetition = repetition
        }
        try endAlternative()
        guard groups.count == 1 else { throw error("missing closing )", 0..<bytes.count) }
        tree.root = try alternation(groups[0].alternatives)
    }

    // MARK: Sequences and alternatives

    private static let allButNewline = ScalarSet(scalar: 0x0A).inverted

    private mutating func append(_ kind: SyntaxTree.Kind) throws(RegularExpressionError) {
        groups[groups.count - 1].sequence.append(try add(kind))
    }

    private mutating func append(scalars: ScalarSet) throws(RegularExpressionError) {
        classBounds += scalars.intervals.count * 2
        if let scalar = scalars.onlyScalar {
            try append(.literal([scalar], foldsCase: false))
        } else {
            try append(.scalars(scalars))
        }
    }

    mutating func append(literal scalar: UInt32) throws(RegularExpressionError) {
        let foldsCase = flags.contains(.foldCase) && CaseFolding.variants(of: scalar).count > 1
        try append(.literal([scalar], foldsCase: foldsCase))
    }

    mutating func append(assertion: Assertion) throws(RegularExpressionError) { try append(.assertion(assertion)) }
    mutating func append(class scalars: ScalarSet) throws(RegularExpressionError) { try append(scalars: scalars) }

    /// Adds a node and checks the limits.
    private mutating func add(_ kind: SyntaxTree.Kind) throws(RegularExpressionError) -> SyntaxTree.NodeID {
        let node = tree.add(kind)
        if tree[node].height > Self.maximumHeight { throw error("expression nests too deeply", 0..<bytes.count) }
        if tree[node].size > Self.maximumSize || classBounds > Self.maximumClassBounds {
            throw error("expression too large", 0..<bytes.count)
        }
        return node
    }

    private mutating func endAlternative() throws(RegularExpressionError) {
        let sequence = groups[groups.count - 1].sequence
        groups[groups.count - 1].sequence = []
        groups[groups.count - 1].alternatives.append(try concatenation(sequence))
    }

    /// Joins the parts of a sequence: flattens it and merges adjacent literals.
    private mutating func concatenation(_ parts: [SyntaxTree.NodeID]) throws(RegularExpressionError)
        -> SyntaxTree.NodeID
    {
        var flat: [SyntaxTree.NodeID] = []
        for part in parts {
            switch tree[part].kind {
            case .concatenation(let children): flat += children
            case .empty: break
            default: flat.append(part)
            }
        }
        var joined: [SyntaxTree.NodeID] = []
        var index = 0
        while index < flat.count {
            guard case .literal(var scalars, let foldsCase) = tree[flat[index]].kind else {
                joined.append(flat[index])
                index += 1
                continue
            }
            let first = index
            index += 1
            while index < flat.count, case .literal(let more, foldsCase) = tree[flat[index]].kind {
                scalars += more
                index += 1
            }
            joined.append(index == first + 1 ? flat[first] : try add(.literal(scalars, foldsCase: foldsCase)))
        }
        switch joined.count {
        case 0: return try add(.empty)
        case 1: return joined[0]
        default: return try add(.concatenation(joined))
        }
    }

    private mutating func alternation(_ parts: [SyntaxTree.NodeID]) throws(RegularExpressionError) -> SyntaxTree.NodeID
    {
        guard parts.count > 1 else { return parts[0] }
        var flat: [SyntaxTree.NodeID] = []
        for part in parts {
            if case .alternation(let children) = tree[part].kind { flat += children } else { flat.append(part) }
        }
        return try add(.alternation(flat))
    }

    // MARK: Groups

    private mutating func openGroup() throws(RegularExpressionError) {
        guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "?") else {
            position += 1
            return pushCapture(named: nil)
        }
        switch bytes[(position + 2)...].prefix(2) {
        case let prefix where prefix.elementsEqual("P<".utf8) && bytes.count - position > 4:
            try openNamedGroup(nameAt: 4)
        case let prefix where prefix.first == UInt8(ascii: "<") && bytes.count - position > 3:
            try openNamedGroup(nameAt: 3)
        default: try changeFlags()
        }
    }

    private mutating func pushCapture(named name: String?) {
        captureNames.append(name)
        groups.append(Group(outerFlags: flags, capture: captureNames.count - 1))
    }

    private mutating func openNamedGroup(nameAt offset: Int) throws(RegularExpressionError) {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ">")) else {
            throw error("invalid named capture", position..<bytes.count)
        }
        let name = bytes[(position + offset)..<end]
        guard !name.isEmpty, name.allSatisfy({ Self.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }) else {
            throw error("invalid named capture", position..<(end + 1))
        }
        position = end + 1
        pushCapture(named: String(decoding: name, as: UTF8.self))
    }

    /// Reads `(?flags)`, which changes the flags until the end of the group, or `(?flags:`, which opens a group.
    private mutating func changeFlags() throws(RegularExpressionError) {
        let start = position
        position += 2
        var on = flags
        var isNegative = false
        var sawFlag = false
        func change(_ flag: Flags) {
            if isNegative { on.remove(flag) } else { on.insert(flag) }
            sawFlag = true
        }
        loop: while position < bytes.count {
            switch nextScalar() {
            case "i": change(.foldCase)
            case "m": change(.multipleLines)
            case "s": change(.dotMatchesNewline)
            case "U": change(.ungreedy)
            case "-":
                if isNegative { break loop }
                isNegative = true
                sawFlag = false
            case ":":
                if isNegative, !sawFlag { break loop }
                groups.append(Group(outerFlags: flags, capture: nil))
                flags = on
                return
            case ")":
                if isNegative, !sawFlag { break loop }
                flags = on
                return
            default: break loop
            }
        }
        throw error("invalid or unsupported Perl syntax", start..<position)
    }

    private mutating func closeGroup() throws(RegularExpressionError) {
        guard groups.count > 1 else { throw error("unexpected )", 0..<bytes.count) }
        try endAlternative()
        let group = groups.removeLast()
        flags = group.outerFlags
        var node = try alternation(group.alternatives)
        if let capture = group.capture { node = try add(.capture(node, group: capture)) }
        groups[groups.count - 1].sequence.append(node)
    }

    // MARK: Repetitions

    private mutating func appendRepetition(
        _ minimum: Int, _ maximum: Int?, isCounted: Bool, from start: Int, after lastRepetition: Int?
    ) throws(RegularExpressionError) {
        var isGreedy = !flags.contains(.ungreedy)
        if position < bytes.count, bytes[position] == UInt8(ascii: "?") {
            position += 1
            isGreedy.toggle()
        }
        if let lastRepetition { throw error("invalid nested repetition operator", lastRepetition..<position) }
        guard let operand = groups[groups.count - 1].sequence.popLast() else {
            throw error("missing argument to repetition operator", start..<position)
        }
        let node = try add(
            .repetition(operand, minimum: minimum, maximum: maximum, isGreedy: isGreedy, isCounted: isCounted))
        if isCounted, max(minimum, maximum ?? 0) >= 2, tree[node].copies > Self.maximumCopies {
            throw error("invalid repeat count", start..<position)
        }
        groups[groups.count - 1].sequence.append(node)
    }

    /// Reads `{2}`, `{2,}` or `{2,3}`; returns nil if the brace is a literal.
    private mutating func parseCount() throws(RegularExpressionError) -> (minimum: Int, maximum: Int?)? {
        let start = position
        var end = position + 1
        guard let minimum = parseNumber(&end), end < bytes.count else { return nil }
        var maximum: Int? = minimum
        if bytes[end] == UInt8(ascii: ",") {
            end += 1
            guard end < bytes.count else { return nil }
            if bytes[end] == UInt8(ascii: "}") {
                maximum = nil
            } else {
                guard let number = parseNumber(&end) else { return nil }
                maximum = number
            }
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
        end += 1
        guard max(minimum, maximum ?? 0) <= Self.maximumCopies, minimum <= maximum ?? minimum else {
            throw error("invalid repeat count", start..<end)
        }
        position = end
        return (minimum, maximum)
    }

    /// Reads decimal digits without a leading zero. Numbers are capped at 1,000,000,000, above all limits.
    private func parseNumber(_ position: inout Int) -> Int? {
        let start = position
        var number = 0
        while position < bytes.count, Self.isDigit(bytes[position]) {
            number = min(number * 10 + Int(bytes[position] - UInt8(ascii: "0")), 1_000_000_000)
            position += 1
        }
        guard position > start, position == start + 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        return number
    }

    // MARK: Bytes

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }

    /// Reads the scalar at the position. The bytes are well-formed, and the position is never inside a scalar.
    mutating func nextScalar() -> Unicode.Scalar {
        var iterator = bytes[position...].makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else {
            preconditionFailure("A String's UTF-8 is well-formed.")
        }
        position += UTF8.width(scalar)
        return scalar
    }

    mutating func nextCodePoint() -> UInt32 { nextScalar().value }

    func error(_ message: String, _ range: Range<Int>) -> RegularExpressionError {
        RegularExpressionError(message: message, fragment: String(decoding: bytes[range], as: UTF8.self))
    }
}
