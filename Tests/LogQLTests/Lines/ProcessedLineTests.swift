import KTSDBModel
import KTSDBTesting
import LogQL
import Testing

@Suite struct ProcessedLineTests {
    @Test func `parsed labels take the place of metadata, and both of the stream's`() {
        let line = ProcessedLine(
            line: [], stream: ["a": "1", "b": "1", "c": "1"], metadata: ["b": "2", "c": "2"],
            parsed: ["c": "3", "d": "3"])
        #expect(line.labels == ["a": "1", "b": "2", "c": "3", "d": "3"])
    }

    @Test func `labels are put together as by setting one after the other`() {
        var random = SeededGenerator(seed: 7)
        func labels(_ mark: String) -> Labels {
            Labels((0..<random.below(6)).map { _ in (random.pick(["a", "aa", "ab", "b", "ba", "c"]), mark) })
        }
        for _ in 0..<2_000 {
            let parts = [labels("1"), labels("2"), labels("3")]
            var builder = LabelsBuilder()
            for part in parts { for label in part { builder.set(label.name, label.value) } }
            let line = ProcessedLine(line: [], stream: parts[0], metadata: parts[1], parsed: parts[2])
            #expect(line.labels == builder.labels)
        }
    }
}
