internal import KTSDBModel

/// What a query leaves out because it is damaged.
struct MissingParts: Sendable {
    /// The files of which nothing is read.
    var files: Set<String> = []
    private var parts: [String: MissingData] = [:]
    private var dropped = 0

    /// Sentences that are kept; of the others there is only the number.
    private static let limit = 20

    mutating func add(_ missing: MissingData) {
        let text = missing.description
        guard parts[text] == nil else { return }
        guard parts.count < Self.limit else { return dropped += 1 }
        parts[text] = missing
    }

    /// Sentences in alphabetical order.
    var texts: [String] {
        let known = parts.keys.sorted()
        return dropped == 0 ? known : known + ["samples in further damaged places are missing"]
    }
}
