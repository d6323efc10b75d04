public import Foundation
public import KTSDBModel

extension Timestamp {
    /// The time of a date, to the millisecond before; the earliest or latest timestamp where it is out of range.
    public init(_ date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded(.down)
        guard let exact = Int64(exactly: milliseconds) else {
            self = milliseconds < 0 ? .earliest : .latest
            return
        }
        self.init(milliseconds: exact)
    }
}

extension Date {
    /// The date of a timestamp.
    public init(_ timestamp: Timestamp) {
        self.init(timeIntervalSince1970: Double(timestamp.milliseconds) / 1000)
    }
}

extension ClosedRange<Timestamp> {
    /// The range between two dates.
    public init(_ dates: ClosedRange<Date>) { self = Timestamp(dates.lowerBound)...Timestamp(dates.upperBound) }
}
