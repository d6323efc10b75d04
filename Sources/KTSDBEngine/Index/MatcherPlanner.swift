package import KTSDBModel

/// Finds the series that match all of some matchers: cheap conditions first, each regular expression once per value.
package enum MatcherPlanner {
    /// The approximate cost in nanoseconds of reading one value of a label, and one number of a list.
    static let scanCost = 20, listCost = 1

    /// Returns the series that match all matchers, ascending; all series if there are no matchers.
    package static func resolve<Source: PostingsSource>(
        _ matchers: [LabelMatcher], in source: Source, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [UInt32] {
        try limits?.check()
        var found: [UInt32]?
        let selections = matchers.map(TermSelection.init)

        // Matchers with known values come first, from the fewest series to the most.
        var listed: [(matcher: LabelMatcher, terms: [Source.Term], count: Int)] = []
        var scans: [(selection: TermSelection, cost: Int)] = []
        for selection in selections where selection.keeps {
            guard case .listed(let values) = selection.values else {
                scans.append((selection, try source.valueCount(of: selection.name)))
                continue
            }
            let terms = try terms(selection.name, values, in: source, limits)
            guard !terms.isEmpty else { return [] }
            listed.append((selection.matcher, terms, try seriesCount(of: terms, in: source)))
        }
        for (matcher, terms, count) in listed.sorted(by: { $0.count < $1.count }) {
            if let candidates = found, candidates.count * source.lookupCost < count * listCost {
                found = try source.filter(candidates, matcher, limits: limits)
            } else {
                let series = try union(terms, within: found, in: source, limits)
                found = found.map { SeriesLists.intersection($0, series) } ?? series
                try limits?.check()
            }
            if found!.isEmpty { return [] }
        }

        for (selection, cost) in scans.sorted(by: { $0.cost < $1.cost }) {
            if let candidates = found, candidates.count * source.lookupCost < cost * scanCost {
                found = try source.filter(candidates, selection.matcher, limits: limits)
            } else {
                let series = try scan(selection, within: found, in: source, limits)
                found = found.map { SeriesLists.intersection($0, series) } ?? series
                try limits?.check()
            }
            if found!.isEmpty { return [] }
        }

        var result: [UInt32] = []
        if let found { result = found } else { try source.appendAllSeries(to: &result, limits: limits) }
        for selection in selections where !selection.keeps && !result.isEmpty {
            result = try drop(selection, from: result, in: source, limits)
        }
        return result
    }

    /// The largest number of values that ``bound(_:in:)`` looks up.
    package static func lookups(of selections: [TermSelection]) -> Int {
        selections.reduce(0) { count, selection in
            guard selection.keeps, case .listed(let values) = selection.values else { return count }
            return count + values.count
        }
    }

    /// Returns an upper bound of the number of series that match all matchers, which is also about how many
    /// ``resolve(_:in:)`` reads: the length of the shortest list of a matcher with known values. Reads no list.
    package static func bound<Source: PostingsSource>(
        _ selections: [TermSelection], in source: Source
    ) throws(ReadError) -> Int {
        var bound = source.seriesBound
        for selection in selections where selection.keeps {
            guard case .listed(let values) = selection.values else { continue }
            bound = min(bound, try seriesCount(of: try terms(selection.name, values, in: source, nil), in: source))
            // Callers need no better bound.
            if bound < 64 { break }
        }
        return bound
    }

    /// Returns the series that match all matchers of at least one of the lists, ascending; nil, for all series, if
    /// there are no lists or one is empty.
    package static func resolve<Source: PostingsSource>(
        anyOf lists: [[LabelMatcher]], in source: Source, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [UInt32]? {
        guard !lists.isEmpty, !lists.contains(where: \.isEmpty) else { return nil }
        if lists.count == 1 { return try resolve(lists[0], in: source, limits: limits) }
        var found = SeriesBitmap(bound: source.seriesBound)
        for matchers in lists {
            let series = try resolve(matchers, in: source, limits: limits)
            found.insert(series)
        }
        return found.numbers
    }

    /// Returns the values of the label `name` in `series`, or in all series if that is nil: ascending, at most `limit`.
    package static func labelValues<Source: PostingsSource>(
        of name: [UInt8], in series: [UInt32]?, limit: Int, of source: Source, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        guard limit > 0 else { return [] }
        guard let series else { return try source.values(of: name, in: nil, limit: limit, limits: limits) }
        guard try series.count * source.lookupCost < source.valueCount(of: name) * scanCost else {
            var wanted = SeriesBitmap(bound: source.seriesBound)
            wanted.insert(series)
            return try source.values(of: name, in: wanted, limit: limit, limits: limits)
        }
        return try source.values(of: name, ofFew: series, limit: limit, limits: limits)
    }

    /// Returns the values of the label `name` in the series that match all matchers: ascending, at most `limit`.
    package static func labelValues<Source: PostingsSource>(
        of name: String, matching matchers: [LabelMatcher], limit: Int? = nil, in source: Source,
        limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        let series = try resolve(anyOf: [matchers], in: source, limits: limits)
        return try labelValues(of: Array(name.utf8), in: series, limit: limit ?? .max, of: source, limits: limits)
    }

    /// Returns the label names of `series`, or of all series if that is nil, ascending.
    package static func labelNames<Source: PostingsSource>(
        in series: [UInt32]?, of source: Source, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        guard let series else { return try source.names() }
        return try source.names(of: series, limits: limits)
    }

    /// The names of the labels that series matching all matchers have, ascending, at most `limit`.
    package static func labelNames<Source: PostingsSource>(
        matching matchers: [LabelMatcher], limit: Int? = nil, in source: Source, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        let series = try resolve(anyOf: [matchers], in: source, limits: limits)
        let names = try labelNames(in: series, of: source, limits: limits)
        return Array(names.prefix(limit ?? names.count))
    }

    private static func terms<Source: PostingsSource>(
        _ name: [UInt8], _ values: [[UInt8]], in source: Source, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [Source.Term] {
        var terms: [Source.Term] = [], pace = Pace(limits)
        for value in values {
            try pace.step(source.lookupCost / 8)
            if let term = try source.term(name, value) { terms.append(term) }
        }
        return terms
    }

    /// The terms whose values a selection is about.
    private static func terms<Source: PostingsSource>(
        of selection: TermSelection, in source: Source, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [Source.Term] {
        switch selection.values {
        case .listed(let values): try terms(selection.name, values, in: source, limits)
        case .accepted(let condition): try source.terms(of: selection.name, accepting: condition, limits: limits)
        }
    }

    private static func seriesCount<Source: PostingsSource>(
        of terms: [Source.Term], in source: Source
    ) throws(ReadError) -> Int {
        var count = 0
        for term in terms { count += try source.seriesCount(of: term) }
        return count
    }

    private static func scan<Source: PostingsSource>(
        _ selection: TermSelection, within found: [UInt32]?, in source: Source, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32] {
        try union(terms(of: selection, in: source, limits), within: found, in: source, limits)
    }

    /// Returns the series of some terms of one label, which have no series in common. Series not in `found` may be left
    /// out.
    private static func union<Source: PostingsSource>(
        _ terms: [Source.Term], within found: [UInt32]?, in source: Source, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32] {
        var series: [UInt32] = [], pace = Pace(limits)
        if terms.count == 1 {
            try source.appendSeries(of: terms[0], to: &series)
            return series
        }
        guard try seriesCount(of: terms, in: source) > source.seriesBound / 64 else {
            for term in terms {
                try pace.step(8)
                try source.appendSeries(of: term, to: &series)
            }
            try series.sort(within: limits, units: 1) { $0 < $1 }
            return series
        }
        var bitmap = SeriesBitmap(bound: source.seriesBound)
        for term in terms {
            series.removeAll(keepingCapacity: true)
            try source.appendSeries(of: term, to: &series)
            bitmap.insert(series)
            try pace.step(8 + series.count / 8)
        }
        return found.map { $0.filter(bitmap.contains) } ?? bitmap.numbers
    }

    private static func drop<Source: PostingsSource>(
        _ selection: TermSelection, from series: [UInt32], in source: Source, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32] {
        let lookups = series.count * source.lookupCost
        if case .accepted = selection.values, try lookups < source.valueCount(of: selection.name) * scanCost {
            return try source.filter(series, selection.matcher, limits: limits)
        }
        let terms = try terms(of: selection, in: source, limits)
        if try lookups < seriesCount(of: terms, in: source) * listCost {
            return try source.filter(series, selection.matcher, limits: limits)
        }
        guard !terms.isEmpty else { return series }
        return SeriesLists.difference(series, try union(terms, within: series, in: source, limits))
    }
}
