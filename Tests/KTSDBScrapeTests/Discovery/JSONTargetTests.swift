import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Targets in JSON` {
    static func read(_ bytes: [UInt8]) throws -> (groups: [TargetGroup], failures: [ConfigurationError]) {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/t.json"
        try Data(bytes).write(to: URL(filePath: path))
        var files = FileTargets(FileDiscovery(patterns: [path]))
        let failures = files.refresh().failures
        return (
            files.groups.map { TargetGroup(addresses: $0.addresses, labels: $0.labels.removing(["__meta_filepath"])) },
            failures
        )
    }

    static func group(_ addresses: [String], _ labels: Labels = [:]) -> TargetGroup {
        TargetGroup(addresses: addresses, labels: labels)
    }

    /// Texts and what Prometheus 2.42 made of them.
    static let cases: [(text: String, groups: [TargetGroup])] = [
        ("[]", []), (" null \n", []), ("[{}]", [group([])]), ("[ { } , { } ]\r\n\t", [group([]), group([])]),
        (#"[{"targets": null, "labels": null}]"#, [group([])]),
        (#"[{"targets": ["a:1", null], "labels": {"x": null, "y": ""}}]"#, [group(["a:1", ""])]),
        (#"[{"TARGETS": ["a:1"], "Labels": {"X": "1", "x": "2"}}]"#, [group(["a:1"], ["X": "1", "x": "2"])]),
        (#"[{"targetſ": ["a:1"], "labelS": {"x": "2"}}]"#, [group(["a:1"], ["x": "2"])]),
        (#"[{"targets": ["a:1"], "targets": ["b:1", "c:1"]}]"#, [group(["b:1", "c:1"])]),
        (#"[{"targets": ["a:1"], "Targets": null}]"#, [group([])]),
        (#"[{"targets": ["a:1"], "targets": [null, null]}]"#, [group(["a:1", ""])]),
        (#"[{"labels": {"x": "1", "y": "1"}, "labels": {"x": "2"}}]"#, [group([], ["x": "2"])]),
        (#"[{"labels": {"x": "1", "x": "2"}}]"#, [group([], ["x": "2"])]),
        (#"[{"labels": {"x": "1", "x": null}}]"#, [group([])]),
        (
            #"[{"labels": {"x": "\ud800", "y": "\udc00z", "z": "\ud83d\ude00"}}]"#,
            [group([], ["x": "\u{fffd}", "y": "\u{fffd}z", "z": "😀"])]
        ),
        (
            #"[{"labels": {"x": "\ud800\u0041\ud800\ud83d\ude00", "y": "\uD83Dé"}}]"#,
            [group([], ["x": "\u{fffd}A\u{fffd}😀", "y": "\u{fffd}é"])]
        ),
        (#"[{"labels": {"x": "\"\\\/\b\f\n\r\t\u00e9"}}]"#, [group([], ["x": "\"\\/\u{8}\u{c}\n\r\té"])]),
        (#"[{"\u0074argets": ["a:1"]}]"#, [group(["a:1"])]),
    ]

    @Test(arguments: cases.indices)
    func `what Go reads is read as Go reads it`(index: Int) throws {
        let (text, groups) = Self.cases[index]
        let found = try Self.read(Array(text.utf8))
        #expect(found.failures.isEmpty, "\(text): \(found.failures)")
        #expect(found.groups == groups, "\(text)")
    }

    @Test(arguments: [
        "", " ", "{}", "5", "[null]", "[5]", #"["a"]"#, "[[]]", "[{}", "[{},]", "[,{}]", "[{}]x", "[{}][]", "[{}]]",
        "nul",
        #"[{"targets": ["a:1",]}]"#, #"[{"targets": ["a:1"],}]"#, #"[{"targets": ["a:1" "b:1"]}]"#,
        #"[{"targets" ["a"]}]"#,
        #"[{"targets": "a:1"}]"#, #"[{"targets": [1]}]"#, #"[{"targets": [NaN]}]"#, #"[{"targets": [true]}]"#,
        #"[{"targets": {"a": "b"}}]"#, #"[{"targets": [["a"]]}]"#, #"[{"labels": {"a": 1}}]"#,
        #"[{"labels": {"a": NaN}}]"#,
        #"[{"labels": ["a"]}]"#, #"[{"labels": {"": "a"}}]"#, #"[{"labels": {a: "b"}}]"#, #"[{'targets': []}]"#,
        #"[{"x": 1}]"#,
        #"[{"source": "a"}]"#, #"[{"labels": {"a": "\x"}}]"#, #"[{"labels": {"a": "\u12"}}]"#,
        #"[{"labels": {"a": "\u12g4"}}]"#,
        "[{\"labels\": {\"a\": \"\n\"}}]", "[{\"labels\": {\"a\": \"\t\"}}]", #"[{"labels": {"a": "b}}]"#, "// no\n[]",
        "[] // no",
        String(repeating: "[", count: 1_000_000), "[{\"targets\": " + String(repeating: "[", count: 1_000_000),
        "[" + String(repeating: "{\"targets\":", count: 100_000), "\u{feff}[]", "Null",
    ])
    func `what Go does not read is refused`(text: String) throws {
        let found = try Self.read(Array(text.utf8))
        #expect(found.failures.count == 1, "\(text.prefix(80))")
        #expect(found.groups.isEmpty, "\(text.prefix(80))")
    }

    @Test func `errors name the line, and bytes that are no UTF-8 are never replaced`() throws {
        let shape = try Self.read(Array("[\n  {\"targets\": [\"a:1\"]},\n  {\"targets\": [\"b:1\", 7]}\n]".utf8))
        #expect(shape.failures.map(\.line) == [3])
        #expect(shape.failures.first?.reason.contains("unexpected \"7\" where a target belongs") == true)
        let bytes = try Self.read(Array("[{\"targets\":\n[\"a".utf8) + [0xff] + "\"]}]".utf8)
        #expect(bytes.failures.map(\.line) == [2])
        #expect(bytes.failures.first?.reason.contains("not valid UTF-8") == true)
        let mark = try Self.read([0xef, 0xbb, 0xbf] + "[]".utf8)
        #expect(mark.failures.first?.reason.contains("byte order mark") == true)
    }
}
