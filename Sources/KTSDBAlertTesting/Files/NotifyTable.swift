/// `am_notify.json`: what receivers are sent, and what their answers mean.
enum NotifyTable {
    static let table = AlertTable("am_notify.json") { entry in
        let what = entry["what"]?.text ?? ""
        try need(checks[what], "a check of \(what)")(entry)
    }

    private static let checks: [String: @Sendable (TableValue) throws -> Void] = [
        "truncate": AnswerChecks.checkTruncation, "retry": AnswerChecks.checkRetry,
        "reason": AnswerChecks.checkReason, "retried statuses": AnswerChecks.checkRetriedStatuses,
        "slack answer": AnswerChecks.checkSlack, "pagerduty answer": AnswerChecks.checkPagerDuty,
        "pagerduty templating": ReceiverChecks.checkPagerDuty, "webhook url": ReceiverChecks.checkWebhookURL,
        "webhook max_alerts": ReceiverChecks.checkMaxAlerts, "log entry covers": DedupTable.checkCoverage,
        "merge": MergeCheck.check,
    ]
}
