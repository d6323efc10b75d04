internal import KTSDBNotify
internal import KTSDBScrape

/// Why a receiver has not answered.
struct ReceiverFailure: Error, Sendable {
    var text: String
    var reason = ReceiverAnswer.Reason.other

    init(text: String, reason: ReceiverAnswer.Reason = .other) {
        self.text = text
        self.reason = reason
    }

    /// Says in words what a request threw, which had `time`. The address may be a secret.
    init(_ cause: any Error, _ method: String, within time: Duration) {
        if Task.isCancelled {
            self.init(text: "context canceled", reason: .contextCanceled)
            return
        }
        if let failure = cause as? OAuth2Tokens.Failure {
            self.init(text: failure.description, reason: failure.isRefusal ? .authError : .other)
            return
        }
        let problem = RequestFailure(method: method == "PUT" ? "Put" : "Post", url: "<redacted>", timeout: time)
        let error = problem.error(for: cause)
        self.init(text: "\(error)", reason: error == problem.deadlineExceeded ? .contextDeadlineExceeded : .other)
    }
}
