private import CLibrary

/// How a pattern is matched: by comparing bytes if it is simple enough, otherwise by an automaton.
enum MatchPlan: Sendable {
    /// Exactly this text.
    case equal([UInt8])
    /// `prefix.*suffix` with at least `gap` scalars (0 or 1) in between. Also the plan of `.*` and `.+`.
    case affixes(prefix: [UInt8], gap: Int, suffix: [UInt8])
    /// `.*literal.*` with at least `before` and `after` scalars (0 or 1) around the literal.
    case contains([UInt8], before: Int, after: Int)
    /// Anything else. Texts without these literals are rejected before the automaton runs.
    case automaton(prefix: [UInt8], suffix: [UInt8], required: [UInt8])

    /// Creates the plan of a pattern of plain texts.
    init(_ facts: LiteralFacts) {
        if let exact = facts.exact, exact.count == 1 { self = .equal(exact[0]) } else { self = .automaton(facts) }
    }

    init(_ tree: SyntaxTree, _ facts: LiteralFacts) {
        if let exact = facts.exact, exact.count == 1 {
            self = .equal(exact[0])
            return
        }
        let parts: [Part?] = Self.parts(of: tree)
        guard parts.count <= 3 else {
            self = .automaton(facts)
            return
        }
        let padded = parts + Array(repeating: nil, count: 3 - parts.count)
        switch (padded[0], padded[1], padded[2]) {
        case (.anyText(let gap), nil, nil): self = .affixes(prefix: [], gap: gap, suffix: [])
        case (.literal(let prefix), .anyText(let gap), nil): self = .affixes(prefix: prefix, gap: gap, suffix: [])
        case (.anyText(let gap), .literal(let suffix), nil): self = .affixes(prefix: [], gap: gap, suffix: suffix)
        case (.literal(let prefix), .anyText(let gap), .literal(let suffix)):
            self = .affixes(prefix: prefix, gap: gap, suffix: suffix)
        case (.anyText(let before), .literal(let literal), .anyText(let after)):
            self = .contains(literal, before: before, after: after)
        default: self = .automaton(facts)
        }
    }

    private static func automaton(_ facts: LiteralFacts) -> MatchPlan {
        // Searching for an inner literal pays only if nothing at the ends rejects the text.
        let hasAffix = !facts.prefix.isEmpty || !facts.suffix.isEmpty
        return .automaton(
            prefix: facts.prefix, suffix: facts.suffix,
            required: hasAffix || facts.required.count < 3 ? [] : facts.required)
    }

    /// A part of the sequence that makes up a pattern.
    private enum Part: Equatable {
        case literal([UInt8])
        /// `.*` or, with a minimum of 1, `.+`, including newlines.
        case anyText(minimum: Int)
        case other
    }

    /// Returns the parts in order, without groups, and without anchors at the ends, where they are always true.
    private static func parts(of tree: SyntaxTree) -> [Part] {
        var nodes = flattened(tree, tree.root)
        while case .assertion(.beginText)? = nodes.first.map({ tree[$0].kind }) { nodes.removeFirst() }
        while case .assertion(.endText)? = nodes.last.map({ tree[$0].kind }) { nodes.removeLast() }
        var parts: [Part] = []
        for node in nodes.prefix(8) {
            let facts = LiteralFacts(tree, node, atStart: false, atEnd: false)
            if let exact = facts.exact, exact.count == 1 {
                if case .literal(let text)? = parts.last {
                    parts[parts.count - 1] = .literal(text + exact[0])
                } else {
                    parts.append(.literal(exact[0]))
                }
            } else if case .repetition(let child, let minimum, nil, _, _) = tree[node].kind, minimum <= 1,
                case .scalars(.all) = tree[child].kind
            {
                parts.append(.anyText(minimum: minimum))
            } else {
                return [.other]
            }
        }
        return nodes.count > 8 ? [.other] : parts
    }

    /// Returns the nodes of the sequence at `node`.
    private static func flattened(_ tree: SyntaxTree, _ node: SyntaxTree.NodeID) -> [SyntaxTree.NodeID] {
        switch tree[node].kind {
        case .empty: []
        case .concatenation(let children): children.flatMap { flattened(tree, $0) }
        case .capture(let child, _): flattened(tree, child)
        default: [node]
        }
    }

    // MARK: Comparing bytes

    /// Whether `bytes` equal `text`.
    static func isEqual(_ bytes: Span<UInt8>, _ text: [UInt8]) -> Bool {
        bytes.count == text.count && hasText(bytes, text, at: 0)
    }

    /// Whether `text` is in `bytes` at `offset`, where it must fit.
    static func hasText(_ bytes: Span<UInt8>, _ text: [UInt8], at offset: Int) -> Bool {
        precondition(offset >= 0 && text.count <= bytes.count - offset, "The text must fit.")
        return bytes.extracting(offset..<(offset + text.count)).isEqual(to: text.span)
    }

    /// Whether `bytes` contain `text` between `start` and `end`.
    ///
    /// Searches eight places at once for the text's first and last byte, and compares the text where both match.
    static func contains(_ bytes: Span<UInt8>, _ text: [UInt8], from start: Int, to end: Int) -> Bool {
        precondition(start >= 0 && end <= bytes.count, "The search must stay within the bytes.")
        guard end - start >= text.count else { return false }
        guard let first = text.first, let last = text.last else { return true }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let firsts = UInt64(first) &* ones, lasts = UInt64(last) &* ones
        let lastPlace = end - text.count
        let raw = bytes.rawBytes
        var place = start
        while place &+ 7 <= lastPlace {
            let head = raw.load(littleEndian: UInt64.self, at: place) ^ firsts
            let tail = raw.load(littleEndian: UInt64.self, at: place &+ text.count &- 1)
            let differences = head | (tail ^ lasts)
            // Sets the highest bit of each byte that is zero. It may also set that of a byte above, which the
            // comparison rejects.
            var candidates = (differences &- ones) & ~differences & (ones &<< 7)
            while candidates != 0 {
                if hasText(bytes, text, at: place &+ UInt64(littleEndian: candidates).trailingZeroBitCount &>> 3) {
                    return true
                }
                candidates &= candidates &- 1
            }
            place &+= 8
        }
        while place <= lastPlace {
            if bytes[place] == first, hasText(bytes, text, at: place) { return true }
            place &+= 1
        }
        return false
    }
}
