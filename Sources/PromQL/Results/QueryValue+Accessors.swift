internal import KTSDBModel

extension QueryValue {
    /// The number of a scalar; nil for other values.
    public var scalar: Double? {
        if case .scalar(let sample) = self { sample.value } else { nil }
    }

    /// The text of a string; nil for other values.
    public var string: String? {
        if case .string(let text, _) = self { text } else { nil }
    }

    /// The elements of an instant vector; nil for other values.
    public var vector: [VectorElement]? {
        if case .vector(let elements) = self { elements } else { nil }
    }

    /// The series of a matrix; nil for other values.
    public var matrix: [MatrixSeries]? {
        if case .matrix(let series) = self { series } else { nil }
    }
}
