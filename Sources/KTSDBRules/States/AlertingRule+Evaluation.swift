internal import KTSDBModel

extension AlertingRule {
    /// Returns what an evaluation comes to whose query gave `result`.
    ///
    /// `expand` turns a label or annotation of the rule into the text for one sample; it never fails, an error becomes
    /// a text. The order of events is that of Prometheus: a series that the expression gives makes its alert pending;
    /// one that it has given for as long as `for` makes it fire, in the same evaluation if `for` is zero; one that it
    /// does not give any more ends it, at once if it is pending, after `keep_firing_for` if it fires.
    public func evaluate(
        _ state: RuleState, _ result: Result<[RuleSample], RuleError>, in context: RuleContext,
        expand: (String, RuleSample) -> String
    ) -> RuleStep {
        do throws(RuleError) {
            let found = try alerts(of: try result.get(), in: context, expand)
            guard found.count <= context.bounds.alerts else {
                throw .tooManyAlerts(context.bounds.alerts, found: found.count)
            }
            return advance(state, found, in: context)
        } catch {
            return RuleStep(error, state, in: context)
        }
    }

    /// Returns an alert for each sample, as if all of them were new.
    private func alerts(
        of samples: [RuleSample], in context: RuleContext, _ expand: (String, RuleSample) -> String
    ) throws(RuleError) -> [Labels: Alert] {
        var alerts: [Labels: Alert] = [:]
        for sample in samples {
            var builder = LabelsBuilder(sample.labels)
            builder.remove("__name__")
            for label in labels { builder.set(label.name, expand(label.text, sample)) }
            builder.set(AlertSeries.nameLabel, name)
            let annotations = NamedTexts(annotations.map { ($0.name, expand($0.text, sample)) })
            let alert = Alert(
                labels: try builder.checkedLabels(), annotations: annotations, value: sample.value,
                activeAt: context.time)
            guard alerts.updateValue(alert, forKey: alert.labels) == nil else { throw .duplicateAlert }
        }
        return alerts
    }

    private func advance(_ state: RuleState, _ found: [Labels: Alert], in context: RuleContext) -> RuleStep {
        var known = state.alerts, next = state, active = 0, samples: [RuleSample] = []
        for (labels, new) in found { known[labels] = new.continuing(known[labels]) }
        next.alerts = [:]
        next.written = WrittenSeries()
        for (labels, alert) in known {
            guard let alert = advanced(alert, isFound: found[labels] != nil, at: context.time) else { continue }
            next.alerts[labels] = alert
            guard alert.state != .inactive else { continue }
            active += 1
            guard state.isRestored else { continue }
            next.written.alerts[labels] = alert.state
            samples += AlertSeries.samples(of: alert)
        }
        guard context.limit <= 0 || active <= context.limit else {
            next.alerts = [:]
            next.written = state.written
            return RuleStep(.limit(context.limit, found: active, isAlerting: true), next, in: context)
        }
        return RuleStep(from: state, to: next, samples: samples, in: context)
    }

    /// Returns the alert after an evaluation; nil if it is forgotten.
    private func advanced(_ alert: Alert, isFound: Bool, at time: PreciseTime) -> Alert? {
        var alert = alert
        if isFound {
            alert.keepFiringSince = nil
        } else if !keepsFiring(&alert, at: time) {
            return ended(alert, at: time)
        }
        if alert.state == .pending, time - alert.activeAt >= holdDuration {
            alert.state = .firing
            alert.firedAt = time
            alert.firedValue = alert.value
        }
        if alert.state == .firing, time - alert.activeAt < holdDuration { alert.fallBack() }
        return alert
    }

    /// Whether an alert that the expression does not give continues to fire; notes when that began.
    private func keepsFiring(_ alert: inout Alert, at time: PreciseTime) -> Bool {
        guard alert.state == .firing, keepFiringFor > .zero else { return false }
        let since = alert.keepFiringSince ?? time
        alert.keepFiringSince = since
        return time - since < keepFiringFor
    }

    /// Returns what is left of an alert that the expression does not give.
    private func ended(_ alert: Alert, at time: PreciseTime) -> Alert? {
        switch alert.state {
        case .pending: return nil
        case .firing:
            var alert = alert
            alert.state = .inactive
            alert.resolvedAt = time
            return alert
        case .inactive:
            guard let resolvedAt = alert.resolvedAt, time - resolvedAt > Alert.resolvedRetention else { return alert }
            return nil
        }
    }
}

extension Alert {
    /// Returns the alert as the continuation of what is known of it: a run that is not over keeps its times.
    fileprivate func continuing(_ known: Alert?) -> Alert {
        guard var known, known.state != .inactive else { return self }
        known.value = value
        known.annotations = annotations
        return known
    }

    /// Makes a firing alert pending again, because the rule's `for` is longer now.
    fileprivate mutating func fallBack() {
        state = .pending
        firedAt = nil
        firedValue = nil
        lastSentAt = nil
        keepFiringSince = nil
    }
}
