/// Finds what the groups of a pattern captured: Pike's simulation of the program, scalar by scalar.
///
/// Threads run in order of preference and one instruction is run by the most preferred of them alone, so that the
/// result is that of backtracking (leftmost alternatives first, greedy or lazy as written) in linear time.
struct CaptureMachine {
    /// A scalar of the text and where it ends. Ill-formed bytes count as U+FFFD one by one.
    private struct Scalar {
        var value: UInt32
        var end: Int
    }

    /// The threads that wait for the same scalar, the most preferred first.
    private struct ThreadList {
        var instructions: [UInt32] = []
        /// For each thread its slots, one after the other.
        var slots: [Int] = []

        mutating func removeAll() {
            instructions.removeAll(keepingCapacity: true)
            slots.removeAll(keepingCapacity: true)
        }
    }

    /// What is left to do while following the program: an instruction, or the return of a slot to an earlier value.
    private enum Step {
        case follow(UInt32)
        case restore(slot: Int, value: Int)
    }

    private let program: Program
    private let slotCount: Int
    private var current = ThreadList()
    private var next = ThreadList()
    private var slots: [Int]
    private var steps: [Step] = []
    private var visit: UInt32 = 0
    private var lastVisit: [UInt32]

    init(_ program: Program, groupCount: Int) {
        self.program = program
        slotCount = groupCount * 2
        slots = Array(repeating: -1, count: slotCount)
        lastVisit = Array(repeating: 0, count: program.instructions.count)
    }

    /// The places of the groups if all of `bytes` matches, the whole first; nil if it does not.
    mutating func captures(_ bytes: Span<UInt8>) -> [Range<Int>?]? {
        for slot in slots.indices { slots[slot] = -1 }
        next.removeAll()
        visit &+= 1
        var position = 0
        var scalar = Self.scalar(in: bytes, at: 0)
        var isAfterNewline = false, isAfterWord = false
        follow(program.start, at: 0, isAfterNewline, isAfterWord, scalar)
        swap(&current, &next)
        while let here = scalar {
            if current.instructions.isEmpty { return nil }
            position = here.end
            isAfterNewline = here.value == 0x0A
            isAfterWord = Self.isWord(here.value)
            scalar = Self.scalar(in: bytes, at: position)
            next.removeAll()
            visit &+= 1
            for (thread, index) in current.instructions.enumerated() {
                let instruction = program.instructions[Int(index)]
                guard instruction.operation == .scalars,
                    program.sets[Int(instruction.operand)].scalars.contains(here.value)
                else { continue }
                for slot in 0..<slotCount { slots[slot] = current.slots[thread * slotCount + slot] }
                follow(instruction.next, at: position, isAfterNewline, isAfterWord, scalar)
            }
            swap(&current, &next)
        }
        guard let thread = current.instructions.firstIndex(where: { program.instructions[Int($0)].operation == .match })
        else { return nil }
        var result: [Range<Int>?] = [0..<bytes.count]
        for group in 1..<max(1, slotCount / 2) {
            let low = current.slots[thread * slotCount + group * 2]
            let high = current.slots[thread * slotCount + group * 2 + 1]
            result.append(low >= 0 && high >= low ? low..<high : nil)
        }
        return result
    }

    /// Adds a thread to `next` for each instruction that can be reached from `start` without consuming a scalar.
    private mutating func follow(
        _ start: UInt32, at position: Int, _ isAfterNewline: Bool, _ isAfterWord: Bool, _ scalar: Scalar?
    ) {
        steps.append(.follow(start))
        while let step = steps.popLast() {
            guard case .follow(let index) = step else {
                if case .restore(let slot, let value) = step { slots[slot] = value }
                continue
            }
            if lastVisit[Int(index)] == visit { continue }
            lastVisit[Int(index)] = visit
            let instruction = program.instructions[Int(index)]
            switch instruction.operation {
            case .match, .scalars:
                next.instructions.append(index)
                next.slots += slots
            case .split, .splitToAnyText:
                steps.append(.follow(instruction.operand))
                steps.append(.follow(instruction.next))
            case .save:
                let slot = Int(instruction.operand)
                steps.append(.restore(slot: slot, value: slots[slot]))
                slots[slot] = position
                steps.append(.follow(instruction.next))
            case .assertion:
                let holds =
                    switch Assertion(rawValue: UInt8(instruction.operand))! {
                    case .beginText: position == 0
                    case .endText: scalar == nil
                    case .beginLine: position == 0 || isAfterNewline
                    case .endLine: scalar == nil || scalar!.value == 0x0A
                    case .wordBoundary: isAfterWord != (scalar.map { Self.isWord($0.value) } ?? false)
                    case .noWordBoundary: isAfterWord == (scalar.map { Self.isWord($0.value) } ?? false)
                    }
                if holds { steps.append(.follow(instruction.next)) }
            }
        }
    }

    private static func isWord(_ scalar: UInt32) -> Bool {
        scalar < 0x80 && (PatternParser.isAlphanumeric(UInt8(scalar)) || scalar == 0x5F)
    }

    private static func scalar(in bytes: Span<UInt8>, at position: Int) -> Scalar? {
        guard position < bytes.count else { return nil }
        let length = UTF8Text.scalarLength(in: bytes, at: position)
        switch length {
        case 0: return Scalar(value: ScalarSet.replacement, end: position + 1)
        case 1: return Scalar(value: UInt32(bytes[position]), end: position + 1)
        default:
            var value = UInt32(bytes[position]) & (0x7F >> UInt32(length))
            for offset in 1..<length { value = value << 6 | UInt32(bytes[position + offset]) & 0x3F }
            return Scalar(value: value, end: position + length)
        }
    }
}
