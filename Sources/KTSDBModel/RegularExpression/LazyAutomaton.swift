/// A deterministic automaton over the bytes of UTF-8 that decides whether a whole text matches. It builds states when
/// they are first needed.
///
/// A byte costs one table lookup if the state exists, and otherwise at most one pass over the program: time is linear
/// in the text for any pattern. The table is dropped when it reaches its limit.
///
/// A state is the set of instructions that wait for the next byte, each with its position in a scalar's encoding. All
/// of them are at the same position of the same scalar, so a state has an instruction at most once. Assertions also
/// wait, until the byte after them is known; the byte before them is the state's context.
final class LazyAutomaton {
    /// What precedes a position, as far as the program's assertions depend on it.
    private enum Context: UInt64 {
        case other, beginText, newline, word

        /// A byte that is equivalent for assertions.
        var byte: UInt8? {
            switch self {
            case .beginText: nil
            case .newline: UInt8(ascii: "\n")
            case .word: UInt8(ascii: "w")
            case .other: UInt8(ascii: " ")
            }
        }
    }

    /// What follows a position.
    private enum Lookahead {
        case unknown
        /// A byte, or nil for the end of the text.
        case known(UInt8?)
    }

    /// With more classes, entries for pairs would leave room for only a few states.
    private static let maximumPairedClasses = 32

    /// A state is identified by the offset of its row in the table. The first three rows are special values; one
    /// comparison with the third detects everything that leaves the inner loop.
    private static let dead = 0
    private var universal: UInt32 { stride }
    private var unknown: UInt32 { stride * 2 }

    private let program: Program
    /// The length of a row: an entry for each class of bytes; then 1 if the text may end here, otherwise 0; then, if
    /// there are not too many, an entry for each pair of classes. Each step waits for the memory access of the previous
    /// one, so two bytes per step take half the time.
    private let stride: UInt32
    /// The column of each byte in a row. Bytes that no set distinguishes share one.
    private let columns: FixedArray<UInt8>
    /// The first column of the pairs that begin with each byte.
    private let pairColumns: FixedArray<UInt16>
    private let acceptColumn: Int
    private let hasPairs: Bool
    private var table: Column<UInt32>
    /// The key of each state: the context, then its elements in ascending order. An element has an instruction in its
    /// upper half, and the node in the program's UTF-8 automaton in its lower half.
    private var keys: [[UInt64]] = []
    private var stateOfKey: [[UInt64]: UInt32] = [:]
    private var keyElements = 0
    /// The prefix of all texts that are matched. The start state is the one after it.
    private let prefix: ArraySlice<UInt8>
    private var startState: UInt32 = 0
    private let limit: Int
    /// How often the table was dropped.
    private var drops = 0

    // Scratch memory of a transition.
    private var elements: [UInt64] = []
    private var waiting: [UInt64] = []
    private var stack: [UInt32] = []
    private var visit: UInt32 = 0
    private var lastVisit: [UInt32]
    private var foundMatch = false
    private var foundAnyText = false

    /// - Parameters:
    ///   - program: the pattern.
    ///   - prefix: the prefix of all texts that will be matched; only its first 64 bytes are used.
    ///   - limit: the number of table entries and of elements of states at which both are dropped.
    init(_ program: Program, prefix: [UInt8], limit: Int = 1 << 19) {
        self.program = program
        self.prefix = prefix.prefix(64)
        self.limit = limit
        let (map, count) = Self.byteClasses(of: program)
        acceptColumn = count
        hasPairs = count <= Self.maximumPairedClasses
        stride = UInt32(count + 1 + (hasPairs ? count * count : 0))
        var columns = FixedArray<UInt8>(repeating: 0, count: 256)
        var pairColumns = FixedArray<UInt16>(repeating: 0, count: 256)
        for byte in 0..<256 {
            columns[byte] = map[byte]
            if hasPairs { pairColumns[byte] = UInt16(count + 1 + Int(map[byte]) * count) }
        }
        self.columns = columns
        self.pairColumns = pairColumns
        table = Column(capacity: Int(stride) * 8)
        lastVisit = Array(repeating: 0, count: program.instructions.count)
        drop()
    }

    /// Whether all of `bytes` matches, which must begin with the prefix. Ill-formed text does not match, unless the
    /// match was decided before it. `limits` are checked when states are built.
    func matchesWhole(_ bytes: Span<UInt8>, _ limits: (any ReadLimits)? = nil) throws(ReadError) -> Bool {
        var pace = Pace(limits)
        if startState == unknown { enterStart() }
        var state = Int(startState)
        var index = prefix.count
        while state > unknown {
            try pace.step(4 + program.instructions.count / 2)
            let next = run(from: &state, table, columns, pairColumns, bytes, &index)
            if next > unknown { return table[state + acceptColumn] != 0 }
            if hasPairs, index &+ 1 < bytes.count {
                state = next == unknown ? pairSuccessor(of: state, on: bytes[index], bytes[index + 1]) : next
                index &+= 2
            } else {
                state = next == unknown ? Int(successor(of: UInt32(state), on: bytes[index])) : next
                index &+= 1
            }
        }
        return state == universal
    }

    /// Follows the table as far as possible. Returns the entry for `state` at `index`, which is a state only at the end
    /// of the text.
    @inline(__always)
    private func run(
        from state: inout Int, _ table: borrowing Column<UInt32>, _ columns: borrowing FixedArray<UInt8>,
        _ pairColumns: borrowing FixedArray<UInt16>, _ bytes: Span<UInt8>, _ index: inout Int
    ) -> Int {
        let unknown = Int(unknown)
        let table = table.span, columns = columns.span, pairColumns = pairColumns.span
        var next = state
        if hasPairs {
            while index &+ 1 < bytes.count {
                let column = Int(pairColumns[Int(bytes[index])]) &+ Int(columns[Int(bytes[index &+ 1])])
                next = Int(table[state &+ column])
                if next <= unknown { return next }
                state = next
                index &+= 2
            }
        }
        while index < bytes.count {
            next = Int(table[state &+ Int(columns[Int(bytes[index])])])
            if next <= unknown { return next }
            state = next
            index &+= 1
        }
        return next
    }

    // MARK: States

    /// Drops all states.
    private func drop() {
        keys.removeAll(keepingCapacity: true)
        stateOfKey.removeAll(keepingCapacity: true)
        keyElements = 0
        for _ in 0..<3 { keys.append([]) }
        // The first three rows are special values.
        table.removeAll()
        table.append(repeating: 0, count: Int(stride) * 3)
        startState = unknown
        drops += 1
    }

    /// Computes the state after the prefix.
    private func enterStart() {
        beginTransition()
        follow(program.start, .beginText, .unknown)
        startState = state(.beginText)
        for byte in prefix where startState > unknown {
            startState = successor(of: startState, on: byte, mayDrop: false)
        }
    }

    /// Computes the successor of `state` on `byte`, and stores it in the table.
    @inline(never)
    private func successor(of state: UInt32, on byte: UInt8, mayDrop: Bool = true) -> UInt32 {
        let key = keys[Int(state / stride)]
        resolve(key, .known(byte))
        swap(&waiting, &elements)
        let anyText = foundAnyText
        beginTransition()
        let context = context(after: byte)
        if anyText { foundAnyText = true }
        for element in waiting where !foundAnyText {
            let instruction = program.instructions[Int(element >> 32)]
            guard instruction.operation == .scalars,
                let target = program.automaton.step(from: UInt32(truncatingIfNeeded: element), on: byte)
            else { continue }
            if target == UTF8Automaton.accept {
                follow(instruction.next, context, .unknown)
            } else {
                elements.append((element & ~0xFFFF_FFFF) | UInt64(target))
            }
        }
        if mayDrop, !foundAnyText, keys.count * Int(stride) >= limit || keyElements >= limit {
            // Too many states. The returned one is the first of the new table.
            drop()
            return self.state(context)
        }
        let next = self.state(context)
        table[Int(state) + Int(columns[Int(byte)])] = next
        return next
    }

    /// Computes the successor of `state` on two bytes, and stores it in the table.
    @inline(never)
    private func pairSuccessor(of state: Int, on first: UInt8, _ second: UInt8) -> Int {
        let drops = drops
        let middle = step(from: UInt32(state), on: first)
        let next = middle > unknown ? step(from: middle, on: second) : middle
        // The row is still that of `state` if the table was not dropped.
        if drops == self.drops { table[state + Int(pairColumns[Int(first)]) + Int(columns[Int(second)])] = next }
        return Int(next)
    }

    private func step(from state: UInt32, on byte: UInt8) -> UInt32 {
        let next = table[Int(state) + Int(columns[Int(byte)])]
        return next == unknown ? successor(of: state, on: byte) : next
    }

    /// Returns the state with the current elements, and adds it if it is new.
    private func state(_ context: Context) -> UInt32 {
        if foundAnyText { return universal }
        if elements.isEmpty { return UInt32(Self.dead) }
        elements.sort()
        var key = [context.rawValue]
        key += elements
        if let state = stateOfKey[key] { return state }
        let state = UInt32(keys.count) * stride
        keys.append(key)
        keyElements += key.count
        stateOfKey[key] = state
        resolve(key, .known(nil))
        addRow(at: Int(state), isAccepting: foundMatch)
        return state
    }

    private func addRow(at state: Int, isAccepting: Bool) {
        table.truncate(to: state)
        table.append(repeating: unknown, count: Int(stride))
        table[state + acceptColumn] = isAccepting ? 1 : 0
    }

    // MARK: Following the program

    private func beginTransition() {
        elements.removeAll(keepingCapacity: true)
        foundMatch = false
        foundAnyText = false
        visit &+= 1
        if visit == 0 {
            for index in lastVisit.indices { lastVisit[index] = 0 }
            visit = 1
        }
    }

    /// Collects the elements of a state, and resolves its assertions by what follows.
    private func resolve(_ key: [UInt64], _ lookahead: Lookahead) {
        beginTransition()
        let context = Context(rawValue: key[0])!
        for element in key.dropFirst() {
            let index = UInt32(truncatingIfNeeded: element >> 32)
            if program.instructions[Int(index)].operation == .scalars {
                // No assertion waits inside a scalar, so nothing else can lead to this instruction.
                if lastVisit[Int(index)] != visit {
                    lastVisit[Int(index)] = visit
                    elements.append(element)
                }
            } else {
                follow(index, context, lookahead)
            }
        }
    }

    /// Adds all instructions reachable from `start` without consuming a byte to the elements.
    private func follow(_ start: UInt32, _ context: Context, _ lookahead: Lookahead) {
        stack.append(start)
        while let index = stack.popLast() {
            if lastVisit[Int(index)] == visit { continue }
            lastVisit[Int(index)] = visit
            let instruction = program.instructions[Int(index)]
            switch instruction.operation {
            case .match:
                foundMatch = true
                elements.append(UInt64(index) << 32)
            case .scalars:
                elements.append(UInt64(index) << 32 | UInt64(program.sets[Int(instruction.operand)].root))
            case .split:
                stack.append(instruction.operand)
                stack.append(instruction.next)
            case .splitToAnyText:
                foundAnyText = true
                foundMatch = true
                stack.removeAll(keepingCapacity: true)
            case .save:
                stack.append(instruction.next)
            case .assertion:
                switch lookahead {
                case .unknown: elements.append(UInt64(index) << 32)
                case .known(let next):
                    if instruction.assertion.holds(after: context.byte, before: next) { stack.append(instruction.next) }
                }
            }
        }
    }

    private func context(after byte: UInt8) -> Context {
        if program.hasLineAssertions, byte == UInt8(ascii: "\n") { return .newline }
        if program.hasWordAssertions, Assertion.isWord(byte) { return .word }
        return .other
    }

    /// Numbers the classes of bytes that no set and no assertion of the program distinguishes.
    private static func byteClasses(of program: Program) -> (map: [UInt8], count: Int) {
        var begins = Array(repeating: false, count: 257)
        func mark(_ low: UInt8, _ high: UInt8) {
            begins[Int(low)] = true
            begins[Int(high) + 1] = true
        }
        for transition in program.automaton.nodes.joined() { mark(transition.low, transition.high) }
        if program.hasLineAssertions { mark(0x0A, 0x0A) }
        if program.hasWordAssertions {
            for pair in ["09", "AZ", "__", "az"].map({ Array($0.utf8) }) { mark(pair[0], pair[1]) }
        }
        // Runs between two marks are one class if every node treats them alike.
        var classOfTargets: [[UInt32]: UInt8] = [:]
        var map = Array(repeating: UInt8(0), count: 256)
        for byte in 0..<256 {
            if byte > 0, !begins[byte] {
                map[byte] = map[byte - 1]
                continue
            }
            var targets = program.automaton.nodes.indices.map { node in
                program.automaton.step(from: UInt32(node), on: UInt8(byte)) ?? UInt32.max - 1
            }
            targets.append(program.hasLineAssertions && byte == 0x0A ? 1 : 0)
            targets.append(program.hasWordAssertions && Assertion.isWord(UInt8(byte)) ? 1 : 0)
            map[byte] = classOfTargets[targets] ?? UInt8(classOfTargets.count)
            classOfTargets[targets] = map[byte]
        }
        return (map, classOfTargets.count)
    }
}
