internal import KTSDBModel

extension AlertingRule {
    /// Returns the step of an evaluation whose query returned `result`. The series of the rule are unknown; see
    /// ``evaluate(_:_:in:_:)``.
    public func evaluate(
        _ state: RuleState, _ result: Result<[RuleSample], RuleError>, in context: RuleContext,
        expand: (String, RuleSample) -> String
    ) -> RuleStep {
        withoutActuallyEscaping(expand) { expand in
            evaluate(state, result, in: context, AlertInput(expand: { text, sample, _ in expand(text, sample) }))
        }
    }

    /// Returns the step of an evaluation whose query returned `result`.
    ///
    /// The order of events is that of Prometheus. When the expression returns a series, its alert becomes pending. When
    /// it has returned the series for at least `for`, the alert fires, in the same evaluation if `for` is zero. When it
    /// no longer returns the series, a pending alert ends at once, a firing one after `keep_firing_for`. Beyond
    /// Prometheus, ``noDataPolicy`` decides whether an alert also ends if its series no longer exists.
    public func evaluate(
        _ state: RuleState, _ result: Result<[RuleSample], RuleError>, in context: RuleContext, _ input: AlertInput
    ) -> RuleStep {
        do throws(RuleError) {
            var found = try alerts(of: try result.get(), from: state, in: context, input)
            let lost = try lostAlerts(state, found, context, input)
            if let lost, lost.isDataMissing {
                let sample = RuleSample(labels: [NoDataPolicy.alertLabel: "true"], value: .nan)
                found = try alerts(of: [sample], from: state, in: context, input)
            }
            guard found.count <= context.bounds.alerts else {
                throw .tooManyAlerts(context.bounds.alerts, found: found.count)
            }
            return advance(state, found, lost, in: context, input)
        } catch {
            return RuleStep(error, state, in: context)
        }
    }

    // MARK: The alerts of this evaluation

    /// Returns an alert for each sample, as if all of them were new.
    private func alerts(
        of samples: [RuleSample], from state: RuleState, in context: RuleContext, _ input: AlertInput
    ) throws(RuleError) -> [Labels: Alert] {
        var alerts: [Labels: Alert] = [:]
        for sample in samples {
            let labels = try labels(of: sample, input)
            let known = state.alerts[labels].flatMap { $0.state == .firing ? $0.firedValue : nil }
            let alert = Alert(
                labels: labels, annotations: annotations(for: sample, AlertValues(fired: known), input),
                value: sample.value, activeAt: context.time)
            guard alerts.updateValue(alert, forKey: alert.labels) == nil else { throw .duplicateAlert }
        }
        return alerts
    }

    /// Returns the labels of the alert of a sample.
    private func labels(of sample: RuleSample, _ input: AlertInput) throws(RuleError) -> Labels {
        var builder = LabelsBuilder(sample.labels)
        builder.remove("__name__")
        for label in labels { builder.set(label.name, input.expand(label.text, sample, AlertValues())) }
        builder.set(AlertSeries.nameLabel, name)
        return try builder.checkedLabels()
    }

    private func annotations(for sample: RuleSample, _ values: AlertValues, _ input: AlertInput) -> NamedTexts {
        NamedTexts(annotations.map { ($0.name, input.expand($0.text, sample, values)) })
    }

    /// Returns what is known of the alerts that this evaluation ends, or would end if there were data; nil if it is not
    /// needed.
    private func lostAlerts(
        _ state: RuleState, _ found: [Labels: Alert], _ context: RuleContext, _ input: AlertInput
    ) throws(RuleError) -> LostAlerts? {
        let policy = noDataPolicy, time = context.time
        let isNeeded =
            policy == .alert && found.isEmpty
            || state.alerts.values.contains { alert in
                guard alert.state != .inactive, found[alert.labels] == nil else { return false }
                return policy != .resolve || alert.state == .firing && !keepsFiring(alert, at: time)
            }
        guard isNeeded else { return nil }
        do throws(RuleError) {
            return try LostAlerts(try input.subjects(), policy) { (sample) throws(RuleError) in
                try labels(of: sample, input)
            }
        } catch {
            // With the policy `resolve`, only the value at the end is missing.
            if policy == .resolve { return nil }
            throw error
        }
    }

    // MARK: Their progress

    private func advance(
        _ state: RuleState, _ found: [Labels: Alert], _ lost: LostAlerts?, in context: RuleContext, _ input: AlertInput
    ) -> RuleStep {
        var known = state.alerts, next = state, active = 0, samples: [RuleSample] = []
        let readsValues = annotations.contains { AlertValues.areRead(by: $0.text) }
        let kept = lost?.kept(of: state, besides: found, atMost: context.bounds.alerts - found.count) ?? []
        for (labels, new) in found { known[labels] = new.continuing(known[labels]) }
        next.alerts = [:]
        next.written = WrittenSeries()
        for (labels, before) in known {
            let isFound = found[labels] != nil
            guard var alert = kept.contains(labels) ? before : advanced(before, isFound: isFound, at: context.time)
            else { continue }
            let hasEnded = alert.state == .inactive && before.state != .inactive
            if hasEnded { alert.resolvedValue = lost?.sample(labels)?.value }
            if readsValues, hasEnded || alert.state == .firing && before.state == .pending {
                alert.annotations = finalAnnotations(of: alert, lost?.sample(labels), input)
            }
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

    /// Returns the annotations of an alert that has just begun to fire or was just resolved. Those that read its values
    /// are expanded again.
    private func finalAnnotations(of alert: Alert, _ sample: RuleSample?, _ input: AlertInput) -> NamedTexts {
        let shown = RuleSample(labels: sample?.labels ?? alert.labels, value: alert.value)
        let values = AlertValues(fired: alert.firedValue, resolved: alert.resolvedValue)
        return NamedTexts(
            annotations.map { annotation in
                guard AlertValues.areRead(by: annotation.text) else {
                    return (annotation.name, alert.annotations[annotation.name] ?? "")
                }
                return (annotation.name, input.expand(annotation.text, shown, values))
            })
    }

    /// Returns the alert after an evaluation; nil if it is forgotten.
    private func advanced(_ alert: Alert, isFound: Bool, at time: PreciseTime) -> Alert? {
        var alert = alert
        if isFound {
            alert.keepFiringSince = nil
        } else if keepsFiring(alert, at: time) {
            alert.keepFiringSince = alert.keepFiringSince ?? time
        } else {
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

    /// Whether an alert that the expression no longer returns continues to fire because of `keep_firing_for`.
    private func keepsFiring(_ alert: Alert, at time: PreciseTime) -> Bool {
        guard alert.state == .firing, keepFiringFor > .zero else { return false }
        return time - (alert.keepFiringSince ?? time) < keepFiringFor
    }

    /// Returns the resolved state of an alert that the expression no longer returns; nil if it was pending, or was
    /// resolved more than ``Alert/resolvedRetention`` ago.
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
    /// Returns the known alert with the new value and annotations if its run has not ended; otherwise the new alert.
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
