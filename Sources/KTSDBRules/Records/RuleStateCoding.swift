internal import KTSDBModel

/// Encodes the state of a rule for the records of the database: FORMAT.md, section 10.
///
/// Labels and annotations of alerts are alike, so each one is stored as the bytes that follow its common prefix with
/// that of the alert before. Equal states have equal bytes.
public enum RuleStateCoding {
    /// The version that is written and read.
    public static let version: UInt8 = 1
    /// The most bytes of texts that one record may decode to. A record that needs more is damaged or hostile.
    static let textByteLimit = 1 << 30

    private static let restoredFlag: UInt8 = 1, evaluatedFlag: UInt8 = 2, explicitSeriesFlag: UInt8 = 4

    /// Returns the bytes of a state. They leave out the health and, if no alert is active, the time of the last
    /// evaluation.
    public static func encode(_ state: RuleState) -> [UInt8] {
        var writer = StateWriter()
        let evaluatedAt = state.alerts.values.contains { $0.state != .inactive } ? state.evaluatedAt : nil
        let isImplied = state.written == state.impliedSeries
        writer.append(version)
        writer.append(
            (state.isRestored ? restoredFlag : 0) | (evaluatedAt == nil ? 0 : evaluatedFlag)
                | (isImplied ? 0 : explicitSeriesFlag))
        let base = PreciseTime(nanoseconds: 0)
        if let evaluatedAt { writer.append(evaluatedAt, from: base) }
        append(state.alerts, from: evaluatedAt ?? base, to: &writer)
        if !isImplied { append(state.written, to: &writer) }
        return writer.bytes
    }

    /// Returns the state that the bytes encode.
    /// - Throws: ``RuleStateError`` if the version is unknown or the bytes are malformed.
    public static func decode(_ bytes: [UInt8]) throws(RuleStateError) -> RuleState {
        try decode(bytes, textByteLimit: textByteLimit)
    }

    static func decode(_ bytes: [UInt8], textByteLimit: Int) throws(RuleStateError) -> RuleState {
        var reader = StateReader(bytes, limit: textByteLimit)
        let version = try reader.byte()
        guard version == Self.version else { throw .unsupportedVersion(version) }
        let flags = try reader.byte()
        guard flags < 8 else { throw reader.malformed }
        var state = RuleState(isRestored: flags & restoredFlag != 0)
        let base = PreciseTime(nanoseconds: 0)
        if flags & evaluatedFlag != 0 { state.evaluatedAt = try reader.time(from: base) }
        state.alerts = try alerts(&reader, from: state.evaluatedAt ?? base)
        state.written = flags & explicitSeriesFlag == 0 ? state.impliedSeries : try series(&reader)
        guard reader.isAtEnd else { throw reader.malformed }
        return state
    }
}

extension RuleState {
    /// The series that the alerts have if the last evaluation succeeded.
    fileprivate var impliedSeries: WrittenSeries {
        guard isRestored else { return WrittenSeries() }
        return WrittenSeries(alerts: alerts.filter { $0.value.state != .inactive }.mapValues(\.state))
    }
}

// MARK: Alerts

extension RuleStateCoding {
    private static func append(_ alerts: [Labels: Alert], from base: PreciseTime, to writer: inout StateWriter) {
        writer.append(count: alerts.count)
        var previous = Labels(), texts: [[UInt8]] = []
        for alert in alerts.values.sorted(by: { precedes($0.labels, $1.labels) }) {
            writer.append(alert.labels.stringForm, after: previous.stringForm)
            previous = alert.labels
            append(times: alert, from: base, to: &writer)
            append(alert.annotations, after: &texts, to: &writer)
        }
    }

    private static func append(times alert: Alert, from base: PreciseTime, to writer: inout StateWriter) {
        let times = alert.optionalTimes
        var flags =
            alert.state.rawValue | (alert.firedValue == nil ? 0 : 0x40) | (alert.resolvedValue == nil ? 0 : 0x80)
        for (place, time) in times.enumerated() where time != nil { flags |= 4 << UInt8(place) }
        writer.append(flags)
        writer.append(alert.value)
        if let value = alert.firedValue { writer.append(value) }
        if let value = alert.resolvedValue { writer.append(value) }
        writer.append(alert.activeAt, from: base)
        for case let time? in times { writer.append(time, from: alert.activeAt) }
    }

    private static func append(_ annotations: NamedTexts, after texts: inout [[UInt8]], to writer: inout StateWriter) {
        writer.append(count: annotations.count)
        let fields = annotations.flatMap { [Array($0.name.utf8), Array($0.text.utf8)] }
        for (place, field) in fields.enumerated() {
            writer.append(field, after: place < texts.count ? texts[place] : [])
        }
        texts = fields
    }

    private static func alerts(
        _ reader: inout StateReader, from base: PreciseTime
    ) throws(RuleStateError) -> [Labels: Alert] {
        let count = try reader.count()
        var alerts: [Labels: Alert] = [:], previous = Labels(), texts: [[UInt8]] = []
        alerts.reserveCapacity(min(count, 1 << 16))
        for number in 0..<count {
            let labels = try labels(&reader, after: previous, isFirst: number == 0)
            previous = labels
            alerts[labels] = try alert(&reader, labels, from: base, &texts)
        }
        return alerts
    }

    private static func alert(
        _ reader: inout StateReader, _ labels: Labels, from base: PreciseTime, _ texts: inout [[UInt8]]
    ) throws(RuleStateError) -> Alert {
        let flags = try reader.byte()
        guard let state = AlertState(rawValue: flags & 3) else { throw reader.malformed }
        let value = try reader.double(), firedValue = flags & 0x40 == 0 ? nil : try reader.double()
        let resolvedValue = flags & 0x80 == 0 ? nil : try reader.double()
        let activeAt = try reader.time(from: base)
        var alert = Alert(labels: labels, value: value, activeAt: activeAt)
        alert.state = state
        alert.firedValue = firedValue
        alert.resolvedValue = resolvedValue
        var times: [PreciseTime?] = []
        for place in 0..<4 { times.append(flags & 4 << UInt8(place) == 0 ? nil : try reader.time(from: activeAt)) }
        alert.optionalTimes = times
        alert.annotations = try annotations(&reader, after: &texts)
        return alert
    }

    private static func annotations(
        _ reader: inout StateReader, after texts: inout [[UInt8]]
    ) throws(RuleStateError) -> NamedTexts {
        var fields: [[UInt8]] = [], pairs: [(String, String)] = []
        for place in 0..<(try reader.count() * 2) {
            fields.append(try reader.text(after: place < texts.count ? texts[place] : []))
            guard place % 2 == 1 else { continue }
            guard let name = String(validating: fields[place - 1], as: UTF8.self),
                let text = String(validating: fields[place], as: UTF8.self),
                place == 1 || fields[place - 3].lexicographicallyPrecedes(fields[place - 1])
            else { throw reader.malformed }
            pairs.append((name, text))
        }
        texts = fields
        return NamedTexts(ascending: pairs)
    }
}

extension Alert {
    /// The optional times of an alert, in the order of their bits.
    fileprivate var optionalTimes: [PreciseTime?] {
        get { [firedAt, resolvedAt, lastSentAt, keepFiringSince] }
        set {
            (firedAt, resolvedAt, lastSentAt, keepFiringSince) = (newValue[0], newValue[1], newValue[2], newValue[3])
        }
    }
}

// MARK: Series

extension RuleStateCoding {
    private static func append(_ written: WrittenSeries, to writer: inout StateWriter) {
        var previous = Labels()
        writer.append(count: written.alerts.count)
        for (labels, state) in written.alerts.sorted(by: { precedes($0.key, $1.key) }) {
            writer.append(labels.stringForm, after: previous.stringForm)
            writer.append(state.rawValue)
            previous = labels
        }
        previous = Labels()
        writer.append(count: written.series.count)
        for labels in written.series.sorted(by: precedes) {
            writer.append(labels.stringForm, after: previous.stringForm)
            previous = labels
        }
    }

    private static func series(_ reader: inout StateReader) throws(RuleStateError) -> WrittenSeries {
        var written = WrittenSeries(), previous = Labels()
        for number in 0..<(try reader.count()) {
            previous = try labels(&reader, after: previous, isFirst: number == 0)
            guard let state = AlertState(rawValue: try reader.byte()) else { throw reader.malformed }
            written.alerts[previous] = state
        }
        previous = Labels()
        for number in 0..<(try reader.count()) {
            previous = try labels(&reader, after: previous, isFirst: number == 0)
            written.series.insert(previous)
        }
        return written
    }

    /// Reads labels. Throws if they are malformed or, unless they are the first, do not come after `previous`.
    private static func labels(
        _ reader: inout StateReader, after previous: Labels, isFirst: Bool
    ) throws(RuleStateError) -> Labels {
        let bytes = try reader.text(after: previous.stringForm)
        guard Labels.isWellFormed(stringForm: bytes.span) else { throw reader.malformed }
        let labels = Labels(uncheckedStringForm: bytes)
        guard isFirst || precedes(previous, labels) else { throw reader.malformed }
        return labels
    }

    /// Whether `left` comes before `right` in a record.
    private static func precedes(_ left: Labels, _ right: Labels) -> Bool {
        left.stringForm.lexicographicallyPrecedes(right.stringForm)
    }
}
