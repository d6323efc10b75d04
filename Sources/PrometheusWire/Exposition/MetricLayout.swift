internal import KTSDBModel

/// The series of the metric that is being read, compared with those of the last body.
struct MetricLayout {
    /// How many series the metric has had so far.
    private(set) var count = 0
    /// Whether they are others than in the last body, or in another order. Only then, the lists are filled.
    private(set) var isChanged = false
    private(set) var fields: [MessageIndex.Field] = []
    private(set) var rows: [UInt32] = []
    /// The rows of all series that are known of the metric; filled once it has changed, because a metric may have any
    /// number of them, in any order.
    private var known: [MessageIndex.Field: UInt32] = [:]
    /// The rows in `rows`: a series that comes twice is there once.
    private var placed: Set<UInt32> = []

    mutating func begin() {
        count = 0
        guard isChanged else { return }
        isChanged = false
        fields.removeAll(keepingCapacity: fields.count < 1000)
        rows.removeAll(keepingCapacity: rows.count < 1000)
        known = [:]
        placed = []
    }

    /// Notes that the next series is the expected one.
    @inline(__always)
    mutating func passExpected(_ field: MessageIndex.Field, _ row: UInt32) {
        if isChanged { passOther(field, row) } else { count &+= 1 }
    }

    /// Notes that the next series is not the expected one; `old` are all of the last body.
    mutating func change(from old: [(field: MessageIndex.Field, row: UInt32)]) {
        guard !isChanged else { return }
        isChanged = true
        for (place, series) in old.enumerated() {
            known[series.field] = series.row
            guard place < count else { continue }
            fields.append(series.field)
            rows.append(series.row)
            placed.insert(series.row)
        }
    }

    /// Returns the row of a series that is known; nil otherwise.
    func row(of field: MessageIndex.Field) -> UInt32? { known[field] }

    /// Notes a series that is not the expected one.
    mutating func passOther(_ field: MessageIndex.Field, _ row: UInt32) {
        guard placed.insert(row).inserted else { return }
        count += 1
        fields.append(field)
        rows.append(row)
        known[field] = row
    }
}
