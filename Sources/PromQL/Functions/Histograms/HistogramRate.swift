internal import KTSDBModel

/// Facts about the histograms of a whole series, found once and not for each window.
struct HistogramFacts {
    /// For each histogram whether the counter was reset since the one before, by what the two hold.
    let resets: [Bool]
    /// Whether all histograms have the same schema, and none is a gauge.
    let isUniform: Bool

    init(_ histograms: [Histogram]) {
        var resets: [Bool] = [], isUniform = true
        resets.reserveCapacity(histograms.count)
        for index in histograms.indices {
            resets.append(index > 0 && histograms[index].isReset(from: histograms[index - 1]))
            if histograms[index].schema != histograms[0].schema || histograms[index].counterResetHint == .gauge {
                isUniform = false
            }
        }
        self.resets = resets
        self.isUniform = isUniform
    }
}

/// Some histograms of one series in a row, with what was stored of when their counting began.
struct HistogramWindow: ~Escapable {
    private let values: ArraySlice<Histogram>
    private let facts: HistogramFacts
    let samples: StartedSamples

    /// The histograms in `range` of those in `values`, which `facts` are about.
    @_lifetime(copy samples)
    init(_ values: [Histogram], _ range: Range<Int>, _ facts: HistogramFacts, samples: consuming StartedSamples) {
        self.values = values[range]
        self.facts = facts
        self.samples = samples
    }

    var count: Int { values.count }
    subscript(index: Int) -> Histogram { values[values.startIndex + index] }
    var last: Histogram { values[values.endIndex - 1] }
    var isUniform: Bool { facts.isUniform }

    /// Whether the counter was reset just before the histogram at `index`, which is not the first.
    func isReset(before index: Int) -> Bool {
        facts.resets[values.startIndex + index] || samples.showsReset(before: index)
    }
}

extension ExtrapolatedRate {
    /// The rate of the histograms in one window: bucket by bucket what ``ExtrapolatedRate`` is for floats, extrapolated
    /// by one factor, which is that of the counts of observations.
    ///
    /// - Parameters:
    ///   - window: The histograms, at least one.
    ///   - end: The end of the window.
    ///   - width: Its width.
    ///   - annotations: Where annotations go.
    /// - Returns: nil if the samples do not suffice, or the histograms are incompatible.
    func histogram(
        _ window: borrowing HistogramWindow, end: Int64, width: Int64, _ annotations: SeriesAnnotations
    ) -> Histogram? {
        var increase: Histogram?
        if window.count > 1 {
            guard let found = histogramIncrease(window, annotations) else { return nil }
            increase = found
        }
        guard
            let (factor, countsFirst) = factor(
                window.samples, increase: increase?.count ?? 0, first: window[0].count, end: end, width: width)
        else { return nil }
        guard var result = increase ?? (countsFirst ? window[0] : nil) else { return nil }
        if countsFirst, increase != nil {
            do throws(IncompatibleHistograms) {
                annotations.add(try result.add(window[0]), of: .addition)
            } catch {
                annotations.add(.mixedExponentialAndCustom(metric: annotations.metricName))
                return nil
            }
        }
        result.multiply(by: factor)
        return result
    }

    /// From the first to the last histogram, with what a counter had reached each time it was reset; a gauge.
    private func histogramIncrease(_ window: borrowing HistogramWindow, _ annotations: SeriesAnnotations) -> Histogram?
    {
        let name = annotations.metricName, last = window.last
        var previous = window[0], isCustom = previous.usesCustomBuckets, found: [HistogramAnnotation] = []
        if isCounter, previous.counterResetHint == .gauge || last.counterResetHint == .gauge {
            found.append(.notCounter(metric: name))
        }
        let startsWithReset = isCounter && window.isReset(before: 1)
        if startsWithReset {
            // A counter starts from zero after a reset, so the buckets before it need not match the others.
            let second = window[1]
            previous = Histogram(schema: second.schema, customBounds: second.customBounds)
            isCustom = second.usesCustomBuckets
        }
        func refuse() -> Histogram? {
            annotations.add(.mixedExponentialAndCustom(metric: name))
            return nil
        }
        if last.usesCustomBuckets != isCustom {
            for annotation in found { annotations.add(annotation) }
            return refuse()
        }
        var schema = min(last.schema, previous.schema)
        if isCounter, !window.isUniform {
            for index in 1..<max(1, window.count - 1) {
                if window[index].counterResetHint == .gauge { found.append(.notCounter(metric: name)) }
                schema = min(schema, window[index].schema)
                if window[index].usesCustomBuckets != isCustom { return refuse() }
            }
        }
        var result = last
        result.counterResetHint = .unknown
        if !result.usesCustomBuckets { result.reduce(to: schema) }
        do throws(IncompatibleHistograms) {
            if try result.subtract(previous).contains(.boundsReconciled) {
                found.append(.boundsReconciled(.subtraction))
            }
            if isCounter {
                if window.samples.hasOverlap {
                    annotations.query.annotations.addStartTimeOverlap(metricName: name, at: annotations.place)
                }
                // What the first had reached before a reset was not taken away above.
                for index in (startsWithReset ? 2 : 1)..<max(2, window.count) where window.isReset(before: index) {
                    if try result.add(window[index - 1]).contains(.boundsReconciled) {
                        found.append(.boundsReconciled(.addition))
                    }
                }
            } else if window[0].counterResetHint != .gauge || last.counterResetHint != .gauge {
                found.append(.notGauge(metric: name))
            }
        } catch {
            return refuse()
        }
        for annotation in found { annotations.add(annotation) }
        result.counterResetHint = .gauge
        result.compact()
        return result
    }
}

extension WindowFunction {
    /// `irate`, `idelta` of two histograms that follow each other.
    ///
    /// - Returns: nil if they do not go together.
    func instant(
        _ first: Histogram, _ second: Histogram, isReset: Bool, milliseconds: Int64, _ annotations: SeriesAnnotations
    ) -> Histogram? {
        let isRate = self == .irate
        let gauges = [first, second].count { $0.counterResetHint == .gauge }
        if isRate, gauges > 0 { annotations.add(.notCounter(metric: annotations.metricName)) }
        if !isRate, gauges < 2 { annotations.add(.notGauge(metric: annotations.metricName)) }
        var result = second
        if !isRate || !isReset && !second.isReset(from: first) {
            do throws(IncompatibleHistograms) {
                annotations.add(try result.subtract(first), of: .subtraction)
            } catch {
                annotations.add(.mixedExponentialAndCustom(metric: annotations.metricName))
                return nil
            }
        }
        result.counterResetHint = .gauge
        result.compact()
        if isRate { result.divide(by: Double(milliseconds) / 1000) }
        return result
    }
}
