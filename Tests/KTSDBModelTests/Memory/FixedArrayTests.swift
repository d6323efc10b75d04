import KTSDBModel
import Testing

@Suite struct `A fixed array` {
    @Test func `has as many elements as it was made with, all the same`() {
        let array = FixedArray<UInt32>(repeating: 7, count: 5)
        let elements = Array(array.span)
        #expect(elements == [7, 7, 7, 7, 7])
    }

    @Test func `may be empty`() {
        let array = FixedArray<UInt64>(repeating: 1, count: 0)
        let count = array.count, spanCount = array.span.count
        #expect(count == 0 && spanCount == 0)
    }

    @Test func `reads what was written, checked or not`() {
        var array = FixedArray<Double>(repeating: 0, count: 100)
        for index in 0..<100 { array[index] = Double(index) }
        array[50] += 0.5
        unsafe array[unchecked: 51] += 0.25
        var span = array.mutableSpan
        span[52] = -1
        let read = (array[49], array[50], unsafe array[unchecked: 51], array[52])
        #expect(read == (49, 50.5, 51.25, -1))
    }

    @Test func `ends the process when an index is not one of its`() async {
        await #expect(processExitsWith: .failure) {
            let array = FixedArray<UInt8>(repeating: 0, count: 3)
            _ = array[3]
        }
        await #expect(processExitsWith: .failure) {
            var array = FixedArray<UInt8>(repeating: 0, count: 3)
            array[-1] = 1
        }
        await #expect(processExitsWith: .failure) { _ = FixedArray<UInt8>(repeating: 0, count: -1) }
    }
}
