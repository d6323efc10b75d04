internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// Reports each event once, until a time without any events.
struct RepeatedEvents {
    private var seen: Set<String> = []

    mutating func isNew(_ event: String) -> Bool { seen.insert(event).inserted }
    mutating func nothingHappened() { if !seen.isEmpty { seen = [] } }
}
