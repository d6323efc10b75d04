internal import GoTemplate

/// The functions that templates of `line_format` and `label_format` have besides Go's own.
enum LineFunctions {
    static let lineName = "__line__", timestampName = "__timestamp__"

    /// All functions by their signatures; those of a line have no value.
    static let table = TextFunctions.table.merging(NumberFunctions.table).merging(PatternFunctions.table)
        .merging(TimeFunctions.table).merging(bound(to: [], time: 0))

    /// The functions that depend on the line and its time in nanoseconds since 1970.
    static func bound(to line: [UInt8], time: Int64) -> TemplateFunctions {
        let text = GoValue.string(GoString(bytes: line))
        let (seconds, nanoseconds) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let moment = GoValue.object(GoTime(seconds: seconds, nanoseconds: Int(nanoseconds)))
        return [
            lineName: GoFunction([], returns: .string) { _ in text },
            timestampName: GoFunction([], returns: TimeFunctions.type) { _ in moment },
        ]
    }
}
