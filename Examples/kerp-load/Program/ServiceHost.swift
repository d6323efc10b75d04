internal import KTSDBModel
internal import KerpLoadModel
internal import PrometheusWire
internal import Synchronization

/// The service while the program runs: what listeners read, and what the clock moves.
final class ServiceHost: Sendable {
    /// Nil while the past is sent: nothing answers until then.
    private let state = Mutex<KerpService?>(nil)

    /// The service as it is now.
    var service: KerpService? { state.withLock { $0 } }

    /// Lets instances answer.
    func begin(with service: KerpService) { state.withLock { $0 = service } }

    /// Answers the requests until `time`.
    ///
    /// - Returns: The log lines.
    func advance(to time: Timestamp, isLogged: Bool) -> [UInt8] {
        var lines: [UInt8] = []
        state.withLock { service in
            guard isLogged else { return service?.advance(to: time) ?? () }
            service?.advance(to: time) { lines += $0.logLine }
        }
        return lines
    }

    /// Returns what a scrape of an instance answers; nil if it does not answer.
    func page(of instance: Int) -> [UInt8]? {
        state.withLock { service in
            guard let instance = service?.instances[instance], !instance.isDown else { return nil }
            return instance.exposition
        }
    }

    /// Chooses a phase by hand; nil continues by time.
    func choose(_ phase: Phase?) { state.withLock { $0?.schedule.chosen = phase } }

    /// The phase as JSON: which it is, whether it was chosen by hand, how many seconds it still takes, and which
    /// instances are down.
    var phaseDescription: [UInt8] {
        let service = service
        var json = JSONWriter()
        json.object { json in
            let schedule = service?.schedule, time = service?.time ?? .now
            json.member("phase", schedule?.phase(at: time).rawValue)
            json.member("chosen", schedule?.chosen != nil)
            json.member("remaining_seconds", schedule?.remaining(at: time).map { $0 / .seconds(1) })
            json.member("down", service?.instances.filter(\.isDown).map(\.address) ?? [])
        }
        return json.takeBytes() + [UInt8(ascii: "\n")]
    }
}
