internal import KTSDBModel

extension ExemplarCoding {
    /// Appends the EXEMPLARS section with its kind and length. Without exemplars, it appends nothing.
    static func encodeSection(_ exemplars: ExemplarColumns, newestSample: Int64, into buffer: inout FieldBuffer) {
        guard !exemplars.isEmpty else { return }
        var content = FieldBuffer(capacity: exemplars.labels.count + exemplars.count * 16)
        content.append(varint: UInt64(exemplars.count))
        content.append(zigzag: newestSample)
        var previousID: UInt64 = 0, previousTime = newestSample, shared = AffixCoder()
        for index in 0..<exemplars.count {
            content.append(zigzag: Int64(bitPattern: exemplars.numbers[index] &- previousID))
            content.append(exemplars.ownsTime[index] ? ownTime : 0)
            content.append(zigzag: exemplars.times[index] &- previousTime)
            content.append(coded: exemplars.values[index])
            shared.append(Array(exemplars.labels[exemplars.labelRange(index)]), to: &content)
            (previousID, previousTime) = (exemplars.numbers[index], exemplars.times[index])
        }
        buffer.append(.exemplars, content)
    }

    /// Reads a section; false if it is malformed.
    static func decodeSection(_ body: RawSpan, _ section: Range<Int>, into sideData: inout CommitSideData) -> Bool {
        var cursor = FieldCursor(section)
        guard let count = cursor.count(in: body), count > 0, let newestSample = cursor.zigzag(in: body) else {
            return false
        }
        sideData.newestSample = newestSample
        var id: UInt64 = 0, time = newestSample, shared = AffixCoder()
        for _ in 0..<count {
            guard let idStep = cursor.zigzag(in: body), let flags = cursor.byte(in: body), flags <= ownTime,
                let timeStep = cursor.zigzag(in: body), let value = cursor.coded(in: body),
                let labels = self.labels(&cursor, &shared, in: body)
            else { return false }
            id &+= UInt64(bitPattern: idStep)
            time &+= timeStep
            sideData.exemplars.append(
                slot: .max, number: id, time: time, value: value, ownsTime: flags == ownTime, labels: labels.span)
        }
        return cursor.remaining == 0
    }
}

extension MetadataCoding {
    /// Appends the METADATA section of a frame with its kind and length. Without entries, it appends nothing.
    static func encodeSection(_ entries: [String: MetricMetadata], into buffer: inout FieldBuffer) {
        guard !entries.isEmpty else { return }
        var content = FieldBuffer()
        encode(entries, into: &content)
        buffer.append(.metadata, content)
    }

    /// Reads a section; false if it is malformed.
    static func decodeSection(
        _ body: RawSpan, _ section: Range<Int>, into entries: inout [String: MetricMetadata]
    ) -> Bool {
        guard let found = decode(body, section) else { return false }
        entries = found
        return true
    }
}

extension RecordCoding {
    /// Appends the RECORDS section with its kind and length, unless no record changes.
    static func encodeSection(_ changes: RecordChanges, into buffer: inout FieldBuffer) {
        guard !changes.isEmpty else { return }
        var content = FieldBuffer()
        encode(changes, into: &content)
        buffer.append(.records, content)
    }

    /// Reads a section; false if it is malformed.
    static func decodeSection(_ body: RawSpan, _ section: Range<Int>, into changes: inout RecordChanges) -> Bool {
        guard let found = decode(body, section) else { return false }
        changes = found
        return true
    }
}
