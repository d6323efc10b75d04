package import KTSDBModel

/// A series and the number that log and blocks know it by; numbers are never used again.
package struct SeriesDefinition: Hashable, Sendable {
    package var id: UInt64
    package var labels: Labels
    /// The series' newest sample before the frame, so that replay judges by it even where that sample is in a block;
    /// the time is `Int64.min` when there is none.
    package var lastTime: Int64
    package var lastBits: UInt64

    package init(id: UInt64, labels: Labels, lastTime: Int64 = .min, lastBits: UInt64 = 0) {
        self.id = id
        self.labels = labels
        self.lastTime = lastTime
        self.lastBits = lastBits
    }
}
