internal import KTSDBModel

/// `| unwrap duration(x) | filters`: the number of a label.
struct Unwrapper: Sendable {
    private let number: Int
    private let conversion: Unwrap.Conversion
    private let filters: [CompiledLabelFilter]

    /// - Throws: that an address of a filter is invalid.
    init(_ unwrap: Unwrap, _ labels: inout LineLabels) throws(StageProblem) {
        number = labels.number(inStage: unwrap.label)
        conversion = unwrap.conversion
        var filters: [CompiledLabelFilter] = []
        for filter in unwrap.filters { filters.append(try CompiledLabelFilter(filter, &labels)) }
        self.filters = filters
    }

    /// Returns the number, and removes its label; nil if the label is missing or a filter rejects it. What is not a
    /// number is 0, keeps its label and sets an error.
    func value(_ labels: inout LineLabels) -> Double? {
        var result = 0.0, isNumber = false
        do throws(ConversionProblem) {
            guard let value = try convert(labels) else { return nil }
            result = value
            isNumber = true
        } catch {
            labels.setError(.extraction, details: error.description.utf8.span)
        }
        for filter in filters where !filter.passes(&labels) { return nil }
        // Filters may still look at the label.
        if isNumber { labels.remove(number) }
        return result
    }

    private func convert(_ labels: borrowing LineLabels) throws(ConversionProblem) -> Double? {
        guard let text = labels[number], !text.isEmpty else { return nil }
        switch conversion {
        case .none: return try FloatConversion.parse(text)
        case .bytes: return Double(try SizeConversion.parse(text))
        case .duration, .durationSeconds: return DurationConversion.seconds(try DurationConversion.parse(text))
        }
    }
}
