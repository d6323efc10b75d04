internal import KTSDBNotify

/// Alertmanager's file `nflog`: messages of protocol buffers, each after its length (nflogpb.MeshEntry).
enum LogSnapshot {
    /// Returns what was sent last to each integration about each group.
    /// - Throws: ``AmtoolProblem`` if the bytes are not such a file.
    static func entries(_ bytes: [UInt8]) throws(AmtoolProblem) -> [(key: NotificationLog.Key, entry: LogEntry)] {
        var result: [(key: NotificationLog.Key, entry: LogEntry)] = []
        do throws(SnapshotFields.Malformed) {
            for mesh in try SnapshotFields.messages(bytes) {
                var expiresAt = WallTime.zero, entry: (key: NotificationLog.Key, entry: LogEntry)?
                for field in try SnapshotFields.fields(bytes, mesh) {
                    if field.number == 1 { entry = try self.entry(bytes, field.range) }
                    if field.number == 2 { expiresAt = try SnapshotFields.time(bytes, field.range) }
                }
                guard var entry else { continue }
                entry.entry.expiresAt = expiresAt
                result.append(entry)
            }
        } catch {
            throw AmtoolProblem("not a snapshot of Alertmanager's notification log: \(error)")
        }
        return result
    }

    private static func entry(
        _ bytes: [UInt8], _ range: Range<Int>
    ) throws(SnapshotFields.Malformed) -> (key: NotificationLog.Key, entry: LogEntry) {
        var group = "", integration = IntegrationID(receiver: "", kind: "", index: 0), time = WallTime.zero
        var hashes: [Int: [UInt64]] = [:], data: [String: LogEntry.Value] = [:]
        for field in try SnapshotFields.fields(bytes, range) {
            switch field.number {
            case 1: group = SnapshotFields.text(bytes, field.range)
            case 2: integration = try receiver(bytes, field.range)
            case 5: time = try SnapshotFields.time(bytes, field.range)
            case 6, 7: hashes[field.number, default: []] += try numbers(bytes, field)
            case 8:
                let (name, value) = try self.data(bytes, field.range)
                data[name] = value
            default: break
            }
        }
        let entry = LogEntry(
            firing: hashes[6] ?? [], resolved: hashes[7] ?? [], time: time, expiresAt: .zero, data: data)
        return (NotificationLog.Key(groupKey: group, integration: integration), entry)
    }

    private static func receiver(
        _ bytes: [UInt8], _ range: Range<Int>
    ) throws(SnapshotFields.Malformed) -> IntegrationID {
        var result = IntegrationID(receiver: "", kind: "", index: 0)
        for field in try SnapshotFields.fields(bytes, range) {
            switch field.number {
            case 1: result.receiver = SnapshotFields.text(bytes, field.range)
            case 2: result.kind = SnapshotFields.text(bytes, field.range)
            case 3: result.index = Int(truncatingIfNeeded: min(field.value, 1 << 31))
            default: break
            }
        }
        return result
    }

    /// Numbers that are packed into one field, or one number.
    private static func numbers(
        _ bytes: [UInt8], _ field: SnapshotFields.Field
    ) throws(SnapshotFields.Malformed) -> [UInt64] {
        if field.isNumber { return [field.value] }
        var result: [UInt64] = [], position = field.range.lowerBound
        while position < field.range.upperBound {
            result.append(try SnapshotFields.varint(bytes, &position, end: field.range.upperBound))
        }
        return result
    }

    /// What an integration keeps, by name.
    private static func data(
        _ bytes: [UInt8], _ range: Range<Int>
    ) throws(SnapshotFields.Malformed) -> (String, LogEntry.Value?) {
        var name = "", value: LogEntry.Value?
        for field in try SnapshotFields.fields(bytes, range) {
            if field.number == 1 { name = SnapshotFields.text(bytes, field.range) }
            guard field.number == 2 else { continue }
            for inner in try SnapshotFields.fields(bytes, field.range) {
                switch inner.number {
                case 1: value = .text(SnapshotFields.text(bytes, inner.range))
                case 2: value = .integer(Int64(bitPattern: inner.value))
                case 3: value = .number(Double(bitPattern: inner.value))
                default: break
                }
            }
        }
        return (name, value)
    }
}
