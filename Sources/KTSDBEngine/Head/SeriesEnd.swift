/// Determines by a series' newest sample whether it has ended.
struct SeriesEnd {
    /// A staleness marker before this time ends the series.
    var staleBefore: Int64
    /// A series whose newest sample is before this time has ended without a marker.
    var quietSince: Int64
    /// A sample after this time was stored while the clock was wrong, and does not show that its series still lives.
    var latest = Int64.max

    private static let staleMarker = 0x7ff0_0000_0000_0002 as UInt64

    /// Whether a series says itself that it has ended: samples that are late, or that come seldom, look quiet, too.
    static func isMarker(_ bits: UInt64) -> Bool { bits == staleMarker }

    /// Whether the series has ended whose newest sample has this time and these bits.
    @inline(__always)
    func isPast(_ time: Int64, _ bits: UInt64) -> Bool {
        time < quietSince || time > latest || time < staleBefore && bits == Self.staleMarker
    }
}
