package import KTSDBAlerting
internal import KTSDBModel
internal import KTSDBNotify
internal import Synchronization

/// The notifier of this process as requests find it, with what limits and counts them.
package final class AlertmanagerHost: Sendable {
    private let service = Mutex<NotifierService?>(nil)
    private let reading = Atomic(0)
    private let refused = Atomic(0)
    /// How many GET requests may be answered at once.
    let readLimit: Int
    let meter = AlertmanagerRequestMeter()
    /// What answers say besides alerts and silences, without what the configuration says.
    private let base: APIContext

    init(_ options: AlertmanagerOptions, started: Timestamp, version: APIContext.Version) {
        readLimit = options.readConcurrency ?? max(8, ProcessStatistics.processors)
        var base = APIContext(startedAt: WallTime(milliseconds: started.milliseconds))
        base.version = version
        base.syntax = options.features.syntax
        self.base = base
    }

    /// The notifier; nil without one.
    package var notifier: NotifierService? { service.withLock { $0 } }

    /// Lets requests at a notifier, or at none.
    package func serve(_ notifier: NotifierService?) { service.withLock { $0 = notifier } }

    /// What answers say with a configuration.
    func context(_ configuration: LoadedNotifierConfiguration) -> APIContext {
        var context = base
        context.setReceivers(configuration.receivers)
        context.configuration = configuration.shownText
        return context
    }

    // MARK: Limits

    /// How many GET requests are being answered.
    var readCount: Int { reading.load(ordering: .relaxed) }
    /// How many GET requests were refused because of the limit.
    var refusedCount: Int { refused.load(ordering: .relaxed) }

    /// Begins to answer a GET request; returns false if there are too many.
    package func beginRead() -> Bool {
        let count = reading.add(1, ordering: .relaxed).newValue
        if count <= readLimit { return true }
        reading.subtract(1, ordering: .relaxed)
        refused.add(1, ordering: .relaxed)
        return false
    }

    package func endRead() { reading.subtract(1, ordering: .relaxed) }
}
