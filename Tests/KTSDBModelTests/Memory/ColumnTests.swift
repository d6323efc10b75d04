import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `A column` {
    @Test func `starts empty`() {
        let column = Column<Int64>()
        let (isEmpty, count, spanCount) = (column.isEmpty, column.count, column.span.count)
        #expect(isEmpty && count == 0 && spanCount == 0)
    }

    @Test func `keeps what was appended while it grows`() {
        var column = Column<Int64>(capacity: 1)
        for index in 0..<1000 { column.append(Int64(index)) }
        #expect(array(column) == Array(0..<1000))
        column[500] = -1
        let (value, spanValue) = (column[500], column.span[500])
        #expect(value == -1 && spanValue == -1)
    }

    @Test func `is extended by zeros, also where it was written before`() {
        var column = Column<Int64>()
        do {
            var fresh = column.extend(by: 3)
            for index in 0..<3 { fresh[index] = 7 }
        }
        column.truncate(to: 1)
        do {
            let count = column.extend(by: 3).count
            #expect(count == 3)
        }
        #expect(array(column) == [7, 0, 0, 0])
        let count = column.extend(by: 0).count
        #expect(count == 0)
        #expect(array(column) == [7, 0, 0, 0])
    }

    @Test func `is written through its mutable span`() {
        var column = Column<Int64>()
        for value in [1, 2, 3] as [Int64] { column.append(value) }
        do {
            var span = column.mutableSpan
            span[1] = 20
        }
        #expect(array(column) == [1, 20, 3])
    }

    @Test func `keeps its memory when emptied`() {
        var samples = SampleColumns()
        samples.times.append(1)
        samples.values.append(2)
        samples.timeColumnID = 3
        samples.removeAll()
        let counts = (samples.times.count, samples.values.count, samples.timeColumnID)
        #expect(counts == (0, 0, 0))
    }

    @Test(arguments: 0..<20)
    func `behaves like an array`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var column = Column<Int64>(capacity: Int.random(in: 0...3, using: &generator))
        var model: [Int64] = []
        for _ in 0..<200 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...2:
                let value = Int64.random(in: .min ... .max, using: &generator)
                column.append(value)
                model.append(value)
            case 3:
                let values = (0..<Int.random(in: 0...40, using: &generator)).map { Int64($0) }
                column.append(values.span)
                model += values
            case 4:
                let extra = Int.random(in: 0...20, using: &generator)
                var fresh = column.extend(by: extra)
                for index in 0..<extra { fresh[index] = Int64(index) * 3 }
                model += (0..<extra).map { Int64($0) * 3 }
            case 5:
                let count = Int.random(in: 0...model.count, using: &generator)
                column.truncate(to: count)
                model.removeSubrange(count...)
            case 6: column.reserve(Int.random(in: 0...200, using: &generator))
            default:
                if !model.isEmpty {
                    let index = Int.random(in: 0..<model.count, using: &generator)
                    column[index] &+= 1
                    model[index] &+= 1
                }
            }
            column.checkInvariants()
            #expect(array(column) == model)
        }
    }

    @Test func `repeats an element, and gives elements up in its middle`() {
        var column = Column<Int64>(repeating: 4, count: 3)
        column.append(repeating: 5, count: 3)
        column.remove(2, at: 2)
        #expect(array(column) == [4, 4, 5, 5])
        column.remove(0, at: 4)
        column.remove(4, at: 0)
        #expect(array(column) == [])
    }

    @Test func `reads and writes without a check when it is told to`() {
        var column = Column<Int64>(repeating: 1, count: 4)
        unsafe column[unchecked: 3] = 9
        let value = unsafe column[unchecked: 3]
        #expect(value == 9 && array(column) == [1, 1, 1, 9])
    }

    @Test func `ends the process when an index or a count cannot be`() async {
        await #expect(processExitsWith: .failure) { _ = Column<Int64>()[0] }
        await #expect(processExitsWith: .failure) {
            var column = Column<Int64>(repeating: 0, count: 2)
            column[2] = 1
        }
        await #expect(processExitsWith: .failure) {
            var column = Column<Int64>(repeating: 0, count: 2)
            column[-1] = 1
        }
        await #expect(processExitsWith: .failure) {
            var column = Column<Int64>(repeating: 0, count: 2)
            column.truncate(to: 3)
        }
        await #expect(processExitsWith: .failure) {
            var column = Column<Int64>()
            _ = column.extend(by: -1)
        }
        await #expect(processExitsWith: .failure) {
            var column = Column<Int64>(repeating: 0, count: 2)
            column.remove(2, at: 1)
        }
    }

    private func array(_ column: borrowing Column<Int64>) -> [Int64] {
        let span = column.span
        return span.indices.map { span[$0] }
    }
}
