internal import KTSDBModel

/// What a vector expression evaluates to over a whole grid: series in a fixed order, each of which gives its row when
/// asked. Nothing is computed before it is read, so that a chain of functions over a selector needs one row of memory,
/// however many series there are.
///
/// The label sets are all different. A row may turn out to have no point; such a series is not in the result.
protocol RowSource: AnyObject, Sendable {
    /// The number of series.
    var count: Int { get }
    /// The steps of each row.
    var grid: StepGrid { get }
    /// Whether all series surely have the same metric name: then they stay different without it.
    var hasOneName: Bool { get }
    /// Which series is at `position`.
    func series(at position: Int) -> SeriesIdentity
    /// All series, in order.
    var identities: [SeriesIdentity] { get }
    /// How many sources read one another when a row is read, this one not counted: 0 for what is in memory or in storage.
    var depth: Int { get }
    /// Something to read rows with; each thread has its own.
    func makeReader() -> any RowReader
}

extension RowSource {
    var hasOneName: Bool { false }

    var depth: Int { 0 }

    var identities: [SeriesIdentity] { (0..<count).map { series(at: $0) } }
}

/// Reads rows of one source; has the scratch memory that this takes.
protocol RowReader: AnyObject {
    /// Writes the row of the series at `position` into `row`, which has the grid's length.
    /// - Returns: false if there surely is no point; then what is in `row` means nothing.
    func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool
}

/// The labels of a series in the middle of an evaluation.
struct SeriesIdentity: Sendable {
    var labels: Labels
    /// Whether the metric's name is taken away at the end of the query; never set unless the engine postpones it.
    var dropsName: Bool

    /// About how many bytes a series takes beside those of its labels: this, the head of the array that they are in, and
    /// what finds it in storage.
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
            + map { (LabelName.isLegacy($0.name) ? $0.name : quoted($0.name)) + "=" + quoted($0.value) }
            .joined(separator: ", ") + "}"
    }
}
