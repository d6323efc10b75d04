package import KTSDBNotify

/// Whoever brings a notification to its receiver: over HTTP and by mail, or as a test wishes.
package protocol NotificationSender: Sendable {
    /// Makes one attempt, which may take `remaining`, and returns how it ended. Ends early when its task is cancelled.
    func send(
        _ delivery: Delivery, _ integration: IntegrationConfiguration, _ context: PayloadContext,
        at now: WallTime, within remaining: Duration
    ) async -> AttemptOutcome

    /// Closes connections that are not in use: a configuration may not need them any more.
    func forgetConnections() async

    /// Ends. Attempts under way may fail.
    func close() async
}

/// How one attempt ended.
package struct AttemptOutcome: Hashable, Sendable {
    package var result: DeliveryResult
    /// The status of the last HTTP answer, or the code of the last reply of a mail server; nil without an answer.
    package var status: Int?
    /// Why it failed, as it is counted; nil if it did not.
    package var reason: ReceiverAnswer.Reason?
    /// What the operator should know although the notification was sent: a template that failed.
    package var warning: String?

    package init(
        _ result: DeliveryResult, status: Int? = nil, reason: ReceiverAnswer.Reason? = nil, warning: String? = nil
    ) {
        self.result = result
        self.status = status
        self.reason = reason
        self.warning = warning
    }
}
