package import KTSDBModel

/// An index from label values to series: the head's, or a block's.
///
/// Series are numbers below ``seriesBound``; a list of series ascends, without duplicates. Names and values are bytes.
/// Methods that may take long check the given limits.
package protocol PostingsSource {
    /// One value of one label, and the location of its series. Cheap to copy.
    associatedtype Term

    /// All series numbers are below this.
    var seriesBound: Int { get }
    /// The approximate cost in nanoseconds of reading one label of one series.
    var lookupCost: Int { get }

    /// Appends all series.
    func appendAllSeries(to series: inout [UInt32], limits: (any ReadLimits)?) throws(ReadError)
    /// The names of all labels, ascending.
    func names() throws(ReadError) -> [[UInt8]]
    /// The number of values of the label `name`; 0 if no series has it.
    func valueCount(of name: [UInt8]) throws(ReadError) -> Int
    /// The term of one value, or nil if no series has it.
    func term(_ name: [UInt8], _ value: [UInt8]) throws(ReadError) -> Term?
    /// The terms of the values of `name` that the condition accepts.
    func terms(
        of name: [UInt8], accepting condition: ValueCondition, limits: (any ReadLimits)?
    ) throws(ReadError) -> [Term]
    /// The values of `name` in `series`, or in all series if that is nil: ascending, at most `limit`.
    func values(
        of name: [UInt8], in series: SeriesBitmap?, limit: Int, limits: (any ReadLimits)?
    ) throws(ReadError) -> [[UInt8]]
    /// The number of series that have the term.
    func seriesCount(of term: Term) throws(ReadError) -> Int
    /// Appends the series that have the term.
    func appendSeries(of term: Term, to series: inout [UInt32]) throws(ReadError)
    /// For each of `series`, a number for its value of the label `name`, equal for equal values; nil if it has no
    /// value.
    func valueNumbers(
        of name: [UInt8], series: [UInt32], limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32?]
    /// The value of the label `name` with this number.
    func value(_ number: UInt32, of name: [UInt8]) throws(ReadError) -> [UInt8]
    /// The label names of `series`, ascending.
    func names(of series: [UInt32], limits: (any ReadLimits)?) throws(ReadError) -> [[UInt8]]
}

extension PostingsSource {
    /// Returns the candidates that the matcher accepts, in their order. Each distinct value is matched once, since some
    /// may be long.
    package func filter(
        _ candidates: [UInt32], _ matcher: LabelMatcher, limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32] {
        let name = Array(matcher.name.utf8), matchesEmpty = matcher.matchesEmpty
        let numbers = try valueNumbers(of: name, series: candidates, limits: limits)
        var kept: [UInt32] = [], verdicts: [UInt32: Bool] = [:], pace = Pace(limits)
        for (series, number) in zip(candidates, numbers) {
            try pace.step(2)
            guard let number else {
                if matchesEmpty { kept.append(series) }
                continue
            }
            var verdict = verdicts[number]
            if verdict == nil {
                let value = try self.value(number, of: name)
                try pace.step(16 + value.count / 16)
                verdict = try matcher.matches(value.span, limits: limits)
                verdicts[number] = verdict
            }
            if verdict == true { kept.append(series) }
        }
        return kept
    }

    /// Returns the values of the label `name` in `series`, ascending, at most `limit`. Reads each value once.
    package func values(
        of name: [UInt8], ofFew series: [UInt32], limit: Int, limits: (any ReadLimits)?
    ) throws(ReadError) -> [[UInt8]] {
        var numbers: Set<UInt32> = []
        for number in try valueNumbers(of: name, series: series, limits: limits) {
            if let number { numbers.insert(number) }
        }
        var values: [[UInt8]] = [], pace = Pace(limits)
        let reservation = ReadReservation(limits)
        for number in numbers {
            let value = try self.value(number, of: name)
            try pace.step(16 + value.count / 16)
            try reservation.grow(bytes: value.count + 48)
            values.append(value)
        }
        try values.sort(within: limits, by: ByteOrder.precedes)
        return limit < values.count ? Array(values.prefix(limit)) : values
    }
}

/// A condition on the values of one label.
package struct ValueCondition: Sendable {
    /// Only values with this prefix are accepted. Where values are sorted, others are not read.
    package let prefix: [UInt8]
    private let matcher: LabelMatcher?
    private let expected: Bool

    /// Accepts every value.
    package static let all = ValueCondition(prefix: [], matcher: nil, expected: true)

    /// Accepts the values with `prefix` for which the result of `matcher` is `expected`. Without a matcher, all of
    /// them.
    package init(prefix: [UInt8], matcher: LabelMatcher?, expected: Bool) {
        self.prefix = prefix
        self.matcher = matcher
        self.expected = expected
    }

    /// Whether the value is accepted.
    package func accepts(_ value: Span<UInt8>, limits: (any ReadLimits)? = nil) throws(ReadError) -> Bool {
        guard ByteOrder.starts(value, with: prefix.span) else { return false }
        guard let matcher else { return true }
        return try matcher.matches(value, limits: limits) == expected
    }
}
