internal import KTSDBModel

extension SlabCopy {
    /// Appends late samples and corrections after the details of series; nothing without any. Returns how many
    /// samples there are.
    func encodeLate(into buffer: inout FieldBuffer) -> Int {
        var indexes: [Int: Int] = [:]
        for (index, place) in places.enumerated() { indexes[Int(place)] = index }
        let numbers = (0..<lateCount).filter { indexes[late[$0].place.index] != nil }
        guard !numbers.isEmpty || !corrections.isEmpty else { return 0 }
        buffer.append(varint: LateCoding.mark)
        buffer.append(varint: UInt64(corrections.count))
        var next = 0
        for (index, sample) in corrections {
            buffer.append(varint: UInt64(index - next))
            buffer.append(zigzag: sample.time)
            buffer.append(littleEndian: sample.bits)
            next = index + 1
        }
        buffer.append(varint: UInt64(numbers.count))
        var time: Int64 = 0
        for number in numbers {
            let sample = late[number], details = late.details(of: number)
            let index = UInt64(indexes[sample.place.index]!)
            let flags = (sample.replaces ? LateCoding.replacesFlag : 0) | (details == nil ? 0 : LateCoding.detailsFlag)
            buffer.append(varint: index << 2 | flags)
            buffer.append(zigzag: sample.time &- time)
            buffer.append(littleEndian: sample.bits)
            time = sample.time
            guard let details else { continue }
            buffer.append(zigzag: details.start)
            guard let histogram = details.histogram else {
                buffer.append(varint: 0)
                continue
            }
            let chunk = OpenHistogramChunk(histogram, row: 0).closed
            buffer.append(varint: UInt64(chunk.bytes.count))
            buffer.append(chunk.bytes.span.rawBytes)
        }
        return numbers.count
    }
}

/// What late samples and corrections have around them in a file of samples (FORMAT.md, section 6).
enum LateCoding {
    /// Instead of the gap before a series' details: no more details follow.
    static let mark: UInt64 = 0xffff_ffff
    fileprivate static let replacesFlag: UInt64 = 1, detailsFlag: UInt64 = 2
}

extension SlabContent {
    /// Loads what ``SlabCopy/encodeLate(into:)`` wrote, up to the cursor's end. `places` are those of the series.
    ///
    /// - Returns: The number of samples; nil when the bytes are malformed.
    mutating func loadLate(
        _ bytes: RawSpan, _ cursor: inout FieldCursor, places: [SlabPlace], withSamples: Bool
    ) -> Int? {
        guard let correctionCount = cursor.count(in: bytes) else { return nil }
        var index: UInt64 = 0
        for _ in 0..<correctionCount {
            guard let gap = cursor.varint(in: bytes), gap < UInt64(places.count) &- index, index < places.count,
                let time = cursor.zigzag(in: bytes), let bits = cursor.littleEndian(UInt64.self, in: bytes)
            else { return nil }
            index += gap
            correct(places[Int(index)], NewestSample(time: time, bits: bits))
            index += 1
        }
        guard let count = cursor.count(in: bytes) else { return nil }
        var time: Int64 = 0
        for _ in 0..<count {
            guard let mark = cursor.varint(in: bytes), mark >> 2 < UInt64(places.count),
                let step = cursor.zigzag(in: bytes), let bits = cursor.littleEndian(UInt64.self, in: bytes)
            else { return nil }
            time &+= step
            var details: LateDetails?
            if mark & LateCoding.detailsFlag != 0 {
                guard let read = LateDetails(&cursor, in: bytes) else { return nil }
                details = read
            }
            guard withSamples else { continue }
            let place = places[Int(mark >> 2)]
            restoreLate(
                place,
                LateSamples.Sample(
                    time: time, bits: bits, place: place, replaces: mark & LateCoding.replacesFlag != 0), details)
        }
        announce()
        return cursor.remaining == 0 ? (withSamples ? count : 0) : nil
    }
}

extension LateDetails {
    /// Reads the details of a late sample; nil when the bytes are malformed.
    fileprivate init?(_ cursor: inout FieldCursor, in bytes: RawSpan) {
        guard let start = cursor.zigzag(in: bytes), let length = cursor.count(in: bytes) else { return nil }
        self.init(start: start)
        guard length > 0 else { return }
        guard let content = cursor.take(length) else { return nil }
        let chunk = HistogramChunk(firstRow: 0, count: 1, bytes: bytes.extracting(content).array)
        guard chunk.decode({ histogram, _ in self.histogram = histogram }) else { return nil }
    }
}
