public import KTSDBModel

/// Where a PromQL test script puts its data, and what its queries read.
public protocol PromQLTestStorage {
    /// Throws all data away.
    mutating func removeAll() throws
    /// Adds floats to a series, ascending in time; they may follow what the series has, or lie before it.
    mutating func append(_ samples: [Sample], to labels: Labels) throws
    /// All data added so far.
    var source: any SeriesSource { mutating get throws }
}

extension ReferenceDatabase: PromQLTestStorage {
    /// The table itself.
    public var source: any SeriesSource { self }
}
