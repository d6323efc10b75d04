/// Chooses among things by their weights, each as evenly as possible: whichever is furthest from its due is next.
struct EvenChoice: Sendable {
    private let weights: [Int]
    private let total: Int
    private var debts: [Int]

    /// - Precondition: The weights are not negative, and their sum is positive.
    init(_ weights: [Int]) {
        total = weights.reduce(0, +)
        precondition(weights.allSatisfy { $0 >= 0 } && total > 0, "\(weights) are no weights.")
        self.weights = weights
        debts = weights.map { _ in 0 }
    }

    /// Returns the index of the next one.
    mutating func next() -> Int {
        var chosen = 0
        for index in weights.indices {
            debts[index] += weights[index]
            if debts[index] > debts[chosen] { chosen = index }
        }
        debts[chosen] -= total
        return chosen
    }
}
