import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `The ring of exemplars` {
    static func labels(_ text: String) -> [UInt8] { (["trace_id": text] as Labels).stringForm }

    /// What a ring keeps, in the order of arrival.
    static func items(_ ring: ExemplarRing) -> [ExemplarTwin.Item] {
        let pages = ring.pages
        return pages.range.map { position in
            let entry = pages[position]
            return ExemplarTwin.Item(
                slot: entry.slot, number: entry.number, time: entry.time, value: entry.value, ownsTime: entry.ownsTime,
                labels: Array(pages.labels(at: position)), isLate: entry.isLate)
        }
    }

    /// With and without a window, with clocks that exemplars are ahead of, removals, and copies by way of a checkpoint.
    @Test(arguments: 0..<30 as Range<UInt64>) func `It keeps what its twin keeps`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = [1, 7, 256, 300, 1000][Int(seed % 5)], window = [nil, 0, 4, 60, 600, Int64.max][Int(seed / 5 % 6)]
        var ring = ExemplarRing(), twin = ExemplarTwin(limit: limit)
        ring.setLimit(twin.limit)
        var time: Int64 = 0, late = 0
        for step in 0..<3000 {
            time += Int64(random.below(3)) - (random.oneIn(9) ? 2 : 0)
            let own = random.oneIn(3) ? time - Int64(random.below(random.oneIn(4) ? 900 : 20)) : time
            let item = ExemplarTwin.Item(
                slot: UInt32(random.below(seed % 3 == 0 ? 3 : 40)), number: UInt64(random.oneIn(20) ? 2 : 1),
                time: random.oneIn(200) ? time + 30 : own, value: [-0.0, 0, 1, 2, .nan][random.below(5)],
                ownsTime: random.oneIn(2), labels: Self.labels("\(random.below(4))"))
            let newest = time - Int64(random.below(4))
            let policy = window.map {
                AcceptancePolicy(wallClock: time, maximumFuture: Int64(3 + random.below(8)), window: $0)
            }
            let verdict = ring.judge(item.columns, 0, policy, newestSample: newest)
            #expect(verdict == twin.verdict(item, policy, newestSample: newest), "step \(step)")
            if verdict == .accept || verdict == .acceptLate { ring.append(item.columns, 0, isLate: verdict != .accept) }
            twin.append(item, verdict)
            if verdict == .acceptLate { late += 1 }
            if random.oneIn(500) {
                twin.setLimit(1 + random.below(400))
                ring.setLimit(twin.limit)
            }
            if random.oneIn(700) {
                let first = time - Int64(random.below(100))
                ring.removeAll { (first...(first + 20)).contains($0.time) }
                twin.removeAll { (first...(first + 20)).contains($0.time) }
            }
            if random.oneIn(700) {
                var copy = ExemplarRing()
                copy.setLimit(twin.limit)
                for position in ring.pages.range {
                    let labels = Array(ring.pages.labels(at: position))
                    copy.append(ring.pages[position], labels: labels.span)
                }
                ring = copy
            }
            guard step % 100 == 0 else { continue }
            #expect(Self.items(ring) == twin.items, "step \(step)")
            #expect(ring.seriesCount == Set(twin.items.map(\.slot)).count)
            #expect(ring.byteCount >= ring.pages.byteCount)
        }
        if limit > 1 { #expect((late > 0) == (window ?? 0 > 0)) }
        twin.setLimit(0)
        ring.setLimit(0)
        #expect(ring.newest.isEmpty && ring.orders.isEmpty)
    }

    @Test func `Series without late exemplars pay nothing for their order`() {
        var ring = ExemplarRing()
        ring.setLimit(1000)
        func append(_ time: Int64, slot: UInt32) -> ExemplarVerdict {
            let item = ExemplarTwin.Item(
                slot: slot, number: 1, time: time, value: 1, ownsTime: true, labels: Self.labels("\(time)"))
            let policy = AcceptancePolicy(wallClock: 5000, maximumFuture: .max, window: .max)
            let verdict = ring.judge(item.columns, 0, policy, newestSample: 5000)
            if verdict == .accept || verdict == .acceptLate { ring.append(item.columns, 0, isLate: verdict != .accept) }
            return verdict
        }
        for time in 0..<200 as Range<Int64> { for slot in 0..<3 as Range<UInt32> { _ = append(time * 10, slot: slot) } }
        #expect(ring.orders.isEmpty)
        #expect(append(55, slot: 1) == .acceptLate && append(55, slot: 1) == .repeated)
        #expect(append(60, slot: 1) == .repeated && append(2000, slot: 1) == .accept)
        #expect(Array(ring.orders.keys) == [1])
    }

    /// Of series whose newest exemplar leaves the ring first, each late one in turn becomes the newest.
    @Test func `Exemplars that arrive backwards leave one by one`() {
        var ring = ExemplarRing()
        ring.setLimit(700)
        func append(_ time: Int64) -> ExemplarVerdict {
            let item = ExemplarTwin.Item(
                slot: 1, number: 1, time: time, value: 1, ownsTime: true, labels: Self.labels("\(time)"))
            let policy = AcceptancePolicy(wallClock: 5000, maximumFuture: .max, window: .max)
            let verdict = ring.judge(item.columns, 0, policy, newestSample: 5000)
            if verdict == .accept || verdict == .acceptLate { ring.append(item.columns, 0, isLate: verdict != .accept) }
            return verdict
        }
        #expect(append(3000) == .accept)
        for time in (0..<3000 as Range<Int64>).reversed() { #expect(append(time) == .acceptLate) }
        #expect(Self.items(ring).map(\.time) == (0..<700).reversed())
        #expect(append(698) == .repeated && append(699) == .repeated)
        // The newest that is left is at 699.
        #expect(append(701) == .accept && append(700) == .acceptLate)
    }

    @Test(arguments: 0..<6 as Range<UInt64>) func `The order of a series is that of a sorted array`(seed: UInt64) {
        var random = SeededGenerator(seed: seed), sorted: [ExemplarOrder.Key] = []
        func key(_ position: Int) -> ExemplarOrder.Key {
            let labels = Self.labels("\(random.below(3))")
            return ExemplarOrder.Key(
                time: Int64(random.below(400)) - 200, value: [-1.0, -0.0, 0, .infinity, .nan, -.nan][random.below(6)],
                labels: labels.span.rawBytes, position: position)
        }
        for position in 0..<random.below(1500) { sorted.append(key(position)) }
        var order = ExemplarOrder(sorted)
        sorted.sort()
        for step in 0..<4000 {
            if sorted.isEmpty || random.below(5) < (step / 1000 % 2 == 0 ? 4 : 1) {
                let new = random.oneIn(2) ? key(2000 + step) : sorted.last ?? key(0)
                if !sorted.contains(new) {
                    order.insert(new)
                    sorted.insert(new, at: (0..<sorted.count).partitionPoint { sorted[$0] < new })
                }
            } else {
                order.remove(sorted.remove(at: random.below(sorted.count)))
                order.remove(key(.max))
            }
            guard step % 20 == 0 else { continue }
            #expect(order.last == sorted.last)
            let bound = random.oneIn(2) ? key(.max) : ExemplarOrder.Key(after: Int64(random.below(500)) - 250)
            #expect(order.last(before: bound) == sorted.last { $0 < bound })
            var found: [ExemplarOrder.Key] = [], next = order.last
            while let key = next {
                found.append(key)
                next = order.last(before: key)
            }
            #expect(found.reversed() == sorted)
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
