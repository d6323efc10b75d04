internal import KTSDBModel

extension VectorElement: Codable {
    private enum CodingKeys: String, CodingKey { case labels, timestamp, value, histogram }

    /// Writes `labels`, `timestamp`, and `value` or `histogram`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(labels, forKey: .labels)
        try container.encode(timestamp, forKey: .timestamp)
        if let histogram {
            try container.encode(histogram, forKey: .histogram)
        } else {
            try container.encode(CodableDouble(value), forKey: .value)
        }
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let labels = try container.decode(Labels.self, forKey: .labels)
        let timestamp = try container.decode(Timestamp.self, forKey: .timestamp)
        if let histogram = try container.decodeIfPresent(Histogram.self, forKey: .histogram) {
            self.init(labels: labels, timestamp: timestamp, histogram: histogram)
        } else {
            self.init(
                labels: labels, timestamp: timestamp,
                value: try container.decode(CodableDouble.self, forKey: .value).value)
        }
    }
}

extension QueryValue: Codable {
    private enum CodingKeys: String, CodingKey { case scalar, string, timestamp, vector, matrix }

    /// Writes an object whose key says the kind: `scalar`, `string` with `timestamp`, `vector` or `matrix`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .scalar(let sample): try container.encode(sample, forKey: .scalar)
        case .string(let text, let time):
            try container.encode(text, forKey: .string)
            try container.encode(time, forKey: .timestamp)
        case .vector(let elements): try container.encode(elements, forKey: .vector)
        case .matrix(let series): try container.encode(series, forKey: .matrix)
        }
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let elements = try container.decodeIfPresent([VectorElement].self, forKey: .vector) {
            self = .vector(elements)
        } else if let series = try container.decodeIfPresent([MatrixSeries].self, forKey: .matrix) {
            self = .matrix(series)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .string) {
            self = .string(text, at: try container.decode(Timestamp.self, forKey: .timestamp))
        } else {
            self = .scalar(try container.decode(Sample.self, forKey: .scalar))
        }
    }
}

extension MatrixSeries: Codable {
    private enum CodingKeys: String, CodingKey { case labels, timestamps, values, histogramTimestamps, histograms }

    /// Writes the properties; values that are not finite are the texts `NaN`, `+Inf` and `-Inf`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(labels, forKey: .labels)
        try container.encode(timestamps, forKey: .timestamps)
        try container.encode(values.map(CodableDouble.init), forKey: .values)
        try container.encode(histogramTimestamps, forKey: .histogramTimestamps)
        try container.encode(histograms, forKey: .histograms)
    }

    /// Reads what ``encode(to:)`` writes.
    ///
    /// - Throws: `DecodingError`, also when there are not as many times as points.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let labels = try container.decode(Labels.self, forKey: .labels)
        let timestamps = try container.decode([Timestamp].self, forKey: .timestamps)
        let values = try container.decode([CodableDouble].self, forKey: .values).map(\.value)
        let histogramTimestamps = try container.decode([Timestamp].self, forKey: .histogramTimestamps)
        let histograms = try container.decode([Histogram].self, forKey: .histograms)
        guard timestamps.count == values.count, histogramTimestamps.count == histograms.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .timestamps, in: container, debugDescription: "A series has as many times as points.")
        }
        self.init(
            labels: labels, timestamps: timestamps, values: values, histogramTimestamps: histogramTimestamps,
            histograms: histograms)
    }
}
