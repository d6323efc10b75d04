internal import KTSDBModel

/// A filter on the labels of a line, ready to run.
indirect enum CompiledLabelFilter: Sendable {
    case text(Int, TextMatcher)
    case number(Int, NumericComparison, Double)
    case duration(Int, NumericComparison, Int64)
    case bytes(Int, NumericComparison, UInt64)
    case address(Int, isNegated: Bool, AddressFilter)
    case and(CompiledLabelFilter, CompiledLabelFilter)
    case or(CompiledLabelFilter, CompiledLabelFilter)

    /// - Throws: that an address is invalid.
    init(_ filter: LabelFilter, _ labels: inout LineLabels) throws(StageProblem) {
        switch filter {
        case .text(let matcher): self = .text(labels.number(inStage: matcher.name), matcher)
        case .number(let name, let comparison, let value):
            self = .number(labels.number(inStage: name), comparison, value)
        case .duration(let name, let comparison, let value):
            self = .duration(labels.number(inStage: name), comparison, value)
        case .bytes(let name, let comparison, let value):
            self = .bytes(labels.number(inStage: name), comparison, value)
        case .address(let name, let isNegated, let pattern):
            self = .address(labels.number(inStage: name), isNegated: isNegated, try AddressFilter(pattern))
        case .and(let left, let right):
            self = .and(try CompiledLabelFilter(left, &labels), try CompiledLabelFilter(right, &labels))
        case .or(let left, let right):
            self = .or(try CompiledLabelFilter(left, &labels), try CompiledLabelFilter(right, &labels))
        }
    }

    /// Whether the line passes. A value that is not a number, duration or size sets an error, and passes.
    func passes(_ labels: inout LineLabels) -> Bool {
        switch self {
        case .text(let number, let matcher):
            if let value = labels[number] { return matcher.matches(value) }
            return matcher.matches("".utf8.span)
        case .number(let number, let comparison, let wanted):
            return Self.compare(number, &labels, comparison, wanted, FloatConversion.parse)
        case .duration(let number, let comparison, let wanted):
            return Self.compare(number, &labels, comparison, wanted, DurationConversion.parse)
        case .bytes(let number, let comparison, let wanted):
            return Self.compare(number, &labels, comparison, wanted, SizeConversion.parse)
        case .address(let number, let isNegated, let filter):
            if labels.hasError { return true }
            guard let value = labels[number] else { return false }
            return filter.matches(value) != isNegated
        case .and(let left, let right): return left.passes(&labels) && right.passes(&labels)
        case .or(let left, let right): return left.passes(&labels) || right.passes(&labels)
        }
    }

    private static func compare<Value: Comparable>(
        _ number: Int, _ labels: inout LineLabels, _ comparison: NumericComparison, _ wanted: Value,
        _ parse: (Span<UInt8>) throws(ConversionProblem) -> Value
    ) -> Bool {
        // Of lines with errors, only those without the label are removed; the first error remains.
        guard labels.has(number) else { return false }
        if labels.hasError { return true }
        do throws(ConversionProblem) {
            guard let value = try Self.value(number, labels, parse) else { return false }
            return comparison.holds(value, wanted)
        } catch {
            labels.setError(.filter, details: error.description.utf8.span)
            return true
        }
    }

    private static func value<Value>(
        _ number: Int, _ labels: borrowing LineLabels, _ parse: (Span<UInt8>) throws(ConversionProblem) -> Value
    ) throws(ConversionProblem) -> Value? {
        guard let text = labels[number] else { return nil }
        return try parse(text)
    }
}

extension NumericComparison {
    /// Whether `left` is to `right` as the comparison says.
    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .less: left < right
        case .lessOrEqual: left <= right
        }
    }
}
