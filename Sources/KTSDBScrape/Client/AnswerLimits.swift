package import NIOCore

/// How much of an answer is read.
package struct AnswerLimits: Sendable {
    /// How many bytes of a body are kept.
    package var kept: Int
    /// How many bytes a body may have; one that is longer is not read to its end.
    package var total: Int
    /// How long a body may take after its head.
    package var patience: TimeAmount
    /// Whether a body that is too long, takes too long or breaks off is an error; otherwise, what has arrived counts.
    package var isWhole: Bool

    package init(kept: Int, total: Int, patience: TimeAmount, isWhole: Bool = false) {
        self.kept = kept
        self.total = total
        self.patience = patience
        self.isWhole = isWhole
    }

    /// For answers of which the status matters, and the beginning of the body. The rest is read so that the connection
    /// can be used again.
    package static let status = AnswerLimits(kept: 4 << 10, total: 64 << 10, patience: .seconds(1))
    /// For answers whose body says what became of a request.
    package static let report = AnswerLimits(kept: 64 << 10, total: 64 << 10, patience: .seconds(5))

    /// For answers that are needed whole, up to `bytes` of them.
    package static func whole(_ bytes: Int) -> AnswerLimits {
        AnswerLimits(kept: bytes, total: bytes, patience: .hours(1), isWhole: true)
    }
}

/// Ends an answer that is too long or takes too long.
struct AnswerExcess: Error, CustomStringConvertible {
    var limits: AnswerLimits

    var description: String { "the answer is longer than \(limits.total) bytes, or does not end" }
}
