/// A pattern as instructions of a nondeterministic automaton (Thompson's construction), with one for each character or
/// set.
///
/// ``LazyAutomaton`` builds a deterministic automaton over bytes from it. ``Backtracker`` and ``CaptureMachine`` run it
/// scalar by scalar to find captures.
struct Program: Sendable {
    /// An instruction. The meaning of `next` and `operand` depends on the operation.
    struct Instruction: BitwiseCopyable, Sendable {
        enum Operation: UInt8, BitwiseCopyable, Sendable {
            /// The end of the pattern.
            case match
            /// Consumes one scalar in the set with the index `operand`.
            case scalars
            /// Continues at `next` or, with less preference, at `operand`.
            case split
            /// A `split` after which any text matches.
            case splitToAnyText
            /// Saves the position in the slot `operand`.
            case save
            /// Continues if the assertion with the raw value `operand` holds.
            case assertion
        }
        var operation: Operation
        var next: UInt32 = 0
        var operand: UInt32 = 0

        /// The assertion of an instruction with that operation.
        var assertion: Assertion { Assertion(rawValue: UInt8(operand))! }
    }

    private(set) var instructions: [Instruction] = [Instruction(operation: .match)]
    /// The sets that instructions refer to, each with its node in ``automaton``.
    private(set) var sets: [(scalars: ScalarSet, root: UInt32)] = []
    private(set) var automaton = UTF8Automaton()
    /// The index of the first instruction.
    private(set) var start: UInt32 = 0
    /// Whether some set contains U+FFFD, so that ill-formed text can match.
    private(set) var matchesReplacement = false
    private(set) var hasLineAssertions = false
    private(set) var hasWordAssertions = false

    private var setNumbers: [ScalarSet: UInt32] = [:]
    private var numberOfScalar: [UInt32: UInt32] = [:]

    /// Compiles a tree. Recursion is as deep as the tree, which the parser limits.
    init(_ tree: SyntaxTree) {
        start = compile(tree, tree.root, next: 0)
        setNumbers = [:]
        numberOfScalar = [:]
    }

    /// Adds the instructions of `node`, which continue at `next`, and returns the index of the first.
    private mutating func compile(_ tree: SyntaxTree, _ node: SyntaxTree.NodeID, next: UInt32) -> UInt32 {
        switch tree[node].kind {
        case .empty:
            return next
        case .literal(let scalars, let foldsCase):
            return scalars.reversed().reduce(next) { next, scalar in
                add(.init(operation: .scalars, next: next, operand: number(of: scalar, foldsCase: foldsCase)))
            }
        case .scalars(let set):
            return add(.init(operation: .scalars, next: next, operand: number(of: set)))
        case .assertion(let assertion):
            switch assertion {
            case .beginText, .endText: break
            case .beginLine, .endLine: hasLineAssertions = true
            case .wordBoundary, .noWordBoundary: hasWordAssertions = true
            }
            return add(.init(operation: .assertion, next: next, operand: UInt32(assertion.rawValue)))
        case .concatenation(let children):
            return children.reversed().reduce(next) { next, child in compile(tree, child, next: next) }
        case .alternation(let children):
            let starts = children.map { compile(tree, $0, next: next) }
            return starts.dropLast().reversed().reduce(starts.last!) { rest, first in
                add(.init(operation: .split, next: first, operand: rest))
            }
        case .capture(let child, let group):
            let end = add(.init(operation: .save, next: next, operand: UInt32(group * 2 + 1)))
            let body = compile(tree, child, next: end)
            return add(.init(operation: .save, next: body, operand: UInt32(group * 2)))
        case .repetition(let child, let minimum, let maximum, let isGreedy, _):
            return compileRepetition(tree, child, minimum, maximum, isGreedy: isGreedy, next: next)
        }
    }

    private mutating func compileRepetition(
        _ tree: SyntaxTree, _ child: SyntaxTree.NodeID, _ minimum: Int, _ maximum: Int?, isGreedy: Bool, next: UInt32
    ) -> UInt32 {
        // Repeating the empty pattern is the empty pattern. Otherwise x{0,1000} of it would become a thousand splits.
        if case .empty = tree[child].kind { return next }
        var start = next
        var copies = minimum
        if let maximum {
            // x{2,5} is xx(x(x(x)?)?)?
            for _ in minimum..<maximum {
                start = addSplit(compile(tree, child, next: start), else: next, isGreedy: isGreedy)
            }
        } else if minimum > 0 {
            start = compileLoop(tree, child, isGreedy: isGreedy, next: next).body
            copies -= 1
        } else if tree[child].isNullable {
            // (x+)? rather than x*: with x*, a body that can match the empty text would be preferred wrongly.
            let body = compileLoop(tree, child, isGreedy: isGreedy, next: next).body
            start = addSplit(body, else: next, isGreedy: isGreedy)
        } else {
            start = compileLoop(tree, child, isGreedy: isGreedy, next: next).split
        }
        for _ in 0..<copies { start = compile(tree, child, next: start) }
        return start
    }

    /// Adds a body and the split after it that leads back. Entered at the body it is `x+`, at the split `x*`.
    private mutating func compileLoop(
        _ tree: SyntaxTree, _ child: SyntaxTree.NodeID, isGreedy: Bool, next: UInt32
    ) -> (body: UInt32, split: UInt32) {
        let split = add(.init(operation: .split))
        let body = compile(tree, child, next: split)
        var instruction = Instruction(operation: .split, next: body, operand: next)
        if !isGreedy { swap(&instruction.next, &instruction.operand) }
        if case .scalars(.all) = tree[child].kind, leadsToEnd(next) { instruction.operation = .splitToAnyText }
        instructions[Int(split)] = instruction
        return (body, split)
    }

    /// Whether the program from `instruction` on always matches at the end of a text.
    private func leadsToEnd(_ instruction: UInt32) -> Bool {
        var position = instructions[Int(instruction)]
        while true {
            switch position.operation {
            case .match: return true
            case .save: break
            case .assertion:
                guard [.endText, .endLine].contains(position.assertion) else { return false }
            default: return false
            }
            position = instructions[Int(position.next)]
        }
    }

    private mutating func addSplit(_ body: UInt32, else next: UInt32, isGreedy: Bool) -> UInt32 {
        add(.init(operation: .split, next: isGreedy ? body : next, operand: isGreedy ? next : body))
    }

    private mutating func add(_ instruction: Instruction) -> UInt32 {
        instructions.append(instruction)
        return UInt32(instructions.count - 1)
    }

    private mutating func number(of scalar: UInt32, foldsCase: Bool) -> UInt32 {
        if foldsCase { return number(of: ScalarSet(scalar: scalar).folded) }
        if let number = numberOfScalar[scalar] { return number }
        let number = number(of: ScalarSet(scalar: scalar))
        numberOfScalar[scalar] = number
        return number
    }

    private mutating func number(of set: ScalarSet) -> UInt32 {
        if let number = setNumbers[set] { return number }
        sets.append((set, automaton.root(of: set)))
        if set.contains(ScalarSet.replacement) { matchesReplacement = true }
        setNumbers[set] = UInt32(sets.count - 1)
        return UInt32(sets.count - 1)
    }
}
