extension RecordingBackfill.Report: CustomStringConvertible {
    /// `1234 samples of 60 evaluations computed; 5 samples or markers not stored: 5 outOfOrder`
    public var description: String {
        let refused = rejected.values.reduce(0, +)
        var text = "\(samples) samples of \(evaluations) evaluations computed"
        if refused > 0 {
            let reasons = rejected.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            text += "; \(refused) samples or markers not stored: \(reasons)"
        }
        for failure in failures.sorted(by: { $0.key < $1.key }).prefix(5) {
            text += "; \(failure.value) evaluations failed: \(failure.key)"
        }
        return text
    }
}
