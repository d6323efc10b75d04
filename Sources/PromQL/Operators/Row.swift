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

    /// Takes the points of `other` where it has some.
    mutating func overwrite(by other: borrowing Row) {
        let values = other.span
        var mine = mutableSpan
        for index in values.indices where !values[index].isAbsent { mine[index] = values[index] }
    }
}
