internal import KTSDBModel

/// An alert as a client sends it: labels of any kind, times optional.
package struct PostedAlert: Sendable {
    /// Name and value in the order given. Empty values are left out.
    package var labels: [(name: String, value: String)]
    package var annotations: [(name: String, value: String)]
    package var startsAt: WallTime?
    package var endsAt: WallTime?
    package var generatorURL: String
    package var values = ReportedValues()

    package init(
        labels: [(name: String, value: String)], annotations: [(name: String, value: String)] = [],
        startsAt: WallTime? = nil, endsAt: WallTime? = nil, generatorURL: String = ""
    ) {
        self.labels = labels
        self.annotations = annotations
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.generatorURL = generatorURL
    }

    /// Returns the alert received at `now`: a missing start is now or the end, a missing end is `resolveTimeout` from
    /// now.
    /// - Throws: ``AlertError`` in Alertmanager's words.
    package func alert(
        at now: WallTime, resolveTimeout: Duration, syntax: MatcherSyntax, limits: AlertLimits = AlertLimits()
    ) throws(AlertError) -> ReceivedAlert {
        let start = startsAt ?? endsAt ?? now, end = endsAt ?? now + resolveTimeout
        guard start <= end else { throw AlertError("start time must be before end time") }
        try limits.check(self)
        let present = labels.filter { !$0.value.isEmpty }
        guard !present.isEmpty else { throw AlertError("at least one label pair required") }
        try Self.check(present, syntax, "invalid label set")
        try Self.check(annotations, syntax, "invalid annotations")
        guard let labels = try? Labels(checking: present.map { ($0.name, $0.value) }) else {
            throw AlertError("invalid label set: a name or value is too long")
        }
        var alert = ReceivedAlert(
            labels: labels, annotations: KeyValues(annotations.map { ($0.name, $0.value) }), startsAt: start,
            endsAt: end, generatorURL: generatorURL, updatedAt: now,
            isTimeout: endsAt == nil)
        alert.values = values
        return alert
    }

    private static func check(
        _ pairs: [(name: String, value: String)], _ syntax: MatcherSyntax, _ what: String
    ) throws(AlertError) {
        for pair in pairs where !syntax.isLabelName(pair.name) {
            throw AlertError("\(what): invalid name \(goQuoted(pair.name))")
        }
    }
}

/// How large an alert may be.
package struct AlertLimits: Hashable, Sendable {
    /// Bytes of all names and values of labels.
    package var labelByteLimit = 64 << 10
    /// Bytes of all names and values of annotations.
    package var annotationByteLimit = 256 << 10
    /// Alerts that are known at the same time.
    package var alertCountLimit = 1_000_000

    package init() {}

    func check(_ alert: PostedAlert) throws(AlertError) {
        func size(_ pairs: [(name: String, value: String)]) -> Int {
            pairs.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        }
        let labels = size(alert.labels), annotations = size(alert.annotations) + alert.generatorURL.utf8.count
        if labels > labelByteLimit {
            throw AlertError("invalid label set: \(labels) bytes; the limit is \(labelByteLimit)")
        }
        if annotations > annotationByteLimit {
            throw AlertError("invalid annotations: \(annotations) bytes; the limit is \(annotationByteLimit)")
        }
    }
}

/// The reason why an alert is refused.
package struct AlertError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
