internal import KTSDBModel

/// One value for each step of a grid: what one series is, at all steps at once.
///
/// A step without a point holds ``Swift/Double/absent``, so that a row is a plain run of doubles that kernels walk
/// without a second array. Who writes a value into a row passes it through ``point(_:)`` if it may have any bits.
typealias Row = Column<Double>

extension Double {
    private static var absentBits: UInt64 { 0x7ff8_ab5e_0000_ab5e }

    /// What stands in a row where there is no point: a NaN that no PromQL value is.
    @inline(__always)
    static var absent: Double { Double(bitPattern: absentBits) }

    /// Whether this says that there is no point.
    @inline(__always)
    var isAbsent: Bool { bitPattern == Self.absentBits }
}

/// `value`, or the ordinary NaN if `value` is a NaN that is the absent mark or could become it.
///
/// A stored NaN may have any bits, and arithmetic hands them on, with another sign or with the quiet bit set.
@inline(__always)
func point(_ value: Double) -> Double {
    let payload = Double.absent.bitPattern & 0x7ff7_ffff_ffff_ffff
    return value.bitPattern & 0x7ff7_ffff_ffff_ffff == payload ? .ordinaryNaN : value
}

extension MutableSpan<Double> {
    /// Overwrites the elements from `offset` on by those of `source`.
    @_lifetime(self: copy self)
    mutating func write(_ source: Span<Double>, at offset: Int) {
        precondition(offset >= 0 && source.count <= count - offset, "What is written fits into the row.")
        unsafe withUnsafeMutableBufferPointer { target in
            unsafe source.withUnsafeBufferPointer { values in
                guard let from = values.baseAddress, let to = target.baseAddress else { return }
                // SAFETY: checked above; the two are different memory, as `self` is accessed exclusively.
                unsafe (to + offset).update(from: from, count: values.count)
            }
        }
    }

    /// Takes the points of a range of steps away.
    @_lifetime(self: copy self)
    mutating func clear(_ steps: Range<Int>) {
        for step in steps { self[step] = .absent }
    }
}

extension [Double] {
    /// Appends all of `source` at once.
    mutating func append(_ source: Span<Double>) {
        // SAFETY: the buffer is read during the call alone.
        unsafe source.withUnsafeBufferPointer { values in unsafe append(contentsOf: values) }
    }
}

extension Row {
    /// A row of `count` steps without any point.
    static func absent(count: Int) -> Row {
        var row = Row(capacity: count)
        row.appendAbsent(count)
        return row
    }

    /// Appends `count` steps without points.
    mutating func appendAbsent(_ count: Int) {
        var fresh = extend(by: count)
        for index in fresh.indices { fresh[index] = .absent }
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
