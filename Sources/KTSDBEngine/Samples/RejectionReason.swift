/// Why a sample was not stored.
@nonexhaustive
public enum RejectionReason: String, Hashable, Sendable, CaseIterable {
    /// Its timestamp is before the series' newest one, and the database takes no late samples.
    case outOfOrder = "out of order"
    /// The series has another value at this timestamp.
    case duplicateTimestamp = "duplicate sample for timestamp"
    /// Its timestamp is older than the newest of all samples by more than the window for late samples.
    case tooOld = "too old"
    /// Its timestamp is older than the newest of all samples by more than an hour, and the database takes no late
    /// samples.
    case outOfBounds = "out of bounds"
    /// Its timestamp is further ahead of the clock than the database allows.
    case tooFarInFuture = "too far in the future"
    /// The series is new, and the database already has as many as it may have.
    case seriesLimit = "too many series"
    /// The series is new, and the memory limit leaves no room for it (``Database/Configuration/memoryLimit``).
    case memoryLimit = "no memory for new series"
    /// The series is new, and its group already has as many in memory as a ``SeriesLimit`` allows.
    case seriesGroupLimit = "too many series in a group"
    /// The series is new, and its group already had as many new ones today as a ``SeriesLimit`` allows.
    case dailySeriesLimit = "too many new series today"
    /// Its labels are not valid: they are empty, a name occurs twice, or one is longer than 16 MiB.
    case invalidLabels = "invalid labels"
    /// Its series has more or longer labels than the database allows (``Database/Configuration/labelLimits``).
    case labelLimit = "too many or too long labels"
    /// Its series has left memory since it was resolved. Resolve it again.
    case staleSeriesID = "series no longer in memory"
    /// It is a histogram that is not valid, or has too many buckets.
    case invalidHistogram = "invalid histogram"
    /// The ``SeriesID`` comes from another database, or from this one before it was opened again.
    case foreignSeriesID = "series id of another database"
}

/// Counts rejections in a fixed array while a batch is applied.
struct RejectionCounts {
    private var counts: InlineArray<14, Int> = .init(repeating: 0)

    mutating func add(_ reason: RejectionReason, _ count: Int = 1) { counts[reason.position] += count }

    var dictionary: [RejectionReason: Int] {
        var result: [RejectionReason: Int] = [:]
        for reason in RejectionReason.allCases where counts[reason.position] > 0 {
            result[reason] = counts[reason.position]
        }
        return result
    }
}

extension RejectionReason {
    fileprivate var position: Int {
        switch self {
        case .outOfOrder: 0
        case .duplicateTimestamp: 1
        case .tooOld: 2
        case .tooFarInFuture: 3
        case .seriesLimit: 4
        case .invalidLabels: 5
        case .staleSeriesID: 6
        case .invalidHistogram: 7
        case .labelLimit: 8
        case .foreignSeriesID: 9
        case .memoryLimit: 10
        case .seriesGroupLimit: 11
        case .dailySeriesLimit: 12
        case .outOfBounds: 13
        }
    }
}
