import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `The ring of exemplars` {
    /// The same as arrays.
    struct Twin {
        struct Item: Equatable {
            var slot: UInt32, number: UInt64
            var time: Int64, value: Double, ownsTime: Bool, labels: [UInt8]
        }
        var items: [Item] = []
        var limit: Int

        /// Prometheus' rule, word for word.
        func verdict(_ new: Item) -> ExemplarVerdict {
            guard let last = items.last(where: { $0.slot == new.slot }), last.number == new.number else {
                return .accept
            }
            if last.labels == new.labels, last.value == new.value,
                last.time == new.time || !last.ownsTime && !new.ownsTime
            {
                return .repeated
            }
            let hashes = [last, new].map { Labels(uncheckedStringForm: $0.labels).fingerprint }
            if new.time < last.time || new.time == last.time && new.value < last.value
                || new.time == last.time && new.value == last.value && hashes[1] < hashes[0]
            {
                return .outOfOrder
            }
            return .accept
        }
    }

    static func labels(_ text: String) -> [UInt8] { (["trace_id": text] as Labels).stringForm }

    @Test(arguments: 0..<12 as Range<UInt64>) func `It keeps what its twin keeps`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ring = ExemplarRing(), twin = Twin(limit: [1, 7, 256, 300, 1000][Int(seed % 5)])
        ring.setLimit(twin.limit)
        var time: Int64 = 0
        for step in 0..<3000 {
            time += Int64(random.below(3)) - (random.oneIn(9) ? 2 : 0)
            let item = Twin.Item(
                slot: UInt32(random.below(40)), number: UInt64(random.oneIn(20) ? 2 : 1), time: time,
                value: Double(random.below(3)), ownsTime: random.oneIn(2), labels: Self.labels("\(random.below(4))"))
            var columns = ExemplarColumns()
            columns.append(
                slot: item.slot, number: item.number, time: item.time, value: item.value, ownsTime: item.ownsTime,
                labels: item.labels.span)
            let verdict = ring.judge(columns, 0)
            #expect(verdict == twin.verdict(item), "step \(step)")
            if verdict == .accept {
                ring.append(columns, 0)
                twin.items.append(item)
                if twin.items.count > twin.limit { twin.items.removeFirst() }
            }
            if random.oneIn(500) {
                twin.limit = 1 + random.below(400)
                ring.setLimit(twin.limit)
                twin.items = twin.items.suffix(twin.limit)
            }
            guard step % 100 == 0 else { continue }
            let pages = ring.pages
            let found = pages.range.map { position in
                let entry = pages[position]
                return Twin.Item(
                    slot: entry.slot, number: entry.number, time: entry.time, value: entry.value,
                    ownsTime: entry.ownsTime, labels: Array(pages.labels(at: position)))
            }
            #expect(found == twin.items, "step \(step)")
            #expect(ring.seriesCount == Set(twin.items.map(\.slot)).count)
        }
    }

    @Test func `A copy does not change`() {
        var ring = ExemplarRing()
        ring.setLimit(300)
        func append(_ time: Int64) {
            let labels = Self.labels("\(time)")
            ring.append(
                ExemplarPages.Entry(time: time, value: 1, number: 1, slot: 1, ownsTime: true), labels: labels.span)
        }
        for time in 0..<280 as Range<Int64> { append(time) }
        let copy = ring.copy
        for time in 280..<900 as Range<Int64> { append(time) }
        #expect(copy.pages.range.map { copy.pages[$0].time } == Array(0..<280))
        #expect(copy.pages.range.allSatisfy { Array(copy.pages.labels(at: $0)) == Self.labels("\($0)") })
        #expect(ring.pages.range.map { ring.pages[$0].time } == Array(600..<900))
    }

    @Test func `It takes a hundred bytes an exemplar`() {
        var ring = ExemplarRing()
        ring.setLimit(10_000)
        for time in 0..<20_000 as Range<Int64> {
            let labels = Self.labels(String(repeating: "0123456789abcdef", count: 2))
            ring.append(
                ExemplarPages.Entry(time: time, value: 1, number: 1, slot: UInt32(time % 500), ownsTime: true),
                labels: labels.span)
        }
        #expect(ring.pages.count == 10_000)
        #expect(ring.pages.byteCount / ring.pages.count < 120, "\(ring.pages.byteCount) bytes")
    }

    @Test func `Blocks take one a minute, the newest`() {
        func exemplar(_ time: Int64, _ value: Double) -> StoredExemplar {
            StoredExemplar(time: time, value: value, labels: Self.labels("\(value)"))
        }
        let all = [exemplar(-1, 1), exemplar(0, 2), exemplar(59_999, 4), exemplar(59_999, 3), exemplar(60_000, 5)]
        #expect(StoredExemplar.thinned(all.shuffled()) == [exemplar(-1, 1), exemplar(59_999, 4), exemplar(60_000, 5)])
        #expect(StoredExemplar.sorted(all + all) == [all[0], all[1], all[3], all[2], all[4]])
    }

    @Test(arguments: ["é", "日", "a", "😀"]) func `Labels may have 128 characters`(character: String) {
        for count in [120, 121] {
            let labels: Labels = ["trace_id": String(repeating: character, count: count)]
            let form = labels.stringForm, isTooLong = Exemplar.isTooLong(form.span)
            #expect(isTooLong == (count == 121))
        }
        let many = Labels((0..<64).map { (String(UnicodeScalar(UInt8(33 + $0))), character) })
        let form = many.stringForm, isTooLong = Exemplar.isTooLong(form.span)
        #expect(!isTooLong)
    }
}
