extension Histogram: Codable {
    private enum CodingKeys: String, CodingKey {
        case counterResetHint, schema, zeroThreshold, zeroCount, count, sum, positive, negative, customBounds
    }

    /// Writes the properties; a sum that is not finite is the text `NaN`, `+Inf` or `-Inf`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(counterResetHint, forKey: .counterResetHint)
        try container.encode(schema, forKey: .schema)
        try container.encode(CodableDouble(zeroThreshold), forKey: .zeroThreshold)
        try container.encode(CodableDouble(zeroCount), forKey: .zeroCount)
        try container.encode(CodableDouble(count), forKey: .count)
        try container.encode(CodableDouble(sum), forKey: .sum)
        try container.encode(positive, forKey: .positive)
        try container.encode(negative, forKey: .negative)
        try container.encode(customBounds, forKey: .customBounds)
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func double(_ key: CodingKeys) throws -> Double { try container.decode(CodableDouble.self, forKey: key).value }
        self.init(
            counterResetHint: try container.decode(CounterResetHint.self, forKey: .counterResetHint),
            schema: try container.decode(Int32.self, forKey: .schema), zeroThreshold: try double(.zeroThreshold),
            zeroCount: try double(.zeroCount), count: try double(.count), sum: try double(.sum),
            positive: try container.decode(HistogramBuckets.self, forKey: .positive),
            negative: try container.decode(HistogramBuckets.self, forKey: .negative),
            customBounds: try container.decode([Double].self, forKey: .customBounds))
    }
}
