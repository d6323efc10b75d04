/// Finds what the groups of a pattern captured: Pike's simulation of the program, scalar by scalar.
///
/// Threads run in order of preference, and only the most preferred one runs an instruction. So the result is that of
/// backtracking (leftmost alternatives first, greedy or lazy as written), in linear time.
struct CaptureMachine {
    /// The threads that wait for the next scalar, the most preferred first.
    private struct ThreadList {
        var instructions: [UInt32] = []
        /// The slots of each thread, end to end.
        var slots: [Int] = []

        mutating func removeAll() {
            instructions.removeAll(keepingCapacity: true)
            slots.removeAll(keepingCapacity: true)
        }
    }

    /// What is left to do while following the program: an instruction, or the reset of a slot to an earlier value.
    private enum Step {
        case follow(UInt32)
        case restore(slot: Int, value: Int)
    }

    private let program: Program
    /// Whether the rest of the text is of no interest once any text matches it.
    private let isSearch: Bool
    /// The slots of the most preferred match so far of a search.
    private var match: [Int]?
    /// Whether this step has found a match, which is preferred to the threads that were not run yet.
    private var isDecided = false
    private var current = ThreadList()
    private var next = ThreadList()
    private var slots: [Int]
    private var steps: [Step] = []
    private var visit: UInt32 = 0
    private var lastVisit: [UInt32]

    init(_ program: Program, groupCount: Int, isSearch: Bool = false) {
        self.program = program
        self.isSearch = isSearch
        slots = Array(repeating: -1, count: groupCount * 2)
        lastVisit = Array(repeating: 0, count: program.instructions.count)
    }

    /// Returns the start and end of each group in turn, -1 for groups that took no part; nil if the `bytes` from
    /// `start` to the end do not match. Assertions see the byte before `start`.
    mutating func captures(
        _ bytes: Span<UInt8>, from start: Int = 0, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [Int]? {
        var pace = Pace(limits)
        for slot in slots.indices { slots[slot] = -1 }
        match = nil
        beginStep()
        follow(program.start, at: start, bytes)
        var place = start
        while place < bytes.count, !next.instructions.isEmpty {
            swap(&current, &next)
            try pace.step(4 + current.instructions.count * (1 + slots.count / 4))
            let scalar = UTF8Text.scalar(in: bytes, at: place)
            place = scalar.end
            beginStep()
            for thread in current.instructions.indices where !isDecided {
                let instruction = program.instructions[Int(current.instructions[thread])]
                guard instruction.operation == .scalars,
                    program.sets[Int(instruction.operand)].scalars.contains(scalar.value)
                else { continue }
                for slot in slots.indices { slots[slot] = current.slots[thread * slots.count + slot] }
                follow(instruction.next, at: place, bytes)
            }
        }
        if isSearch { return match }
        guard let thread = next.instructions.firstIndex(where: { program.instructions[Int($0)].operation == .match })
        else { return nil }
        return Array(next.slots[(thread * slots.count)..<((thread + 1) * slots.count)])
    }

    private mutating func beginStep() {
        next.removeAll()
        isDecided = false
        visit &+= 1
        if visit == 0 {
            for index in lastVisit.indices { lastVisit[index] = 0 }
            visit = 1
        }
    }

    /// Adds a thread to `next` for each instruction reachable from `start` without consuming a scalar.
    private mutating func follow(_ start: UInt32, at place: Int, _ bytes: Span<UInt8>) {
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
            case .splitToAnyText where isSearch:
                match = slots
                isDecided = true
                // What is left to do is less preferred. The slots are set anew for each thread.
                steps.removeAll(keepingCapacity: true)
            case .split, .splitToAnyText:
                steps.append(.follow(instruction.operand))
                steps.append(.follow(instruction.next))
            case .save:
                let slot = Int(instruction.operand)
                steps.append(.restore(slot: slot, value: slots[slot]))
                slots[slot] = place
                steps.append(.follow(instruction.next))
            case .assertion:
                let previous = place > 0 ? bytes[place - 1] : nil
                let following = place < bytes.count ? bytes[place] : nil
                if instruction.assertion.holds(after: previous, before: following) {
                    steps.append(.follow(instruction.next))
                }
            }
        }
    }
}
