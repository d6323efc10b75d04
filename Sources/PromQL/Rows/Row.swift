internal import KTSDBModel

/// One point for each step of a grid: what one series is, at all steps at once.
///
/// The floats are a plain run of doubles that kernels walk without a second array: a step without a point holds
/// ``Swift/Double/absent``, a step with a histogram ``Swift/Double/histogramMark``, and the histogram itself is in
/// ``histograms``. So code that only asks *whether* there is a point, or moves points about, sees both kinds; code that
/// computes with floats takes the histograms out first (``takeHistograms()``, ``dropHistograms()``), which costs one
/// comparison for a row that has none. A value that is written into a row passes through ``point(_:)`` if it may have
/// any bits.
struct Row: ~Copyable {
    private var values: Column<Double>
    /// The histograms at steps that are marked; entries for other steps have no meaning.
    private(set) var histograms = HistogramPoints()

    init(capacity: Int = 0) { values = Column(capacity: capacity) }

    /// The number of steps.
    @inline(__always)
    var count: Int { values.count }
    @inline(__always)
    var isEmpty: Bool { values.isEmpty }

    /// The floats and marks, for reading.
    @inline(__always)
    var span: Span<Double> {
        @_lifetime(borrow self)
        borrowing get { values.span }
    }

    /// The floats and marks, for writing.
    @inline(__always)
    var mutableSpan: MutableSpan<Double> {
        @_lifetime(&self)
        mutating get { values.mutableSpan }
    }

    @inline(__always)
    subscript(step: Int) -> Double {
        get { values[step] }
        set { values[step] = newValue }
    }

    @inline(__always)
    mutating func append(_ value: Double) { values.append(value) }

    /// Takes all steps away.
    mutating func removeAll() {
        values.removeAll()
        histograms = HistogramPoints()
    }

    /// Appends `count` steps without points.
    mutating func appendAbsent(_ count: Int) { values.appendAbsent(count) }

    /// Overwrites this row by another of any length.
    mutating func copy(_ other: borrowing Row) {
        values.removeAll()
        values.append(other.values.span)
        histograms = other.histograms
    }

    /// Takes all points away; the steps stay.
    mutating func clear() {
        histograms = HistogramPoints()
        var steps = values.mutableSpan
        steps.clear(0..<steps.count)
    }

    // MARK: Histograms

    /// Whether there may be a histogram.
    @inline(__always)
    var hasHistograms: Bool { !histograms.isEmpty }

    /// Whether any point is a float.
    var hasFloats: Bool {
        let steps = span
        for step in steps.indices where !steps[step].isAbsent && !steps[step].isHistogramMark { return true }
        return false
    }

    /// The histogram at a marked step.
    func histogram(at step: Int) -> Histogram? {
        values[step].isHistogramMark ? histograms.histogram(at: step) : nil
    }

    /// Puts histograms at steps without a point.
    mutating func put(_ points: HistogramPoints) {
        for step in points.steps { values[step] = .histogramMark }
        histograms = points
    }

    /// Sets the histograms at marked steps; the marks are there already.
    mutating func setHistograms(_ points: HistogramPoints) { histograms = points }

    /// Takes the histograms out: no point is left at their steps.
    mutating func takeHistograms() -> HistogramPoints {
        guard hasHistograms else { return histograms }
        var taken = HistogramPoints()
        for (step, histogram) in zip(histograms.steps, histograms.values) where values[step].isHistogramMark {
            values[step] = .absent
            taken.append(histogram, at: step)
        }
        histograms = HistogramPoints()
        return taken
    }

    /// The histograms at marked steps, and no others.
    var presentHistograms: HistogramPoints {
        var present = HistogramPoints()
        for (step, histogram) in zip(histograms.steps, histograms.values) where values[step].isHistogramMark {
            present.append(histogram, at: step)
        }
        return present
    }

    /// Adds the points of `other`.
    /// - Returns: false if both have one at the same step.
    mutating func join(_ other: borrowing Row) -> Bool {
        if hasHistograms || other.hasHistograms {
            let all = presentHistograms.merged(with: other.presentHistograms)
            for step in 0..<other.count where !other[step].isAbsent && !values[step].isAbsent { return false }
            histograms = all
        }
        for step in 0..<other.count where !other[step].isAbsent {
            guard values[step].isAbsent else { return false }
            values[step] = other[step]
        }
        return true
    }

    /// Takes the histograms away.
    /// - Returns: whether there was any.
    @discardableResult
    mutating func dropHistograms() -> Bool {
        guard hasHistograms else { return false }
        return !takeHistograms().isEmpty
    }
}

extension Double {
    private static var absentBits: UInt64 { 0x7ff8_ab5e_0000_ab5e }
    private static var histogramBits: UInt64 { absentBits | 1 }

    /// Marks a step without a point: a NaN that no PromQL value has.
    @inline(__always)
    static var absent: Double { Double(bitPattern: absentBits) }

    /// Whether this marks a step without a point.
    @inline(__always)
    var isAbsent: Bool { bitPattern == Self.absentBits }

    /// Marks a step whose point is a histogram: another NaN that no PromQL value has.
    @inline(__always)
    static var histogramMark: Double { Double(bitPattern: histogramBits) }

    /// Whether this says that the point is a histogram.
    @inline(__always)
    var isHistogramMark: Bool { bitPattern == Self.histogramBits }
}

/// `value`, or the ordinary NaN if `value` is a NaN that is one of the two marks or could become one.
///
/// A stored NaN may have any bits, and arithmetic hands them on, with another sign or with the quiet bit set.
@inline(__always)
func point(_ value: Double) -> Double {
    let payload = Double.absent.bitPattern & 0x7ff7_ffff_ffff_fffe
    return value.bitPattern & 0x7ff7_ffff_ffff_fffe == payload ? .ordinaryNaN : value
}

extension MutableSpan<Double> {
    /// Overwrites the elements from `offset` on by those of `source`.
    @_lifetime(self: copy self)
    mutating func write(_ source: Span<Double>, at offset: Int) {
        update(at: offset, from: source)
    }

    /// Takes the points of a range of steps away.
    @_lifetime(self: copy self)
    mutating func clear(_ steps: Range<Int>) {
        for step in steps { self[step] = .absent }
    }
}

extension Column<Double> {
    /// Appends `count` steps without points.
    mutating func appendAbsent(_ count: Int) {
        var fresh = extend(by: count)
        for index in fresh.indices { fresh[index] = .absent }
    }
}

extension Row {
    /// A row of `count` steps without any point.
    static func absent(count: Int) -> Row {
        var row = Row(capacity: count)
        row.appendAbsent(count)
        return row
    }

    /// The steps from the first to the last that has a point; empty if none has.
    var presentSteps: Range<Int> {
        let values = span
        var first = 0
        while first < values.count, values[first].isAbsent { first += 1 }
        var end = values.count
        while end > first, values[end - 1].isAbsent { end -= 1 }
        return first..<end
    }
}
