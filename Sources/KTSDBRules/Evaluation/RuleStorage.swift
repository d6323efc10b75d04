public import KTSDBModel

/// Where rules read series and store what they make.
public protocol RuleStorage: Sendable {
    /// The series as they are now.
    func view() -> any SeriesSource
    /// Stores all of a commit, but for samples that are late or repeated.
    /// - Returns: Why some samples were not stored; nil if all were.
    /// - Throws: ``RuleError/storage(_:)``; nothing was stored then.
    func commit(_ commit: RuleCommit) throws(RuleError) -> RuleError?
}

/// What one evaluation of a rule stores.
public struct RuleCommit: Sendable {
    /// The samples, all at ``time``.
    public var samples: [RuleSample] = []
    /// The series that have ended, which get a staleness marker at ``time``.
    public var endedSeries: [Labels] = []
    /// When.
    public var time: Timestamp
    /// The records to set, by their keys; nil removes one.
    public var records: [String: [UInt8]?] = [:]

    var isEmpty: Bool { samples.isEmpty && endedSeries.isEmpty && records.isEmpty }
}
