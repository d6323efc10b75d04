internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// The columns that a body is read into.
///
/// `@unchecked Sendable`: it is used by one scrape at a time, from ``ScratchPool/take()`` to ``ScratchPool/give(_:)``.
final class Scratch: @unchecked Sendable {
    var samples = ScrapedSamples()
    var stale = Column<UInt32>()
    var added = Column<UInt32>()
}

/// A pool of scratches: as many as bodies are read at the same time, rather than one for each target.
final class ScratchPool: Sendable {
    /// A scratch used for more samples than this is released, so that its memory goes back to the system.
    private static let largest = 200_000
    private let free = Mutex<[Scratch]>([])

    func take() -> Scratch { free.withLock { $0.popLast() } ?? Scratch() }

    func give(_ scratch: Scratch) {
        guard scratch.samples.count <= Self.largest else { return }
        free.withLock { $0.append(scratch) }
    }
}
