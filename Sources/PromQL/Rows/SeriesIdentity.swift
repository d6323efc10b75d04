internal import KTSDBModel

/// The labels of a series in the middle of an evaluation.
struct SeriesIdentity: Sendable {
    var labels: Labels
    /// Whether the metric's name is taken away at the end of the query; never set unless the engine postpones it.
    var dropsName: Bool

    /// About how many bytes a series takes besides those of its labels: this, the head of the array that they are in,
    /// and what finds it in storage.
    static let baseByteCount = 96
}

extension Labels {
    /// The labels without the metric's name, type and unit: what an operation that gives another quantity leaves.
    ///
    /// - Returns: also whether more than the name went, for then series that differ in that alone become equal.
    func withoutMetricIdentity() -> (labels: Labels, droppedOnlyName: Bool) {
        let bytes = stringForm
        var kept: [UInt8]? = nil
        var droppedOnlyName = true
        var cursor = LabelCursor(bytes)
        var from = 0
        while let label = cursor.next() {
            let end = label.value.upperBound
            // Names are in ascending order: all three are before any that starts with a letter in lower case.
            if bytes[label.name.lowerBound] > UInt8(ascii: "_") {
                kept?.append(contentsOf: bytes[from...])
                break
            }
            let isName = bytes[label.name].elementsEqual("__name__".utf8)
            if isName || bytes[label.name].elementsEqual("__type__".utf8)
                || bytes[label.name].elementsEqual("__unit__".utf8)
            {
                if !isName { droppedOnlyName = false }
                if kept == nil {
                    kept = []
                    kept?.reserveCapacity(bytes.count)
                    kept?.append(contentsOf: bytes[..<from])
                }
            } else {
                kept?.append(contentsOf: bytes[from..<end])
            }
            from = end
        }
        guard let kept else { return (self, true) }
        return (Labels(uncheckedStringForm: kept), droppedOnlyName)
    }

    /// Whether there is a label for the metric's type or unit.
    var haveTypeOrUnit: Bool { haveLabel { $0.elementsEqual("__type__".utf8) || $0.elementsEqual("__unit__".utf8) } }

    /// Whether there is a label for the metric's name, type or unit.
    var haveMetricIdentity: Bool {
        haveLabel {
            $0.elementsEqual("__name__".utf8) || $0.elementsEqual("__type__".utf8) || $0.elementsEqual("__unit__".utf8)
        }
    }

    private func haveLabel(_ isSought: (ArraySlice<UInt8>) -> Bool) -> Bool {
        let bytes = stringForm
        var cursor = LabelCursor(bytes)
        // Names are in ascending order: these are before any that starts with a letter in lower case.
        while let label = cursor.next(), bytes[label.name].first ?? 0 <= UInt8(ascii: "_") {
            if isSought(bytes[label.name]) { return true }
        }
        return false
    }

    /// The labels as Prometheus writes them in errors: `{__name__="up", job="api"}`.
    var prometheusText: String {
        "{"
            + map { (LabelName.isLegacy($0.name) ? $0.name : goQuoted($0.name)) + "=" + goQuoted($0.value) }
            .joined(separator: ", ") + "}"
    }
}
