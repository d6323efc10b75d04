/// A deterministic automaton over the bytes of UTF-8 that builds its states when they are first needed, and says
/// whether a whole text matches.
///
/// One byte costs one table look-up once the states are there, and at most one walk over the program when they are
/// not: time is linear in the text whatever the pattern. The table is dropped when it reaches its limit.
///
/// A state is the set of instructions that wait for the next byte, each with its place inside a scalar's encoding.
/// All of them are at the same place of the same scalar, so an instruction is in a state once at most. Assertions wait
/// too, until the byte behind them is known; what they ask of the byte before them is the state's context.
@safe
final class LazyAutomaton {
    /// What came before a position, as far as the program's assertions ask for it.
    private struct Context: OptionSet {
        let rawValue: UInt64
        static let beginText = Context(rawValue: 1)
        static let afterNewline = Context(rawValue: 2)
        static let afterWord = Context(rawValue: 4)
    }

    /// What comes at a position.
    private enum Lookahead {
        case unknown, end, byte(UInt8)
    }

    /// States are named by the place of their row in the table. The first three rows belong to no state; comparing
    /// with the third finds all that leaves the inner loop.
    private static let dead: UInt32 = 0
    private var universal: UInt32 { stride }
    private var unknown: UInt32 { stride * 2 }

    private let program: Program
    /// The length of a row: an entry for each byte class, then 1 if the text may end here, else 0.
    private let stride: UInt32
    /// The class of each byte; bytes that no set tells apart share one.
    private let classes: UnsafeMutablePointer<UInt8>
    private var table: UnsafeMutablePointer<UInt32>
    private var tableCapacity: Int
    /// Of each state: the context, then its elements in ascending order (see `element`).
    private var keys: [[UInt64]] = []
    private var stateOfKey: [[UInt64]: UInt32] = [:]
    private var keyElements = 0
    private var startState: UInt32 = 0
    private let limit: Int

    // Work space of one transition.
    private var elements: [UInt64] = []
    private var waiting: [UInt64] = []
    private var stack: [UInt32] = []
    private var visit: UInt32 = 0
    private var lastVisit: [UInt32]
    private var foundMatch = false
    private var foundAnyText = false

    /// - Parameter limit: the number of table entries and of elements of states at which both are dropped.
    init(_ program: Program, limit: Int = 1 << 19) {
        self.program = program
        self.limit = limit
        let (map, count) = Self.byteClasses(of: program)
        stride = UInt32(count + 1)
        unsafe classes = .allocate(capacity: 256)
        for byte in 0..<256 { unsafe (classes + byte).initialize(to: map[byte]) }
        tableCapacity = (count + 1) * 16
        unsafe table = .allocate(capacity: tableCapacity)
        lastVisit = Array(repeating: 0, count: program.instructions.count)
        reset()
    }

    deinit {
        unsafe classes.deallocate()
        unsafe table.deallocate()
    }

    /// The number of states there are now.
    var stateCount: Int { keys.count - 3 }

    /// Whether all of `bytes` matches. Ill-formed text does not, unless the automaton has seen enough before it.
    func matchesWhole(_ bytes: Span<UInt8>) -> Bool {
        var state = startState
        if state == universal { return true }
        if state == Self.dead { return false }
        var index = 0
        while true {
            // The table moves only in `successor`, so the inner loop may hold on to it.
            let table = unsafe table, classes = unsafe classes
            let unknown = unknown
            var next = state
            // SAFETY: a state is the place of the first entry of a row, and a class is less than a row's length. The
            // index is less than the count.
            while index < bytes.count {
                next = unsafe table[Int(state &+ UInt32(classes[Int(bytes[unchecked: index])]))]
                if next <= unknown { break }
                state = next
                index &+= 1
            }
            if index == bytes.count { return unsafe table[Int(state &+ stride &- 1)] != 0 }
            if next == unknown { next = successor(of: state, on: bytes[index]) }
            if next == Self.dead { return false }
            if next == universal { return true }
            state = next
            index &+= 1
        }
    }

    // MARK: States

    private func reset() {
        keys.removeAll(keepingCapacity: true)
        stateOfKey.removeAll(keepingCapacity: true)
        keyElements = 0
        for _ in 0..<3 { keys.append([]) }
        beginTransition()
        follow(program.start, .beginText, .unknown)
        startState = state(.beginText)
    }

    /// Works out where `state` leads on `byte`, and enters it into the table.
    @inline(never)
    private func successor(of state: UInt32, on byte: UInt8) -> UInt32 {
        let key = keys[Int(state / stride)]
        resolve(key, .byte(byte))
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
        if !foundAnyText, keys.count * Int(stride) >= limit || keyElements >= limit {
            // Too many states: drop all. The one to return is entered into the fresh table.
            swap(&waiting, &elements)
            reset()
            swap(&waiting, &elements)
            foundAnyText = false
            return self.state(context)
        }
        let next = self.state(context)
        // SAFETY: as in `matchesWhole`.
        unsafe table[Int(state) + Int(classes[Int(byte)])] = next
        return next
    }

    /// The state with the elements gathered now.
    private func state(_ context: Context) -> UInt32 {
        if foundAnyText { return universal }
        if elements.isEmpty { return Self.dead }
        elements.sort()
        var key = [context.rawValue]
        key += elements
        if let state = stateOfKey[key] { return state }
        let state = UInt32(keys.count) * stride
        keys.append(key)
        keyElements += key.count
        stateOfKey[key] = state
        resolve(key, .end)
        addRow(at: Int(state), isAccepting: foundMatch)
        return state
    }

    private func addRow(at state: Int, isAccepting: Bool) {
        let end = state + Int(stride)
        if end > tableCapacity {
            let capacity = tableCapacity * 2
            let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
            // SAFETY: rows up to `state` were written; the first three are never read.
            unsafe larger.update(from: table, count: state)
            unsafe table.deallocate()
            unsafe table = larger
            tableCapacity = capacity
        }
        unsafe (table + state).initialize(repeating: unknown, count: Int(stride))
        unsafe table[end - 1] = isAccepting ? 1 : 0
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
        let context = Context(rawValue: key[0])
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
                case .end, .byte:
                    if holds(Assertion(rawValue: UInt8(instruction.operand))!, context, lookahead) {
                        stack.append(instruction.next)
                    }
                }
            }
        }
    }

    private func holds(_ assertion: Assertion, _ context: Context, _ lookahead: Lookahead) -> Bool {
        var isEnd = false, isNewline = false, isWord = false
        if case .byte(let byte) = lookahead {
            isNewline = byte == UInt8(ascii: "\n")
            isWord = Self.isWord(byte)
        } else {
            isEnd = true
        }
        return switch assertion {
        case .beginText: context.contains(.beginText)
        case .endText: isEnd
        case .beginLine: context.contains(.beginText) || context.contains(.afterNewline)
        case .endLine: isEnd || isNewline
        case .wordBoundary: context.contains(.afterWord) != isWord
        case .noWordBoundary: context.contains(.afterWord) == isWord
        }
    }

    private func context(after byte: UInt8) -> Context {
        if program.hasLineAssertions, byte == UInt8(ascii: "\n") { return .afterNewline }
        if program.hasWordAssertions, Self.isWord(byte) { return .afterWord }
        return []
    }

    private static func isWord(_ byte: UInt8) -> Bool { PatternParser.isAlphanumeric(byte) || byte == UInt8(ascii: "_") }

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
        var map = Array(repeating: UInt8(0), count: 256)
        var current = 0
        for byte in 1..<256 {
            if begins[byte] { current += 1 }
            map[byte] = UInt8(current)
        }
        return (map, current + 1)
    }
}
