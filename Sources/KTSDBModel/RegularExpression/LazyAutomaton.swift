/// A deterministic automaton over the bytes of UTF-8 that builds its states when they are first needed, and says
/// whether a whole text matches.
///
/// One byte costs one table look-up once the states are there, and at most one walk over the program when they are
/// not: time is linear in the text whatever the pattern. The table is dropped when it reaches its limit.
///
/// A state is the set of instructions that wait for the next byte, each with its place inside a scalar's encoding.
/// All of them are at the same place of the same scalar, so an instruction is in a state once at most. Assertions wait
/// too, until the byte behind them is known; what they ask of the byte before them is the state's context.
final class LazyAutomaton {
    /// What came before a position, as far as the program's assertions ask for it.
    private enum Context: UInt64 {
        case other, beginText, newline, word

        /// A byte that assertions take for it.
        var byte: UInt8? {
            switch self {
            case .beginText: nil
            case .newline: UInt8(ascii: "\n")
            case .word: UInt8(ascii: "w")
            case .other: UInt8(ascii: " ")
            }
        }
    }

    /// What comes at a position.
    private enum Lookahead {
        case unknown
        /// A byte, or nil for the end of the text.
        case known(UInt8?)
    }

    /// With more classes, the entries of pairs would leave room for few states.
    private static let maximumPairedClasses = 32

    /// States are named by the place of their row in the table. The first three rows belong to no state; comparing
    /// with the third finds all that leaves the inner loop.
    private static let dead = 0
    private var universal: UInt32 { stride }
    private var unknown: UInt32 { stride * 2 }

    private let program: Program
    /// The length of a row: an entry for each class of bytes, then 1 if the text may end here and else 0, then, if
    /// there are not too many, an entry for each pair of classes. Each step waits for the one before it to come from
    /// memory, so that two bytes a step take half the time.
    private let stride: UInt32
    /// Where in a row the entry of each byte is. Bytes that no set tells apart share one.
    private let columns: FixedArray<UInt8>
    /// Where in a row the entries are of the pairs that begin with each byte.
    private let pairColumns: FixedArray<UInt16>
    private let acceptColumn: Int
    private let hasPairs: Bool
    private var table: Column<UInt32>
    /// Of each state: the context, then its elements in ascending order, each an instruction in the upper half and its
    /// node in the program's UTF-8 automaton in the lower.
    private var keys: [[UInt64]] = []
    private var stateOfKey: [[UInt64]: UInt32] = [:]
    private var keyElements = 0
    /// What every text begins with that is asked about; the start state is the one behind it.
    private let prefix: ArraySlice<UInt8>
    private var startState: UInt32 = 0
    private let limit: Int
    /// How often the table was dropped.
    private var drops = 0

    // Work space of one transition.
    private var elements: [UInt64] = []
    private var waiting: [UInt64] = []
    private var stack: [UInt32] = []
    private var visit: UInt32 = 0
    private var lastVisit: [UInt32]
    private var foundMatch = false
    private var foundAnyText = false

    /// - Parameters:
    ///   - program: the pattern.
    ///   - prefix: what all texts begin with that will be asked about; only its first bytes are of use.
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
    /// automaton has seen enough before it. `limits` are looked at where states have to be made.
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

    /// Follows the table as far as it goes, at most to the end. Returns where it leads from `state` at `index`, which
    /// is a state only at the end.
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

    /// Forgets all states.
    private func drop() {
        keys.removeAll(keepingCapacity: true)
        stateOfKey.removeAll(keepingCapacity: true)
        keyElements = 0
        for _ in 0..<3 { keys.append([]) }
        // The first three rows are of no state.
        table.removeAll()
        table.append(repeating: 0, count: Int(stride) * 3)
        startState = unknown
        drops += 1
    }

    /// Works out the state behind the prefix.
    private func enterStart() {
        beginTransition()
        follow(program.start, .beginText, .unknown)
        startState = state(.beginText)
        for byte in prefix where startState > unknown {
            startState = successor(of: startState, on: byte, mayDrop: false)
        }
    }

    /// Works out where `state` leads on `byte`, and enters it into the table.
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
            // Too many states. The one to return is the first of the fresh table.
            drop()
            return self.state(context)
        }
        let next = self.state(context)
        table[Int(state) + Int(columns[Int(byte)])] = next
        return next
    }

    /// Works out where `state` leads on two bytes, and enters it into the table.
    @inline(never)
    private func pairSuccessor(of state: Int, on first: UInt8, _ second: UInt8) -> Int {
        let drops = drops
        let middle = step(from: UInt32(state), on: first)
        let next = middle > unknown ? step(from: middle, on: second) : middle
        // The row is still that of `state` if no table was dropped.
        if drops == self.drops { table[state + Int(pairColumns[Int(first)]) + Int(columns[Int(second)])] = next }
        return Int(next)
    }

    private func step(from state: UInt32, on byte: UInt8) -> UInt32 {
        let next = table[Int(state) + Int(columns[Int(byte)])]
        return next == unknown ? successor(of: state, on: byte) : next
    }

    /// The state with the elements gathered now.
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

    /// Gathers the elements of a state, its assertions decided by what comes next.
    private func resolve(_ key: [UInt64], _ lookahead: Lookahead) {
        beginTransition()
        let context = Context(rawValue: key[0])!
        for element in key.dropFirst() {
            let index = UInt32(truncatingIfNeeded: element >> 32)
            if program.instructions[Int(index)].operation == .scalars {
                // Inside a scalar no assertion waits, so nothing else can lead to this instruction.
                if lastVisit[Int(index)] != visit {
                    lastVisit[Int(index)] = visit
                    elements.append(element)
                }
            } else {
                follow(index, context, lookahead)
            }
        }
    }

    /// Adds all instructions to the elements that can be reached from `start` without consuming a byte.
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

    /// Numbers the classes of bytes that no set and no assertion of the program tells apart.
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
        // Of the runs between two marks, those belong together that every node treats alike.
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
