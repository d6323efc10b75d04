import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `A label set` {
    @Test func `is sorted by name, each once, without empty values`() {
        let labels = Labels([("b", "2"), ("a", "1"), ("c", ""), ("b", "3"), ("Z", "z"), ("d", "4"), ("d", "")])
        #expect(labels.map(\.name) == ["Z", "a", "b"])
        #expect(labels.map(\.value) == ["z", "1", "3"])
        #expect(labels.count == 3 && !labels.isEmpty)
        #expect(labels == ["a": "1", "Z": "z", "b": "3"])
        #expect(Labels([("a", "")]).isEmpty && Labels().isEmpty)
    }

    @Test func `is sorted by bytes, not by what characters mean`() {
        #expect(
            Labels([("é", "1"), ("z", "1"), ("e\u{301}", "1"), ("日", "1")]).map(\.name) == ["e\u{301}", "z", "é", "日"])
        // Canonically equivalent, and yet two names.
        #expect(Labels([("é", "1"), ("e\u{301}", "2")]).count == 2)
    }

    @Test func `gives values by name`() {
        let labels: Labels = ["__name__": "up", "job": "api"]
        #expect(labels.metricName == "up")
        #expect(labels["job"] == "api")
        #expect(labels["jo"] == nil && labels["job "] == nil && labels[""] == nil)
        #expect(labels.valueRange(of: "job").map { Array(labels.stringForm[$0]) } == Array("api".utf8))
        #expect(Labels().metricName == nil)
    }

    @Test func `has a string form with one byte for short lengths and four for long ones`() {
        let short: Labels = ["a": "bc"]
        #expect(short.stringForm == [1, 0x61, 2, 0x62, 0x63])
        #expect(Labels([("a", String(repeating: "x", count: 254))]).stringForm.prefix(4) == [1, 0x61, 254, 0x78])
        #expect(
            Labels([("a", String(repeating: "x", count: 255))]).stringForm.prefix(7) == [1, 0x61, 255, 255, 0, 0, 0x78])
        let long = Labels([(String(repeating: "n", count: 300), String(repeating: "v", count: 70_000))])
        #expect(long.stringForm.prefix(5) == [255, 44, 1, 0, 0x6E])
        #expect(long.map(\.name.utf8.count) == [300] && long.map(\.value.utf8.count) == [70_000])
    }

    @Test func `refuses names and values that are too long for the string form, and never cuts them`() throws {
        let longest = String(repeating: "x", count: Labels.fieldByteLimit)
        #expect(try Labels(checking: [("a", longest), ("b", "y")])["a"]?.utf8.count == 1 << 24 - 1)
        var builder = LabelsBuilder(["a": "1"])
        builder.set("a", longest + "x")
        #expect(builder["a"] == "1")
        builder.set("b", "2")
        #expect(throws: LabelTooLong(name: "a".utf8, byteCount: 1 << 24)) { try builder.build() }
        #expect(throws: LabelTooLong.self) { try Labels(checking: [(longest + "x", "1")]) }
        #expect(
            builder.problem?.description
                == "label name or value too long (label name: \"a\", length: 16777216, limit: 16777215)")
    }

    /// The expected values are those of the reference implementation for the string form, as Prometheus hashes it.
    @Test func `has the fingerprint that Prometheus computes`() {
        #expect(Labels().fingerprint == 0xEF46_DB37_51D8_E999)
        #expect((["a": "b"] as Labels).fingerprint == 0xE1D7_C427_46D8_6B11)
        let up: Labels = ["__name__": "up", "job": "prometheus", "instance": "localhost:9090"]
        #expect(up.fingerprint == 0x70E9_2580_4125_4325)
        #expect(Labels([("a", String(repeating: "x", count: 300))]).fingerprint == 0x7334_729F_4D20_EA0B)
    }

    @Test func `is written as PromQL writes it`() {
        #expect((["__name__": "up"] as Labels).description == "up")
        #expect((["__name__": "up", "job": "api", "a": "b"] as Labels).description == #"up{a="b", job="api"}"#)
        #expect((["job": "a\"b\\c\nd\u{7F}é"] as Labels).description == #"{job="a\"b\\c\nd\x7fé"}"#)
        #expect((["__name__": "a b", "c d": "e"] as Labels).description == #"{"a b", "c d"="e"}"#)
        #expect((["__name__": "a:b"] as Labels).description == "a:b")
        #expect(Labels().description == "{}")
    }

    @Test(arguments: 0..<20)
    func `behaves like a sorted dictionary`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var previous: (labels: Labels, model: [[UInt8]])?
        for _ in 0..<100 {
            var builder = LabelsBuilder()
            var model: [String: String] = [:]
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let name = ["", "a", "b", "ab", "__name__", "é", "x.y"].randomElement(using: &generator)!
                let value = ["", "1", "2", "日本", String(repeating: "v", count: 260)].randomElement(using: &generator)!
                if Int.random(in: 0..<5, using: &generator) == 0 {
                    builder.remove(name)
                    model[name] = nil
                } else {
                    builder.set(name, value)
                    model[name] = value.isEmpty ? nil : value
                }
                #expect(builder[name] == model[name])
            }
            let labels = builder.labels
            let sorted = model.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            #expect(labels.map { [$0.name, $0.value] } == sorted.map { [$0.key, $0.value] })
            #expect(labels.count == model.count && labels.isEmpty == model.isEmpty)
            #expect(LabelsBuilder(labels).labels == labels)
            #expect(Labels(model.map { ($0.key, $0.value) }.shuffled(using: &generator)) == labels)
            let flat = sorted.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] }
            if let previous {
                let isLess = previous.model.lexicographicallyPrecedes(flat) { $0.lexicographicallyPrecedes($1) }
                #expect((previous.labels < labels) == isLess)
                #expect((previous.labels == labels) == (previous.model == flat))
                #expect((previous.labels.hashValue == labels.hashValue) == (previous.model == flat))
            }
            previous = (labels, flat)
        }
    }

    @Test func `gives a choice of its labels by name`() {
        let labels: Labels = ["__name__": "up", "a": "1", "b": "2", "c": "3"]
        #expect(labels.keeping(only: ["a", "c", "x"]) == ["a": "1", "c": "3"])
        #expect(labels.keeping(only: []) == [:])
        #expect(labels.removing(["__name__", "b", "x"]) == ["a": "1", "c": "3"])
        #expect(labels.removing([]) == labels)
        #expect(labels.setting("b", to: "9") == ["__name__": "up", "a": "1", "b": "9", "c": "3"])
        #expect(labels.setting("b", to: "") == labels.removing(["b"]))
        #expect(Labels().setting("x", to: "y") == ["x": "y"])
    }

    @Test func `may be ill-formed UTF-8`() {
        var builder = LabelsBuilder()
        builder.set([0x61], [0xFF, 0xFE])
        builder.set([0xC3], [0x31])
        #expect(builder.labels.stringForm == [1, 0x61, 2, 0xFF, 0xFE, 1, 0xC3, 1, 0x31])
        #expect(builder.labels["a"] == "\u{FFFD}\u{FFFD}")
    }
}

@Suite struct `A string form from outside` {
    @Test(
        arguments: [
            [], [1, 0x61, 1, 0x62], [1, 0x61, 1, 0x62, 1, 0x62, 1, 0x62], [1, 0x61, 1, 0x62, 2, 0x61, 0x61, 1, 0x62],
        ] as [[UInt8]])
    func `is accepted when it is one`(bytes: [UInt8]) { #expect(isWellFormed(bytes)) }

    @Test(
        arguments: [
            [1], [1, 0x61], [1, 0x61, 1], [0, 1, 0x62], [1, 0x61, 0], [2, 0x61, 1, 0x62],
            [1, 0x61, 1, 0x62, 1, 0x61, 1, 0x62],
            [1, 0x62, 1, 0x62, 1, 0x61, 1, 0x62], [2, 0x61, 0x61, 1, 0x62, 1, 0x61, 1, 0x62],
            [255, 1, 0, 0, 0x61, 1, 0x62],
            [255, 1, 0], [1, 0x61, 255, 255, 255, 255, 0x62], [1, 0x61, 1, 0x62, 1],
        ] as [[UInt8]])
    func `is refused when it is not`(bytes: [UInt8]) { #expect(!isWellFormed(bytes)) }

    @Test(arguments: 0..<10)
    func `is accepted exactly if building it again gives the same`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                UInt8.random(in: 0...3, using: &generator)
            }
            if isWellFormed(bytes) {
                accepted += 1
                #expect(LabelsBuilder(Labels(uncheckedStringForm: bytes)).labels.stringForm == bytes)
            }
        }
        #expect(accepted > 20)
    }

    @Test func `of any labels is accepted`() {
        let labels = Labels((0..<300).map { ("name\($0)", String(repeating: "x", count: $0 + 1)) })
        #expect(isWellFormed(labels.stringForm))
        #expect(!isWellFormed(labels.stringForm.dropLast()))
    }
}

private func isWellFormed(_ bytes: [UInt8]) -> Bool { Labels.isWellFormed(stringForm: bytes.span) }

@Suite struct `Label names` {
    @Test func `are legacy if they are made of ASCII letters, digits and underscores`() {
        for name in ["a", "_", "__name__", "A9", "job"] { #expect(LabelName.isLegacy(name)) }
        for name in ["", "9a", "a:b", "a-b", "é", "a b", "a\0"] { #expect(!LabelName.isLegacy(name)) }
        for name in ["a:b", ":", "a9", "_x"] { #expect(LabelName.isLegacyMetricName(name)) }
        for name in ["", "9", "a.b", "日"] { #expect(!LabelName.isLegacyMetricName(name)) }
    }
}
