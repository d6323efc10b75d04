internal import KTSDBModel

/// A fixed set of the numbers of a block's series, in the form that takes the fewest bytes.
struct SeriesSet: Sendable {
    private enum Form: Sendable {
        case all
        /// Ascending.
        case listed([UInt32])
        case bits(SeriesBitmap)
    }

    /// How many numbers are in the set.
    let count: Int
    private let form: Form

    /// Creates the set of `numbers`, which ascend and are below `bound`.
    init(_ numbers: [UInt32], bound: Int) {
        count = numbers.count
        if numbers.count == bound {
            form = .all
        } else if numbers.count < bound / 32 {
            form = .listed(numbers)
        } else {
            var bits = SeriesBitmap(bound: bound)
            bits.insert(numbers)
            form = .bits(bits)
        }
    }

    /// Creates the set of all numbers below `bound`.
    init(allBelow bound: Int) {
        count = bound
        form = .all
    }

    /// Whether the set has all numbers below the bound.
    var isAll: Bool {
        if case .all = form { true } else { false }
    }

    /// Returns whether a number, which must be below the bound, is in the set.
    func contains(_ number: UInt32) -> Bool {
        switch form {
        case .all: return true
        case .bits(let bits): return bits.contains(number)
        case .listed(let numbers):
            let place = (0..<numbers.count).partitionPoint { numbers[$0] < number }
            return place < numbers.count && numbers[place] == number
        }
    }

    /// Returns the union of sets of numbers below `bound`; there must be at least one set.
    static func union(_ sets: [SeriesSet], bound: Int) -> SeriesSet {
        if sets.count == 1 { return sets[0] }
        if let all = sets.first(where: \.isAll) { return all }
        var bits = SeriesBitmap(bound: bound)
        for set in sets {
            switch set.form {
            case .all: break
            case .listed(let numbers): bits.insert(numbers)
            case .bits(let other): bits.insert(other.numbers)
            }
        }
        return SeriesSet(bits.numbers, bound: bound)
    }
}
