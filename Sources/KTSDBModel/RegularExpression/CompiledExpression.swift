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
        guard let slots = try slots(bytes, limits) else { return nil }
        var result: [Range<Int>?] = [0..<bytes.count]
        result.reserveCapacity(captureNames.count)
        for group in 1..<captureNames.count {
            let start = slots[group * 2], end = slots[group * 2 + 1]
            result.append(start >= 0 && end >= start ? start..<end : nil)
        }
        return result
    }

    private func slots(_ bytes: Span<UInt8>, _ limits: (any ReadLimits)?) throws(ReadError) -> [Int]? {
        let place = backtrackers.take()
        defer { backtrackers.giveBack(place) }
        if place.machine == nil { place.machine = Backtracker(program, groupCount: captureNames.count) }
        if place.machine!.canRun(on: bytes.count) { return place.machine!.captures(bytes) }
        return try slotsOfLongText(bytes, limits)
    }

    private func slotsOfLongText(
        _ bytes: Span<UInt8>, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [Int]? {
        let place = captureMachines.take()
        defer { captureMachines.giveBack(place) }
        if place.machine == nil { place.machine = CaptureMachine(program, groupCount: captureNames.count) }
        return try place.machine!.captures(bytes, limits)
    }
}
