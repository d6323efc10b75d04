internal import Synchronization

/// The compiled form of a pattern, shared by all copies of a ``RegularExpression``.
final class CompiledExpression: Sendable {
    let captureNames: [String?]
    let plan: MatchPlan
    let facts: Facts
    /// nil for plain texts, which are parsed only if their program is needed.
    private let tree: SyntaxTree?
    private let pattern: String
    private let programReference = AtomicLazyReference<Compiled>()
    private let automatons = MachinePool<LazyAutomaton>()
    private let backtrackers = MachinePool<Backtracker>()
    private let captureMachines = MachinePool<CaptureMachine>()
    /// Whether this is the expression that searches another one's matches.
    private let isSearch: Bool
    private let searchReference = AtomicLazyReference<CompiledExpression>()

    /// The literals of the texts that match; see ``LiteralFacts``.
    struct Facts: Sendable {
        var set: [String]?
        var prefix, suffix, required: String

        init(_ literals: LiteralFacts) {
            func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
            set = literals.exact.map { $0.map(text) }
            (prefix, suffix, required) = (text(literals.prefix), text(literals.suffix), text(literals.required))
        }
    }

    private final class Compiled: Sendable {
        let program: Program
        init(_ program: Program) { self.program = program }
    }

    init(_ pattern: String, dotMatchesNewline: Bool) throws(RegularExpressionError) {
        self.pattern = pattern
        isSearch = false
        if let literals = LiteralFacts(plainTexts: pattern) {
            (tree, captureNames) = (nil, [nil])
            plan = MatchPlan(literals)
            facts = Facts(literals)
            return
        }
        var parser = PatternParser(pattern, dotMatchesNewline: dotMatchesNewline)
        try parser.parse()
        let literals = LiteralFacts(parser.tree, parser.tree.root)
        (tree, captureNames) = (parser.tree, parser.captureNames)
        plan = MatchPlan(parser.tree, literals)
        facts = Facts(literals)
    }

    /// Creates `(?s:.*?)(PATTERN)(?s:.*)`, whose last group is the first match of the pattern.
    private init(searching other: CompiledExpression) {
        var tree = other.tree ?? other.plainTree()
        let any = tree.add(.scalars(.all))
        let before = tree.add(.repetition(any, minimum: 0, maximum: nil, isGreedy: false, isCounted: false))
        let match = tree.add(.capture(tree.root, group: other.captureNames.count))
        let after = tree.add(.repetition(any, minimum: 0, maximum: nil, isGreedy: true, isCounted: false))
        tree.root = tree.add(.concatenation([before, match, after]))
        let literals = LiteralFacts(tree, tree.root)
        (self.tree, captureNames, pattern, isSearch) = (tree, other.captureNames + [nil], other.pattern, true)
        plan = MatchPlan(tree, literals)
        facts = Facts(literals)
    }

    /// The expression that searches for this one's matches, compiled when it is first needed.
    var search: CompiledExpression {
        searchReference.load() ?? searchReference.storeIfNil(CompiledExpression(searching: self))
    }

    /// Compiled when it is first needed: an index that looks values up does not need it.
    private var program: Program {
        if let compiled = programReference.load() { return compiled.program }
        return programReference.storeIfNil(Compiled(Program(tree ?? plainTree()))).program
    }

    private func plainTree() -> SyntaxTree {
        var parser = PatternParser(pattern, dotMatchesNewline: true)
        do throws(RegularExpressionError) {
            try parser.parse()
        } catch {
            preconditionFailure("A text without operators is a pattern.")
        }
        return parser.tree
    }

    func matchesWhole(_ bytes: Span<UInt8>) -> Bool {
        do throws(ReadError) { return try matchesWhole(bytes, limits: nil) } catch {
            preconditionFailure("Nothing ends a match that has no limits.")
        }
    }

    func matchesWhole(_ bytes: Span<UInt8>, limits: (any ReadLimits)?) throws(ReadError) -> Bool {
        switch plan {
        case .equal(let text):
            return MatchPlan.isEqual(bytes, text)
        case .affixes(let prefix, let gap, let suffix):
            return bytes.count >= prefix.count + gap + suffix.count
                && MatchPlan.hasText(bytes, prefix, at: 0)
                && MatchPlan.hasText(bytes, suffix, at: bytes.count - suffix.count)
        case .contains(let text, let before, let after):
            return MatchPlan.contains(bytes, text, from: before, to: bytes.count - after)
        case .automaton(let prefix, let suffix, let required):
            guard bytes.count >= max(prefix.count, suffix.count),
                MatchPlan.hasText(bytes, prefix, at: 0),
                MatchPlan.hasText(bytes, suffix, at: bytes.count - suffix.count),
                required.isEmpty || MatchPlan.contains(bytes, required, from: 0, to: bytes.count)
            else { return false }
            return try runAutomaton(bytes, prefix, limits)
        }
    }

    private func runAutomaton(
        _ bytes: Span<UInt8>, _ prefix: [UInt8], _ limits: (any ReadLimits)?
    ) throws(ReadError) -> Bool {
        let place = automatons.take()
        defer { automatons.giveBack(place) }
        if place.machine == nil { place.machine = LazyAutomaton(program, prefix: prefix) }
        let automaton = place.machine!
        if try automaton.matchesWhole(bytes, limits) { return true }
        // The automaton matches only well-formed text, so ill-formed bytes are replaced with U+FFFD.
        guard program.matchesReplacement, let repaired = UTF8Text.repaired(bytes) else { return false }
        return try automaton.matchesWhole(repaired.span, limits)
    }

    func captures(
        whole bytes: Span<UInt8>, limits: (any ReadLimits)?
    ) throws(ReadError) -> [Range<Int>?]? {
        guard try matchesWhole(bytes, limits: limits) else { return nil }
        if captureNames.count == 1 { return [0..<bytes.count] }
        guard let slots = try slots(bytes, from: 0, limits) else { return nil }
        var result: [Range<Int>?] = [0..<bytes.count]
        result.reserveCapacity(captureNames.count)
        for group in 1..<captureNames.count { result.append(Self.range(of: group, in: slots)) }
        return result
    }

    private static func range(of group: Int, in slots: [Int]) -> Range<Int>? {
        let start = slots[group * 2], end = slots[group * 2 + 1]
        return start >= 0 && end >= start ? start..<end : nil
    }

    /// Returns the ranges of the first match at or after `start` and of its groups. This is a search expression.
    func firstMatch(
        _ bytes: Span<UInt8>, from start: Int, limits: (any ReadLimits)?
    ) throws(ReadError) -> [Range<Int>?]? {
        // The automaton rejects most texts several times as fast. It knows nothing of the start.
        if start == 0 { guard try matchesWhole(bytes, limits: limits) else { return nil } }
        guard let slots = try slots(bytes, from: start, limits) else { return nil }
        let last = captureNames.count - 1
        var result = [Self.range(of: last, in: slots)]
        result.reserveCapacity(last)
        for group in 1..<last { result.append(Self.range(of: group, in: slots)) }
        return result
    }

    private func slots(
        _ bytes: Span<UInt8>, from start: Int, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [Int]? {
        let place = backtrackers.take()
        defer { backtrackers.giveBack(place) }
        if place.machine == nil {
            place.machine = Backtracker(program, groupCount: captureNames.count, isSearch: isSearch)
        }
        if place.machine!.canRun(on: bytes.count - start) { return place.machine!.captures(bytes, from: start) }
        return try slotsOfLongText(bytes, from: start, limits)
    }

    private func slotsOfLongText(
        _ bytes: Span<UInt8>, from start: Int, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [Int]? {
        let place = captureMachines.take()
        defer { captureMachines.giveBack(place) }
        if place.machine == nil {
            place.machine = CaptureMachine(program, groupCount: captureNames.count, isSearch: isSearch)
        }
        return try place.machine!.captures(bytes, from: start, limits)
    }
}
