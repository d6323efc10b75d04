import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite("Symbol tables")
struct SymbolTableTests {
    @Test("symbols are numbered in the order of their first appearance", arguments: 0..<10 as Range<UInt64>)
    func numbering(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = SymbolTable()
        var model: [[UInt8]: UInt32] = [:]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                UInt8.random(in: 97...99, using: &random)
            }
            let found = table.find(bytes.span), id = table.intern(bytes.span)
            #expect(found == model[bytes])
            #expect(id == model[bytes] ?? UInt32(model.count))
            model[bytes] = id
        }
        #expect(table.count == model.count)
        #expect(table.byteCount == model.keys.reduce(0) { $0 + $1.count })
        for (bytes, id) in model {
            let copy = ByteOrder.copy(table[id])
            #expect(copy == bytes)
        }
        let sorted = model.keys.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(table.sortedIDs() == sorted.map { model[$0]! })
    }
}

@Suite("Byte order")
struct ByteOrderTests {
    @Test("comparisons agree with those of arrays", arguments: 0..<10 as Range<UInt64>)
    func comparisons(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let words = (0..<60).map { _ in
            (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...1, using: &random) &* 255 }
        }
        for a in words {
            for b in words {
                let common = ByteOrder.commonPrefix(a.span, b.span), order = ByteOrder.compare(a.span, b.span)
                let isEqual = ByteOrder.isEqual(a.span, b.span), starts = ByteOrder.starts(a.span, with: b.span)
                #expect(common == zip(a, b).prefix { $0 == $1 }.count)
                #expect(isEqual == (a == b))
                #expect((order < 0) == a.lexicographicallyPrecedes(b) && (order == 0) == (a == b))
                #expect(starts == a.starts(with: b))
            }
        }
    }

    @Test("a union has each string once, by bytes, up to the limit")
    func union() {
        let lists = [["a", "é", "z"], ["a", "b"], []].map { $0.map { Array($0.utf8) } }
        #expect(ByteOrder.union(lists) == ["a", "b", "z", "é"])
        #expect(ByteOrder.union(lists, limit: 2) == ["a", "b"])
        #expect(ByteOrder.union([]) == [])
    }
}

@Suite("Lists of series")
struct SeriesListsTests {
    @Test("set operations agree with those of sets", arguments: 0..<40 as Range<UInt64>)
    func operations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bound: UInt32 = 5000
        func list() -> [UInt32] {
            let count = [0, 1, 5, 100, 2000].randomElement(using: &random)!
            return Set((0..<count).map { _ in UInt32.random(in: 0..<bound, using: &random) }).sorted()
        }
        let a = list(), b = list()
        #expect(SeriesLists.intersection(a, b) == Set(a).intersection(b).sorted())
        #expect(SeriesLists.difference(a, b) == Set(a).subtracting(b).sorted())
        var bitmap = SeriesBitmap(bound: Int(bound))
        bitmap.insert(a)
        bitmap.insert(b)
        #expect(bitmap.numbers == Set(a).union(b).sorted())
        for number in b { #expect(bitmap.contains(number)) }
    }
}
