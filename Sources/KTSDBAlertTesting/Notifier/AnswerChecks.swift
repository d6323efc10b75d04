import KTSDBNotify

/// Cases of `am_notify.json` about texts that are cut and what receivers answer.
enum AnswerChecks {
    static func checkTruncation(_ entry: TableValue) throws {
        let text = try need(entry["text"]?.text), count = try need(entry["n"]?.integer)
        let (output, isCut) =
            entry["unit"]?.text == "runes" ? Truncation.characters(text, count) : Truncation.bytes(text, count)
        try check(output, is: entry["output"]?.text)
        try check(isCut, is: entry["truncated"]?.flag, "whether the text was cut")
    }

    static func checkRetry(_ entry: TableValue) throws {
        let failure = answer(entry).checkStatus(retrying: entry["retry_codes"]?.integers ?? [])
        try check(failure?.text, is: entry["error"]?.text)
        try check(failure?.isRetryable ?? false, is: entry["retry"]?.flag, "whether it is retried")
    }

    static func checkReason(_ entry: TableValue) throws {
        try check(name(ReceiverAnswer.Reason(status: entry["status"]?.integer ?? 0)), is: reason(entry))
    }

    static func checkRetriedStatuses(_ entry: TableValue) throws {
        let name = try need(entry["receiver"]?.text), statuses = try need(entry["statuses"]?.integers)
        let kind = try need(IntegrationKind(rawValue: String(name.prefix { $0 != "-" })), "a known receiver")
        let integration = integration(kind, name.hasSuffix("-v1") ? ["service_key": .text("k")] : [:])
        for status in Array(400...451) + [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511] {
            let failure = ReceiverAnswer(status: status).failure(integration)
            try check(failure?.isRetryable, is: statuses.contains(status), "whether \(status) is retried")
        }
    }

    static func checkSlack(_ entry: TableValue) throws {
        let failure = answer(entry).failure(integration(.slack), channel: "c")
        try check(failure == nil, is: entry["ok"]?.flag, "whether it succeeded")
        guard let failure else { return }
        try check(failure.isRetryable, is: entry["retry"]?.flag, "whether it is retried")
        try check(error: failure.text, contains: entry["error"]?.text)
        try check(name(failure.reason), is: reason(entry))
    }

    static func checkPagerDuty(_ entry: TableValue) throws {
        try check(answer(entry).failure(integration(.pagerduty))?.text, is: entry["error"]?.text)
    }

    /// An integration with the defaults of its kind, and other values.
    static func integration(
        _ kind: IntegrationKind, _ values: [String: ConfigurationValue] = [:]
    ) -> IntegrationConfiguration {
        var fields = kind.schema.defaults
        for (name, value) in values { fields[name] = value }
        return IntegrationConfiguration(kind: kind, index: 0, values: fields)
    }

    private static func answer(_ entry: TableValue) -> ReceiverAnswer {
        ReceiverAnswer(
            status: entry["status"]?.integer ?? 0, body: Array((entry["body"]?.text ?? "").utf8),
            contentType: entry["content_type"]?.text ?? "")
    }

    private static func reason(_ entry: TableValue) -> String {
        (entry["reason"]?.text ?? "").replacing("Reason", with: "").lowercased()
    }

    private static func name(_ reason: ReceiverAnswer.Reason) -> String {
        reason == .other ? "default" : reason.rawValue.lowercased()
    }
}
