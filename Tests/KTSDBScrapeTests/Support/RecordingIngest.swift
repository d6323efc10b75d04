import KTSDBModel
import KTSDBScrape
import NIOCore
import Synchronization

/// Writes down what a loop does, and stores nothing.
final class RecordingIngest: BodyIngest {
    enum Event: Equatable {
        case page(url: String, text: String, at: Int64)
        case failure(url: String, reason: String, at: Int64)
        case retired(url: String, at: Int64)
        case tookOver(url: String, from: String)
    }

    final class Log: Sendable {
        private let all = Mutex<[Event]>([])
        var events: [Event] { all.withLock { $0 } }
        func append(_ event: Event) { all.withLock { $0.append(event) } }
        func removeAll() { all.withLock { $0 = [] } }

        /// When bodies of `url` came.
        func times(of url: String) -> [Int64] {
            events.compactMap { if case .page(url, _, let time) = $0 { time } else { nil } }
        }
    }

    private let url: String
    private let log: Log

    init(_ target: Target, log: Log) {
        url = target.url
        self.log = log
    }

    var waitsForDisk: Bool { false }
    var metadata: [String: MetricMetadata] { ["m": MetricMetadata(type: "gauge", help: url)] }

    func ingest(_ body: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, elapsed: () -> Duration)
        -> ScrapeOutcome
    {
        var outcome = ScrapeOutcome()
        switch body {
        case .success(let body):
            log.append(.page(url: url, text: String(buffer: body.bytes), at: timestamp.milliseconds))
            outcome.bytes = body.bytes.readableBytes
        case .failure(let error):
            log.append(.failure(url: url, reason: error.description, at: timestamp.milliseconds))
            outcome.error = error.description
        }
        return outcome
    }

    func retire(at timestamp: Timestamp) { log.append(.retired(url: url, at: timestamp.milliseconds)) }

    func takeOver(from predecessor: any BodyIngest) {
        log.append(.tookOver(url: url, from: (predecessor as? RecordingIngest)?.url ?? ""))
    }
}
