internal import KTSDBNotify
internal import Logging

/// Logs when an integration begins to fail and when it works again, and nothing in between.
struct ReceiverHealth {
    private let logger: Logger
    /// The integrations whose last attempt failed, with the number of attempts that did.
    private var failing: [IntegrationID: Int] = [:]
    /// Those whose notifications were sent with an error in them.
    private var impaired: Set<IntegrationID> = []

    init(_ logger: Logger) { self.logger = logger }

    /// The integrations whose last attempt failed, in the order of their names.
    var failingIntegrations: [IntegrationID] { failing.keys.sorted { $0.description < $1.description } }

    mutating func note(_ outcome: AttemptOutcome, of id: IntegrationID) {
        switch outcome.result {
        case .success:
            if let count = failing.removeValue(forKey: id) {
                logger.info("notifications arrive again", metadata: Self.metadata(id, ["failures": "\(count)"]))
            }
        case .failure(let reason, let isRetryable, _):
            if failing[id] == nil {
                let next = isRetryable ? "trying again" : "trying again at the group's next flush"
                logger.warning(
                    "notification failed", metadata: Self.metadata(id, ["error": "\(reason)", "next": "\(next)"]))
            }
            failing[id, default: 0] += 1
        }
        note(outcome.warning, of: id)
    }

    private mutating func note(_ warning: String?, of id: IntegrationID) {
        guard let warning else {
            impaired.remove(id)
            return
        }
        guard impaired.insert(id).inserted else { return }
        logger.warning("notification sent with an error in it", metadata: Self.metadata(id, ["error": "\(warning)"]))
    }

    /// Forgets integrations that no configuration has any more.
    mutating func keep(_ isKnown: (IntegrationID) -> Bool) {
        failing = failing.filter { isKnown($0.key) }
        impaired = impaired.filter(isKnown)
    }

    private static func metadata(_ id: IntegrationID, _ rest: Logger.Metadata) -> Logger.Metadata {
        let names: Logger.Metadata = ["receiver": "\(id.receiver)", "integration": "\(id.kind)[\(id.index)]"]
        return names.merging(rest) { $1 }
    }
}
