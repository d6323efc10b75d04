import KTSDBNotify

/// Builds the messages of Alertmanager's files.
enum SnapshotBytes {
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value, bytes: [UInt8] = []
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }
    static func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    /// A time so many seconds from the tests' now.
    static func time(_ seconds: Int64) -> [UInt8] {
        [8] + varint(UInt64(TestAlertmanager.now.seconds + seconds))
    }

    static func matcher(_ type: UInt64, _ name: String, _ value: String) -> [UInt8] {
        (type == 0 ? [] : [8] + varint(type)) + field(2, name) + field(3, value)
    }

    /// A message after its length, with the time when it is forgotten.
    static func mesh(_ message: [UInt8], expires: Int64) -> [UInt8] {
        let mesh = field(1, message) + field(2, time(expires))
        return varint(UInt64(mesh.count)) + mesh
    }

    static func silence(
        _ id: String, _ matchers: [[UInt8]], end: Int64, sets: [[[UInt8]]] = [], updated: Int64 = -60
    ) -> [UInt8] {
        var silence = field(1, id)
        for matcher in matchers { silence += field(2, matcher) }
        silence += field(3, time(-60)) + field(4, time(end)) + field(5, time(updated)) + field(8, "kim")
        silence += field(9, "planned")
        for set in sets { silence += field(11, set.flatMap { field(1, $0) }) }
        return mesh(silence, expires: end + 432_000)
    }

    static func logEntry(_ group: String, firing: [UInt64], at seconds: Int64, expires: Int64) -> [UInt8] {
        let receiver = field(1, "team") + field(2, "slack") + [24] + varint(1)
        let data = field(1, "threadTs") + field(2, field(1, "12.5"))
        let entry =
            field(1, group) + field(2, receiver) + field(5, time(seconds)) + field(6, firing.flatMap(varint))
            + [56] + varint(7) + field(8, data)
        return mesh(entry, expires: expires)
    }
}
