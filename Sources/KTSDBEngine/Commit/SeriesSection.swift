internal import KTSDBModel

/// The SERIES section of a frame: ids and labels, where each definition stores only what differs from the one before
/// it.
enum SeriesSection {
    /// Appends the section with its kind and length. Without definitions, it appends nothing.
    static func encode(_ definitions: [SeriesDefinition], into buffer: inout FieldBuffer) {
        guard !definitions.isEmpty else { return }
        var content = FieldBuffer(capacity: definitions.count * 32)
        content.append(varint: UInt64(definitions.count))
        var previousID: UInt64 = 0, previousTime: Int64 = 0, affixes = AffixCoder()
        for definition in definitions {
            content.append(zigzag: Int64(bitPattern: definition.id &- previousID))
            affixes.append(definition.labels.stringForm, to: &content)
            if definition.lastTime == .min {
                content.append(definition.corrects ? 3 : 0 as UInt8)
            } else {
                content.append(definition.corrects ? 2 : 1 as UInt8)
                content.append(zigzag: definition.lastTime &- previousTime)
                content.append(littleEndian: definition.lastBits)
                previousTime = definition.lastTime
            }
            previousID = definition.id
        }
        buffer.append(.series, content)
    }

    /// Reads the section and appends its definitions; false if it is malformed.
    static func decode(_ body: RawSpan, _ section: Range<Int>, into definitions: inout [SeriesDefinition]) -> Bool {
        var cursor = FieldCursor(section)
        guard let count = cursor.count(in: body), count > 0 else { return false }
        definitions.reserveCapacity(count)
        var id: UInt64 = 0, time: Int64 = 0, affixes = AffixCoder()
        for _ in 0..<count {
            guard let delta = cursor.zigzag(in: body), let labels = affixes.next(&cursor, in: body, limit: .max) else {
                return false
            }
            id &+= UInt64(bitPattern: delta)
            guard Labels.isWellFormed(stringForm: labels.span) else { return false }
            var definition = SeriesDefinition(id: id, labels: Labels(uncheckedStringForm: labels))
            let kind = cursor.byte(in: body)
            switch kind {
            case 0: break
            case 3: definition.corrects = true
            case 1, 2:
                guard let delta = cursor.zigzag(in: body), let bits = cursor.littleEndian(UInt64.self, in: body) else {
                    return false
                }
                time &+= delta
                (definition.lastTime, definition.lastBits, definition.corrects) = (time, bits, kind == 2)
            default: return false
            }
            definitions.append(definition)
        }
        return cursor.remaining == 0
    }
}
