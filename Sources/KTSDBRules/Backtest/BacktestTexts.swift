internal import KTSDBModel

/// Expands the labels and annotations of a rule in a back-test.
struct BacktestTexts: Sendable {
    let rule: AlertingRule
    let options: RuleOptions

    /// Returns the expanded label or annotation of one sample, or a text with the error.
    func expand(
        _ text: String, _ sample: RuleSample, _ values: AlertValues, at time: PreciseTime, _ source: any SeriesSource
    ) -> String {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
        let language = options.language
        var data = RuleTemplateData(
            name: "__alert_" + rule.name, sample: sample, environment: options.environment, time: time,
            query: { try language.prepare($0).evaluate(at: time.timestamp, in: source) })
        data.alertValues = values
        return options.templates.text(text, with: data, limit: options.bounds.textBytes)
    }

    /// Returns the expanded annotations of an alert. Templates read the labels of the alert's series in `result`, or
    /// those of the alert if `result` does not have the series.
    func annotations(
        of alert: Alert, _ result: Result<[RuleSample], RuleError>, at time: PreciseTime, _ source: any SeriesSource
    ) -> NamedTexts {
        guard !rule.annotations.isEmpty else { return [:] }
        let samples = (try? result.get()) ?? []
        let own = samples.first { isSample($0, of: alert) }
        let sample = own ?? RuleSample(labels: alert.labels, value: alert.value)
        let values = AlertValues(fired: alert.firedValue, resolved: alert.resolvedValue)
        return NamedTexts(rule.annotations.map { ($0.name, expand($0.text, sample, values, at: time, source)) })
    }

    /// Whether the alert has all labels of the series that the rule does not set.
    private func isSample(_ sample: RuleSample, of alert: Alert) -> Bool {
        sample.labels.allSatisfy { label in
            label.name == "__name__" || rule.labels[label.name] != nil || label.name == AlertSeries.nameLabel
                || alert.labels[label.name] == label.value
        }
    }
}
