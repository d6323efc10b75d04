/// What a pattern was compiled to, shared by all copies of a ``RegularExpression``.
final class CompiledExpression: Sendable {
    let captureNames: [String?]
    let plan: MatchPlan
    let facts: Facts
    private let program: Program
    private let automatons = MachinePool<LazyAutomaton>()
    private let backtrackers = MachinePool<Backtracker>()
    private let captureMachines = MachinePool<CaptureMachine>()

    /// What is known of the texts that match; see ``LiteralFacts``.
    struct Facts: Sendable {
        var set: [String]?
        var prefix, suffix, required: String
    }

    init(_ pattern: String, dotMatchesNewline: Bool) throws(RegularExpressionError) {
        var parser = PatternParser(pattern, dotMatchesNewline: dotMatchesNewline)
        try parser.parse()
        let literals = LiteralFacts(parser.tree, parser.tree.root)
        captureNames = parser.captureNames
        plan = MatchPlan(parser.tree, literals)
        program = Program(parser.tree)
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        facts = Facts(
            set: literals.exact.map { $0.map(text) }, prefix: text(literals.prefix), suffix: text(literals.suffix),
            required: text(literals.required))
    }

    func matchesWhole(_ bytes: Span<UInt8>) -> Bool {
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
            return runAutomaton(bytes, prefix)
        }
    }

    private func runAutomaton(_ bytes: Span<UInt8>, _ prefix: [UInt8]) -> Bool {
        let place = automatons.take()
        defer { automatons.giveBack(place) }
        if place.machine == nil { place.machine = LazyAutomaton(program, prefix: prefix) }
        let automaton = place.machine!
        if automaton.matchesWhole(bytes) { return true }
        // The automaton knows well-formed text only. Where the text is not, put in what its bad bytes count as.
        guard program.matchesReplacement, let repaired = UTF8Text.repaired(bytes) else { return false }
        return automaton.matchesWhole(repaired.span)
    }

    func captures(whole bytes: Span<UInt8>) -> [Range<Int>?]? {
        guard matchesWhole(bytes) else { return nil }
        if captureNames.count == 1 { return [0..<bytes.count] }
        guard let slots = slots(bytes) else { return nil }
        var result: [Range<Int>?] = [0..<bytes.count]
        result.reserveCapacity(captureNames.count)
        for group in 1..<captureNames.count {
            let start = slots[group * 2], end = slots[group * 2 + 1]
            result.append(start >= 0 && end >= start ? start..<end : nil)
        }
        return result
    }

    private func slots(_ bytes: Span<UInt8>) -> [Int]? {
        let place = backtrackers.take()
        defer { backtrackers.giveBack(place) }
        if place.machine == nil { place.machine = Backtracker(program, groupCount: captureNames.count) }
        if place.machine!.canRun(on: bytes.count) { return place.machine!.captures(bytes) }
        return slotsOfLongText(bytes)
    }

    private func slotsOfLongText(_ bytes: Span<UInt8>) -> [Int]? {
        let place = captureMachines.take()
        defer { captureMachines.giveBack(place) }
        if place.machine == nil { place.machine = CaptureMachine(program, groupCount: captureNames.count) }
        return place.machine!.captures(bytes)
    }
}
