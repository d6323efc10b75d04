package import KTSDBModel

/// Turns the labels in a body into the labels that are stored: adds the target's labels, applies the job's rules and
/// checks the limits.
package struct SeriesPolicy: Sendable {
    /// The decision about a series.
    package enum Verdict: Equatable, Sendable {
        case keep(Labels)
        /// The rules drop the series.
        case drop
        /// The whole body is refused.
        case refuse(reason: String, isLimit: Bool)
    }

    private let targetLabels: Labels
    private let honorsLabels: Bool
    private let rules: [RelabelRule]
    private let names: NameScheme
    private let limits: ScrapeJob.Limits
    private let storageLimits: LabelLimits

    /// `storageLimits` are those of the database: a body with a series that the database would refuse is refused as a
    /// whole, like one that exceeds a limit of its job.
    package init(targetLabels: Labels, job: ScrapeJob, storageLimits: LabelLimits = .none) {
        self.targetLabels = targetLabels
        honorsLabels = job.honorsLabels
        rules = job.metricRules
        names = job.names
        limits = job.limits
        self.storageLimits = storageLimits
    }

    /// Decides about a series with the labels `scraped`; the labels `emptyNames` have an empty value in the body.
    ///
    /// If the job honours the labels of the body, an empty label removes the target's label of that name: this is how a
    /// target that reports for others, such as a Pushgateway, says that a series does not belong to an instance.
    /// Otherwise, an empty label counts as missing.
    package func verdict(on scraped: Labels, emptyNames: [String] = []) -> Verdict {
        let added =
            honorsLabels && !emptyNames.isEmpty ? targetLabels.removing(where: emptyNames.contains) : targetLabels
        var labels: Labels
        do throws(LabelTooLong) {
            if let merged = scraped.merged(with: added) {
                labels = merged
            } else {
                labels = try resolvingConflicts(scraped, added)
            }
            if !rules.isEmpty {
                var builder = LabelsBuilder(labels)
                guard builder.relabel(rules) else { return .drop }
                labels = try builder.build()
                if labels.isEmpty { return .drop }
            }
        } catch {
            return .refuse(reason: "\(error)", isLimit: true)
        }
        if let reason = invalidName(in: labels) { return .refuse(reason: reason, isLimit: false) }
        if let reason = exceededLimit(in: labels) { return .refuse(reason: reason, isLimit: true) }
        if let excess = storageLimits.excess(of: labels) {
            return .refuse(reason: "\(excess); the limit is set by \(excess.limit.flag)", isLimit: true)
        }
        return .keep(labels)
    }

    /// Resolves conflicts between a series' labels and the target's labels of the same names: those of the series
    /// either stay as they are in the body, or get the prefix `exported_`, as often as it takes, to make way.
    private func resolvingConflicts(_ scraped: Labels, _ added: Labels) throws(LabelTooLong) -> Labels {
        var builder = LabelsBuilder(scraped)
        var conflicts: [(name: String, value: String)] = []
        for label in added {
            if let own = builder[label.name] {
                if honorsLabels { continue }
                conflicts.append((label.name, own))
            }
            builder.set(label.name, label.value)
        }
        // Shorter names first, so that the result does not depend on the order of the labels.
        for (name, value) in conflicts.enumerated().sorted(by: {
            ($0.element.name.utf8.count, $0.offset) < ($1.element.name.utf8.count, $1.offset)
        }).map(\.element) {
            var exported = "exported_\(name)"
            while builder[exported] != nil { exported = "exported_\(exported)" }
            builder.set(exported, value)
        }
        return try builder.build()
    }

    private func invalidName(in labels: Labels) -> String? {
        guard let name = labels.metricName else { return "missing metric name (__name__ label)" }
        guard names == .legacy else { return nil }
        let isValid = names.isMetricName(name) && labels.allSatisfy { names.isLabelName($0.name) }
        return isValid ? nil : "invalid metric name or label names: \(labels)"
    }

    private func exceededLimit(in labels: Labels) -> String? {
        var metric: Substring { labels.metricName.map { $0.prefix(50) } ?? "" }
        if let limit = limits.labels {
            let count = labels.count
            if count > limit {
                return "label_limit exceeded (metric: \(metric), number of labels: \(count), limit: \(limit))"
            }
        }
        guard limits.labelNameBytes != nil || limits.labelValueBytes != nil else { return nil }
        for label in labels {
            if let limit = limits.labelNameBytes, label.name.utf8.count > limit {
                return "label_name_length_limit exceeded (metric: \(metric), label name: \(label.name.prefix(50)), "
                    + "length: \(label.name.utf8.count), limit: \(limit))"
            }
            if let limit = limits.labelValueBytes, label.value.utf8.count > limit {
                return "label_value_length_limit exceeded (metric: \(metric), label name: \(label.name.prefix(50)), "
                    + "value: \(goQuoted(String(label.value.prefix(50)))), length: \(label.value.utf8.count), "
                    + "limit: \(limit))"
            }
        }
        return nil
    }
}

extension Labels {
    /// Returns these labels and `others`; nil if both have a label of the same name. Makes one pass over the bytes of
    /// both, because it is done for each new series.
    func merged(with others: Labels) -> Labels? {
        let mine = stringForm, theirs = others.stringForm
        var merged: [UInt8] = []
        merged.reserveCapacity(mine.count + theirs.count)
        var left = LabelCursor(mine), right = LabelCursor(theirs)
        // The beginning of the label that is next in order, including its length bytes.
        var leftStart = 0, rightStart = 0
        var a = left.next(), b = right.next()
        while let first = a, let second = b {
            if mine[first.name].lexicographicallyPrecedes(theirs[second.name]) {
                merged.append(contentsOf: mine[leftStart..<first.value.upperBound])
                leftStart = first.value.upperBound
                a = left.next()
            } else {
                if mine[first.name] == theirs[second.name] { return nil }
                merged.append(contentsOf: theirs[rightStart..<second.value.upperBound])
                rightStart = second.value.upperBound
                b = right.next()
            }
        }
        merged.append(contentsOf: mine[leftStart...])
        merged.append(contentsOf: theirs[rightStart...])
        return Labels(uncheckedStringForm: merged)
    }
}
