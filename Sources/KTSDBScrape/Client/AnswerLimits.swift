package import NIOCore

/// How much of an answer is read.
package struct AnswerLimits: Sendable {
    /// The most bytes of a body that are kept.
    package var kept: Int
    /// The most bytes that a body may have; a longer one is not read to its end.
    package var total: Int
    /// How long a body may take to arrive, from its head on.
    package var patience: TimeAmount
    /// Whether a body that is too long, takes too long or breaks off is an error; otherwise, what has arrived counts.
    package var isWhole: Bool

    package init(kept: Int, total: Int, patience: TimeAmount, isWhole: Bool = false) {
        self.kept = kept
        self.total = total
        self.patience = patience
        self.isWhole = isWhole
    }

    /// For answers of which only the status and the beginning of the body matter. The rest is read so that the
    /// connection can be used again.
    package static let status = AnswerLimits(kept: 4 << 10, total: 64 << 10, patience: .seconds(1))
    /// For answers whose body reports the result of the request.
    package static let report = AnswerLimits(kept: 64 << 10, total: 64 << 10, patience: .seconds(5))

    /// For answers that are needed complete, of up to `bytes` bytes.
    package static func whole(_ bytes: Int) -> AnswerLimits {
        AnswerLimits(kept: bytes, total: bytes, patience: .hours(1), isWhole: true)
    }
}

/// An answer was too long or took too long, and was ended.
struct AnswerExcess: Error, CustomStringConvertible {
    var limits: AnswerLimits

    var description: String { "the answer is longer than \(limits.total) bytes, or does not end" }
}
