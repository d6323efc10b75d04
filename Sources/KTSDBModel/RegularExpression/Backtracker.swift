/// Finds what the groups of a pattern captured in a short text, by trying the ways to match in order of preference.
///
/// No instruction is tried twice at one place, so the time is at most proportional to program times text, and the
/// memory is one bit for each pair. ``CaptureMachine`` gives the same results with less memory, but takes several times
/// as long.
struct Backtracker {
    /// The largest number of bits for pairs of an instruction and a place.
    static let maximumBits = 1 << 18

    /// A way that was not tried yet, or the reset of a slot to an earlier value.
    private struct Step: BitwiseCopyable {
        /// The instruction, or -1 - slot.
        var instruction: Int
        /// The place in the text, or the slot's value.
        var place: Int
    }

    private let program: Program
    /// Whether the rest of the text is of no interest once any text matches it.
    private let isSearch: Bool
    private var tried: [UInt64] = []
    private var steps: [Step] = []
    private var slots: [Int]

    init(_ program: Program, groupCount: Int, isSearch: Bool = false) {
        self.program = program
        self.isSearch = isSearch
        slots = Array(repeating: -1, count: groupCount * 2)
    }

    /// Whether a text of this length in bytes is short enough.
    func canRun(on length: Int) -> Bool { (length + 1) * program.instructions.count <= Self.maximumBits }

    /// Returns the start and end of each group in turn, -1 for groups that took no part; nil if the `bytes` from
    /// `start` to the end do not match. Assertions see the byte before `start`.
    mutating func captures(_ bytes: Span<UInt8>, from start: Int = 0) -> [Int]? {
        let width = bytes.count - start + 1
        let words = (program.instructions.count * width + 63) / 64
        tried.removeAll(keepingCapacity: true)
        tried.append(contentsOf: repeatElement(0, count: words))
        for slot in slots.indices { slots[slot] = -1 }
        steps.removeAll(keepingCapacity: true)
        steps.append(Step(instruction: Int(program.start), place: start))
        while let step = steps.popLast() {
            if step.instruction < 0 {
                slots[-1 - step.instruction] = step.place
            } else if follow(step, bytes, start, width) {
                return slots
            }
        }
        return nil
    }

    /// Continues from `step` until the text matches or this way fails. Returns whether it matches.
    private mutating func follow(_ step: Step, _ bytes: Span<UInt8>, _ start: Int, _ width: Int) -> Bool {
        var index = step.instruction
        var place = step.place
        while true {
            let bit = index &* width &+ (place &- start)
            if tried[bit &>> 6] &>> UInt64(bit & 63) & 1 != 0 { return false }
            tried[bit &>> 6] |= 1 &<< UInt64(bit & 63)
            let instruction = program.instructions[index]
            switch instruction.operation {
            case .match:
                if place == bytes.count { return true }
                return false
            case .scalars:
                guard place < bytes.count else { return false }
                let scalar = UTF8Text.scalar(in: bytes, at: place)
                guard program.sets[Int(instruction.operand)].scalars.contains(scalar.value) else { return false }
                place = scalar.end
            case .splitToAnyText where isSearch: return true
            case .split, .splitToAnyText:
                steps.append(Step(instruction: Int(instruction.operand), place: place))
            case .save:
                let slot = Int(instruction.operand)
                steps.append(Step(instruction: -1 - slot, place: slots[slot]))
                slots[slot] = place
            case .assertion:
                let previous = place > 0 ? bytes[place - 1] : nil
                let next = place < bytes.count ? bytes[place] : nil
                guard instruction.assertion.holds(after: previous, before: next) else { return false }
            }
            index = Int(instruction.next)
        }
    }
}
