import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Numbers and truth values in YAML` {
    static func limit(_ text: String, key: String = "sample_limit") throws(ConfigurationError) -> ScrapeJob.Limits {
        try Configuration.parse("scrape_configs: [{job_name: a, \(key): \(text)}]", path: "p").jobs[0].limits
    }

    @Test(
        arguments: [
            ("1000000", 1_000_000), ("1e+06", 1_000_000), ("1e6", 1_000_000), ("1E6", 1_000_000), ("+1e6", 1_000_000),
            ("1.5e+06", 1_500_000), ("5.0", 5), ("5.", 5), (".5e1", 5), ("50e-1", 5), ("+5", 5),
            ("1_000_000", 1_000_000),
            ("1__0", 10), ("1_", 1), ("0x10", 16), ("0X1F", 31), ("0x_1f", 31), ("+0x10", 16), ("0o17", 15),
            ("017", 15),
            ("09", 9), ("0b101", 5), ("!!int \"7\"", 7), ("!!float 7", 7), ("9223372036854775807", .max),
            // Larger than any body could reach.
            ("18446744073709551615", .max), ("1e19", .max),
        ] as [(String, Int)])
    func `whole numbers are taken however they are written`(text: String, value: Int) throws {
        #expect(try Self.limit(text).samples == value)
        #expect(try Self.limit(text, key: "target_limit").targets == value)
        #expect(try Self.limit(text, key: "label_limit").labels == value)
        #expect(try Self.limit(text, key: "label_name_length_limit").labelNameBytes == value)
        #expect(try Self.limit(text, key: "label_value_length_limit").labelValueBytes == value)
        #expect(try Self.limit(text, key: "keep_dropped_targets").keptDroppedTargets == value)
        _ = try Self.limit(text, key: "native_histogram_bucket_limit")
    }

    @Test(arguments: ["0", "-0", "0.0", "-0.0", "00", "~", "null", ""])
    func `zero and nothing are no limit`(text: String) throws {
        #expect(try Self.limit(text).samples == nil)
    }

    @Test(arguments: [
        "-1", "-1e+06", "-0x10", "5.5", "1e-1", "x", "_1", ".nan", ".inf", "-.inf", "1e30", "1e999",
        "18446744073709551616",
        "\"100\"", "'100'", "!!str 100", "true", "1:30", "2001-01-01", "0x", "0x1p4", "0xg", "++5", "+-5", "0x-5",
        "1 000",
        "１", "[5]", "{a: 5}", "1e", "e5", ".", "-", "1.2.3", "0b2", "|\n  5",
    ])
    func `what is no whole number of 0 or more is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try Self.limit(text) }
    }

    @Test(
        arguments: [("-5", 0), ("-1e3", 0), ("1e+06", 1_000_000), ("0x10", 16), ("9223372036854775807", .max)]
            as [(String, Int)])
    func `the number of exemplars may be negative, which means none`(text: String, value: Int) throws {
        let configuration = try Configuration.parse("storage: {exemplars: {max_exemplars: \(text)}}", path: "p")
        #expect(configuration.maximumExemplars == value)
    }

    @Test func `the window of late samples is read and shown, and is zero by default`() throws {
        let text = "storage: {tsdb: {out_of_order_time_window: 90m, retention: {time: 3d}}}"
        let configuration = try Configuration.parse(text, path: "p")
        #expect(configuration.outOfOrderWindow == .seconds(5400))
        let shown = try Configuration.parse(configuration.yaml, path: "p")
        #expect(shown.outOfOrderWindow == .seconds(5400) && shown.retention?.time == .seconds(3 * 86_400))
        #expect(try Configuration.parse("rule_files: []", path: "p").outOfOrderWindow == .zero)
    }

    @Test(arguments: ["9223372036854775808", "1e19", "1.5", "\"5\"", "x", "-1e19"])
    func `a number of exemplars beyond all bounds is refused`(text: String) {
        #expect(throws: ConfigurationError.self) {
            try Configuration.parse("storage: {exemplars: {max_exemplars: \(text)}}", path: "p")
        }
    }

    @Test(
        arguments: [
            ("1e+06", 1_000_000), ("9223372036854775808", 1 << 63), ("18446744073709551615", .max), ("1e19", 10 << 60),
            ("0x10", 16),
        ] as [(String, UInt64)])
    func `a modulus may have 64 bits`(text: String, modulus: UInt64) throws {
        let rule = "{source_labels: [x], action: hashmod, target_label: y, modulus: \(text)}"
        let configuration = try Configuration.parse(
            "scrape_configs: [{job_name: a, relabel_configs: [\(rule)]}]", path: "p")
        let read = try #require(configuration.jobs[0].targetRules.first)
        #expect(text == "1e19" ? read.modulus == 10_000_000_000_000_000_000 : read.modulus == modulus)
        #expect(try Configuration.parse(configuration.yaml, path: "p") == configuration)
        var labels = LabelsBuilder(["x": "some value"])
        let isKept = labels.relabel([read])
        #expect(isKept)
        #expect(try #require(UInt64(labels["y"] ?? "")) < read.modulus)
    }

    @Test(arguments: ["0", "-1", "0.0", "18446744073709551616", "5.5", "'5'"])
    func `other moduli are refused`(text: String) {
        let rule = "{source_labels: [x], action: hashmod, target_label: y, modulus: \(text)}"
        #expect(throws: ConfigurationError.self) {
            try Configuration.parse("scrape_configs: [{job_name: a, relabel_configs: [\(rule)]}]", path: "p")
        }
    }

    @Test(
        arguments: [
            ("true", true), ("True", true), ("TRUE", true), ("yes", true), ("Yes", true), ("on", true), ("ON", true),
            ("y", true), ("Y", true), ("!!bool \"true\"", true), ("false", false), ("no", false), ("Off", false),
            ("n", false), ("~", false),
        ] as [(String, Bool)])
    func `truth has many names`(text: String, value: Bool) throws {
        let configuration = try Configuration.parse("scrape_configs: [{job_name: a, honor_labels: \(text)}]", path: "p")
        #expect(configuration.jobs[0].honorsLabels == value)
    }

    @Test(arguments: ["\"true\"", "'yes'", "!!str true", "oN", "tRue", "1", "0", "0x1", "[true]"])
    func `a text is no truth value`(text: String) {
        #expect(throws: ConfigurationError.self) {
            try Configuration.parse("scrape_configs: [{job_name: a, honor_labels: \(text)}]", path: "p")
        }
    }

    @Test(
        arguments: [
            ("0x10", "0x10"), ("1e+06", "1e+06"), ("1_000", "1_000"), ("017", "017"), ("yes", "yes"), ("true", "true"),
            ("5.0", "5.0"), ("2001-01-01", "2001-01-01"), (".inf", ".inf"), ("'~'", "~"), ("!!str ~", "~"),
            ("+5", "+5"),
        ] as [(String, String)])
    func `a label's value is the text as it is written, whatever it looks like`(text: String, value: String) throws {
        let configuration = try Configuration.parse(
            "scrape_configs: [{job_name: \(text), static_configs: [{targets: [\(text)], labels: {a: \(text)}}]}]",
            path: "p")
        #expect(configuration.jobs[0].name == value)
        #expect(
            configuration.jobs[0].sources == [
                TargetSourceEntry(StaticTargets(TargetGroup(addresses: [value], labels: ["a": value])))
            ])
        #expect(try Configuration.parse(configuration.yaml, path: "p") == configuration)
    }

    @Test(
        arguments: [
            ("10MB", 10 << 20), ("+5MB", 5 << 20), (".5MB", 1 << 19), ("5.MB", 5 << 20), ("\"10MB\"", 10 << 20),
            ("1GB512MB", 1536 << 20), ("1GiB512MiB", 1536 << 20), ("7EiB", 7 << 60), ("8EiB", .max),
        ] as [(String, Int)])
    func `sizes are read as Prometheus reads them`(text: String, bytes: Int) throws {
        #expect(try Self.limit(text, key: "body_size_limit").bodyBytes == bytes)
        #expect(try Self.limit(text, key: "body_size_limit").maximumBodyBytes <= 1 << 31)
    }

    @Test(arguments: ["0", "-5MB", "0B", "~"])
    func `a size of nothing or less is no limit`(text: String) throws {
        #expect(try Self.limit(text, key: "body_size_limit").bodyBytes == nil)
    }

    @Test(arguments: ["15", "1e6", "1GiB512MB", "1kB", "1K", ".MB", "100EB", "5 MB", "MB", "--5MB", "''"])
    func `other sizes are refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try Self.limit(text, key: "body_size_limit") }
    }
}

@Suite struct `Files in other encodings` {
    private static let text =
        "global: {scrape_interval: 7s, external_labels: {a: 'é😀'}}\nscrape_configs:\n- job_name: a\n"

    private static func utf16(_ text: String, isBigEndian: Bool) -> [UInt8] {
        (isBigEndian ? [0xfe, 0xff] : [0xff, 0xfe])
            + text.utf16.flatMap {
                isBigEndian ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)]
            }
    }

    static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    static let encodings: [[UInt8]] = [
        Array(text.utf8), mark + text.utf8, mark + text.replacing("\n", with: "\r\n").utf8,
        mark + "# x\n".utf8 + text.utf8,
        utf16(text, isBigEndian: false), utf16(text, isBigEndian: true),
        utf16(text.replacing("\n", with: "\r\n"), isBigEndian: false),
    ]

    @Test(arguments: encodings)
    func `a configuration may begin with a byte order mark, and be UTF-16 then`(bytes: [UInt8]) throws {
        let file = try TemporaryDirectory.file(bytes, "prometheus.yml")
        let configuration = try Configuration.load(path: file.path)
        #expect(configuration.global.scrapeInterval == .seconds(7))
        #expect(configuration.global.externalLabels == ["a": "é😀"])
        #expect(configuration.jobs.map(\.name) == ["a"])
    }

    @Test(arguments: [mark, [0xff, 0xfe], [0xfe, 0xff]])
    func `a mark alone is an empty file`(bytes: [UInt8]) throws {
        let file = try TemporaryDirectory.file(bytes, "p.yml")
        #expect(try Configuration.load(path: file.path).jobs.isEmpty)
    }

    /// Bytes, the line that is named, and part of the reason.
    static let refused: [(bytes: [UInt8], line: Int?, reason: String)] = [
        (
            Array("global:\n  external_labels: {a: \"x".utf8) + [0xff] + Array("\"}\n".utf8), 2,
            "not valid UTF-8: byte 0xff at offset 33, which is byte 26 of line 2"
        ),
        (Array("# caf".utf8) + [0xe9, 0x0a] + Array("global: {}\n".utf8), 1, "byte 0xe9 at offset 5"),
        (mark + Array("a: ".utf8) + [0xc0, 0x80], 1, "byte 0xc0 at offset 6"),
        (Array("a: ".utf8) + [0xed, 0xa0, 0x80], 1, "not valid UTF-8"),
        (Array("a: \n\n".utf8) + [0xe2, 0x82], 3, "byte 0xe2 at offset 5, which is byte 1 of line 3"),
        ([0xff, 0xfe, 0x61, 0x00, 0x0a, 0x00, 0x3d, 0xd8, 0x62, 0x00], 2, "half a surrogate pair in line 2"),
        ([0xff, 0xfe, 0x61, 0x00, 0x0a], 1, "the last character has one byte only"),
        (
            Array("global: {}\nscrape".utf8) + [0] + Array("_configs: []\n".utf8), 2,
            "control characters are not allowed"
        ),
    ]

    @Test(arguments: refused.indices)
    func `bytes that are no text are refused with their place`(index: Int) throws {
        let (bytes, line, reason) = Self.refused[index]
        let file = try TemporaryDirectory.file(bytes, "p.yml")
        do throws(ConfigurationError) {
            _ = try Configuration.load(path: file.path)
            Issue.record("read")
        } catch {
            #expect(error.line == line && error.reason.contains(reason), "\(error)")
        }
    }

    @Test func `files of jobs and of targets are read alike`() throws {
        let directory = TemporaryDirectory()
        func write(_ bytes: [UInt8], _ name: String) throws {
            try Data(bytes).write(to: URL(filePath: "\(directory.path)/\(name)"))
        }
        try write(Self.mark + "scrape_configs: [{job_name: b}]".utf8, "jobs.yml")
        let main = try directory.write("scrape_config_files: [jobs.yml]", to: "prometheus.yml")
        #expect(try Configuration.load(path: main).jobs.map(\.name) == ["b"])
        try write(Array("scrape_configs:\n- job_name: 'b".utf8) + [0xff] + "'".utf8, "jobs.yml")
        do throws(ConfigurationError) { _ = try Configuration.load(path: main) } catch {
            #expect(error.file.hasSuffix("/jobs.yml") && error.line == 2, "\(error)")
        }

        let targets = "- targets: ['é:1']\n"
        for bytes in [Self.mark + targets.utf8, Self.utf16(targets, isBigEndian: false)] {
            try write(bytes, "t.yml")
            var files = FileTargets(FileDiscovery(patterns: ["\(directory.path)/t.yml"]))
            #expect(files.refresh().failures.isEmpty)
            #expect(files.groups.flatMap(\.addresses) == ["é:1"])
        }
        try write(Array("- targets:\n  - 'x".utf8) + [0xff] + "'\n".utf8, "t.yml")
        var files = FileTargets(FileDiscovery(patterns: ["\(directory.path)/t.yml"]))
        #expect(files.refresh().failures.map(\.line) == [2])
    }
}

extension TemporaryDirectory {
    /// A file in a directory of its own, and its path; both go with the directory.
    fileprivate static func file(_ bytes: [UInt8], _ name: String) throws -> (
        directory: TemporaryDirectory, path: String
    ) {
        let directory = TemporaryDirectory()
        try Data(bytes).write(to: URL(filePath: "\(directory.path)/\(name)"))
        return (directory, "\(directory.path)/\(name)")
    }
}
