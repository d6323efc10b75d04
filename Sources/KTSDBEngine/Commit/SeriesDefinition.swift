package import KTSDBModel

/// A series and its number in the log and in blocks; numbers are never reused.
package struct SeriesDefinition: Hashable, Sendable {
    package var id: UInt64
    package var labels: Labels
    /// The series' newest sample before the frame, so that replay judges by it even if that sample is in a block; the
    /// time is `Int64.min` if there was no sample.
    package var lastTime: Int64
    package var lastBits: UInt64
    /// Whether the newest sample is another than what earlier frames say: replay goes by this one.
    package var corrects: Bool

    package init(
        id: UInt64, labels: Labels, lastTime: Int64 = .min, lastBits: UInt64 = 0, corrects: Bool = false
    ) {
        self.id = id
        self.labels = labels
        self.lastTime = lastTime
        self.lastBits = lastBits
        self.corrects = corrects
    }
}
